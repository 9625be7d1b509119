/**
 * The switch from one task to the next (kernel/sched/core.c: __schedule, sched_submit_work, context_switch; kernel/kthread.c: kthread, 6.1).
 */
import type { Core } from './core';
import type { KmapLocal } from './kmap_local';
import type { SleepChecks } from './might_sleep';
import type { Preempt } from './preempt';
import type { Sched } from './sched';
import type { SwitchMm } from './switch_mm';
import { T, TASK_RUNNING, type Tasks } from './task';

/** wq_worker_sleeping: what the workqueues do when a worker sleeps inside a work function. */
interface WorkerPools {
  workerSleeps(cpu: number): void;
}

/** rcu_note_context_switch: what RCU says to a switch. `preempt`: the task did not ask to sleep. */
export interface RcuChecks {
  noteContextSwitch(preempt: boolean, callers?: readonly string[]): void;
}

export class ContextSwitch {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly sched: Sched,
    private readonly preempt: Preempt,
    private readonly sleeping: SleepChecks,
    private readonly rcu: RcuChecks,
    private readonly pools: WorkerPools,
    private readonly kmaps: KmapLocal,
    private readonly mm: SwitchMm,
  ) {}

  /**
   * __schedule: the running task goes to the end of the queue if it is runnable. Returns the task that comes next, off the queue.
   * @throws PanicError for a stack that has overflowed
   */
  leave(preempt: boolean): number {
    const { core, tasks, sched } = this;
    this.checks(preempt);
    const { cpu } = core;
    const prev = core.current;
    if (tasks.state(prev) === TASK_RUNNING) sched.enqueue(prev);
    else {
      core.setField32(prev, 'task_struct', 'on_rq', 0);
      if (tasks.getLong(prev, T.work) !== 0) this.pools.workerSleeps(cpu);
    }
    return sched.dequeue(cpu) || core.idleOf(cpu);
  }
  /** The head of __schedule, which leaves interrupts on. */
  private checks(preempt: boolean): void {
    this.sleeping.scheduleDebug();
    this.rcu.noteContextSwitch(preempt);
    this.preempt.irqEnable();
  }
  /** schedule() of a handler on top of the idle task: there is nothing to switch to, so it returns at once (dequeue_task_idle). */
  idleSchedules(preempt: boolean): void {
    const { core, tasks, sleeping } = this;
    this.checks(preempt);
    if (tasks.state(core.current) !== TASK_RUNNING) sleeping.badIdle();
  }
  /** context_switch: preempt_count and interrupts are the task's. `next` becomes the CPU's current task. */
  switchTo(next: number): void {
    const { core, tasks } = this;
    const prev = core.current;
    tasks.set(prev, T.preempt, core.preemptCount);
    tasks.set(prev, T.irqsOff, core.irqsOff ? 1 : 0);
    tasks.set(prev, T.switched, core.now);
    this.kmaps.switchTasks(prev, next);
    this.mm.switchTasks(prev, next);
    core.setField32(prev, 'task_struct', 'on_cpu', 0);
    core.setField32(next, 'task_struct', 'on_cpu', 1);
    core.setCurrent(core.cpu, next);
    core.preemptCount = tasks.get(next, T.preempt);
    core.irqsOff = tasks.get(next, T.irqsOff) !== 0;
  }
  /** Whether a task that has been switched to runs for the first time and has been stopped already: then kthread() does not call its function. */
  stoppedBeforeStart(task: number): boolean {
    const { tasks } = this;
    if (tasks.get(task, T.begun) !== 0) return false;
    tasks.set(task, T.begun, 1);
    return tasks.get(task, T.shouldStop) !== 0;
  }
}
