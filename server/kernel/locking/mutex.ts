/**
 * Sleeping locks: mutex, semaphore, rw_semaphore (kernel/locking/mutex.c, semaphore.c, rwsem.c, 6.1). A waiter is on the lock's
 * wait_list with a structure in its own stack frame, as the kernel has it: list_head, then the task.
 */

import type { Lists } from '../lib/list';
import type { Reports } from '../printk/reports';
import { BLOCK, type Wait } from '../sched/block';
import type { Core } from '../sched/core';
import type { SleepChecks } from '../sched/might_sleep';
import { type Sched, WAIT_MUTEX, WAIT_RWSEM, WAIT_SEMAPHORE } from '../sched/sched';
import { T, TASK_RUNNING, TASK_UNINTERRUPTIBLE, type Tasks } from '../sched/task';
import type { Lockdep } from './lockdep';

const MUTEX_FLAGS = 7;
const MUTEX_FLAG_WAITERS = 1;
const RWSEM_WRITER = 1;
const RWSEM_READER = 0x100;

export class SleepingLocks {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly sched: Sched,
    private readonly reports: Reports,
    private readonly sleeping: SleepChecks,
    private readonly lockdep: Lockdep,
    private readonly lists: Lists,
  ) {}

  // ---------------------------------------------------------------- waiters
  /** Puts the running task on a wait list, with a structure at `scratch`, and prepares it to sleep. */
  private queue(list: number, scratch: number, kind: number, lock: number, state: number): Wait {
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
  private unqueue(scratch: number): void {
    if (this.tasks.get(this.core.current, T.stage) !== 0) this.lists.unlink(scratch);
  }
  private wakeFirst(list: number, kind: number, lock: number): void {
    const first = this.lists.next(list);
    if (first === list) return;
    const task = this.core.getLong(first + 2 * this.core.wordSize);
    if (
      this.tasks.has(task) &&
      this.tasks.get(task, T.waitKind) === kind &&
      this.tasks.getLong(task, T.waitFor) === lock
    )
      this.sched.wake(task, 0xffff);
  }

  // ---------------------------------------------------------------- mutex
  private owner(mutex: number): number {
    return this.core.field(mutex, 'mutex', 'owner');
  }
  mutexOwner(mutex: number): number {
    const owner = this.owner(mutex);
    return owner - this.flagsOf(owner);
  }
  private flagsOf(owner: number): number {
    return (((owner % 8) + 8) % 8) & MUTEX_FLAGS;
  }
  mutexInit(mutex: number): void {
    const { core } = this;
    core.setField(mutex, 'mutex', 'owner', 0);
    core.setField32(mutex, 'mutex', 'wait_lock', 0);
    core.setField32(mutex, 'mutex', 'osq', 0);
    this.lists.init(mutex + core.offset('mutex', 'wait_list'));
  }
  mutexLock(mutex: number, scratch: number, state = TASK_UNINTERRUPTIBLE): Wait | undefined {
    const { core, tasks, reports, sleeping, lockdep } = this;
    const task = core.current;
    const stage = tasks.get(task, T.stage);
    if (stage === 0) sleeping.mightSleep();
    const list = mutex + core.offset('mutex', 'wait_list');
    const holder = this.mutexOwner(mutex);
    if (holder === 0) {
      this.unqueue(scratch);
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
    const wait = this.queue(list, scratch, WAIT_MUTEX, mutex, state);
    const owner = this.owner(mutex);
    if ((this.flagsOf(owner) & MUTEX_FLAG_WAITERS) === 0)
      core.setField(mutex, 'mutex', 'owner', owner + MUTEX_FLAG_WAITERS);
    return wait;
  }
  mutexTryLock(mutex: number): boolean {
    const { core } = this;
    if (this.mutexOwner(mutex) !== 0) return false;
    if (core.inInterrupt)
      this.reports.warn('mutex_trylock', 'DEBUG_LOCKS_WARN_ON(in_interrupt())', [
        'a mutex has a task as its owner: an interrupt is none',
      ]);
    core.setField(mutex, 'mutex', 'owner', core.current + this.flagsOf(this.owner(mutex)));
    this.lockdep.acquired(mutex, 'mutex');
    return true;
  }
  mutexUnlock(mutex: number): void {
    const { core, tasks, reports, lockdep } = this;
    const holder = this.mutexOwner(mutex);
    lockdep.released(mutex);
    if (holder !== 0 && holder !== core.current && tasks.has(holder)) {
      reports.warn('mutex_unlock', 'DEBUG_LOCKS_WARN_ON(__owner_task(owner) != current)', [
        `the mutex belongs to ${tasks.label(holder)}`,
      ]);
      return;
    }
    const list = mutex + core.offset('mutex', 'wait_list');
    core.setField(mutex, 'mutex', 'owner', this.flagsOf(this.owner(mutex)) & MUTEX_FLAG_WAITERS);
    if (this.lists.next(list) === 0) return;
    if (this.lists.empty(list)) core.setField(mutex, 'mutex', 'owner', 0);
    else this.wakeFirst(list, WAIT_MUTEX, mutex);
  }

  // ---------------------------------------------------------------- semaphore: nobody owns one, so none is among the held locks
  semaInit(sem: number, count: number): void {
    this.core.setField32(sem, 'semaphore', 'lock', 0);
    this.core.setField32(sem, 'semaphore', 'count', count);
    this.lists.init(sem + this.core.offset('semaphore', 'wait_list'));
  }
  /** down; with `jiffies`, down_timeout: −ETIME (−62) when they are over. */
  down(sem: number, scratch: number, state = TASK_UNINTERRUPTIBLE, jiffies?: number): Wait | number {
    const { core, tasks } = this;
    const task = core.current;
    const stage = tasks.get(task, T.stage);
    if (stage === 0) this.sleeping.mightSleep();
    const count = core.field32(sem, 'semaphore', 'count') >>> 0;
    if (count > 0) {
      this.unqueue(scratch);
      this.sched.clearTimeout(task);
      core.setField32(sem, 'semaphore', 'count', count - 1);
      return 0;
    }
    if (stage !== 0 && jiffies !== undefined && this.sched.clearTimeout(task) === 0) {
      this.unqueue(scratch);
      return -62;
    }
    const wait = this.queue(sem + core.offset('semaphore', 'wait_list'), scratch, WAIT_SEMAPHORE, sem, state);
    if (jiffies !== undefined && stage === 0) this.sched.setTimeout(task, jiffies);
    return wait;
  }
  downTryLock(sem: number): boolean {
    const count = this.core.field32(sem, 'semaphore', 'count') >>> 0;
    if (count === 0) return false;
    this.core.setField32(sem, 'semaphore', 'count', count - 1);
    return true;
  }
  up(sem: number): void {
    const { core } = this;
    core.setField32(sem, 'semaphore', 'count', core.field32(sem, 'semaphore', 'count') + 1);
    this.wakeFirst(sem + core.offset('semaphore', 'wait_list'), WAIT_SEMAPHORE, sem);
  }

  // ---------------------------------------------------------------- rw_semaphore
  rwsemInit(sem: number): void {
    const { core } = this;
    core.setField(sem, 'rw_semaphore', 'count', 0);
    core.setField(sem, 'rw_semaphore', 'owner', 0);
    core.setField32(sem, 'rw_semaphore', 'wait_lock', 0);
    this.lists.init(sem + core.offset('rw_semaphore', 'wait_list'));
  }
  downRead(sem: number, scratch: number, state = TASK_UNINTERRUPTIBLE): Wait | undefined {
    const { core, tasks } = this;
    const stage = tasks.get(core.current, T.stage);
    if (stage === 0) this.sleeping.mightSleep();
    const count = core.field(sem, 'rw_semaphore', 'count');
    const list = sem + core.offset('rw_semaphore', 'wait_list');
    const blocked = count & RWSEM_WRITER || (stage === 0 && this.writerWaits(list));
    if (!blocked) {
      this.unqueue(scratch);
      core.setField(sem, 'rw_semaphore', 'count', count + RWSEM_READER);
      this.lockdep.acquired(sem, 'rwsem (read)');
      if (stage !== 0) this.wakeReaders(list, sem);
      return undefined;
    }
    if (stage === 0) core.setLong(scratch + 3 * core.wordSize, 0);
    return this.queue(list, scratch, WAIT_RWSEM, sem, state);
  }
  downWrite(sem: number, scratch: number, state = TASK_UNINTERRUPTIBLE): Wait | undefined {
    const { core, tasks, reports, sleeping, lockdep } = this;
    const stage = tasks.get(core.current, T.stage);
    if (stage === 0) sleeping.mightSleep();
    const count = core.field(sem, 'rw_semaphore', 'count');
    if (count === 0) {
      this.unqueue(scratch);
      core.setField(sem, 'rw_semaphore', 'count', RWSEM_WRITER);
      core.setField(sem, 'rw_semaphore', 'owner', core.current);
      lockdep.acquired(sem, 'rwsem (write)');
      return undefined;
    }
    if (stage === 0 && lockdep.holds(core.current, sem)) {
      reports.report('BUG', 'WARNING: possible recursive locking detected', [
        `${tasks.label(core.current)} holds ${reports.names.nameOf(sem)} already: it waits for itself`,
        ...lockdep.heldLines(core.current),
      ]);
    }
    if (stage === 0) core.setLong(scratch + 3 * core.wordSize, 1);
    return this.queue(sem + core.offset('rw_semaphore', 'wait_list'), scratch, WAIT_RWSEM, sem, state);
  }
  private writerWaits(list: number): boolean {
    const first = this.lists.next(list);
    return first !== list && first !== 0 && this.core.getLong(first + 3 * this.core.wordSize) === 1;
  }
  private wakeReaders(list: number, sem: number): void {
    const first = this.lists.next(list);
    if (first !== list && this.core.getLong(first + 3 * this.core.wordSize) === 0)
      this.wakeFirst(list, WAIT_RWSEM, sem);
  }
  downReadTryLock(sem: number): boolean {
    const count = this.core.field(sem, 'rw_semaphore', 'count');
    if (count & RWSEM_WRITER) return false;
    this.core.setField(sem, 'rw_semaphore', 'count', count + RWSEM_READER);
    this.lockdep.acquired(sem, 'rwsem (read)');
    return true;
  }
  downWriteTryLock(sem: number): boolean {
    if (this.core.field(sem, 'rw_semaphore', 'count') !== 0) return false;
    this.core.setField(sem, 'rw_semaphore', 'count', RWSEM_WRITER);
    this.core.setField(sem, 'rw_semaphore', 'owner', this.core.current);
    this.lockdep.acquired(sem, 'rwsem (write)');
    return true;
  }
  upRead(sem: number): void {
    const { core } = this;
    this.lockdep.released(sem);
    const count = core.field(sem, 'rw_semaphore', 'count');
    if (count >= RWSEM_READER) core.setField(sem, 'rw_semaphore', 'count', count - RWSEM_READER);
    this.wakeFirst(sem + core.offset('rw_semaphore', 'wait_list'), WAIT_RWSEM, sem);
  }
  upWrite(sem: number): void {
    const { core } = this;
    this.lockdep.released(sem);
    const count = core.field(sem, 'rw_semaphore', 'count');
    core.setField(sem, 'rw_semaphore', 'count', count & RWSEM_WRITER ? count - RWSEM_WRITER : count);
    core.setField(sem, 'rw_semaphore', 'owner', 0);
    this.wakeFirst(sem + core.offset('rw_semaphore', 'wait_list'), WAIT_RWSEM, sem);
  }
  /** downgrade_write */
  downgrade(sem: number): void {
    const { core } = this;
    this.lockdep.released(sem);
    core.setField(sem, 'rw_semaphore', 'count', RWSEM_READER);
    core.setField(sem, 'rw_semaphore', 'owner', 0);
    this.lockdep.acquired(sem, 'rwsem (read)');
    this.wakeReaders(sem + core.offset('rw_semaphore', 'wait_list'), sem);
  }
}
