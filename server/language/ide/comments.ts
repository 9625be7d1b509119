/** Comments for the editor features: what belongs to a declaration, and whether a cursor is inside one. */
import type { SourceFile } from '../check/context/program';
import type { Comment } from '../syntax/sourceTree';
import type { Span } from '../syntax/tree';

/** The text of the comments that end on the line before a declaration, or else behind it on its line; without their marks. */
export function commentOf(source: SourceFile, { start, end }: Span): string | undefined {
  return commentAbove(source, start) ?? commentBehind(source, end);
}
function commentAbove(source: SourceFile, offset: number): string | undefined {
  const { comments } = source.tree;
  const lines: string[] = [];
  let end = offset;
  for (let i = lastBefore(comments, offset); i >= 0; i--) {
    const comment = comments[i];
    if (!comment) break;
    if (!/^[ \t]*\r?\n?[ \t]*$/.test(source.text.slice(comment.span.end, end))) break;
    // a comment behind code belongs to that code
    const lineStart = source.text.lastIndexOf('\n', comment.span.start - 1) + 1;
    if (source.text.slice(lineStart, comment.span.start).trim() !== '') break;
    lines.unshift(plain(source.text.slice(comment.span.start, comment.span.end)));
    end = lineStart;
  }
  return nonEmpty(lines.join('\n'));
}
function commentBehind(source: SourceFile, offset: number): string | undefined {
  const comment = source.tree.comments[lastBefore(source.tree.comments, offset) + 1];
  if (!comment || !/^[ \t;,]*$/.test(source.text.slice(offset, comment.span.start))) return undefined;
  return nonEmpty(plain(source.text.slice(comment.span.start, comment.span.end)));
}
/** index of the last comment that ends at or before an offset; -1: none */
function lastBefore(comments: readonly Comment[], offset: number): number {
  let low = 0;
  let high = comments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((comments[middle]?.span.end ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
const nonEmpty = (text: string): string | undefined => text.trim() || undefined;
const plain = (comment: string): string =>
  comment.startsWith('//')
    ? comment.replace(/^\/\/+ ?/, '')
    : comment
        .replace(/^\/\*+/, '')
        .replace(/\*+\/$/, '')
        .split(/\r?\n/)
        .map((line) => line.replace(/^\s*\*? ?/, ''))
        .join('\n')
        .trim();

/** Whether the offset is inside a comment, where nothing is completed. */
export function inComment(source: SourceFile, offset: number): boolean {
  const { comments } = source.tree;
  return comments
    .slice(Math.max(0, lastBefore(comments, offset)))
    .slice(0, 2)
    .some(({ span, block }) => offset > span.start && (block ? offset < span.end : offset <= span.end));
}
