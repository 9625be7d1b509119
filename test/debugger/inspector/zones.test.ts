/** The inspector's zones: each against its watermarks, its counters over time, and what happened to it. */
import assert from 'node:assert/strict';
import * as v from 'valibot';
import type { Asking } from '../../../server/debugger/inspector/asking';
import { contexts } from '../../../server/debugger/inspector/contexts/cpuLanes';
import { CONTEXTS_ANSWER } from '../../../server/debugger/inspector/shapes/cpuContexts';
import {
  ZONE_COUNTERS,
  ZONE_SERIES_ANSWER,
  ZONE_SERIES_QUESTION,
  ZONES_ANSWER,
  type ZoneCounter,
  type ZoneSeriesAnswer,
  type ZoneSeriesQuestion,
  type ZoneState,
} from '../../../server/debugger/inspector/shapes/zones';
import { RunTrace } from '../../../server/debugger/inspector/trace/runTrace';
import { TraceText } from '../../../server/debugger/inspector/trace/traceEvents';
import { Downsample } from '../../../server/debugger/inspector/zones/downsample';
import { zoneSeries } from '../../../server/debugger/inspector/zones/zoneSeries';
import { zonesNow } from '../../../server/debugger/inspector/zones/zonesNow';
import { loadScenario } from '../../../server/debugger/load';
import type { Session } from '../../../server/debugger/session';
import { vmstatFields, zoneInfo } from '../../../server/kernel/proc/proc_vmstat';
import type { Dice } from '../../generate';
import { askingOf, atRandomMoments, momentOf, stoppedAfter } from './randomMoments';

/** The answer of a view, through its schemas. Looking changes nothing, and moves nothing. */
function looked<T>(session: Session, look: (asking: Asking) => T): T {
  const { mem } = session.target.kernel;
  const before = [mem.hash(), mem.journal.end, mem.journal.position];
  const answer = look(askingOf(session));
  assert.deepEqual([mem.hash(), mem.journal.end, mem.journal.position], before);
  assert.ok(JSON.stringify(answer).length < 100_000);
  return answer;
}
const zones = (session: Session): readonly ZoneState[] => v.parse(ZONES_ANSWER, looked(session, zonesNow)).zones;
const series = (session: Session, question: ZoneSeriesQuestion): ZoneSeriesAnswer =>
  v.parse(
    ZONE_SERIES_ANSWER,
    looked(session, (asking) => zoneSeries(asking, v.parse(ZONE_SERIES_QUESTION, question))),
  );
/** The zone's state as a text of some fields. */
function check(session: Session, zone: string, fields: readonly (keyof ZoneState)[], expected: string): void {
  const found = zones(session).find(({ name }) => name === zone);
  assert.ok(found, zone);
  assert.equal(fields.map((field) => `${field} ${JSON.stringify(found[field])}`).join(', '), expected);
}
/** What a counter is, from the state of its zone. */
function counterOf(state: ZoneState, counter: ZoneCounter): number {
  return counter === 'min' || counter === 'low' || counter === 'high' ? state[counter] + state.boost : state[counter];
}

function run(text: string, trace?: 'allocations'): Session {
  const loaded = loadScenario('/s.kmem', text, { trace });
  if ('problems' in loaded) assert.fail(loaded.problems.map((p) => p.text).join('\n'));
  const { session } = loaded;
  while (session.timeline.forward());
  return session;
}
/** Number of the zone of this name. */
const numberOf = (s: Session, name: string): number => zones(s).find((z) => z.name === name)?.zone ?? -1;
/** What happened, as a text: line, kind and what. */
function checkMarkers(s: Session, zone: string, expected: readonly string[]): void {
  const { markers } = series(s, { zone: numberOf(s, zone), counters: ['free'] });
  assert.deepEqual(
    markers.map(({ line, label, times }) => `${line}: ${label}${times > 1 ? ` ${times} times` : ''}`),
    expected,
  );
}

