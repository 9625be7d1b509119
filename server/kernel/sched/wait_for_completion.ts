/** Completions (kernel/sched/completion.c, swait.c, 6.1). A sleeper's entry is in its own stack frame: list_head, then the task. */
import type { Lists } from '../lib/list';
import { BLOCK, SCRATCH_TIMER, type Wait } from './block';
import type { Core } from './core';
import type { SleepChecks } from './might_sleep';
import { MAX_SCHEDULE_TIMEOUT, type Sched, type SleepTimers, WAIT_COMPLETION } from './sched';
import { T, TASK_RUNNING, type Tasks } from './task';

const DONE_ALL = 0x7fffffff;

export class Completions {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly sched: Sched,
    private readonly timeouts: SleepTimers,
    private readonly sleeping: SleepChecks,
    private readonly lists: Lists,
  ) {}

  private waiters(completion: number): number {
    const { core } = this;
    return completion + core.offset('completion', 'wait') + core.offset('swait_queue_head', 'task_list');
  }
  /** init_completion */
  init(completion: number): void {
    const { core } = this;
    core.setField32(completion, 'completion', 'done', 0);
    core.set32(completion + core.offset('completion', 'wait') + core.offset('swait_queue_head', 'lock'), 0);
    this.lists.init(this.waiters(completion));
  }
  /**
   * wait_for_completion; with `jiffies` the timeout form: jiffies left (at least 1), or 0 when they are over.
   * The sleeper's entry: list_head, then the task.
   */
  wait(completion: number, scratch: number, state: number, jiffies?: number): Wait | number {
    const { core, tasks, sched, timeouts, lists } = this;
    const task = core.current;
    const stage = tasks.get(task, T.stage);
    if (stage === 0) this.sleeping.mightSleep('kernel/sched/completion.c');
    const done = core.field32(completion, 'completion', 'done') >>> 0;
    if (done > 0) {
      if (stage !== 0) this.unlink(scratch);
      if (done !== DONE_ALL) core.setField32(completion, 'completion', 'done', done - 1);
      tasks.setState(task, TASK_RUNNING);
      if (jiffies === undefined) return 0;
      return stage === 0
        ? Math.max(1, jiffies)
        : jiffies >= MAX_SCHEDULE_TIMEOUT
          ? jiffies
          : Math.max(1, timeouts.end());
    }
    if (stage !== 0 && jiffies !== undefined && jiffies < MAX_SCHEDULE_TIMEOUT) {
      const left = timeouts.end();
      if (left === 0) {
        this.unlink(scratch);
        return 0;
      }
      timeouts.start(scratch + SCRATCH_TIMER, left);
    }
    if (stage === 0) {
      lists.addTail(scratch, this.waiters(completion));
      core.setLong(scratch + 2 * core.wordSize, task);
      if (jiffies !== undefined && jiffies < MAX_SCHEDULE_TIMEOUT) timeouts.start(scratch + SCRATCH_TIMER, jiffies);
    } else if (lists.empty(scratch)) lists.addTail(scratch, this.waiters(completion));
    sched.prepare(task, state, WAIT_COMPLETION, completion);
    return BLOCK;
  }
  private unlink(entry: number): void {
    if (!this.lists.empty(entry)) this.lists.delInit(entry);
  }
  /** complete */
  complete(completion: number): void {
    const { core } = this;
    const done = core.field32(completion, 'completion', 'done') >>> 0;
    if (done !== DONE_ALL) core.setField32(completion, 'completion', 'done', done + 1);
    this.wakeFirst(completion);
  }
  /** complete_all */
  completeAll(completion: number): void {
    this.core.setField32(completion, 'completion', 'done', DONE_ALL);
    while (this.wakeFirst(completion));
  }
  private wakeFirst(completion: number): boolean {
    const { core, lists, sched } = this;
    const list = this.waiters(completion);
    const first = lists.next(list);
    if (first === list || first === 0) return false;
    const task = core.getLong(first + 2 * core.wordSize);
    lists.delInit(first);
    if (this.tasks.has(task)) sched.wake(task);
    return true;
  }
  /** try_wait_for_completion */
  tryWait(completion: number): boolean {
    const done = this.core.field32(completion, 'completion', 'done') >>> 0;
    if (done === 0) return false;
    if (done !== DONE_ALL) this.core.setField32(completion, 'completion', 'done', done - 1);
    return true;
  }
  /** completion_done */
  done(completion: number): boolean {
    return this.core.field32(completion, 'completion', 'done') !== 0;
  }
}
