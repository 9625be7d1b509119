/** Reading scenarios from disk for the command line, and printing what is wrong with them. */
import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CheckOptions } from '../language/check/check';
import type { Diagnostic, Program } from '../language/check/context/program';
import type { LintSettings } from '../language/ide/lintSettings';
import { Positions } from '../language/ide/positions';
import { settingsFor } from '../lsp/settingsFile';
import type { MachineChoice } from '../profiles/machineConfig';
import { UsageError } from './command';

/** `#include` paths are taken from the folder of the file that includes. */
export const includeFromDisk: CheckOptions = {
  resolveInclude(path, from) {
    const file = isAbsolute(path) ? path : join(dirname(from), path);
    try {
      return { path: file, text: readFileSync(file, 'utf8') };
    } catch {
      return undefined;
    }
  },
};

/** Why a file that the user named cannot be used; undefined for an error that is ours. */
export function fileProblem(error: unknown, what = 'file'): string | undefined {
  if (error instanceof SyntaxError) return `not JSON: ${error.message}`;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return `there is no such ${what}`;
  if (code === 'EISDIR') return 'it is a folder';
  return typeof code === 'string' ? `it cannot be read (${code})` : undefined;
}

/** The text of a file. @throws UsageError that says why it cannot be read */
export function readScenario(path: string): string {
  try {
    const bytes = readFileSync(path);
    if (bytes.includes(0)) throw new UsageError(`${path}: it is not text in UTF-8; give the path of a .kmem file`);
    return bytes.toString('utf8');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const problem = fileProblem(error);
    if (problem === undefined) throw error;
    throw new UsageError(`${path}: ${problem}; give the path of a .kmem file`);
  }
}

/** The settings of the `kmem.json` that holds for a scenario. @throws UsageError where it is wrong */
export function lintSettingsFor(path: string): LintSettings {
  const { settings, file, problems } = settingsFor(path);
  if (problems.length > 0) throw new UsageError(problems.map((p) => `${file}: ${p}`).join('\n'));
  return settings;
}

/** What the `kmem.json` of a scenario chooses of its machine; what is wrong there `kmem check` says. */
export const machineFor = (path: string): MachineChoice => settingsFor(path).settings.machine;

/** Spans of a program's files, as files on disk. */
export const positionsIn = (program: Program): Positions =>
  new Positions(program.files, (path) => pathToFileURL(resolve(path)).href);

/** `FILE:LINE:COL: severity[code]: message`, and below it, indented, the path that leads there. */
export function diagnosticText(d: Diagnostic, positions: Positions): string {
  const related = (d.related ?? []).map((r) => `    ${positions.text(r.span)}: ${r.message}\n`).join('');
  return `${positions.text(d.span)}: ${d.severity}[${d.code}]: ${d.message}\n${related}`;
}
