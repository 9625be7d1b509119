/** Inline breakpoints: the parts of a `for` line are places of their own. */
import assert from 'node:assert/strict';
import { loadScenario } from '../../server/debugger/load';
import { Client } from './client';

const TEXT = `static int total;
task main {
	int i;
	total = 0;
	for (i = 0; i < 2; i++)
		total += i;
	for (;;) { if (total > 3) break; total++; }
}
`;
const LINE = 5;
const column = (part: string) => (TEXT.split('\n')[LINE - 1] as string).indexOf(part) + 1;
const PARTS = ['i = 0', 'i < 2', 'i++'].map(column);

describe('inline breakpoints on a for line', () => {
  let client: Client;
  beforeEach(async () => {
    client = new Client(() => {
      const loaded = loadScenario('/x.kmem', TEXT);
      return 'session' in loaded ? loaded : assert.fail(loaded.problems.map((p) => p.text).join('\n'));
    });
    await client.ask('initialize', {});
    await client.ask('launch', { program: '/x.kmem' });
    await client.ask('configurationDone');
    await client.event('stopped');
  });
  afterEach(() => client.close());
  const set = (...columns: number[]) =>
    client.ask<{ breakpoints: { id: number; verified: boolean; column: number }[] }>('setBreakpoints', {
      source: { path: '/x.kmem' },
      breakpoints: columns.map((c) => ({ line: LINE, column: c })),
    });
  /** Continues `times` times; the columns of the stops. */
  const stops = async (times: number): Promise<number[]> => {
    const columns = [];
    for (let i = 0; i < times; i++) {
      await client.move('continue');
      const { stackFrames } = await client.ask<{ stackFrames: { line: number; column: number }[] }>('stackTrace', {
        threadId: 12,
      });
      columns.push(stackFrames[0]?.line === LINE ? (stackFrames[0]?.column ?? 0) : 0);
    }
    return columns;
  };

  it('initialisation, condition and step are breakpoint locations', async () => {
    const { breakpoints } = await client.ask<{ breakpoints: { column: number }[] }>('breakpointLocations', {
      source: { path: '/x.kmem' },
      line: LINE,
    });
    assert.deepEqual(
      breakpoints.map((b) => b.column),
      PARTS,
    );
  });
  it('breakpoints on the three parts stay three, and each stops where it is', async () => {
    const { breakpoints } = await set(...PARTS);
    assert.deepEqual(
      breakpoints.map((b) => [b.verified, b.column]),
      PARTS.map((c) => [true, c]),
    );
    const [init, condition, step] = PARTS;
    assert.deepEqual(await stops(6), [init, condition, step, condition, step, condition]);
  });
  it('the condition stops each time it is evaluated, the last time too', async () => {
    await set(PARTS[1] as number);
    assert.deepEqual(await stops(4), [PARTS[1], PARTS[1], PARTS[1], 0]);
  });
  it('a column inside a part means that part', async () => {
    const inside = PARTS.map((c) => c + 2);
    assert.deepEqual(
      (await set(...inside)).breakpoints.map((b) => b.column),
      PARTS,
    );
  });
  it('a breakpoint on the line without a column is one on the initialisation', async () => {
    const { breakpoints } = await client.ask<{ breakpoints: { column: number }[] }>('setBreakpoints', {
      source: { path: '/x.kmem' },
      breakpoints: [{ line: LINE }],
    });
    assert.equal(breakpoints[0]?.column, PARTS[0]);
    assert.deepEqual(await stops(2), [PARTS[0], 0]);
  });
});
