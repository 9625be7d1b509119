/**
 * Where a session stops depends on the program and its breakpoints, not on the way one came: forwards, backwards, from anywhere, with
 * breakpoints set before or afterwards, the stops are the same. On generated scenarios and random breakpoints.
 */
import assert from 'node:assert/strict';
import { loadScenario } from '../../server/debugger/load';
import type { Session } from '../../server/debugger/session';
import type { Stop } from '../../server/debugger/stops';
import type { Budget } from '../../server/memory/journal';
import { Dice, generateScenario } from '../generate';

const SCENARIOS = Math.max(40, Number(process.env.KMEM_SCENARIOS ?? 0));

function load(text: string, budget: Budget = {}): Session {
  const loaded = loadScenario('/generated.kmem', text, { budget });
  if ('problems' in loaded) throw new Error(`${loaded.problems.join('\n')}\n${text}`);
  return loaded.session;
}
/** A generated scenario in which some expectations fail. */
const faulty = (seed: number): string =>
  generateScenario(seed)
    .replace('\tmixed = (mixed', '\texpect(mixed % 5 != 2);\n\tmixed = (mixed')
    .replaceAll('mix(rounds);', 'mix(rounds); expect(rounds % 3); expect(rounds % 4 != 1);');

interface Wanted {
  readonly kind: 'line' | 'function' | 'data';
  readonly what: string;
  readonly condition?: string;
  readonly hitCondition?: string;
}
interface Plan {
  readonly breakpoints: readonly Wanted[];
  /** filter → condition */
  readonly exceptions: ReadonlyMap<string, string>;
}
const CONDITIONS = [
  'rounds % 3 == 1',
  'pages > 2',
  'mixed % 4 == 1',
  'current->pid % 2',
  'i == 1',
  'no_such',
  'box[1].page',
];
const HITS = ['3', '== 2', '% 2', '% 3', '>= 2', '> 4', '< 3', '<= 1'];

function plan(dice: Dice, text: string): Plan {
  const options = () => ({
    ...(dice.below(3) === 0 ? { condition: dice.pick(CONDITIONS) } : {}),
    ...(dice.below(2) ? { hitCondition: dice.pick(HITS) } : {}),
  });
  const lines = text.split('\n').flatMap((line, i) => (/^\t.*;$/.test(line) ? [String(i + 1)] : []));
  const breakpoints: Wanted[] = [];
  for (let n = 2 + dice.below(5); n > 0; n--) breakpoints.push({ kind: 'line', what: dice.pick(lines), ...options() });
  for (let n = dice.below(3); n > 0; n--)
    breakpoints.push({
      kind: 'function',
      what: dice.pick(['fill', 'drain', 'fib', 'mix', 't0', 'alloc_pages']),
      ...options(),
    });
  for (let n = dice.below(4); n > 0; n--)
    breakpoints.push({
      kind: 'data',
      what: dice.pick(['rounds', 'pages', 'mixed', 'box', 'box[1].page']),
      ...options(),
    });
  const exceptions = new Map(dice.below(3) ? [['expect', dice.pick(['', '', ...CONDITIONS])]] : []);
  return { breakpoints, exceptions };
}
/** Sets the breakpoints of a plan; what an id stands for. */
function set(s: Session, { breakpoints, exceptions }: Plan): Map<number, Wanted> {
  const of = (kind: Wanted['kind']) => breakpoints.filter((b) => b.kind === kind);
  const ids = new Map<number, Wanted>();
  const named = (made: readonly { id: number }[], wanted: readonly Wanted[]) => {
    for (const [i, { id }] of made.entries()) ids.set(id, wanted[i] as Wanted);
  };
  const [lines, functions, data] = [of('line'), of('function'), of('data')];
  named(
    s.breakpoints.setLines(
      0,
      lines.map((b) => ({ ...b, line: Number(b.what) })),
    ),
    lines,
  );
  named(s.breakpoints.setFunctions(functions.map((b) => ({ ...b, name: b.what }))), functions);
  const places = data.map((b) => {
    const { address = 0, type } = s.target.evaluate(b.what, undefined);
    return { ...b, name: b.what, address, length: 'size' in type ? type.size : 64 };
  });
  named(s.breakpoints.setData(places), data);
  s.breakpoints.exceptions = new Map(exceptions);
  return ids;
}

