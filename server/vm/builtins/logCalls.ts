/** The kernel log, warnings, BUG and panic. */
import { BugError, PanicError } from '../../kernel/arch/faults';
import type { Machine } from '../machine/machine';
import type { Value } from '../values/value';
import { n, plain } from './define';

const text = (m: Machine, v: Value | undefined): string => {
  const at = m.pointer(v);
  return at === 0 ? '' : m.core.string(at);
};
/** KERN_… at the head of a format: SOH and a digit, or c. */
function level(format: string): { level: number; cont: boolean; rest: string } {
  if (format.charCodeAt(0) !== 1) return { level: 4, cont: false, rest: format };
  const mark = format[1] ?? '';
  return { level: /[0-7]/.test(mark) ? Number(mark) : 4, cont: mark === 'c', rest: format.slice(2) };
}

export const reportBuiltins = {
  printk: plain((m, a) => {
    const { level: lvl, cont, rest } = level(text(m, a[0]));
    const line = m.printf.format(rest, a.slice(1));
    m.context.log.printk(line, lvl, cont);
    return line.length;
  }),
  __kmem_printk: plain((m, a) => {
    const { rest } = level(text(m, a[1]));
    const line = m.printf.format(rest, a.slice(2));
    m.context.log.printk(line, n(a[0]) < 0 ? 4 : n(a[0]), n(a[0]) < 0);
    return line.length;
  }),
  dump_stack: plain((m) => {
    for (const line of [m.context.cpuLine(), ...m.core.backtrace()]) m.context.log.print(line);
  }),
  panic: plain((m, a): void => {
    throw new PanicError(m.printf.format(text(m, a[0]), a.slice(1)).trimEnd());
  }),
  BUG: plain((): void => {
    throw new BugError();
  }),
  __kmem_warn: plain((m, a) => {
    const said = a[0] === 0 || a[0] === undefined ? '' : m.printf.format(text(m, a[0]), a.slice(1)).trimEnd();
    m.context.log.report({
      kind: 'WARN',
      title: `WARNING: CPU: ${m.core.cpu} PID: ${m.context.pid()} at ${m.context.where()} ${m.context.symbolize(m.context.pc()).split(' ')[0]}`,
      lines: [...(said === '' ? [] : said.split('\n')), m.context.cpuLine(), ...m.core.backtrace()],
    });
  }),
};
