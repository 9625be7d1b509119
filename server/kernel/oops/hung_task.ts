/** Tasks that nothing can wake (kernel/hung_task.c: check_hung_task, 6.1). */
import type { Lockdep } from '../locking/lockdep/lockdep';
import type { Reports } from '../printk/reports';
import { type Core, STATUS_DEADLOCK, STATUS_ENDED } from '../sched/core';
import {
  KIND_KTHREAD,
  KIND_KWORKER,
  KIND_TASK,
  T,
  TASK_DEAD,
  TASK_INTERRUPTIBLE,
  TASK_UNINTERRUPTIBLE,
  type Tasks,
} from '../sched/task';

/** Nothing can run and no time will change that: the run has ended, with a report for each task that still waits. */
export function endOfRun(core: Core, tasks: Tasks, reports: Reports, lockdep: Lockdep): void {
  const stuck = hungTasks(tasks);
  core.setGlobal('kmem_status', stuck.length > 0 ? STATUS_DEADLOCK : STATUS_ENDED);
  for (const task of stuck) {
    const state = tasks.state(task) & TASK_UNINTERRUPTIBLE ? 'D' : 'S';
    const trace = reports.stacks.traceOf(task);
    reports.log.report({
      kind: 'lockup',
      title: `INFO: task ${tasks.comm(task)}:${tasks.pid(task)} blocked for more than 120 seconds.`,
      lines: [
        `task:${tasks.comm(task).padEnd(15)} state:${state} stack:0 pid:${tasks.pid(task)} ppid:2 flags:0x00004000`,
        'nothing is left that could wake it',
        'Call Trace:',
        ' <TASK>',
        ...trace.lines,
        ' </TASK>',
        ...lockdep.heldLines(task),
      ],
      span: trace.span,
    });
  }
}
/** The scenario's tasks that have not ended; then kernel threads that sleep for good, and workers inside a work. */
function hungTasks(tasks: Tasks): number[] {
  const sleeps = (task: number) =>
    (tasks.state(task) & (TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE)) === TASK_UNINTERRUPTIBLE;
  const of = (kind: number, hangs: (task: number) => boolean) =>
    tasks.all.filter((task) => tasks.kind(task) === kind && hangs(task));
  return [
    ...of(KIND_TASK, (task) => !(tasks.state(task) & TASK_DEAD)),
    ...of(KIND_KTHREAD, sleeps),
    ...of(KIND_KWORKER, (task) => tasks.getLong(task, T.work) !== 0),
  ];
}