/** A stop: where on the way, and what it is for, in words that don't depend on the direction. */
interface Seen {
  /** mark of the moment; a report is half a mark after the moment of its statement */
  readonly at: number;
  readonly events: readonly string[];
}
function seen(s: Session, stop: Stop, ids: ReadonlyMap<number, Wanted>, back: boolean): Seen {
  const { mark } = s.moment;
  if (stop.report)
    return { at: mark + 0.5, events: [`report ${stop.report.entry.position} ${stop.report.entry.text}`] };
  const statement = back ? mark : s.timeline.lastMoment(mark - 1);
  const events = (stop.breakpoints ?? []).map((id) => {
    const b = ids.get(id);
    assert.ok(b, `breakpoint ${id}`);
    const name = `${b.kind} ${b.what} if ${b.condition} hit ${b.hitCondition}`;
    return b.kind === 'data' ? `${name}, written by ${statement}` : `${name} at ${mark}`;
  });
  return { at: mark, events };
}
function go(s: Session, ids: ReadonlyMap<number, Wanted>, back: boolean): Seen | undefined {
  if (back) s.beginReverse();
  else s.beginContinue();
  const stop = s.run();
  return stop.kind === 'end' || stop.kind === 'start' ? undefined : seen(s, stop, ids, back);
}
/** All stops of one direction, from where the session is. */
function all(s: Session, ids: ReadonlyMap<number, Wanted>, back: boolean): Seen[] {
  const found: Seen[] = [];
  for (let next = go(s, ids, back); next; next = go(s, ids, back)) {
    found.push(next);
    assert.ok(found.length < 20_000, `no end: ${JSON.stringify(found.slice(-3))} back ${back}`);
  }
  return found;
}
const events = (stops: readonly Seen[]) => stops.flatMap((s) => s.events).sort();

function check(seed: number): number {
  const dice = new Dice(seed);
  const text = faulty(seed);
  const wanted = plan(dice, text);

  // straight on, from the first statement
  const s = load(text);
  const ids = set(s, wanted);
  s.beginRun();
  const first = s.run();
  const forward = first.kind === 'end' ? [] : [seen(s, first, ids, false), ...all(s, ids, false)];
  const backward = all(s, ids, true);
  assert.deepEqual(events(backward), events(forward), 'backwards');
  // the entry itself is not met by going on from it
  const start = s.timeline.first;
  const later = forward.filter((f) => f.at > start);
  assert.deepEqual(all(s, ids, false), later, 'forwards again');

  // from anywhere
  const end = s.moment.mark;
  for (let n = 0; n < 12; n++) {
    const mark = s.timeline.nextMoment(start + dice.below(Math.max(1, end - start)));
    s.timeline.goTo(mark);
    if (dice.below(2))
      assert.deepEqual(
        go(s, ids, false),
        forward.find((f) => f.at > mark),
        `on from ${mark}`,
      );
    else
      assert.deepEqual(
        go(s, ids, true),
        backward.find((b) => b.at < mark),
        `back from ${mark}`,
      );
  }

  // set at the end, all at once; other breakpoints come and go
  const late = load(text);
  late.breakpoints.exceptions.clear();
  late.beginContinue();
  late.run();
  const lateIds = set(late, wanted);
  assert.deepEqual(all(late, lateIds, true), backward, 'set at the end');
  const other: Wanted = { kind: 'line', what: '1', hitCondition: '100000' };
  const changed: Seen[] = [];
  for (let next = go(late, lateIds, false); next; next = go(late, lateIds, false)) {
    changed.push(next);
    const more = dice.below(2) ? [other, ...wanted.breakpoints] : [...wanted.breakpoints, other];
    const again = set(late, { ...wanted, breakpoints: dice.below(2) ? more : wanted.breakpoints });
    for (const [id, b] of again) if (b !== other) assert.equal(lateIds.get(id), b, 'ids stay');
  }
  assert.deepEqual(changed, later, 'with changes of others');

  // cut off and run again
  const restart = s.timeline.nextMoment(start + dice.below(Math.max(1, end - start)));
  s.timeline.goTo(restart);
  const { location } = s.evaluate('pages', undefined);
  assert.ok(location);
  s.assign(location, '7', undefined);
  const anew = all(s, ids, false);
  const before = backward.filter((b) => b.at <= restart).flatMap((b) => b.events);
  const kept = before.filter((event) => !event.endsWith(`written by ${restart}`));
  assert.deepEqual(events(all(s, ids, true)), [...kept, ...events(anew)].sort(), `after a change at mark ${restart}`);
  return forward.length;
}

describe('stops do not depend on the way', function () {
  this.timeout(120_000);
  it(`${SCENARIOS} generated scenarios with random breakpoints`, () => {
    let stops = 0;
    for (let seed = 1; seed <= SCENARIOS; seed++) {
      try {
        stops += check(seed);
      } catch (error) {
        if (error instanceof Error) error.message = `seed ${seed}: ${error.message}`;
        throw error;
      }
    }
    assert.ok(stops > SCENARIOS * 5, `only ${stops} stops`);
  });
});

const LOOP = `machine { memory = 64M; cpus = 1; }
static unsigned long n;
static unsigned long rare;
task main {
	for (n = 0; n < 60000; n++) {
		if (n % 1000 == 999)
			rare++;
	}
}
`;
const lineOf = (part: string) => LOOP.slice(0, LOOP.indexOf(part)).split('\n').length;

