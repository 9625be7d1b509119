/** Reader-writer semaphores (kernel/locking/rwsem.c, 6.1). A waiting writer keeps later readers out. */
import type { Lists } from '../lib/list';
import type { Wait } from '../sched/block';
import type { Core } from '../sched/core';
import type { SleepChecks } from '../sched/might_sleep';
import { WAIT_RWSEM } from '../sched/sched';
import { T, TASK_INTERRUPTIBLE, TASK_KILLABLE, TASK_UNINTERRUPTIBLE, type Tasks } from '../sched/task';
import type { LockWaiters } from './lock_waiters';
import type { Lockdep } from './lockdep/lockdep';

const RWSEM_WRITER = 1;
const RWSEM_READER = 0x100;
const READ = 'rwsem (read)';
const WRITE = 'rwsem (write)';
/** How a task that waits sleeps, and the end of the name of the function that lets it. */
const SUFFIXES: Readonly<Record<number, string>> = {
  [TASK_UNINTERRUPTIBLE]: '',
  [TASK_INTERRUPTIBLE]: '_interruptible',
  [TASK_KILLABLE]: '_killable',
};

export class RwSemaphores {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly sleeping: SleepChecks,
    private readonly lockdep: Lockdep,
    private readonly lists: Lists,
    private readonly waiters: LockWaiters,
  ) {
    for (const fn of ['down_read', 'down_write'])
      lockdep.text.define([...Object.values(SUFFIXES).map((suffix) => fn + suffix), `${fn}_trylock`]);
    lockdep.text.define(['downgrade_write']);
  }

  /** init_rwsem */
  init(sem: number): void {
    const { core } = this;
    this.lockdep.initialised(sem, core.kernel.layouts.size('rw_semaphore'));
    core.setField(sem, 'rw_semaphore', 'count', 0);
    core.setField(sem, 'rw_semaphore', 'owner', 0);
    core.setField32(sem, 'rw_semaphore', 'wait_lock', 0);
    this.lists.init(sem + core.offset('rw_semaphore', 'wait_list'));
  }
  /** down_read; `state`: how the task sleeps. */
  downRead(sem: number, scratch: number, state = TASK_UNINTERRUPTIBLE, subclass = 0): Wait | undefined {
    const { core } = this;
    const first = this.begins();
    const count = core.field(sem, 'rw_semaphore', 'count');
    const list = sem + core.offset('rw_semaphore', 'wait_list');
    const free = (count & RWSEM_WRITER) === 0 && !(first && this.writerWaits(list));
    if (first) this.lockdep.acquire(sem, READ, { functions: [`down_read${SUFFIXES[state]}`], subclass, free });
    if (free) {
      this.waiters.unqueue(scratch);
      core.setField(sem, 'rw_semaphore', 'count', count + RWSEM_READER);
      if (!first) {
        this.lockdep.acquired(sem);
        this.wakeReaders(list, sem);
      }
      return undefined;
    }
    if (first) core.setLong(scratch + 3 * core.wordSize, 0);
    return this.waiters.queue(list, scratch, WAIT_RWSEM, sem, state);
  }
  /** down_write */
  downWrite(sem: number, scratch: number, state = TASK_UNINTERRUPTIBLE, subclass = 0): Wait | undefined {
    const { core } = this;
    const first = this.begins();
    const free = core.field(sem, 'rw_semaphore', 'count') === 0;
    if (first) this.lockdep.acquire(sem, WRITE, { functions: [`down_write${SUFFIXES[state]}`], subclass, free });
    if (free) {
      this.waiters.unqueue(scratch);
      core.setField(sem, 'rw_semaphore', 'count', RWSEM_WRITER);
      core.setField(sem, 'rw_semaphore', 'owner', core.current);
      if (!first) this.lockdep.acquired(sem);
      return undefined;
    }
    if (first) core.setLong(scratch + 3 * core.wordSize, 1);
    return this.waiters.queue(sem + core.offset('rw_semaphore', 'wait_list'), scratch, WAIT_RWSEM, sem, state);
  }
  /** What comes before the lock; false for a wait that continues. */
  private begins(): boolean {
    if (this.tasks.get(this.core.current, T.stage) !== 0) return false;
    this.sleeping.mightSleep('kernel/locking/rwsem.c');
    return true;
  }
  private writerWaits(list: number): boolean {
    const first = this.lists.next(list);
    return first !== list && first !== 0 && this.core.getLong(first + 3 * this.core.wordSize) === 1;
  }
  private wakeReaders(list: number, sem: number): void {
    const first = this.lists.next(list);
    if (first !== list && this.core.getLong(first + 3 * this.core.wordSize) === 0)
      this.waiters.wakeFirst(list, WAIT_RWSEM, sem);
  }
  /** down_read_trylock: true if it was taken. */
  tryDownRead(sem: number): boolean {
    const count = this.core.field(sem, 'rw_semaphore', 'count');
    if (count & RWSEM_WRITER) return false;
    this.core.setField(sem, 'rw_semaphore', 'count', count + RWSEM_READER);
    this.lockdep.acquire(sem, READ, { functions: ['down_read_trylock'], trylock: true });
    return true;
  }
  /** down_write_trylock */
  tryDownWrite(sem: number): boolean {
    if (this.core.field(sem, 'rw_semaphore', 'count') !== 0) return false;
    this.core.setField(sem, 'rw_semaphore', 'count', RWSEM_WRITER);
    this.core.setField(sem, 'rw_semaphore', 'owner', this.core.current);
    this.lockdep.acquire(sem, WRITE, { functions: ['down_write_trylock'], trylock: true });
    return true;
  }
  /** up_read */
  upRead(sem: number): void {
    const { core } = this;
    this.lockdep.released(sem, READ, ['up_read']);
    const count = core.field(sem, 'rw_semaphore', 'count');
    if (count >= RWSEM_READER) core.setField(sem, 'rw_semaphore', 'count', count - RWSEM_READER);
    this.waiters.wakeFirst(sem + core.offset('rw_semaphore', 'wait_list'), WAIT_RWSEM, sem);
  }
  /** up_write */
  upWrite(sem: number): void {
    const { core } = this;
    this.lockdep.released(sem, WRITE, ['up_write']);
    const count = core.field(sem, 'rw_semaphore', 'count');
    core.setField(sem, 'rw_semaphore', 'count', count & RWSEM_WRITER ? count - RWSEM_WRITER : count);
    core.setField(sem, 'rw_semaphore', 'owner', 0);
    this.waiters.wakeFirst(sem + core.offset('rw_semaphore', 'wait_list'), WAIT_RWSEM, sem);
  }
  /** downgrade_write: lockdep's lock_downgrade keeps it on the list, now as a reader's. */
  downgrade(sem: number): void {
    const { core, lockdep } = this;
    lockdep.released(sem, WRITE, ['downgrade_write']);
    core.setField(sem, 'rw_semaphore', 'count', RWSEM_READER);
    core.setField(sem, 'rw_semaphore', 'owner', 0);
    lockdep.acquire(sem, READ, { functions: ['downgrade_write'], trylock: true });
    this.wakeReaders(sem + core.offset('rw_semaphore', 'wait_list'), sem);
  }
}
