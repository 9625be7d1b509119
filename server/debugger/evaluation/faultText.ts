/**
 * Explains why the evaluation of an expression failed: the part that failed, and what that part is. The part is found afterwards, by
 * evaluating the parts in order, so that a successful evaluation pays nothing for it.
 */

import { DivideError, GeneralProtectionError } from '../../kernel/arch/faults';
import type { Expr } from '../../language/syntax/tree';
import { WriteInThePast } from '../../memory/journal';
import { PageFaultError } from '../../memory/space';
import { formatAddress, formatBits } from '../../types/address';
import type { Abi } from '../../types/ctype';
import { compileExpression } from '../../vm/compile/compileExpression';
import { type ExprContext, valueType } from '../../vm/compile/exprContext';
import { CompileError } from '../../vm/program/code';
import type { Value } from '../../vm/values/value';
import { EvaluationError, messageOf } from '../target/target';
import { changes } from './evaluate';

interface Culprit {
  readonly expr: Expr;
  readonly error: unknown;
}
/** The error in `expr`, for the user. Call it with the frame and memory of the failed evaluation. */
export function evaluationError(cx: ExprContext, expr: Expr, error: unknown): EvaluationError {
  const found = inValue(cx, expr);
  // looking for the part does not get past a change, which the failed evaluation may have made
  const culprit = found && !(found.error instanceof WriteInThePast) ? found : { expr, error };
  return new EvaluationError(textOf(cx, culprit));
}
function textOf(cx: ExprContext, { expr, error }: Culprit): string {
  if (error instanceof DivideError) return divisionText(cx, expr);
  if (error instanceof WriteInThePast) return 'this would change the machine, and a watch is read-only';
  if (error instanceof GeneralProtectionError) {
    const address = formatBits(cx.abi, error.bits);
    const pointer = pointerIn(cx, expr);
    const bits = pointer && bitsOf(cx, pointer);
    if (!pointer || bits === undefined) return `${address} is not a canonical address`;
    return `${text(pointer)} is ${formatBits(cx.abi, bits)}, which is not a canonical address`;
  }
  if (error instanceof PageFaultError) {
    if (error.protection) return readOnlyText(cx.abi, error.address);
    const pointer = pointerIn(cx, expr);
    if (pointer && bitsOf(cx, pointer) === 0n) return `${text(pointer)} is NULL`;
    const nothing = `nothing is mapped at ${formatAddress(cx.abi, error.address)}`;
    const name = expr.kind === 'member' ? expr.name.text : expr.kind === 'ident' ? expr.name : undefined;
    return name === undefined ? nothing : `${nothing}, where ${name} would be`;
  }
  return messageOf(error);
}
export const readOnlyText = (abi: Abi, address: number): string =>
  `the page of ${formatAddress(abi, address)} is read-only: a write to it would be an oops`;
function divisionText(cx: ExprContext, expr: Expr): string {
  const zero = expr.kind === 'binary' && bitsOf(cx, expr.right) === 0n;
  return zero ? 'division by zero' : 'the quotient does not fit into its type';
}
/** A part in messages, as C; "this" if it is more than names, members, elements and calls. */
const text = (expr: Expr): string => spelled(expr) ?? 'this';
function spelled(expr: Expr): string | undefined {
  switch (expr.kind) {
    case 'ident':
      return expr.name;
    case 'int':
      return String(expr.value);
    case 'member': {
      const base = spelled(expr.base);
      return base && `${base}${expr.arrow ? '->' : '.'}${expr.name.text}`;
    }
    case 'index': {
      const [base, index] = [spelled(expr.base), spelled(expr.index)];
      return base && index && `${base}[${index}]`;
    }
    case 'call': {
      const [callee, ...args] = [expr.callee, ...expr.args].map(spelled);
      return callee && args.every((arg) => arg !== undefined) ? `${callee}(${args.join(', ')})` : undefined;
    }
    default:
      return undefined;
  }
}
/** The pointer through which an lvalue is reached; undefined for one that is not behind a pointer. */
function pointerIn(cx: ExprContext, expr: Expr): Expr | undefined {
  switch (expr.kind) {
    case 'unary':
      return expr.op === '*' ? expr.operand : undefined;
    case 'member':
      return expr.arrow ? expr.base : pointerIn(cx, expr.base);
    case 'index': {
      const [base] = indexed(cx, expr);
      return isArray(cx, base) ? pointerIn(cx, base) : base;
    }
    case 'call': {
      const expansion = cx.tables.expansionOf(expr);
      return expansion && pointerIn(cx, expansion);
    }
    default:
      return undefined;
  }
}
const isArray = (cx: ExprContext, expr: Expr): boolean => cx.tables.typeOf(expr)?.kind === 'array';
/** Base and index of `a[i]`, and of `i[a]`. */
const indexed = (cx: ExprContext, { base, index }: Expr & { kind: 'index' }): readonly [Expr, Expr] =>
  valueType(cx, base).kind === 'pointer' ? [base, index] : [index, base];

