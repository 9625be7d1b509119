/** Recorded memory pools: test/fixtures/allocators/mempool-*.json. Every element, mask and reserve is that of the real kernel. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replayRecording } from '../../server/recordings/replay_formats';

const FOLDER = join(__dirname, '../fixtures/allocators');
const json = (file: string) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8'));

describe('recorded memory pools', () => {
  for (const file of readdirSync(FOLDER).filter((name) => name.startsWith('mempool-')))
    it(file.replace('.json', ''), () => {
      const data = json(file);
      const { ops, states, firstMismatch, finalState } = replayRecording(data, () => 0);
      assert.equal(firstMismatch, null);
      assert.equal(finalState, 'identical');
      assert.equal(ops, data.lines.length);
      assert.equal(states, data.lines.filter((line: string) => line.includes('reserve')).length);
    });

  const differs = (find: RegExp, from: string, to: string): void => {
    const data = json('mempool-slab.json');
    const index = (data.lines as string[]).findIndex((line) => find.test(line));
    data.lines[index] = (data.lines[index] as string).replace(from, to);
    assert.equal(replayRecording(data, () => 0).firstMismatch?.index, index);
  };
  it('what differs is found: a mask, an element, the reserve, what is freed, how long a task waits', () => {
    differs(/^alloc/, 'gfp 92880', 'gfp 92cc0');
    differs(/^alloc .* fail=1 curr=3/, 'ret=3', 'ret=0');
    differs(/^resize 2/, 'reserve 2 0', 'reserve 0 2');
    differs(/^free 6 .* freed 6/, 'freed 6', 'freed');
    differs(/^waited_jiffies=1304/, '1304', '1249');
  });
  it('a damaged line is named', () => {
    const data = json('mempool-slab.json');
    data.lines[5] = 'take 3';
    assert.throws(() => replayRecording(data, () => 0), /a line begins with take: create, alloc/);
  });
});
