/** Stepping, breakpoints and time travel, on a scripted target. */
import assert from 'node:assert/strict';
import { Session } from '../../server/debugger/session';
import type { Stop } from '../../server/debugger/stops';
import { type FakeStep, FakeTarget } from './fakeTarget';

const TEXT = `task main {
    one();
    loop(); // a comment
    work1(); // work
    work2(); // work
    five();
}
`;
const SCRIPT: FakeStep[] = [
  { line: 1, add: 1, prints: 'hello' },
  { line: 2, add: 1 },
  { line: 3, depth: 2, add: 1 },
  { line: 4, depth: 2, add: 1 },
  { line: 2, add: 1 },
  { line: 3, depth: 2, add: 1, task: 2 },
  { line: 3, depth: 2, add: 1 },
  { line: 4, depth: 2, add: 1, report: 'BUG' },
  { line: 2, add: 1 },
  { line: 5, add: 1, prints: 'bye' },
];
const make = (script = SCRIPT) => new Session(new FakeTarget(TEXT, script));
const value = (s: Session) => s.evaluate('counter', undefined).value;
const line = (s: Session) => (s.moment.statement < 0 ? 'end' : s.moment.statement + 1);
function step(s: Session, kind: 'in' | 'over' | 'out' | 'back') {
  s.beginStep(kind, 1, 'statement');
  return s.run();
}
const cont = (s: Session) => {
  s.beginContinue();
  return s.run();
};
const reverse = (s: Session) => {
  s.beginReverse();
  return s.run();
};

