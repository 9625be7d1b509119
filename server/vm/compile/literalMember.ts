/**
 * A member of a compound literal, `((pte_t){ value }).pte`: where the literal holds one value, the member is that value and the literal need
 * not lie anywhere. Watches, which may not write, can name such a member too.
 */
import type { Expr } from '../../language/syntax/tree';
import { isRecord } from '../../types/conversions';
import { findField, type IntType } from '../../types/ctype';
import { type ExprContext, typeOf } from './exprContext';
import { initParts } from './initParts';

interface LiteralMember {
  readonly init: Expr;
  /** the member's type, which the value is converted to */
  readonly type: IntType;
}

/** The initialiser that a member of a compound literal has; undefined for any other member, and where the literal has several. */
export function literalMember(cx: ExprContext, expr: Expr & { kind: 'member' }): LiteralMember | undefined {
  let { base } = expr;
  while (base.kind === 'call' && !cx.done.has(base)) {
    const expansion = cx.tables.expansionOf(base);
    if (!expansion) return undefined;
    base = expansion;
  }
  if (base.kind !== 'compound' || cx.done.has(base)) return undefined;
  const type = typeOf(cx, base);
  const found = isRecord(type) ? findField(type, expr.name.text) : undefined;
  if (!found || found.field.bitWidth !== undefined || found.field.type.kind !== 'int') return undefined;
  const parts = initParts(cx.tables, type, base.init).filter((part) => part.kind !== 'zero');
  const [only] = parts;
  if (parts.length !== 1 || only?.kind !== 'value') return undefined;
  if (only.offsets[0] !== found.offset || only.bits || only.type.kind !== 'int') return undefined;
  return { init: only.expr, type: found.field.type };
}
