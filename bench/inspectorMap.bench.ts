/**
 * The inspector's physical map, server side: the first map of a session, the one after a step, and the bytes of the answers. The terabyte
 * comes first, when nothing has been compiled yet, as in a session of its own.
 */
import { physicalMap } from '../server/debugger/inspector/physicalMap/mapAnswer';
import { MAP_COLOURS } from '../server/debugger/inspector/shapes/physicalMap';
import { loadScenario } from '../server/debugger/load';
import type { Session } from '../server/debugger/session';
import type { Bench, Row } from './row';

const MACHINES = ['1T', '64G', '1G'] as const;
/** cells that a panel shows */
const CELLS = 4096;
const STEPS = 60;
const scenario = (memory: string): string => `
machine { memory = ${memory}; cpus = 4; config KASAN = n; }
static struct page *pages[256];
static char *areas[16];
task main {
	int i, n;

	for (i = 0; ; i++) {
		n = i % 256;
		if (pages[n])
			__free_pages(pages[n], n % 4);
		pages[n] = alloc_pages(GFP_KERNEL, n % 4);
		if (i % 16 == 0)
			areas[i / 16 % 16] = vmalloc(3 * PAGE_SIZE);
		if (i % 16 == 8)
			vfree(areas[i / 16 % 16]);
	}
}
`;
/** Many single pages: what is followed for each of them must not be looked at with every step. */
const HELD = 300_000;
const MANY = `
machine { memory = 64G; cpus = 4; config KASAN = n; }
static struct page *p;
task main {
	int i;

	for (i = 0; i < ${HELD}; i++)
		p = alloc_page(GFP_KERNEL);
	for (i = 0; ; i++) {
		p = alloc_page(GFP_KERNEL);
		if (i % 3)
			__free_page(p);
	}
}
`;
function sessionOn(text: string): Session {
  const loaded = loadScenario('/bench.kmem', text, { budget: { memoryBytes: 1 << 30 } });
  if ('problems' in loaded) throw new Error(loaded.problems.map((p) => p.text).join('\n'));
  loaded.session.entry();
  return loaded.session;
}
const timed = (work: () => void): number => {
  const start = performance.now();
  work();
  return performance.now() - start;
};
const middle = (times: number[]): number => times.sort((a, b) => a - b)[times.length >> 1] as number;

function rowsOf(memory: string): Row[] {
  const session = sessionOn(scenario(memory));
  let bytes = 0;
  const look = (colour: (typeof MAP_COLOURS)[number] = 'owner') => {
    const answer = physicalMap({ session }, { colour, cells: CELLS });
    bytes = Math.max(bytes, JSON.stringify(answer).length);
  };
  const first = timed(look);
  for (let i = 0; i < 500; i++) session.timeline.forward();
  look();
  const after = (kind: 'over' | 'back', colour?: (typeof MAP_COLOURS)[number]) =>
    middle(
      Array.from({ length: STEPS }, () => {
        session.beginStep(kind, session.task, 'statement');
        session.run();
        return timed(() => look(colour));
      }),
    );
  const row = (what: string, ms: number, target?: string): Row => ({
    what: `${memory}: ${what}`,
    value: Math.round(ms * 100) / 100,
    unit: 'ms',
    ...(target ? { target } : {}),
  });
  const rows = [
    row('first map', first, memory === '1T' ? 'with the webview ≤ 150 ms' : undefined),
    row('map after a step', after('over'), '≤ 10 ms'),
    row('map after a step back', after('back'), '≤ 10 ms'),
    ...MAP_COLOURS.filter((colour) => colour !== 'owner').map((colour) =>
      row(`map after a step, by ${colour}`, after('over', colour), '≤ 10 ms'),
    ),
  ];
  return [...rows, { what: `${memory}: bytes of an answer, most`, value: bytes, unit: 'bytes', target: '≤ 100 kB' }];
}

function rowsOfMany(): Row[] {
  const session = sessionOn(MANY);
  const { target, timeline } = session;
  for (let n = 0; n < 2.1 * HELD; ) n += target.step();
  timeline.goTo(timeline.latest.mark);
  const what = `64G, ${HELD.toLocaleString('en')} pages allocated one by one`;
  const look = (colour: 'owner' | 'site') => () => void physicalMap({ session }, { colour, cells: CELLS });
  const step = (colour: 'owner' | 'site') =>
    middle(
      Array.from({ length: 15 }, () => {
        session.beginStep('over', session.task, 'statement');
        session.run();
        return timed(look(colour));
      }),
    );
  const entries = `${(target.kernel.journal.end / 1e6).toFixed(0)} million entries of the journal`;
  const row = (text: string, ms: number, limit?: string): Row => ({
    what: `${what}: ${text}`,
    value: Math.round(ms * 10) / 10,
    unit: 'ms',
    ...(limit ? { target: limit } : {}),
  });
  return [
    row('first map', timed(look('owner'))),
    row(`first map by site, from ${entries}`, timed(look('site'))),
    row('map after a step', step('owner'), '≤ 10 ms'),
    row('map after a step, by site', step('site'), '≤ 10 ms'),
  ];
}

export const bench: Bench = {
  name: "the inspector's physical map",
  run: async () => [...MACHINES.flatMap(rowsOf), ...rowsOfMany()],
};
