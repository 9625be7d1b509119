import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codesPage } from '../../../scripts/docs-codes';

describe('docs/codes.md', () => {
  it('is up to date with the tables of codes', () => {
    const page = readFileSync(join(__dirname, '../../../docs/codes.md'), 'utf8');
    assert.ok(page === codesPage(), 'run: npm run docs');
  });
});
