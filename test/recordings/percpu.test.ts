/** Recorded runs of the per-CPU allocator, repeated: test/fixtures/allocators/percpu-*.json. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replayEdges } from '../../server/recordings/percpu/percpu_replay';
import { replayRecording } from '../../server/recordings/replay_formats';

const FOLDER = join(__dirname, '../fixtures/allocators');
const json = (name: string) => JSON.parse(readFileSync(join(FOLDER, `percpu-${name}.json`), 'utf8'));
const clock = () => 0;

describe('recorded per-CPU memory', () => {
  for (const machine of ['1cpu', '4cpu', 'i386']) {
    for (const [trace, ops, dumps] of [
      ['kernel', 812, 9],
      ['small', 700, 8],
    ] as const)
      it(`${machine} ${trace}: every place, every hint, run and backed page`, () => {
        const { states, firstMismatch, finalState, ...result } = replayRecording(json(`${machine}-${trace}`), clock);
        assert.equal(firstMismatch, null);
        assert.equal(finalState, 'identical');
        assert.deepEqual([result.ops, states], [ops, dumps]);
      });
    it(`${machine} edge: what is refused, and places`, () => {
      // the module did it behind the small trace, whose beginning is the state that it leaves
      const { firstMismatch, finalState } = replayEdges(json(`${machine}-edge`), json(`${machine}-small`), clock);
      assert.equal(firstMismatch, null);
      assert.equal(finalState, 'identical');
      assert.equal(replayRecording(json(`${machine}-edge`), clock).firstMismatch, null);
    });
  }
  it('a place that differs is reported', () => {
    const trace = json('4cpu-small');
    trace.segments[1].ops = trace.segments[1].ops.replace('143/64=', '143/128=');
    const { firstMismatch } = replayRecording(trace, clock);
    assert.equal(firstMismatch?.index, 0);
    assert.match(String(firstMismatch?.got), /^\d\.\d+$/);
  });
  it('a hint that differs is reported', () => {
    const trace = json('1cpu-kernel');
    const { dump } = trace.segments[3];
    const at = dump.findIndex((line: string) => line.startsWith('PB chunk1'));
    dump[at] = dump[at].replace(/^PB chunk1 \d+/, 'PB chunk1 77');
    const { firstMismatch, finalState } = replayRecording(trace, clock);
    assert.equal(firstMismatch, null);
    assert.ok(Array.isArray(finalState));
    assert.equal(finalState.length, 1);
    assert.match(finalState[0], /^PB chunk1: PB chunk1 77 .* was recorded, the emulator has PB chunk1 /);
  });
});
