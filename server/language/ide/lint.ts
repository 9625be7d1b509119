/**
 * The diagnostics that the editor and `kmem check` show: the parser's, the checker's and the analyses', in order of position.
 */
import { analyse } from '../analysis/analyse';
import type { CheckOptions, InputFile } from '../check/check';
import { check } from '../check/check';
import type { Diagnostic, Program } from '../check/context/program';
import { DEFAULT_SETTINGS, type LintSettings, withSettings } from './lintSettings';
import { withoutSuppressed } from './suppressions';

export interface Lint {
  readonly program: Program;
  /** sorted by file (0 is the main file), then by position */
  readonly diagnostics: readonly Diagnostic[];
}

/** Checks a scenario and runs the analyses on it. Never throws, whatever the text. */
export function lint(
  files: InputFile | readonly InputFile[],
  options: CheckOptions = {},
  settings: LintSettings = DEFAULT_SETTINGS,
): Lint {
  const program = check(files, { machine: settings.machine, ...options });
  return { program, diagnostics: withFindings(program, analyse(program), settings) };
}
/**
 * The diagnostics of a checked program together with what the analyses found, in order of position: without what settings turn off and
 * comments silence.
 */
export function withFindings(
  program: Program,
  findings: readonly Diagnostic[],
  settings: LintSettings = DEFAULT_SETTINGS,
): readonly Diagnostic[] {
  const all = withoutSuppressed(program, [...program.diagnostics, ...findings]);
  return withSettings(all, settings).sort((a, b) => a.span.file - b.span.file || a.span.start - b.span.start);
}
