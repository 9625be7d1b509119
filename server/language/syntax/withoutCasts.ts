import type { Expr } from './tree';

/** The expression inside any number of casts. */
export function withoutCasts(expr: Expr): Expr {
  let e = expr;
  while (e.kind === 'cast') e = e.operand;
  return e;
}
