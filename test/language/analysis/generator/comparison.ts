/**
 * Compares what the linter finds in a file of generated units with what their runs report. The pairs are those of the rules
 * (`RuleInfo.atRunTime`). Of a run, reports count up to the first one that changes what the kernel knows (after `scheduling while atomic` it sets the
 * preempt_count anew, lockdep looks no further after its first report, and freed memory may be anybody's).
 */
import { infoOf, LINT_CODES } from '../../../../server/language/analysis/rules';
import type { Diagnostic } from '../../../../server/language/check/context/program';
import { lint } from '../../../../server/language/ide/lint';
import { Dice } from '../../../generate';
import { type Generated, generated, INPUTS } from './program';
import { type Inputs, inputsText, lineOf, type Ran, type Reported, Runs } from './runs';

export interface Difference {
  readonly code: string;
  readonly unit: number;
  readonly line: number;
  readonly about: string;
}
export interface Compared {
  readonly text: string;
  readonly seed: number;
  readonly runs: number;
  /** lines with reports of a kind that the linter can find, and those of them without a finding */
  readonly reported: number;
  readonly missed: readonly Difference[];
  /** findings of a kind that runs report, and those of them that none has reported */
  readonly found: number;
  readonly unseen: readonly Difference[];
  /** findings that runs only get to after another report, or not because of it: it has changed what the kernel knows */
  readonly behind: number;
  /** titles of reports that no rule knows */
  readonly others: ReadonlySet<string>;
}
const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const PAIRS = Object.entries(LINT_CODES).flatMap(([code, { atRunTime = [] }]) =>
  atRunTime.map((title) => ({ code, title: new RegExp(`^${title.split('…').map(escaped).join('.*')}`) })),
);
const codesFor = ({ titles }: Reported): readonly string[] => [
  ...new Set(PAIRS.flatMap(({ code, title }) => (titles.some((t) => title.test(t)) ? [code] : []))),
];
const SLEEPS = 'sleep-in-atomic';
/** what only a machine with highmem reports, and what only one with KASAN does */
const MAPPINGS: ReadonlySet<string> = new Set(['unmap-order', 'use-after-unmap']);
const WITH_KASAN: ReadonlySet<string> = new Set(['use-after-free', 'double-free', 'free-not-at-start']);
const UNDERFLOW = 'unlock-not-held';
const FLAGS: ReadonlySet<string> = new Set(['irq-restore', 'nested-irqsave']);
const VMALLOC_BUG = 'kernel BUG at mm/vmalloc.c';
const UNCHECKED = 'unchecked-allocation';
const PREEMPTIBLE = 'percpu-preemptible';
/** reports after which the kernel goes on as if nothing had been */
const HARMLESS = ['BUG: sleeping function called from invalid context', 'BUG: using ', 'WARNING: suspicious RCU usage'];
/** at the end of a body, where no statement is, sleeping means that something is still held there */
const AT_END = 'lock-imbalance';

interface Finding {
  readonly code: string;
  readonly line: number;
  /** lines of its related places */
  readonly places: readonly number[];
  readonly unit: number;
  readonly diagnostic: Diagnostic;
  seen: boolean;
  /** a run got there after another report */
  behind: boolean;
}
/** no allocation fails; and each in turn: of objects, and of pages */
const NO_FAILURE = { fail: 0n, fail_pages: 0n, full: 0n };
const FAILING = 64;
const BOTH = 16;
const upTo = (most: number): readonly bigint[] => Array.from({ length: most }, (_, n) => BigInt(n + 1));
/** kvmalloc() fails where both allocators do */
const BOTH_FAIL: readonly Inputs[] = upTo(BOTH).flatMap((n) =>
  upTo(BOTH).map((pages) => ({ fail: n, fail_pages: pages })),
);
/** runs of a unit with any inputs, and runs more for a finding that none of them has reported */
const RUNS = 5;
const MORE_RUNS = 24;
/** ways that get nearest to it, on which each allocation in turn fails */
const NEAREST = 8;

