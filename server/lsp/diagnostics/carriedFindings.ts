/**
 * What the analyses found in a program before its text was edited, at its places in the new text. A large program is told so at once after an
 * edit, with the checker's diagnostics of the new text; what the analyses find in that follows.
 */
import type { InputFile } from '../../language/check/check';
import type { Diagnostic, Related } from '../../language/check/context/program';
import type { Span } from '../../language/syntax/tree';

/** What was found in the program of these files. */
export interface Found {
  readonly files: readonly InputFile[];
  readonly findings: readonly Diagnostic[];
}
/** A text with one part replaced: the offset where it begins, where it ends in the old text, and by how much the rest has moved. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly by: number;
}
function editOf(before: string, after: string): Edit {
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

/** Those of the findings whose place is not in what was edited. They have no fixes: those were proven on the old text. */
export function carriedFindings({ files, findings }: Found, now: readonly InputFile[]): readonly Diagnostic[] {
  const edits = files.map(({ path, text }, file) => {
    const same = now[file];
    return same?.path === path ? editOf(text, same.text) : undefined;
  });
  const moved = (span: Span): Span | undefined => {
    const edit = edits[span.file];
    if (!edit) return undefined;
    if (span.end <= edit.start) return span;
    if (span.start < edit.end) return undefined;
    return { start: span.start + edit.by, end: span.end + edit.by, file: span.file };
  };
  const movedRelated = ({ span, message }: Related): readonly Related[] => {
    const to = moved(span);
    return to ? [{ span: to, message }] : [];
  };
  return findings.flatMap(({ code, severity, message, span, related = [] }): readonly Diagnostic[] => {
    const to = moved(span);
    return to ? [{ code, severity, message, span: to, related: related.flatMap(movedRelated) }] : [];
  });
}
