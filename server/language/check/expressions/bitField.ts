/** Bit-fields in expressions: one that is narrower than int is promoted to int, whatever its declared type. */

import { isRecord } from '../../../types/conversions';
import type { CType } from '../../../types/ctype';
import { findField } from '../../../types/ctype';
import type { Expr } from '../../syntax/tree';

/** Width in bits of the bit-field that `expr` accesses; undefined for anything else. */
export function bitWidthOf(expr: Expr, typeOf: (expr: Expr) => CType | undefined): number | undefined {
  if (expr.kind !== 'member') return undefined;
  const base = typeOf(expr.base);
  const record = base?.kind === 'pointer' ? base.to : base?.kind === 'array' ? base.of : base;
  if (!record || !isRecord(record)) return undefined;
  return findField(record, expr.name.text)?.field.bitWidth;
}
