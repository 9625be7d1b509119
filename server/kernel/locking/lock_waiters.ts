/**
 * Tasks that wait for a sleeping lock: each is on the lock's wait_list with a structure in its own stack frame, as the kernel has it:
 * list_head, then the task (kernel/locking/mutex.h: struct mutex_waiter; semaphore.c, rwsem.c, 6.1).
 */
import type { Lists } from '../lib/list';
import { BLOCK, type Wait } from '../sched/block';
import type { Core } from '../sched/core';
import type { Sched } from '../sched/sched';
import { T, type Tasks } from '../sched/task';

export class LockWaiters {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly sched: Sched,
    private readonly lists: Lists,
  ) {}

  /** Puts the running task on a wait list, with a structure at `scratch`, and prepares it to sleep. */
  queue(list: number, scratch: number, kind: number, lock: number, state: number): Wait {
    const { core, lists } = this;
    const task = core.current;
    if (this.tasks.get(task, T.stage) === 0) {
      lists.addTail(scratch, list);
      core.setLong(scratch + 2 * core.wordSize, task);
    }
    this.sched.prepare(task, state, kind, lock);
    return BLOCK;
  }
  /** Takes the running task off the list if it was on it. */
  unqueue(scratch: number): void {
    if (this.tasks.get(this.core.current, T.stage) !== 0) this.lists.unlink(scratch);
  }
  /** Wakes the first waiter, if it still waits for this lock. It takes itself off the list. */
  wakeFirst(list: number, kind: number, lock: number): void {
    const first = this.lists.next(list);
    if (first === list) return;
    const task = this.core.getLong(first + 2 * this.core.wordSize);
    if (
      this.tasks.has(task) &&
      this.tasks.get(task, T.waitKind) === kind &&
      this.tasks.getLong(task, T.waitFor) === lock
    )
      this.sched.wake(task);
  }
}
