/**
 * Spinlocks, reader-writer locks and bit spinlocks (kernel/locking/spinlock.c, spinlock_debug.c, qrwlock.c, 6.1). A lock is a word of
 * emulated memory; who holds it is on the holder's list of held locks (context.ts). A CPU that finds a lock taken stays at the call.
 */
import { Spin, STUCK, type Wait } from '../sched/block';
import type { Core } from '../sched/core';
import { SOFTIRQ_DISABLE_OFFSET } from '../sched/core';
import type { Context, LockKind } from '../sched/preempt';
import type { Tasks } from '../sched/task';
import { T } from '../sched/task';

/** What a lock function switches off first: `spin_lock_irq`, `_irqsave`, `_bh`. */
export type LockForm = 'plain' | 'irq' | 'bh';
const WRITER = 0xff;
const READER = 0x200;

export class SpinLocks {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly context: Context,
  ) {}

  /** What comes before the lock itself: interrupts, bottom halves, preemption off. */
  private enter(form: LockForm, raw: boolean): void {
    const { core, context } = this;
    if (form === 'irq') core.irqsOff = true;
    if (core.preemptCounting || raw) context.add(form === 'bh' ? SOFTIRQ_DISABLE_OFFSET + 1 : 1);
    else if (form === 'bh') context.add(SOFTIRQ_DISABLE_OFFSET);
  }
  /** What comes after unlocking; interrupts are the caller's (irqrestore). True: pending softirqs may run now. */
  private leave(form: LockForm, raw: boolean): boolean {
    const { core, context } = this;
    if (core.preemptCounting || raw) context.sub(form === 'bh' ? SOFTIRQ_DISABLE_OFFSET + 1 : 1);
    else if (form === 'bh') context.sub(SOFTIRQ_DISABLE_OFFSET);
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
      this.context.acquired(lock, kind);
      return undefined;
    }
    return this.contended(lock, value, kind);
  }
  private contended(lock: number, value: number, kind: string): Wait {
    const { core, context, tasks } = this;
    if (context.held(core.current).some((l) => l.address === lock)) {
      const owner = tasks.label(core.current);
      if (this.stage() === 0)
        context.report(
          'BUG',
          `BUG: ${kind === 'spinlock' || kind === 'raw spinlock' ? 'spinlock' : 'rwlock'} recursion on CPU#${core.cpu}, ${owner}`,
          [
            ` lock: ${context.nameLock(lock)}, .magic: dead4ead, .owner: ${owner}, .owner_cpu: ${core.cpu}`,
            ...context.heldLines(core.current),
          ],
        );
      return STUCK;
    }
    return new Spin(lock, value, context.nameLock(lock));
  }
  /** spin_trylock: true if the lock was free. */
  tryLock(lock: number, form: LockForm, kind: LockKind): boolean {
    const { core } = this;
    if (core.get32(lock) !== 0) return false;
    this.enter(form, kind === 'raw spinlock');
    core.set32(lock, 1);
    this.context.acquired(lock, kind);
    return true;
  }
  /** spin_unlock; true if pending softirqs may run now. */
  unlock(lock: number, form: LockForm, kind: LockKind): boolean {
    const { core } = this;
    const held = this.context.released(lock);
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
    this.context.acquired(lock, 'rwlock (read)');
    return undefined;
  }
  readTryLock(lock: number): boolean {
    const value = this.core.get32(lock);
    if (value & WRITER) return false;
    this.enter('plain', false);
    this.core.set32(lock, value + READER);
    this.context.acquired(lock, 'rwlock (read)');
    return true;
  }
  readUnlock(lock: number, form: LockForm): boolean {
    const { core } = this;
    const held = this.context.released(lock);
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
    this.context.acquired(lock, 'rwlock (write)');
    return undefined;
  }
  writeTryLock(lock: number): boolean {
    if (this.core.get32(lock) !== 0) return false;
    this.enter('plain', false);
    this.core.set32(lock, WRITER);
    this.context.acquired(lock, 'rwlock (write)');
    return true;
  }
  writeUnlock(lock: number, form: LockForm): boolean {
    const { core } = this;
    const held = this.context.released(lock);
    core.set32(lock, core.get32(lock) & ~WRITER);
    if (form === 'irq') core.irqsOff = false;
    return (held || core.preemptCount > 0) && this.leave(form, false);
  }

  // ---------------------------------------------------------------- bit spinlocks
  /** bit_spin_lock: `address` is that of the word that holds the bit, `bit` 0 … 31. */
  bitLock(bit: number, address: number): Wait | undefined {
    const { core } = this;
    if (this.stage() === 0) this.context.preemptDisable();
    const value = core.get32(address);
    if (value & (1 << bit)) return this.contended(address, value, 'bit spinlock');
    core.set32(address, value | (1 << bit));
    this.context.acquired(address, 'bit spinlock');
    return undefined;
  }
  bitTryLock(bit: number, address: number): boolean {
    const { core } = this;
    const value = core.get32(address);
    if (value & (1 << bit)) return false;
    this.context.preemptDisable();
    core.set32(address, value | (1 << bit));
    this.context.acquired(address, 'bit spinlock');
    return true;
  }
  bitUnlock(bit: number, address: number): void {
    const { core } = this;
    this.context.released(address);
    core.set32(address, core.get32(address) & ~(1 << bit));
    this.context.preemptEnable();
  }
}
