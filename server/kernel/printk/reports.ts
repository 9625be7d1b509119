/**
 * The text of BUG, WARN and other reports: what the kernel prints before, and the running task, the registers and the call trace
 * (kernel/panic.c: __warn; lib/dump_stack.c; kernel/module/main.c: print_modules, 6.1). A report is the kernel's text and nothing else;
 * what kmem knows beyond it stands in its notes.
 */
import type { ArchInfo } from '../../profiles/archInfo';
import { formatAddress } from '../../types/address';
import type { Abi } from '../../types/ctype';
import { kernelSymbol } from './kernel_symbol';
import type { CodeNames, ReportPorts, SourceSpan, Stacks, StackTrace } from './ports';
import type { KernelLog, LogOrigin, ReportKind } from './printk';
import { showRegs } from './show_regs';
import { TAINT_WARN, type Taint } from './taint';

export const CUT_HERE = '------------[ cut here ]------------';
const END_TRACE = '---[ end trace 0000000000000000 ]---';

/** A place in the kernel's own code. */
export interface KernelPlace {
  /** function: `call_timer_fn` */
  readonly fn: string;
  /** file and line of the warning, `kernel/time/timer.c:1707`; the file alone where no recording shows the line */
  readonly at: string;
  /** the kernel's functions that call it, up to the scenario, innermost first; unless given, the function of the API that runs */
  readonly functions?: readonly string[];
  /** it runs in the timer interrupt, which is not a frame of the emulated stack */
  readonly inTick?: boolean;
}
interface ReportOptions {
  /** the statement that caused it; unless given, the one that runs */
  readonly span?: SourceSpan | undefined;
  /** the kernel's functions from the one that reports up to the scenario, innermost first; unless given, the function of the API that runs */
  readonly functions?: readonly string[];
  /** what kmem adds, apart from the kernel's text */
  readonly notes?: readonly string[];
}
/** What the reports need to know of the machine. */
interface ReportedMachine {
  readonly abi: Abi;
  readonly arch: ArchInfo;
  /** print_irqtrace_events: where the running task has switched interrupts, if the kernel follows that */
  irqLines(): readonly string[];
  irqsOff(cpu: number): boolean;
  perCpuBase(cpu: number): number;
  /** the register: physical address of the page tables in use */
  cr3(cpu: number): number;
  /** the task on a CPU: 0 and '(efault)' if it cannot be read */
  pid(cpu: number): number;
  comm(cpu: number): string;
  /** print_worker_info: the work that the kworker on a CPU runs; undefined in another task */
  worker(cpu: number): { readonly queue: string; readonly fn: number } | undefined;
  /** debug_locks_off: whether it was on */
  debugLocksOff(): boolean;
}

export class Reports {
  readonly names: CodeNames;
  readonly stacks: Stacks;

  constructor(
    readonly log: KernelLog,
    private readonly origin: LogOrigin,
    { names, stacks }: ReportPorts,
    private readonly machine: ReportedMachine,
    readonly taint: Taint,
  ) {
    this.names = names;
    this.stacks = stacks;
  }

