/**
 * Invariants 1 and 4: machine state is in emulated memory, and runs are deterministic. On generated scenarios: the hash of all memory at random
 * moments is the same after random walks through time; running on from a moment in the past gives the same future; a second run gives the
 * same journal byte for byte.
 */
import assert from 'node:assert/strict';
import { loadScenario } from '../../server/debugger/load';
import type { Session } from '../../server/debugger/session';
import { Dice, generateScenario } from '../generate';

const SCENARIOS = Number(process.env.KMEM_SCENARIOS ?? 200);
/** moments of a scenario that are looked at */
const LOOKS = 6;

function load(text: string): Session {
  const loaded = loadScenario('/generated.kmem', text);
  if ('problems' in loaded)
    throw new Error(`the generated scenario does not compile:\n${loaded.problems.join('\n')}\n${text}`);
  return loaded.session;
}
function runOut(session: Session): void {
  let limit = 200_000;
  while (session.timeline.forward()) assert.ok(--limit > 0, 'the scenario does not end');
}
function check(seed: number): { statements: number } {
  const text = generateScenario(seed);
  const session = load(text);
  const { mem } = session.target.kernel;
  const { timeline } = session;
  runOut(session);
  const end = timeline.moment.mark;
  const first = timeline.first;
  const hashes = new Map<number, string>([[end, mem.hash()]]);
  const journal = mem.journal.hash();
  const marks = mem.journal.marks.end;

  const dice = new Dice(seed ^ 0x5eed);
  const targets: number[] = [];
  for (let i = 0; i < LOOKS; i++) targets.push(timeline.nextMoment(first + dice.below(Math.max(1, end - first))));
  // first visits, in any order
  for (const mark of targets) {
    timeline.goTo(mark);
    hashes.set(mark, hashes.get(mark) ?? mem.hash());
  }
  // a random walk, and the same moments again
  for (let i = 0; i < 40; i++) {
    if (dice.below(2)) timeline.back();
    else if (!timeline.live) timeline.forward();
    if (dice.below(8) === 0) timeline.goTo(targets[dice.below(LOOKS)] as number);
  }
  for (const mark of [...targets, end]) {
    timeline.goTo(mark);
    assert.equal(mem.hash(), hashes.get(mark), `memory at mark ${mark} after a walk`);
  }
  assert.equal(mem.journal.hash(), journal, 'walking leaves the journal as it is');

  // cut off the future and run again: the same future
  const restart = targets[dice.below(LOOKS)] as number;
  timeline.goTo(restart);
  timeline.cut();
  runOut(session);
  assert.equal(mem.hash(), hashes.get(end), `the end, after running on from mark ${restart}`);
  assert.equal(mem.journal.hash(), journal, `the journal, after running on from mark ${restart}`);
  assert.equal(mem.journal.marks.end, marks);

  const again = load(text);
  runOut(again);
  assert.equal(again.target.kernel.mem.journal.hash(), journal, 'a second run');
  assert.equal(again.target.kernel.mem.hash(), hashes.get(end), 'a second run');
  return { statements: end - first };
}

describe('time travel', function () {
  this.timeout(120_000);
  it(`${SCENARIOS} generated scenarios, seeds 1 to ${SCENARIOS}`, () => {
    let statements = 0;
    for (let seed = 1; seed <= SCENARIOS; seed++) {
      try {
        statements += check(seed).statements;
      } catch (error) {
        if (error instanceof Error) error.message = `seed ${seed}: ${error.message}`;
        throw error;
      }
    }
    assert.ok(statements > SCENARIOS * 10, `only ${statements} statements ran`);
  });
});
