/**
 * Invariants 1 and 4: machine state is in emulated memory, and runs are deterministic. On generated scenarios: the hash of all memory at
 * random moments is the same after random walks through time; running on from a moment in the past gives the same future; a second run
 * gives the same journal byte for byte.
 */
import assert from 'node:assert/strict';
import { loadScenario } from '../../server/debugger/load';
import type { Session } from '../../server/debugger/session';
import { Dice, generateScenario } from '../generate';

const SCENARIOS = Number(process.env.KMEM_SCENARIOS ?? 200);
/** moments of a scenario that are compared */
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
    if (dice.below(2)) timeline.goTo(Math.max(timeline.first, timeline.lastMoment(timeline.moment.mark - 1)));
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

/** What a run wrote, in order: physical address of each word. */
function written({ target }: Session): number[] {
  const { mem } = target.kernel;
  const everything = [{ firstWord: 0, lastWord: mem.words.length, firstMask: 15, lastMask: 15 }];
  return [...mem.journal.touchingAfter(everything, 0)].map((t) => mem.physOf(t.word));
}

describe('time travel: what was looked at does not matter', () => {
  for (const arch of ['x86_64', 'i386', 'i386_pae']) {
    it(`${arch}: pages of every migratetype, with watches on them and their pageblocks, and run again from the start`, () => {
      const text = `machine { arch = ${arch}; memory = 1G; cpus = 1; }
struct page *pages[8];
task main {
	int i;
	for (i = 0; i < 30; i++) {
		pages[0] = alloc_page(GFP_HIGHUSER_MOVABLE);
		pages[1] = alloc_page(GFP_HIGHUSER);
		pages[2] = alloc_pages(GFP_KERNEL | __GFP_RECLAIMABLE, i & 3);
		pages[3] = alloc_pages(GFP_ATOMIC, 5);
		pages[4] = alloc_page(GFP_DMA);
		__free_page(pages[0]);
		__free_pages(pages[3], 5);
		__free_pages(pages[2], i & 3);
	}
	drain_all_pages(NULL);
}`;
      const blind = load(text);
      runOut(blind);
      const watched = load(text);
      const { timeline, target } = watched;
      let statements = 0;
      let looks = 0;
      while (timeline.forward()) {
        if (++statements > 20 && statements % 7 !== 0) continue;
        for (const watch of ['get_pageblock_migratetype(pages[i % 5])', 'pages[i % 5]->flags', 'pages[0][4000].lru']) {
          try {
            target.evaluate(watch, watched.frames(watched.task)[0]);
            looks++;
          } catch (error) {
            // a pointer that is NULL still, or the end of the task
            assert.ok(error instanceof Error);
          }
        }
      }
      assert.ok(looks > 50, `only ${looks} watches had a value`);
      assert.deepEqual(written(watched), written(blind));
      assert.equal(target.kernel.mem.hash(), blind.target.kernel.mem.hash());

      const journal = target.kernel.journal.hash();
      timeline.goTo(timeline.first);
      timeline.cut();
      runOut(watched);
      assert.equal(target.kernel.journal.hash(), journal);
      assert.equal(target.kernel.mem.hash(), blind.target.kernel.mem.hash());
    });
  }
});
