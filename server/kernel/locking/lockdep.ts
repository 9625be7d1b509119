/**
 * The locks that tasks hold, as lockdep keeps them: a list on the task that runs, interrupts' locks too (kernel/locking/lockdep.c, 6.1).
 */

import { Once } from '../printk/ports';
import type { Reports } from '../printk/reports';
import type { Core } from '../sched/core';
import { LOCK_ENTRY, MAX_LOCK_DEPTH, T, type Tasks } from '../sched/task';

/** One held lock, for reports and the debugger. */
const LOCK_KINDS = [
  'spinlock',
  'raw spinlock',
  'rwlock (read)',
  'rwlock (write)',
  'mutex',
  'rwsem (read)',
  'rwsem (write)',
  'semaphore',
  'bit spinlock',
  'local lock',
] as const;
export type LockKind = (typeof LOCK_KINDS)[number];

interface HeldLock {
  readonly address: number;
  readonly kind: LockKind;
  /** index of the instruction that took it */
  readonly pc: number;
}

export class Lockdep {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly reports: Reports,
  ) {}

  /** The locks a task holds, oldest first. */
  held(task: number): HeldLock[] {
    const depth = Math.min(this.tasks.get(task, T.lockDepth), MAX_LOCK_DEPTH);
    const locks: HeldLock[] = [];
    for (let i = 0; i < depth; i++) {
      const at = T.locks + i * LOCK_ENTRY;
      locks.push({
        address: this.tasks.getLong(task, at),
        kind: LOCK_KINDS[this.tasks.get(task, at + 8)] ?? 'spinlock',
        pc: this.tasks.get(task, at + 12),
      });
    }
    return locks;
  }
  /** Whether a task holds a lock. */
  holds(task: number, address: number): boolean {
    return this.held(task).some((lock) => lock.address === address);
  }
  /** lock_acquire: the running task has taken a lock. */
  acquired(address: number, kind: LockKind): void {
    const { tasks } = this;
    const task = this.core.current;
    const depth = tasks.get(task, T.lockDepth);
    if (depth < MAX_LOCK_DEPTH) {
      const at = T.locks + depth * LOCK_ENTRY;
      tasks.setLong(task, at, address);
      tasks.set(task, at + 8, LOCK_KINDS.indexOf(kind));
      tasks.set(task, at + 12, this.reports.names.pc());
    } else if (depth === MAX_LOCK_DEPTH) {
      this.reports.warn('__lock_acquire', 'BUG: MAX_LOCK_DEPTH too low!', [
        `${tasks.label(task)} holds ${depth} locks`,
      ]);
    }
    tasks.set(task, T.lockDepth, depth + 1);
  }
  /** lock_release: takes a lock off the running task's list; false, with lockdep's report, if the task does not hold it. */
  released(address: number): boolean {
    const { tasks } = this;
    const task = this.core.current;
    const depth = tasks.get(task, T.lockDepth);
    for (let i = Math.min(depth, MAX_LOCK_DEPTH) - 1; i >= 0; i--) {
      if (tasks.getLong(task, T.locks + i * LOCK_ENTRY) !== address) continue;
      for (let j = i; j + 1 < Math.min(depth, MAX_LOCK_DEPTH); j++) {
        const to = T.locks + j * LOCK_ENTRY;
        for (let k = 0; k < LOCK_ENTRY; k += 4) tasks.set(task, to + k, tasks.get(task, to + LOCK_ENTRY + k));
      }
      tasks.set(task, T.lockDepth, depth - 1);
      return true;
    }
    this.badUnlock(address);
    return false;
  }
  /** The task that holds a lock; 0 if none does. */
  holder(address: number): number {
    return this.tasks.all.find((task) => this.tasks.get(task, T.lockDepth) > 0 && this.holds(task, address)) ?? 0;
  }
  /** print_unlock_imbalance_bug */
  private badUnlock(address: number): void {
    const { reports } = this;
    if (!reports.firstHere(Once.BadUnlock)) return;
    const task = this.core.current;
    reports.report('BUG', 'WARNING: bad unlock balance detected!', [
      '-------------------------------------',
      `${this.tasks.label(task)} is trying to release lock (${reports.names.nameOf(address)}) at:`,
      reports.at(reports.names.pc()),
      this.held(task).length === 0 ? 'but there are no more locks to release!' : 'but it does not hold that lock.',
      ...this.heldLines(task),
    ]);
  }
  /** lockdep_print_held_locks */
  heldLines(task: number): string[] {
    const { reports } = this;
    const held = this.held(task);
    const who = this.tasks.label(task);
    if (held.length === 0) return [`no locks held by ${who}.`];
    return [
      `${held.length} lock${held.length === 1 ? '' : 's'} held by ${who}:`,
      ...held.map(
        (lock, i) =>
          ` #${i}: ${reports.bare(lock.address)} (${reports.names.nameOf(lock.address)}) {${lock.kind}}, at: ${reports.names.symbolize(lock.pc)}`,
      ),
    ];
  }
}
