/** A run as a trace: its lanes, counters and events, and that their figures are those of the machine. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { TRACE_ANSWER } from '../../../server/debugger/inspector/shapes/tracePart';
import { RunTrace } from '../../../server/debugger/inspector/trace/runTrace';
import { type TraceEvent, TraceText } from '../../../server/debugger/inspector/trace/traceEvents';
import { traceParts } from '../../../server/debugger/inspector/trace/traceParts';
import { loadScenario } from '../../../server/debugger/load';
import type { Session } from '../../../server/debugger/session';
import { NR_FREE_PAGES } from '../../../server/kernel/mm/zone';
import { generateScenario } from '../../generate';
import { askingOf } from './randomMoments';
import { type Imported, imported } from './traceImport';

const EXAMPLES = join(__dirname, '../../../examples');

interface Trace {
  readonly traceEvents: readonly TraceEvent[];
  readonly otherData: Readonly<Record<string, number | string>>;
}
/** Runs a scenario to its end; the trace follows after every so many statements. */
function traced(text: string, every: number, budget = {}): { session: Session; text: string; trace: Trace } {
  const loaded = loadScenario('/s.kmem', text, { trace: 'allocations', budget });
  if ('problems' in loaded) assert.fail(loaded.problems.map((p) => p.text).join('\n'));
  const { session } = loaded;
  const pieces: string[] = [];
  const out = new TraceText((piece) => pieces.push(piece));
  const run = new RunTrace(session, (event) => out.add(event));
  for (let n = 1; !session.target.ended; n++) {
    session.target.step();
    if (n % every === 0) run.advance();
  }
  out.end(run.finish());
  return { session, text: pieces.join(''), trace: JSON.parse(pieces.join('')) };
}
/** What must hold of any trace: Perfetto takes all of it, and shows it as it was meant. */
function wellFormed(text: string): Imported {
  const all = imported(text);
  assert.deepEqual(all.problems, []);
  // contexts and what is off come one after the other; an instant lies in a context
  for (const { name, slices } of all.threads.values())
    for (const { slice, depth } of slices)
      assert.ok(
        depth <= (slice.to === slice.from ? 16 : 0),
        `${slice.name} at ${slice.from} ns lies ${depth} deep in ${name}`,
      );
  for (const [name, points] of all.counters)
    points.forEach(({ at }, i) => {
      assert.ok(at >= (points[i - 1]?.at ?? 0), name);
    });
  return all;
}
/** The events of some kinds as a text, in the order of their moments. */
function check(text: string, kinds: string, expected: readonly string[], machine = 'cpus = 1;'): void {
  const { trace, text: json } = traced(`machine { memory = 64M; config KASAN = n; ${machine} }\n${text}`, 3);
  wellFormed(json);
  const shown = trace.traceEvents
    .filter(({ ph, cat }) => kinds.includes(ph) && cat !== 'off')
    .sort((a, b) => (a.ts ?? 0) - (b.ts ?? 0))
    .map(({ ph, tid, name, cat, args = {} }) => {
      const { line, allocated, failed, blocks } = args;
      const details = [
        line === undefined ? '' : `:${line}`,
        allocated === undefined ? '' : ` ${allocated}`,
        failed ?? '',
        blocks === undefined ? '' : ` x${blocks}`,
      ];
      return `${ph} ${tid} ${cat} ${name}${details.join('')}`;
    });
  assert.deepEqual(shown, expected, text);
}

