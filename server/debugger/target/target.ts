/**
 * What the debugger needs from a running machine: the vm provides it (vmTarget.ts), and a test may provide less. `step` adds a mark to the
 * journal for each moment at which the program can stop (vm/run/runMarks.ts). Everything here is read
 * from emulated memory at the journal's cursor, so that it is right in the past as well.
 */

import type { Kernel } from '../../kernel/kernel';
import type { KernelLog } from '../../kernel/printk/printk';
import type { ContextSym, FunctionSym, Program } from '../../language/check/context/program';
import type { Span } from '../../language/syntax/tree';
import type { CType } from '../../types/ctype';
import type { Frame } from '../../vm/run/frames';

export type { Frame };

export interface LocalVariable {
  readonly name: string;
  readonly type: CType;
  readonly address: number;
  /** its name means another one where the frame is */
  readonly hidden?: boolean;
}

/** What is known about a value besides its type: the structure and member it is read from, or the variable. */
export interface Origin {
  readonly record?: string | undefined;
  readonly field?: string | undefined;
}

/** A statement at which the program can stop. Its index in `Target.statements` is its id. */
export interface StatementInfo {
  readonly span: Span;
  readonly owner: FunctionSym | ContextSym;
}
/** The scenario's frames among all frames: the depth in marks. The kernel's own code below and between them is not counted. */
export const scenarioDepth = (frames: readonly Frame[]): number => frames.filter((f) => f.statement >= 0).length;
export interface TaskInfo {
  /** address of its task_struct */
  readonly task: number;
  readonly comm: string;
  readonly pid: number;
  readonly cpu: number;
  /** `running`, `runnable`, `sleeping`, `blocked`, `dead` */
  readonly state: string;
  readonly idle: boolean;
  /** a helper (idle task, ksoftirqd, kworker) that has nothing to do: not shown as a thread */
  readonly quiet?: boolean;
}
/** The result of an expression: a value, and the location it was read from, if any. */
export interface Evaluated {
  readonly type: CType;
  /** bit pattern as the type reads it; undefined for structures and arrays */
  readonly value: bigint | undefined;
  /** address of the lvalue */
  readonly address: number | undefined;
  readonly bitOffset?: number;
  readonly bitWidth?: number;
  /** the member or variable that the expression names, which decides how its value reads */
  readonly origin?: Origin;
}
/** An expression of the console that changes the machine. */
export interface ConsoleStatement {
  /** Evaluates up to the first change, without it: most mistakes show before the future is cut off. @throws EvaluationError */
  check(): void;
  /** Runs it. @throws EvaluationError in the middle of its changes */
  run(): Evaluated;
}
/** An expression that cannot be evaluated, with the reason for the user. */
export class EvaluationError extends Error {}
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The context that a CPU runs in. */
export interface ExecutionContext {
  readonly cpu: number;
  /** divided as kernel/sched/preempt_mask.ts says */
  readonly preemptCount: number;
  readonly irqsDisabled: boolean;
  readonly rcuNesting: number;
  readonly locks: readonly { readonly address: number; readonly kind: string; readonly span?: Span | undefined }[];
}

export interface Target {
  readonly program: Program;
  readonly kernel: Kernel;
  readonly statements: readonly StatementInfo[];
  readonly ended: boolean;
  /**
   * Runs up to the next statement, or to a moment without one where the kernel's own code is busy; the journal's cursor must be at the end.
   * A scenario's errors never make it throw.
   * @returns how many statements it took the time of
   */
  step(): number;
  /** The cursor has moved: forget what was read. */
  sync(): void;
  tasks(): readonly TaskInfo[];
  /** the one whose task_struct is at an address */
  task(address: number): TaskInfo | undefined;
  /**
   * All task_structs of the run, those not in use too: their addresses, and those of their thread areas (kernel/sched/task.ts: T), which
   * stay the same.
   */
  readonly taskStructs: readonly { readonly task: number; readonly area: number }[];
  currentOf(cpu: number): number;
  /** of the CPU that a task runs on; for a task that is not running, its own state */
  contextOf(task: number): ExecutionContext;
  /** The source of the scenario's code at a virtual address. */
  spanOfCode(address: number): Span | undefined;
  /** innermost first */
  frames(task: number): readonly Frame[];
  locals(frame: Frame): readonly LocalVariable[];
  /** C expression in the scope of `frame` (file scope without one). @throws EvaluationError */
  evaluate(text: string, frame: Frame | undefined): Evaluated;
  /** Why an expression can't be evaluated at a statement, by its id, and at which column; without one: why it can't be at any. */
  problemIn(text: string, statement: number | undefined): string | undefined;
  /**
   * An expression that changes the machine, to be run as a statement; undefined for one that only looks.
   * @param calls whether kernel functions that change the machine may be called
   * @throws EvaluationError
   */
  statement(text: string, frame: Frame | undefined, calls: boolean): ConsoleStatement | undefined;
  /** expect(…)s so far that were true, and false. */
  expects(): { readonly passed: number; readonly failed: number };
  readonly log: KernelLog;
}
