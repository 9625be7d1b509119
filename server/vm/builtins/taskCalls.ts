/** Tasks, time, timers, works, softirqs, tasklets, interrupt lines, waiting. */

import { KernelBug } from '../../kernel/lib/bug';
import { BLOCK, Spin, type Wait } from '../../kernel/sched/block';
import { HARDIRQ_MASK, NR_IRQS, STATEMENTS_PER_JIFFY } from '../../kernel/sched/core';
import { WAIT_TASK_EXIT, WAIT_TASKLET } from '../../kernel/sched/sched';
import {
  T,
  TASK_DEAD,
  TASK_INTERRUPTIBLE,
  TASK_KILLABLE,
  TASK_RUNNING,
  TASK_UNINTERRUPTIBLE,
} from '../../kernel/sched/task';
import { MAX_SCHEDULE_TIMEOUT, WQ_FLAG_EXCLUSIVE } from '../../kernel/sched/wait';
import type { Machine } from '../machine/machine';
import { div64, mul64, type Value } from '../values/value';
import { bool, inline, n, plain, wait } from './define';

const TASK_NORMAL = TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE;
const TIMER_IRQSAFE = 0x200000;
/** MAX_JIFFY_OFFSET: half of the largest long, less one */
const maxOffset = (m: Machine): Value => (m.core.long === 8 ? (1n << 62n) - 2n : 0x3ffffffe);
const msecs = (m: Machine, ms: number): number => Math.ceil((ms * m.core.hz) / 1000);
const usecs = (m: Machine, us: number): number => Math.ceil((us * m.core.hz) / 1_000_000);
/** jiffies_to_usecs(MAX_JIFFY_OFFSET), cut to 32 bits on every machine */
const MAX_USECS = 0xffffe0c0;
const taskArg = (m: Machine, v: Value | undefined): number => {
  const task = m.pointer(v);
  if (!m.tasks.has(task)) m.core.get32(task);
  return task;
};
/** del_timer_sync and tasklet_disable spin while the handler runs. */
function whileRunning(m: Machine, name: string, what: number): Wait | undefined {
  for (let cpu = 0; cpu < m.core.cpus; cpu++) {
    const at = m.core.perCpuAddress(name, cpu);
    if (m.core.getLong(at) !== what) continue;
    // from the handler itself, too: it waits for ever
    return new Spin(at, m.core.get32(at), m.context.nameLock(what));
  }
  return undefined;
}
const delTimerSync = wait((m, a, s) => {
  const timer = m.pointer(a[0]);
  const { core } = m;
  if (first(m)) {
    core.set32(s.scratch, 0);
    const irqSafe = core.field32(timer, 'timer_list', 'flags') & TIMER_IRQSAFE;
    if (core.preemptCount & HARDIRQ_MASK && !irqSafe)
      m.context.warn('del_timer_sync', 'WARN_ON(in_hardirq() && !(timer->flags & TIMER_IRQSAFE))', [
        'its callback may be what this interrupt interrupted: it would be waited for in vain',
      ]);
  }
  if (m.timers.del(timer)) core.set32(s.scratch, 1);
  return whileRunning(m, 'kmem_running_timer', timer) ?? core.get32(s.scratch);
});
/** A CPU, this one or another, is inside the handler of a line. */
function irqBusy(m: Machine, irq: number): Wait | undefined {
  for (let cpu = 0; cpu < m.core.cpus; cpu++) {
    const at = m.core.perCpuAddress('kmem_running_irq', cpu);
    if (m.core.get32(at) === irq + 1) return new Spin(at, irq + 1, `irq ${irq}`);
  }
  return undefined;
}
/** Whether a function that may wait is called for the first time, not again after a wait. */
const first = (m: Machine): boolean => m.tasks.get(m.core.current, T.stage) === 0;
/** What is left of a timeout, an answer of kernel/wait.ts: never more than there was, and MAX_SCHEDULE_TIMEOUT is exact. */
function remaining(left: Wait | number, timeout: Value): Wait | Value {
  return typeof left === 'number' && left >= timeout ? timeout : left;
}
const completionWait = (state: number, timed: boolean) =>
  wait((m, a, s) => {
    const completion = m.pointer(a[0]);
    if (!timed) return m.waiting.waitForCompletion(completion, s.scratch, state);
    const timeout = a[1] ?? 0;
    const left = m.waiting.waitForCompletion(completion, s.scratch, state, Math.min(n(timeout), MAX_SCHEDULE_TIMEOUT));
    return left === MAX_SCHEDULE_TIMEOUT ? timeout : left;
  });

