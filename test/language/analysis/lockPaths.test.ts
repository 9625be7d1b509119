/**
 * The rules on locks compared with runs: random bodies of locks, conditions on inputs, a flag and helpers are run for every value of the
 * inputs. The first mistake of each run is found, and nothing is found that no run does.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { lint } from '../../../server/language/ide/lint';

const CALLS = {
  lockA: ['spin_lock(&a);', 'a', 1],
  unlockA: ['spin_unlock(&a);', 'a', -1],
  lockB: ['spin_lock(&b);', 'b', 1],
  unlockB: ['spin_unlock(b_lock);', 'b', -1],
  preempt: ['preempt_disable();', 'preempt', 1],
  enable: ['preempt_enable();', 'preempt', -1],
  reader: ['rcu_read_lock();', 'rcu', 1],
  done: ['rcu_read_unlock();', 'rcu', -1],
} as const;
type What = keyof typeof CALLS;
type Stmt =
  | { readonly kind: 'do'; readonly what: What }
  | { readonly kind: 'set'; readonly to: number }
  | { readonly kind: 'if'; readonly input: number; readonly not: boolean; readonly yes: Stmts; readonly no: Stmts }
  | { readonly kind: 'return' }
  | { readonly kind: 'help'; readonly which: number; readonly give: number };
type Stmts = readonly Stmt[];
/** conditions: the inputs, the flag (last) */
const INPUTS = 2;
const HELPERS = 2;

const what = fc.constantFrom(...(Object.keys(CALLS) as What[]));
const { body } = fc.letrec<{ body: Stmts; stmt: Stmt }>((tie) => ({
  body: fc.array(tie('stmt'), { minLength: 1, maxLength: 6, depthIdentifier: 'd' }),
  stmt: fc.oneof(
    { depthIdentifier: 'd', maxDepth: 3 },
    what.map((w): Stmt => ({ kind: 'do', what: w })),
    what.map((w): Stmt => ({ kind: 'do', what: w })),
    fc.record({ kind: fc.constant('set' as const), to: fc.integer({ min: 0, max: 1 }) }),
    fc.record({
      kind: fc.constant('help' as const),
      which: fc.integer({ min: 0, max: HELPERS - 1 }),
      give: fc.integer({ min: 0, max: INPUTS }),
    }),
    fc.record({
      kind: fc.constant('if' as const),
      input: fc.integer({ min: 0, max: INPUTS }),
      not: fc.boolean(),
      yes: tie('body'),
      no: fc.oneof(fc.constant<Stmts>([]), tie('body')),
    }),
    fc.constant(0).map((): Stmt => ({ kind: 'return' })),
  ),
}));
interface Scenario {
  readonly helpers: readonly Stmts[];
  readonly main: Stmts;
}
/** helpers call no helpers */
const flat = (list: Stmts): Stmts =>
  list.flatMap((s): Stmts => {
    if (s.kind === 'help') return [];
    return s.kind === 'if' ? [{ ...s, yes: flat(s.yes), no: flat(s.no) }] : [s];
  });
const scenario: fc.Arbitrary<Scenario> = fc.record({
  helpers: fc.tuple(body.map(flat), body.map(flat)),
  main: body,
});

interface Printed {
  readonly text: string;
  readonly lineOf: ReadonlyMap<Stmt, number>;
  /** of the brace that ends the task */
  readonly end: number;
}
function print({ helpers, main }: Scenario): Printed {
  const out = ['static DEFINE_SPINLOCK(a);', 'static DEFINE_SPINLOCK(b);', 'extern int i0;', 'extern int i1;'];
  const lineOf = new Map<Stmt, number>();
  const name = (input: number): string => (input === INPUTS ? 'flag' : `i${input}`);
  const put = (list: Stmts): void => {
    for (const s of list) {
      lineOf.set(s, out.length + 1);
      if (s.kind === 'do') out.push(CALLS[s.what][0]);
      else if (s.kind === 'set') out.push(`flag = ${s.to};`);
      else if (s.kind === 'return') out.push('return;');
      else if (s.kind === 'help') out.push(`help${s.which}(${name(s.give)});`);
      else {
        out.push(`if (${s.not ? '!' : ''}${name(s.input)}) {`);
        put(s.yes);
        out.push('} else {');
        put(s.no);
        out.push('}');
      }
    }
  };
  const lock = 'spinlock_t *b_lock = &b;';
  helpers.forEach((list, i) => {
    out.push(`static void help${i}(int flag)`, '{', lock);
    put(list);
    out.push('}');
  });
  out.push('task t {', 'int flag = 0;', lock);
  put(main);
  out.push('}', '');
  return { text: out.join('\n'), lineOf, end: out.length - 1 };
}

