/**
 * The switch from one task to the next (kernel/sched/core.c: __schedule, sched_submit_work, context_switch; kernel/kthread.c: kthread, 6.1).
 */
import type { Core } from './core';
import type { Sched } from './sched';
import { T, TASK_RUNNING, type Tasks } from './task';

/** wq_worker_sleeping: what the workqueues do when a worker sleeps inside a work function. */
interface WorkerPools {
  workerSleeps(cpu: number): void;
}

export class ContextSwitch {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly sched: Sched,
    private readonly pools: WorkerPools,
  ) {}

  idleTask(cpu: number): number {
    return this.core.getLong(this.core.perCpuAddress('idle_task', cpu));
  }
  /** __schedule: the running task goes to the end of the queue if it is runnable. Returns the task that comes next, off the queue. */
  leave(): number {
    const { core, tasks, sched } = this;
    const { cpu } = core;
    const prev = core.current;
    const idle = this.idleTask(cpu);
    if (prev !== idle) {
      if (tasks.state(prev) === TASK_RUNNING) sched.enqueue(prev);
      else {
        core.setField32(prev, 'task_struct', 'on_rq', 0);
        if (tasks.getLong(prev, T.work) !== 0) this.pools.workerSleeps(cpu);
      }
    }
    return sched.dequeue(cpu) || idle;
  }
  /** context_switch: preempt_count and interrupts are the task's. `next` becomes the CPU's current task. */
  switchTo(next: number): void {
    const { core, tasks } = this;
    const prev = core.current;
    tasks.set(prev, T.preempt, core.preemptCount);
    tasks.set(prev, T.irqsOff, core.irqsOff ? 1 : 0);
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