describe('debugger session', () => {
  it('steps in, over, out and back', () => {
    const s = make();
    assert.equal(s.entry().kind, 'entry');
    assert.equal(line(s), 2);
    step(s, 'over');
    assert.deepEqual([line(s), value(s)], [3, '1']);
    step(s, 'in');
    assert.deepEqual([line(s), value(s)], [4, '2']);
    step(s, 'back');
    assert.deepEqual([line(s), value(s)], [3, '1']);
    step(s, 'over');
    assert.deepEqual([line(s), value(s)], [3, '4']);
    step(s, 'back');
    assert.deepEqual([line(s), value(s)], [3, '1'], 'back over the call');
    step(s, 'in');
    step(s, 'out');
    assert.deepEqual([line(s), value(s)], [3, '4']);
  });
  it('what another task does ends no step, however shallow its stack', () => {
    const script: FakeStep[] = [
      { line: 1, add: 1 },
      { line: 5, add: 1, task: 2 },
      { line: 2, add: 1 },
      { line: 3, depth: 2, add: 1 },
      { line: 5, add: 1, task: 2 },
      { line: 4, depth: 2, add: 1 },
      { line: 1, depth: 0, add: 1, task: 2 },
      { line: 5, add: 1 },
    ];
    const s = make(script);
    const check = (kind: 'in' | 'over' | 'out' | 'back', ...expected: [number, string]) => {
      assert.equal(step(s, kind).kind, 'step');
      assert.deepEqual([s.task, line(s), value(s)], [1, ...expected], `step ${kind}`);
    };
    check('over', 3, '2');
    check('in', 4, '3');
    check('in', 5, '5');
    check('back', 4, '3');
    check('out', 6, '7');
    check('back', 3, '2');
    check('over', 6, '7');
  });
  it('stops at a report in the middle of its statement, in both directions', () => {
    const s = make();
    const stop = cont(s);
    assert.equal(stop.kind, 'exception');
    assert.deepEqual([stop.description, stop.text], ['Kernel BUG', 'it failed']);
    assert.deepEqual([line(s), value(s)], [5, '8'], 'the statement has counted already');
    step(s, 'back');
    assert.deepEqual([line(s), value(s)], [5, '7'], 'back to the statement’s beginning');
    assert.equal(cont(s).kind, 'exception');
    assert.equal(cont(s).kind, 'end');
    assert.equal(value(s), '10');
    assert.equal(s.finished, true);
    assert.equal(reverse(s).kind, 'exception');
    assert.equal(value(s), '8');
    assert.equal(reverse(s).kind, 'start');
    assert.deepEqual([line(s), value(s)], [2, '0']);
    s.breakpoints.exceptions.clear();
    assert.equal(cont(s).kind, 'end');
  });
  it('a step back goes over a report to the beginning of its statement', () => {
    const s = make([{ line: 1, add: 1 }, { line: 2, add: 1, report: 'BUG' }, { line: 5 }]);
    s.breakpoints.exceptions.clear();
    cont(s);
    s.breakpoints.exceptions = new Map([['bug', '']]);
    step(s, 'back');
    const kinds = [step(s, 'back'), step(s, 'back')].map((stop) => stop.kind);
    assert.deepEqual([kinds, line(s), value(s)], [['step', 'step'], 2, '0']);
  });
  it('an exception filter stops where its condition holds', () => {
    const script: FakeStep[] = [
      { line: 1, add: 1, report: 'BUG' },
      { line: 2, add: 1, report: 'BUG' },
      { line: 1, add: 1, report: 'expect' },
      { line: 2, add: 1, report: 'BUG' },
      { line: 5, add: 1 },
    ];
    const s = make(script);
    const values = (move: (s: Session) => Stop) => {
      const found: string[] = [];
      for (let stop = move(s); stop.kind !== 'end' && stop.kind !== 'start'; stop = move(s))
        found.push(`${stop.kind} ${value(s)}`);
      return found;
    };
    s.breakpoints.exceptions = new Map([['bug', 'counter > 1']]);
    assert.deepEqual(values(cont), ['exception 2', 'exception 4']);
    assert.deepEqual(values(reverse), ['exception 4', 'exception 2']);
    s.breakpoints.exceptions = new Map([
      ['bug', 'counter == 4'],
      ['expect', ''],
    ]);
    assert.deepEqual(values(cont), ['exception 3', 'exception 4']);
  });
  it('a statement that writes and is reported stops for both, in either direction', () => {
    const s = make([{ line: 1 }, { line: 2, add: 1, report: 'BUG' }, { line: 5 }]);
    const { counter } = s.target as FakeTarget;
    s.breakpoints.setData([{ address: counter, length: 4, name: 'counter' }]);
    const kinds = (move: (s: Session) => Stop) => [move(s), move(s), move(s)].map((stop) => stop.kind);
    assert.deepEqual(kinds(cont), ['exception', 'data breakpoint', 'end']);
    assert.deepEqual(kinds(reverse), ['exception', 'data breakpoint', 'start']);
  });
  it('line breakpoints: snapping, conditions, hit counts, both directions', () => {
    const s = make();
    s.breakpoints.exceptions.clear();
    const [b] = s.breakpoints.setLines(0, [{ line: 3, hitCondition: '% 2' }]);
    assert.deepEqual(b?.statements, [2]);
    assert.equal(cont(s).kind, 'breakpoint');
    assert.equal(value(s), '4');
    assert.equal(cont(s).kind, 'end');
    assert.equal(reverse(s).kind, 'breakpoint');
    assert.equal(value(s), '4');
    s.breakpoints.setLines(0, [{ line: 3, condition: 'counter > 5' }]);
    assert.equal(cont(s).description, 'breakpoint');
    assert.equal(value(s), '8');
    s.breakpoints.setLines(0, [{ line: 3, condition: 'no such thing' }]);
    assert.equal(reverse(s).kind, 'breakpoint');
    assert.match(s.takeOutput()[0]?.text ?? '', /no such thing: no such thing is not declared/);
    const [bad, none] = s.breakpoints.setLines(0, [{ line: 3, hitCondition: 'often' }, { line: 99 }]);
    assert.match(bad?.message ?? '', /"often" is not a hit count/);
    assert.match(none?.message ?? '', /no statement/);
  });
  it('log points print their message once', () => {
    const s = make();
    s.breakpoints.exceptions.clear();
    s.breakpoints.setLines(0, [{ line: 3, logMessage: 'n={counter} {{x}} {counter,x} {oops}' }]);
    assert.equal(cont(s).kind, 'end');
    assert.equal(s.takeOutput()[0]?.text, 'n=1 {x} 0x1 <oops is not declared>\n');
    assert.equal(reverse(s).kind, 'start');
    assert.deepEqual(s.takeOutput(), []);
  });
  it('function breakpoints stop at the entry, or before calls of the kernel’s functions', () => {
    const s = make();
    s.breakpoints.exceptions.clear();
    s.breakpoints.setFunctions([{ name: 'work' }]);
    assert.equal(cont(s).kind, 'function breakpoint');
    assert.equal(line(s), 4);
    const [, five, nothing] = s.breakpoints.setFunctions([{ name: 'main' }, { name: 'five' }, { name: 'zzz' }]);
    assert.equal(nothing?.statements.length, 0);
    assert.deepEqual(five?.statements, [5]);
    cont(s);
    assert.equal(line(s), 6);
  });
  it('data breakpoints find the writer, forwards and backwards', () => {
    const s = make();
    const { counter } = s.target as FakeTarget;
    s.breakpoints.setData([{ address: counter, length: 4, name: 'counter', condition: 'counter == 3' }]);
    assert.match(cont(s).text ?? '', /counter: 2 → 3, written by line 4/);
    s.breakpoints.setData([{ address: counter, length: 4, name: 'counter' }]);
    const stop = reverse(s);
    assert.equal(stop.kind, 'data breakpoint');
    assert.match(stop.text ?? '', /written by line 4; it is 2 before/);
    assert.match(reverse(s).text ?? '', /written by line 3; it is 1 before/);
    assert.match(reverse(s).text ?? '', /written by line 2; it is 0 before/);
    assert.equal(reverse(s).kind, 'start');
  });
  it('the log comes once, whatever way one walks', () => {
    const s = make();
    s.breakpoints.exceptions.clear();
    cont(s);
    assert.deepEqual(
      s.takeLog().map((e) => e.text),
      ['hello', 'it failed', 'bye'],
    );
    reverse(s);
    cont(s);
    assert.deepEqual(s.takeLog(), []);
  });
  it('a change cuts the future, is a moment of its own, and running on takes it', () => {
    const s = make();
    s.breakpoints.exceptions.clear();
    cont(s);
    s.takeLog();
    reverse(s);
    step(s, 'over');
    const location = s.evaluate('counter', undefined).location;
    assert.ok(location);
    s.assign(location, '100', undefined);
    assert.equal(value(s), '100');
    assert.equal(line(s), 3);
    assert.equal(s.timeline.live, true);
    step(s, 'over');
    assert.equal(value(s), '103');
    step(s, 'back');
    assert.deepEqual([line(s), value(s)], [3, '100']);
    step(s, 'back');
    assert.deepEqual([line(s), value(s)], [3, '1'], 'before the change');
    cont(s);
    assert.equal(value(s), '109');
    assert.deepEqual(
      s.takeLog().map((e) => e.text),
      ['it failed', 'bye'],
      'what ran anew printed anew',
    );
    assert.throws(() => s.assign(location, '99999999999', undefined), /does not fit into int/);
  });
  it('hits are counted anew where the future is another one', () => {
    const s = make();
    s.breakpoints.exceptions.clear();
    const hit = () => {
      const stop = cont(s);
      return stop.kind === 'end' ? 'end' : `${stop.description}, counter ${value(s)}`;
    };
    s.breakpoints.setLines(0, [{ line: 3, condition: 'counter > 3', hitCondition: '>= 1' }]);
    assert.deepEqual([hit(), hit(), hit()], ['breakpoint, hit 1, counter 4', 'breakpoint, hit 2, counter 8', 'end']);
    s.timeline.goTo(s.timeline.first);
    const { location } = s.evaluate('counter', undefined);
    assert.ok(location);
    s.assign(location, '10', undefined);
    assert.deepEqual(
      [hit(), hit(), hit()],
      ['breakpoint, hit 1, counter 11', 'breakpoint, hit 2, counter 14', 'breakpoint, hit 3, counter 18'],
    );
  });
  it('watching changes nothing', () => {
    const s = make();
    const { mem } = s.target.kernel;
    const before = [mem.hash(), mem.journal.end, mem.journal.marks.end];
    s.evaluate('counter', undefined);
    s.evaluate('counter,x', undefined);
    assert.throws(() => s.evaluate('counter = 3', undefined));
    assert.deepEqual([mem.hash(), mem.journal.end, mem.journal.marks.end], before);
  });
  it('any walk shows the same moments', () => {
    const s = make();
    s.breakpoints.exceptions.clear();
    const seen = new Map<number, string>();
    seen.set(s.moment.mark, s.target.kernel.mem.hash());
    while (s.timeline.forward()) seen.set(s.moment.mark, s.target.kernel.mem.hash());
    let x = 12345;
    for (let i = 0; i < 200; i++) {
      x = (Math.imul(x, 1103515245) + 12345) >>> 0;
      const { timeline } = s;
      if (x & 0x10000) timeline.goTo(Math.max(timeline.first, timeline.lastMoment(s.moment.mark - 1)));
      else timeline.forward();
      assert.equal(s.target.kernel.mem.hash(), seen.get(s.moment.mark));
    }
  });
});
