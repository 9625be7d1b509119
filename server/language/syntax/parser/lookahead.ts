/** What begins here: questions about the tokens ahead, without reading them. Undeclared names are classified by what follows. */

import * as t from '../tokens';
import type { Cursor } from './cursor';

// ---------------------------------------------------------------- types
/** Whether the token n after the current one certainly begins a type (or a declaration's modifiers). */
export function beginsType(p: Cursor, n = 0): boolean {
  const k = p.peek(n);
  if (k === t.T_IDENT) return p.types.isType(p.word(n));
  return (k >= t.K_STRUCT && k <= t.K_CONTRACT) || k === t.K_FLOAT;
}
/** Whether a keyword occurs only in types. */
const isTypeKeyword = (k: number): boolean =>
  (k >= t.K_STRUCT && k <= t.K_TYPEWORD) || k === t.K_QUAL || k === t.K_FLOAT;

/** At the `(` of `sizeof (…)`: is the operand a type? */
export function isTypeInParens(p: Cursor): boolean {
  if (beginsType(p, 1)) return true;
  const then = p.peek(3);
  return p.peek(1) === t.T_IDENT && p.peek(2) === t.T_STAR && (then === t.T_RPAREN || then === t.T_STAR);
}
/** At `(`: is it a cast (or a compound literal)? */
export function isCast(p: Cursor): boolean {
  const k = p.peek(1);
  if (k !== t.T_IDENT) return isTypeKeyword(k);
  const word = p.word(1);
  const after = p.peek(2);
  if (p.types.isType(word))
    return (
      after === t.T_RPAREN || after === t.T_STAR || after === t.K_QUAL || after === t.T_LPAREN || after === t.T_LBRACKET
    );
  if (p.types.isHidden(word)) return false;
  // (foo *)x, (foo **)x
  if (after === t.T_STAR) return p.peek(afterStars(p, 3)) === t.T_RPAREN;
  if (after !== t.T_RPAREN) return false;
  const then = p.peek(3);
  if (
    then === t.T_IDENT ||
    then === t.T_NUMBER ||
    then === t.T_STRING ||
    then === t.T_CHAR ||
    then === t.T_TILDE ||
    then === t.T_NOT ||
    then === t.K_SIZEOF
  )
    return !p.isFirstOnLine(3);
  return word.endsWith('_t') && (then === t.T_LPAREN || then === t.T_MINUS || then === t.T_STAR || then === t.T_AMP);
}
/** At an argument of a macro: is it a type? */
export function isTypeArgument(p: Cursor): boolean {
  const k = p.kind;
  if (k !== t.T_IDENT) return isTypeKeyword(k);
  const after = p.peek();
  if (p.types.isType(p.word()))
    return after === t.T_STAR || after === t.T_COMMA || after === t.T_RPAREN || after === t.T_LBRACKET;
  // foo_t * as an argument: no operand of a multiplication follows
  return after === t.T_STAR && (p.peek(2) === t.T_COMMA || p.peek(2) === t.T_RPAREN);
}
/** The first token from n on that is neither `*` nor a qualifier. */
function afterStars(p: Cursor, n: number): number {
  while (p.peek(n) === t.T_STAR || p.peek(n) === t.K_QUAL) n++;
  return n;
}

// ---------------------------------------------------------------- declarators and declarations
/** `static x = 1;`: an identifier that can only be the declared name, so that the type is missing. */
export function isOnlyName(p: Cursor): boolean {
  if (p.types.isType(p.word())) return false;
  const k = p.peek();
  return k === t.T_ASSIGN || k === t.T_SEMI || k === t.T_COMMA || k === t.T_LBRACKET || k === t.T_LPAREN;
}
/** At `(` where a declarator is possible: is it `(*name)` and not a parameter list? */
export function isNestedDeclarator(p: Cursor): boolean {
  const k = p.peek();
  if (k === t.T_STAR || k === t.T_LPAREN || k === t.T_LBRACKET) return true;
  if (k === t.K_QUAL || k === t.K_ANNOTATION) return p.peek(2) === t.T_STAR;
  if (k !== t.T_IDENT || p.types.isType(p.word(1))) return false;
  const after = p.peek(2);
  return after === t.T_RPAREN || after === t.T_LPAREN || after === t.T_LBRACKET;
}
/** At an identifier that another identifier, `*` or a qualifier follows: is it `foo *bar;`, and not an expression? */
export function isDeclaration(p: Cursor): boolean {
  const word = p.word();
  if (p.types.isHidden(word)) return false;
  const known = p.types.isType(word);
  const n = afterStars(p, 1);
  if (p.peek(n) === t.T_LPAREN) return known;
  if (p.peek(n) !== t.T_IDENT) return false;
  if (known) return true;
  // an unknown type's name; two names on different lines are rather a missing ';'
  if (n === 1 && p.isFirstOnLine(1)) return false;
  const after = p.peek(n + 1);
  // the value of `({ …; a * b; })`
  if (after === t.T_SEMI && p.peek(n + 2) === t.T_RBRACE && p.peek(n + 3) === t.T_RPAREN) return false;
  return after === t.T_SEMI || after === t.T_ASSIGN || after === t.T_COMMA || after === t.T_LBRACKET;
}

