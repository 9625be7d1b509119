/** Random edits of a document: pieces of scenarios, brackets, NUL bytes, lone surrogates, long lines, deep nesting. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from './random';

const scenarios = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((e) =>
    e.isDirectory() ? scenarios(join(folder, e.name)) : e.name.endsWith('.kmem') ? [join(folder, e.name)] : [],
  );
const root = join(__dirname, '../..');
/** The texts that edits begin with and take pieces from. */
export const TEXTS = ['examples', 'test/fixtures/sleep-in-atomic', 'test/cases']
  .flatMap((folder) => scenarios(join(root, folder)))
  .map((path) => readFileSync(path, 'utf8'))
  .filter((text) => text.length < 6000);

const ODD = ['\0', '\ud800', '\udc00', '😀', '\r', '\r\n', '\u2028', '"', "'", '/*', '*/', '//', '\\\n', '#', '@', '`'];
const SIGNS = ['{', '}', '(', ')', '[', ']', ';', ',', '*', '&', '->', '=', '#define A ', 'struct ', 'if (', 'case '];

export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}
export function anyEdit(random: Random, text: string): Edit {
  const start = random.to(text.length + 1);
  const end = Math.min(text.length, start + (random.once(2) ? 0 : random.to(random.once(8) ? 400 : 12)));
  return { start, end, text: anyPiece(random) };
}
function anyPiece(random: Random): string {
  switch (random.to(9)) {
    case 0:
      return '';
    case 1:
      return random.pick(ODD);
    case 2:
    case 3:
      return random.pick(SIGNS);
    case 4:
      return random.pick(['(', '{', '[', '*', '!', 'a->', 'if (1) ']).repeat(random.to(random.once(20) ? 400 : 8));
    case 5:
      return random.pick(['\n', ' ', '\t', '\n\n']);
    default: {
      const from = random.pick(TEXTS);
      const start = random.to(from.length);
      return from.slice(start, start + random.to(random.once(10) ? 800 : 30));
    }
  }
}
