/**
 * The context in which expressions are compiled: the checker's facts, the meaning of names, and the parts computed in front of the
 * expression. A program's function has one such context (lowerContext.ts), its static initialisers another (staticData.ts), a watch a third
 * (compileExpression.ts).
 */

import type { InitValue } from '../../language/check/context/initTree';
import type { Sym, VarSym } from '../../language/check/context/program';
import type { Call, Expr, Ident, InitList, Name } from '../../language/syntax/tree';
import { decay } from '../../types/conversions';
import type { Abi, CType } from '../../types/ctype';
import type { Builtin, Machine } from '../machine/machine';
import { CompileError } from '../program/code';
import type { Access, Eval, Lvalue } from '../values/access';
import { S64, type Shape, shapeOf, U32, type Value } from '../values/value';

/** Facts about the tree: the program's, or a watch's. */
export interface Tables {
  typeOf(expr: Expr): CType | undefined;
  symbolOf(node: Ident | Name): Sym | undefined;
  constantOf(expr: Expr): bigint | undefined;
  initialiserOf(list: InitList): InitValue | undefined;
  expansionOf(call: Call): Expr | undefined;
}
/** A variable outside emulated memory: a local of a macro in a watch. It has no address. */
export interface Cell {
  readonly kind: 'cell';
  value: Value;
}
/** What names mean. */
export interface Names {
  /** a global or a static local */
  global(sym: VarSym): Lvalue;
  local(sym: VarSym): Lvalue | Cell;
  /** address of a function, scenario's or API's (text addresses are known when the code is complete) */
  functionAddress(sym: Sym): Eval;
  kernelVariable(sym: Sym & { kind: 'kernelVar' }): Lvalue | Eval;
  /** a block: its object in memory, or its number or task */
  context(sym: Sym & { kind: 'context' }): Lvalue | Eval;
  /** address of a string literal */
  string(text: string): number;
  /** the function that a call inside an expression runs: one of the API that neither waits nor runs other code. @throws CompileError */
  inlineBuiltin(call: Call): Builtin;
}
export interface ExprContext {
  readonly machine: Machine;
  readonly access: Access;
  readonly tables: Tables;
  readonly names: Names;
  readonly abi: Abi;
  /** reserves storage for a value of a type: compound literals. @throws CompileError */
  temporary(type: CType): Lvalue;
  /** why an expression may not write; undefined if it may */
  readonly readOnly: string | undefined;
  /** results of what has been moved in front of the expression */
  readonly done: Map<Expr, Lvalue>;
  /** void expressions that have been moved in front */
  readonly ran: Set<Expr>;
  /** for `a, b` whose left side has been moved in front: b */
  readonly alias: Map<Expr, Expr>;
}
export function exprContext(
  machine: Machine,
  tables: Tables,
  names: Names,
  temporary: ExprContext['temporary'],
  readOnly?: string,
): ExprContext {
  const { access } = machine;
  const { abi } = machine.kernel;
  return {
    machine,
    access,
    tables,
    names,
    abi,
    temporary,
    readOnly,
    done: new Map(),
    ran: new Set(),
    alias: new Map(),
  };
}

/** The type of an expression, before decay. */
export function typeOf(cx: ExprContext, expr: Expr): CType {
  const type = cx.tables.typeOf(expr);
  if (!type) throw new CompileError('not-executable', 'this cannot be run: its type is not known', expr.span);
  return type;
}
/** The type of an expression's value. */
export const valueType = (cx: ExprContext, expr: Expr): CType => decay(typeOf(cx, expr), cx.abi);
export const shapeIn = (cx: ExprContext, type: CType): Shape => shapeOf(type, cx.abi.wordSize);
export const pointerShape = (cx: ExprContext): Shape => (cx.abi.wordSize === 8 ? S64 : U32);
