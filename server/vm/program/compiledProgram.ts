/**
 * A compiled program: all that the compiler passes to the vm. It is a value: nothing in it changes once the run begins.
 */
import type { KernelCodeName } from '../../kernel/sched/loop_names';
import type { ContextSym, Program, VarSym } from '../../language/check/context/program';
import type { Eval, Lvalue } from '../values/access';
import type { FunctionCode, Instr, StatementInfo } from './code';

/** A block of the scenario: `task`, `irq`, `timer` … */
export interface CompiledBlock {
  readonly code: FunctionCode;
  /** virtual address of the timer_list, work_struct or tasklet_struct; undefined for other blocks */
  readonly object: number | undefined;
  /** interrupt line of an `irq` or `nmi` block */
  readonly line: number | undefined;
}
export interface CompiledProgram {
  readonly program: Program;
  /** instructions of the whole program; a program counter is an index into it */
  readonly code: readonly Instr[];
  readonly statements: readonly StatementInfo[];
  /** in order of their first instruction */
  readonly functions: readonly FunctionCode[];
  readonly kernelCode: Readonly<Record<KernelCodeName, FunctionCode>>;
  readonly blocks: ReadonlyMap<ContextSym, CompiledBlock>;
  /** Virtual address of a global; of a per-CPU variable, CPU `cpu`'s copy. Undefined for one without a size. */
  addressOfGlobal(sym: VarSym, cpu: number): number | undefined;
  /** What the name of a block means: its object in memory, or the value of its interrupt line, softirq number or task. */
  contextValue(sym: ContextSym): Lvalue | Eval;
}
