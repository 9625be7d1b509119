/**
 * Marks in .kmem files: what the linter must find in them. A comment below a line marks a finding that must be there: `^^^` under its
 * range, its code, and in quotes a part of its message; a finding that is not marked must not be there. A first line `// kmem.json: { … }`
 * has settings.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { lint } from '../../../server/language/ide/lint';
import { type LintSettings, readSettings } from '../../../server/language/ide/lintSettings';
import { Lines } from '../../../server/language/syntax/lines';

const MARK = /^(\s*\/\/\s*)(\^+)\s+([a-z0-9-]+)(?:\s+"(.*)")?\s*$/;
const TAB = 8;

interface Mark {
  readonly line: number;
  readonly from: number;
  readonly to: number;
  readonly code: string;
  readonly part: string | undefined;
}
/** The column of each character of a line, tabs expanded, and of its end. */
function columns(line: string): number[] {
  const at: number[] = [];
  let column = 0;
  for (const c of line) {
    at.push(column);
    column += c === '\t' ? TAB - (column % TAB) : 1;
  }
  return [...at, column];
}
/** The marks of a text: several below one line are on lines of their own. */
function marksOf(text: string): Mark[] {
  let marked = -1;
  return text.split('\n').flatMap((line, i) => {
    const match = MARK.exec(line);
    if (!match) {
      marked = i;
      return [];
    }
    const [, before = '', carets = '', code = '', part] = match;
    const from = columns(before).at(-1) ?? 0;
    return [{ line: marked, from, to: from + carets.length, code, part }];
  });
}
const show = (m: Omit<Mark, 'part'>): string => `${m.line + 1}:${m.from + 1}-${m.to + 1} ${m.code}`;

/** The settings in the first line: `// kmem.json: { … }`. */
function settingsOf(text: string): LintSettings {
  const given = /^\/\/ kmem\.json: (\{.*\})$/m.exec(text)?.[1];
  const { settings, problems } = readSettings(given === undefined ? {} : JSON.parse(given));
  assert.deepEqual(problems, []);
  return settings;
}
/** Lints a file and compares with its marks, which it returns. */
export function checkMarks(file: string): Mark[] {
  const text = readFileSync(file, 'utf8');
  const rows = text.split('\n');
  const lines = new Lines(text);
  const marks = marksOf(text);
  const found = lint({ path: file, text }, {}, settingsOf(text)).diagnostics.map((d) => {
    const { line, character } = lines.at(d.span.start);
    const end = lines.at(d.span.end);
    const at = columns(rows[line] ?? '');
    const to = end.line === line ? at[end.character] : at.at(-1);
    return { line, from: at[character] ?? 0, to: to ?? 0, code: d.code, message: d.message };
  });
  const said = found.map((d) => `${show(d)}: ${d.message}`).join('\n');
  assert.deepEqual(found.map(show).sort(), marks.map(show).sort(), `${file}\n${said}`);
  for (const mark of marks) {
    if (mark.part === undefined) continue;
    const message = found.find((d) => show(d) === show(mark))?.message ?? '';
    assert.ok(message.includes(mark.part), `${file}:${mark.line + 1}: '${message}' does not contain '${mark.part}'`);
  }
  return marks;
}
