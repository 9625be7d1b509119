/** Formatting of a part: the lines of a range, and what has just been written. */
import { macroNames } from '../../catalogue/catalogue';
import { parse } from '../../syntax/parser/parse';
import type { SourceTree } from '../../syntax/sourceTree';
import { nodesAt } from '../locate';
import type { Change } from './commentColumns';
import { formatChanges } from './format';
import type { FormatStyle } from './lineLayout';

interface Source {
  readonly text: string;
  readonly tree: SourceTree;
}

/** The changes to the lines that a range touches. */
export function formatRange(source: Source, start: number, end: number, style: FormatStyle): Change[] {
  const { text } = source;
  const from = text.lastIndexOf('\n', start - 1) + 1;
  // a range that ends at the beginning of a line does not touch it
  const last = end > start && text.charAt(end - 1) === '\n' ? end - 1 : end;
  const newline = text.indexOf('\n', last);
  const to = newline < 0 ? text.length : newline;
  // the blanks in front of the first line belong to it, those behind the last do not
  return formatChanges(source, style).filter(
    (c) => c.end >= from && (c.end <= to || (c.start < to && c.start >= from)),
  );
}

/** Characters after which something is formatted: the end of a statement, a block, a label, a line. */
export const TYPED = ['}', ';', ':', '\n'] as const;

/** The changes after the character in front of an offset has been typed. Nothing behind the offset changes. */
export function formatTyped(source: Source, offset: number, typed: string, style: FormatStyle): Change[] {
  if (typed === '\n') return formatLine(source.text, offset, style);
  const comment = source.tree.comments.some(({ span }) => span.start < offset && offset <= span.end);
  // the largest that ends here: `if (a) b;` and not only `b;`
  const node = nodesAt(source.tree.items, offset - 1).find(({ span }) => span.end === offset);
  if (comment || !node || node.kind === 'string') return [];
  const start = source.text.lastIndexOf('\n', node.span.start - 1) + 1;
  return formatChanges(source, style).filter((c) => c.end >= start && c.end < offset);
}
/** The indentation of a line that is empty so far: that of a statement there. */
function formatLine(text: string, offset: number, style: FormatStyle): Change[] {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const end = start + (/^[ \t]*/.exec(text.slice(start))?.[0] ?? '').length;
  if (end < text.length && text.charAt(end) !== '\n' && text.charAt(end) !== '\r') return [];
  const withStatement = `${text.slice(0, start)};${text.slice(end)}`;
  const tree = parse(withStatement, macroNames);
  if (tree.comments.some(({ span }) => span.start < start && start < span.end)) return [];
  if (tree.errors.some(({ span }) => span.start <= start && start <= span.end)) return [];
  const change = formatChanges({ text: withStatement, tree }, style).find((c) => c.start <= start && c.end === start);
  const wanted = change ? (/[^\n]*$/.exec(change.text)?.[0] ?? '') : '';
  return wanted === text.slice(start, end) ? [] : [{ start, end, text: wanted }];
}
