/** The caches of small kernels with SLUB, SLAB and SLOB, as recorded: sizes, orders, layouts, lengths of lists. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replayRecording } from '../../server/recordings/replay_formats';

const FOLDER = join(__dirname, '../fixtures/allocators');
const json = (file: string) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8'));

describe('recorded caches', () => {
  for (const file of readdirSync(FOLDER).filter((name) => /(geometry|boot-caches)\.json$/.test(name))) {
    it(file, () => {
      const { ops, firstMismatch, finalState } = replayRecording(json(file), () => 0);
      assert.deepEqual({ firstMismatch, finalState }, { firstMismatch: null, finalState: 'identical' });
      assert.ok(ops > 20);
    });
  }

  it('a cache that differs is reported with its column', () => {
    const data = json('slub-1cpu-geometry.json');
    const column = (data.columns as string[]).indexOf('num');
    data.rows[3][column] += 1;
    data.failed = ['64 0 0 0'];
    assert.deepEqual(replayRecording(data, () => 0).finalState, [
      'cache of 16 bytes, align 0, flags 0x0: num 256, recorded 257',
      'cache 64 0 0 0: made, recorded as refused',
    ]);
  });
});
