/**
 * The linter against the run time, on random programs: what a run reports of a checkable class at a line is a finding there.
 * KMEM_PROGRAMS=n tries n programs more, from KMEM_SEED on, and prints how many findings no run has reproduced.
 */
import assert from 'node:assert/strict';
import { check as checkProgram } from '../../../server/language/check/check';
import { lint } from '../../../server/language/ide/lint';
import { run } from '../../vm/scenario';
import { generated } from './valuePrograms';

/** What both can see: reports of the run time, and the codes of findings at their lines. */
const CLASSES: readonly { readonly reports: RegExp; readonly codes: readonly string[] }[] = [
  {
    reports: /^BUG: (sleeping function called from invalid context|scheduling while atomic)/,
    codes: ['sleep-in-atomic'],
  },
];
const MACHINE = { machine: 'config KASAN = n; config LOCKDEP = n;' };

/** the part of the reported lines that may be missed: what a callee stores through a pointer is told apart by its type only */
const MOST_MISSED = 0.02;
const PROGRAMS = 12;

interface Compared {
  /** reported at run time, not found */
  readonly missed: readonly string[];
  /** found, not reported by any run */
  readonly unseen: readonly string[];
  readonly reported: number;
  readonly found: number;
}
const lineOf = (text: string, at: number): number => text.slice(0, at).split('\n').length;

function compare(seed: number): Compared & { readonly text: string } {
  const { text: body, runs } = generated(seed);
  const text = `machine { memory = 64M; cpus = 1; ${MACHINE.machine} }\n${body}`;
  const errors = checkProgram({ path: 'test.kmem', text }).diagnostics.filter((d) => d.severity === 'error');
  assert.deepEqual(
    errors.map((d) => `${lineOf(text, d.span.start)}: ${d.message}`),
    [],
    text,
  );
  const findings = lint({ path: 'test.kmem', text }).diagnostics.map((d) => ({
    code: d.code,
    line: lineOf(text, d.span.start),
  }));
  const missed = new Set<string>();
  const unseen = new Set<string>();
  let [reported, found] = [0, 0];
  for (const { reports, codes } of CLASSES) {
    const at = new Set<number>();
    for (const set of runs) {
      for (const { text: title, span, kind } of run(text, { set, maxSteps: 100_000 }).log) {
        if (kind !== 'print' && reports.test(title) && span) at.add(lineOf(text, span.start));
      }
    }
    const lines = new Set(findings.flatMap((f) => (codes.includes(f.code) ? [f.line] : [])));
    reported += at.size;
    found += lines.size;
    const shown = (line: number): string =>
      `${codes[0]} seed ${seed} line ${line}: ${text.split('\n')[line - 1]?.trim()}`;
    for (const line of at) if (!lines.has(line)) missed.add(shown(line));
    for (const line of lines) if (!at.has(line)) unseen.add(shown(line));
  }
  return { text, missed: [...missed], unseen: [...unseen], reported, found };
}

describe('values in the linter and at run time', () => {
  it('finds what runs report', () => {
    const all = Array.from({ length: PROGRAMS }, (_, i) => compare(i + 1));
    const missed = all.flatMap((c) => c.missed);
    const reported = all.reduce((n, c) => n + c.reported, 0);
    assert.ok(reported > 50, `only ${reported} lines are reported`);
    assert.ok(missed.length <= MOST_MISSED * reported, missed.join('\n'));
  }).timeout(120_000);
  const more = Number(process.env.KMEM_PROGRAMS ?? 0);
  if (more > 0) {
    it(`${more} programs more`, () => {
      const first = Number(process.env.KMEM_SEED ?? 1000);
      const all = Array.from({ length: more }, (_, i) => compare(first + i));
      const sum = (of: (c: Compared) => number): number => all.reduce((n, c) => n + of(c), 0);
      for (const { missed, unseen } of all)
        for (const line of [...missed.map((l) => `missed ${l}`), ...(process.env.KMEM_UNSEEN ? unseen : [])])
          console.log(line);
      console.log(
        `${more} programs: ${sum((c) => c.reported)} lines reported, ${sum((c) => c.missed.length)} of them not found; ${sum((c) => c.found)} found, ${sum((c) => c.unseen.length)} of them not reported`,
      );
      assert.equal(
        sum((c) => c.missed.length),
        0,
      );
    }).timeout(0);
  }
});
