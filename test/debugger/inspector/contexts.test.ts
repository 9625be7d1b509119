/** The inspector's lanes: what ran on each CPU, what was off, which locks were held, what was allocated. */
import assert from 'node:assert/strict';
import * as v from 'valibot';
import { contexts } from '../../../server/debugger/inspector/contexts/cpuLanes';
import {
  CONTEXTS_ANSWER,
  CONTEXTS_QUESTION,
  type ContextsAnswer,
  type ContextsQuestion,
  type Lane,
} from '../../../server/debugger/inspector/shapes/cpuContexts';
import { loadScenario } from '../../../server/debugger/load';
import type { Session } from '../../../server/debugger/session';
import {
  HARDIRQ_MASK,
  NMI_MASK,
  PREEMPT_MASK,
  SOFTIRQ_DISABLE_OFFSET,
  SOFTIRQ_MASK,
  SOFTIRQ_OFFSET,
} from '../../../server/kernel/sched/preempt_mask';
import { askingOf, atRandomMoments } from './randomMoments';

function run(text: string): Session {
  const loaded = loadScenario('/s.kmem', text, { trace: 'allocations' });
  if ('problems' in loaded) assert.fail(loaded.problems.map((p) => p.text).join('\n'));
  const { session } = loaded;
  while (session.timeline.forward());
  return session;
}
/** The answer, through its schemas. Looking changes nothing, and moves nothing. */
function ask(session: Session, question: ContextsQuestion = {}): ContextsAnswer {
  const { mem } = session.target.kernel;
  const before = [mem.hash(), mem.journal.end, mem.journal.position];
  const answer = contexts(askingOf(session), v.parse(CONTEXTS_QUESTION, question));
  assert.deepEqual([mem.hash(), mem.journal.end, mem.journal.position], before);
  const bytes = JSON.stringify(answer).length;
  assert.ok(bytes <= 100_000, `${bytes} bytes`);
  return v.parse(CONTEXTS_ANSWER, answer);
}
const at = (line: number | undefined): string => (line === undefined ? '' : `:${line}`);
const runsOf = ({ runs }: Lane): string =>
  runs.map(({ kind, name, line }) => (kind === 'idle' ? 'idle' : `${kind} ${name}${at(line)}`)).join(', ');
const offOf = ({ off }: Lane): string =>
  off
    .filter(({ line }) => line !== undefined)
    .map(({ what, line }) => `${what}${at(line)}`)
    .join(', ');
const locksOf = ({ locks }: Lane): string =>
  locks.map(({ name, kind, waits, line }) => `${waits ? 'waits for ' : ''}${kind} ${name}${at(line)}`).join(', ');
const allocationsOf = ({ allocations }: Lane): string =>
  allocations
    .map(
      ({ allocated, bytes, failed, freed, line, function: name }) =>
        `${name}${at(line)} +${allocated} (${bytes}) -${freed}${failed > 0 ? ` !${failed}` : ''}`,
    )
    .join(', ');
const WHAT = { runs: runsOf, off: offOf, locks: locksOf, allocations: allocationsOf } as const;

/** What the lanes of a scenario say, CPU by CPU. `machine`: lines of the machine block; the text begins on line 2. */
function check(
  text: string,
  expected: { readonly [K in keyof typeof WHAT]?: readonly string[] },
  machine = 'cpus = 1;',
): void {
  const answer = ask(run(`machine { memory = 64M; config KASAN = n; ${machine} }\n${text}`));
  for (const [what, lanes] of Object.entries(expected))
    assert.deepEqual(answer.lanes.map(WHAT[what as keyof typeof WHAT]), lanes, text);
}

