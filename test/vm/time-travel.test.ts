/**
 * Invariants 1 and 4: machine state is in emulated memory, and runs are deterministic. On generated scenarios: at every moment that is
 * visited, memory and the visible log are as they were there on the straight run; running on from a moment in the past gives the same
 * future; a second run gives the same journal byte for byte.
 *
 * KMEM_SCENARIOS=n runs n more scenarios, from a random seed that is printed; KMEM_SEED=s from seed s.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadScenario } from '../../server/debugger/load';
import type { Session } from '../../server/debugger/session';
import { formatEntry, wholeLines } from '../../server/kernel/printk/printk';
import { Dice, generateScenario } from '../generate';

const SCENARIOS = 200;
/** moments of a scenario that are visited again, most moments in a row whose memory is not recorded, steps of the walk */
const LOOKS = 6;
const GAP = 24;
const WALK = 40;

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
/** The log as the user sees it at the cursor. */
function visibleLog({ timeline, target }: Session): string {
  const { output } = target.log;
  const entries = output.held.slice(0, timeline.logEnd - output.start);
  return [...wholeLines(entries)].flatMap(formatEntry).join('\n');
}

/** What the straight run has shown at a moment. */
interface Seen {
  readonly log: string;
  /** hash of memory, at some moments */
  readonly hash: string | undefined;
}
function check(text: string, seed: number): { statements: number } {
  const session = load(text);
  const { mem } = session.target.kernel;
  const { timeline } = session;
  const dice = new Dice(seed ^ 0x5eed);
  const seen = new Map<number, Seen>();
  const recorded: number[] = [];
  const look = (hash: boolean) => {
    const { mark } = timeline.moment;
    seen.set(mark, { log: visibleLog(session), hash: hash ? mem.hash() : undefined });
    if (hash) recorded.push(mark);
  };
  look(true);
  let limit = 200_000;
  for (let until = dice.below(GAP); timeline.forward(); until--) {
    assert.ok(--limit > 0, 'the scenario does not end');
    look(until === 0 || session.target.ended);
    if (until === 0) until = dice.below(GAP) + 1;
  }
  const end = timeline.moment.mark;
  const journal = mem.journal.hash();
  const marks = mem.journal.marks.end;
  const compare = (when: string) => {
    const { mark } = timeline.moment;
    const then = seen.get(mark);
    assert.ok(then, `mark ${mark} was not there before`);
    assert.equal(visibleLog(session), then.log, `the log at mark ${mark}, ${when}`);
    if (then.hash !== undefined) assert.equal(mem.hash(), then.hash, `memory at mark ${mark}, ${when}`);
  };

  const targets = Array.from({ length: LOOKS }, () => dice.pick(recorded));
  for (const mark of targets) {
    timeline.goTo(mark);
    compare('after a jump');
  }
  for (let i = 0; i < WALK; i++) {
    if (dice.below(2)) timeline.goTo(Math.max(timeline.first, timeline.lastMoment(timeline.moment.mark - 1)));
    else if (!timeline.live) timeline.forward();
    if (dice.below(8) === 0) timeline.goTo(dice.pick(recorded));
    compare('on a walk');
  }
  timeline.goTo(end);
  compare('after a walk');
  assert.equal(mem.journal.hash(), journal, 'walking leaves the journal as it is');

  // cut off the future and run again: the same future
  const restart = dice.pick(recorded);
  timeline.goTo(restart);
  timeline.cut();
  while (timeline.forward()) if (timeline.moment.mark % GAP === 0) compare(`after running on from mark ${restart}`);
  compare(`after running on from mark ${restart}`);
  assert.equal(timeline.moment.mark, end);
  assert.equal(mem.journal.hash(), journal, `the journal, after running on from mark ${restart}`);
  assert.equal(mem.journal.marks.end, marks);

  const again = load(text);
  runOut(again);
  assert.equal(again.target.kernel.mem.journal.hash(), journal, 'a second run');
  assert.equal(again.target.kernel.mem.hash(), seen.get(end)?.hash, 'a second run');
  return { statements: end - timeline.first };
}
/** Checks the scenarios of `count` seeds. */
function checkSeeds(from: number, count: number): void {
  let statements = 0;
  for (let seed = from; seed < from + count; seed++) {
    try {
      statements += check(generateScenario(seed), seed).statements;
    } catch (error) {
      throw new Error(`KMEM_SEED=${seed}: ${String(error)}`, { cause: error });
    }
  }
  assert.ok(statements > count * 10, `only ${statements} statements ran`);
}

describe('time travel', function () {
  this.timeout(0);
  const more = Number(process.env.KMEM_SCENARIOS ?? (process.env.KMEM_SEED ? 1 : 0));
  it(`${SCENARIOS} generated scenarios, seeds 1 to ${SCENARIOS}`, () => checkSeeds(1, SCENARIOS));
  if (more > 0) {
    const from = Number(process.env.KMEM_SEED ?? 1000 + Math.floor(Math.random() * 1e9));
    it(`${more} more, from KMEM_SEED=${from}`, () => checkSeeds(from, more));
  }
  for (const name of [
    'highmem',
    'kmap-exhausted',
    'mempool-under-failure',
    'slab',
    'driver-probe',
    'leak',
    'page-walk',
    'vmalloc-fault',
    'stack-overflow',
    'use-after-free',
  ])
    it(`examples/${name}.kmem`, () => {
      const text = readFileSync(join(__dirname, '../../examples', `${name}.kmem`), 'utf8');
      assert.ok(check(text, 1).statements > 10);
    });
  it('the generated scenarios have every context', () => {
    const all = Array.from({ length: SCENARIOS }, (_, n) => generateScenario(n + 1)).join('\n');
    for (const what of [
      'MOVABLE',
      'KERN_CONT',
      'kthread_run(thread',
      'msleep, (void *)',
      'call_rcu',
      'synchronize_rcu',
      'wait_event_timeout',
    ])
      assert.ok(all.includes(what), what);
    for (const word of ['irq', 'nmi', 'softirq', 'tasklet', 'timer', 'work', 'delayed_work', 'task', 'process'])
      assert.match(all, new RegExp(`^${word} `, 'm'), word);
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
