/** The kernel's own loops, step by step and without a vm: the steps that each asks the processor for. */

import assert from 'node:assert/strict';
import { DivideError } from '../../server/kernel/arch/faults';
import { defaultConfig } from '../../server/kernel/arch/machine_config';
import { Irqs } from '../../server/kernel/irq/irq';
import { ENTRY_FRAME } from '../../server/kernel/irq/irq_entry';
import { IrqWorks } from '../../server/kernel/irq/irq_work';
import { Softirqs } from '../../server/kernel/irq/softirq';
import { Workqueues } from '../../server/kernel/irq/workqueue';
import { bootKernel } from '../../server/kernel/kernel';
import { Lists } from '../../server/kernel/lib/list';
import { KernelLoops } from '../../server/kernel/loops';
import type { ReportPorts } from '../../server/kernel/printk/ports';
import { Rcu } from '../../server/kernel/rcu/rcu';
import { defineRunningVariables } from '../../server/kernel/running_vars';
import { BLOCK } from '../../server/kernel/sched/block';
import { Fork } from '../../server/kernel/sched/fork';
import { KmapLocal } from '../../server/kernel/sched/kmap_local';
import { Sched } from '../../server/kernel/sched/sched';
import { AGAIN, CallRequest, RETURN, SOFTIRQS, type Step, SwitchTo } from '../../server/kernel/sched/step';
import { SwitchMm } from '../../server/kernel/sched/switch_mm';
import {
  KIND_IDLE,
  KIND_KSOFTIRQD,
  KIND_KTHREAD,
  KIND_KWORKER,
  T,
  TASK_DEAD,
  TASK_INTERRUPTIBLE,
} from '../../server/kernel/sched/task';
import { HrTimers } from '../../server/kernel/time/hrtimer';
import { Timeouts } from '../../server/kernel/time/timeout';
import { Timers } from '../../server/kernel/time/timer';
import { PageFaultError } from '../../server/memory/space';

const FN = 0x1000;
const DATA = 0x2000;

