/**
 * What reports need to know about the code that runs: names of its instructions, and call traces. The vm implements these.
 */
import type { StackName } from '../arch/stack_area';

/** A stretch of the scenario's text: offsets into file `file` (index into Program.files). */
export interface SourceSpan {
  readonly file: number;
  readonly start: number;
  readonly end: number;
}

/** Names of code and of addresses (kernel/kallsyms.c, 6.1). A `pc` is the index of an instruction. */
export interface CodeNames {
  /** the instruction that runs */
  pc(): number;
  /** virtual address of an instruction */
  addressOf(pc: number): number;
  /** `rx_refill+0x14/0x80 [nic_rx]` */
  symbolize(pc: number): string;
  /** the scenario as a module: `nic_rx` */
  module(): string;
  /** position of the code that runs: `nic-rx.kmem:43`, or `kernel` */
  where(): string;
  /** the same position as a span of the source */
  span(): SourceSpan | undefined;
  /** the instruction of the scenario at an address: `rx_refill at nic-rx.kmem:43`; undefined for any other */
  placeAt(address: number): string | undefined;
  /** what lies at an address: `dev.lock`, a function's name, or the address itself */
  nameOf(address: number): string;
  /** code at an address, as %pS prints it: the scenario's, or the kernel's `_raw_spin_lock+0x1c/0x40` */
  symbolizeAddress(address: number): string;
  /** a call trace that was kept as addresses (`Stacks.trace`), one line per function, as backtraces name them */
  storedTrace(addresses: readonly number[]): readonly string[];
  /** positions in the scenario of a call trace that was kept, as kmem's notes name them: `in …`, then `called by …` */
  sourcesAt(addresses: readonly number[]): readonly string[];
  /** the source text of the first argument of the call at an address: what a macro's `#lock` makes of it */
  argumentAt(address: number): string | undefined;
}

/** A call trace, and the statement at which its innermost scenario frame is. */
export interface StackTrace {
  readonly lines: readonly string[];
  /** of a task that runs: the registers of the code that it is in, whose function the trace leaves out */
  readonly registers?: { readonly symbol: string; readonly ip: number; readonly sp: number } | undefined;
  readonly span: SourceSpan | undefined;
  /** positions in the scenario of the task's frames, as kmem's notes name them */
  readonly sources: readonly string[];
}
/** Where the scenario is: the statement of its innermost frame, and the function of the API that runs, be it inlined or not. */
export interface CallSite {
  readonly span: SourceSpan;
  readonly api: string | undefined;
}
/** The kernel stacks of tasks (arch/x86/kernel/dumpstack.c, 6.1). */
export interface Stacks {
  /** addresses of the code that runs and of its callers, innermost first */
  trace(): readonly number[];
  /** the same down to the entry of the interrupt or softirq that runs (kernel/stacktrace.c: filter_irq_stacks, 6.1) */
  contextTrace(): readonly number[];
  /**
   * Call Trace of the running task, with the interrupts on top of it, under its heading. `functions`: the kernel's own on top of the
   * scenario's frames, innermost first; unless given, the function of the API that runs. `ip`: the symbol that the registers name, which
   * the trace leaves out. `inTick`: the functions run in the timer interrupt.
   */
  backtrace(functions?: readonly string[], ip?: string, inTick?: boolean): readonly string[];
  /** the function of the API that the running instruction is in */
  functions(): readonly string[];
  /** the same with what it calls down to schedule(), innermost first */
  functionsToSchedule(): readonly string[];
  /** positions in the scenario of the running task's frames, as kmem's notes name them; none outside of the scenario's code */
  sources(): readonly string[];
  /** undefined outside of the scenario's code */
  site(): CallSite | undefined;
  /** stack pointer of the running task */
  sp(): number;
  /** Call Trace of a task whose registers are in memory, under its heading */
  traceOf(task: number): StackTrace;
  /** what a task uses of its stack, and of the stacks of interrupts on top of it, innermost first; its registers are in memory */
  inUse(task: number): readonly { readonly name: StackName; readonly start: number; readonly end: number }[];
  /** writes the registers of the running task to memory, as a report expects to find them */
  save(): void;
}

export interface ReportPorts {
  readonly names: CodeNames;
  readonly stacks: Stacks;
}
