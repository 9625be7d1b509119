/**
 * The fixes of a diagnostic that cure it. Each is applied to the text and the whole program is analysed again: one that leaves the finding
 * where it was, or causes another that was not there, is not offered.
 */
import type { CheckOptions, InputFile } from '../check/check';
import type { Diagnostic, Fix, Program } from '../check/context/program';
import { lint } from './lint';
import type { LintSettings } from './lintSettings';

type Edit = Fix['edits'][number];

/** `text` with the edits to file `file`. */
export function applied(text: string, edits: readonly Edit[], file: number): string {
  const own = edits.filter((e) => e.span.file === file).sort((a, b) => b.span.start - a.span.start);
  for (const { span, text: insert } of own) text = text.slice(0, span.start) + insert + text.slice(span.end);
  return text;
}
const counts = (found: readonly Diagnostic[]): Map<string, number> => {
  const by = new Map<string, number>();
  for (const d of found) if (d.severity !== 'hint') by.set(d.code, (by.get(d.code) ?? 0) + 1);
  return by;
};

/** The fixes of `d` that cure it and cause nothing else. `found`: all of the program's diagnostics. */
export function provenFixes(
  program: Program,
  found: readonly Diagnostic[],
  d: Diagnostic,
  settings: LintSettings,
): Fix[] {
  return (d.fixes ?? []).filter((fix) => {
    const known = proofs.get(fix);
    if (known?.found === found) return known.cures;
    const proof = { found, cures: cures(program, found, d, fix, settings) };
    proofs.set(fix, proof);
    return proof.cures;
  });
}
/** Editors ask wherever the cursor goes: what was proven among the same diagnostics holds. */
const proofs = new WeakMap<Fix, { readonly found: readonly Diagnostic[]; readonly cures: boolean }>();

function cures(
  program: Program,
  found: readonly Diagnostic[],
  d: Diagnostic,
  fix: Fix,
  settings: LintSettings,
): boolean {
  const files = program.files.map(({ path, text }, i): InputFile => ({ path, text: applied(text, fix.edits, i) }));
  const before = counts(found);
  const after = counts(lint(files[0] ?? [], includesFrom(program, files), settings).diagnostics);
  // a hint is not counted: it is cured if its fix causes nothing
  if (d.severity !== 'hint' && (after.get(d.code) ?? 0) >= (before.get(d.code) ?? 0)) return false;
  return [...after].every(([code, n]) => n <= (before.get(code) ?? 0));
}
/** Finds the includes of a program among its files, with their changed texts. */
function includesFrom(program: Program, changed: readonly InputFile[]): CheckOptions {
  return {
    machine: program.choice,
    resolveInclude(path, from) {
      const includer = program.files.find((f) => f.path === from);
      const found = includer?.includes.find(({ span }) => includer.text.slice(span.start, span.end).includes(path));
      return found && changed[found.file];
    },
  };
}
