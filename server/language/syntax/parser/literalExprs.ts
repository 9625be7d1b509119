/** Numbers, characters and strings as expressions. */

import { numberValue, readEscapes } from '../literals';
import { KERN_LEVELS } from '../operators';
import * as t from '../tokens';
import type { IntLit, StringLit } from '../tree';
import type { Cursor } from './cursor';
import { STRING } from './nameRoles';

export function numberLiteral(p: Cursor): IntLit {
  const start = p.start;
  const text = p.raw();
  p.next();
  const span = p.span(start);
  const read = numberValue(text);
  if (read.problem) p.complain(read.code, read.problem, span);
  return { kind: 'int', id: p.ids.next(), value: read.value, suffix: read.suffix, char: false, text, span };
}

/** `'a'`: plain char is signed. Of several characters each is a byte of the int, the last four count. */
export function charLiteral(p: Cursor): IntLit {
  const start = p.start;
  const text = p.raw();
  p.next();
  const span = p.span(start);
  const closed = text.length > 1 && text.endsWith("'");
  const read = readEscapes(text.slice(1, closed ? -1 : undefined));
  if (read.problem) p.complain('bad-escape', read.problem, span);
  else if (read.value === '' && closed)
    p.complain('bad-number', `a character constant holds a character, ${text} holds none`, span);
  let code = 0;
  for (let i = 0; i < read.value.length; i++) code = (code << 8) | read.value.charCodeAt(i);
  const value = BigInt(read.value.length === 1 ? (code << 24) >> 24 : code);
  return { kind: 'int', id: p.ids.next(), value, suffix: '', char: true, text, span };
}

/** At a string, or at a name that is defined as one. */
export const isString = (p: Cursor): boolean =>
  p.kind === t.T_STRING || (p.kind === t.T_IDENT && p.hasRole(STRING) && p.peek() !== t.T_LPAREN);
/** Macros that make a string of what is in their parentheses. */
const STRINGIFYING: ReadonlySet<string> = new Set(['__MODULE_STRING', '__stringify']);
const stringifies = (p: Cursor): boolean =>
  p.kind === t.T_IDENT && p.peek() === t.T_LPAREN && STRINGIFYING.has(p.word());
/** At the name of such a macro: what is in its parentheses, as it is written. */
function stringified(p: Cursor): string {
  p.next();
  p.next();
  const from = p.start;
  for (let open = 1; p.kind !== t.T_EOF && p.kind !== t.T_SEMI; p.next()) {
    if (p.kind === t.T_LPAREN) open++;
    else if (p.kind === t.T_RPAREN && --open === 0) break;
  }
  const text = p.text.slice(from, p.start);
  p.expect(t.T_RPAREN, ')', 'after what becomes a string');
  return text;
}
/** One string, or several adjacent ones; `u8"…"` is `"…"`, as every string is in UTF-8. */
export function stringLiteral(p: Cursor): StringLit {
  const start = p.start;
  let value = '';
  while (isString(p) || stringifies(p)) {
    if (stringifies(p)) {
      value += stringified(p);
      continue;
    }
    if (p.kind === t.T_IDENT) {
      value += p.roles.strings.get(p.word()) ?? '';
      p.next();
      continue;
    }
    const text = p.raw().replace(/^u8/, '');
    const closed = text.length > 1 && text.endsWith('"');
    const read = readEscapes(text.slice(1, closed ? -1 : undefined));
    if (read.problem) p.complain('bad-escape', read.problem, p.spanOfToken());
    value += read.value;
    p.next();
  }
  return { kind: 'string', id: p.ids.next(), value, span: p.span(start) };
}
/** `KERN_INFO "text"`: the level is a string of two characters before the text. */
export function levelledString(p: Cursor): StringLit {
  const start = p.start;
  const level = KERN_LEVELS.get(p.word()) ?? '';
  p.next();
  const text = stringLiteral(p);
  return { ...text, value: `${level}${text.value}`, span: p.span(start) };
}