  /** A report that begins with an empty line and a rule. `functions`, `notes`: as in ReportOptions. */
  banner(
    rule: string,
    title: string,
    lines: readonly string[],
    functions: readonly string[],
    notes: readonly string[],
  ): void {
    this.log.report({ kind: 'BUG', head: ['', rule], title, lines: [...lines, ...this.dumpStack(functions)], notes });
  }
  /** A report, followed by the running task and the call trace. */
  report(kind: ReportKind, title: string, lines: readonly string[], options: ReportOptions = {}): void {
    const { span, functions, notes } = options;
    this.log.report({ kind, title, lines: [...lines, ...this.dumpStack(functions)], span, notes });
  }
  /** What the kernel would report if it did not limit how often: kmem notes it. `limit`: the kernel's rule. */
  suppressed(kind: ReportKind, title: string, limit: string): void {
    this.log.report({ kind, title, lines: [], notes: [limit], suppressed: true });
  }
  /** WARN() in the kernel's own code. `message`: what it prints before the warning; '' for WARN_ON. */
  warn(place: KernelPlace, message = '', notes: readonly string[] = []): void {
    this.warning(`${place.at} ${kernelSymbol(place.fn)}`, kernelSymbol(place.fn), message, place, notes);
  }
  /** WARN() of the scenario, at the statement that runs. */
  warnHere(message: string, notes: readonly string[] = []): void {
    const symbol = this.names.symbolize(this.names.pc());
    this.warning(`${this.names.where()} ${symbol}`, symbol, message, undefined, notes);
  }
  private warning(
    at: string,
    symbol: string,
    message: string,
    { functions, inTick }: Pick<KernelPlace, 'functions' | 'inTick'> = {},
    notes?: readonly string[],
  ): void {
    const { origin } = this;
    const where = `WARNING: CPU: ${origin.cpu()} PID: ${origin.pid()} at ${at}`;
    const [title = where, ...more] = message === '' ? [] : [...message.split('\n'), where];
    const lines = [
      ...more,
      this.modulesLine(),
      ...this.taskLines(),
      ...this.registers(symbol),
      ...this.stacks.backtrace(functions, symbol, inTick),
      ...this.machine.irqLines(),
      END_TRACE,
    ];
    this.log.report({ kind: 'WARN', head: [CUT_HERE], title, lines, notes });
    this.taint.add(TAINT_WARN);
  }
  /** dump_stack(): the running task, and the call trace. `functions`: as in ReportOptions. */
  dumpStack(functions = this.stacks.functions()): string[] {
    return [...this.taskLines(), ...this.stacks.backtrace(['dump_stack_lvl', ...functions])];
  }
  /** What die() prints of an exception in the code that `symbol` names, after its title. */
  exception(symbol: string, cr2: number | undefined, functions?: readonly string[]): string[] {
    const fault = cr2 === undefined ? [] : [`CR2: ${this.bare(cr2)}`];
    return [
      ...this.showRegs(symbol, functions, cr2),
      this.modulesLine(),
      ...fault,
      END_TRACE,
      ...this.registers(symbol, cr2),
    ];
  }
  /** show_regs(): the running task, its registers in the code that `symbol` names, and the call trace. `functions`: as in ReportOptions. */
  showRegs(symbol: string, functions?: readonly string[], cr2?: number): string[] {
    return [...this.taskLines(), ...this.registers(symbol, cr2), ...this.stacks.backtrace(functions, symbol)];
  }
  /** show_regs() of what the timer interrupt has interrupted. `functions`: the kernel's own that it was in, innermost first; none: the scenario's */
  showInterrupted(functions: readonly string[]): string[] {
    const [inner] = functions;
    const symbol = inner === undefined ? this.names.symbolize(this.names.pc()) : kernelSymbol(inner);
    return this.showRegs(symbol, functions);
  }
  /** nmi_cpu_backtrace: another CPU shows what its task, with this trace, is in. */
  nmiBacktrace(cpu: number, { lines, registers }: StackTrace): string[] {
    return [
      `Sending NMI from CPU ${this.origin.cpu()} to CPUs ${cpu}:`,
      `NMI backtrace for cpu ${cpu}`,
      ...this.taskLines(cpu),
      ...(registers ? this.registersOf(cpu, registers, 0) : []),
      ...lines,
    ];
  }
  /** oops_enter: lock debugging is off from now on. */
  debugLocksOff(): boolean {
    return this.machine.debugLocksOff();
  }
  get abi(): Abi {
    return this.machine.abi;
  }
  /** add_taint with LOCKDEP_NOW_UNRELIABLE */
  taintUnreliable(flag: number): void {
    if (this.debugLocksOff()) this.log.print('Disabling lock debugging due to kernel taint');
    this.taint.add(flag);
  }
  /** dump_stack_print_info: a CPU, its task, and the work that it runs. */
  private taskLines(cpu = this.origin.cpu()): string[] {
    const worker = this.machine.worker(cpu);
    const work =
      worker && (worker.fn === 0 ? ` 0x0 (${worker.queue})` : `${worker.queue} ${this.functionName(worker.fn)}`);
    return [this.cpuLine(cpu), this.hardwareLine(), ...(work === undefined ? [] : [`Workqueue: ${work}`])];
  }
  /** %ps: `wk_leak [nic_rx]` */
  functionName(address: number): string {
    return this.names.symbolizeAddress(address).replace(/\+0x[0-9a-f]+\/0x[0-9a-f]+/, '');
  }
  private cpuLine(cpu: number): string {
    const { machine, taint } = this;
    const { release, version } = machine.arch.build;
    return `CPU: ${cpu} PID: ${machine.pid(cpu)} Comm: ${machine.comm(cpu)} ${taint.text()} ${release} ${version}`;
  }
  /** `Tainted: G           OE      6.1.0-50-amd64 #1`: the taint, release and start of the version */
  uname(): string {
    const { release, version } = this.machine.arch.build;
    return `${this.taint.text()} ${release} ${version.split(' ')[0]}`;
  }
  /** print_kernel_ident: `6.1.0-50-amd64 #1 Tainted: G           OE     ` */
  kernelIdent(): string {
    const { release, version } = this.machine.arch.build;
    return `${release} ${version.split(' ')[0]} ${this.taint.text()}`;
  }
  private hardwareLine(): string {
    return `Hardware name: ${this.machine.arch.build.hardware}`;
  }
  /** print_modules: the scenario is a module that is neither signed nor part of the kernel's tree. */
  modulesLine(): string {
    return `Modules linked in: ${this.names.module()}(OE)`;
  }
  private registers(symbol: string, cr2 = 0): string[] {
    const { names, stacks, origin } = this;
    return this.registersOf(origin.cpu(), { symbol, ip: names.addressOf(names.pc()), sp: stacks.sp() }, cr2);
  }
  private registersOf(cpu: number, at: NonNullable<StackTrace['registers']>, cr2: number): string[] {
    const { machine } = this;
    return showRegs(machine.abi, {
      ...at,
      irqsOff: machine.irqsOff(cpu),
      cr2,
      gs: machine.perCpuBase(cpu),
      cr3: machine.cr3(cpu),
    });
  }
  /** An instruction as reports name it: `[<ffffffff81001234>] rx_refill+0x14/0x80 [nic_rx]`. */
  at(pc: number): string {
    return this.atAddress(this.names.addressOf(pc));
  }
  /** print_ip_sym: code at an address, in the same form. */
  atAddress(address: number): string {
    return `[<${this.bare(address)}>] ${this.names.symbolizeAddress(address)}`;
  }
  /** An address without 0x. */
  bare(address: number): string {
    return formatAddress(this.machine.abi, address).slice(2);
  }
}
