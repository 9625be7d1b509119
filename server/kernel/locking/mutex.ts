/** Mutexes (kernel/locking/mutex.c, mutex-debug.c, 6.1). */
import type { Lists } from '../lib/list';
import type { Reports } from '../printk/reports';
import type { Wait } from '../sched/block';
import type { Core } from '../sched/core';
import type { SleepChecks } from '../sched/might_sleep';
import { WAIT_MUTEX } from '../sched/sched';
import { T, TASK_RUNNING, TASK_UNINTERRUPTIBLE, type Tasks } from '../sched/task';
import type { LockWaiters } from './lock_waiters';
import type { Lockdep } from './lockdep';

const MUTEX_FLAGS = 7;
const MUTEX_FLAG_WAITERS = 1;

export class Mutexes {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly reports: Reports,
    private readonly sleeping: SleepChecks,
    private readonly lockdep: Lockdep,
    private readonly lists: Lists,
    private readonly waiters: LockWaiters,
  ) {}

  /** The owner word: a task_struct and flags in its low bits. */
  private ownerWord(mutex: number): number {
    return this.core.field(mutex, 'mutex', 'owner');
  }
  /** The task that holds it; 0 if none does. */
  owner(mutex: number): number {
    const owner = this.ownerWord(mutex);
    return owner - this.flagsOf(owner);
  }
  private flagsOf(owner: number): number {
    return (((owner % 8) + 8) % 8) & MUTEX_FLAGS;
  }
  /** mutex_init */
  init(mutex: number): void {
    const { core } = this;
    core.setField(mutex, 'mutex', 'owner', 0);
    core.setField32(mutex, 'mutex', 'wait_lock', 0);
    core.setField32(mutex, 'mutex', 'osq', 0);
    this.lists.init(mutex + core.offset('mutex', 'wait_list'));
  }
  /** mutex_lock; `state`: how the task sleeps. */
  lock(mutex: number, scratch: number, state = TASK_UNINTERRUPTIBLE): Wait | undefined {
    const { core, tasks, reports, sleeping, lockdep } = this;
    const task = core.current;
    const stage = tasks.get(task, T.stage);
    if (stage === 0) sleeping.mightSleep();
    const list = mutex + core.offset('mutex', 'wait_list');
    const holder = this.owner(mutex);
    if (holder === 0) {
      this.waiters.unqueue(scratch);
      tasks.setState(task, TASK_RUNNING);
      core.setField(
        mutex,
        'mutex',
        'owner',
        task + (this.lists.next(list) !== list && this.lists.next(list) !== 0 ? MUTEX_FLAG_WAITERS : 0),
      );
      lockdep.acquired(mutex, 'mutex');
      return undefined;
    }
    if (stage === 0 && holder === task) {
      reports.report('BUG', 'WARNING: possible recursive locking detected', [
        `${tasks.label(task)} is trying to acquire lock:`,
        `(${reports.names.nameOf(mutex)}){mutex}, which it holds already: it waits for itself`,
        ...lockdep.heldLines(task),
      ]);
    }
    const wait = this.waiters.queue(list, scratch, WAIT_MUTEX, mutex, state);
    const owner = this.ownerWord(mutex);
    if ((this.flagsOf(owner) & MUTEX_FLAG_WAITERS) === 0)
      core.setField(mutex, 'mutex', 'owner', owner + MUTEX_FLAG_WAITERS);
    return wait;
  }
  /** mutex_trylock */
  tryLock(mutex: number): boolean {
    const { core } = this;
    if (this.owner(mutex) !== 0) return false;
    if (core.inInterrupt)
      this.reports.warn('mutex_trylock', 'DEBUG_LOCKS_WARN_ON(in_interrupt())', [
        'the owner of a mutex is a task, and an interrupt is not a task',
      ]);
    core.setField(mutex, 'mutex', 'owner', core.current + this.flagsOf(this.ownerWord(mutex)));
    this.lockdep.acquired(mutex, 'mutex');
    return true;
  }
  /** mutex_unlock; only the owner may. */
  unlock(mutex: number): void {
    const { core, tasks, reports, lockdep } = this;
    const holder = this.owner(mutex);
    lockdep.released(mutex);
    if (holder !== 0 && holder !== core.current && tasks.has(holder)) {
      reports.warn('mutex_unlock', 'DEBUG_LOCKS_WARN_ON(__owner_task(owner) != current)', [
        `the mutex belongs to ${tasks.label(holder)}`,
      ]);
      return;
    }
    const list = mutex + core.offset('mutex', 'wait_list');
    core.setField(mutex, 'mutex', 'owner', this.flagsOf(this.ownerWord(mutex)) & MUTEX_FLAG_WAITERS);
    if (this.lists.next(list) === 0) return;
    if (this.lists.empty(list)) core.setField(mutex, 'mutex', 'owner', 0);
    else this.waiters.wakeFirst(list, WAIT_MUTEX, mutex);
  }
}