/** A machine of one CPU with an idle task, ksoftirqd and a worker; what runs it is the test. */
function machine() {
  let saved = 0;
  const ports: ReportPorts = {
    names: {
      pc: () => 0,
      addressOf: () => 0,
      symbolize: () => 'fn+0x0/0x10',
      where: () => 'test.kmem:1',
      span: () => undefined,
      placeAt: () => undefined,
      nameOf: (address) => `at_${address.toString(16)}`,
      module: () => 'test',
      symbolizeAddress: (address) => `at_${address.toString(16)}`,
      storedTrace: () => [],
      sourcesAt: () => [],
      argumentAt: () => undefined,
    },
    stacks: {
      trace: () => [],
      contextTrace: () => [],
      backtrace: () => [],
      functions: () => [],
      functionsToSchedule: () => [],
      sources: () => [],
      site: () => undefined,
      sp: () => 0,
      traceOf: () => ({ lines: [], span: undefined, sources: [] }),
      save: () => saved++,
      inUse: () => [],
    },
  };
  const kernel = bootKernel(defaultConfig({ cpus: 1 }), { journal: false, ports });
  const { running } = kernel;
  const { core, tasks, reports, sleeping, lockdep, log } = running;
  const sched = new Sched(core, tasks);
  const lists = new Lists(core, kernel.poison);
  const timers = new Timers(core, lists, running.preempt, lockdep);
  const softirqs = new Softirqs(core, sched, reports);
  const irqs = new Irqs(core, reports);
  const irqWorks = new IrqWorks(core, irqs);
  const kmaps = new KmapLocal(core, kernel.addresses, kernel.pageTables, kernel.pageApi, kernel.pageTables.pageKernel);
  const hrtimers = new HrTimers(core, reports, irqs);
  const [timeoutFn, wakeupFn] = [kernel.symbols.text('process_timeout'), kernel.symbols.text('hrtimer_wakeup')];
  const timeouts = new Timeouts(core, tasks, sched, timers, hrtimers, reports, timeoutFn, wakeupFn);
  const timerFn = kernel.symbols.text('delayed_work_timer_fn');
  const works = new Workqueues(
    core,
    tasks,
    sched,
    reports,
    sleeping,
    lockdep,
    lists,
    timers,
    timerFn,
    kernel.allocators.works,
  );
  const rcu = new Rcu(core, tasks, sched, reports, sleeping, lockdep);
  defineRunningVariables(core, lists);
  const objects = kernel.symbols.define('objects', kernel.layouts.parseType('unsigned long[64]'));
  const fork = new Fork(core, tasks, kernel.bootPages, kernel.allocators.vmalloc, lockdep.irqTrace, lockdep.text);
  const idle = fork.create('swapper/0', 0, 0, KIND_IDLE, kernel.symbols.address('init_task'));
  core.setLong(core.perCpuAddress('idle_task', 0), idle);
  core.setCurrent(0, idle);
  const daemon = fork.create('ksoftirqd/0', 500, 0, KIND_KSOFTIRQD);
  core.setLong(core.perCpuAddress('ksoftirqd', 0), daemon);
  const worker = fork.create('kworker/0:0', 501, 0, KIND_KWORKER);
  const thread = fork.create('thread', 600, 0, KIND_KTHREAD);
  for (const task of [daemon, worker]) tasks.setState(task, TASK_INTERRUPTIBLE);
  const mm = new SwitchMm(core, kernel.mms, kernel.tlbs);
  mm.idle(idle);
  const trace = { unwind: () => {} };
  const { vmstat } = kernel;
  const loops = new KernelLoops({
    ...running,
    sched,
    irqs,
    softirqs,
    timers,
    hrtimers,
    timeouts,
    irqWorks,
    leaks: undefined,
    kmaps,
    mm,
    works,
    rcu,
    kernelRcu: kernel.allocators.rcu,
    vmstat,
    cpuWorks: [],
    kswapd: kernel.pageAlloc.kswapd,
    trace,
    irqStacks: kernel.allocators.irqStacks,
  });
  return {
    ...{ kernel, core, tasks, sched, timers, softirqs, irqs, works, rcu, loops, log, idle, worker, thread, objects },
    /** lowest byte of a frame of the kernel's entry code on the running task's stack */
    fp: tasks.layout(idle).stack + tasks.threadSize - 256,
    saves: () => saved,
  };
}
const callOf = (step: Step): CallRequest => {
  assert.ok(step instanceof CallRequest, String(step));
  return step;
};
/** The next step of __do_softirq that is not taken at once. */
function softirqStep(m: ReturnType<typeof machine>): Step {
  for (let n = 0; n < 20; n++) {
    const step = m.loops.softirq.step(m.fp);
    if (step !== AGAIN) return step;
  }
  return AGAIN;
}
const titles = (m: ReturnType<typeof machine>): string[] => m.log.entries.map((e) => e.text);

