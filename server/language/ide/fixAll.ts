/** All safe fixes of a file, one after the other, each proven on the text that the ones before it left. */
import type { CheckOptions, InputFile } from '../check/check';
import { type Lint, lint } from './lint';
import type { LintSettings } from './lintSettings';
import { applied, provenFixes } from './provenFixes';

/** fixes of one file in one go: more would be a loop of ours */
const MOST = 200;

/** The text of the main file with every safe fix applied that cures its finding, and what is found then. */
export function fixAll(
  input: InputFile,
  options: CheckOptions,
  settings: LintSettings,
): { readonly text: string; readonly lint: Lint } {
  let { text } = input;
  let now = lint(input, options, settings);
  for (let i = 0; i < MOST; i++) {
    const next = nextText(text, now, settings);
    if (next === undefined) break;
    text = next;
    now = lint({ path: input.path, text }, options, settings);
  }
  return { text, lint: now };
}
function nextText(text: string, { program, diagnostics }: Lint, settings: LintSettings): string | undefined {
  for (const d of diagnostics) {
    if (d.span.file !== 0 || !d.fixes?.some((fix) => !fix.unsafe)) continue;
    const fix = provenFixes(program, diagnostics, d, settings).find(
      (f) => !f.unsafe && f.edits.every((e) => e.span.file === 0),
    );
    if (fix) return applied(text, fix.edits, 0);
  }
  return undefined;
}
