/**
 * How reports name things: lines of the source, functions, call traces (kernel/kallsyms.c, lib/vsprintf.c: %pS,
 * arch/x86/kernel/dumpstack.c).
 */

import type { StackName } from '../../kernel/arch/stack_area';
import { isException } from '../../kernel/oops/exceptions';
import { kernelFrames, type LoopFrame } from '../../kernel/oops/kernel_frames';
import { kernelEntry, kernelSymbol } from '../../kernel/printk/kernel_symbol';
import type { CallSite, CodeNames, Stacks, StackTrace } from '../../kernel/printk/ports';
import { stackRegs } from '../../kernel/printk/show_regs';
import type { KernelCodeName } from '../../kernel/sched/loop_names';
import type { Program } from '../../language/check/context/program';
import { Lines } from '../../language/syntax/lines';
import type { Span } from '../../language/syntax/tree';
import { pathAt, withOffset } from '../../types/memberPath';
import { type FunctionCode, INSTR_BYTES } from '../program/code';
import type { Cpu } from './cpu';
import type { Frame, Frames } from './frames';

/** a line of registers among the frames of a trace */
const REGISTERS = /^(?:Code|[RE][A-Z0-9]{1,2}|R\d+): /;
/** places of the scenario that a report's notes name */
const MOST_SOURCES = 8;

export class Symbolizer implements CodeNames, Stacks {
  private readonly lines: readonly Lines[];
  /** by instruction: what `site` says of it, of the innermost instruction of the scenario's that it was asked for with */
  private readonly sites = new Map<number, { readonly innermost: number; readonly site: CallSite | undefined }>();

