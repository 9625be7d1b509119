/**
 * How reports name things: lines of the source, functions, call traces (kernel/kallsyms.c, lib/vsprintf.c: %pS,
 * arch/x86/kernel/dumpstack.c).
 */

import type { CodeNames, Stacks, StackTrace } from '../../kernel/printk/ports';
import type { Program } from '../../language/check/context/program';
import type { Span } from '../../language/syntax/tree';
import { type CType, sizeOf } from '../../types/ctype';
import { INSTR_BYTES } from '../program/code';
import type { Cpu } from './cpu';
import type { Frame, Frames } from './frames';

/** Where a kernel function that has no code here makes its calls, and its size. */
const KERNEL_OFFSET = '+0x1c/0x40';

export class Symbolizer implements CodeNames, Stacks {
  private readonly lines: readonly (readonly number[])[];

  constructor(
    private readonly program: Program,
    private readonly cpu: Cpu,
    private readonly frames: Frames,
  ) {
    this.lines = program.files.map((f) => lineStarts(f.text));
  }

  pc(): number {
    return this.cpu.machine.regs.pc;
  }
  addressOf(pc: number): number {
    return this.cpu.table.textOf(pc);
  }
  where(): string {
    return this.lineOf(this.span());
  }
  span(): Span | undefined {
    return this.frames.spanAt(this.cpu.machine.regs.pc);
  }
  save(): void {
    this.cpu.save();
  }
  /** `nic-rx.kmem:43` */
  private lineOf(span: Span | undefined): string {
    if (!span) return 'kernel';
    return `${this.program.files[span.file]?.path ?? 'scenario.kmem'}:${lineAt(this.lines[span.file] ?? [], span.start)}`;
  }
  symbolize(pc: number): string {
    const fn = this.cpu.table.functionAt(pc);
    if (!fn) return `0x${pc.toString(16)}`;
    const size = Math.max(16, (fn.end - fn.entry) * INSTR_BYTES);
    const head = `${fn.name}+0x${((pc - fn.entry) * INSTR_BYTES).toString(16)}/0x${size.toString(16)}`;
    const span = fn.sym ? this.frames.spanAt(pc) : undefined;
    return span ? `${head} (${this.lineOf(span)})` : head;
  }
  symbolizeAddress(address: number): string {
    const pc = this.cpu.table.pcOf(address);
    if (pc >= 0) return this.symbolize(pc);
    const found = this.cpu.machine.kernel.symbols.at(address);
    if (!found) return `0x${address === 0 ? '0' : this.cpu.machine.printf.bare(address)}`;
    return `${found.name}+0x${found.offset.toString(16)}/0x${found.symbol.size.toString(16)}`;
  }
  argumentAt(address: number): string | undefined {
    const pc = this.cpu.table.pcOf(address);
    const span = pc < 0 ? undefined : this.cpu.table.code[pc]?.span;
    return span && firstArgument(this.program.files[span.file]?.text.slice(span.start, span.end) ?? '');
  }
  trace(): number[] {
    const { regs } = this.cpu.machine;
    return this.frames.of(regs.task, { pc: regs.pc, fp: regs.fp }).map((frame) => this.addressOf(frame.pc));
  }
  backtrace(functions: readonly string[]): string[] {
    const kernel = functions.map((name) => ` ${name}${KERNEL_OFFSET}`);
    const { regs } = this.cpu.machine;
    const frames = this.frames.of(regs.task, { pc: regs.pc, fp: regs.fp });
    const inner = frames.findIndex(
      (f) => f.name === 'asm_common_interrupt' || f.name === '__do_softirq' || f.name === 'asm_exc_nmi',
    );
    const lines = ['Call Trace:'];
    if (inner >= 0) {
      const last = frames.findLastIndex(
        (f) => f.name === 'asm_common_interrupt' || f.name === '__do_softirq' || f.name === 'asm_exc_nmi',
      );
      lines.push(
        ' <IRQ>',
        ...kernel,
        ...this.traceLines(frames.slice(0, last + 1)),
        ' </IRQ>',
        ' <TASK>',
        ...this.traceLines(frames.slice(last + 1)),
        ' </TASK>',
      );
    } else lines.push(' <TASK>', ...kernel, ...this.traceLines(frames), ' </TASK>');
    return lines;
  }
  traceOf(task: number): StackTrace {
    const frames = this.frames.of(task);
    const at = frames.find((frame) => frame.statement >= 0);
    return { lines: this.traceLines(frames), span: at && this.frames.spanAt(at.pc) };
  }
  private traceLines(frames: readonly Frame[]): string[] {
    const shown = frames.length > 40 ? [...frames.slice(0, 20), undefined, ...frames.slice(-19)] : frames;
    return shown.map((f) => (f ? ` ${this.symbolize(f.pc)}` : ` … ${frames.length - 39} more`));
  }
  nameOf(address: number): string {
    const pc = this.cpu.table.pcOf(address);
    const fn = pc < 0 ? undefined : this.cpu.table.functionAt(pc);
    if (fn && pc === fn.entry) return fn.name;
    const found = this.cpu.machine.kernel.symbols.at(address);
    if (!found) return `0x${this.cpu.machine.printf.bare(address)}`;
    return found.symbol.type
      ? found.name + pathTo(found.symbol.type, found.offset)
      : withOffset(found.name, found.offset);
  }
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) starts.push(i + 1);
  return starts;
}
function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const mid = (low + high) >>> 1;
    if ((starts[mid] as number) <= offset) low = mid + 1;
    else high = mid;
  }
  return low;
}
/** The first argument of a call: `&rx->lock` of `spin_lock_init(&rx->lock)`. */
function firstArgument(call: string): string | undefined {
  const open = call.indexOf('(');
  let depth = 0;
  for (let i = open + 1; open >= 0 && i < call.length; i++) {
    const c = call[i] as string;
    if (depth === 0 && (c === ',' || c === ')'))
      return call
        .slice(open + 1, i)
        .trim()
        .replace(/\s+/g, ' ');
    if ('([{'.includes(c)) depth++;
    else if (')]}'.includes(c)) depth--;
  }
  return undefined;
}
const withOffset = (name: string, offset: number): string => (offset === 0 ? name : `${name}+0x${offset.toString(16)}`);
/** `.slot[2].lock`: the part of a variable that lies at an offset; a structure of the kernel's (a lock, a timer) is shown as a whole. */
function pathTo(type: CType, offset: number): string {
  if (type.kind === 'array') {
    const size = sizeOf(type.of);
    if (!size) return withOffset('', offset);
    const index = Math.floor(offset / size);
    return `[${index}]${pathTo(type.of, offset - index * size)}`;
  }
  if (type.kind !== 'struct' && type.kind !== 'union') return withOffset('', offset);
  if (type.builtin && offset === 0) return '';
  const field = type.fields?.find((f) => offset >= f.offset && offset < f.offset + (sizeOf(f.type) ?? 0));
  if (!field) return withOffset('', offset);
  return `${field.name === undefined ? '' : `.${field.name}`}${pathTo(field.type, offset - field.offset)}`;
}
