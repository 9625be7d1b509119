/** Comments for the editor features: the one above a declaration, and whether a cursor is inside one. */
import type { SourceFile } from '../check/context/program';

/** The text of the comments that end on the line before `offset`'s item, without their marks; undefined if there are none. */
export function commentAbove(source: SourceFile, offset: number): string | undefined {
  const { comments } = source.tree;
  const lines: string[] = [];
  let end = offset;
  for (let i = comments.length - 1; i >= 0; i--) {
    const comment = comments[i];
    if (!comment || comment.span.end > end) continue;
    if (!/^[ \t]*\r?\n?[ \t]*$/.test(source.text.slice(comment.span.end, end))) break;
    // a comment behind code belongs to that code
    const lineStart = source.text.lastIndexOf('\n', comment.span.start - 1) + 1;
    if (source.text.slice(lineStart, comment.span.start).trim() !== '') break;
    lines.unshift(plain(source.text.slice(comment.span.start, comment.span.end)));
    end = lineStart;
  }
  const text = lines.join('\n').trim();
  return text === '' ? undefined : text;
}
const plain = (comment: string): string =>
  comment.startsWith('//')
    ? comment.replace(/^\/\/+ ?/, '')
    : comment
        .replace(/^\/\*+/, '')
        .replace(/\*+\/$/, '')
        .split('\n')
        .map((line) => line.replace(/^\s*\*? ?/, ''))
        .join('\n')
        .trim();

/** Whether the offset is inside a comment, where nothing is completed. */
export function inComment(source: SourceFile, offset: number): boolean {
  return source.tree.comments.some(
    ({ span, block }) => offset > span.start && (block ? offset < span.end : offset <= span.end),
  );
}