describe('stops over a long past', function () {
  this.timeout(60_000);
  const data = (s: Session, what: string, options: object) => {
    const { address = 0 } = s.target.evaluate(what, undefined);
    return s.breakpoints.setData([{ address, length: 8, name: what, ...options }]);
  };
  const stops = (s: Session, back: boolean) => {
    const found: string[] = [];
    for (;;) {
      if (back) s.beginReverse();
      else s.beginContinue();
      const stop = s.run();
      if (stop.kind === 'end' || stop.kind === 'start') return found;
      found.push(
        `${s.evaluate('n', undefined).value} ${s.evaluate('rare', undefined).value} ${stop.text ?? stop.description}`,
      );
    }
  };
  it('counts stay when the horizon moves up', () => {
    const s = load(LOOP, { memoryBytes: 5 << 20 });
    s.breakpoints.setLines(0, [{ line: lineOf('if (n'), hitCondition: '% 1000' }]);
    const forward = stops(s, false);
    assert.equal(forward.length, 60);
    assert.deepEqual([forward[0], forward.at(-1)], ['999 0 breakpoint, hit 1000', '59999 59 breakpoint, hit 60000']);
    const back = stops(s, true);
    assert.ok(back.length > 3 && back.length < 50, `${back.length} are still within reach`);
    assert.deepEqual(back, forward.reverse().slice(0, back.length));
    assert.deepEqual(stops(s, false), back.reverse());
    s.breakpoints.setLines(0, []);
    s.beginReverse();
    const oldest = s.run();
    assert.deepEqual([oldest.kind, oldest.description], ['start', 'the oldest recorded moment']);
    assert.match(oldest.text ?? '', /memoryBudgetMB/);
  });
  it('counts from the horizon for a breakpoint that is set later', () => {
    const s = load(LOOP, { memoryBytes: 5 << 20 });
    stops(s, false);
    s.breakpoints.setLines(0, [{ line: lineOf('if (n'), hitCondition: '% 500', condition: 'n % 2' }]);
    const back = stops(s, true);
    assert.ok(back.length > 5);
    assert.match(back.at(-1) ?? '', /breakpoint, hit 500$/);
    assert.deepEqual(stops(s, false), back.reverse());
  });
  it('data breakpoints: conditions and hit counts are the same in both directions, and afterwards', () => {
    const s = load(LOOP);
    data(s, 'rare', { condition: 'rare % 2 == 0', hitCondition: '% 3' });
    const forward = stops(s, false);
    assert.deepEqual(
      forward.map((f) => /rare: .*/.exec(f)?.[0]),
      Array.from({ length: 10 }, (_, i) => `rare: ${6 * i + 5} → ${6 * i + 6}, written by line ${lineOf('rare++')}`),
    );
    const back = stops(s, true);
    assert.deepEqual(
      back.map((f) => f.split(' ').slice(0, 2).join()),
      forward.reverse().map((f) =>
        f
          .split(' ')
          .slice(0, 2)
          .map((x, i) => (i ? Number(x) - 1 : x))
          .join(),
      ),
    );
    assert.equal(stops(s, false).length, 10);
    data(s, 'rare', { hitCondition: '60' });
    assert.deepEqual(stops(s, true).length, 1, 'set at the end');
  });
  it('a data breakpoint costs next to nothing until it hits, and motions back give way', () => {
    const s = load(LOOP.replace('60000', '200000'));
    const { journal } = s.target.kernel.mem;
    data(s, 'rare', { condition: 'rare == 1000' });
    const start = performance.now();
    assert.deepEqual(stops(s, false), []);
    // looking through the whole journal for each statement would take hours
    assert.ok(performance.now() - start < 15_000, `${performance.now() - start} ms`);
    assert.ok(journal.end > 1_200_000, 'a long way');
    s.beginReverse();
    let most = 0;
    for (let stop: Stop | undefined; !stop; ) {
      const { position } = journal;
      stop = s.advance(32);
      most = Math.max(most, position - journal.position);
    }
    assert.equal(s.moment.mark, s.timeline.first);
    assert.ok(most < 600_000, `memory went back over ${most} writes at once`);
  });
  it('a breakpoint on the first statement stops a run from there', () => {
    const s = load(LOOP);
    s.breakpoints.setLines(0, [{ line: lineOf('for (n') }]);
    s.beginRun();
    assert.deepEqual([s.run().kind, s.moment.mark], ['breakpoint', s.timeline.first]);
    s.breakpoints.setLines(0, []);
    s.beginContinue();
    assert.equal(s.run().kind, 'end');
    s.beginReverse();
    assert.equal(s.run().description, 'the start of the scenario');
  });
  it('pausing while hits are counted leaves the session where it was', () => {
    const s = load(LOOP);
    s.breakpoints.setLines(0, [{ line: lineOf('rare++') }]);
    for (let i = 0; i < 40; i++) {
      s.beginContinue();
      s.run();
    }
    const { mark } = s.moment;
    const hash = s.target.kernel.mem.hash();
    s.breakpoints.setLines(0, [{ line: lineOf('if (n'), condition: 'n % 7 == 1', hitCondition: '% 100' }]);
    s.beginReverse();
    assert.equal(s.advance(3), undefined);
    assert.equal(s.pause().kind, 'pause');
    assert.deepEqual([s.moment.mark, s.target.kernel.mem.hash()], [mark, hash]);
    s.beginReverse();
    assert.match(s.run().description, /hit 5700$/);
  });
});
