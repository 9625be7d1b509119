/** Recorded runs of SLUB: test/fixtures/rec and allocators. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { replayRecording } from '../../server/recordings/replay_formats';
import { replaySlub } from '../../server/recordings/slub/slub_rec';
import { replaySlubTrace } from '../../server/recordings/slub/slub_traces';

const FIXTURES = join(__dirname, '../fixtures');
const json = (file: string) => JSON.parse(gunzipSync(readFileSync(join(FIXTURES, file))).toString('utf8'));

describe('SLUB repeats recorded runs', () => {
  // states: the lists where an operation changed them, and the fields of seven caches
  const RUNS: [file: string, ops: number, states: number][] = [
    ['rec/amd64-512-cpus1-slub1.json.gz', 8042, 717],
    ['rec/amd64-512-cpus2-slub2cpu.json.gz', 8040, 369],
  ];
  for (const [file, ops, states] of RUNS) {
    it(`${file}: every object, every slab given back, all lists`, () => {
      const result = replayRecording(json(file), () => 0);
      assert.equal(result.firstMismatch, null);
      assert.equal(result.finalState, 'identical');
      assert.deepEqual([result.ops, result.states], [ops, states]);
    });
  }

  const traces = readdirSync(join(FIXTURES, 'allocators')).filter((f) => /^slub-\dcpu-(trace|kmalloc)-/.test(f));
  it('of small kernels there are eleven', () => {
    assert.equal(traces.length, 11);
  });
  for (const file of traces) {
    it(`${file}: every object, all states between, the whole lists at the ends`, () => {
      const result = replayRecording(json(`allocators/${file}`), () => 0);
      assert.equal(result.firstMismatch, null);
      assert.equal(result.finalState, 'identical');
      assert.ok(result.states > 60 && result.ops > 2000, `${result.ops} operations, ${result.states} states`);
    });
  }
  it('with PREEMPT_RT, where nothing goes a fast path, they are the same', () => {
    for (const file of traces)
      assert.equal(replaySlubTrace(json(`allocators/${file}`), () => 0, 'rt').finalState, 'identical', file);
    for (const [file] of RUNS) {
      const { firstMismatch, states } = replaySlub(json(file), () => 0, 'rt');
      assert.equal(firstMismatch, null);
      assert.ok(states > 300);
    }
  });
  it('finds an object, a state and a list of a small kernel that differ', () => {
    const file = 'allocators/slub-1cpu-trace-lifo192.json.gz';
    const change = (from: RegExp, to: string) => JSON.parse(JSON.stringify(json(file)).replace(from, to));
    const object = replayRecording(change(/ 0\.384 /, ' 0.576 '), () => 0).firstMismatch;
    assert.deepEqual(object, { index: 2, op: '0.576', got: '0.384, recorded 0.576' });
    const state = replayRecording(change(/cpu #1:21\/21\/1:10 /, 'cpu #1:21/21/1:9 '), () => 0).finalState;
    assert.match(String(state), /^0 cpu #1:21\/21\/1:10 .*, recorded 0 cpu #1:21\/21\/1:9 /);
    const list = replayRecording(change(/E cpu0 2 9-20/, 'E cpu0 2 9-19'), () => 0).finalState;
    assert.deepEqual(list, ['E cpu0 2 9-20, recorded E cpu0 2 9-19']);
  });

  const WRONG: [what: string, change: (lines: string[]) => void, message: RegExp][] = [
    [
      'an object',
      (ops) => {
        const at = ops.findIndex((op, i) => i > 100 && op.startsWith('a ') && !ops[i + 1]?.startsWith('n '));
        ops[at] = (ops[at] as string).replace(/\d+$/, '127');
      },
      /^\d+:\d+, recorded \d+:127$/,
    ],
    [
      'a list',
      (ops) => {
        const at = ops.findIndex((op, i) => i > 100 && /^s .* n=[1-9]/.test(op));
        ops[at] = (ops[at] as string).replace(/n=\d+/, 'n=77');
      },
      /^c0=.*, recorded c0=.* n=77:/,
    ],
    [
      'a slab that is given back',
      (ops) => {
        const at = ops.findIndex((op) => op.startsWith('d '));
        ops.splice(at, 1);
      },
      /^slabs given back: [\d,]+, recorded /,
    ],
  ];
  for (const [what, change, message] of WRONG) {
    it(`finds ${what} that differs`, () => {
      const data = json('rec/amd64-512-cpus1-slub1.json.gz');
      change(data.ops);
      const { firstMismatch } = replayRecording(data, () => 0);
      assert.match(String(firstMismatch?.got), message);
    });
  }
  it('finds a field of struct kmem_cache that differs', () => {
    const data = json('rec/amd64-512-cpus1-slub1.json.gz');
    data.head = data.head.map((line: string) => line.replace('name=r96 size=96', 'name=r96 size=104'));
    const { finalState } = replayRecording(data, () => 0);
    assert.deepEqual(finalState, ['r96: size is 96, recorded 104']);
  });
});
