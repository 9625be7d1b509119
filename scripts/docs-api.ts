// Writes docs/api.md from the catalogue: `npx tsx scripts/docs-api.ts`. A test keeps the page fresh.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { areas } from '../server/language/catalogue/catalogue';
import type { Allowed, ApiEntry, ContextColumn } from '../server/language/catalogue/entry';
import { COLUMN_TEXT } from '../server/language/ide/apiSentences';

const cell = (text: string): string => text.replace(/\|/g, '\\|').replace(/\n/g, ' ');
const COLUMNS = Object.keys(COLUMN_TEXT) as ContextColumn[];
const MARKS: Readonly<Record<Allowed, string>> = { yes: '✓', no: '–', gfp: 'gfp', deferred: 'later', chance: '(✓)' };
const MARK_TEXT: Readonly<Record<Allowed, string>> = {
  yes: 'may be called',
  no: 'must not be called',
  gfp: 'only with a mask that does not sleep: GFP_ATOMIC, GFP_NOWAIT',
  deferred: 'may be called, the work is done later',
  chance: 'works by chance, not supported',
};
/** Does it sleep, in a word or two. */
function sleeps({ sleeps, sleepsNote, gfp }: ApiEntry): string {
  const words = sleeps !== 'gfp' ? sleeps : gfp?.sleepsOn ? `by mask: all of \`${gfp.sleepsOn}\`` : 'by mask';
  return sleepsNote ? `${words}: ${sleepsNote}` : words;
}
const code = (text: string): string => `\`${text}\``;

function row(entry: ApiEntry): string {
  const freed =
    (entry.freedWith ?? []).map((f) => code(`${f}()`)).join(' or ') + (entry.freeNote ? `, ${entry.freeNote}` : '');
  const notes = [entry.summary, ...(entry.preconditions ?? []).map((p) => `Rule: ${p}.`)];
  if (entry.result) notes.push(`Result: ${entry.result}.`);
  if (entry.since) notes.push(`Since ${entry.since}.`);
  if (entry.until) notes.push(`Until ${entry.until}.`);
  const cells = [
    code(entry.proto),
    entry.run ? 'yes' : '',
    sleeps(entry),
    ...COLUMNS.map((column) => MARKS[entry.contexts[column]]),
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
    '**sleeps**: never; always; in some cases (may); or by its mask, which is if that has `__GFP_DIRECT_RECLAIM` where nothing else is said.',
    '',
    'The columns after that say in which context it may be called:',
    '',
    ...COLUMNS.map((column) => `- **${column}**: ${COLUMN_TEXT[column]}`),
    '',
    'Marks:',
    '',
    ...Object.entries(MARKS).map(([allowed, mark]) => `- ${mark}: ${MARK_TEXT[allowed as Allowed]}`),
    '',
  ];
  for (const [area, entries] of Object.entries(areas) as [string, Readonly<Record<string, ApiEntry>>][]) {
    out.push(
      `## ${area}`,
      '',
      `| | runs | sleeps | ${COLUMNS.join(' | ')} | undone with | what it does |`,
      `| --- | --- | --- |${' :-: |'.repeat(COLUMNS.length)} --- | --- |`,
    );
    for (const [name, entry] of Object.entries(entries)) if (!name.startsWith('__kmem_')) out.push(row(entry));
    out.push('');
  }
  return out.join('\n');
}

if (require.main === module) writeFileSync(join(__dirname, '..', 'docs', 'api.md'), apiPage());
