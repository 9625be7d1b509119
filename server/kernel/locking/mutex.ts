/** Mutexes (kernel/locking/mutex.c, mutex-debug.c, 6.1). */
import type { Lists } from '../lib/list';
import type { Reports } from '../printk/reports';
import type { Wait } from '../sched/block';
import type { Core } from '../sched/core';
import type { SleepChecks } from '../sched/might_sleep';
import { WAIT_MUTEX } from '../sched/sched';
import { T, TASK_INTERRUPTIBLE, TASK_KILLABLE, TASK_RUNNING, TASK_UNINTERRUPTIBLE, type Tasks } from '../sched/task';
import type { LockWaiters } from './lock_waiters';
import type { Lockdep } from './lockdep/lockdep';

const MUTEX_FLAGS = 7;
const MUTEX_FLAG_WAITERS = 1;
/** How a task that waits sleeps, and the function that lets it. */
const LOCK_FUNCTIONS: Readonly<Record<number, string>> = {
  [TASK_UNINTERRUPTIBLE]: 'mutex_lock_nested',
  [TASK_INTERRUPTIBLE]: 'mutex_lock_interruptible_nested',
  [TASK_KILLABLE]: 'mutex_lock_killable_nested',
};

/**
 * The name of a mutex function in the kernel's text: with CONFIG_DEBUG_LOCK_ALLOC, which comes with lockdep, mutex_lock and its like are
 * macros that call the nested form; without it, the nested form is a macro.
 */
export function mutexFunction(core: Core, name: string): string {
  const plain = name.replace(/_nested$/, '');
  const nested = `${plain}_nested`;
  if (!Object.values(LOCK_FUNCTIONS).includes(nested)) return name;
  return core.kernel.config.config.LOCKDEP === true ? nested : plain;
}

export class Mutexes {
  /** CONFIG_DEBUG_MUTEXES, which CONFIG_PROVE_LOCKING selects */
  private readonly debug: boolean;

  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly reports: Reports,
    private readonly sleeping: SleepChecks,
    private readonly lockdep: Lockdep,
    private readonly lists: Lists,
    private readonly waiters: LockWaiters,
  ) {
    const { config } = core.kernel.config;
    this.debug = config.DEBUG_MUTEXES ?? config.LOCKDEP === true;
    lockdep.text.define(['__mutex_lock', 'mutex_trylock', ...Object.values(LOCK_FUNCTIONS)]);
  }

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
    this.lockdep.initialised(mutex, core.kernel.layouts.size('mutex'));
    core.setField(mutex, 'mutex', 'owner', 0);
    core.setField32(mutex, 'mutex', 'wait_lock', 0);
    core.setField32(mutex, 'mutex', 'osq', 0);
    this.lists.init(mutex + core.offset('mutex', 'wait_list'));
  }
  /** mutex_lock; `state`: how the task sleeps. */
  lock(mutex: number, scratch: number, state = TASK_UNINTERRUPTIBLE, subclass = 0): Wait | undefined {
    const { core, tasks, lockdep } = this;
    const task = core.current;
    const first = tasks.get(task, T.stage) === 0;
    if (first) this.mightSleep();
    const free = this.owner(mutex) === 0;
    if (first) {
      lockdep.acquire(mutex, 'mutex', { functions: ['__mutex_lock', LOCK_FUNCTIONS[state] ?? ''], subclass, free });
    }
    const list = mutex + core.offset('mutex', 'wait_list');
    if (free) {
      this.waiters.unqueue(scratch);
      tasks.setState(task, TASK_RUNNING);
      core.setField(
        mutex,
        'mutex',
        'owner',
        task + (this.lists.next(list) !== list && this.lists.next(list) !== 0 ? MUTEX_FLAG_WAITERS : 0),
      );
      if (!first) lockdep.acquired(mutex);
      return undefined;
    }
    const wait = this.waiters.queue(list, scratch, WAIT_MUTEX, mutex, state);
    const owner = this.ownerWord(mutex);
    if ((this.flagsOf(owner) & MUTEX_FLAG_WAITERS) === 0)
      core.setField(mutex, 'mutex', 'owner', owner + MUTEX_FLAG_WAITERS);
    return wait;
  }
  /** The check of __mutex_lock. `callers`: the kernel's functions that take a mutex themselves, innermost first. */
  mightSleep(callers: readonly string[] = []): void {
    // without lockdep the check is in mutex_lock itself, which a caller in the scenario names
    const within = this.core.kernel.config.config.LOCKDEP === true ? ['__mutex_lock'] : [];
    this.sleeping.mightSleep('kernel/locking/mutex.c', [...within, ...callers]);
  }
  /** mutex_trylock */
  tryLock(mutex: number): boolean {
    const { core } = this;
    if (core.inInterrupt) this.debugWarn('mutex_trylock', 'in_interrupt()');
    if (this.owner(mutex) !== 0) return false;
    core.setField(mutex, 'mutex', 'owner', core.current + this.flagsOf(this.ownerWord(mutex)));
    this.lockdep.acquire(mutex, 'mutex', { functions: ['mutex_trylock'], trylock: true });
    return true;
  }
  /** mutex_unlock: also of a mutex of another task, which only debugging finds. */
  unlock(mutex: number): void {
    const { core, lockdep } = this;
    const holder = this.owner(mutex);
    lockdep.released(mutex, 'mutex', ['__mutex_unlock_slowpath', 'mutex_unlock']);
    if (holder !== core.current)
      this.debugWarn('__mutex_unlock_slowpath', '__owner_task(owner) != current', ['mutex_unlock']);
    const list = mutex + core.offset('mutex', 'wait_list');
    core.setField(mutex, 'mutex', 'owner', this.flagsOf(this.ownerWord(mutex)) & MUTEX_FLAG_WAITERS);
    if (this.lists.next(list) === 0) return;
    if (this.lists.empty(list)) core.setField(mutex, 'mutex', 'owner', 0);
    else this.waiters.wakeFirst(list, WAIT_MUTEX, mutex);
  }
  /** MUTEX_WARN_ON, which is DEBUG_LOCKS_WARN_ON */
  private debugWarn(fn: string, condition: string, functions: readonly string[] = []): void {
    const { debug, lockdep, reports } = this;
    if (!debug || this.core.getGlobal('oops_in_progress') || !lockdep.debugLocks.off()) return;
    reports.warn({ fn, at: 'kernel/locking/mutex.c', functions }, `DEBUG_LOCKS_WARN_ON(${condition})`);
  }
}
