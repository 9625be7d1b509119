/**
 * Mistakes that were made in the kernel, and their published fixes, each retold as a scenario: test/fixes/NAME.before.kmem has the mistake
 * and the findings as marks (marks.ts), NAME.after.kmem the fix. Their first line says where it was and what it was.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkMarks } from './marks';

const folder = join(__dirname, '../../fixes');
const BEFORE = '.before.kmem';
const AFTER = '.after.kmem';
const files = readdirSync(folder).sort();
const named = (end: string): string[] => files.filter((f) => f.endsWith(end)).map((f) => f.slice(0, -end.length));

describe('fixes of the kernel', () => {
  it('each has a before and an after', () => {
    assert.deepEqual(named(BEFORE), named(AFTER));
    assert.equal(named(BEFORE).length * 2, files.length);
  });
  for (const name of named(BEFORE)) {
    it(`${name}: found before, silent after`, () => {
      assert.ok(checkMarks(join(folder, name + BEFORE)).length > 0, `${name}${BEFORE} has no mark`);
      assert.deepEqual(checkMarks(join(folder, name + AFTER)), [], `${name}${AFTER} has marks`);
    });
  }
});
