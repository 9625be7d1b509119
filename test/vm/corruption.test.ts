/**
 * Invariant 6: whatever is written over the kernel's memory, what follows is the kernel's: a fault, a panic, a lockup, or nothing. Random
 * writes to random structures at random moments of a scenario with every context, then a look around in the debugger; fast-check prints the
 * seed of one that fails.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { loadScenario } from '../../server/debugger/load';
import type { Session } from '../../server/debugger/session';
import { VmTarget } from '../../server/debugger/vmTarget';
import type { Vm } from '../../server/vm/run/vm';
import { ARCHES, check, source } from './scenario';

const BUSY = `
static DEFINE_SPINLOCK(lock); static DEFINE_MUTEX(mutex); static DECLARE_COMPLETION(done); static struct completion never;
static int shared, ticks; static struct page *pages[8]; static struct callback_head head;
static void freed(struct callback_head *h) { shared++; }
softirq net { shared++; }
tasklet tl { shared += 100; }
irq rx { raise_softirq(net); tasklet_schedule(&tl); schedule_work(&w); }
nmi panic_button { ticks++; }
timer tick { ticks++; spin_lock(&lock); shared++; spin_unlock(&lock); if (ticks < 6) mod_timer(&tick, jiffies + 2); }
work w { struct page *p = alloc_page(GFP_KERNEL); msleep(3); mutex_lock(&mutex); shared += 10; mutex_unlock(&mutex); if (p) __free_page(p); }
delayed_work dw { shared--; }
static int thread(void *p) { while (!kthread_should_stop()) { shared++; schedule_timeout_interruptible(4); } return 3; }
static int deep(int n) { int b[4] = { n }; return n > 0 ? deep(n - 1) + b[0] : 0; }
task a on cpu 0 {
  int i, n = 0; struct task_struct *t;
  mod_timer(&tick, jiffies + 1); t = kthread_run(thread, &n, "helper"); schedule_delayed_work(&dw, 3);
  for (i = 0; i < 6; i++) { unsigned long f; spin_lock_irqsave(&lock, f); shared += deep(i); sim_raise(rx); spin_unlock_irqrestore(&lock, f);
    pages[i] = alloc_pages(GFP_KERNEL, i % 3); sim_raise_on(1, rx); if (i == 3) { msleep(8); sim_raise(panic_button); } }
  complete(&done); call_rcu(&head, freed); rcu_barrier(); kthread_stop(t);
  for (i = 0; i < 6; i++) if (pages[i]) __free_pages(pages[i], i % 3);
}
task b on cpu 1 { int i; wait_for_completion(&done); for (i = 0; i < 4; i++) { mutex_lock(&mutex); yield(); mutex_unlock(&mutex); spin_lock_bh(&lock); shared++; spin_unlock_bh(&lock); rcu_read_lock(); shared++; rcu_read_unlock(); } }
task c on cpu 1 { int i; for (i = 0; i < 5; i++) { mutex_lock(&mutex); msleep(i); mutex_unlock(&mutex); synchronize_rcu(); cond_resched(); printk(KERN_INFO "c %d", i); printk(KERN_CONT " more\\n"); } flush_work(&w); cancel_delayed_work_sync(&dw); }
`;

interface Range {
  readonly address: number;
  readonly size: number;
}
/** The structures of the running kernel that a wild write may hit. */
function structures({ kernel, machine }: Vm): Range[] {
  const { core, tasks, irqStacks } = machine;
  const { symbols, layouts } = kernel;
  const perCpu = [
    'runqueues',
    'timer_bases',
    'cpu_worker_pool',
    'tasklet_vec',
    'tasklet_hi_vec',
    'current_task',
    'idle_task',
    'ksoftirqd',
    '__preempt_count',
    '__softirq_pending',
    'hardirq_stack_ptr',
    'hardirq_stack_inuse',
  ];
  const globals = [
    'rcu_state',
    'kmem_rcu_callbacks',
    'softirq_vec',
    'kmem_irq_desc',
    'tick',
    'w',
    'dw',
    'tl',
    'mutex',
    'lock',
    'done',
    'pages',
    'head',
    'jiffies',
  ];
  const task = layouts.size('task_struct');
  return [
    ...tasks.all.flatMap((at) => [
      { address: at, size: task },
      { address: tasks.address(at, 0), size: 128 },
      { address: tasks.layout(at).stack + tasks.threadSize - 1024, size: 1024 },
    ]),
    ...perCpu
      .filter((name) => symbols.lookup(name))
      .flatMap((name) =>
        Array.from({ length: core.cpus }, (_, cpu) => ({ address: core.perCpuAddress(name, cpu), size: 64 })),
      ),
    ...Array.from({ length: core.cpus }, (_, cpu) => irqStacks.of(cpu)).flatMap(({ irq, softirq }) =>
      [irq, softirq].flatMap((area) => (area ? [{ address: area.stack + area.threadSize - 1024, size: 1024 }] : [])),
    ),
    ...globals.flatMap((name) => {
      const found = symbols.lookup(name);
      return found ? [{ address: found.va, size: Math.max(16, found.size) }] : [];
    }),
    ...kernel.zones.map((zone) => ({ address: kernel.direct.va(zone.phys), size: layouts.size('zone') })),
    ...kernel.zones.flatMap((zone) =>
      ['per_cpu_pageset', 'per_cpu_zonestats'].flatMap((field) => {
        const pointer = core.getLong(kernel.direct.va(zone.phys) + layouts.offset('zone', field));
        return Array.from({ length: core.cpus }, (_, cpu) => ({ address: kernel.percpu.va(cpu, pointer), size: 128 }));
      }),
    ),
    ...Array.from({ length: 8 }, (_, n) => ({
      address: kernel.pages.pageAddr(3000 + n * 512),
      size: layouts.size('page'),
    })),
  ];
}
const poke = fc.record({
  step: fc.nat(120),
  where: fc.nat(10_000),
  from: fc.nat(1023),
  length: fc.constantFrom(1, 2, 4, 8, 8, 8, 16, 64, 512, 4096),
  fill: fc.constantFrom('zero', 'A', 'ones', 'pointer', 'small', 'random'),
  bits: fc.nat(0xffffffff),
});
type Poke = typeof poke extends fc.Arbitrary<infer T> ? T : never;

