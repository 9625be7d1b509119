/**
 * The inspector's free lists, slabs and comparison, server side, in sessions that record allocations, as those of the editor do: the first
 * answer of a session, those after a step, and the bytes of the largest. The terabyte comes first, when nothing has been compiled yet.
 */

import { ANSWERERS } from '../server/dap/inspectorRequests';
import type { ViewName } from '../server/dap/inspectorViewNames';
import type { Answer, Question } from '../server/dap/inspectorViews';
import type { Answerer } from '../server/debugger/inspector/asking';
import { loadScenario } from '../server/debugger/load';
import type { Session } from '../server/debugger/session';
import type { Bench, Row } from './row';

const MACHINES = ['1T', '64G', '1G'] as const;
/** moments before the first question, and steps after it */
const BEFORE = 5000;
const STEPS = 60;
const scenario = (memory: string): string => `
machine { memory = ${memory}; cpus = 4; config KASAN = n; }
static struct page *pages[256];
static char *objects[256];
task main {
	int i, n;

	for (i = 0; ; i++) {
		n = i % 256;
		if (pages[n])
			__free_pages(pages[n], n % 4);
		pages[n] = alloc_pages(GFP_KERNEL, n % 4);
		kfree(objects[n]);
		objects[n] = kmalloc(8 << n % 8, GFP_KERNEL);
	}
}
`;
function sessionOn(memory: string): Session {
  const loaded = loadScenario('/bench.kmem', scenario(memory), {
    trace: 'allocations',
    budget: { memoryBytes: 1 << 30 },
  });
  if ('problems' in loaded) throw new Error(loaded.problems.map((p) => p.text).join('\n'));
  loaded.session.entry();
  for (let i = 0; i < BEFORE; i++) loaded.session.timeline.forward();
  return loaded.session;
}
const middle = (times: number[]): number => times.sort((a, b) => a - b)[times.length >> 1] as number;

async function rowsOf(memory: string): Promise<Row[]> {
  const session = sessionOn(memory);
  const asking = { session, frame: () => session.topFrame(), breathe: async () => {} };
  const answer = async <N extends ViewName>(view: N, question: Question<N>): Promise<Answer<N>> =>
    (ANSWERERS[view] as Answerer<Question<N>, Answer<N>>)(asking, question);
  const rows: Row[] = [];
  const measure = async <N extends ViewName>(what: string, view: N, question: () => Question<N>): Promise<void> => {
    let bytes = 0;
    const timed = async (): Promise<number> => {
      const asked = question();
      const start = performance.now();
      const given = await answer(view, asked);
      const ms = performance.now() - start;
      bytes = Math.max(bytes, JSON.stringify(given).length);
      return ms;
    };
    const row = (when: string, value: number, unit: string, target?: string): void => {
      rows.push({ what: `${memory}: ${what}, ${when}`, value, unit, ...(target ? { target } : {}) });
    };
    row('first', await timed(), 'ms');
    const times: number[] = [];
    for (let i = 0; i < STEPS; i++) {
      session.beginStep('over', session.task, 'statement');
      session.run();
      times.push(await timed());
    }
    row('after a step', middle(times), 'ms', '≤ 10 ms');
    row('bytes', bytes, 'bytes', '≤ 100 kB');
  };
  await measure('free lists', 'freeLists', () => ({}));
  await measure('what a request would take', 'freeLists/wouldTake', () => ({ order: 3, gfp: 'GFP_KERNEL' }));
  await measure('slab caches', 'slabs', () => ({}));
  const { caches } = await answer('slabs', {});
  const cache = caches.find(({ name }) => name === 'kmalloc-64')?.address;
  if (cache === undefined) throw new Error('there is no cache kmalloc-64');
  await measure('the slabs of kmalloc-64', 'slabs/cache', () => ({ cache }));
  // objects[3] is of kmalloc-64
  await measure('a slab and its objects', 'slabs/page', () => ({
    selection: { by: 'expression', text: 'objects[3]' },
  }));
  await measure('the start compared with now', 'compare', () => ({ a: { at: 'start' }, b: { at: 'now' } }));
  return rows;
}

export const bench: Bench = {
  name: "the inspector's free lists, slabs and comparison",
  run: async () => {
    const rows: Row[] = [];
    for (const memory of MACHINES) rows.push(...(await rowsOf(memory)));
    return rows;
  },
};
