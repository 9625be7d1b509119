/**
 * Statements per second: a scenario's loop in the vm, every write journaled, against the same loop in plain JavaScript.
 */
import { loadScenario } from '../server/debugger/load';
import { type Bench, median, type Row } from './row';

const TURNS = 20_000;
const SCENARIO = `
machine { memory = 128M; cpus = 1; }
static unsigned int table[64];
static unsigned int step(unsigned int x)
{
	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return x;
}
task main {
	unsigned int i;
	unsigned int x = 1;

	for (i = 0; i < ${TURNS}; i++) {
		x = step(x);
		if (x & 1)
			table[x % 64] += i;
		else
			table[i % 64]--;
	}
}
`;
function plain(): number {
  const table = new Uint32Array(64);
  let x = 1;
  const step = (v: number): number => {
    v = (v ^ (v << 13)) >>> 0;
    v = (v ^ (v >>> 17)) >>> 0;
    return (v ^ (v << 5)) >>> 0;
  };
  for (let i = 0; i < TURNS; i++) {
    x = step(x);
    if (x & 1) table[x % 64] = (table[x % 64] as number) + i;
    else table[i % 64] = (table[i % 64] as number) - 1;
  }
  return table[0] as number;
}

export const bench: Bench = {
  name: 'vm',
  async run(): Promise<Row[]> {
    const load = () => {
      const loaded = loadScenario('/bench.kmem', SCENARIO);
      if ('problems' in loaded) throw new Error(loaded.problems.map((p) => p.text).join('\n'));
      return loaded.session.target;
    };
    let statements = 0;
    const times: number[] = [];
    for (let run = 0; run < 5; run++) {
      const target = load();
      const start = performance.now();
      for (statements = 0; !target.ended; statements++) target.step();
      times.push(performance.now() - start);
    }
    const ms = times.slice(1).sort((a, b) => a - b)[2] as number;
    const peer = median(() => void plain());
    const target = load();
    while (!target.ended) target.step();
    const { journal } = target.kernel.mem;
    const back = median(
      () => {
        journal.moveTo(0);
        journal.moveTo(journal.end);
      },
      3,
      1,
    );
    return [
      {
        what: 'statements, each a journaled moment',
        value: Math.round(statements / ms) / 1000,
        unit: 'million per second',
        peer: { name: 'the same loop in plain JavaScript', value: Math.round(statements / peer) / 1000 },
      },
      { what: `back over ${statements} statements and forward again`, value: Math.round(back * 10) / 10, unit: 'ms' },
    ];
  },
};
