/** Annotations: words of the kernel that the compiler reads, of which some have an argument. */

import * as t from '../tokens';
import type { Expr, Name } from '../tree';
import type { Cursor } from './cursor';
import { beginsType } from './lookahead';
import { skipBalanced } from './recovery';
import { appended } from './shortLists';

const NONE: Name[] = [];
/** Annotations in any order: after a tag, a field, a parameter. */
export function annotations(p: Cursor): Name[] {
  let words = NONE;
  for (;;) {
    if (p.kind === t.K_ANNOTATION) words = appended(words, p.nameHere());
    else if (p.kind === t.K_ANNOTATION_CALL) words = appended(words, annotationCall(p));
    else return words;
  }
}
/** `__aligned(8)`, `__attribute__((packed))`: one word, with the text of its argument in it. */
export function annotationCall(p: Cursor): Name {
  const start = p.start;
  const word = p.word();
  p.next();
  const alignment = p.kind === t.T_LPAREN ? argument(p, word) : undefined;
  const text = p.text.slice(start, p.prevEnd);
  return { kind: 'name', text, ...(alignment ? { alignment } : undefined), span: p.span(start) };
}
/** At the `(`: the alignment that is asked for, if any is. */
function argument(p: Cursor, word: string): Expr | undefined {
  if (word === '__aligned' || word === '_Alignas') return alignmentAsked(p);
  if (word === '__attribute__' || word === '__attribute') return attributes(p);
  skipBalanced(p);
  return undefined;
}
/** `((packed, aligned(8)))` */
function attributes(p: Cursor): Expr | undefined {
  let asked: Expr | undefined;
  let level = 0;
  do {
    if (p.kind === t.T_IDENT && /^(__)?aligned(__)?$/.test(p.word()) && p.peek() === t.T_LPAREN) {
      p.next();
      asked = alignmentAsked(p);
      continue;
    }
    if (p.kind === t.T_LPAREN) level++;
    else if (p.kind === t.T_RPAREN) level--;
    p.next();
  } while (level > 0 && p.kind !== t.T_EOF && p.kind !== t.T_SEMI && !p.panic);
  if (level > 0) p.expect(t.T_RPAREN, ')', 'after the attribute');
  return asked;
}
/** `(8)`, `(sizeof(long))`; `(struct page *)` is the alignment of that type. */
function alignmentAsked(p: Cursor): Expr | undefined {
  const asked = p.nest((inner): Expr => {
    inner.next();
    if (!beginsType(inner)) return inner.grammar.assignmentExpr(inner);
    const { start } = inner;
    const of = inner.grammar.typeName(inner);
    return { kind: 'sizeof', id: inner.ids.next(), of, alignof: true, span: inner.span(start) };
  });
  if (asked) p.expect(t.T_RPAREN, ')', 'after the alignment');
  else skipBalanced(p);
  return asked;
}
/** Whether an annotation asks for an alignment, or for none. */
export const asksLayout = ({ text }: Name): boolean => /aligned|_Alignas|packed/.test(text);