describe('inspector: zones', () => {
  it('a machine of 256 MB', () => {
    const s = stoppedAfter('\tstruct page *p = alloc_pages(GFP_KERNEL, 2);\n');
    check(
      s,
      'DMA',
      ['node', 'startPfn', 'managed', 'min', 'low', 'high', 'boost', 'kswapd'],
      'node 0, startPfn 1, managed 3840, min 34, low 42, high 50, boost 0, kswapd "asleep"',
    );
    check(s, 'DMA', ['below'], 'below undefined');
    const [dma] = zones(s);
    assert.deepEqual(
      dma?.protection.map(({ zone }) => zone),
      ['DMA', 'DMA32', 'Normal', 'Movable', 'Device'],
    );
    assert.ok((dma?.protection[1]?.pages ?? 0) > 0, 'requests that could use DMA32 leave some of DMA alone');
  });
  it('pages on the lists of the CPUs', () => {
    const s = stoppedAfter('\tstruct page *p = alloc_page(GFP_KERNEL);\n\t__free_page(p);\n', 'cpus = 2;');
    const zone = zones(s).find(({ pcp }) => pcp > 0);
    assert.ok(zone);
    assert.equal(zone.pcpCpus.length, 1);
    assert.equal(zone.pcpCpus[0]?.cpu, 0);
    assert.equal(zone.pcpCpus[0]?.pages, zone.pcp);
    assert.ok(zone.pcp < (zone.pcpCpus[0]?.high ?? 0));
  });
  it('the lowest watermark that free pages do not exceed', () => {
    const fill = (mark: string) => stoppedAfter(`\tsim_fill_zone(&NODE_DATA(0)->node_zones[ZONE_DMA], ${mark});\n`);
    check(fill('WMARK_MIN'), 'DMA', ['below'], 'below "min"');
    check(fill('WMARK_LOW'), 'DMA', ['below'], 'below "low"');
    check(fill('WMARK_HIGH'), 'DMA', ['below'], 'below "high"');
  });
  it('a machine whose nodes have zones of the same name', () => {
    const s = stoppedAfter('', 'cpus = 2; node 0 { memory = 4G; cpus = 0; } node 1 { memory = 2G; cpus = 1; }');
    const found = zones(s).map(({ node, name }) => `${node} ${name}`);
    assert.deepEqual(found, ['0 DMA', '0 DMA32', '0 Normal', '1 Normal']);
  });
  it('random moments: the sums are those of /proc/zoneinfo and /proc/vmstat', () =>
    atRandomMoments(25, 8, (s) => {
      const { kernel } = s.target;
      const found = zones(s);
      for (const z of found) {
        const zone = kernel.zones[z.zone];
        assert.ok(zone);
        const info = zoneInfo(kernel, zone);
        assert.deepEqual(
          [z.free, z.min + z.boost, z.low + z.boost, z.high + z.boost, z.managed, z.present, z.spanned, z.startPfn],
          [info.free, info.min, info.low, info.high, info.managed, info.present, info.spanned, info.start_pfn],
        );
        assert.deepEqual(
          z.protection.map(({ pages }) => pages),
          info.protection.slice(zone.idx),
        );
        assert.equal(
          z.pcp,
          info.pagesets.reduce((sum, { count }) => sum + count, 0),
        );
        // every free page is on a free list, and every one there is counted
        assert.equal(z.freeLists, z.freeExact);
      }
      assert.equal(
        found.reduce((sum, { free }) => sum + free, 0),
        vmstatFields(kernel).nr_free_pages,
      );
    }));
});

