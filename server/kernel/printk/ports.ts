/**
 * What reports want to know of the code that runs: names of its instructions, call traces, and what has been reported of a
 * statement already. Whoever runs the code (the vm) implements these.
 */

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
  /** `rx_refill+0x14/0x80 (nic-rx.kmem:52)` */
  symbolize(pc: number): string;
  /** where the code that runs stands: `nic-rx.kmem:43`, or `kernel` */
  where(): string;
  /** the same as a span of the source */
  span(): SourceSpan | undefined;
  /** what lies at an address: `dev.lock`, a function's name, or the address itself */
  nameOf(address: number): string;
}

/** A call trace, and the statement that its innermost frame of the scenario stands at. */
export interface StackTrace {
  readonly lines: readonly string[];
  readonly span: SourceSpan | undefined;
}
/** The kernel stacks of tasks (arch/x86/kernel/dumpstack.c, 6.1). */
export interface Stacks {
  /** Call Trace of the running task, with the interrupts on top of it, under its heading */
  backtrace(): readonly string[];
  /** frames of a task that stands where memory says: a line per frame, without heading */
  traceOf(task: number): StackTrace;
  /** writes the registers of the running task to memory, as a report wants to find them there */
  save(): void;
}

/** Reports that are made once per statement: the bit that remembers each. */
export const Once = {
  SleepInAtomic: 0,
  BadUnlock: 1,
  BlockingOpState: 2,
  ScheduleWhileAtomic: 3,
  Refcount: 4,
} as const;
export type Once = (typeof Once)[keyof typeof Once];
/** True the first time it is asked at the statement that runs. */
export type FirstHere = (what: Once) => boolean;

export interface ReportPorts {
  readonly names: CodeNames;
  readonly stacks: Stacks;
  readonly firstHere: FirstHere;
}
