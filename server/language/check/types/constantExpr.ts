/** Constants in types and statements: the length of an array, the width of a bit-field, the value of a `case`. */
import type { Expr } from '../../syntax/tree';
import type { CheckContext } from '../context/checkContext';

/** Checks an expression that must be an integer constant. */
export function constantExpr(cx: CheckContext, expr: Expr, what: string): bigint | undefined {
  const type = cx.rules.checkExpr(cx, expr);
  if (!type) return undefined;
  const value = cx.rules.constantOf(cx, expr);
  if (value === undefined) cx.problems.error('not-constant', `${what} must be an integer constant`, expr.span);
  return value;
}