describe('__do_softirq', () => {
  /** In the frame of __do_softirq, at its first step. */
  const enter = (m: ReturnType<typeof machine>) => {
    m.loops.entry.enter(m.fp);
    m.loops.softirq.enter(m.fp, 'ksoftirqd');
  };
  function entered() {
    const m = machine();
    enter(m);
    return m;
  }
  it('returns when nothing is pending', () => {
    const m = entered();
    assert.equal(m.loops.softirq.step(m.fp), RETURN);
  });
  it('calls one tasklet after the other, and records which one runs', () => {
    const m = entered();
    const [a, b] = [m.objects, m.objects + 128];
    m.softirqs.setupTasklet(a, FN, true, 0);
    m.softirqs.setupTasklet(b, FN + 16, false, DATA);
    m.softirqs.schedule(a);
    m.softirqs.schedule(b);
    const running = () => m.core.getLong(m.core.perCpuAddress('kmem_running_tasklet', 0));
    assert.equal(m.loops.softirq.step(m.fp), AGAIN);
    assert.deepEqual(callOf(m.loops.softirq.step(m.fp)), new CallRequest(FN, [a]));
    assert.equal(running(), a);
    assert.deepEqual(callOf(m.loops.softirq.step(m.fp)), new CallRequest(FN + 16, [DATA]));
    assert.equal(running(), b);
    assert.equal(m.loops.softirq.step(m.fp), RETURN);
    assert.equal(running(), 0);
    assert.equal(m.softirqs.taskletBusy(b), false);
  });
  it('reports a timer function that leaks preempt_count, and mends it', () => {
    const m = entered();
    m.timers.setup(m.objects, FN, 0);
    m.timers.modify(m.objects, m.core.jiffies + 1);
    m.loops.tick.pass(2);
    assert.deepEqual(callOf(softirqStep(m)), new CallRequest(FN, [m.objects]));
    const before = m.core.preemptCount;
    m.core.preemptCount++;
    assert.equal(softirqStep(m), RETURN);
    assert.equal(m.core.preemptCount, before);
    assert.match(titles(m).at(-1) ?? '', /^timer: .* preempt leak: 00000100 -> 00000101$/);
  });
  it('leaves what is pending after ten rounds to ksoftirqd', () => {
    const m = entered();
    const NR = 12;
    m.softirqs.open(NR, FN);
    let calls = 0;
    m.softirqs.raise(NR);
    for (let step = m.loops.softirq.step(m.fp); step !== RETURN; step = m.loops.softirq.step(m.fp)) {
      callOf(step);
      calls++;
      m.core.mem.set(m.core.softirqWord[0] ?? 0, 1 << NR);
    }
    assert.equal(calls, 10);
    assert.notEqual(m.softirqs.pending(), 0);
  });
  it('calls RCU callbacks in the order of call_rcu', () => {
    const m = machine();
    m.rcu.call(m.objects, FN);
    m.rcu.call(m.objects + 16, FN + 16);
    m.core.setCurrent(0, m.thread);
    m.loops.tick.pass(1);
    enter(m);
    assert.equal(m.loops.softirq.step(m.fp), AGAIN);
    assert.deepEqual(callOf(m.loops.softirq.step(m.fp)), new CallRequest(FN, [m.objects]));
    assert.deepEqual(callOf(m.loops.softirq.step(m.fp)), new CallRequest(FN + 16, [m.objects + 16]));
    assert.equal(m.loops.softirq.step(m.fp), RETURN);
    assert.equal(m.rcu.queued(), 0);
  });
});

describe('loops of kernel threads', () => {
  it('ksoftirqd asks for softirqs while some are pending, then sleeps with its registers saved', () => {
    const m = machine();
    m.softirqs.setPending(2);
    assert.equal(m.loops.threadStep('run_ksoftirqd'), SOFTIRQS);
    m.softirqs.setPending(0);
    assert.equal(m.saves(), 0);
    assert.equal(m.loops.threadStep('run_ksoftirqd'), BLOCK);
    assert.equal(m.saves(), 1);
    assert.equal(m.tasks.state(m.core.current), TASK_INTERRUPTIBLE);
  });
  it('a worker runs its works in order and reports one that leaks preempt_count', () => {
    const m = machine();
    const [a, b] = [m.objects, m.objects + 128];
    m.core.setCurrent(0, m.worker);
    for (const [work, fn] of [
      [a, FN],
      [b, FN + 16],
    ] as const) {
      m.works.init(work, fn);
      m.works.queue(work);
    }
    assert.deepEqual(callOf(m.loops.threadStep('worker_thread')), new CallRequest(FN, [a]));
    assert.equal(m.works.running(a), true);
    m.core.preemptCount = 1;
    assert.deepEqual(callOf(m.loops.threadStep('worker_thread')), new CallRequest(FN + 16, [b]));
    assert.equal(m.core.preemptCount, 1, 'it stays until the worker schedules');
    assert.match(titles(m)[0] ?? '', /^BUG: workqueue leaked lock or atomic: kworker\/0:0\/0x00000001\/501$/);
    assert.equal(m.loops.threadStep('worker_thread'), BLOCK);
    assert.equal(m.works.running(b), false);
  });
  it('the idle task switches to the first runnable task, or stays', () => {
    const m = machine();
    assert.equal(m.loops.threadStep('cpu_startup_entry'), BLOCK);
    m.sched.enqueue(m.thread);
    assert.deepEqual(m.loops.threadStep('cpu_startup_entry'), new SwitchTo(m.thread));
    assert.equal(m.sched.first(0), 0);
  });
  it('a thread whose function has returned is dead, with its exit code', () => {
    const m = machine();
    m.core.setCurrent(0, m.thread);
    m.loops.exit.returned(-7);
    assert.equal(m.loops.threadStep('kthread'), BLOCK);
    assert.ok(m.tasks.state(m.thread) & TASK_DEAD);
    assert.equal(m.tasks.getLong(m.thread, T.exitCode), -7);
  });
});