export const compare = (seed: number, units: number): Compared => compareGenerated(generated(seed, units), seed);
/** The same of any program; the seed chooses the inputs. */
export function compareGenerated({ text, units, highmem }: Generated, seed: number): Compared {
  const { program, diagnostics } = lint({ path: 'test.kmem', text });
  const wrong = diagnostics.filter((d) => d.severity === 'error');
  if (wrong.length > 0)
    throw new Error(`${wrong.map((d) => `${lineOf(text, d.span.start)}: ${d.message}`).join('\n')}\n${text}`);
  const starts = Array.from({ length: units }, (_, n) => lineOf(text, text.indexOf(`struct dev u${n}_dev;`)));
  const unitOf = (line: number): number => starts.findLastIndex((start) => start <= line);
  const findings = diagnostics.flatMap((d): Finding[] => {
    const line = lineOf(text, d.span.start);
    const places = (d.related ?? []).map(({ span }) => lineOf(text, span.start));
    return [{ code: d.code, line, places, unit: unitOf(line), diagnostic: d, seen: false, behind: false }];
  });
  const runs = new Runs(program, text);
  const dice = new Dice(seed ^ 0x5eed);
  const reported = new Set<string>();
  const missed = new Map<string, Difference>();
  const others = new Set<string>();
  for (let unit = 0; unit < units; unit++) {
    const own = findings.filter((f) => f.unit === unit);
    const takesBoth = text.split('\n').some((line, i) => unitOf(i + 1) === unit && line.includes('= kvmalloc('));
    const untold = own.flatMap((f) => (isUntold(f) ? [f.line] : []));
    const tried = new Map<string, Pick<Ran, 'lines' | 'spared'>>();
    const run = (inputs: Inputs): Pick<Ran, 'lines' | 'spared'> => {
      const key = inputsText(inputs);
      const before = tried.get(key);
      if (before) return before;
      let counts = true;
      const { reports, lines, after, cut, spared } = runs.run({ unit: BigInt(unit), ...inputs });
      tried.set(key, { lines, spared });
      const silent = new Set([...untold, ...own.flatMap((f) => (isPutOff(f, lines, reports) ? [f.line] : []))]);
      const inside = reports.some((report) => report.lines.length > 0);
      for (const finding of own) finding.behind ||= cut || isAfter(finding, text, lines, after, silent, inside);
      for (const report of reports) {
        const codes = codesFor(report);
        if (codes.length === 0) others.add(report.titles.join(' | '));
        const by = own.filter(
          (f) => fits(f, codes, report) || isCause(f, codes, report, lines) || isOfPool(f, codes, report, text),
        );
        for (const finding of by) finding.seen = true;
        if (!counts) continue;
        counts = HARMLESS.some((title) => report.titles[0]?.startsWith(title));
        const [line = 0] = report.lines;
        const code = line === 0 && codes.includes(SLEEPS) ? AT_END : codes[0];
        if (code === undefined) continue;
        const place = `${unit}:${code}:${line}`;
        reported.add(place);
        const about = `${report.titles[0]} with ${key}`;
        if (by.length === 0 && !missed.has(place)) missed.set(place, { code, unit, line, about });
      }
      return { lines, spared };
    };
    /** One way, on which one allocation after the other fails, until none is left. */
    const failEach = (inputs: Inputs, finding: Finding): void => {
      for (const what of ['fail', 'fail_pages'])
        for (let n = 1n; n <= FAILING && !finding.seen; n++)
          if (run({ ...inputs, ...NO_FAILURE, [what]: n }).spared) break;
      if (takesBoth) for (const failure of BOTH_FAIL) if (!finding.seen) run({ ...inputs, ...NO_FAILURE, ...failure });
      if (!isBehindPercpu(finding, text)) return;
      for (let n = 0n; n <= FAILING && !finding.seen; n++)
        if (run({ ...inputs, ...NO_FAILURE, fail: n, full: 1n }).spared) break;
    };
    for (let n = 0; n < RUNS; n++) run(anyInputs(dice, n));
    for (const finding of own) {
      if (!isCheckable(finding, text, highmem)) continue;
      for (let n = 0; n < MORE_RUNS && !finding.seen; n++) run(inputsFor(dice, finding, n));
      const ways: { readonly inputs: Inputs; readonly near: number }[] = [];
      for (const inputs of allInputs()) {
        if (finding.seen || finding.behind) break;
        ways.push({ inputs, near: nearness(finding, run({ ...inputs, ...NO_FAILURE }).lines) });
      }
      ways.sort((a, b) => b.near - a.near);
      for (const { inputs } of ways.slice(0, NEAREST)) if (!finding.seen && !finding.behind) failEach(inputs, finding);
    }
  }
  const checkable = findings.filter((f) => isCheckable(f, text, highmem));
  const unseen = checkable
    .filter((f) => !f.seen && !f.behind)
    .map(({ code, unit, line, diagnostic }) => ({ code, unit, line, about: diagnostic.message }));
  const found = checkable.length;
  const behind = checkable.filter((f) => !f.seen && f.behind).length;
  return {
    text,
    seed,
    behind,
    runs: runs.count,
    reported: reported.size,
    missed: [...missed.values()],
    found,
    unseen,
    others,
  };
}

