/** `#include "…"`, `#define NAME constant`, and the messages for other directives. A directive is a line. */

import * as t from '../tokens';
import type { Item, Name, StringLit } from '../tree';
import type { Cursor } from './cursor';
import { expression } from './expressions';
import { skipLine } from './recovery';

/** At `#`, at file level. */
export function directive(p: Cursor): Item {
  const word = p.isFirstOnLine(1) ? '' : p.word(1);
  if (word === 'include') return includeDirective(p);
  if (word === 'define') return defineDirective(p);
  const start = p.start;
  const message = misplacedDirective(p);
  p.next();
  skipLine(p);
  const span = p.span(start);
  p.complain('unsupported-directive', message, span);
  return { kind: 'errorItem', span };
}
/** At a misplaced `#`: the message for it. */
export function misplacedDirective(p: Cursor): string {
  const word = p.isFirstOnLine(1) ? '' : p.word(1) || p.raw(1);
  if (word === 'include' || word === 'define') return `'#${word}' is allowed only at file level, not inside a function`;
  return `'#${word}' is not in this language: only '#include "other.kmem"' and '#define NAME constant' are`;
}

function includeDirective(p: Cursor): Item {
  const start = p.start;
  p.next();
  p.next();
  if (p.kind === t.T_STRING && !p.isFirstOnLine()) {
    const text = p.raw();
    const at = p.start;
    p.next();
    const value = text.slice(1, text.endsWith('"') && text.length > 1 ? -1 : undefined);
    const path: StringLit = { kind: 'string', value, span: p.span(at) };
    endOfDirective(p, '#include "…"');
    for (const [name, text] of p.outside?.included(value, at, p.roles.strings) ?? []) p.roles.define(name, text);
    return { kind: 'include', path, span: p.span(start, path.span.end) };
  }
  const system = p.kind === t.T_LT && !p.isFirstOnLine();
  skipLine(p);
  const span = p.span(start);
  if (system) return { kind: 'header', span };
  p.complain('unsupported-directive', '\'#include\' takes a file in quotes: #include "other.kmem"', span);
  return { kind: 'errorItem', span };
}

function defineDirective(p: Cursor): Item {
  const start = p.start;
  p.next();
  p.next();
  if (p.isFirstOnLine()) {
    p.complain('expected-name', "expected a name after '#define'", p.span(start));
    return { kind: 'errorItem', span: p.span(start) };
  }
  if (p.kind !== t.T_IDENT) {
    p.complain('expected-name', `expected a name after '#define', found ${p.found()}`, p.spanOfToken());
    skipLine(p);
    return { kind: 'errorItem', span: p.span(start) };
  }
  const name = p.nameHere();
  if (p.kind === t.T_EOF || p.isFirstOnLine()) return { kind: 'define', name, span: p.span(start) };
  if (p.kind === t.T_LPAREN && p.start === name.span.end) return macroWithParameters(p, name, start);
  const lineEnd = firstOfNextLine(p);
  const value = p.upTo(lineEnd, expression);
  if (value?.kind === 'string') p.roles.define(name.text, value.value);
  if (p.panic) {
    p.panic = false;
    while (p.at < lineEnd) p.next();
  }
  endOfDirective(p, `#define ${name.text} …`);
  return { kind: 'define', name, value, span: p.span(start) };
}
function macroWithParameters(p: Cursor, name: Name, start: number): Item {
  if (name.text === 'pr_fmt') {
    skipLine(p);
    return { kind: 'define', name, span: p.span(start) };
  }
  p.complain(
    'unsupported-directive',
    `'#define ${name.text}(…)': macros with parameters are not in this language; make it a 'static inline' function`,
    name.span,
  );
  skipLine(p);
  return { kind: 'define', name, refused: true, span: p.span(start) };
}
/** index of the first token of the next line */
function firstOfNextLine(p: Cursor): number {
  let i = p.at + 1;
  while (i < p.tokens.count - 1 && p.tokens.first[i] === 0) i++;
  return Math.min(i, p.tokens.count - 1);
}
function endOfDirective(p: Cursor, what: string): void {
  if (p.kind === t.T_EOF || p.isFirstOnLine()) return;
  const from = p.start;
  skipLine(p);
  const span = p.span(from);
  p.complain('unexpected-token', `nothing may follow ${what} on its line`, span, {
    title: 'remove it',
    edits: [{ span, text: '' }],
  });
}
