/** The inspector's series over time: a zone's counters at 400 points, from ten million entries of the journal of a scenario. */

import { contexts } from '../server/debugger/inspector/contexts/cpuLanes';
import type { ZoneCounter } from '../server/debugger/inspector/shapes/zones';
import { zoneSeries } from '../server/debugger/inspector/zones/zoneSeries';
import { loadScenario } from '../server/debugger/load';
import type { Session } from '../server/debugger/session';
import { type Bench, median, type Row } from './row';

const ENTRIES = 10_000_000;
const TARGET = '≤ 60 ms';
const SCENARIO = `machine { memory = 1G; cpus = 2; config KASAN = n; }
#define HELD 512
static struct page *held[HELD];
task main {
	unsigned int i, seed = 1;

	for (;;) {
		seed = seed * 1664525 + 1013904223;
		i = (seed >> 8) % HELD;
		if (held[i]) {
			__free_pages(held[i], i % 6);
			held[i] = NULL;
		} else {
			held[i] = alloc_pages(GFP_KERNEL, i % 6);
		}
	}
}`;

function recorded(): Session {
  const loaded = loadScenario('/series.kmem', SCENARIO, { trace: 'allocations', budget: { memoryBytes: 1 << 30 } });
  if ('problems' in loaded) throw new Error(loaded.problems.map(({ text }) => text).join('\n'));
  const { session } = loaded;
  const { journal } = session.target.kernel;
  while (journal.end < ENTRIES) session.target.step();
  return session;
}

export const bench: Bench = {
  name: `inspector: series over ${ENTRIES.toLocaleString('en')} journal entries`,
  run: async () => {
    const session = recorded();
    const { kernel } = session.target;
    const asking = { session, frame: () => undefined, breathe: async () => {} };
    const zone = kernel.zones.findLastIndex(({ populated }) => populated);
    const row = (what: string, counters: ZoneCounter[], position: number, from?: number): Row => {
      kernel.journal.moveTo(position);
      session.target.sync();
      const value = median(() => zoneSeries(asking, { zone, counters, from }));
      kernel.journal.moveTo(kernel.journal.end);
      session.target.sync();
      return { what, value, unit: 'ms', target: TARGET };
    };
    const { end } = kernel.journal;
    // all entries are read for what was not asked last: a question about other counters makes it new again
    const firsts = Array.from({ length: 7 }, () => {
      zoneSeries(asking, { zone, counters: ['freeLists'] });
      const start = performance.now();
      zoneSeries(asking, { zone, counters: ['free'] });
      return performance.now() - start;
    }).sort((a, b) => a - b);
    const answer = zoneSeries(asking, { zone, counters: ['free', 'freeExact', 'low'] });
    return [
      { what: 'free pages, markers, 400 points, first', value: firsts[3] ?? 0, unit: 'ms', target: TARGET },
      row('free pages, markers, 400 points, again', ['free'], end),
      row('the same, the time cursor in the middle', ['free'], Math.floor(end / 2)),
      row('the same, the time cursor at the start', ['free'], 0),
      row('the same, the newest tenth', ['free'], end, Math.floor(end * 0.9)),
      row('free pages exactly, with those of the CPUs', ['freeExact'], end),
      row('pages on the lists of the CPUs', ['pcp'], end),
      row('pages on the free lists', ['freeLists'], end),
      { what: 'contexts of all of it', value: median(() => contexts(asking, {}), 5, 1), unit: 'ms' },
      { what: 'moments in it', value: kernel.journal.marks.end / 1e6, unit: 'million' },
      {
        what: 'bytes of an answer of three series',
        value: JSON.stringify(answer).length / 1000,
        unit: 'kB',
        target: '≤ 100 kB',
      },
    ];
  },
};