/** Overwrites a part of a structure. */
function overwrite(vm: Vm, all: readonly Range[], { where, from, length, fill, bits }: Poke): void {
  const { core } = vm.machine;
  const range = all[where % all.length] as Range;
  const offset = (from % range.size) & ~7;
  const size = Math.min(length, range.size - offset);
  const address = range.address + offset;
  const target = all[bits % all.length] as Range;
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++)
    bytes[i] =
      { zero: 0, A: 0x41, ones: 0xff, pointer: 0, small: i % 8 ? 0 : bits & 15, random: bits >>> ((i % 4) * 8) }[fill] &
      0xff;
  core.space.writeBytes(address, bytes);
  // a valid pointer to somewhere else, or into the structure itself: a list that has become a ring
  if (fill === 'pointer' && size >= core.wordSize) core.setLong(address, bits & 1 ? range.address : target.address);
  vm.sync();
}

const RUNS = 150;
/** steps that follow the last write */
const AFTER = 150;

function loadBusy(text: string): { readonly session: Session; readonly vm: Vm } {
  const loaded = loadScenario('/busy.kmem', text);
  if ('problems' in loaded) throw new Error(loaded.problems.join('\n'));
  const { session } = loaded;
  assert.ok(session.target instanceof VmTarget);
  return { session, vm: session.target.vm };
}
const machines = new Map<string, ReturnType<typeof loadBusy>>();
/** A machine of a kind at its first moment: it is booted once, and then goes back in time. */
function busyMachine(arch: (typeof ARCHES)[number], schedule: string): ReturnType<typeof loadBusy> {
  const kind = `${arch} ${schedule}`;
  const busy = machines.get(kind) ?? loadBusy(source(BUSY, { arch, schedule, cpus: 2 }));
  machines.set(kind, busy);
  const { timeline } = busy.session;
  timeline.goTo(timeline.first);
  timeline.cut();
  assert.ok(!busy.vm.done, 'a machine at its first moment runs');
  return busy;
}
/** What a debugger shows at a stop. */
function lookAround({ target }: Session): void {
  for (const { task } of target.tasks()) {
    target.contextOf(task);
    for (const frame of target.frames(task)) target.locals(frame);
  }
}
/** A run with writes at random moments; the statuses in which runs end. @throws for a mistake in kmem */
const property = fc.property(
  fc.constantFrom(...ARCHES),
  fc.constantFrom('sequential', 'round_robin', 'random(3)'),
  fc.array(poke, { minLength: 1, maxLength: 3 }),
  (arch, schedule, pokes) => {
    const { session, vm } = busyMachine(arch, schedule);
    const all = structures(vm);
    const last = Math.max(...pokes.map((p) => p.step)) + AFTER;
    for (let n = 0; n < last && !vm.done; n++) {
      for (const p of pokes) if (p.step === n) overwrite(vm, all, p);
      vm.step();
    }
    const { timeline } = session;
    const { marks } = vm.kernel.journal;
    for (let mark = marks.end - 1; mark > marks.end - 10; mark -= 3) {
      const moment = timeline.lastMoment(mark);
      if (moment >= 0) timeline.goTo(moment);
      lookAround(session);
    }
    const { entries } = vm.kernel.log;
    assert.ok(entries.length < MOST_ENTRIES, `${entries.length} log entries: ${entries.at(-1)?.text}`);
    const mistake = entries.find((entry) => entry.kind === 'mistake');
    assert.equal(mistake && [mistake.text, ...mistake.lines].join('\n'), undefined);
  },
);
/** a fault that is reported again and again is a mistake as well */
const MOST_ENTRIES = 200;

describe('invariant 6: what is written over the kernel’s memory', function () {
  this.timeout(0);
  it(`${RUNS} runs with random writes: never a mistake in kmem`, () => fc.assert(property, { numRuns: RUNS, seed: 1 }));
  const more = Number(process.env.KMEM_SCENARIOS ?? 0);
  if (more > 0) it(`${more} more runs, of a random seed`, () => fc.assert(property, { numRuns: more }));
  it('the run queue, the current task, a stack, a page: what the kernel says', () => {
    const panic = 'Kernel panic - not syncing: Fatal exception in interrupt';
    check('memset(current, 0x41, sizeof(*current)); msleep(1);', {
      status: 'panic',
      // its mm is not an address: neither the switch to another task nor its end can do without
      reports: [/rcu_note_context_switch|Voluntary/, 'general protection fault', 'general protection fault', panic],
    });
    check('int x[4]; memset(x, 0x41, 256);', { status: 'ended', reports: [/page fault|general protection|stack/] });
  });
});
