/**
 * The analysis compared with runs: random bodies of locks, conditions on inputs, flags and helper calls are run for every value of the
 * inputs; the sites where something slept in atomic context must be exactly those that the linter reports.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { lint } from '../../../server/language/ide/lint';

type Stmt =
  | { readonly kind: 'do'; readonly what: keyof typeof CALLS }
  | { readonly kind: 'set'; readonly to: number }
  | { readonly kind: 'if'; readonly input: number; readonly not: boolean; readonly yes: Stmts; readonly no: Stmts }
  | { readonly kind: 'return' }
  | { readonly kind: 'help'; readonly which: number; readonly give: 'flag' | 'i0' | 'i1' | '1' };
type Stmts = readonly Stmt[];
const CALLS = {
  lock: 'spin_lock(&l);',
  unlock: 'spin_unlock(&l);',
  off: 'local_irq_disable();',
  on: 'local_irq_enable();',
  reader: 'rcu_read_lock();',
  done: 'rcu_read_unlock();',
  preempt: 'preempt_disable();',
  enable: 'preempt_enable();',
  sleep: 'might_sleep();',
} as const;
/** conditions: the inputs, the flag (last) */
const INPUTS = 2;

const call = fc.constantFrom(...(Object.keys(CALLS) as (keyof typeof CALLS)[]), 'sleep' as const, 'unlock' as const);
const { body } = fc.letrec<{ body: Stmts; stmt: Stmt }>((tie) => ({
  body: fc.array(tie('stmt'), { minLength: 1, maxLength: 6, depthIdentifier: 'd' }),
  stmt: fc.oneof(
    { depthIdentifier: 'd', maxDepth: 3 },
    call.map((what): Stmt => ({ kind: 'do', what })),
    fc.record({ kind: fc.constant('set' as const), to: fc.integer({ min: 0, max: 1 }) }),
    fc.record({
      kind: fc.constant('help' as const),
      which: fc.integer({ min: 0, max: 1 }),
      give: fc.constantFrom('flag' as const, 'i0' as const, 'i1' as const, '1' as const),
    }),
    fc.record({
      kind: fc.constant('if' as const),
      input: fc.integer({ min: 0, max: INPUTS }),
      not: fc.boolean(),
      yes: tie('body'),
      no: fc.oneof(fc.constant<Stmts>([]), tie('body')),
    }),
    fc.constant<Stmt>({ kind: 'return' }),
  ),
}));
interface Scenario {
  readonly helpers: readonly Stmts[];
  readonly main: Stmts;
}
/** helpers call no helpers */
const flat = (list: Stmts): Stmts =>
  list.map((s): Stmt => {
    if (s.kind === 'help') return { kind: 'do', what: 'sleep' };
    return s.kind === 'if' ? { ...s, yes: flat(s.yes), no: flat(s.no) } : s;
  });
const scenario: fc.Arbitrary<Scenario> = fc.record({
  helpers: fc.tuple(body.map(flat), body.map(flat)),
  main: body,
});

/** The source, and the line of each statement. */
function print({ helpers, main }: Scenario): { text: string; lineOf: Map<Stmt, number> } {
  const out = ['static DEFINE_SPINLOCK(l);', 'extern int i0;', 'extern int i1;'];
  const lineOf = new Map<Stmt, number>();
  const name = (input: number): string => (input === INPUTS ? 'flag' : `i${input}`);
  const put = (list: Stmts): void => {
    for (const s of list) {
      lineOf.set(s, out.length + 1);
      if (s.kind === 'do') out.push(CALLS[s.what]);
      else if (s.kind === 'set') out.push(`flag = ${s.to};`);
      else if (s.kind === 'return') out.push('return;');
      else if (s.kind === 'help') out.push(`help${s.which}(${s.give});`);
      else {
        out.push(`if (${s.not ? '!' : ''}${name(s.input)}) {`);
        put(s.yes);
        out.push('} else {');
        put(s.no);
        out.push('}');
      }
    }
  };
  helpers.forEach((list, i) => {
    out.push(`static void help${i}(int flag)`, '{');
    put(list);
    out.push('}');
  });
  out.push('task t {', 'int flag = 0;');
  put(main);
  out.push('}', '');
  return { text: out.join('\n'), lineOf };
}

/** Lines that slept in atomic context for some value of the inputs, and the helpers that ran. */
function run(
  { helpers, main }: Scenario,
  lineOf: ReadonlyMap<Stmt, number>,
): { slept: Set<number>; entered: Set<number> } {
  const slept = new Set<number>();
  const entered = new Set<number>();
  for (let inputs = 0; inputs < 1 << INPUTS; inputs++) {
    const held = { lock: 0, reader: 0, preempt: 0, off: false };
    const body = (list: Stmts, frame: { flag: number }): boolean => {
      for (const s of list) {
        const value = (input: number): number => (input === INPUTS ? frame.flag : (inputs >> input) & 1);
        switch (s.kind) {
          case 'set':
            frame.flag = s.to;
            break;
          case 'return':
            return false;
          case 'help':
            entered.add(s.which);
            body(helpers[s.which] ?? [], {
              flag: s.give === 'flag' ? frame.flag : s.give === '1' ? 1 : value(s.give === 'i0' ? 0 : 1),
            });
            break;
          case 'if':
            if (!body((value(s.input) === 1) !== s.not ? s.yes : s.no, frame)) return false;
            break;
          case 'do':
            if (s.what === 'lock' || s.what === 'reader' || s.what === 'preempt') held[s.what]++;
            else if (s.what === 'unlock') held.lock = Math.max(0, held.lock - 1);
            else if (s.what === 'done') held.reader = Math.max(0, held.reader - 1);
            else if (s.what === 'enable') held.preempt = Math.max(0, held.preempt - 1);
            else if (s.what === 'off' || s.what === 'on') held.off = s.what === 'off';
            else if (held.lock || held.reader || held.preempt || held.off) slept.add(lineOf.get(s) ?? 0);
        }
      }
      return true;
    };
    body(main, { flag: 0 });
  }
  return { slept, entered };
}

describe('sleep-in-atomic against all runs', () => {
  it('the same sites, for every value of the inputs', () => {
    fc.assert(
      fc.property(scenario, (s) => {
        const { text, lineOf } = print(s);
        const { slept, entered } = run(s, lineOf);
        const want = [...slept].sort((a, b) => a - b);
        const { diagnostics } = lint({ path: 'random.kmem', text });
        assert.deepEqual(
          diagnostics.filter((d) => d.severity === 'error').map((d) => d.message),
          [],
          text,
        );
        const reached = diagnostics.filter((d) => d.code === 'sleep-in-atomic' && counts(entered, text, d.span.start));
        const got = reached.map((d) => text.slice(0, d.span.start).split('\n').length);
        assert.deepEqual(got, want, text);
      }),
      { numRuns: 2000, verbose: 0 },
    );
  });
});
/** A helper that never runs is analysed as an entry of its own; here only what runs counts. */
function counts(entered: ReadonlySet<number>, text: string, offset: number): boolean {
  const main = text.indexOf('task t {');
  const second = text.indexOf('static void help1');
  return offset >= main || entered.has(offset >= second ? 1 : 0);
}
