/** A task as reports of stalls show it (kernel/sched/core.c: sched_show_task, 6.1). */
import type { Reports } from '../printk/reports';
import { TASK_DEAD, TASK_INTERRUPTIBLE, TASK_RUNNING, TASK_UNINTERRUPTIBLE, type Tasks } from './task';

const STATES: readonly (readonly [number, string])[] = [
  [TASK_DEAD, 'X'],
  [TASK_UNINTERRUPTIBLE, 'D'],
  [TASK_INTERRUPTIBLE, 'S'],
];

/** The line of a task, and its call trace. */
export function showTask(tasks: Tasks, reports: Reports, task: number): string[] {
  const state = tasks.state(task);
  const running = state === TASK_RUNNING ? '  running task   ' : '';
  const letter = STATES.find(([bits]) => state & bits)?.[1] ?? 'R';
  return [
    `task:${tasks.comm(task).padEnd(15)} state:${letter}${running} stack:0     pid:${String(tasks.pid(task)).padEnd(5)} ppid:2      flags:0x00004000`,
    ...reports.stacks.traceOf(task).lines,
  ];
}