/**
 * Whether a run got to a finding after its first report, or after a call that put an end to what the finding is about, without a word. The
 * end of a body is not a statement: a run gets there where what the finding is about began.
 */
function isAfter(
  { line, places, code }: Finding,
  text: string,
  lines: ReadonlySet<number>,
  after: ReadonlySet<number>,
  silent: ReadonlySet<number>,
  reported: boolean,
): boolean {
  if (after.has(line)) return true;
  for (const one of lines) {
    if (one === line) break;
    if (silent.has(one)) return true;
  }
  // what the end of a scope does is a finding where the scope begins
  if (/\bguard\(|\b__free\(/.test(textOf(text, line))) return after.size > 0 && lines.has(line);
  return reported && code === AT_END && textOf(text, line).trim() === '}' && places.some((at) => lines.has(at));
}
/** How many of the places that a finding names a run has got to. */
const nearness = ({ line, places }: Finding, lines: ReadonlySet<number>): number =>
  [line, ...new Set(places)].filter((at) => lines.has(at)).length;
/** A count that has been ended once too often, which shows later, or never, where something else is counted too. */
const isPutOff = ({ code, line }: Finding, lines: ReadonlySet<number>, reports: readonly Reported[]): boolean =>
  code === UNDERFLOW && lines.has(line) && !reports.some((report) => report.lines[0] === line);
/**
 * Reports that come later than what is wrong: preempt_count_sub() notices one preempt_enable() too many when the count would fall below
 * zero, which a lock that is held puts off; what an interrupt has left held shows where the task that it came to sleeps; and flags that
 * are restored in the wrong order leave interrupts off, which shows at the end of the task. And one finding stands for two reports where
 * kvmalloc() sleeps and then takes vmalloc().
 */
function isCause(
  { code, line, places, diagnostic }: Finding,
  codes: readonly string[],
  { titles, lines: at }: Reported,
  lines: ReadonlySet<number>,
): boolean {
  if (titles[0]?.startsWith(VMALLOC_BUG))
    return code === SLEEPS && at[0] === line && diagnostic.message.includes(' with a BUG here');
  if (FLAGS.has(code)) return at.length === 0 && codes.includes(SLEEPS) && lines.has(line);
  if (![line, ...places].some((at) => lines.has(at))) return false;
  if (titles[0]?.startsWith('DEBUG_LOCKS_WARN_ON(val > preempt_count())')) return code === UNDERFLOW;
  const [entry] = diagnostic.related ?? [];
  return (
    code === AT_END && codes.includes(SLEEPS) && / in (softirq|hard interrupt) context\b/.test(entry?.message ?? '')
  );
}
/** What a pool gives from its reserve was allocated where the pool was made: kmemleak names that place. */
const isOfPool = (
  { code, diagnostic }: Finding,
  codes: readonly string[],
  { lines }: Reported,
  text: string,
): boolean =>
  code === 'leak' &&
  codes.includes(code) &&
  diagnostic.message.includes('mempool_alloc()') &&
  lines.some((line) => textOf(text, line).includes('= mempool_create'));
const textOf = (text: string, line: number): string => text.split('\n')[line - 1] ?? '';
function fits({ code, line, places }: Finding, codes: readonly string[], { lines, taken }: Reported): boolean {
  const [at = 0] = lines;
  // of no statement: at the end of a task, or what a worker does for it, such as a vfree() that was put off
  if (at === 0 && codes.includes(SLEEPS)) return code === AT_END;
  if (at === 0) return codes.includes(code);
  if (!codes.includes(code)) return false;
  switch (infoOf(code)?.runTimeAt) {
    case 'callee':
      return lines.includes(line);
    case 'origin':
      return lines.includes(line) || taken.includes(line) || [at, ...taken].some((l) => places.includes(l));
    default:
      return at === line;
  }
}
/**
 * msleep() and usleep_range() with nothing but interrupts off: they have no might_sleep(), and schedule() looks at the preempt_count
 * (kernel/sched/core.c, 6.1: __schedule_bug). The kernel is silent, and they return with interrupts on. Nor does anything look whether a
 * callback in a softirq returns with interrupts off: the softirq turns them off and on itself.
 */
function isUntold({ code, diagnostic: { message, related = [] } }: Finding): boolean {
  if (code === AT_END)
    return /interrupts (are turned )?off/.test(message) && / in softirq context\b/.test(related[0]?.message ?? '');
  return code === SLEEPS && /^(msleep|usleep_range)\(\) may sleep here: called with interrupts off;/.test(message);
}
/** Whether a run can report it. kmemleak does not follow pages; a wrong mask for a slab is told only when the cache takes a new slab. */
function isCheckable(finding: Finding, text: string, highmem: boolean): boolean {
  const { code, line, diagnostic } = finding;
  // a hint is for other machines; where this one reports the same, it is found nevertheless. CONFIG_DEBUG_PREEMPT does not count CPUs
  if (diagnostic.severity === 'hint' && code !== PREEMPTIBLE) return false;
  if (!infoOf(code)?.atRunTime || code === 'gfp-not-for-slab') return false;
  if (isUntold(finding)) return false;
  const told = [diagnostic, ...(diagnostic.related ?? [])].map(({ message }) => message).join('\n');
  // a pool has a reserve; the kernel does not look at per-CPU memory, but for a free where nothing begins
  if (code === UNCHECKED && told.includes('mempool_alloc()')) return false;
  if (isBehindPool(finding, text)) return false;
  if (code !== 'double-free' && told.includes('alloc_percpu')) return false;
  if ((highmem ? WITH_KASAN : MAPPINGS).has(code)) return false;
  if (code === 'leak') return !/alloc_pages|__free_pages/.test(diagnostic.message + textOf(text, line));
  return true;
}
/** Behind a mempool_alloc() that fails, or a function that returns what it has got from one: not before the reserve is used up. */
function isBehindPool(finding: Finding, text: string): boolean {
  const getters = [...text.matchAll(/^static char \*(\w+)\(.*\)\n\{\n\tchar \*o = mempool_alloc\(/gm)].map(
    ([, name]) => name,
  );
  return isBehindFailure(finding, text, ['mempool_alloc', ...getters]);
}
/** Behind an allocation of per-CPU memory that fails: it does where the first chunk is full. */
const isBehindPercpu = (finding: Finding, text: string): boolean =>
  isBehindFailure(finding, text, ['alloc_percpu', 'alloc_percpu_gfp']);
const isBehindFailure = (
  { diagnostic: { related = [] } }: Finding,
  text: string,
  by: readonly (string | undefined)[],
): boolean =>
  related.some(({ message, span }) => {
    if (!/^'\w+' is false here$/.test(message)) return false;
    const [, name] = /= (\w+)\(/.exec(textOf(text, lineOf(text, span.start) - 1)) ?? [];
    return by.includes(name);
  });

const anyOf = (dice: Dice): Record<string, bigint> =>
  Object.fromEntries(Object.entries(INPUTS).map(([name, values]) => [name, dice.pick(values)]));
/** In every other run no allocation fails. */
const anyInputs = (dice: Dice, n: number): Inputs => ({
  ...anyOf(dice),
  ...(n % 2 === 0 ? { fail: 0n, fail_pages: 0n } : {}),
});

/** All inputs that make a difference: c2 is a condition and no number. */
function* allInputs(): Iterable<Inputs> {
  for (const c0 of [0n, 1n, 2n])
    for (const c1 of [0n, 1n, 2n])
      for (const c2 of [0n, 1n])
        for (const n0 of INPUTS.n0 ?? []) for (const mask of INPUTS.mask ?? []) yield { c0, c1, c2, n0, mask };
}

const TOLD = /^'(.*)' is (true|false) here$/;
/** Inputs with which the conditions of the finding's witness are as it says, as far as they are about inputs. */
function inputsFor(dice: Dice, { code, diagnostic }: Finding, round: number): Inputs {
  const told = (diagnostic.related ?? []).flatMap(({ message }) => {
    const [, condition, value] = TOLD.exec(message) ?? [];
    return condition !== undefined && /^[cn0-2!&|<>= ()]+$/.test(condition)
      ? [{ condition, value: value === 'true' }]
      : [];
  });
  // each allocation in turn fails
  const failing = code === UNCHECKED ? { fail: BigInt((round % 8) + 1), fail_pages: BigInt((round % 4) + 1) } : {};
  for (let n = 0; ; n++) {
    const inputs = { ...anyOf(dice), ...failing };
    if (n > 50 || told.every(({ condition, value }) => evaluated(condition, inputs) === value)) return inputs;
  }
}
function evaluated(condition: string, inputs: Inputs): boolean {
  const names = Object.keys(inputs);
  return Boolean(new Function(...names, `return (${condition})`)(...names.map((name) => Number(inputs[name]))));
}
