/** Recorded runs of SLOB on a small kernel, repeated in the emulator: every block and every state. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replayRecording } from '../../server/recordings/replay_formats';
import { crc32 } from '../../server/recordings/slab/crc32';

const FOLDER = join(__dirname, '../fixtures/allocators');
const read = (name: string) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8'));
const replay = (json: unknown) => replayRecording(json, () => 0);

describe('recorded runs of SLOB', () => {
  for (const name of readdirSync(FOLDER).filter((f) => /^slob-.*-(trace|kmalloc)-/.test(f)))
    it(name, () => {
      const { ops, states, firstMismatch, finalState } = replay(read(name));
      assert.deepEqual({ firstMismatch, finalState }, { firstMismatch: null, finalState: 'identical' });
      assert.ok(ops > 2700, `${ops} operations`);
      assert.ok(states >= 24, `${states} states`);
    });
  it('tells a block in another place, and a state that differs', () => {
    const json = read('slob-1cpu-trace-lifo192.json');
    json.segments[1].ops = json.segments[1].ops.replace('.192', '.194');
    assert.equal(replay(json).firstMismatch?.got, '8722.192');
    const other = read('slob-1cpu-trace-lifo192.json');
    other.segments[1].states[0] = other.segments[1].states[0].replace('small=', 'small=1');
    assert.match(String(replay(other).finalState), /after operation \d+: small=221\/.* instead of small=1221/);
  });
  it('CRC-32 is that of zlib', () => {
    assert.equal(crc32('123456789'), 0xcbf43926);
  });
});