describe('inspector: zones over time', () => {
  it('random scenarios and windows: a point is what memory has when the cursor is moved there', () =>
    atRandomMoments(25, 4, (s, dice) => {
      const { journal } = s.target.kernel.mem;
      const here = s.moment.mark;
      const zone = dice.pick(zones(s)).zone;
      const from = dice.below(journal.end);
      const to = from + dice.below(journal.end - from + 1);
      const points = 6 + dice.below(200);
      const answer = series(s, { zone, counters: [...ZONE_COUNTERS], from, to, points });
      assert.deepEqual([answer.from, answer.to, answer.newest], [from, to, journal.end]);
      for (const { counter, positions, values, exact } of answer.series) {
        assert.ok(positions.length <= points, counter);
        assert.deepEqual(
          positions,
          [...positions].sort((a, b) => a - b),
        );
        const moments = exact ? [...positions, momentIn(s, dice, from, to)] : positions;
        for (const position of moments) {
          if (position === undefined) continue;
          s.timeline.goTo(s.target.kernel.mem.journal.marks.lastAtOrBefore(position));
          assert.equal(s.timeline.position, position, 'a point is at a moment');
          const at = positions.findLastIndex((p) => p <= position);
          const state = zones(s).find((z) => z.zone === zone);
          assert.ok(state);
          assert.equal(values[at], counterOf(state, counter), `${counter} at ${position}`);
        }
      }
      s.timeline.goTo(here);
    }));
  it('a window, and what is outside of the recording', () => {
    const s = run('machine { memory = 64M; cpus = 1; } task main { alloc_page(GFP_KERNEL); jiffies; }');
    const { end } = s.target.kernel.mem.journal;
    const whole = series(s, { zone: 0, counters: ['free', 'low'] });
    assert.deepEqual([whole.from, whole.to, whole.oldest, whole.newest], [0, end, 0, end]);
    assert.deepEqual(
      whole.series.map(({ counter }) => counter),
      ['free', 'low'],
    );
    assert.deepEqual(series(s, { zone: 0, counters: ['free'], from: 3, to: 1e9 }).to, end);
    assert.throws(
      () => zoneSeries(askingOf(s), { zone: 0, counters: ['free'], from: 1e9 }),
      /outside what is recorded/,
    );
    assert.throws(() => zoneSeries(askingOf(s), { zone: 99, counters: ['free'] }), /there is no zone 99 with memory/);
  });
  it('what is between two moments is not seen', () => {
    // a CPU's own counter is folded into the zone's: in between, the pages would be there twice
    const s = stoppedAfter('\tint i;\n\tfor (i = 0; i < 300; i++)\n\t\talloc_page(GFP_KERNEL);\n');
    const zone = Math.max(...zones(s).map((z) => z.zone));
    const [exact] = series(s, { zone, counters: ['freeExact'], points: 1000 }).series;
    assert.ok(exact?.exact);
    for (let i = 1; i < exact.values.length; i++) assert.ok((exact.values[i] ?? 0) < (exact.values[i - 1] ?? 0));
  });
  it('asked while the run goes on, goes back and is cut: what a session answers that was never asked', () => {
    const text = `machine { memory = 256M; cpus = 1; }
static struct page *pages[4];
task main {
	int i;
	sim_fill_zone(&NODE_DATA(0)->node_zones[ZONE_DMA], WMARK_LOW);
	for (i = 0; i < 30; i++) {
		if (pages[i % 4])
			__free_pages(pages[i % 4], 3);
		pages[i % 4] = alloc_pages(i % 7 ? GFP_DMA : GFP_DMA | __GFP_NOWARN, i % 5 ? 3 : 10);
	}
}`;
    const recording = { trace: 'allocations' } as const;
    const begin = (): Session => {
      const loaded = loadScenario('/s.kmem', text, recording);
      if ('problems' in loaded) assert.fail(loaded.problems.map((p) => p.text).join('\n'));
      return loaded.session;
    };
    const question: ZoneSeriesQuestion = { zone: 0, counters: ['free', 'pcp', 'freeLists'] };
    const asked = begin();
    /** the run becomes another one after 70 moments */
    let isOther = false;
    const change = (s: Session): void => s.assignTo('i', '3', s.topFrame());
    const checkAsked = (moments: number): void => {
      const fresh = begin();
      for (let i = 0; i < moments; i++) {
        if (isOther && i === 70) change(fresh);
        fresh.timeline.forward();
      }
      assert.deepEqual(series(asked, question), series(fresh, question), `after ${moments} moments`);
    };
    let moments = 0;
    let earlier = 0;
    for (; moments < 120; moments++) {
      if (moments === 70) earlier = asked.moment.mark;
      asked.timeline.forward();
      series(asked, question);
      if (moments % 20 === 0) checkAsked(moments + 1);
    }
    assert.ok(series(asked, question).markers.some(({ kind }) => kind === 'allocation failed'));
    asked.timeline.goTo(earlier);
    moments = 70;
    change(asked);
    isOther = true;
    for (; moments < 150; moments++) asked.timeline.forward();
    checkAsked(moments);
  });
  it('watermarks that are crossed', () => {
    const s = run(
      `machine { memory = 256M; cpus = 1; }
task main {
	struct zone *zone = &NODE_DATA(0)->node_zones[ZONE_DMA];
	sim_fill_zone(zone, WMARK_HIGH);
	struct page *p = alloc_pages(GFP_DMA, 4);
	__free_pages(p, 4);
	jiffies;
}`,
    );
    checkMarkers(s, 'DMA', [
      '4: free pages fell to high or below',
      '5: free pages fell to low or below',
      '5: free pages fell to min or below',
      '6: free pages rose above min',
      '6: free pages rose above low',
    ]);
  });
  it('an allocation that fails, and kswapd', () => {
    const s = run(
      `machine { memory = 256M; cpus = 1; }
task main {
	sim_fill_zone(&NODE_DATA(0)->node_zones[ZONE_DMA], WMARK_LOW);
	sim_fill_zone(&NODE_DATA(0)->node_zones[ZONE_DMA32], WMARK_LOW);
	alloc_pages(GFP_KERNEL | GFP_DMA, 10);
	jiffies;
}`,
    );
    checkMarkers(s, 'DMA', [
      '3: free pages fell to high or below',
      '3: free pages fell to low or below',
      '5: kswapd0 was woken',
      '5: main: page allocation failure: order:10, mode:0xcc1(GFP_KERNEL|GFP_DMA), nodemask=(null),cpuset=/,mems_allowed=0',
    ]);
    assert.deepEqual(zones(s)[0]?.kswapd, 'hopeless');
  });
  it('with what was recorded of allocations, also a failure that the kernel does not report', () => {
    const s = run(
      `machine { memory = 64M; cpus = 1; }
task main {
	alloc_pages(GFP_DMA | __GFP_NOWARN, 10);
	alloc_pages(GFP_DMA | __GFP_NOWARN, 10);
	while (alloc_pages(GFP_DMA | __GFP_NOWARN, 10));
	kmalloc(6000000, GFP_KERNEL | __GFP_NOWARN);
}`,
      'allocations',
    );
    checkMarkers(s, 'DMA', ['5: an allocation failed: order 10', '6: an allocation failed: kmalloc, 8388608 bytes']);
  });
});