// ---------------------------------------------------------------- parts
/** The value of a part; undefined if that fails too. */
function seenValue(cx: ExprContext, expr: Expr): Value | undefined {
  try {
    return compileExpression(cx, expr).look().value;
  } catch {
    return undefined;
  }
}
function bitsOf(cx: ExprContext, expr: Expr): bigint | undefined {
  const value = seenValue(cx, expr);
  return value === undefined ? undefined : BigInt.asUintN(64, BigInt(value));
}
const isTrue = (cx: ExprContext, expr: Expr): boolean => {
  const value = seenValue(cx, expr);
  return value !== undefined && value !== 0;
};
/** The first of some parts that fails. */
function first(parts: readonly (Expr | undefined)[], find: (expr: Expr) => Culprit | undefined): Culprit | undefined {
  for (const part of parts) {
    const found = part && find(part);
    if (found) return found;
  }
  return undefined;
}
/** The innermost part that fails when `expr` is evaluated. */
function inValue(cx: ExprContext, expr: Expr): Culprit | undefined {
  const inside = inParts(cx, expr);
  if (inside || changes(expr)) return inside;
  try {
    compileExpression(cx, expr).look();
    return undefined;
  } catch (error) {
    return error instanceof CompileError ? undefined : { expr, error };
  }
}
function inParts(cx: ExprContext, expr: Expr): Culprit | undefined {
  const values = (...parts: (Expr | undefined)[]) => first(parts, (e) => inValue(cx, e));
  switch (expr.kind) {
    case 'unary':
      return expr.op === '&' ? inPlace(cx, expr.operand) : values(expr.operand);
    case 'postfix':
      return values(expr.operand);
    case 'assign':
      return inPlace(cx, expr.left) ?? values(expr.op === '=' ? undefined : expr.left, expr.right);
    case 'binary': {
      const left = values(expr.left);
      if (left || (expr.op !== '&&' && expr.op !== '||')) return left ?? values(expr.right);
      return isTrue(cx, expr.left) === (expr.op === '&&') ? values(expr.right) : undefined;
    }
    case 'conditional':
      return values(expr.test) ?? values(isTrue(cx, expr.test) ? expr.then : expr.else);
    case 'comma':
      return values(expr.left, expr.right);
    case 'cast':
      return values(expr.operand);
    case 'call': {
      const expansion = cx.tables.expansionOf(expr);
      return expansion ? values(expansion) : values(...expr.args);
    }
    case 'index':
    case 'member':
      return inPlace(cx, expr);
    case 'stmtExpr': {
      const inits = expr.body.body.flatMap((s): Expr[] => {
        if (s.kind === 'expr') return [s.expr];
        if (s.kind !== 'decl') return [];
        return s.decl.declarators.flatMap((d) => (d.init && d.init.kind !== 'initList' ? [d.init] : []));
      });
      return values(...inits, expr.result);
    }
    default:
      return undefined;
  }
}
/** The innermost part that fails when the address of `expr` is computed, without reading it. */
function inPlace(cx: ExprContext, expr: Expr): Culprit | undefined {
  switch (expr.kind) {
    case 'unary':
      return expr.op === '*' ? inValue(cx, expr.operand) : undefined;
    case 'member':
      return expr.arrow ? inValue(cx, expr.base) : inPlace(cx, expr.base);
    case 'index': {
      const [base, index] = indexed(cx, expr);
      return (isArray(cx, base) ? inPlace(cx, base) : inValue(cx, base)) ?? inValue(cx, index);
    }
    case 'ident':
      return undefined;
    default:
      return inParts(cx, expr);
  }
}
