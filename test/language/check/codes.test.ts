import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codesPage } from '../../../scripts/docs-codes';
import { rulePages, SCHEMA, settingsSchema } from '../../../scripts/docs-rules';

describe('docs/codes.md', () => {
  it('is up to date with the tables of codes', () => {
    const page = readFileSync(join(__dirname, '../../../docs/codes.md'), 'utf8');
    assert.ok(page === codesPage(), 'run: npm run docs');
  });
  it('docs/rules has a page for each code of the linter', () => {
    const folder = join(__dirname, '../../../docs/rules');
    const pages = rulePages();
    assert.deepEqual(readdirSync(folder).sort(), [...pages.keys()].sort(), 'run: npm run docs');
    for (const [name, text] of pages) assert.ok(readFileSync(join(folder, name), 'utf8') === text, 'run: npm run docs');
  });
  it('the schema of kmem.json knows each code', () => {
    assert.ok(readFileSync(join(__dirname, '../../..', SCHEMA), 'utf8') === settingsSchema(), 'run: npm run docs');
  });
});
