/** What `__packed`, `__aligned(n)`, `_Alignas` and `__attribute__` ask of the layout of a structure, a member, a variable or a typedef. */
import { orMake } from '../../../types/orMake';
import { type AskedLayout, NOTHING_ASKED } from '../../../types/recordLayout';
import type { Declaration, Declarator, Expr, Name } from '../../syntax/tree';
import type { CheckContext } from '../context/checkContext';
import { constantExpr } from './constantExpr';

/** x86's cache line in bytes (L1_CACHE_SHIFT 6) */
const CACHE_LINE = 64;
/** `__attribute__((aligned))`: the most that a type of the ABI needs */
const BIGGEST_ALIGNMENT = 16;
const MOST = 4096;

export function askedLayout(cx: CheckContext, annotations: readonly Name[] | undefined): AskedLayout {
  if (!annotations) return NOTHING_ASKED;
  let packed = false;
  let align = 0;
  for (const annotation of annotations) {
    if (/packed/.test(annotation.text)) packed = true;
    align = Math.max(align, alignmentAsked(cx, annotation));
  }
  return { packed, align };
}
/** What a declaration asks for one of its names: by the annotations in front of all, and those behind this one. */
export function askedFor(cx: CheckContext, { modifiers, declarators }: Declaration, d: Declarator): AskedLayout {
  if (modifiers.names.length === 0) return NOTHING_ASKED;
  const others = new Set(declarators.flatMap((other) => (other === d ? [] : (other.annotations ?? []))));
  return askedLayout(
    cx,
    modifiers.names.filter((name) => !others.has(name)),
  );
}
/** The alignment in bytes; 0 where none is asked for. */
function alignmentAsked(cx: CheckContext, annotation: Name): number {
  const { text, alignment } = annotation;
  if (alignment) return orMake(cx.types.alignments, annotation, () => alignmentOf(cx, alignment));
  if (text.includes('cacheline_aligned')) return CACHE_LINE;
  return /\b(__)?aligned(__)?\b/.test(text) ? BIGGEST_ALIGNMENT : 0;
}
function alignmentOf(cx: CheckContext, asked: Expr): number {
  const value = constantExpr(cx, asked, 'an alignment');
  if (value === undefined) return 0;
  const align = Number(value);
  if (align >= 1 && align <= MOST && Number.isInteger(Math.log2(align))) return align;
  cx.problems.error('bad-alignment', `an alignment is a power of two from 1 to ${MOST}, not ${value}`, asked.span);
  return 0;
}
