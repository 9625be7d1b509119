/** Recorded vmalloc spaces are repeated: every address, the lazily freed pages, and the tree of free areas with its shape and colours. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { replayRecording } from '../../server/recordings/replay_formats';

const json = (name: string) =>
  JSON.parse(gunzipSync(readFileSync(join(__dirname, '../fixtures/rec', `${name}.json.gz`))).toString('utf8'));

describe('recorded vmalloc spaces', () => {
  it('amd64-512-cpus1-vm1', () => {
    const data = json('amd64-512-cpus1-vm1');
    const result = replayRecording(data, () => 0);
    assert.equal(result.firstMismatch, null);
    assert.equal(result.finalState, 'identical');
  }).timeout(60_000);
});
