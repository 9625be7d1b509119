/** What KASAN costs: scenarios on a machine with it, against the same ones on a machine without, in one run. */
import { loadScenario } from '../server/debugger/load';
import { type Bench, median, type Row } from './row';

const TURNS = 20_000;
const SCENARIOS: Readonly<Record<string, string>> = {
  'stores through a pointer': `long *p = (long *)__get_free_page(GFP_KERNEL); int i; for (i = 0; i < ${TURNS}; i++) p[i & 511] = i;`,
  'memset of a page': `char *p = (char *)__get_free_page(GFP_KERNEL); int i; for (i = 0; i < ${TURNS}; i++) memset(p, i, 4096);`,
  'alloc_pages and __free_pages, order 0': `int i; for (i = 0; i < ${TURNS}; i++) __free_pages(alloc_pages(GFP_KERNEL, 0), 0);`,
};

/** Milliseconds that a scenario takes. */
function time(body: string, kasan: 'y' | 'n'): number {
  const run = () => {
    const text = `machine { memory = 128M; cpus = 1; config KASAN = ${kasan}; }\ntask main { ${body} }\n`;
    const loaded = loadScenario('/bench.kmem', text);
    if ('problems' in loaded) throw new Error(loaded.problems.map((p) => p.text).join('\n'));
    const { target } = loaded.session;
    while (!target.ended) target.step();
  };
  return median(run, 5, 1);
}

export const bench: Bench = {
  name: 'KASAN',
  run: async () =>
    Object.entries(SCENARIOS).map(([what, body]): Row => {
      const without = time(body, 'n');
      const value = time(body, 'y');
      const rounded = (ms: number) => Math.round(ms * 10) / 10;
      return {
        what: `${TURNS} ${what}`,
        value: rounded(value),
        unit: 'ms',
        peer: { name: 'without KASAN', value: rounded(without) },
      };
    }),
};
