/** Tasks, time, timers, works, softirqs, tasklets, interrupt lines, waiting. */

import { KernelBug } from '../../kernel/lib/bug';
import { mutexFunction } from '../../kernel/locking/mutex';
import { BLOCK, SCRATCH_TIMER, Spin, type Wait } from '../../kernel/sched/block';
import { NR_IRQS, STATEMENTS_PER_JIFFY } from '../../kernel/sched/core';
import { MIGHT_ALLOC } from '../../kernel/sched/might_sleep';
import { HARDIRQ_MASK } from '../../kernel/sched/preempt_mask';
import { MAX_SCHEDULE_TIMEOUT, WAIT_TASK_EXIT, WAIT_TASKLET } from '../../kernel/sched/sched';
import {
  T,
  TASK_DEAD,
  TASK_INTERRUPTIBLE,
  TASK_KILLABLE,
  TASK_RUNNING,
  TASK_UNINTERRUPTIBLE,
} from '../../kernel/sched/task';
import { TIMER_IRQSAFE, WQ_FLAG_EXCLUSIVE } from '../../profiles/commonConstants';
import type { Machine } from '../machine/machine';
import { div64, mul64, type Value } from '../values/value';
import { bool, byValue, first, type Implementations, inline, plain, wait } from './define';

/** MAX_JIFFY_OFFSET: half of the largest long, less one */
const maxOffset = (m: Machine): Value => (m.core.wordSize === 8 ? (1n << 62n) - 2n : 0x3ffffffe);
const jiffiesOf = (m: Machine, ms: number): number => Math.ceil((ms * m.core.hz) / 1000);
const jiffiesOfUsecs = (m: Machine, us: number): number => Math.ceil((us * m.core.hz) / 1_000_000);
/** jiffies_to_usecs(MAX_JIFFY_OFFSET), cut to 32 bits on every machine */
const MAX_USECS = 0xffffe0c0;
/** kmalloc's functions, innermost first, in what allocates with it */
const KMALLOC = ['slab_pre_alloc_hook', '__kmem_cache_alloc_node', 'kmalloc_trace'];
const taskArg = (m: Machine, task: number): number => {
  if (!m.tasks.has(task)) m.core.get32(task);
  return task;
};
/** del_timer_sync and tasklet_disable spin while the handler runs. */
function whileRunning(m: Machine, fields: readonly number[], what: number): Wait | undefined {
  for (const at of fields) {
    if (m.core.getLong(at) !== what) continue;
    // also when called from the handler itself: it waits forever
    return new Spin(at, m.core.get32(at));
  }
  return undefined;
}
const delTimerSync = wait((m, scratch, timer: number) => {
  const { core } = m;
  if (first(m)) {
    core.set32(scratch, 0);
    m.timers.syncRegion(timer);
    const irqSafe = core.field32(timer, 'timer_list', 'flags') & TIMER_IRQSAFE;
    if (core.preemptCount & HARDIRQ_MASK && !irqSafe)
      m.reports.warn({ fn: '__timer_delete_sync', at: 'kernel/time/timer.c' }, '', [
        'its callback may be what this interrupt interrupted: it would be waited for in vain',
      ]);
  }
  if (m.timers.del(timer)) core.set32(scratch, 1);
  return whileRunning(m, m.timers.runningFields(), timer) ?? core.get32(scratch);
});
/** A CPU, this one or another, is inside the handler of a line. */
function irqBusy(m: Machine, irq: number): Wait | undefined {
  for (let cpu = 0; cpu < m.core.cpus; cpu++) {
    const at = m.core.perCpuAddress('kmem_running_irq', cpu);
    if (m.core.get32(at) === irq + 1) return new Spin(at, irq + 1);
  }
  return undefined;
}
/** prepare_to_wait: on the queue, and in the state to sleep in. */
function prepareToWait(m: Machine, head: number, entry: number, state: number, exclusive: boolean): void {
  m.waitQueues.prepare(head, entry, exclusive);
  m.sleeping.setCurrentState(state);
}
/** What is left of a timeout: never more than its start, and MAX_SCHEDULE_TIMEOUT is exact. */
function remaining(left: Wait | number, timeout: Value): Wait | Value {
  return typeof left === 'number' && left >= timeout ? timeout : left;
}
const completionWait = (state: number) => wait((m, scratch, x: number) => m.completions.wait(x, scratch, state));
const completionWaitTimeout = (state: number) =>
  wait((m, scratch, x: number, timeout: Value) => {
    const left = m.completions.wait(x, scratch, state, Math.min(Number(timeout), MAX_SCHEDULE_TIMEOUT));
    return left === MAX_SCHEDULE_TIMEOUT ? timeout : left;
  });

