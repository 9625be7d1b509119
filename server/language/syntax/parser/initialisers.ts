/** Initialisers: an expression, or `{ 1, .field = 2, [3] = { … } }`. */

import * as t from '../tokens';
import type { Expr, InitItem, InitList } from '../tree';
import type { Cursor } from './cursor';
import { argumentExpr, conditional } from './expressions';
import { WITH_COMMA } from './nameRoles';
import { skipBalanced, synchroniseToListEnd } from './recovery';

/** What follows the `=` of a declaration. */
export function initialiser(p: Cursor): Expr | InitList {
  return p.kind === t.T_LBRACE ? initList(p) : argumentExpr(p);
}
/** At `{`. */
export function initList(p: Cursor): InitList {
  const start = p.start;
  const items = p.nest(initItems);
  if (!items) skipBalanced(p);
  return { kind: 'initList', items: items ?? [], span: p.span(start) };
}
const beginsValue = (k: number): boolean =>
  k === t.T_DOT || k === t.T_IDENT || k === t.T_NUMBER || k === t.T_STRING || k === t.T_CHAR || k === t.T_LBRACE;
function initItems(p: Cursor): InitItem[] {
  const { inList } = p;
  p.inList = true;
  const items = itemsOf(p);
  p.inList = inList;
  return items;
}
function itemsOf(p: Cursor): InitItem[] {
  const items: InitItem[] = [];
  p.next();
  while (p.kind !== t.T_RBRACE && p.kind !== t.T_EOF && !p.panic) {
    const withComma = p.hasRole(WITH_COMMA);
    items.push(initItem(p));
    if (p.accept(t.T_COMMA) || (withComma && beginsValue(p.kind))) continue;
    if (p.panic || !beginsValue(p.kind)) break;
    p.missing(',', 'between the values');
  }
  if (p.panic) synchroniseToListEnd(p);
  p.expect(t.T_RBRACE, '}', 'at the end of the initialiser');
  return items;
}
function initItem(p: Cursor): InitItem {
  const start = p.start;
  const designators: InitItem['designators'][number][] = [];
  for (;;) {
    if (p.accept(t.T_DOT)) {
      if (p.kind !== t.T_IDENT) {
        p.fail('expected-name', `expected a field's name after '.', found ${p.found()}`);
        break;
      }
      designators.push({ kind: 'fieldDesignator', name: p.nameHere() });
    } else if (p.accept(t.T_LBRACKET)) {
      const index = conditional(p);
      const last = p.accept(t.T_ELLIPSIS) ? conditional(p) : undefined;
      p.expect(t.T_RBRACKET, ']', 'after the index');
      designators.push({ kind: 'indexDesignator', index, ...(last ? { last } : undefined) });
    } else break;
  }
  if (designators.length > 0) p.expect(t.T_ASSIGN, '=', 'after the designator');
  const value = initialiser(p);
  return { kind: 'initItem', designators, value, span: p.span(start) };
}
