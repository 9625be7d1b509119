/**
 * Spinlocks and reader-writer locks (kernel/locking/spinlock.c, spinlock_debug.c, qrwlock.c, 6.1). A lock is a 32-bit word of
 * emulated memory; it is also on its holder's list of held locks (lockdep.ts). A CPU that finds a lock taken stays at the call.
 */

import type { Reports } from '../printk/reports';
import { Spin, STUCK, type Wait } from '../sched/block';
import type { Core } from '../sched/core';
import type { Preempt } from '../sched/preempt';
import { SOFTIRQ_DISABLE_OFFSET } from '../sched/preempt_mask';
import type { Tasks } from '../sched/task';
import { T } from '../sched/task';
import type { Lockdep, LockKind } from './lockdep';

/** What a lock function switches off first: `spin_lock_irq`, `_irqsave`, `_bh`. */
export type LockForm = 'plain' | 'irq' | 'bh';
const WRITER = 0xff;
const READER = 0x200;

export class SpinLocks {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly reports: Reports,
    private readonly preempt: Preempt,
    private readonly lockdep: Lockdep,
  ) {}

  /** What comes before the lock itself: interrupts, bottom halves, preemption off. */
  private enter(form: LockForm, raw: boolean): void {
    const { core, preempt } = this;
    if (form === 'irq') core.irqsOff = true;
    if (core.preemptCounting || raw) preempt.add(form === 'bh' ? SOFTIRQ_DISABLE_OFFSET + 1 : 1);
    else if (form === 'bh') preempt.add(SOFTIRQ_DISABLE_OFFSET);
  }
  /** What comes after unlocking; interrupts are the caller's (irqrestore). True: pending softirqs may run now. */
  private leave(form: LockForm, raw: boolean): boolean {
    const { core, preempt } = this;
    if (core.preemptCounting || raw) preempt.sub(form === 'bh' ? SOFTIRQ_DISABLE_OFFSET + 1 : 1);
    else if (form === 'bh') preempt.sub(SOFTIRQ_DISABLE_OFFSET);
    return form === 'bh';
  }
  private stage(): number {
    return this.tasks.get(this.core.current, T.stage);
  }

  /** spin_lock and its forms. */
  lock(lock: number, form: LockForm, kind: LockKind): Wait | undefined {
    const { core } = this;
    if (this.stage() === 0) this.enter(form, kind === 'raw spinlock');
    const value = core.get32(lock);
    if (value === 0) {
      core.set32(lock, 1);
      this.lockdep.acquired(lock, kind);
      return undefined;
    }
    return this.contended(lock, value, kind);
  }
  private contended(lock: number, value: number, kind: string): Wait {
    const { core, tasks, reports, lockdep } = this;
    if (lockdep.holds(core.current, lock)) {
      const owner = tasks.label(core.current);
      if (this.stage() === 0)
        reports.report(
          'BUG',
          `BUG: ${kind === 'spinlock' || kind === 'raw spinlock' ? 'spinlock' : 'rwlock'} recursion on CPU#${core.cpu}, ${owner}`,
          [
            ` lock: ${reports.names.nameOf(lock)}, .magic: dead4ead, .owner: ${owner}, .owner_cpu: ${core.cpu}`,
            ...lockdep.heldLines(core.current),
          ],
        );
      return STUCK;
    }
    return new Spin(lock, value);
  }
  /** spin_trylock: true if the lock was free. */
  tryLock(lock: number, form: LockForm, kind: LockKind): boolean {
    const { core } = this;
    if (core.get32(lock) !== 0) return false;
    this.enter(form, kind === 'raw spinlock');
    core.set32(lock, 1);
    this.lockdep.acquired(lock, kind);
    return true;
  }
  /** spin_unlock; true if pending softirqs may run now. */
  unlock(lock: number, form: LockForm, kind: LockKind): boolean {
    const { core } = this;
    const held = this.lockdep.released(lock);
    core.set32(lock, 0);
    if (form === 'irq') core.irqsOff = false;
    return (held || core.preemptCount > 0) && this.leave(form, kind === 'raw spinlock');
  }

  // ---------------------------------------------------------------- rwlock_t: readers count in 0x200, a writer is 0xff
  readLock(lock: number, form: LockForm): Wait | undefined {
    const { core } = this;
    if (this.stage() === 0) this.enter(form, false);
    const value = core.get32(lock);
    if (value & WRITER) return this.contended(lock, value, 'rwlock (read)');
    core.set32(lock, value + READER);
    this.lockdep.acquired(lock, 'rwlock (read)');
    return undefined;
  }
  readTryLock(lock: number): boolean {
    const value = this.core.get32(lock);
    if (value & WRITER) return false;
    this.enter('plain', false);
    this.core.set32(lock, value + READER);
    this.lockdep.acquired(lock, 'rwlock (read)');
    return true;
  }
  readUnlock(lock: number, form: LockForm): boolean {
    const { core } = this;
    const held = this.lockdep.released(lock);
    const value = core.get32(lock);
    if (value >= READER) core.set32(lock, value - READER);
    if (form === 'irq') core.irqsOff = false;
    return (held || core.preemptCount > 0) && this.leave(form, false);
  }
  writeLock(lock: number, form: LockForm): Wait | undefined {
    const { core } = this;
    if (this.stage() === 0) this.enter(form, false);
    const value = core.get32(lock);
    if (value !== 0) return this.contended(lock, value, 'rwlock (write)');
    core.set32(lock, WRITER);
    this.lockdep.acquired(lock, 'rwlock (write)');
    return undefined;
  }
  writeTryLock(lock: number): boolean {
    if (this.core.get32(lock) !== 0) return false;
    this.enter('plain', false);
    this.core.set32(lock, WRITER);
    this.lockdep.acquired(lock, 'rwlock (write)');
    return true;
  }
  writeUnlock(lock: number, form: LockForm): boolean {
    const { core } = this;
    const held = this.lockdep.released(lock);
    core.set32(lock, core.get32(lock) & ~WRITER);
    if (form === 'irq') core.irqsOff = false;
    return (held || core.preemptCount > 0) && this.leave(form, false);
  }
}