export const taskBuiltins = {
  schedule: wait((m) => m.timeouts.schedule()),
  schedule_timeout: wait((m, scratch, timeout) =>
    remaining(m.timeouts.scheduleTimeout(Number(timeout), scratch + SCRATCH_TIMER), timeout),
  ),
  yield: wait((m) => {
    if (!first(m)) return undefined;
    m.tasks.setState(m.core.current, TASK_RUNNING);
    return BLOCK;
  }),
  msleep: wait((m, scratch, msecs) => m.timeouts.sleep(jiffiesOf(m, msecs) + 1, scratch + SCRATCH_TIMER)),
  msleep_interruptible: wait(
    (m, scratch, msecs) => m.timeouts.sleep(jiffiesOf(m, msecs) + 1, scratch + SCRATCH_TIMER, TASK_INTERRUPTIBLE) ?? 0,
  ),
  usleep_range: wait((m, scratch, min, max) => m.timeouts.usleepRange(Number(min), Number(max), scratch)),
  udelay: plain((m, usecs) => delay(m, Number(usecs) / 1_000_000)),
  ndelay: plain((m, nsecs) => delay(m, Number(nsecs) / 1_000_000_000)),
  __kmem_set_current_state: plain((m, state_value) => m.sleeping.setCurrentState(state_value)),
  wake_up_process: plain((m, p) => bool(m.sched.wake(taskArg(m, p)))),
  wake_up_state: plain((m, p, state) => bool(m.sched.wake(taskArg(m, p), state))),
  signal_pending: inline(() => 0),
  task_cpu: inline((m, p) => m.tasks.cpuOf(taskArg(m, p))),
  kthread_run: byValue(
    plain((m, threadfn, data, namefmt, ...args) => {
      const task = spawn(m, threadfn, data, namefmt, args);
      if (m.tasks.has(task)) m.sched.wake(task);
      return task;
    }),
  ),
  kthread_create: byValue(plain((m, threadfn, data, namefmt, ...args) => spawn(m, threadfn, data, namefmt, args))),
  kthread_stop: wait((m, _scratch, k) => {
    const { core, tasks, sched } = m;
    const task = taskArg(m, k);
    if (first(m)) {
      m.sleeping.mightSleep('kernel/sched/completion.c', ['wait_for_completion']);
      tasks.set(task, T.shouldStop, 1);
      sched.wake(task);
    }
    if (tasks.state(task) & TASK_DEAD) return tasks.getLong(task, T.exitCode);
    sched.prepare(core.current, TASK_UNINTERRUPTIBLE, WAIT_TASK_EXIT, task);
    return BLOCK;
  }),
  kthread_should_stop: inline((m) => m.tasks.get(m.core.current, T.shouldStop)),
  msecs_to_jiffies: inline((machine, m) => (m > 0x7fffffff ? maxOffset(machine) : jiffiesOf(machine, m))),
  usecs_to_jiffies: inline((m, u) => (u > MAX_USECS ? maxOffset(m) : jiffiesOfUsecs(m, u))),
  nsecs_to_jiffies: inline((m, n) => div64(n, 1_000_000_000 / m.core.hz, false)),
  jiffies_to_msecs: inline((m, j) => mul64(j, 1000 / m.core.hz, false)),
  jiffies_to_usecs: inline((m, j) => mul64(j, 1_000_000 / m.core.hz, false)),
  get_jiffies_64: inline((m) => m.core.now + m.kernel.profile.initialJiffies),

  timer_setup: plain((m, timer, callback, flags) => {
    m.lockdep.initialisedMap(timer);
    m.timers.setup(timer, callback, flags);
  }),
  mod_timer: plain((m, timer, expires) => bool(m.timers.modify(timer, Number(expires)))),
  mod_timer_pending: plain((m, timer, expires) =>
    m.timers.pending(timer) ? bool(m.timers.modify(timer, Number(expires))) : 0,
  ),
  add_timer: plain((m, timer) => {
    if (m.timers.pending(timer))
      throw new KernelBug(
        { at: 'kernel/time/timer.c', fn: 'add_timer' },
        [],
        ['the timer is pending already: mod_timer() moves one that may be'],
      );
    m.timers.modify(timer, m.core.getLong(timer + m.core.offset('timer_list', 'expires')));
  }),
  del_timer: plain((m, timer) => bool(m.timers.del(timer))),
  del_timer_sync: delTimerSync,

  INIT_WORK: plain((m, work, func) => {
    m.lockdep.initialisedMap(work);
    m.works.init(work, func);
  }),
  INIT_DELAYED_WORK: plain((m, dwork, func) => {
    m.lockdep.initialisedMap(dwork);
    m.works.initDelayed(dwork, func);
  }),
  schedule_work: plain((m, work) => bool(m.works.queue(work))),
  schedule_work_on: plain((m, cpu, work) => bool(m.works.queue(work, cpuArg(m, cpu)))),
  queue_work: plain((m, _wq, work) => bool(m.works.queue(work))),
  queue_work_on: plain((m, cpu, _wq, work) => bool(m.works.queue(work, cpuArg(m, cpu)))),
  schedule_delayed_work: plain((m, dwork, delay) => bool(m.works.queueDelayed(dwork, Number(delay)))),
  queue_delayed_work: plain((m, _wq, dwork, delay) => bool(m.works.queueDelayed(dwork, Number(delay)))),
  mod_delayed_work: plain((m, _wq, dwork, delay) => bool(m.works.modifyDelayed(dwork, Number(delay)))),
  flush_work: wait((m, scratch, work) => answer(m.works.flush(work, scratch))),
  flush_delayed_work: wait((m, scratch, dwork) => {
    if (first(m)) m.works.expedite(dwork);
    return answer(m.works.flush(dwork, scratch));
  }),
  cancel_work: plain((m, work) => bool(m.works.cancel(work, false))),
  cancel_work_sync: wait((m, _scratch, work) => answer(m.works.cancelSync(work, false))),
  cancel_delayed_work: plain((m, dwork) => bool(m.works.cancel(dwork, true))),
  cancel_delayed_work_sync: wait((m, _scratch, dwork) => answer(m.works.cancelSync(dwork, true))),

  raise_softirq: plain((m, nr) => m.softirqs.raise(nr)),
  raise_softirq_irqoff: plain((m, nr) => m.softirqs.raise(nr)),
  tasklet_setup: plain((m, t, callback) => m.softirqs.setupTasklet(t, callback, true, 0)),
  tasklet_schedule: plain((m, t) => m.softirqs.schedule(t)),
  tasklet_hi_schedule: plain((m, t) => m.softirqs.schedule(t, true)),
  tasklet_kill: wait((m, _scratch, t) => {
    const { core, sched } = m;
    if (first(m)) {
      if (core.inInterrupt) {
        m.reports.log.print('Attempt to kill tasklet from interrupt');
        return undefined;
      }
      m.sleeping.mightSleep('kernel/softirq.c', ['tasklet_unlock_wait']);
    }
    if (!m.softirqs.taskletBusy(t)) return undefined;
    sched.prepare(core.current, TASK_UNINTERRUPTIBLE, WAIT_TASKLET, t);
    return BLOCK;
  }),
  tasklet_disable: wait((m, _scratch, t) => {
    if (first(m)) {
      m.softirqs.disableTasklet(t, 1);
      m.sleeping.mightSleep('kernel/softirq.c', ['tasklet_unlock_wait']);
    }
    return whileRunning(m, m.softirqs.runningFields(), t);
  }),
  tasklet_disable_nosync: plain((m, t) => m.softirqs.disableTasklet(t, 1)),
  tasklet_enable: plain((m, t) => m.softirqs.disableTasklet(t, -1)),

  request_irq: byValue(
    plain((m, irq, handler, flags, _name, dev) => {
      m.sleeping.mightSleep(MIGHT_ALLOC, [...KMALLOC, 'request_threaded_irq']);
      return m.irqs.request(Number(irq), Number(handler), Number(flags), Number(dev));
    }),
  ),
  free_irq: byValue(
    wait((m, _scratch, irq) => {
      const line = Number(irq);
      if (first(m)) {
        if (m.core.inInterrupt)
          m.reports.warn(
            { fn: '__free_irq', at: 'kernel/irq/manage.c' },
            `Trying to free IRQ ${line} from IRQ context!`,
          );
        else m.mutexes.mightSleep([mutexFunction(m.core, 'mutex_lock'), '__free_irq']);
        m.irqs.free(line);
      }
      return irqBusy(m, line) ?? 0;
    }),
  ),
  disable_irq: wait((m, _scratch, irq) => {
    if (first(m)) {
      m.sleeping.mightSleep('kernel/irq/manage.c');
      m.irqs.disable(irq);
    }
    return irqBusy(m, irq);
  }),
  disable_irq_nosync: plain((m, irq) => m.irqs.disable(irq)),
  enable_irq: plain((m, irq) => m.irqs.enable(irq)),
  synchronize_irq: wait((m, _scratch, irq) => {
    if (first(m)) m.sleeping.mightSleep('kernel/irq/manage.c');
    return irq < NR_IRQS ? irqBusy(m, irq) : undefined;
  }),

  init_waitqueue_head: plain((m, wq_head) => m.waitQueues.initHead(wq_head)),
  prepare_to_wait: plain((m, wq_head, wq_entry, state) => prepareToWait(m, wq_head, wq_entry, state, false)),
  prepare_to_wait_exclusive: plain((m, wq_head, wq_entry, state) => {
    const joins = m.lists.empty(wq_entry + m.core.offset('wait_queue_entry', 'entry'));
    const was = m.waitQueues.active(wq_head);
    prepareToWait(m, wq_head, wq_entry, state, true);
    return bool(joins && !was);
  }),
  // kernel threads have no signals: it never returns -ERESTARTSYS
  prepare_to_wait_event: plain((m, wq_head, wq_entry, state) => {
    const exclusive = (m.core.field32(wq_entry, 'wait_queue_entry', 'flags') & WQ_FLAG_EXCLUSIVE) !== 0;
    prepareToWait(m, wq_head, wq_entry, state, exclusive);
    return 0;
  }),
  finish_wait: plain((m, _wq_head, wq_entry) => m.waitQueues.finish(wq_entry)),
  init_wait_entry: plain((m, wq_entry, flags) => {
    m.waitQueues.initEntry(wq_entry);
    m.core.setField32(wq_entry, 'wait_queue_entry', 'flags', flags);
  }),
  add_wait_queue: plain((m, wq_head, wq_entry) => m.waitQueues.add(wq_head, wq_entry)),
  add_wait_queue_exclusive: plain((m, wq_head, wq_entry) => m.waitQueues.add(wq_head, wq_entry, true)),
  remove_wait_queue: plain((m, _wq_head, wq_entry) => m.waitQueues.remove(wq_entry)),
  waitqueue_active: inline((m, wq_head) => bool(m.waitQueues.active(wq_head))),
  autoremove_wake_function: plain((m, wq_entry, mode) => {
    const woken = m.sched.wake(taskArg(m, m.core.field(wq_entry, 'wait_queue_entry', 'private')), mode);
    if (woken) m.lists.delInit(wq_entry + m.core.offset('wait_queue_entry', 'entry'));
    return bool(woken);
  }),
  default_wake_function: plain((m, wq_entry, mode) =>
    bool(m.sched.wake(taskArg(m, m.core.field(wq_entry, 'wait_queue_entry', 'private')), mode)),
  ),
  __wake_up: plain((m, wq_head, mode, nr_exclusive) => m.waitQueues.wakeUp(wq_head, mode, nr_exclusive)),
  init_completion: plain((m, x) => m.completions.init(x)),
  reinit_completion: plain((m, x) => m.core.setField32(x, 'completion', 'done', 0)),
  complete: plain((m, x) => m.completions.complete(x)),
  complete_all: plain((m, x) => m.completions.completeAll(x)),
  wait_for_completion: completionWait(TASK_UNINTERRUPTIBLE),
  wait_for_completion_timeout: completionWaitTimeout(TASK_UNINTERRUPTIBLE),
  wait_for_completion_interruptible: completionWait(TASK_INTERRUPTIBLE),
  wait_for_completion_interruptible_timeout: completionWaitTimeout(TASK_INTERRUPTIBLE),
  wait_for_completion_killable: completionWait(TASK_KILLABLE),
  try_wait_for_completion: plain((m, x) => bool(m.completions.tryWait(x))),
  completion_done: inline((m, x) => bool(m.completions.done(x))),
} satisfies Partial<Implementations>;

/** A boolean, or a wait. */
function answer(outcome: Wait | boolean): number | Wait {
  return typeof outcome === 'boolean' ? bool(outcome) : outcome;
}
function cpuArg(m: Machine, cpu: number): number {
  return cpu >= 0 && cpu < m.core.cpus ? cpu : m.core.cpu;
}
function spawn(m: Machine, threadfn: Value = 0, data: Value = 0, namefmt: Value = 0, args: readonly Value[]): number {
  m.sleeping.mightSleep(MIGHT_ALLOC, [...KMALLOC, '__kthread_create_on_node', 'kthread_create_on_node']);
  const name = m.printf.format(m.core.string(m.pointer(namefmt)), args);
  return m.hooks.spawn(Number(threadfn), Number(data), name, m.core.cpu) ?? -m.kernel.profile.errno.ESRCH;
}
/** Busy waiting: time passes as if this number of statements had run, and nothing else happens on this CPU. */
function delay(m: Machine, seconds: number): void {
  m.loops.tick.statementsPassed(Math.ceil(seconds * m.core.hz * STATEMENTS_PER_JIFFY));
}
