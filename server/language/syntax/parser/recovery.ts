/** How the parser recovers after a mistake. Every loop over elements of a text is here, or advances by at least one token. */

import * as t from '../tokens';
import type { Cursor } from './cursor';

/**
 * Parses one `element` after the other until `ends`. After a mistake in one it looks for the beginning of the next with `recover`; each
 * round reads at least one token, so that the parser always ends.
 */
export function elements<T>(
  p: Cursor,
  ends: (p: Cursor) => boolean,
  element: (p: Cursor) => T | undefined,
  recover: (p: Cursor) => void = synchronise,
): T[] {
  const list = p.beginList();
  while (!ends(p)) {
    const from = p.at;
    const one = element(p);
    if (one !== undefined) p.add(one);
    if (p.panic) recover(p);
    if (p.at === from) p.next();
  }
  return p.endList(list);
}

/** Skips a balanced group that starts at the current opening bracket; iterative, so that no nesting is too deep. */
export function skipBalanced(p: Cursor): void {
  let level = 0;
  do {
    const k = p.kind;
    if (k === t.T_LPAREN || k === t.T_LBRACE || k === t.T_LBRACKET) level++;
    else if (k === t.T_RPAREN || k === t.T_RBRACE || k === t.T_RBRACKET) level--;
    p.next();
  } while (level > 0 && p.kind !== t.T_EOF);
}
/** Like skipBalanced for ( and [, but stops where the statement obviously ended. */
function skipParens(p: Cursor): void {
  let level = 0;
  do {
    const k = p.kind;
    if (k === t.T_LPAREN || k === t.T_LBRACKET) level++;
    else if (k === t.T_RPAREN || k === t.T_RBRACKET) level--;
    else if (k === t.T_SEMI || k === t.T_LBRACE || k === t.T_RBRACE) return;
    p.next();
  } while (level > 0 && p.kind !== t.T_EOF);
}
/** Skips the rest of the line. */
export function skipLine(p: Cursor): void {
  while (p.kind !== t.T_EOF && !p.isFirstOnLine()) p.next();
}

/**
 * Leaves panic: skips to the end of the statement (over its `;`), to a `}` or to a line that starts with a word that
 * begins a statement.
 */
export function synchronise(p: Cursor): void {
  const from = p.at;
  for (;;) {
    const k = p.kind;
    if (k === t.T_EOF || k === t.T_RBRACE) break;
    if (k === t.T_SEMI) {
      p.next();
      break;
    }
    if (p.at > from && p.isFirstOnLine() && beginsStatement(k)) break;
    if (k === t.T_LBRACE) {
      if (p.isFirstOnLine() && p.at > from) break;
      skipBalanced(p);
      if (p.isFirstOnLine()) break;
    } else if (k === t.T_LPAREN || k === t.T_LBRACKET) skipParens(p);
    else p.next();
  }
  p.panic = false;
}
const beginsStatement = (k: number): boolean =>
  (k >= t.K_IF && k <= t.K_RETURN && k !== t.K_ELSE) ||
  (k >= t.K_STRUCT && k <= t.K_CONTRACT) ||
  k === t.T_IDENT ||
  k === t.T_HASH;

/** Like synchronise, at file level: a stray `}` is part of what is skipped. */
export function synchroniseItems(p: Cursor): void {
  synchronise(p);
  while (p.kind === t.T_RBRACE) p.next();
  p.accept(t.T_SEMI);
}
/** After a mistake in a condition: continues at its body if that is near. */
export function synchroniseToBody(p: Cursor): void {
  while (
    p.kind !== t.T_LBRACE &&
    p.kind !== t.T_EOF &&
    p.kind !== t.T_SEMI &&
    p.kind !== t.T_RBRACE &&
    !p.isFirstOnLine()
  )
    p.next();
  p.panic = false;
}
/** After a mistake in the head of a context: continues at its body, behind the `;`, or at the next line that begins at column 0. */
export function synchroniseToContextBody(p: Cursor): void {
  while (p.kind !== t.T_EOF && p.kind !== t.T_LBRACE && p.kind !== t.T_SEMI && !p.isAtMargin()) p.next();
  p.panic = false;
}
/** After a mistake in an enumeration: to its `}`, or where the declaration ended. */
export function synchroniseToEnumEnd(p: Cursor): void {
  while (p.kind !== t.T_RBRACE && p.kind !== t.T_EOF && p.kind !== t.T_SEMI) p.next();
  p.panic = false;
}
/** After a mistake in an initialiser: to its `}`, which ends the panic, or where the declaration obviously ended. */
export function synchroniseToListEnd(p: Cursor): void {
  for (;;) {
    const k = p.kind;
    if (k === t.T_RBRACE) {
      p.panic = false;
      return;
    }
    if (k === t.T_EOF || k === t.T_SEMI || p.isAtMargin()) return;
    if (k === t.T_LBRACE) skipBalanced(p);
    else p.next();
  }
}
