// Writes docs/codes.md, every code a scenario's diagnostics can have: `npm run docs` (with docs/api.md). A test keeps the page fresh.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LINT_CODES } from '../server/language/analysis/analyse';
import { CHECK_CODES } from '../server/language/check/context/checkCodes';
import { SYNTAX_CODES } from '../server/language/syntax/syntaxCodes';
import { LOAD_CODES } from '../server/vm/program/loadCodes';

const table = (codes: Readonly<Record<string, string>>): string[] => [
  '| code | means |',
  '| --- | --- |',
  ...Object.entries(codes).map(([code, words]) => `| \`${code}\` | ${words.replace(/\|/g, '\\|')} |`),
];

/** The page, from the tables the checker and the analyses keep. */
export function codesPage(): string {
  return [
    '# Codes',
    '',
    'Every message about a scenario has a code that stays the same: `FILE:LINE:COL: severity[code]: message`. Made by `npm run docs`.',
    '',
    '## The linter',
    ...table(LINT_CODES),
    '',
    '## Parser and checker',
    ...table({ ...SYNTAX_CODES, ...CHECK_CODES }),
    '',
    '## Before the run',
    ...table(LOAD_CODES),
    '',
  ].join('\n');
}

if (require.main === module) writeFileSync(join(__dirname, '..', 'docs', 'codes.md'), codesPage());
