/**
 * What a scenario is compiled to: a flat list of instructions for the whole program, so that a place in it is one number. An instruction holds
 * closures over emulated memory (expressions without calls) and the number of the instruction that a jump goes to.
 */

import type { ContextSym, FunctionSym, VarSym } from '../../language/check/program';
import type { Span } from '../../language/syntax/tree';
import type { CType } from '../../types/ctype';
import type { Builtin } from '../machine/machine';
import type { Eval } from '../values/access';
import type { Shape, Value } from '../values/value';

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
/** code of the kernel's own: the loops of ksoftirqd and kworkers, the way back from interrupts */
export const OP_KERNEL = 9;

/** An argument: a scalar, or the address of a structure that is passed by value. */
export interface Argument {
  readonly value: Eval;
  readonly type: CType;
}
export class Instr {
  statement = -1;
  run: (() => void) | undefined;
  test: (() => boolean) | undefined;
  target = -1;
  cases: ReadonlyMap<Value, number> | undefined;
  args: readonly Argument[] = [];
  callee: FunctionCode | undefined;
  pointer: Eval | undefined;
  api: Builtin | undefined;
  apiName = '';
  /** stores a call's result in its caller's frame; undefined where nobody wants it */
  result: ((value: Value) => void) | undefined;
  /** a call's result that is a structure: where it goes, and its bytes */
  resultAddress: Eval | undefined;
  resultSize = 0;
  /** offset in the frame of the scratch area of a call that may wait */
  scratch = -1;
  value: Eval | undefined;

  constructor(
    readonly op: number,
    readonly span: Span | undefined,
  ) {}
}

export type FrameKind = 'function' | 'task' | 'irq' | 'nmi' | 'softirq' | 'tasklet' | 'timer' | 'work' | 'kernel';

export interface ParamSlot {
  readonly offset: number;
  readonly type: CType;
  /** undefined for a structure */
  readonly shape: Shape | undefined;
  readonly size: number;
}
/** A function or scenario block (or a loop of the kernel's) in the program's code. */
export class FunctionCode {
  entry = -1;
  /** one past its last instruction */
  end = -1;
  /** bytes of its frame, with the saved frame pointer and the return address at its top */
  frameSize = 0;
  /** virtual address of its first instruction, for function pointers and call traces */
  text = 0;
  params: readonly ParamSlot[] = [];
  readonly slots = new Map<VarSym, number>();

  constructor(
    readonly name: string,
    readonly sym: FunctionSym | ContextSym | undefined,
    readonly kind: FrameKind,
    readonly returns: CType,
  ) {}
}

/** A place where the program can stop. Its index among the program's statements is its id. */
export interface StatementInfo {
  readonly span: Span;
  readonly owner: FunctionSym | ContextSym;
  /** the first of its function */
  readonly entry: boolean;
  readonly pc: number;
}

/** What can't be compiled; the message is for the user. */
export class CompileError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly span: Span | undefined,
  ) {
    super(message);
  }
}
/** Bytes of code an instruction counts as, in addresses of the emulated text section. */
export const INSTR_BYTES = 4;