export const taskBuiltins = {
  schedule: wait((m) => m.waiting.schedule()),
  schedule_timeout: wait((m, a) => remaining(m.waiting.scheduleTimeout(n(a[0])), a[0] ?? 0)),
  yield: wait((m) => {
    if (!first(m)) return undefined;
    m.tasks.setState(m.core.current, TASK_RUNNING);
    return BLOCK;
  }),
  msleep: wait((m, a) => m.waiting.sleep(msecs(m, n(a[0])) + 1)),
  msleep_interruptible: wait((m, a) => m.waiting.sleep(msecs(m, n(a[0])) + 1) ?? 0),
  usleep_range: wait((m, a) => m.waiting.sleep(Math.max(1, usecs(m, n(a[0]))))),
  udelay: plain((m, a) => delay(m, n(a[0]) / 1_000_000)),
  ndelay: plain((m, a) => delay(m, n(a[0]) / 1_000_000_000)),
  wake_up_process: plain((m, a) => bool(m.sched.wake(taskArg(m, a[0]), 3))),
  wake_up_state: plain((m, a) => bool(m.sched.wake(taskArg(m, a[0]), n(a[1])))),
  signal_pending: inline(() => 0),
  task_cpu: inline((m, a) => m.tasks.cpuOf(taskArg(m, a[0]))),
  kthread_run: plain((m, a) => {
    const task = spawn(m, a);
    if (m.tasks.has(task)) m.sched.wake(task, 0xffff);
    return task;
  }),
  kthread_create: plain(spawn),
  kthread_stop: wait((m, a) => {
    const { core, tasks, sched } = m;
    const task = taskArg(m, a[0]);
    if (first(m)) {
      m.context.mightSleep();
      tasks.set(task, T.shouldStop, 1);
      sched.wake(task, TASK_NORMAL);
    }
    if (tasks.state(task) & TASK_DEAD) return n(tasks.getLong(task, T.exitCode));
    sched.prepare(core.current, TASK_UNINTERRUPTIBLE, WAIT_TASK_EXIT, task);
    return BLOCK;
  }),
  kthread_should_stop: inline((m) => m.tasks.get(m.core.current, T.shouldStop)),
  msecs_to_jiffies: inline((m, a) => (n(a[0]) > 0x7fffffff ? maxOffset(m) : msecs(m, n(a[0])))),
  usecs_to_jiffies: inline((m, a) => (n(a[0]) > MAX_USECS ? maxOffset(m) : usecs(m, n(a[0])))),
  nsecs_to_jiffies: inline((m, a) => div64(a[0] ?? 0, 1_000_000_000 / m.core.hz, false)),
  jiffies_to_msecs: inline((m, a) => mul64(a[0] ?? 0, 1000 / m.core.hz, false)),
  jiffies_to_usecs: inline((m, a) => mul64(a[0] ?? 0, 1_000_000 / m.core.hz, false)),
  get_jiffies_64: inline((m) => m.core.now + m.kernel.profile.initialJiffies),

  timer_setup: plain((m, a) => m.timers.setup(m.pointer(a[0]), n(a[1]), n(a[2]))),
  mod_timer: plain((m, a) => bool(m.timers.modify(m.pointer(a[0]), n(a[1])))),
  mod_timer_pending: plain((m, a) =>
    m.timers.pending(m.pointer(a[0])) ? bool(m.timers.modify(m.pointer(a[0]), n(a[1]))) : 0,
  ),
  add_timer: plain((m, a) => {
    const timer = m.pointer(a[0]);
    if (m.timers.pending(timer))
      throw new KernelBug('kernel/time/timer.c', [
        'add_timer: the timer is pending already; mod_timer() moves one that may be',
      ]);
    m.timers.modify(timer, m.core.getLong(timer + m.core.offset('timer_list', 'expires')));
  }),
  del_timer: plain((m, a) => bool(m.timers.del(m.pointer(a[0])))),
  del_timer_sync: delTimerSync,

  INIT_WORK: plain((m, a) => m.works.init(m.pointer(a[0]), n(a[1]))),
  INIT_DELAYED_WORK: plain((m, a) => m.works.initDelayed(m.pointer(a[0]), n(a[1]))),
  schedule_work: plain((m, a) => bool(m.works.queue(m.pointer(a[0])))),
  schedule_work_on: plain((m, a) => bool(m.works.queue(m.pointer(a[1]), cpuArg(m, a[0])))),
  queue_work: plain((m, a) => bool(m.works.queue(m.pointer(a[1])))),
  queue_work_on: plain((m, a) => bool(m.works.queue(m.pointer(a[2]), cpuArg(m, a[0])))),
  schedule_delayed_work: plain((m, a) => bool(m.works.queueDelayed(m.pointer(a[0]), n(a[1])))),
  queue_delayed_work: plain((m, a) => bool(m.works.queueDelayed(m.pointer(a[1]), n(a[2])))),
  mod_delayed_work: plain((m, a) => bool(m.works.modifyDelayed(m.pointer(a[1]), n(a[2])))),
  flush_work: wait((m, a, s) => answer(m.works.flush(m.pointer(a[0]), s.scratch))),
  flush_delayed_work: wait((m, a, s) => {
    if (first(m)) m.works.expedite(m.pointer(a[0]));
    return answer(m.works.flush(m.pointer(a[0]), s.scratch));
  }),
  cancel_work: plain((m, a) => bool(m.works.cancel(m.pointer(a[0]), false))),
  cancel_work_sync: wait((m, a) => answer(m.works.cancelSync(m.pointer(a[0]), false))),
  cancel_delayed_work: plain((m, a) => bool(m.works.cancel(m.pointer(a[0]), true))),
  cancel_delayed_work_sync: wait((m, a) => answer(m.works.cancelSync(m.pointer(a[0]), true))),

  raise_softirq: plain((m, a) => m.softirqs.raise(n(a[0]))),
  raise_softirq_irqoff: plain((m, a) => m.softirqs.raise(n(a[0]))),
  tasklet_setup: plain((m, a) => m.softirqs.setupTasklet(m.pointer(a[0]), n(a[1]), true, 0)),
  tasklet_schedule: plain((m, a) => m.softirqs.schedule(m.pointer(a[0]))),
  tasklet_hi_schedule: plain((m, a) => m.softirqs.schedule(m.pointer(a[0]), true)),
  tasklet_kill: wait((m, a) => {
    const { core, sched } = m;
    const tasklet = m.pointer(a[0]);
    if (first(m)) {
      if (core.inInterrupt) {
        m.context.log.print('Attempt to kill tasklet from interrupt');
        return undefined;
      }
      m.context.mightSleep();
    }
    if (!m.softirqs.taskletBusy(tasklet)) return undefined;
    sched.prepare(core.current, TASK_UNINTERRUPTIBLE, WAIT_TASKLET, tasklet);
    return BLOCK;
  }),
  tasklet_disable: wait((m, a) => {
    const tasklet = m.pointer(a[0]);
    if (first(m)) {
      m.softirqs.disableTasklet(tasklet, 1);
      m.context.mightSleep();
    }
    return whileRunning(m, 'kmem_running_tasklet', tasklet);
  }),
  tasklet_disable_nosync: plain((m, a) => m.softirqs.disableTasklet(m.pointer(a[0]), 1)),
  tasklet_enable: plain((m, a) => m.softirqs.disableTasklet(m.pointer(a[0]), -1)),

  request_irq: plain((m, a) => {
    m.context.mightSleep();
    return m.irqs.request(n(a[0]), n(a[1]), n(a[2]), n(a[4]));
  }),
  free_irq: wait((m, a) => {
    const irq = n(a[0]);
    if (first(m)) {
      if (m.core.inInterrupt) m.context.warn('__free_irq', `Trying to free IRQ ${irq} from IRQ context!`);
      else m.context.mightSleep();
      m.irqs.free(irq);
    }
    return irqBusy(m, irq) ?? 0;
  }),
  disable_irq: wait((m, a) => {
    if (first(m)) {
      m.context.mightSleep();
      m.irqs.disable(n(a[0]));
    }
    return irqBusy(m, n(a[0]));
  }),
  disable_irq_nosync: plain((m, a) => m.irqs.disable(n(a[0]))),
  enable_irq: plain((m, a) => m.irqs.enable(n(a[0]))),
  synchronize_irq: wait((m, a) => {
    if (first(m)) m.context.mightSleep();
    return n(a[0]) < NR_IRQS ? irqBusy(m, n(a[0])) : undefined;
  }),

  init_waitqueue_head: plain((m, a) => m.waiting.initHead(m.pointer(a[0]))),
  prepare_to_wait: plain((m, a) => m.waiting.prepare(m.pointer(a[0]), m.pointer(a[1]), n(a[2]))),
  prepare_to_wait_exclusive: plain((m, a) => {
    const [head, entry] = [m.pointer(a[0]), m.pointer(a[1])];
    const joins = m.lists.empty(entry + m.core.offset('wait_queue_entry', 'entry'));
    const was = m.waiting.active(head);
    m.waiting.prepare(head, entry, n(a[2]), true);
    return bool(joins && !was);
  }),
  // kernel threads have no signals: it never returns -ERESTARTSYS
  prepare_to_wait_event: plain((m, a) => {
    const entry = m.pointer(a[1]);
    const exclusive = (m.core.field32(entry, 'wait_queue_entry', 'flags') & WQ_FLAG_EXCLUSIVE) !== 0;
    m.waiting.prepare(m.pointer(a[0]), entry, n(a[2]), exclusive);
    return 0;
  }),
  finish_wait: plain((m, a) => m.waiting.finish(m.pointer(a[1]))),
  init_wait_entry: plain((m, a) => {
    m.waiting.initEntry(m.pointer(a[0]));
    m.core.setField32(m.pointer(a[0]), 'wait_queue_entry', 'flags', n(a[1]));
  }),
  add_wait_queue: plain((m, a) => m.waiting.add(m.pointer(a[0]), m.pointer(a[1]))),
  add_wait_queue_exclusive: plain((m, a) => m.waiting.add(m.pointer(a[0]), m.pointer(a[1]), true)),
  remove_wait_queue: plain((m, a) => m.waiting.remove(m.pointer(a[1]))),
  waitqueue_active: inline((m, a) => bool(m.waiting.active(m.pointer(a[0])))),
  autoremove_wake_function: plain((m, a) => {
    const entry = m.pointer(a[0]);
    const woken = m.sched.wake(taskArg(m, m.core.field(entry, 'wait_queue_entry', 'private')), n(a[1]));
    if (woken) m.lists.delInit(entry + m.core.offset('wait_queue_entry', 'entry'));
    return bool(woken);
  }),
  default_wake_function: plain((m, a) =>
    bool(m.sched.wake(taskArg(m, m.core.field(m.pointer(a[0]), 'wait_queue_entry', 'private')), n(a[1]))),
  ),
  __wake_up: plain((m, a) => m.waiting.wakeUp(m.pointer(a[0]), n(a[1]), n(a[2]))),
  init_completion: plain((m, a) => m.waiting.initCompletion(m.pointer(a[0]))),
  reinit_completion: plain((m, a) => m.core.setField32(m.pointer(a[0]), 'completion', 'done', 0)),
  complete: plain((m, a) => m.waiting.complete(m.pointer(a[0]))),
  complete_all: plain((m, a) => m.waiting.completeAll(m.pointer(a[0]))),
  wait_for_completion: completionWait(TASK_UNINTERRUPTIBLE, false),
  wait_for_completion_timeout: completionWait(TASK_UNINTERRUPTIBLE, true),
  wait_for_completion_interruptible: completionWait(TASK_INTERRUPTIBLE, false),
  wait_for_completion_interruptible_timeout: completionWait(TASK_INTERRUPTIBLE, true),
  wait_for_completion_killable: completionWait(TASK_KILLABLE, false),
  try_wait_for_completion: plain((m, a) => bool(m.waiting.tryCompletion(m.pointer(a[0])))),
  completion_done: inline((m, a) => bool(m.waiting.completionDone(m.pointer(a[0])))),
};