interface Runs {
  /** the first mistake of each run */
  readonly first: Set<string>;
  /** all of them; a lock that is left held counts at the end, and where it was taken */
  readonly all: Set<string>;
  readonly entered: Set<number>;
  /** something was held more often than the analysis counts */
  deep: boolean;
}
function runAll({ helpers, main }: Scenario, { lineOf, end }: Printed): Runs {
  const runs: Runs = { first: new Set(), all: new Set(), entered: new Set(), deep: false };
  for (let inputs = 0; inputs < 1 << INPUTS; inputs++) {
    const held: { what: string; line: number }[] = [];
    let clean = true;
    const mistake = (...where: string[]): void => {
      if (clean) runs.first.add(where.join(' or '));
      clean = false;
      for (const w of where) runs.all.add(w);
    };
    const leave = (line: number): false => {
      for (const h of [...held]) mistake(`${line} lock-imbalance`, `${h.line} lock-imbalance`);
      return false;
    };
    const act = (w: What, line: number): void => {
      const [, name, by] = CALLS[w];
      const mine = held.filter((h) => h.what === name);
      if (by > 0) {
        if (mine.length > 0 && name.length === 1) mistake(`${line} double-lock`);
        held.push({ what: name, line });
        if (mine.length >= 2) runs.deep = true;
      } else if (mine.length === 0) mistake(`${line} unlock-not-held`);
      else held.splice(held.lastIndexOf(mine.at(-1) as (typeof held)[number]), 1);
    };
    const walk = (list: Stmts, frame: { flag: number }, top: boolean): boolean => {
      for (const s of list) {
        const line = lineOf.get(s) ?? 0;
        const value = (input: number): number => (input === INPUTS ? frame.flag : (inputs >> input) & 1);
        if (s.kind === 'set') frame.flag = s.to;
        else if (s.kind === 'return') return top ? leave(line) : false;
        else if (s.kind === 'do') act(s.what, line);
        else if (s.kind === 'if') {
          if (!walk((value(s.input) === 1) !== s.not ? s.yes : s.no, frame, top)) return false;
        } else {
          runs.entered.add(s.which);
          walk(helpers[s.which] ?? [], { flag: value(s.give) }, false);
        }
      }
      return true;
    };
    if (walk(main, { flag: 0 }, true)) leave(end);
  }
  return runs;
}

const CODES = new Set<string>(['double-lock', 'unlock-not-held', 'lock-imbalance']);

describe('the rules on locks against all runs', () => {
  it('the first mistake of each run, and none that no run makes', () => {
    let [mistakes, findings] = [0, 0];
    fc.assert(
      fc.property(scenario, (s) => {
        const printed = print(s);
        const { text } = printed;
        const runs = runAll(s, printed);
        if (runs.deep) return;
        const lineOf = (offset: number): number => text.slice(0, offset).split('\n').length;
        const starts = [text.indexOf('static void help0'), text.indexOf('static void help1'), text.indexOf('task t {')];
        const ran = (offset: number): boolean => {
          const i = starts.findLastIndex((start) => offset >= start);
          return i === HELPERS || runs.entered.has(i);
        };
        const found = lint({ path: 'random.kmem', text }).diagnostics.flatMap((d) =>
          CODES.has(d.code) && d.severity !== 'hint' && ran(d.span.start) ? [`${lineOf(d.span.start)} ${d.code}`] : [],
        );
        mistakes += runs.first.size;
        findings += found.length;
        for (const f of found) assert.ok(runs.all.has(f), `no run does this: ${f}\n${text}`);
        for (const first of runs.first) {
          assert.ok(
            first.split(' or ').some((w) => found.includes(w)),
            `not found: ${first}; found: ${found.join(', ')}\n${text}`,
          );
        }
      }),
      { numRuns: Number(process.env.KMEM_SCENARIOS ?? 400), verbose: 0 },
    );
    assert.ok(mistakes > 0 && findings > 0);
  }).timeout(120_000);
});
