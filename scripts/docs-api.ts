// Writes docs/api.md from the catalogue: `npx tsx scripts/docs-api.ts`. A test keeps the page fresh.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { areas } from '../server/language/catalogue/catalogue';
import type { ApiEntry } from '../server/language/catalogue/entry';
import { contextWords, sleepsWords } from '../server/language/ide/apiSentences';

const cell = (text: string): string => text.replace(/\|/g, '\\|').replace(/\n/g, ' ');
const code = (text: string): string => `\`${text}\``;

function row(entry: ApiEntry): string {
  const freed =
    (entry.freedWith ?? []).map((f) => code(`${f}()`)).join(' or ') + (entry.freeNote ? `, ${entry.freeNote}` : '');
  const notes = [entry.words, ...(entry.preconditions ?? []).map((p) => `Rule: ${p}.`)];
  if (entry.result) notes.push(`Result: ${entry.result}.`);
  if (entry.since) notes.push(`Since ${entry.since}.`);
  if (entry.until) notes.push(`Until ${entry.until}.`);
  const cells = [
    code(entry.proto),
    entry.run ? 'yes' : '',
    sleepsWords(entry),
    contextWords(entry),
    freed,
    notes.join(' '),
  ];
  return `| ${cells.map(cell).join(' | ')} |`;
}

/** The page, from the catalogue. */
export function apiPage(): string {
  const out = [
    '# Kernel API',
    '',
    'What the language has of the kernel’s API, as of 6.1: one catalogue that the checker, the linter, the hovers and the emulator read.',
    'Made by `npx tsx scripts/docs-api.ts`; change `server/language/catalogue/` instead of this page.',
    '',
    '**runs**: a scenario can execute it. What doesn’t run yet is known to the linter all the same; `kmem run` refuses it before the start.',
    '',
  ];
  for (const [area, entries] of Object.entries(areas) as [string, Readonly<Record<string, ApiEntry>>][]) {
    out.push(
      `## ${area}`,
      '',
      '| | runs | sleeps | may be called | undone with | what it does |',
      '| --- | --- | --- | --- | --- | --- |',
    );
    for (const [name, entry] of Object.entries(entries)) if (!name.startsWith('__kmem_')) out.push(row(entry));
    out.push('');
  }
  return out.join('\n');
}

if (require.main === module) writeFileSync(join(__dirname, '..', 'docs', 'api.md'), apiPage());
