/** The difference between two texts, as one part that is replaced, and where the rest has moved. */
import type { Span } from './tree';

/** A text with one part replaced: the offset where it begins, where it ends in the old text, and by how much the rest has moved. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly by: number;
}

/** The shortest edit that makes `after` of `before`; empty, at the end, where they are the same. */
export function editBetween(before: string, after: string): TextEdit {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  let rest = 0;
  while (
    rest < shorter - start &&
    before.charCodeAt(before.length - 1 - rest) === after.charCodeAt(after.length - 1 - rest)
  )
    rest++;
  return { start, end: before.length - rest, by: after.length - before.length };
}
/** A place of the old text in the new one; undefined where it is in what was replaced. */
export function movedSpan(span: Span, { start, end, by }: TextEdit): Span | undefined {
  if (span.end <= start) return span;
  if (span.start < end) return undefined;
  return { start: span.start + by, end: span.end + by, file: span.file };
}
