/** Tasks and their contexts, read from their task_structs. */

import type { Lockdep } from '../../kernel/locking/lockdep/lockdep';
import { isException } from '../../kernel/oops/exceptions';
import { type Core, STATUS_RUNNING } from '../../kernel/sched/core';
import { COUNT_MASK } from '../../kernel/sched/preempt_mask';
import {
  KIND_FREE,
  KIND_IDLE,
  KIND_KSOFTIRQD,
  KIND_KSWAPD,
  KIND_KWORKER,
  T,
  TASK_DEAD,
  TASK_INTERRUPTIBLE,
  TASK_RUNNING,
  type Tasks,
} from '../../kernel/sched/task';
import { WAITED_FOR } from '../../kernel/sched/wait_names';
import type { ExecutionContext, TaskInfo } from '../target/target';
import type { View } from './view';

/** The parts of the kernel that concern tasks. */
export interface Running {
  readonly core: Core;
  readonly tasks: Tasks;
  readonly lockdep: Lockdep;
}

/** Tasks in order of creation, without the unused slots of the pool, and without those that the page tables do not map any more. */
export function taskInfos(machine: Running, view: View): TaskInfo[] {
  return machine.tasks.all.flatMap((task) => taskInfo(machine, view, task) ?? []);
}
/** The task whose task_struct is at an address; undefined where there is none, and for those that are left out of all. */
export function taskInfo(machine: Running, view: View, task: number): TaskInfo | undefined {
  const { tasks } = machine;
  if (!tasks.all.includes(task)) return undefined;
  try {
    return tasks.kind(task) === KIND_FREE ? undefined : infoOf(machine, view, task);
  } catch (error) {
    if (isException(error)) return undefined;
    throw error;
  }
}
function infoOf({ core, tasks }: Running, view: View, task: number): TaskInfo {
  const kind = tasks.kind(task);
  const cpu = tasks.cpuOf(task);
  const current = core.cpuRunning(task) >= 0 && core.getGlobal('kmem_status') === STATUS_RUNNING;
  const depth = tasks.get(task, T.depth);
  const idle = kind === KIND_IDLE;
  const helper = kind === KIND_KSOFTIRQD || kind === KIND_KWORKER || kind === KIND_KSWAPD;
  return {
    task,
    comm: tasks.comm(task),
    pid: tasks.pid(task),
    cpu,
    state: stateOf(tasks, view, task, current),
    idle,
    quiet: (idle || helper) && depth === 0,
  };
}
function stateOf(tasks: Tasks, view: View, task: number, current: boolean): string {
  const state = tasks.state(task);
  if (state & TASK_DEAD) return 'dead';
  if (current) return 'running';
  if (state === TASK_RUNNING) return 'runnable';
  const waits = WAITED_FOR[tasks.get(task, T.waitKind)];
  if (waits) return `waits for ${waits} ${view.symbolName(tasks.getLong(task, T.waitFor), true) ?? ''}`.trim();
  return state & TASK_INTERRUPTIBLE ? 'sleeping' : 'blocked';
}

/** The context that a task's code runs in: of its CPU if it runs, else as it was saved when it left. */
export function executionContext(
  { core, tasks, lockdep }: Running,
  task: number,
  spanOfCode: (address: number) => ExecutionContext['locks'][number]['span'],
): ExecutionContext {
  const cpu = core.cpuRunning(task);
  const runs = cpu >= 0;
  const preemptCount = runs ? core.getPerCpu('__preempt_count', cpu) : tasks.get(task, T.preempt);
  const irqsOff = runs ? core.getPerCpu('kmem_irqs_off', cpu) : tasks.get(task, T.irqsOff);
  return {
    cpu: runs ? cpu : tasks.cpuOf(task),
    preemptCount: preemptCount & COUNT_MASK,
    irqsDisabled: irqsOff !== 0,
    rcuNesting: tasks.rcuDepth(task),
    locks: lockdep.held(task).map((lock) => ({ address: lock.address, kind: lock.kind, span: spanOfCode(lock.ip) })),
  };
}
