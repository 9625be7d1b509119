/** `#include`s in the editor: where they lead, and that there are errors behind them. */
import type { Diagnostic, Program } from '../check/context/program';
import type { Span } from '../syntax/tree';

/** The files that a file includes: the path as written, and the file's beginning. */
export const includeLinks = (program: Program, file: number): { span: Span; target: Span }[] =>
  (program.files[file]?.includes ?? []).map(({ span, file: included }) => ({
    span,
    target: { file: included, start: 0, end: 0 },
  }));

/** The file that the `#include` at an offset names. */
export const includeAt = (program: Program, file: number, offset: number): Span | undefined =>
  includeLinks(program, file).find(({ span }) => span.start <= offset && offset <= span.end)?.target;

/** A file and those that it includes, directly and through others. */
function closure(program: Program, file: number, seen = new Set<number>()): Set<number> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const include of program.files[file]?.includes ?? []) closure(program, include.file, seen);
  return seen;
}
/** An error at each `#include` of the main file behind which there are errors, with the way to the first. */
export function errorsInIncludes(program: Program, diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return (program.files[0]?.includes ?? []).flatMap(({ span, file }) => {
    const behind = closure(program, file);
    behind.delete(0);
    const errors = diagnostics.filter((d) => d.severity === 'error' && behind.has(d.span.file));
    const [first] = errors;
    if (!first) return [];
    const count = errors.length === 1 ? 'an error' : `${errors.length} errors`;
    return {
      code: 'error-in-include',
      severity: 'error' as const,
      message: `this file has ${count}: ${first.message}`,
      span,
      related: errors.slice(0, 10).map((e) => ({ span: e.span, message: e.message })),
    };
  });
}
