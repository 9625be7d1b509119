/**
 * Conditions of breakpoints per second: the call that a breakpoint makes at each pass, compared with parsing and checking the condition
 * each time.
 */
import { evaluateCondition } from '../server/debugger/evaluation/evaluate';
import { loadScenario } from '../server/debugger/load';

import { type Bench, median, type Row } from './row';

const TIMES = 100_000;
const CONDITION = 'entry->count > limit && table[entry->count % 16] != 3';
const SCENARIO = `
machine { memory = 128M; cpus = 2; }
struct entry { int count; struct entry *next; };
static int table[16];
static struct entry first;
static int look(struct entry *entry, int limit)
{
	return entry->count + limit;
}
task main {
	first.count = 7;
	look(&first, 5);
}
`;
export const bench: Bench = {
  name: 'debugger',
  async run(): Promise<Row[]> {
    const loaded = loadScenario('/bench.kmem', SCENARIO);
    if ('problems' in loaded) throw new Error(loaded.problems.map((p) => p.text).join('\n'));
    const { session } = loaded;
    session.breakpoints.setFunctions([{ name: 'look' }]);
    session.beginContinue();
    session.run();
    const frame = session.topFrame();
    const { target } = session;
    let hits = 0;
    const ms = median(() => {
      hits = 0;
      for (let i = 0; i < TIMES; i++) if (evaluateCondition(target, CONDITION, frame)) hits++;
    }, 7);
    if (hits !== TIMES) throw new Error(`the condition held ${hits} times of ${TIMES}`);
    const scope = frame?.owner ? { function: frame.owner } : {};
    const peer = median(() => {
      for (let i = 0; i < TIMES / 100; i++) target.program.checkExpression(CONDITION, scope);
    }, 5);
    return [
      {
        what: 'conditions of a breakpoint',
        value: Math.round(TIMES / ms),
        unit: 'thousand per second',
        peer: { name: 'parse + check', value: Math.round(TIMES / 100 / peer) },
        target: '≥ 500 thousand per second',
      },
    ];
  },
};