/** Behind the `}` of a structure or enumeration: does a line begin that cannot go on with it, so that its `;` must be missing? */
export function beginsAfterType(p: Cursor): boolean {
  if (!p.isFirstOnLine()) return false;
  const k = p.kind;
  if (k !== t.T_IDENT) return k === t.T_HASH || (k >= t.K_IF && k <= t.K_STORAGE) || k === t.K_CONTRACT;
  const after = p.peek();
  if (after === t.T_LBRACE) return p.word() === 'machine';
  // `ring_t r;`, `task main {`, `DEFINE_SPINLOCK(l);`, `foo(1);`
  return after === t.T_IDENT || after === t.T_STAR || after === t.T_LPAREN || p.types.isType(p.word());
}

// ---------------------------------------------------------------- file-level items
/** At `task`, `irq` …: is it the scenario keyword, or a type's or variable's name? */
export function beginsContext(p: Cursor): boolean {
  const after = p.peek();
  if (after === t.T_LBRACE) return true;
  if (after !== t.T_IDENT) return false;
  const then = p.peek(2);
  if (then === t.T_LBRACE || then === t.T_EOF) return true;
  if (p.word(2) === 'on' && then === t.T_IDENT) return true;
  // `task main() {`: as a function is written
  if (then === t.T_LPAREN && functionFollows(p, 2)) return !p.types.isType(p.word());
  return (
    then !== t.T_SEMI &&
    then !== t.T_ASSIGN &&
    then !== t.T_COMMA &&
    then !== t.T_LBRACKET &&
    then !== t.T_LPAREN &&
    !p.types.isType(p.word())
  );
}
/** From the `(` n tokens on: does its `)` have a `{` after it (contracts and annotations between)? */
export function functionFollows(p: Cursor, n: number): boolean {
  let level = 0;
  for (let limit = n + 400; n < limit; n++) {
    const k = p.peek(n);
    if (k === t.T_LPAREN) level++;
    else if (k === t.T_RPAREN) {
      if (--level === 0) break;
    } else if (k === t.T_EOF || k === t.T_SEMI || k === t.T_LBRACE || k === t.T_RBRACE) return false;
  }
  n++;
  for (let k = p.peek(n); k === t.K_ANNOTATION || k === t.K_CONTRACT || k === t.K_QUAL; k = p.peek(n)) {
    n++;
    if (p.peek(n) !== t.T_LPAREN) continue;
    while (p.peek(n) !== t.T_RPAREN && p.peek(n) !== t.T_EOF && p.peek(n) !== t.T_LBRACE) n++;
    n++;
  }
  return p.peek(n) === t.T_LBRACE;
}
/** At column 0 inside braces: does something begin that can only be a file-level item, so that a `}` must be missing? */
export function beginsItem(p: Cursor): boolean {
  if (!p.isAtMargin()) return false;
  const k = p.kind;
  if (k === t.T_HASH) return p.word(1) === 'include' || p.word(1) === 'define';
  if (k === t.T_IDENT) {
    const word = p.word();
    const after = p.peek();
    if (word === 'machine' && after === t.T_LBRACE) return true;
    if (t.isContextWord(word) && after === t.T_IDENT && (p.peek(2) === t.T_LBRACE || p.word(2) === 'on')) return true;
    return after !== t.T_COLON && after !== t.T_LPAREN && functionHeaderFollows(p);
  }
  const declares =
    k === t.K_STORAGE ||
    k === t.K_STRUCT ||
    k === t.K_UNION ||
    k === t.K_ENUM ||
    k === t.K_TYPEWORD ||
    k === t.K_QUAL ||
    k === t.K_ANNOTATION ||
    k === t.K_CONTRACT;
  return declares && functionHeaderFollows(p);
}
/** words and stars up to `name(…) {` */
function functionHeaderFollows(p: Cursor): boolean {
  for (let n = 0; n < 12; n++) {
    const k = p.peek(n);
    if (k === t.T_LPAREN) return n > 1 && p.peek(n - 1) === t.T_IDENT && functionFollows(p, n);
    if (k !== t.T_IDENT && k !== t.T_STAR && !(k >= t.K_STRUCT && k <= t.K_ANNOTATION)) return false;
  }
  return false;
}
