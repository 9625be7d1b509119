/**
 * Tasks end: a thread's function has returned, or an oops kills it (kernel/kthread.c: kthread, kernel/exit.c: do_exit, make_task_dead,
 * 6.1).
 */
import type { Lockdep } from '../locking/lockdep/lockdep';
import type { Reports } from '../printk/reports';
import { BLOCK } from '../sched/block';
import type { Core } from '../sched/core';
import type { SleepChecks } from '../sched/might_sleep';
import { type Sched, WAIT_TASK_EXIT } from '../sched/sched';
import { CallRequest, type Step } from '../sched/step';
import type { SwitchMm } from '../sched/switch_mm';
import { T, TASK_DEAD, type Tasks } from '../sched/task';

export class Exit {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly sched: Sched,
    private readonly reports: Reports,
    private readonly sleeping: SleepChecks,
    private readonly lockdep: Lockdep,
    private readonly mm: SwitchMm,
  ) {}

  /** A thread's function has returned `code`. */
  returned(code: number): void {
    this.tasks.setLong(this.core.current, T.exitCode, code);
  }
  /** A thread has been stopped before it ran for the first time: its function is not called. */
  neverStarted(): void {
    this.returned(-this.core.kernel.profile.errno.EINTR);
    this.tasks.setLong(this.core.current, T.fn, 0);
  }
  /** Calls the thread's function if that is still to be done; do_exit after it: exit_signals may sleep. */
  kthreadStep(): Step {
    const { core, tasks } = this;
    const task = core.current;
    const fn = tasks.getLong(task, T.fn);
    if (fn !== 0) {
      tasks.setLong(task, T.fn, 0);
      return new CallRequest(fn, []);
    }
    return this.doExit(tasks.getLong(task, T.exitCode), ['do_exit', 'kthread_exit']);
  }
  /** The code of a process has returned: what exit_group(0) does. */
  processStep(): Step {
    return this.doExit(0, ['do_exit', 'do_group_exit']);
  }
  private doExit(code: number, functions: readonly string[]): Step {
    this.sleeping.mightSleep('include/linux/cgroup-defs.h:771', ['exit_signals', ...functions]);
    this.lockdep.checkNoLocksHeld(functions);
    this.kill(code);
    return BLOCK;
  }
  /** The running task is gone; tasks that wait for its end are woken. It leaves its CPU next. */
  kill(code: number): void {
    const { core, tasks } = this;
    const task = core.current;
    tasks.setLong(task, T.exitCode, code);
    this.mm.exit(task);
    tasks.setState(task, TASK_DEAD);
    tasks.setRcuDepth(task, 0);
    if (tasks.get(task, T.stage) !== 0) tasks.set(task, T.stage, 0);
    this.reports.stacks.save();
    this.sched.wakeWaiting(WAIT_TASK_EXIT, task);
  }
}
