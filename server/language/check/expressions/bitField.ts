/** Bit-fields in expressions: they are computed in their width, and those that are narrower than int as an int, whatever their type. */

import { isRecord } from '../../../types/conversions';
import type { CType } from '../../../types/ctype';
import { findField } from '../../../types/ctype';
import type { Expr } from '../../syntax/tree';

/** Whether an expression has the form of one that reads, assigns to or steps a member. */
export const mayBeBitField = ({ kind }: Expr): boolean =>
  kind === 'member' || kind === 'assign' || kind === 'postfix' || kind === 'unary';
/** Width in bits of the bit-field that `expr` reads, assigns to or steps; undefined for anything else. */
export function bitWidthOf(expr: Expr, typeOf: (expr: Expr) => CType | undefined): number | undefined {
  if (expr.kind === 'assign') return bitWidthOf(expr.left, typeOf);
  if (expr.kind === 'postfix' || (expr.kind === 'unary' && (expr.op === '++' || expr.op === '--')))
    return bitWidthOf(expr.operand, typeOf);
  if (expr.kind !== 'member') return undefined;
  const base = typeOf(expr.base);
  const record = base?.kind === 'pointer' ? base.to : base?.kind === 'array' ? base.of : base;
  if (!record || !isRecord(record)) return undefined;
  return findField(record, expr.name.text)?.field.bitWidth;
}
