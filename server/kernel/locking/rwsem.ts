/** Reader-writer semaphores (kernel/locking/rwsem.c, 6.1). A waiting writer keeps later readers out. */
import type { Lists } from '../lib/list';
import type { Reports } from '../printk/reports';
import type { Wait } from '../sched/block';
import type { Core } from '../sched/core';
import type { SleepChecks } from '../sched/might_sleep';
import { WAIT_RWSEM } from '../sched/sched';
import { T, TASK_UNINTERRUPTIBLE, type Tasks } from '../sched/task';
import type { LockWaiters } from './lock_waiters';
import type { Lockdep } from './lockdep';

const RWSEM_WRITER = 1;
const RWSEM_READER = 0x100;

export class RwSemaphores {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly reports: Reports,
    private readonly sleeping: SleepChecks,
    private readonly lockdep: Lockdep,
    private readonly lists: Lists,
    private readonly waiters: LockWaiters,
  ) {}

  /** init_rwsem */
  init(sem: number): void {
    const { core } = this;
    core.setField(sem, 'rw_semaphore', 'count', 0);
    core.setField(sem, 'rw_semaphore', 'owner', 0);
    core.setField32(sem, 'rw_semaphore', 'wait_lock', 0);
    this.lists.init(sem + core.offset('rw_semaphore', 'wait_list'));
  }
  /** down_read; `state`: how the task sleeps. */
  downRead(sem: number, scratch: number, state = TASK_UNINTERRUPTIBLE): Wait | undefined {
    const { core, tasks } = this;
    const stage = tasks.get(core.current, T.stage);
    if (stage === 0) this.sleeping.mightSleep();
    const count = core.field(sem, 'rw_semaphore', 'count');
    const list = sem + core.offset('rw_semaphore', 'wait_list');
    const blocked = count & RWSEM_WRITER || (stage === 0 && this.writerWaits(list));
    if (!blocked) {
      this.waiters.unqueue(scratch);
      core.setField(sem, 'rw_semaphore', 'count', count + RWSEM_READER);
      this.lockdep.acquired(sem, 'rwsem (read)');
      if (stage !== 0) this.wakeReaders(list, sem);
      return undefined;
    }
    if (stage === 0) core.setLong(scratch + 3 * core.wordSize, 0);
    return this.waiters.queue(list, scratch, WAIT_RWSEM, sem, state);
  }
  /** down_write */
  downWrite(sem: number, scratch: number, state = TASK_UNINTERRUPTIBLE): Wait | undefined {
    const { core, tasks, reports, sleeping, lockdep } = this;
    const stage = tasks.get(core.current, T.stage);
    if (stage === 0) sleeping.mightSleep();
    const count = core.field(sem, 'rw_semaphore', 'count');
    if (count === 0) {
      this.waiters.unqueue(scratch);
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
    return this.waiters.queue(sem + core.offset('rw_semaphore', 'wait_list'), scratch, WAIT_RWSEM, sem, state);
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
    this.lockdep.acquired(sem, 'rwsem (read)');
    return true;
  }
  /** down_write_trylock */
  tryDownWrite(sem: number): boolean {
    if (this.core.field(sem, 'rw_semaphore', 'count') !== 0) return false;
    this.core.setField(sem, 'rw_semaphore', 'count', RWSEM_WRITER);
    this.core.setField(sem, 'rw_semaphore', 'owner', this.core.current);
    this.lockdep.acquired(sem, 'rwsem (write)');
    return true;
  }
  /** up_read */
  upRead(sem: number): void {
    const { core } = this;
    this.lockdep.released(sem);
    const count = core.field(sem, 'rw_semaphore', 'count');
    if (count >= RWSEM_READER) core.setField(sem, 'rw_semaphore', 'count', count - RWSEM_READER);
    this.waiters.wakeFirst(sem + core.offset('rw_semaphore', 'wait_list'), WAIT_RWSEM, sem);
  }
  /** up_write */
  upWrite(sem: number): void {
    const { core } = this;
    this.lockdep.released(sem);
    const count = core.field(sem, 'rw_semaphore', 'count');
    core.setField(sem, 'rw_semaphore', 'count', count & RWSEM_WRITER ? count - RWSEM_WRITER : count);
    core.setField(sem, 'rw_semaphore', 'owner', 0);
    this.waiters.wakeFirst(sem + core.offset('rw_semaphore', 'wait_list'), WAIT_RWSEM, sem);
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
