/**
 * What the analyses found in a program before its text was edited, at its places in the new text. A large program is told so at once after an
 * edit, with the checker's diagnostics of the new text; what the analyses find in that follows.
 */
import type { InputFile } from '../../language/check/check';
import type { Diagnostic, Related } from '../../language/check/context/program';
import { editBetween, movedSpan } from '../../language/syntax/textEdit';
import type { Span } from '../../language/syntax/tree';

/** What was found in the program of these files. */
export interface Found {
  readonly files: readonly InputFile[];
  readonly findings: readonly Diagnostic[];
}
/** Those of the findings whose place is not in what was edited. They have no fixes: those were proven on the old text. */
export function carriedFindings({ files, findings }: Found, now: readonly InputFile[]): readonly Diagnostic[] {
  const edits = files.map(({ path, text }, file) => {
    const same = now[file];
    return same?.path === path ? editBetween(text, same.text) : undefined;
  });
  const moved = (span: Span): Span | undefined => {
    const edit = edits[span.file];
    return edit && movedSpan(span, edit);
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