describe('a step function with few points', () => {
  /** Points of values at the positions 0, 1, 2 … */
  function few(values: readonly number[], most: number, expected: string): void {
    const sample = new Downsample(0, values.length - 1, most);
    values.forEach((value, position) => {
      sample.add(position, value);
    });
    const { positions, values: found, exact } = sample.points;
    assert.equal(`${exact ? 'exact' : 'few'} ${positions.map((p, i) => `${p}:${found[i]}`).join(' ')}`, expected);
  }
  it('all of them if they are few, and only those that change', () => {
    few([], 6, 'exact ');
    few([5], 6, 'exact 0:5');
    few([5, 5, 5, 6, 6, 5], 6, 'exact 0:5 3:6 5:5');
  });
  it('else the least, the greatest and the last of each stretch', () => {
    few([1, 9, 2, 3, 4, 5, 6, 7, 0, 8], 6, 'few 0:1 1:9 4:4 8:0 9:8');
    few([1, 2, 3, 4, 5, 6, 7, 8], 6, 'few 0:1 3:4 4:5 7:8');
  });
});

/** A moment between two positions; undefined if there is none. */
function momentIn(s: Session, dice: Dice, from: number, to: number): number | undefined {
  const { marks } = s.target.kernel.mem.journal;
  const { position } = s.timeline.momentAt(momentOf(s, dice));
  return position >= from && position <= to && marks.lastAtOrBefore(position) >= 0 ? position : undefined;
}

describe('inspector: zones and contexts of a machine whose memory is overwritten', () => {
  /** All views answer as their schemas say at each moment of the run, whatever the scenario has written. */
  function check(body: string): void {
    const s = run(
      `machine { memory = 64M; cpus = 2; config KASAN = n; }
static DEFINE_MUTEX(gate);
static struct pglist_data *node;
task main {
	mutex_lock(&gate);
	node = NODE_DATA(0);
	${body}
	alloc_page(GFP_KERNEL);
	mutex_unlock(&gate);
}`,
      'allocations',
    );
    const { marks } = s.target.kernel.mem.journal;
    for (let mark = s.timeline.first; mark < marks.end; mark++) {
      s.timeline.goTo(mark);
      zones(s);
      for (const { zone } of zones(s)) series(s, { zone, counters: [...ZONE_COUNTERS] });
      v.parse(
        CONTEXTS_ANSWER,
        looked(s, (asking) => contexts(asking, {})),
      );
    }
    const pieces: string[] = [];
    const out = new TraceText((piece) => pieces.push(piece));
    out.end(new RunTrace(s, (event) => out.add(event)).finish());
    JSON.parse(pieces.join(''));
  }
  for (const byte of ['0x00', '0x7f', '0x80', '0xa5', '0xff']) {
    it(`a zone full of ${byte}`, () => check(`memset(&node->node_zones[ZONE_DMA32], ${byte}, sizeof(struct zone));`));
    it(`the watermarks and counters, ${byte}`, () =>
      check(`memset(node->node_zones[ZONE_DMA]._watermark, ${byte}, 64);
	memset(node->node_zones[ZONE_DMA].vm_stat, ${byte}, 88);
	memset(&node->kswapd_wait, ${byte}, sizeof(node->kswapd_wait));`));
    it(`a task_struct full of ${byte}`, () =>
      check(`memset((char *)current + sizeof(struct task_struct) - 1344, ${byte}, 1300);`));
    it(`a name and a pid, ${byte}`, () =>
      check(`memset(current->comm, ${byte}, 16);
	memset(&current->pid, ${byte}, 4);`));
  }
});