describe('a run as a trace', () => {
  it('contexts', () => {
    check('static int n;\nirq card { n++; }\ntask main { sim_raise(card); }', 'X', [
      'X 1 task main:4',
      'X 1 hardirq card:3',
      'X 1 task main',
    ]);
    check('task a { jiffies; }\ntask b { jiffies; }', 'X', ['X 1 task a:2', 'X 5 task b:3'], 'cpus = 2;');
  });
  it('locks', () => {
    check(
      'static DEFINE_SPINLOCK(a);\nstatic DEFINE_SPINLOCK(b);\ntask main {\n\tspin_lock(&a);\n\tspin_lock(&b);\n\tspin_unlock(&a);\n\tspin_unlock(&b);\n}',
      'be',
      ['b 1 lock a:5', 'b 1 lock b:6', 'e 1 lock a', 'e 1 lock b'],
    );
  });
  it('allocations, failures and reports', () => {
    check(
      'task main {\n\tvoid *o = kmalloc(100, GFP_KERNEL);\n\tstruct page *p = alloc_pages(GFP_KERNEL, 1);\n\tkfree(o);\n\t__free_pages(p, 1);\n\talloc_pages(GFP_DMA, 10);\n\tkmalloc(6000000, GFP_KERNEL);\n}',
      'i',
      [
        'i 1 allocation kmalloc:3 128',
        'i 1 allocation alloc_pages:4 8192',
        'i 1 free kfree:5',
        'i 1 free __free_pages:6',
        'i 1 allocation alloc_pages:7 4194304',
        'i 1 WARN WARNING: CPU: 0 PID: 12 at mm/page_alloc.c:5634 __alloc_pages+0x26/0x30:8',
        'i 1 allocation kmalloc failed:8 8388608',
      ],
    );
  });
  it('the pages of one call are one instant, with their number; a statement that writes more than it has nanoseconds keeps its order', () => {
    check(
      'task main {\n\tvoid *a = vmalloc(2000 * PAGE_SIZE);\n\tvfree(a);\n}',
      'i',
      [
        // a page for its table, 2000 of its own, and what describes the area
        // structures of two areas, of which one is for the table of the other's pages; 2000 pages, and 3 of page tables
        'i 1 memory of an allocator vmalloc:3 64',
        'i 1 memory of an allocator vmalloc:3 128 x2',
        'i 1 memory of an allocator vmalloc:3 64',
        'i 1 memory of an allocator vmalloc:3 64',
        'i 1 memory of an allocator vmalloc:3 32',
        'i 1 memory of an allocator vmalloc:3 20480 x5',
        'i 1 allocation vmalloc:3 16384',
        'i 1 memory of an allocator vmalloc:3 8204288 x2003',
        'i 1 allocation vmalloc:3 8192000',
        'i 1 free vfree:4',
        'i 1 memory of an allocator vfree:4 x2001',
        'i 1 free vfree:4',
        'i 1 memory of an allocator vfree:4 x7',
      ],
      'cpus = 1;',
    );
  });
  it('an importer that drops and stacks as Perfetto does notices', () => {
    const problems = (...events: object[]): string => {
      const all = [
        { ph: 'M', pid: 1, name: 'process_name', args: { name: 'p' } },
        ...[1, 2].map((tid) => ({ ph: 'M', pid: 1, tid, name: 'thread_name', args: { name: `t${tid}` } })),
        ...events,
      ];
      return imported(JSON.stringify({ displayTimeUnit: 'ns', traceEvents: all })).problems.join('; ');
    };
    const slice = { ph: 'X', pid: 1, tid: 1, name: 'a', ts: 1, dur: 2 };
    assert.equal(problems(slice, { ...slice, ts: 3 }, { ...slice, ts: 1.5, dur: 1 }, { ...slice, tid: 2, ts: 2 }), '');
    assert.match(
      problems(slice, { ...slice, name: 'b', ts: 2.999 }),
      /^b at 2999 ns overlaps a, which ends at 3000: dropped$/,
    );
    assert.match(
      problems(...Array.from({ length: 600 }, () => ({ ph: 'i', s: 't', pid: 1, tid: 1, name: 'i', ts: 1 }))),
      /lies too deep/,
    );
    const lock = { ph: 'b', pid: 1, name: 'l', cat: 'lock', id: 1, ts: 1 };
    assert.match(problems(lock), /l never ends/);
    assert.match(problems({ ...lock, ph: 'e' }), /an end without beginning/);
    assert.match(problems({ ...slice, tid: 7 }), /thread 7 has no name/);
    assert.match(problems({ ...slice, ts: undefined }), /without time/);
    assert.match(problems({ ph: 'C', pid: 1, name: 'c', ts: 1, args: { n: '1' } }), /n is not a number/);
  });
  it('what was dropped before it was followed is told', () => {
    const text = 'machine { memory = 64M; cpus = 1; } static int n; task main { for (n = 0; n < 60000; n++); }';
    const { trace, session, text: json } = traced(text, 1e9, { memoryBytes: 6 << 20 });
    wellFormed(json);
    assert.ok(session.timeline.horizon > 0);
    assert.equal(trace.otherData.dropped, session.timeline.horizon);
    assert.equal(traced(text, 1000, { memoryBytes: 6 << 20 }).trace.otherData.dropped, 0);
  });
  it('time is the emulated one', () => {
    const { trace, session } = traced(
      'machine { memory = 64M; cpus = 1; } task main { int i; msleep(50); for (i = 0; i < 1000; i++); kmalloc(8, GFP_KERNEL); }',
      5,
    );
    const at = trace.traceEvents.find(({ name }) => name === 'kmalloc')?.ts ?? 0;
    // nothing runs behind it: the clock has stayed there
    const wanted = session.target.log.origin.seconds() * 1e6;
    // within the statement, which takes 4 µs
    assert.ok(wanted > 50_000 && at >= wanted && at < wanted + 4, `${at} and ${wanted} µs`);
  });
  it('random scenarios: well-formed, the same each time and however often it follows, with the figures of the machine', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const text = generateScenario(seed);
      const { session, trace, text: whole } = traced(text, 7);
      wellFormed(whole);
      assert.equal(traced(text, 7).text, whole, `seed ${seed}`);
      const sorted = (t: Trace) => t.traceEvents.map((event) => JSON.stringify({ ...event, id: 0 })).sort();
      assert.deepEqual(sorted(traced(text, 1000).trace), sorted(trace), `seed ${seed}`);
      const { kernel } = session.target;
      for (const zone of kernel.zones.filter(({ populated }) => populated)) {
        const last = trace.traceEvents.findLast(
          ({ ph, name }) => ph === 'C' && name === `pages, node ${zone.node} ${zone.name}`,
        );
        assert.equal(last?.args?.free, zone.vmStatSnapshot(NR_FREE_PAGES), `seed ${seed}, ${zone.name}`);
      }
      const nanoseconds = Math.max(...trace.traceEvents.map(({ ts = 0, dur = 0 }) => (ts + dur) * 1000));
      assert.ok(nanoseconds <= session.target.log.origin.seconds() * 1e9 + 1e6, `seed ${seed}`);
    }
  });
  for (const file of readdirSync(EXAMPLES).filter((name) => name.endsWith('.kmem')))
    it(`Perfetto takes all of ${file}`, () => {
      const { threads } = wellFormed(traced(readFileSync(join(EXAMPLES, file), 'utf8'), 100).text);
      assert.ok((threads.get(1)?.slices.length ?? 0) > 0);
    });
  const partsOf = (session: Session): string => {
    const texts: string[] = [];
    for (let part = 0, more = true; more; part++) {
      const answer = v.parse(TRACE_ANSWER, traceParts(askingOf(session), { part }));
      assert.ok(JSON.stringify(answer).length <= 100_000);
      assert.ok(answer.at <= answer.end && answer.more === answer.text.length >= 60_000);
      more = answer.more;
      texts.push(answer.text);
    }
    return texts.join('');
  };
  const events = (json: string) =>
    (JSON.parse(json) as Trace).traceEvents.map((event) => JSON.stringify({ ...event, id: 0 })).sort();
  it('in parts, wherever the debugger is; from the start again when the run has gone on', () => {
    const { session, text } = traced(generateScenario(3), 1e9);
    assert.equal(partsOf(session), text);
    const { mem } = session.target.kernel;
    session.timeline.goTo(session.timeline.first + 5);
    const before = [mem.hash(), mem.journal.end, mem.journal.position];
    assert.deepEqual(events(partsOf(session)), events(text));
    assert.deepEqual([mem.hash(), mem.journal.end, mem.journal.position], before);
    assert.throws(() => traceParts(askingOf(session), { part: 999 }), /there is no part 999/);
    session.timeline.cut();
    session.timeline.forward();
    assert.throws(() => traceParts(askingOf(session), { part: 1 }), /ask for part 0/);
  });
  it('parts come one after the other, the last one again; a long run is made while it is asked for', () => {
    const text =
      'machine { memory = 64M; cpus = 1; config KASAN = n; } task main { int i; vfree(vmalloc(9000 * PAGE_SIZE)); for (i = 0; i < 4000; i++) kfree(kmalloc(64, GFP_KERNEL)); }';
    const { session, text: whole } = traced(text, 1e9);
    const ask = (part: number) => traceParts(askingOf(session), { part });
    assert.throws(() => ask(1), /ask for part 0/);
    const first = ask(0);
    assert.ok(first.at < first.end, 'not all of the run has been followed');
    assert.deepEqual(ask(0), first);
    assert.throws(() => ask(2), /part by part: 1 comes next, not 2/);
    assert.notEqual(ask(1).text, first.text);
    assert.equal(ask(1).text, ask(1).text);
    const parts = partsOf(session);
    wellFormed(parts);
    assert.deepEqual(events(parts), events(whole));
  });
});
