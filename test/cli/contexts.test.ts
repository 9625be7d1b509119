/**
 * What code knows of its context in every context that a real kernel (Debian 6.1.176, HZ 250) recorded, and when timers fire and sleeps
 * end, jiffy for jiffy: `kmem replay` of test/fixtures/rec/…ctx.json.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { contextNames } from '../../server/cli/contexts/contextScenarios';
import { recordsContexts, replayContexts } from '../../server/cli/contexts/contextsReplay';
import type { ReplayResult } from '../../server/recordings/replay_result';
import { TraceError } from '../../server/recordings/trace_json';

const FILE = 'test/fixtures/rec/amd64-512-cpus1-ctx.json';
const recording = () => JSON.parse(readFileSync(FILE, 'utf8')) as { run: object; head: string[] };

/** Repeats the recorded lines that match, after a change. */
function replay(lines: RegExp, change = (line: string): string => line): ReplayResult {
  const json = recording();
  const kept = json.head.filter((line) => /^begin/.test(line) || lines.test(line)).map(change);
  const changed = { ...json, head: kept } as object;
  assert.ok(recordsContexts(changed));
  return replayContexts(changed, () => 0);
}
function identical(lines: RegExp, wanted: number): void {
  const { ops, states, firstMismatch, finalState, notCompared } = replay(lines);
  assert.equal(firstMismatch, null);
  assert.deepEqual([ops, states, finalState, notCompared], [wanted, wanted, 'identical', undefined]);
}

describe('recorded contexts and times', () => {
  it('every context of the recording is known, and no other', () => {
    const recorded = recording().head.flatMap((line) => /^context what=(\w+)/.exec(line)?.[1] ?? []);
    assert.deepEqual(contextNames, recorded);
  });
  for (const what of contextNames) it(what, () => identical(new RegExp(`^context what=${what} `), 1));
  it('HZ', () => identical(/^hz/, 1));
  it('timers of 23 delays fire when the wheel says so', () => identical(/^timer/, 23));
  it('msleep', () => identical(/^msleep/, 11));
  it('schedule_timeout', () => identical(/^schedule_timeout/, 6));

  const differs = (lines: RegExp, from: string, to: string, got: string): void => {
    const { firstMismatch } = replay(lines, (line) => line.replace(from, to));
    assert.equal(firstMismatch?.got, got);
    assert.ok(firstMismatch?.op.includes(to));
  };
  it('what differs is found: a count, a time', () => {
    const get_cpu = recording().head.find((line) => line.includes('what=get_cpu ')) as string;
    differs(/what=get_cpu /, '00000001', '00000002', get_cpu);
    differs(/^msleep ms=100 /, 'jiffies=27', 'jiffies=26', 'msleep ms=100 jiffies=27');
  });
  it('a context that is not known is not compared, and named', () => {
    const { states, notCompared } = replay(/what=task /, (line) => line.replace('what=task', 'what=nmi'));
    assert.deepEqual([states, notCompared], [0, ['nmi: this context or time is not known']]);
  });
  it('damaged files', () => {
    assert.throws(() => replay(/^msleep ms=1 /, (line) => line.replace('ms=1', 'ms=soon')), TraceError);
    assert.ok(!recordsContexts({ head: 'begin' }));
    assert.ok(!recordsContexts({ run: {} }));
  });
});