/** A yes or no, or a wait. */
function answer(outcome: Wait | boolean): number | Wait {
  return typeof outcome === 'boolean' ? bool(outcome) : outcome;
}
function cpuArg(m: Machine, v: Value | undefined): number {
  const cpu = n(v);
  return cpu >= 0 && cpu < m.core.cpus ? cpu : m.core.cpu;
}
function spawn(m: Machine, a: readonly Value[]): number {
  m.context.mightSleep();
  const format = m.core.string(m.pointer(a[2]));
  const name = m.printf.format(format, a.slice(3));
  return m.hooks?.spawn(n(a[0]), n(a[1]), name, m.core.cpu) ?? -m.kernel.profile.errno.ESRCH;
}
/** Busy waiting: time passes as if so many statements had run, and nothing else happens on this CPU. */
function delay(m: Machine, seconds: number): void {
  const { core } = m;
  const ticks = core.getGlobal('kmem_ticks') + Math.ceil(seconds * core.hz * STATEMENTS_PER_JIFFY);
  const jiffies = Math.floor(ticks / STATEMENTS_PER_JIFFY);
  // the last jiffy ends with this statement, so that the tick finds what has expired meanwhile
  if (jiffies > 1) core.advance(jiffies - 1);
  core.setGlobal('kmem_ticks', jiffies > 0 ? STATEMENTS_PER_JIFFY - 1 : ticks);
}
