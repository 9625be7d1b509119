/**
 * Sources with the findings that the linter must report: a line that ends in `// !code` (or `// !code !other`) has exactly these findings,
 * every other line none.
 */
import assert from 'node:assert/strict';
import { infoOf } from '../../../server/language/analysis/rules';
import type { Diagnostic, Program } from '../../../server/language/check/context/program';
import { lint } from '../../../server/language/ide/lint';

const MARK = /\/\/((?:\s*![a-z-]+)+)\s*$/;
/** what becomes of the memory is not what these sources are about: test/cases has those rules */
const ABOUT_MEMORY: ReadonlySet<string> = new Set(['lifetime', 'results']);
const lineOf = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

export interface Found {
  readonly program: Program;
  readonly diagnostics: readonly Diagnostic[];
  /** related information of the only finding, as `line: message` */
  readonly path: readonly string[];
}

/** Lints `text` and compares with its marks; hints are not counted. */
export function check(text: string, path = 'test.kmem'): Found {
  const { program, diagnostics } = lint({ path, text });
  const counted = diagnostics.filter((d) => d.severity !== 'hint' && !ABOUT_MEMORY.has(infoOf(d.code)?.group ?? ''));
  const want = text
    .split('\n')
    .flatMap((line, i) => (MARK.exec(line)?.[1]?.trim().split(/\s+/) ?? []).map((code) => `${i + 1} ${code.slice(1)}`));
  const got = counted.map((d) => `${lineOf(text, d.span.start)} ${d.code}`);
  const said = counted.map((d) => `${lineOf(text, d.span.start)}: ${d.message}`).join('\n');
  assert.deepEqual(got.sort(), want.sort(), `${path}\n${said}\n${text}`);
  const related = counted[0]?.related ?? [];
  return { program, diagnostics: counted, path: related.map((r) => `${lineOf(text, r.span.start)}: ${r.message}`) };
}
