/** Wait queues (kernel/sched/wait.c, 6.1). Sleepers are on the queue with an entry in their own stack frame. */
import { WQ_FLAG_EXCLUSIVE } from '../../profiles/commonConstants';
import type { Lists } from '../lib/list';
import type { Core } from './core';
import type { Sched } from './sched';
import { TASK_RUNNING, type Tasks } from './task';

export class WaitQueues {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly sched: Sched,
    private readonly lists: Lists,
    /** address of autoremove_wake_function, which a sleeper's entry holds */
    readonly wakeFunction: number,
  ) {}

  /** init_waitqueue_head */
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
  /** What prepare_to_wait(_exclusive) does to the queue. */
  prepare(head: number, entry: number, exclusive: boolean): void {
    const { core, lists } = this;
    this.setExclusive(entry, exclusive);
    if (lists.empty(entry + core.offset('wait_queue_entry', 'entry'))) this.queue(head, entry, exclusive);
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
    this.setExclusive(entry, exclusive);
    this.queue(head, entry, exclusive);
  }
  private setExclusive(entry: number, exclusive: boolean): void {
    const { core } = this;
    const flags = core.field32(entry, 'wait_queue_entry', 'flags');
    const others = flags & ~WQ_FLAG_EXCLUSIVE;
    core.setField32(entry, 'wait_queue_entry', 'flags', exclusive ? others | WQ_FLAG_EXCLUSIVE : others);
  }
  /** Exclusive sleepers stand behind the others. */
  private queue(head: number, entry: number, exclusive: boolean): void {
    const { core, lists } = this;
    const link = entry + core.offset('wait_queue_entry', 'entry');
    const list = head + core.offset('wait_queue_head', 'head');
    if (exclusive) lists.addTail(link, list);
    else lists.add(link, list);
  }
  /** remove_wait_queue */
  remove(entry: number): void {
    this.lists.del(entry + this.core.offset('wait_queue_entry', 'entry'));
  }
  /** wait_queue_active */
  active(head: number): boolean {
    return !this.lists.empty(head + this.core.offset('wait_queue_head', 'head'));
  }
  /** __wake_up: all sleepers that are not exclusive, and `exclusive` of those that are (0: all). */
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
}
