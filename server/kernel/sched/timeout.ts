/** Sleeping until woken or until time is over (kernel/sched/core.c: schedule; kernel/time/timer.c: schedule_timeout, msleep, 6.1). */
import type { Reports } from '../printk/reports';
import { BLOCK, type Wait } from './block';
import type { Core } from './core';
import { type Sched, WAIT_TIMER } from './sched';
import { T, TASK_RUNNING, TASK_UNINTERRUPTIBLE, type Tasks } from './task';

export const MAX_SCHEDULE_TIMEOUT = 0x7fffffff;

export class Timeouts {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly sched: Sched,
    private readonly reports: Reports,
  ) {}

  /** schedule(): called again after the wake-up. In TASK_RUNNING it lets others go first. */
  schedule(): Wait | undefined {
    const { core, tasks } = this;
    const task = core.current;
    if (tasks.get(task, T.stage) !== 0) return undefined;
    return BLOCK;
  }
  /** schedule_timeout: what is left of `jiffies`. */
  scheduleTimeout(jiffies: number): Wait | number {
    const { core, tasks, sched } = this;
    const task = core.current;
    const forever = jiffies >= MAX_SCHEDULE_TIMEOUT;
    if (tasks.get(task, T.stage) !== 0) {
      const left = sched.clearTimeout(task);
      return forever ? jiffies : left;
    }
    if (jiffies < 0) {
      this.reports.warn('schedule_timeout', `schedule_timeout: wrong timeout value ${jiffies.toString(16)}`);
      tasks.setState(task, TASK_RUNNING);
      return 0;
    }
    if (!forever) sched.setTimeout(task, jiffies);
    if (jiffies === 0) sched.setTimeout(task, 1);
    return BLOCK;
  }
  /** A sleep of `jiffies` jiffies, without an early wake-up (msleep). */
  sleep(jiffies: number): Wait | undefined {
    const { core, tasks, sched } = this;
    const task = core.current;
    if (tasks.get(task, T.stage) !== 0) {
      // woken early: it sleeps again
      const left = sched.clearTimeout(task);
      if (left === 0) return undefined;
      sched.prepare(task, TASK_UNINTERRUPTIBLE, WAIT_TIMER, 0);
      sched.setTimeout(task, left);
      return BLOCK;
    }
    sched.prepare(task, TASK_UNINTERRUPTIBLE, WAIT_TIMER, 0);
    sched.setTimeout(task, Math.max(1, jiffies));
    return BLOCK;
  }
}
