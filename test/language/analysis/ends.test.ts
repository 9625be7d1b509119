/** The analyses end, in time that grows with the program and not with the number of paths through it; where they stop being exact they say so. */
import assert from 'node:assert/strict';
import { ring, SHAPES } from '../../../bench/growing';
import { analysisOf } from '../../../server/language/analysis/engine/analysisContext';
import { enterAll } from '../../../server/language/analysis/engine/roots';
import { check as checkProgram } from '../../../server/language/check/check';
import { lint } from '../../../server/language/ide/lint';
import { check } from './marked';

/** States that the walk of a program carried to the start of a block. */
function work(text: string): number {
  const program = checkProgram({ path: 'big.kmem', text });
  assert.deepEqual(program.diagnostics.filter((d) => d.severity === 'error').slice(0, 1), []);
  const analysis = analysisOf(program, [{}]);
  enterAll(analysis);
  return analysis.budget.used;
}

/** states for each repetition of a shape, whatever their number */
const MOST = 650;

describe('analyses of large programs', () => {
  for (const [name, shape] of Object.entries({ ring, ...SHAPES })) {
    it(`grow with the text: ${name}`, () => {
      for (const n of [30, 120]) {
        const states = work(shape(n)) / n;
        assert.ok(states <= MOST, `${states} states a repetition for ${n} of them`);
      }
    });
  }
  it('are exact for the ring', () => assert.deepEqual(lint({ path: 'ring.kmem', text: ring(200) }).diagnostics, []));
  it('say at which function they stop being exact, once', () => {
    const text = (SHAPES['trylocks in a straight line'] as (n: number) => string)(40);
    const said = lint({ path: 'try.kmem', text }).diagnostics;
    assert.deepEqual(
      said.map((d) => `${d.severity} ${d.code} ${text.slice(d.span.start, d.span.end)}: ${d.message}`),
      [
        'info analysis-incomplete main: the analysis of main stops being exact here: there are too many ways through it. Findings in it and in what it calls may be missing: split it',
      ],
    );
  });
  it('find what comes after', () => {
    const text = `${(SHAPES['one function with many different arguments'] as (n: number) => string)(100)}
void g(void) { spin_lock(&l); msleep(1); spin_unlock(&l); }`;
    assert.deepEqual(
      lint({ path: 'after.kmem', text }).diagnostics.map((d) => d.code),
      ['analysis-incomplete', 'sleep-in-atomic'],
    );
  });
  it('keep the outcome of a call and the locks that it took together', () => {
    const text = (release: string): string => `static DEFINE_SPINLOCK(l);
extern int in;
static int pick(int x) { if (in & x) { spin_lock(&l); return 1; } return 0; }
static int other(int x) { if (in & x) { udelay(1); return 1; } return 0; }
task main {
	int a = other(2), b = other(4), v = pick(1), c = other(8), d = other(16);
	${release}
	might_sleep();
	if (a && b && c && d)
		udelay(1);
} // end`;
    check(text('if (v) spin_unlock(&l);'));
    check(
      text('if (a) spin_unlock(&l); // !unlock-not-held')
        .replace('might_sleep();', 'might_sleep(); // !sleep-in-atomic')
        .replace('// end', '// !lock-imbalance'),
    );
  });
});