  constructor(
    private readonly program: Program,
    private readonly cpu: Cpu,
    private readonly frames: Frames,
  ) {
    this.lines = program.files.map((f) => new Lines(f.text));
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
  placeAt(address: number): string | undefined {
    const pc = this.cpu.table.pcOf(address);
    return pc < 0 ? undefined : this.placeOf(pc);
  }
  private placeOf(pc: number): string | undefined {
    const fn = this.cpu.table.functionAt(pc);
    const span = fn?.sym && this.frames.spanAt(pc);
    return span && `${fn.name} at ${this.lineOf(span)}`;
  }
  inUse(task: number): ReturnType<Frames['inUse']> {
    return this.frames.inUse(task);
  }
  save(): void {
    this.cpu.save();
  }
  /** `nic-rx.kmem:43` */
  private lineOf(span: Span | undefined): string {
    if (!span) return 'kernel';
    const line = this.lines[span.file]?.at(span.start).line ?? -1;
    return `${this.program.files[span.file]?.path ?? 'scenario.kmem'}:${line + 1}`;
  }
  module(): string {
    const name = this.program.files[0]?.path.split(/[\\/]/).at(-1) ?? '';
    return name.replace(/\.kmem$/, '').replace(/\W/g, '_') || 'scenario';
  }
  symbolize(pc: number): string {
    const fn = this.cpu.table.functionAt(pc);
    if (!fn) return `0x${pc.toString(16)}`;
    const size = Math.max(16, (fn.end - fn.entry) * INSTR_BYTES);
    const symbol = `${fn.name}+0x${((pc - fn.entry) * INSTR_BYTES).toString(16)}/0x${size.toString(16)}`;
    return fn.sym ? `${symbol} [${this.module()}]` : symbol;
  }
  symbolizeAddress(address: number): string {
    const pc = this.cpu.table.pcOf(address);
    if (pc >= 0) return this.symbolize(pc);
    const found = this.cpu.machine.kernel.symbols.at(address);
    if (!found) return `0x${address === 0 ? '0' : this.cpu.machine.printf.bare(address)}`;
    // a symbol without a type is a function of the kernel's that has no code here
    if (!found.symbol.type) return found.offset === 0 ? kernelEntry(found.name) : kernelSymbol(found.name);
    return `${found.name}+0x${found.offset.toString(16)}/0x${found.symbol.size.toString(16)}`;
  }
  storedTrace(addresses: readonly number[]): string[] {
    const { core } = this.cpu.machine;
    const { table } = this.cpu;
    const codeAt = (address: number | undefined): FunctionCode | undefined => {
      const pc = address === undefined ? -1 : table.pcOf(address);
      return pc < 0 ? undefined : table.functionAt(pc);
    };
    const loopAt = (address: number | undefined): KernelCodeName | undefined => {
      const fn = codeAt(address);
      return fn?.ofKernel ? (fn.name as KernelCodeName) : undefined;
    };
    return addresses.flatMap((address, i) => {
      const name = loopAt(address);
      if (name === undefined) {
        const fn = codeAt(address);
        const api = this.inApi(fn, table.pcOf(address), codeAt(addresses[i - 1]));
        return fn?.kind === 'api' ? api : [...api, this.symbolizeAddress(address)];
      }
      // which softirq it was is not kept with the trace
      if (name === '__do_softirq') return [kernelSymbol('handle_softirqs')];
      const above = i === 0 ? undefined : loopAt(addresses[i - 1]) === '__do_softirq' ? 'softirqs' : 'call';
      const named = kernelFrames(core, { name, fp: 0, above });
      return [...named.own, ...named.below].map((fn) => kernelSymbol(fn));
    });
  }
  /**
   * The functions of the API between a frame and the one above it: one that calls a function itself, a pool its allocator say. That of the
   * innermost frame heads the trace already.
   */
  private inApi(fn: FunctionCode | undefined, pc: number, above: FunctionCode | undefined): string[] {
    if (!fn || !above || above.kind === 'entry') return [];
    return this.frames.api(pc).map((name) => kernelSymbol(name));
  }
  argumentAt(address: number): string | undefined {
    const pc = this.cpu.table.pcOf(address);
    const span = pc < 0 ? undefined : this.cpu.table.code[pc]?.span;
    return span && firstArgument(this.program.files[span.file]?.text.slice(span.start, span.end) ?? '');
  }
  trace(): number[] {
    return this.running().map((frame) => this.addressOf(frame.pc));
  }
  contextTrace(): number[] {
    const { regs } = this.cpu.machine;
    return this.frames.inContext(regs.task, regs).map((pc) => this.addressOf(pc));
  }
  private innermost(): number {
    const { regs } = this.cpu.machine;
    try {
      return this.frames.scenarioPc(regs.task, regs);
    } catch (error) {
      if (isException(error)) return -1;
      throw error;
    }
  }
  /** The frames of the task that runs; none where the tables do not map it any more, which is what is being reported then. */
  private running(): Frame[] {
    const { regs } = this.cpu.machine;
    try {
      return this.frames.of(regs.task, regs);
    } catch (error) {
      if (isException(error)) return [];
      throw error;
    }
  }
  sp(): number {
    return this.cpu.machine.regs.fp;
  }
  functions(): readonly string[] {
    return this.cpu.inArguments ? [] : this.frames.api(this.pc());
  }
  functionsToSchedule(): readonly string[] {
    return this.frames.apiToSchedule(this.pc());
  }
  sources(): string[] {
    return this.sourcesOf(this.running());
  }
  site(): CallSite | undefined {
    const pc = this.pc();
    const innermost = this.cpu.table.functionAt(pc)?.sym ? pc : this.innermost();
    const known = this.sites.get(pc);
    if (known?.innermost === innermost) return known.site;
    const span = this.frames.spanAt(innermost);
    const site = span && { span, api: this.frames.apiName(pc) };
    this.sites.set(pc, { innermost, site });
    return site;
  }
  sourcesAt(addresses: readonly number[]): string[] {
    return sourceLines(addresses.flatMap((address) => this.placeAt(address) ?? []));
  }
  private sourcesOf(frames: readonly Frame[]): string[] {
    return sourceLines(frames.flatMap((frame) => this.placeOf(frame.pc) ?? []));
  }
  backtrace(functions?: readonly string[], ip?: string, inTick = false): string[] {
    const frames = this.running();
    const on = (functions ?? this.functions()).map((fn) => kernelSymbol(fn)).filter((symbol) => symbol !== ip);
    const tick = inTick ? on : [];
    return this.sections(frames, inTick ? [] : on, ip, tick);
  }
  traceOf(task: number): StackTrace {
    const frames = this.frames.of(task);
    const at = frames.find((frame) => frame.statement >= 0);
    const span = at && this.frames.spanAt(at.pc);
    const sources = this.sourcesOf(frames);
    const [first] = frames;
    const api = first ? this.frames.apiToSchedule(first.pc) : [];
    const on = api.map((fn) => kernelSymbol(fn));
    if (!first || this.cpu.machine.core.cpuRunning(task) < 0) {
      const left = ['__schedule', 'schedule'].map((fn) => kernelSymbol(fn));
      return { lines: this.sections(frames, [...left, ...on]), span, sources };
    }
    const symbol = on[0] ?? this.symbolOf(first);
    const registers = { symbol, ip: this.addressOf(first.pc), sp: first.fp };
    return { lines: this.sections(frames, on, symbol), registers, span, sources };
  }
  /**
   * A trace in its sections, one for each stack. `on`: kernel functions on top of the frames; `ip`: the innermost symbol if the registers
   * have named it; `tick`: functions of the timer interrupt on top of them.
   */
  private sections(
    frames: readonly Frame[],
    on: readonly string[],
    ip?: string,
    tick: readonly string[] = [],
  ): string[] {
    const { core } = this.cpu.machine;
    const wide = core.wordSize === 8;
    const sections: { readonly name: StackName; readonly lines: string[] }[] = [];
    const onStack = (name: StackName, lines: readonly string[]): void => {
      if (sections.at(-1)?.name !== name) sections.push({ name, lines: [] });
      sections.at(-1)?.lines.push(...lines);
    };
    const first = frames[0]?.stack ?? 'TASK';
    if (tick.length > 0) {
      // on i386 it is handled on the stack that it interrupts
      onStack(wide ? 'IRQ' : first, tick);
      onStack(first, [kernelSymbol('asm_sysvec_apic_timer_interrupt'), ...this.interrupted(frames[0])]);
    } else onStack(first, on);
    frames.forEach((frame, i) => {
      if (frame.fn?.sym || !frame.fn || frame.fn.kind === 'api') {
        onStack(frame.stack, this.inApi(frame.fn, frame.pc, frames[i - 1]?.fn));
        if (frame.fn?.kind !== 'api') onStack(frame.stack, [this.symbolize(frame.pc)]);
        return;
      }
      const { own, below, interrupts } = kernelFrames(core, {
        name: frame.name as KernelCodeName,
        fp: frame.fp,
        above: above(frames[i - 1], on.length > 0),
      });
      onStack(
        frame.stack,
        own.map((fn) => kernelSymbol(fn)),
      );
      const under = frames[i + 1];
      if (below.length > 0)
        onStack(
          under?.stack ?? 'TASK',
          below.map((fn) => kernelSymbol(fn)),
        );
      if (interrupts) sections.at(-1)?.lines.push(...this.interrupted(under));
    });
    const shown = ({ name, lines }: (typeof sections)[number], i: number): string[] => {
      const body = (i === 0 && lines[0] === ip ? lines.slice(1) : lines).map((line) =>
        REGISTERS.test(line) ? line : ` ${line}`,
      );
      return wide || name !== 'TASK' ? [` <${name}>`, ...body, ` </${name}>`] : body;
    };
    return ['Call Trace:', ...sections.flatMap(shown)];
  }
  /** show_regs_if_on_stack: the registers of the code that an interrupt has interrupted. */
  private interrupted(frame: Frame | undefined): string[] {
    if (!frame) return [];
    return stackRegs(this.cpu.machine.core.abi, {
      symbol: this.symbolOf(frame),
      ip: this.addressOf(frame.pc),
      sp: frame.fp,
      irqsOff: false,
    });
  }
  private symbolOf(frame: Frame): string {
    return frame.fn?.sym ? this.symbolize(frame.pc) : kernelSymbol(frame.name);
  }
  nameOf(address: number): string {
    const pc = this.cpu.table.pcOf(address);
    const fn = pc < 0 ? undefined : this.cpu.table.functionAt(pc);
    if (fn && pc === fn.entry) return fn.name;
    const found = this.cpu.machine.kernel.symbols.at(address);
    if (!found) return `0x${this.cpu.machine.printf.bare(address)}`;
    return found.symbol.type
      ? found.name + pathAt(found.symbol.type, found.offset, true)
      : withOffset(found.name, found.offset);
  }
}

/** What a frame of the kernel's loops has on top of it. `calls`: the API, where it is the innermost one. */
function above(over: Frame | undefined, calls: boolean): LoopFrame['above'] {
  if (over) return over.name === '__do_softirq' ? 'softirqs' : 'call';
  return calls ? 'functions' : undefined;
}
/** Places in the scenario, innermost first, as lines that they end: an editor makes a link of a place. Equal neighbours are one line. */
function sourceLines([inner, ...callers]: readonly string[]): string[] {
  if (inner === undefined) return [];
  const runs: { place: string; times: number }[] = [];
  for (const place of callers) {
    const last = runs.at(-1);
    if (last?.place === place) last.times++;
    else runs.push({ place, times: 1 });
  }
  const shown = runs
    .slice(0, MOST_SOURCES - 1)
    .map(({ place, times }) => `called ${times > 1 ? `${times} times ` : ''}by ${place}`);
  return [`in ${inner}`, ...shown, ...(runs.length >= MOST_SOURCES ? ['called by …'] : [])];
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
