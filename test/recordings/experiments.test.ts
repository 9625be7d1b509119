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
  /** A recording with the lines that are kept, changed. */
  const cut = (file: string, name: string, keep: (line: { [key: string]: unknown }) => boolean) => {
    const data = json(file);
    const lines = (data.experiments[name].lines as { [key: string]: unknown }[]).filter(keep);
    data.experiments[name].lines = lines;
    return { data, lines };
  };
  it('where a request stops that differs is reported', () => {
    const first = /^(wm_)?nowait_nokswapd_movable/;
    const { data, lines } = cut('amd64-256-cpus1-nodes1-wmark.json.gz', 'wmark', ({ tag, name }) =>
      first.test(String(tag ?? name)),
    );
    (lines.at(-1) as { total: number }).total++;
    const { states, firstMismatch } = replayRecording(data, () => 0);
    assert.equal(states, 4);
    assert.match(
      String(firstMismatch?.got),
      /"total":40891,"rle":"0\/DMA32:37306,0\/DMA:3585","runs":2,"free\[0\/DMA\]":223/,
    );
  });
  it('watermarks of a machine whose free lists are not known are refused, in words', () => {
    const { data, lines } = cut('amd64-256-cpus1-nodes1-wmark.json.gz', 'wmark', () => true);
    for (const line of lines) if (line.zone === 'DMA32') (line.fa as number[])[0] = 11;
    assert.throws(() => replayRecording(data, () => 0), /free lists at the beginning are not recorded/);
  });
  it('a node that differs is reported, and what is not compared is named', () => {
    const { data, lines } = cut(
      'amd64-1024-cpus2-nodes2-numa.json.gz',
      'numa',
      (line) => line.kind === 'numa' || line.tag === 'numa_node0_before',
    );
    const line = lines.find((l) => l.text === 'vmalloc_node' && l.want === 1);
    (line as { got: number }).got = 0;
    const { firstMismatch } = replayRecording(data, () => 0);
    assert.equal(firstMismatch?.got, '{"kind":"numa","want":1,"got":1,"text":"vmalloc_node"}');
  });
});
