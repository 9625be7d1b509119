/** Recorded runs of SLAB on small kernels, repeated in the emulator: every object and every state. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replayRecording } from '../../server/recordings/replay_formats';
import { replaySlabGeometry } from '../../server/recordings/slab/slab_geometry_replay';

const FOLDER = join(__dirname, '../fixtures/allocators');
const read = (name: string) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8'));
const replay = (json: unknown) => replayRecording(json, () => 0);

describe('recorded runs of SLAB', () => {
  for (const name of readdirSync(FOLDER).filter((f) => /^slab-.*-(trace|kmalloc)-/.test(f)))
    it(name, () => {
      const { ops, states, firstMismatch, finalState } = replay(read(name));
      assert.deepEqual({ firstMismatch, finalState }, { firstMismatch: null, finalState: 'identical' });
      assert.ok(ops > 2500, `${ops} operations`);
      assert.ok(states >= 75, `${states} states`);
    });
  it('tells an object in another place, and a state that differs', () => {
    const json = read('slab-1cpu-trace-lifo192.json');
    const [, first] = json.segments;
    first.ops = first.ops.replace('0.', '0.1');
    assert.equal(replay(json).firstMismatch?.index, 1);
    const other = read('slab-1cpu-trace-lifo192.json');
    other.segments[1].states[0] = other.segments[1].states[0].replace('/120/', '/121/');
    assert.match(
      String(replay(other).finalState),
      /cache 0 after operation \d+: ac .*\/120\/.* instead of ac .*\/121\//,
    );
  });
});

describe('recorded caches of SLAB and SLOB', () => {
  it('every field of a struct kmem_cache is compared, and the classes of kmalloc', () => {
    const { ops, states } = replay(read('slab-1cpu-geometry.json'));
    assert.equal(ops, 1500);
    assert.ok(states > 17_000, `${states} fields`);
    const json = read('slab-1cpu-geometry.json');
    json.rows[3][6]++;
    json.kmalloc_first_size_of_cache[1][0] = '34';
    assert.match(String(replay(json).firstMismatch?.got), /^num \d+$/);
  });
  it('slab_merge: each new cache becomes the alias that it became there', () => {
    const boot = read('slab-merge-boot-caches.json');
    const { ops, firstMismatch } = replaySlabGeometry(read('slab-merge-geometry.json'), () => 0, boot);
    assert.equal(firstMismatch, null);
    assert.equal(ops, 280);
    const other = read('slab-merge-geometry.json');
    other.rows[2][0] = 'lab-0-64';
    assert.match(String(replaySlabGeometry(other, () => 0, boot).firstMismatch?.got), /name vmap_area/);
  });
});
