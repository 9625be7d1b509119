/**
 * Wait queues, completions, timed sleeps (kernel/sched/wait.c, swait.c, completion.c, kernel/time/timer.c: schedule_timeout, 6.1).
 * Sleepers are on the queue with an entry in their own stack frame.
 */

import { WQ_FLAG_EXCLUSIVE } from '../../profiles/commonConstants';
import type { Lists } from '../lib/list';
import type { Reports } from '../printk/reports';
import { BLOCK, type Wait } from './block';
import type { Core } from './core';
import type { SleepChecks } from './might_sleep';
import { type Sched, WAIT_COMPLETION, WAIT_TIMER } from './sched';
import { T, TASK_RUNNING, TASK_UNINTERRUPTIBLE, type Tasks } from './task';

export { WQ_FLAG_EXCLUSIVE } from '../../profiles/commonConstants';

export const MAX_SCHEDULE_TIMEOUT = 0x7fffffff;
const DONE_ALL = 0x7fffffff;

export class Waiting {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly sched: Sched,
    private readonly reports: Reports,
    private readonly sleeping: SleepChecks,
    private readonly lists: Lists,
    /** address of autoremove_wake_function, what a sleeper's entry names */
    private readonly wakeFunction: number,
  ) {}

  // ---------------------------------------------------------------- sleeping
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
  /** A sleep of so many jiffies that nothing but time ends (msleep). */
  sleep(jiffies: number): Wait | undefined {
    const { core, tasks, sched } = this;
    const task = core.current;
    if (tasks.get(task, T.stage) !== 0) {
      // woken before its time: it sleeps on
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

  // ---------------------------------------------------------------- wait queues
  initHead(head: number): void {
    const { core } = this;
    core.setField32(head, 'wait_queue_head', 'lock', 0);
    this.lists.init(head + core.offset('wait_queue_head', 'head'));
  }
  /** init_wait: an entry for the running task. */
  initEntry(entry: number): void {
    const { core } = this;
    core.setField32(entry, 'wait_queue_entry', 'flags', 0);
    core.setField(entry, 'wait_queue_entry', 'private', core.current);
    core.setField(entry, 'wait_queue_entry', 'func', this.wakeFunction);
    this.lists.init(entry + core.offset('wait_queue_entry', 'entry'));
  }
  /** prepare_to_wait(_exclusive) */
  prepare(head: number, entry: number, state: number, exclusive = false): void {
    const { core, lists } = this;
    const link = entry + core.offset('wait_queue_entry', 'entry');
    const list = head + core.offset('wait_queue_head', 'head');
    const flags = core.field32(entry, 'wait_queue_entry', 'flags');
    core.setField32(
      entry,
      'wait_queue_entry',
      'flags',
      exclusive ? flags | WQ_FLAG_EXCLUSIVE : flags & ~WQ_FLAG_EXCLUSIVE,
    );
    if (lists.empty(link)) {
      if (exclusive) lists.addTail(link, list);
      else lists.add(link, list);
    }
    this.tasks.setState(core.current, state);
  }
  /** finish_wait */
  finish(entry: number): void {
    const { core, lists } = this;
    this.tasks.setState(core.current, TASK_RUNNING);
    const link = entry + core.offset('wait_queue_entry', 'entry');
    if (!lists.empty(link)) lists.delInit(link);
  }
  /** add_wait_queue */
  add(head: number, entry: number, exclusive = false): void {
    const { core, lists } = this;
    const flags = core.field32(entry, 'wait_queue_entry', 'flags');
    core.setField32(
      entry,
      'wait_queue_entry',
      'flags',
      exclusive ? flags | WQ_FLAG_EXCLUSIVE : flags & ~WQ_FLAG_EXCLUSIVE,
    );
    const link = entry + core.offset('wait_queue_entry', 'entry');
    const list = head + core.offset('wait_queue_head', 'head');
    if (exclusive) lists.addTail(link, list);
    else lists.add(link, list);
  }
  remove(entry: number): void {
    this.lists.del(entry + this.core.offset('wait_queue_entry', 'entry'));
  }
  /** wait_queue_active */
  active(head: number): boolean {
    return !this.lists.empty(head + this.core.offset('wait_queue_head', 'head'));
  }
  /** __wake_up: all sleepers that aren't exclusive, and `exclusive` of those that are (0: all). */
  wakeUp(head: number, mask: number, exclusive: number): number {
    const { core, lists, sched } = this;
    const link = core.offset('wait_queue_entry', 'entry');
    let left = exclusive;
    let woken = 0;
    for (const at of lists.entries(head + core.offset('wait_queue_head', 'head'))) {
      const entry = at - link;
      const flags = core.field32(entry, 'wait_queue_entry', 'flags');
      const task = core.field(entry, 'wait_queue_entry', 'private');
      const removes = core.field(entry, 'wait_queue_entry', 'func') === this.wakeFunction;
      const was = this.tasks.has(task) && sched.wake(task, mask);
      if (was) woken++;
      if (was && removes) lists.delInit(at);
      if (was && flags & WQ_FLAG_EXCLUSIVE && --left === 0) break;
    }
    return woken;
  }

  // ---------------------------------------------------------------- completions
  private waiters(completion: number): number {
    const { core } = this;
    return completion + core.offset('completion', 'wait') + core.offset('swait_queue_head', 'task_list');
  }
  initCompletion(completion: number): void {
    const { core } = this;
    core.setField32(completion, 'completion', 'done', 0);
    core.set32(completion + core.offset('completion', 'wait') + core.offset('swait_queue_head', 'lock'), 0);
    this.lists.init(this.waiters(completion));
  }
  /**
   * wait_for_completion; with `jiffies` the timeout form: jiffies left (at least 1), or 0 when they are over.
   * The sleeper's entry: list_head, then the task.
   */
  waitForCompletion(completion: number, scratch: number, state: number, jiffies?: number): Wait | number {
    const { core, tasks, sched, lists } = this;
    const task = core.current;
    const stage = tasks.get(task, T.stage);
    if (stage === 0) this.sleeping.mightSleep();
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
          : Math.max(1, sched.clearTimeout(task));
    }
    if (stage !== 0 && jiffies !== undefined && jiffies < MAX_SCHEDULE_TIMEOUT) {
      const left = sched.clearTimeout(task);
      if (left === 0) {
        this.unlink(scratch);
        return 0;
      }
      sched.setTimeout(task, left);
    }
    if (stage === 0) {
      lists.addTail(scratch, this.waiters(completion));
      core.setLong(scratch + 2 * core.wordSize, task);
      if (jiffies !== undefined && jiffies < MAX_SCHEDULE_TIMEOUT) sched.setTimeout(task, Math.max(1, jiffies));
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
    if (this.tasks.has(task)) sched.wake(task, 0xffff);
    return true;
  }
  /** try_wait_for_completion */
  tryCompletion(completion: number): boolean {
    const done = this.core.field32(completion, 'completion', 'done') >>> 0;
    if (done === 0) return false;
    if (done !== DONE_ALL) this.core.setField32(completion, 'completion', 'done', done - 1);
    return true;
  }
  completionDone(completion: number): boolean {
    return this.core.field32(completion, 'completion', 'done') !== 0;
  }
}
