/** `kmem check FILE…`: what the compiler and the linter say of scenarios; `--fix` applies what is safe, `--explain CODE` prints a rule's page. */
import { writeFileSync } from 'node:fs';
import { infoOf, LINT_CODES } from '../language/analysis/rules';
import { CHECK_CODES } from '../language/check/context/checkCodes';
import type { Diagnostic } from '../language/check/context/program';
import { fixAll } from '../language/ide/fixAll';
import { type Lint, lint } from '../language/ide/lint';
import { rulePage } from '../language/ide/rulePage';
import { suggest } from '../language/syntax/suggest';
import { SYNTAX_CODES } from '../language/syntax/syntaxCodes';
import { FORMATS, type FormatName } from './checkFormats';
import { type Command, type OptionValues, UsageError } from './command';
import { includeFromDisk, lintSettingsFor, readScenario } from './scenario';

export const check: Command = {
  usage: 'FILE… [--fix] [--format text|json|sarif|github] | --explain CODE',
  details:
    'Prints FILE:LINE:COL: severity[code]: message, and below it the path that leads there. Exit status: 0 nothing wrong (hints and\ninformation do not count), 1 an error or a warning, 2 a file that cannot be read. kmem.json, in the folder of a file or above it,\nturns rules off or changes how they count: { "rules": { "CODE": "off" } }.',
  options: {
    fix: { type: 'boolean', help: 'apply the safe fixes, each proven by analysing the result; print what is left' },
    explain: { type: 'string', value: 'CODE', help: 'print what a code means: why it is bad, what to write instead' },
    format: { type: 'string', value: 'FORMAT', choices: Object.keys(FORMATS), help: 'how findings are printed' },
    json: { type: 'boolean', help: 'print [{file, diagnostics}], diagnostics as in the Language Server Protocol' },
  },
  positionals: { min: 0, max: Number.POSITIVE_INFINITY, names: 'FILE' },
  run(values, positionals, io) {
    if (typeof values.explain === 'string') {
      io.out(explanation(values.explain));
      return 0;
    }
    if (positionals.length === 0) throw new UsageError('FILE is missing: give the path of a .kmem file');
    const missing: string[] = [];
    const linted = positionals.flatMap((path) => linting(path, values, missing));
    const out = FORMATS[formatOf(values)](linted);
    if (out !== '') io.out(out);
    if (missing.length > 0) throw new UsageError(missing.join('\n'));
    return linted.some(({ diagnostics }) => diagnostics.some(counts)) ? 1 : 0;
  },
};
const counts = (d: Diagnostic): boolean => d.severity === 'error' || d.severity === 'warning';

function formatOf(values: OptionValues): FormatName {
  if (values.json) return 'json';
  return typeof values.format === 'string' ? (values.format as FormatName) : 'text';
}

/** What is found in a file, after its safe fixes if that is asked for; nothing if it cannot be read, and then `missing` says why. */
function linting(path: string, values: OptionValues, missing: string[]): Lint[] {
  try {
    const text = readScenario(path);
    const settings = lintSettingsFor(path);
    if (!values.fix) return [lint({ path, text }, includeFromDisk, settings)];
    const fixed = fixAll({ path, text }, includeFromDisk, settings);
    if (fixed.text !== text) writeFileSync(path, fixed.text);
    return [fixed.lint];
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    missing.push(error.message);
    return [];
  }
}

/** @throws UsageError for a code that does not exist */
function explanation(code: string): string {
  const other: Readonly<Record<string, string>> = { ...SYNTAX_CODES, ...CHECK_CODES };
  if (infoOf(code)) return rulePage(code) ?? '';
  if (Object.hasOwn(other, code)) return `${code}: ${other[code]}\n`;
  const near = suggest(code, [...Object.keys(LINT_CODES), ...Object.keys(other)]);
  throw new UsageError(
    `'${code}' is not a code of kmem${near === undefined ? '; docs/codes.md lists them' : `; did you mean '${near}'?`}`,
  );
}