describe('inspector: contexts', () => {
  it('tasks', () => {
    check('task main { jiffies; }', { runs: ['idle, task main:2, idle'] });
    check(
      'task a { jiffies; }\ntask b { jiffies; }',
      { runs: ['idle, task a:2, idle', 'idle, task b:3, idle'] },
      'cpus = 2;',
    );
    check('task a { schedule(); }\ntask b { jiffies; }', { runs: ['idle, task a:2, task b:3, task a, idle'] });
  });
  it('interrupts', () => {
    check('static int n;\nirq card { n++; }\ntask main { sim_raise(card); }', {
      runs: ['idle, task main:4, hardirq card:3, task main, idle'],
      off: ['irqs:4'],
    });
    check('static int n;\nnmi dog { n++; }\ntask main { sim_raise(dog); }', {
      runs: ['idle, task main:4, nmi dog:3, task main, idle'],
    });
    check(
      'static int n;\nirq card { n++; }\ntask main { sim_raise_on(1, card); n = 2; }',
      { runs: ['idle, task main:4, idle', 'idle, hardirq card:3, idle'] },
      'cpus = 2;',
    );
    check('static int n;\nsoftirq net { n++; }\ntask main { raise_softirq(net); jiffies; }', {
      runs: ['idle, task main:4, task ksoftirqd/0, softirq net:3, task ksoftirqd/0, idle'],
    });
  });
  it('what is off', () => {
    check('task main {\n\tpreempt_disable();\n\tjiffies;\n\tpreempt_enable();\n}', { off: ['preempt:3'] });
    check(
      'task main {\n\tlocal_irq_disable();\n\tlocal_bh_disable();\n\tlocal_bh_enable();\n\tlocal_irq_enable();\n}',
      { off: ['irqs:3, bh:4'] },
    );
  });
  it('locks', () => {
    check(
      'static DEFINE_SPINLOCK(a);\nstatic DEFINE_MUTEX(m);\ntask main {\n\tmutex_lock(&m);\n\tspin_lock(&a);\n\tspin_unlock(&a);\n\tmutex_unlock(&m);\n}',
      { locks: ['mutex m:5, spinlock a:6'], off: ['preempt:6'] },
    );
    check(
      'static DEFINE_MUTEX(m);\ntask a { mutex_lock(&m);\nschedule();\nmutex_unlock(&m); }\ntask b {\nmutex_lock(&m);\nmutex_unlock(&m); }',
      { locks: ['mutex m:3, waits for mutex m:7, mutex m:7'] },
    );
  });
  it('allocations', () => {
    check(
      'task main {\n\tstruct page *p = alloc_pages(GFP_KERNEL, 2);\n\tvoid *o = kmalloc(100, GFP_KERNEL);\n\t__free_pages(p, 2);\n\talloc_pages(GFP_KERNEL | __GFP_NOWARN, 10);\n}',
      {
        allocations: [
          'alloc_pages:3 +1 (16384) -0, kmalloc:4 +1 (128) -0, __free_pages:5 +0 (0) -1, alloc_pages:6 +1 (4194304) -0',
        ],
      },
    );
  });
  it('what was not recorded is not shown', () => {
    const loaded = loadScenario('/s.kmem', 'machine { memory = 64M; cpus = 1; } task main { kmalloc(8, GFP_KERNEL); }');
    assert.ok('session' in loaded);
    while (loaded.session.timeline.forward());
    const { lanes, absent } = ask(loaded.session);
    assert.deepEqual([lanes[0]?.allocations, absent[0]?.what], [[], 'allocations']);
  });
  it('CPUs and windows', () => {
    const s = run('machine { memory = 64M; cpus = 20; config KASAN = n; } task main on cpu 17 { jiffies; }');
    const { end } = s.target.kernel.mem.journal;
    const cpus = (question: ContextsQuestion) => ask(s, question).lanes.map(({ cpu }) => cpu);
    assert.deepEqual(cpus({}), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert.deepEqual(cpus({ firstCpu: 17, cpus: 16 }), [17, 18, 19]);
    assert.equal(ask(s, {}).cpus, 20);
    const one = ask(s, { firstCpu: 17, from: end - 1, to: end });
    assert.deepEqual([one.from, one.to, one.lanes[0] && runsOf(one.lanes[0])], [end - 1, end, 'idle']);
    assert.throws(() => contexts(askingOf(s), { firstCpu: 20 }), /there is no CPU 20: the machine has 20/);
    assert.throws(() => contexts(askingOf(s), { from: end + 1 }), /outside what is recorded/);
  });
  it('a run of many short contexts: those near each other are one', () => {
    const s = run(
      'machine { memory = 64M; cpus = 2; config KASAN = n; }\nstatic int n;\nirq card { n++; }\ntask main { int i; for (i = 0; i < 3000; i++) { sim_raise(card); kfree(kmalloc(8, GFP_KERNEL)); } }',
    );
    const whole = ask(s);
    const [lane] = whole.lanes;
    assert.ok(lane && lane.runs.length <= 180 && lane.off.length <= 100 && lane.allocations.length <= 80);
    assert.ok(lane.runs.some(({ merged }) => (merged ?? 0) > 10));
    assert.equal(
      lane.allocations.reduce((sum, { allocated }) => sum + allocated, 0),
      3000,
    );
    // zoomed in, each of them is there
    const middle = whole.newest >> 1;
    const near = ask(s, { from: middle, to: middle + 200 }).lanes[0];
    assert.ok(near?.runs.every(({ merged }) => merged === undefined));
    assert.ok(near?.runs.some(({ kind }) => kind === 'hardirq'));
  });
  it('random moments: a lane says what the machine is in there', () =>
    atRandomMoments(25, 8, (s, dice) => {
      const { target, timeline } = s;
      const { position } = timeline;
      const { end } = target.kernel.mem.journal;
      const from = Math.max(0, position - dice.below(60));
      const to = Math.min(end, position + dice.below(60));
      const { lanes, tasks } = ask(s, { from, to });
      const here = <T extends { from: number; to: number }>(all: readonly T[]): T[] =>
        all.filter((one) => one.from <= position && (position < one.to || (position === to && one.to === to)));
      for (const { cpu, runs, off } of lanes) {
        const task = target.currentOf(cpu);
        const { preemptCount, irqsDisabled } = target.contextOf(task);
        const idle = target.tasks().find((t) => t.task === task)?.idle;
        const kind =
          preemptCount & NMI_MASK
            ? 'nmi'
            : preemptCount & HARDIRQ_MASK
              ? 'hardirq'
              : preemptCount & SOFTIRQ_OFFSET
                ? 'softirq'
                : idle
                  ? 'idle'
                  : 'task';
        // an empty window holds nothing
        if (from === to) continue;
        assert.deepEqual(
          here(runs).map((run) => [run.kind, tasks[run.task ?? -1]?.comm]),
          [[kind, target.tasks().find((t) => t.task === task)?.comm]],
          `CPU ${cpu}`,
        );
        const wanted = [
          ...(preemptCount & PREEMPT_MASK ? ['preempt'] : []),
          ...((preemptCount & SOFTIRQ_MASK) >= SOFTIRQ_DISABLE_OFFSET ? ['bh'] : []),
          ...(irqsDisabled ? ['irqs'] : []),
        ];
        assert.deepEqual(
          here(off)
            .map(({ what }) => what)
            .sort(),
          kind === 'idle' ? [] : wanted.sort(),
          `CPU ${cpu}`,
        );
      }
      if (from === to) return;
      const held = lanes.flatMap(({ locks }) =>
        here(locks).flatMap(({ task, kind, waits }) => (waits ? [] : `${tasks[task]?.comm} ${kind}`)),
      );
      const wanted = target
        .tasks()
        .flatMap(({ task, comm }) => target.contextOf(task).locks.map(({ kind }) => `${comm} ${kind}`));
      assert.deepEqual(held.sort(), wanted.sort());
    }));
});
