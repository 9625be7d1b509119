/**
 * The formatter: kernel style, as Documentation/process/coding-style.rst describes it, for scenarios too. Lines are broken where the style
 * wants it and stay broken where the author broke them; tokens and comments never change; a formatted text stays as it is.
 */
import { lex, type Tokens } from '../../syntax/lexer';
import type { SourceTree } from '../../syntax/sourceTree';
import type { Change } from './commentColumns';
import { type FormatStyle, KERNEL_STYLE, layout } from './lineLayout';
import { marksOf } from './markItems';

interface Source {
  readonly text: string;
  readonly tree: SourceTree;
}

/** The changes that format a file, in order of position. What the parser does not understand stays as it is. */
export function formatChanges({ text, tree }: Source, style: FormatStyle = KERNEL_STYLE): Change[] {
  const marks = marksOf(text, tree);
  const changes = layout(marks, style);
  return sameTokens(marks.tokens, lex(applied(text, changes))) ? changes : [];
}
/** The whole text, formatted. */
export const formatted = (source: Source, style: FormatStyle = KERNEL_STYLE): string =>
  applied(source.text, formatChanges(source, style));

/** A text after changes that do not overlap and are in order. */
export function applied(text: string, changes: readonly Change[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const change of changes) {
    parts.push(text.slice(at, change.start), change.text);
    at = change.end;
  }
  parts.push(text.slice(at));
  return parts.join('');
}
/** Whether two texts have the same tokens and comments: a check of the formatter on itself. */
function sameTokens(a: Tokens, b: Tokens): boolean {
  if (a.count !== b.count || a.comments.length !== b.comments.length) return false;
  for (let i = 0; i < a.count; i++) {
    const [from, to] = [a.start[i] ?? 0, a.end[i] ?? 0];
    const [start, end] = [b.start[i] ?? 0, b.end[i] ?? 0];
    if (a.kind[i] !== b.kind[i] || to - from !== end - start) return false;
    if (a.text.slice(from, to) !== b.text.slice(start, end)) return false;
  }
  return true;
}
