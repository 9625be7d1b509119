/** The context in which the body of one function or scenario block is lowered. */

import type { ContextSym, FunctionSym, Program } from '../../language/check/context/program';
import type { Expr, Span } from '../../language/syntax/tree';
import { decay, isRecord } from '../../types/conversions';
import type { CType } from '../../types/ctype';
import type { Machine } from '../machine/machine';
import { type CaseRange, type FunctionCode, type JumpInstr, OP_EVAL, OP_JUMP } from '../program/code';
import type { Lvalue } from '../values/access';
import { convert, type Value } from '../values/value';
import type { Effect } from './closures';
import type { Emitter } from './emitter';
import { type ExprContext, exprContext, type Names, shapeIn } from './exprContext';
import { FrameLayout } from './frameLayout';

/** A switch that is being lowered. */
interface Cases {
  readonly targets: Map<Value, number>;
  readonly ranges: CaseRange[];
  readonly type: CType;
  /** the instruction of `default:`; −1 for none */
  fallback: number;
}
export interface LowerContext {
  readonly program: Program;
  readonly exprs: ExprContext;
  readonly emitter: Emitter;
  readonly fn: FunctionCode;
  readonly owner: FunctionSym | ContextSym;
  readonly frame: FrameLayout;
  /** @throws CompileError for one without a body */
  readonly functionCode: (sym: FunctionSym) => FunctionCode;
  /** answers of needsHoist() */
  readonly hoists: Map<Expr, boolean>;
  /** jumps of `break` and `continue`, one list per enclosing loop or switch */
  readonly breaks: JumpInstr[][];
  readonly continues: JumpInstr[][];
  readonly cases: Cases[];
  readonly labels: Map<string, number>;
  readonly gotos: { readonly jump: JumpInstr; readonly label: string; readonly span: Span }[];
  /** above 0 inside a macro's expansion: the program does not stop at its parts */
  quiet: number;
}
export function lowerContext(
  program: Program,
  machine: Machine,
  emitter: Emitter,
  names: Omit<Names, 'local'>,
  fn: FunctionCode,
  owner: FunctionSym | ContextSym,
  functionCode: (sym: FunctionSym) => FunctionCode,
): LowerContext {
  const frame = new FrameLayout(program.abi, fn.slots);
  const local: Names = { ...names, local: (sym) => frame.slotOf(sym) };
  return {
    program,
    exprs: exprContext(machine, program, local, (type) => frame.temporary(type)),
    emitter,
    fn,
    owner,
    frame,
    functionCode,
    hoists: new Map(),
    breaks: [],
    continues: [],
    cases: [],
    labels: new Map(),
    gotos: [],
    quiet: 0,
  };
}

/** Index of the instruction that comes next. */
export const here = (cx: LowerContext): number => cx.emitter.here;
/** Emits an instruction for each effect. */
export function evaluate(cx: LowerContext, effects: readonly Effect[], span: Span): void {
  for (const run of effects) cx.emitter.emit({ op: OP_EVAL, span, run });
}
/** A jump whose target is set later. */
export const jump = (cx: LowerContext, span: Span): JumpInstr => cx.emitter.emit({ op: OP_JUMP, span, target: -1 });
/** Stores a scalar of any type, converted to `type`; undefined for a structure. */
export function scalarStore(
  { exprs }: LowerContext,
  target: Lvalue,
  type: CType,
): ((value: Value) => void) | undefined {
  if (isRecord(type)) return undefined;
  const shape = shapeIn(exprs, decay(type, exprs.abi));
  const store = exprs.access.store(target, shape);
  return (value) => store(convert(value, shape));
}
