/** "kmem: Open Examples": the copy, without an editor. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyExamples } from '../../extension/examples';

const examples = join(__dirname, '../../examples');
const names = readdirSync(examples).filter((f) => f.endsWith('.kmem'));

describe('extension: examples', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kmem-examples-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are copied into a new folder', () => {
    const to = join(folder, 'a', 'b');
    assert.deepEqual(copyExamples(examples, to), { copied: names, kept: [] });
    for (const name of names) assert.ok(readFileSync(join(to, name)).equals(readFileSync(join(examples, name))));
  });
  it('never overwrite a file: one with other content is kept and named, an equal one is not worth a word', () => {
    const [first = '', second = '', ...others] = names;
    writeFileSync(join(folder, first), 'mine');
    writeFileSync(join(folder, second), readFileSync(join(examples, second)));
    assert.deepEqual(copyExamples(examples, folder), { copied: others, kept: [first] });
    assert.equal(readFileSync(join(folder, first), 'utf8'), 'mine');
  });
  it('an error of the file system is passed on', () => {
    writeFileSync(join(folder, 'file'), '');
    assert.throws(() => copyExamples(examples, join(folder, 'file')), /EEXIST|ENOTDIR/);
  });
});
