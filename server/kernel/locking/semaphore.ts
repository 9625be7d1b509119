/** Semaphores (kernel/locking/semaphore.c, 6.1). A semaphore has no owner, so it is never among the held locks. */
import type { Lists } from '../lib/list';
import { SCRATCH_TIMER, type Wait } from '../sched/block';
import type { Core } from '../sched/core';
import type { SleepChecks } from '../sched/might_sleep';
import { WAIT_SEMAPHORE } from '../sched/sched';
import { T, TASK_UNINTERRUPTIBLE, type Tasks } from '../sched/task';
import type { Timeouts } from '../time/timeout';
import type { LockWaiters } from './lock_waiters';

export class Semaphores {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly timeouts: Timeouts,
    private readonly sleeping: SleepChecks,
    private readonly lists: Lists,
    private readonly waiters: LockWaiters,
  ) {}

  /** sema_init */
  init(sem: number, count: number): void {
    this.core.setField32(sem, 'semaphore', 'lock', 0);
    this.core.setField32(sem, 'semaphore', 'count', count);
    this.lists.init(sem + this.core.offset('semaphore', 'wait_list'));
  }
  /** down; with `jiffies`, down_timeout: −ETIME when they have passed. */
  down(sem: number, scratch: number, state = TASK_UNINTERRUPTIBLE, jiffies?: number): Wait | number {
    const { core, tasks } = this;
    const task = core.current;
    const stage = tasks.get(task, T.stage);
    if (stage === 0) this.sleeping.mightSleep('kernel/locking/semaphore.c');
    const count = core.field32(sem, 'semaphore', 'count') >>> 0;
    if (count > 0) {
      this.waiters.unqueue(scratch);
      this.timeouts.end();
      core.setField32(sem, 'semaphore', 'count', count - 1);
      return 0;
    }
    const left = stage === 0 ? jiffies : jiffies === undefined ? undefined : this.timeouts.end();
    if (stage !== 0 && left === 0) {
      this.waiters.unqueue(scratch);
      return -core.kernel.profile.errno.ETIME;
    }
    const wait = this.waiters.queue(sem + core.offset('semaphore', 'wait_list'), scratch, WAIT_SEMAPHORE, sem, state);
    if (left !== undefined) this.timeouts.start(scratch + SCRATCH_TIMER, left);
    return wait;
  }
  /** down_trylock: true if it was taken. */
  tryDown(sem: number): boolean {
    const count = this.core.field32(sem, 'semaphore', 'count') >>> 0;
    if (count === 0) return false;
    this.core.setField32(sem, 'semaphore', 'count', count - 1);
    return true;
  }
  /** up */
  up(sem: number): void {
    const { core } = this;
    core.setField32(sem, 'semaphore', 'count', core.field32(sem, 'semaphore', 'count') + 1);
    this.waiters.wakeFirst(sem + core.offset('semaphore', 'wait_list'), WAIT_SEMAPHORE, sem);
  }
}
