/**
 * The linter against the run time, on random programs: what a run reports of a kind that a rule can find is a finding at that place, and
 * what a rule finds some run reports. Inputs are chosen by the finding's witness.
 *
 * KMEM_SCENARIOS=n tries n programs, from KMEM_SEED on, and prints both figures and what remains; on the way, the figures so far, and each
 * difference as it is found. A seed is one program. KMEM_SEED alone tries one file, and prints the programs that differ. KMEM_SHRINK=seed lets fast-check choose programs instead, one in a file, and make the first one that differs smaller.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Compared, compare, compareGenerated, type Difference } from './generator/comparison';
import { generatedBy } from './generator/program';

/** programs in one file: one machine boots for all of them */
const UNITS = 20;
const PROGRAMS = 160;
/** programs after which a long series prints its figures */
const EVERY = 1000;
/** programs of fast-check, always the same */
const CHOSEN = 6;
/** the parts that may be missed and not be reproduced */
const MOST_MISSED = 0.03;
const MOST_UNSEEN = 0.03;

interface Sums {
  programs: number;
  runs: number;
  reported: number;
  found: number;
  behind: number;
  readonly missed: string[];
  readonly unseen: string[];
}
const shown = ({ text, seed }: Compared, { code, unit, line, about }: Difference): string =>
  `${code}: KMEM_SEED=${seed} u${unit}, line ${line}: ${text.split('\n')[line - 1]?.trim() ?? ''} (${about})`;

/** The program of a difference, with the numbers of its lines in the file. */
function programOf({ text }: Compared, { unit }: Difference): string {
  const lines = text.split('\n').map((line, i) => `${i + 1}\t${line}`);
  const start = (n: number): number => lines.findIndex((line) => line.endsWith(`\tstatic struct dev u${n}_dev;`));
  const end = start(unit + 1);
  return lines.slice(start(unit), end < 0 ? lines.length : end).join('\n');
}

/** What a series tells on the way. */
interface Telling {
  readonly differs?: (line: string, one: Compared, difference: Difference) => void;
  readonly sums?: (sums: Sums) => void;
}
function tried(from: number, programs: number, tell: Telling = {}): Sums {
  const sums: Sums = { programs: 0, runs: 0, reported: 0, found: 0, behind: 0, missed: [], unseen: [] };
  for (let seed = from; sums.programs < programs; seed += UNITS) {
    const one = compare(seed, UNITS);
    sums.programs += UNITS;
    sums.runs += one.runs;
    sums.reported += one.reported;
    sums.found += one.found;
    sums.behind += one.behind;
    for (const d of one.missed) {
      sums.missed.push(shown(one, d));
      tell.differs?.(`missed ${shown(one, d)}`, one, d);
    }
    for (const d of one.unseen) {
      sums.unseen.push(shown(one, d));
      tell.differs?.(`not reproduced ${shown(one, d)}`, one, d);
    }
    if (sums.programs % EVERY === 0 && sums.programs < programs) tell.sums?.(sums);
  }
  return sums;
}
const text = ({ programs, runs, reported, found, behind, missed, unseen }: Sums): string =>
  [
    `${programs} programs, ${runs} runs`,
    `${reported} places reported by runs, ${reported - missed.length} of them found`,
    `${found} findings that runs can report, ${found - behind - unseen.length} of them reproduced, ${behind} behind another report`,
    ...[...new Map([...missed, ...unseen].map((line) => [line.split(':')[0], 0])).keys()].map(
      (code) => `${code}: ${ofCode(missed, code)} missed, ${ofCode(unseen, code)} not reproduced`,
    ),
  ].join('\n');
const ofCode = (lines: readonly string[], code = ''): number => lines.filter((l) => l.startsWith(`${code}: `)).length;

describe('the linter against the run time', function () {
  this.timeout(0);
  const { KMEM_SCENARIOS, KMEM_SEED } = process.env;
  it(`${PROGRAMS} programs, seeds from 1 on`, () => {
    const sums = tried(1, PROGRAMS);
    assert.ok(sums.reported > 50 && sums.found > 50, text(sums));
    // what is known to remain is in docs/linter.md
    const all = [...sums.missed, ...sums.unseen, text(sums)].join('\n');
    assert.ok(sums.missed.length <= sums.reported * MOST_MISSED, all);
    assert.ok(sums.unseen.length <= sums.found * MOST_UNSEEN, all);
  });
  const { KMEM_SHRINK } = process.env;
  it('programs of fast-check', () => {
    const seed = Number(KMEM_SHRINK ?? 1);
    const programs = fc.property(fc.gen(), fc.boolean(), (choose, highmem) => {
      const below = (n: number): number => choose(fc.nat, { max: n - 1 });
      const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T;
      const one = compareGenerated(
        generatedBy(() => ({ below, pick }), 1, highmem),
        1,
      );
      const differences = [...one.missed, ...one.unseen].map((d) => shown(one, d));
      assert.deepEqual(differences, [], `${differences.join('\n')}\n${one.text}`);
    });
    fc.assert(programs, { seed, numRuns: KMEM_SHRINK === undefined ? CHOSEN : 500 });
  });
  if (KMEM_SCENARIOS === undefined && KMEM_SEED === undefined) return;
  const from = Number(KMEM_SEED ?? Math.floor(Math.random() * 1e9));
  it(`${KMEM_SCENARIOS ?? UNITS} programs, from KMEM_SEED=${from}`, () => {
    const sums = tried(from, Number(KMEM_SCENARIOS ?? UNITS), {
      differs(line, one, difference) {
        console.log(line);
        if (KMEM_SCENARIOS === undefined) console.log(programOf(one, difference));
      },
      sums: (so) => console.log(text(so)),
    });
    console.log(text(sums));
  });
});
