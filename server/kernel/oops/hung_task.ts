/** Tasks that do not wake (kernel/hung_task.c: check_hung_task, check_hung_uninterruptible_tasks, watchdog, 6.1). */
import type { Lockdep } from '../locking/lockdep/lockdep';
import type { Reports } from '../printk/reports';
import type { Core } from '../sched/core';
import { WAIT_RCU, WAIT_TASK_EXIT } from '../sched/sched';
import { showTask } from '../sched/show_task';
import {
  KIND_KTHREAD,
  KIND_KWORKER,
  KIND_PROCESS,
  KIND_TASK,
  T,
  TASK_DEAD,
  TASK_IDLE,
  TASK_INTERRUPTIBLE,
  TASK_KILLABLE,
  TASK_UNINTERRUPTIBLE,
  type Tasks,
} from '../sched/task';
import { WAITED_FOR } from '../sched/wait_names';
import { heldBy } from './held_by';

/** sysctl_hung_task_timeout_secs: how long a task sleeps until it counts as hung, and how often khungtaskd looks */
export const HUNG_TASK_SECONDS = 120;

export class HungTasks {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly reports: Reports,
    private readonly lockdep: Lockdep,
  ) {}

  /** Jiffies until khungtaskd looks at a task that it may find hung; undefined if there is none. */
  untilNext(): number | undefined {
    const { core, tasks } = this;
    const period = HUNG_TASK_SECONDS * core.hz;
    return core.getGlobal('sysctl_hung_task_warnings') > 0 && tasks.all.some((task) => this.blocked(task))
      ? period - (core.now % period)
      : undefined;
  }
  /** So many jiffies have passed: khungtaskd reports the tasks that have not run since it last looked. */
  tick(jiffies: number): void {
    const { core, tasks } = this;
    const period = HUNG_TASK_SECONDS * core.hz;
    if (core.now % period >= jiffies) return;
    const hung = tasks.all.filter((task) => this.blocked(task) && core.now - tasks.get(task, T.switched) >= period);
    const left = core.getGlobal('sysctl_hung_task_warnings');
    const told = hung.slice(0, left);
    core.setGlobal('sysctl_hung_task_warnings', left - told.length);
    this.reportEach(told, []);
  }
  /** Asleep in TASK_UNINTERRUPTIBLE proper. */
  private blocked(task: number): boolean {
    const { tasks } = this;
    const ignored = (TASK_IDLE | TASK_KILLABLE) & ~TASK_UNINTERRUPTIBLE;
    return (tasks.state(task) & (TASK_UNINTERRUPTIBLE | ignored | TASK_DEAD)) === TASK_UNINTERRUPTIBLE;
  }

  /** The end of a run in which nothing can wake anybody: a report for each task that still waits. */
  reportAll(stuck: readonly number[]): void {
    this.reportEach(stuck, ['nothing is left that could wake it']);
  }
  /** check_hung_uninterruptible_tasks: the locks of all tasks are shown once, behind the last report. */
  private reportEach(hung: readonly number[], notes: readonly string[]): void {
    const { lockdep } = this;
    hung.forEach((task, i) => {
      this.report(task, notes, i === hung.length - 1 ? lockdep.allHeldLines() : []);
    });
  }
  private report(task: number, notes: readonly string[], locks: readonly string[]): void {
    const { tasks, reports } = this;
    const { span, sources } = reports.stacks.traceOf(task);
    reports.log.report({
      kind: 'lockup',
      title: `INFO: task ${tasks.comm(task)}:${tasks.pid(task)} blocked for more than ${HUNG_TASK_SECONDS} seconds.`,
      lines: [
        `      ${reports.uname()}`,
        '"echo 0 > /proc/sys/kernel/hung_task_timeout_secs" disables this message.',
        ...showTask(tasks, reports, task),
        ...locks,
      ],
      notes: [...this.waitNotes(task), ...notes],
      sources,
      span,
    });
  }
  /** What a task waits for, and who has it; nothing where it does not record that. */
  private waitNotes(task: number): string[] {
    const { tasks, reports, lockdep } = this;
    const kind = tasks.get(task, T.waitKind);
    const waitsFor = tasks.getLong(task, T.waitFor);
    if (kind === WAIT_TASK_EXIT) return [`it waits for ${tasks.label(waitsFor)} to end`];
    if (kind === WAIT_RCU) return ['it waits for an RCU grace period'];
    const what = WAITED_FOR[kind];
    if (what === undefined) return [];
    return [`it waits for ${what} ${reports.names.nameOf(waitsFor)}${heldBy(lockdep, tasks, waitsFor, task)}`];
  }
  /** The scenario's tasks that have not ended; then kernel threads that sleep for good, and workers inside a work. */
  stuck(): number[] {
    const { tasks } = this;
    const sleeps = (task: number) =>
      (tasks.state(task) & (TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE)) === TASK_UNINTERRUPTIBLE;
    const of = (kind: number, hangs: (task: number) => boolean) =>
      tasks.all.filter((task) => tasks.kind(task) === kind && hangs(task));
    return [
      ...of(KIND_TASK, (task) => !(tasks.state(task) & TASK_DEAD)),
      ...of(KIND_PROCESS, (task) => !(tasks.state(task) & TASK_DEAD)),
      ...of(KIND_KTHREAD, sleeps),
      ...of(KIND_KWORKER, (task) => tasks.getLong(task, T.work) !== 0),
    ];
  }
}
