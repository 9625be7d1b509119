/** Recordings of single experiments on real kernels, repeated: test/fixtures/experiments. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { replayRecording } from '../../server/recordings/replay_formats';

const FOLDER = join(__dirname, '../fixtures/experiments');
const json = (file: string) => JSON.parse(gunzipSync(readFileSync(join(FOLDER, file))).toString('utf8'));

describe('recorded experiments', () => {
  for (const file of readdirSync(FOLDER)) {
    it(file.replace('.json.gz', ''), () => {
      const { states, firstMismatch, finalState } = replayRecording(json(file), () => 0);
      assert.equal(firstMismatch, null);
      assert.equal(finalState, 'identical');
      assert.ok(states > 0);
    });
  }

  it('an address that differs is reported with its line', () => {
    const data = json('i386-1024-cpus1-nodes1-kmap.json.gz');
    const lines = data.experiments.kmap.lines as { other_page?: string }[];
    const line = lines.find((l) => l.other_page);
    assert.ok(line);
    line.other_page = '0xfec03000';
    const { states, firstMismatch } = replayRecording(data, () => 0);
    assert.equal(states, 7);
    assert.deepEqual(firstMismatch, {
      index: 7,
      op: '{"kind":"kmap","other_page":"0xfec03000"}',
      got: '{"kind":"kmap","other_page":"0xfec02000"}',
    });
  });
  it('a page descriptor that differs is reported with its word', () => {
    const data = json('amd64-512-cpus1-nodes1-page.json.gz');
    const lines = data.experiments.page.lines as { what?: string; words: string }[];
    const line = lines.find((l) => l.what === 'o3_comp_1');
    assert.ok(line);
    line.words = line.words.replace('301,', '401,');
    const { finalState } = replayRecording(data, () => 0);
    assert.ok(Array.isArray(finalState));
    assert.equal(finalState.length, 1);
    assert.match(finalState[0], /^o3_comp_1, word 2: 301 \(.*\), recorded 401 \(ffffffff00000401\)$/);
  });
  it('a count of a CPU’s list that differs is reported with its line', () => {
    const data = json('amd64-512-cpus1-nodes1-buddy.json.gz');
    const lines = data.experiments.buddy.lines as { kind: string; free_nr?: number; after: number }[];
    const index = lines.findIndex((l) => l.free_nr === 1282);
    (lines[index] as { after: number }).after = 322;
    const { states, firstMismatch } = replayRecording(data, () => 0);
    assert.equal(states, index - 1);
    assert.match(String(firstMismatch?.got), /"free_nr":1282,"before":816,"after":321,"free_factor":5/);
  });
  it('an order in a free list that differs is reported with its line', () => {
    const data = json('amd64-256-cpus1-nodes1-hiatomic.json.gz');
    const lines = data.experiments.hiatomic.lines as { tag?: string; order?: number; pfns: number[] }[];
    const line = lines.find((l) => l.tag === 'hi_o3_freed' && l.order === 10);
    line?.pfns.reverse();
    const { firstMismatch } = replayRecording(data, () => 0);
    assert.match(String(firstMismatch?.got), /"tag":"hi_o3_freed",.*"order":10,"mt":0,"pfns":\[3072,2048,1024\]/);
  });
});
