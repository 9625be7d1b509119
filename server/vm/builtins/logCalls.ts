/** The kernel log, warnings, BUG and panic. */
import { PanicError } from '../../kernel/arch/faults';
import { KernelBug } from '../../kernel/lib/bug';
import type { Machine } from '../machine/machine';
import { type Implementations, plain } from './define';

const text = (m: Machine, at: number): string => (at === 0 ? '' : m.core.string(at));
/** KERN_… at the head of a format: SOH and a digit, or c. */
function header(format: string): { level: number; cont: boolean; rest: string } {
  if (format.charCodeAt(0) !== 1) return { level: 4, cont: false, rest: format };
  const mark = format[1] ?? '';
  return { level: /[0-7]/.test(mark) ? Number(mark) : 4, cont: mark === 'c', rest: format.slice(2) };
}

export const reportBuiltins = {
  printk: plain((m, fmt, ...args) => {
    const { level, cont, rest } = header(text(m, fmt));
    const line = m.printf.format(rest, args);
    m.reports.log.printk(line, level, cont);
    return line.length;
  }),
  __kmem_printk: plain((m, level, fmt, ...args) => {
    const { rest } = header(text(m, fmt));
    const line = m.printf.format(rest, args);
    m.reports.log.printk(line, level < 0 ? 4 : level, level < 0);
    return line.length;
  }),
  dump_stack: plain((m) => {
    for (const line of m.reports.dumpStack()) m.reports.log.print(line);
  }),
  panic: plain((m, fmt, ...args): void => {
    throw new PanicError(m.printf.format(text(m, fmt), args).trimEnd());
  }),
  BUG: plain((): void => {
    throw new KernelBug();
  }),
  __kmem_warn: plain((m, fmt, ...args) => {
    const said = fmt === 0 ? '' : m.printf.format(text(m, fmt), args).trimEnd();
    m.reports.warnHere(said);
  }),
} satisfies Partial<Implementations>;
