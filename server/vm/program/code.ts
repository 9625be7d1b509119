/**
 * The code of a compiled scenario: a flat list of instructions for the whole program, so that its position is one number. An instruction
 * holds closures over emulated memory (expressions without calls) and the number of the instruction that a jump goes to.
 */

import type { KernelCodeName } from '../../kernel/sched/loop_names';
import type { ContextSym, FunctionSym, VarSym } from '../../language/check/context/program';
import type { Span } from '../../language/syntax/tree';
import type { CType } from '../../types/ctype';
import type { Builtin } from '../machine/machine';
import type { Eval } from '../values/access';
import type { Value } from '../values/value';
import type { LoadCode } from './loadCodes';

export const OP_STATEMENT = 0;
export const OP_EVAL = 1;
export const OP_JUMP = 2;
/** jumps if the condition is false */
export const OP_BRANCH = 3;
export const OP_SWITCH = 4;
export const OP_CALL = 5;
export const OP_CALL_POINTER = 6;
export const OP_API = 7;
export const OP_RETURN = 8;
/** code of the kernel's own: the loops of ksoftirqd and kworkers, the return from interrupts */
export const OP_KERNEL = 9;

/** An argument: a scalar, or the address of a structure that is passed by value. */
export interface Argument {
  readonly value: Eval;
  readonly type: CType;
}
/** Where a call's result goes in its caller's frame: a scalar is stored, a structure's bytes are copied to an address. */
export type ResultSink =
  | { readonly kind: 'scalar'; readonly store: (value: Value) => void }
  | { readonly kind: 'record'; readonly address: Eval };
/** The value of a return; `effect`: the operand of a `return f();` in a void function. */
export type Returned =
  | { readonly kind: 'scalar'; readonly value: Eval }
  | { readonly kind: 'record'; readonly address: Eval; readonly size: number }
  | { readonly kind: 'effect'; readonly run: () => void };

interface InstrBase {
  readonly span: Span | undefined;
}
/** The mark of a statement, at which the program can stop. */
interface StatementInstr extends InstrBase {
  readonly op: typeof OP_STATEMENT;
  /** index among the program's statements */
  readonly statement: number;
}
interface EvalInstr extends InstrBase {
  readonly op: typeof OP_EVAL;
  readonly run: () => void;
}
export interface JumpInstr extends InstrBase {
  readonly op: typeof OP_JUMP;
  target: number;
}
export interface BranchInstr extends InstrBase {
  readonly op: typeof OP_BRANCH;
  readonly test: () => boolean;
  /** target if the test is false */
  target: number;
}
/** `case from ... to:`, both included */
export interface CaseRange {
  readonly from: Value;
  readonly to: Value;
  readonly target: number;
}
export interface SwitchInstr extends InstrBase {
  readonly op: typeof OP_SWITCH;
  readonly value: Eval;
  readonly cases: ReadonlyMap<Value, number>;
  readonly ranges: readonly CaseRange[];
  /** for a value without a case: `default`, or the instruction after the switch */
  target: number;
}
interface CallInstr extends InstrBase {
  readonly op: typeof OP_CALL;
  readonly callee: FunctionCode;
  readonly args: readonly Argument[];
  /** undefined if the result is not used */
  readonly result: ResultSink | undefined;
}
export interface CallPointerInstr extends InstrBase {
  readonly op: typeof OP_CALL_POINTER;
  readonly pointer: Eval;
  readonly args: readonly Argument[];
  readonly result: ResultSink | undefined;
}
export interface ApiInstr extends InstrBase {
  readonly op: typeof OP_API;
  readonly name: string;
  /** the kernel's function that call traces name, where it depends on the call */
  readonly symbol?: string | undefined;
  readonly api: Builtin;
  readonly args: readonly Argument[];
  readonly result: ResultSink | undefined;
  /** offset in the frame of the scratch area; −1 for a function that never waits */
  readonly scratch: number;
}
export interface ReturnInstr extends InstrBase {
  readonly op: typeof OP_RETURN;
  readonly returned: Returned | undefined;
}
interface KernelInstr extends InstrBase {
  readonly op: typeof OP_KERNEL;
  readonly name: KernelCodeName;
}
export type Instr =
  | StatementInstr
  | EvalInstr
  | JumpInstr
  | BranchInstr
  | SwitchInstr
  | CallInstr
  | CallPointerInstr
  | ApiInstr
  | ReturnInstr
  | KernelInstr;

/** The statement that an instruction marks; −1 for any other instruction. */
export const statementOf = (instr: Instr | undefined): number => (instr?.op === OP_STATEMENT ? instr.statement : -1);

/** kernel: the loop of a kernel thread; entry: what enters an interrupt or softirqs, on top of what it interrupts */
export type FrameKind =
  | 'function'
  | 'task'
  | 'irq'
  | 'nmi'
  | 'softirq'
  | 'tasklet'
  | 'timer'
  | 'work'
  | 'api'
  | 'kernel'
  | 'entry';

export interface ParamSlot {
  readonly offset: number;
  readonly type: CType;
  /** stores a scalar argument, converted to the parameter's type, in the frame that is loaded; undefined for a structure */
  readonly store: ((value: Value) => void) | undefined;
  readonly size: number;
}
/** The part of a frame that KASAN marks. */
export interface Redzones {
  /** from the frame's lowest address */
  readonly offset: number;
  readonly bytes: number;
  /** its shadow while the function runs */
  readonly shadow: Uint8Array;
  /** address of the text that describes it */
  readonly description: number;
}
/** A function or scenario block, a function of the API that is called by its address, or a loop of the kernel's, in the program's code. */
export class FunctionCode {
  entry = -1;
  /** one past its last instruction */
  end = -1;
  /** bytes of its frame, with the saved frame pointer and the return address at its top */
  frameSize = 0;
  /** its lowest address is a multiple of this */
  frameAlign = 8;
  /** virtual address of its first instruction, for function pointers and call traces */
  text = 0;
  params: readonly ParamSlot[] = [];
  /** where its locals lie between redzones, on a machine with KASAN */
  redzones: Redzones | undefined;
  /** some parameter is a structure */
  takesRecords = false;
  readonly slots = new Map<VarSym, number>();

  constructor(
    readonly name: string,
    readonly sym: FunctionSym | ContextSym | undefined,
    readonly kind: FrameKind,
    readonly returns: CType,
  ) {}

  /** Code of the kernel itself, which no pointer of the scenario calls. */
  get ofKernel(): boolean {
    return this.kind === 'kernel' || this.kind === 'entry';
  }
}

/** A statement at which the program can stop. Its index among the program's statements is its id. */
export interface StatementInfo {
  readonly span: Span;
  readonly owner: FunctionSym | ContextSym;
  /** the first of its function */
  readonly entry: boolean;
  readonly pc: number;
}

/** Something that cannot be compiled; the message is for the user. */
export class CompileError extends Error {
  constructor(
    readonly code: LoadCode,
    message: string,
    readonly span: Span | undefined,
  ) {
    super(message);
  }
}
/** Bytes of code an instruction counts as, in addresses of the emulated text section. */
export const INSTR_BYTES = 4;
