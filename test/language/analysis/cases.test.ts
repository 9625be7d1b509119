/** The cases of the linter: test/cases/CODE/NAME.kmem, with marks (marks.ts). */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LINT_CODES } from '../../../server/language/analysis/rules';
import { lint } from '../../../server/language/ide/lint';
import { checkMarks } from './marks';

const folder = join(__dirname, '../../cases');

describe('cases of the linter', () => {
  for (const code of readdirSync(folder).sort()) {
    it(code, () => {
      assert.ok(code in LINT_CODES, `${code} is not a code of the linter`);
      for (const name of readdirSync(join(folder, code))) checkMarks(join(folder, code, name));
    });
  }
  for (const [code, { bad, good }] of Object.entries(LINT_CODES)) {
    it(`the examples of ${code}`, () => {
      const codes = (text: string): string[] => [
        ...new Set(lint({ path: `${code}.kmem`, text }).diagnostics.map((d) => d.code)),
      ];
      if (bad !== '') assert.deepEqual(codes(bad), [code], bad);
      assert.deepEqual(codes(good), [], good);
      assert.ok(existsSync(join(__dirname, '../../../docs/rules', `${code}.md`)), 'npm run docs');
    });
  }
});
