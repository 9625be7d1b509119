/** What can be folded away: braces, arguments over several lines, the groups of a switch, comments, runs of includes. Works on broken text. */
import { lex } from '../../syntax/lexer';
import { Lines } from '../../syntax/lines';
import type { SourceTree } from '../../syntax/sourceTree';
import * as t from '../../syntax/tokens';
import type { Block, Item } from '../../syntax/tree';
import { walkTree } from '../../syntax/visitor';

/** Whole lines that fold into the first of them. */
interface Fold {
  readonly startLine: number;
  readonly endLine: number;
  readonly kind?: 'comment' | 'imports';
}
interface Source {
  readonly text: string;
  readonly tree: SourceTree;
}

/** In order of their first lines; of two with the same first line, the larger one. */
export function folds(source: Source): Fold[] {
  const lines = new Lines(source.text);
  const found = new Map<number, Fold>();
  const add = (startLine: number, endLine: number, kind?: Fold['kind']): void => {
    if (endLine <= startLine || (found.get(startLine)?.endLine ?? -1) >= endLine) return;
    found.set(startLine, { startLine, endLine, ...(kind ? { kind } : {}) });
  };
  const lineOf = (offset: number): number => lines.at(offset).line;
  comments(source, lineOf, add);
  includes(source, lineOf, add);
  brackets(source.text, lineOf, add);
  for (const item of source.tree.items)
    walkTree(item, (node) => {
      if (node.kind === 'block') groups(node, lineOf, add);
    });
  return [...found.values()].sort((a, b) => a.startLine - b.startLine);
}
type Add = (startLine: number, endLine: number, kind?: Fold['kind']) => void;
type LineOf = (offset: number) => number;

/**
 * From the line in front of `{` to the one before `}`, so that both stay; other brackets only where the closing one begins a line.
 */
function brackets(text: string, lineOf: LineOf, add: Add): void {
  const tokens = lex(text);
  const open: number[] = [];
  for (let i = 0; i < tokens.count; i++) {
    const kind = tokens.kind[i];
    if (kind === t.T_LBRACE || kind === t.T_LPAREN || kind === t.T_LBRACKET) open.push(i);
    if (kind !== t.T_RBRACE && kind !== t.T_RPAREN && kind !== t.T_RBRACKET) continue;
    // brackets that are never closed end with the braces around them
    if (kind === t.T_RBRACE) while (open.length > 0 && tokens.kind[open.at(-1) ?? 0] !== t.T_LBRACE) open.pop();
    else if (tokens.kind[open.at(-1) ?? 0] === t.T_LBRACE) continue;
    const from = open.pop();
    if (from === undefined || (kind !== t.T_RBRACE && tokens.first[i] !== 1)) continue;
    const header = kind === t.T_RBRACE && tokens.first[from] === 1 && tokens.kind[from - 1] === t.T_RPAREN;
    add(lineOf(tokens.start[header ? from - 1 : from] ?? 0), lineOf(tokens.start[i] ?? 0) - 1);
  }
}

/** Block comments, and comments of one line that follow one another with nothing between. */
function comments({ text, tree }: Source, lineOf: LineOf, add: Add): void {
  let first = -1;
  let last = -2;
  for (const { span, block } of tree.comments) {
    const from = lineOf(span.start);
    const alone = text.slice(text.lastIndexOf('\n', span.start - 1) + 1, span.start).trim() === '';
    if (block) add(from, lineOf(span.end), 'comment');
    if (block || !alone || from !== last + 1) first = from;
    else add(first, from, 'comment');
    last = block || !alone ? -2 : from;
  }
}
const isInclude = (item: Item | undefined): boolean => item?.kind === 'include' || item?.kind === 'header';
function includes({ tree }: Source, lineOf: LineOf, add: Add): void {
  let first = -1;
  for (const [i, item] of tree.items.entries()) {
    if (!isInclude(item)) continue;
    if (!isInclude(tree.items[i - 1])) first = lineOf(item.span.start);
    add(first, lineOf(item.span.end), 'imports');
  }
}
/** From a `case` or `default` to the line before the next. */
function groups({ body, span }: Block, lineOf: LineOf, add: Add): void {
  let from = -1;
  let end = -1;
  for (const [i, stmt] of body.entries()) {
    if (stmt.kind === 'case' && body[i - 1]?.kind !== 'case') {
      if (from >= 0) add(from, end);
      from = lineOf(stmt.span.start);
    }
    end = lineOf(stmt.span.end);
  }
  if (from >= 0) add(from, Math.min(end, lineOf(span.end - 1)));
}