describe('interrupts', () => {
  const LINE = 40;
  it('a handler is called with its line and dev, with interrupts off; afterwards all is as it was', () => {
    const m = machine();
    m.irqs.request(LINE, FN, 0, DATA);
    m.irqs.raise(LINE, 0);
    const action = m.loops.irq.take(LINE);
    assert.ok(action);
    m.loops.entry.enter(m.fp);
    assert.deepEqual(m.loops.irq.enter(m.fp, LINE, action), new CallRequest(FN, [LINE, DATA]));
    assert.equal(m.core.irqsOff, true);
    assert.equal(m.core.inInterrupt, true);
    m.loops.irq.returned(m.fp, 1);
    assert.equal(m.core.get32(m.fp + ENTRY_FRAME.pending), 1);
    assert.equal(m.loops.irq.exit(m.fp), false);
    m.loops.entry.leave(m.fp);
    assert.equal(m.core.irqsOff, false);
    assert.equal(m.core.preemptCount, 0);
    assert.deepEqual(titles(m), []);
  });
  it('a handler that enables interrupts is reported; a preempt_count that it leaks stays', () => {
    const m = machine();
    m.irqs.request(LINE, FN, 0, 0);
    const action = m.loops.irq.take(LINE);
    assert.ok(action);
    m.loops.entry.enter(m.fp);
    m.loops.irq.enter(m.fp, LINE, action);
    m.core.irqsOff = false;
    m.core.preemptCount++;
    m.softirqs.setPending(2);
    assert.equal(m.loops.irq.exit(m.fp), true, 'softirqs run next');
    assert.deepEqual(titles(m), [`irq ${LINE} handler at_1000 enabled interrupts`]);
    m.loops.entry.leave(m.fp);
    assert.equal(m.core.preemptCount, 1);
    assert.equal(m.log.entries.length, 1);
  });
  it('a line that has not been requested is reported', () => {
    const m = machine();
    assert.equal(m.loops.irq.take(LINE), undefined);
    assert.match(titles(m)[0] ?? '', /nobody cared/);
  });
  it('an NMI does not interrupt an NMI', () => {
    const m = machine();
    m.irqs.request(LINE, FN, 0, 0);
    m.core.setPerCpu('kmem_nmi_pending', 0, LINE + 1);
    const { irq, handler } = m.loops.irq.takeNmi();
    m.loops.entry.enter(m.fp);
    assert.deepEqual(m.loops.irq.enterNmi(m.fp, irq, handler), new CallRequest(FN, [LINE, 0]));
    m.core.setPerCpu('kmem_nmi_pending', 0, LINE + 1);
    assert.equal(m.loops.irq.takeNmi().handler, 0);
  });
});

describe('oops', () => {
  it('kills the task; in an interrupt the machine', () => {
    const m = machine();
    m.core.setCurrent(0, m.thread);
    assert.equal(m.loops.oops.handle(new DivideError()), true);
    assert.ok(m.tasks.state(m.thread) & TASK_DEAD);
    m.core.preemptCount = 0x10000;
    assert.equal(m.loops.oops.handle(new DivideError()), false);
    assert.equal(titles(m).at(-1), 'Kernel panic - not syncing: Fatal exception in interrupt');
  });
  it('in the scheduler, and in a task that is dead already, the machine', () => {
    const m = machine();
    m.core.setCurrent(0, m.thread);
    m.loops.oops.handleFatal(new PageFaultError(8, false));
    assert.match(titles(m)[0] ?? '', /NULL pointer dereference/);
    assert.equal(titles(m)[1], 'Kernel panic - not syncing: Fatal exception in interrupt');
    m.tasks.setState(m.thread, TASK_DEAD);
    assert.equal(m.loops.oops.handle(new DivideError()), false);
    assert.equal(titles(m).at(-1), 'Kernel panic - not syncing: Fatal exception');
  });
  it('an error that is not an exception of the machine is not a report of the kernel', () => {
    const m = machine();
    for (const handle of ['handle', 'handleFatal'] as const)
      assert.throws(() => m.loops.oops[handle](new TypeError('ours')), /ours/);
    assert.deepEqual(titles(m), []);
  });
});
