/** What a kernel version defines is defined only in profiles/: no other file gives a value to a constant that a profile has. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parse } from '@babel/parser';
import type { Statement } from '@babel/types';
import { constantNames } from '../../server/profiles/constantTable';
import { DEFAULT_PROFILE } from '../../server/profiles/profiles';

const root = join(__dirname, '../..');
const known = constantNames(DEFAULT_PROFILE);
/** Names that mean something else where they are given a value, or that a profile is checked against. */
const ELSEWHERE: readonly RegExp[] = [
  // kernel/mm/migratetype.ts: `checkEnums` compares the profile's enum with them
  /^MIGRATE_/,
  // limits of C's types, which the page size and the kernel version don't change
  /^(INT|LONG)_(MIN|MAX)$/,
  // kernel/sched/wait.ts: "for ever" in the emulator's own 32-bit timeouts
  /^MAX_SCHEDULE_TIMEOUT$/,
];

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return path === join(root, 'server/profiles') ? [] : files(path);
    return path.endsWith('.ts') ? [path] : [];
  });
}
/** Names that a module's constants of numbers have. */
function numbersOf(source: string): string[] {
  const { body } = parse(source, { sourceType: 'module', plugins: ['typescript'] }).program;
  const declarations = body.map((s): Statement => (s.type === 'ExportNamedDeclaration' && s.declaration) || s);
  return declarations.flatMap((s) => {
    if (s.type !== 'VariableDeclaration') return [];
    return s.declarations.flatMap(({ id, init }) => {
      const isNumber = /^(NumericLiteral|BigIntLiteral|UnaryExpression|BinaryExpression)$/.test(init?.type ?? '');
      return id.type === 'Identifier' && isNumber ? [id.name] : [];
    });
  });
}

describe('each fact once', () => {
  it('finds a constant that is given a value', () => {
    const source = 'const GFP_KERNEL = 0xcc0; export const PG_head = 1 << 16, other = 3; const HZ = profile.hz;';
    assert.deepEqual(
      numbersOf(source).filter((name) => known.has(name)),
      ['GFP_KERNEL', 'PG_head'],
    );
  });
  it('no file outside profiles/ gives a value to a constant of the profile', () => {
    const found = files(join(root, 'server')).flatMap((path) =>
      numbersOf(readFileSync(path, 'utf8'))
        .filter((name) => known.has(name) && !ELSEWHERE.some((pattern) => pattern.test(name)))
        .map((name) => `${relative(root, path)}: ${name}`),
    );
    // types/ imports nothing and has the page size of the processor, which profiles pass on
    assert.deepEqual(found, ['server/types/pageSize.ts: PAGE_SHIFT', 'server/types/pageSize.ts: PAGE_SIZE']);
  });
});
