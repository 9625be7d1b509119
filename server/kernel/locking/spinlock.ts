/**
 * Spinlocks and reader-writer locks (kernel/locking/spinlock.c, spinlock_debug.c, qrwlock.c, 6.1). A lock is a 32-bit word of
 * emulated memory; it is also on its holder's list of held locks (held_locks.ts). A CPU that finds a lock taken stays at the call.
 */
import { Spin, type Wait } from '../sched/block';
import type { Core } from '../sched/core';
import type { Preempt } from '../sched/preempt';
import { SOFTIRQ_DISABLE_OFFSET } from '../sched/preempt_mask';
import type { Tasks } from '../sched/task';
import { T } from '../sched/task';
import type { SpinKind } from './lockdep/lock_kind';
import type { Lockdep } from './lockdep/lockdep';
import type { SpinlockDebug } from './spinlock_debug';

const FORMS = { plain: '', irq: '_irq', irqsave: '_irqsave', bh: '_bh' } as const;
/** What a lock function switches off first: `spin_lock_irq`, `_irqsave`, `_bh`. */
export type LockForm = keyof typeof FORMS;
/** The kernel's function that unlocks; `irqsave`'s restores. */
const UNLOCK_FORMS: Readonly<Record<LockForm, string>> = { plain: '', irq: '_irq', irqsave: '_irqrestore', bh: '_bh' };
const OPERATIONS = {
  spinlock: 'spin',
  'raw spinlock': 'spin',
  'rwlock (read)': 'read',
  'rwlock (write)': 'write',
} as const;

const FORM_NAMES = Object.keys(FORMS) as LockForm[];
const SPIN_KINDS = Object.keys(OPERATIONS) as SpinKind[];

/** The word of an rwlock: readers count in 0x200, a writer is 0xff; a spinlock is 1 when it is taken. */
const WRITER = 0xff;
const READER = 0x200;
const SPIN_LOCKED = 1;

const NESTED = '_raw_spin_lock_nested';
const lockFunction = (kind: SpinKind, form: LockForm): string => `_raw_${OPERATIONS[kind]}_lock${FORMS[form]}`;
const tryFunction = (kind: SpinKind): string => `_raw_${OPERATIONS[kind]}_trylock`;
const unlockFunction = (kind: SpinKind, form: LockForm): string =>
  `_raw_${OPERATIONS[kind]}_unlock${UNLOCK_FORMS[form]}`;

export class SpinLocks {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly preempt: Preempt,
    private readonly lockdep: Lockdep,
    private readonly debug: SpinlockDebug,
  ) {
    lockdep.text.define([NESTED]);
    for (const kind of SPIN_KINDS) {
      lockdep.text.define([tryFunction(kind)]);
      for (const form of FORM_NAMES) lockdep.text.define([lockFunction(kind, form), unlockFunction(kind, form)]);
    }
  }

  /** spin_lock_init, rwlock_init; `bytes`: of the lock */
  init(lock: number, bytes: number): void {
    this.core.space.fill(lock, bytes, 0);
    this.lockdep.initialised(lock, bytes);
  }
  /** spin_lock, read_lock, write_lock and their forms. `irqsave`: interrupts are off already, the caller keeps the flags. */
  lock(lock: number, form: LockForm, kind: SpinKind, subclass = 0): Wait | undefined {
    const { core, lockdep } = this;
    const first = this.tasks.get(core.current, T.stage) === 0;
    if (first) this.enter(form, kind);
    const value = core.get32(lock);
    const free = kind === 'rwlock (read)' ? (value & WRITER) === 0 : value === 0;
    const name = subclass === 0 ? lockFunction(kind, form) : NESTED;
    if (first) {
      lockdep.acquire(lock, kind, { functions: [name], subclass, free });
      if (!free) this.debug.beforeLock(lock, kind, name);
    } else if (free) lockdep.acquired(lock);
    if (free) {
      this.take(lock, value, kind);
      return undefined;
    }
    // its own holder waits for itself
    return new Spin(lock, value, lockdep.text.inside(name), lockdep.holds(core.current, lock));
  }
  /** spin_trylock and its like: true if it was taken. */
  tryLock(lock: number, kind: SpinKind): boolean {
    const value = this.core.get32(lock);
    if (kind === 'rwlock (read)' ? value & WRITER : value !== 0) return false;
    this.take(lock, value, kind);
    this.enter('plain', kind);
    this.lockdep.acquire(lock, kind, { functions: [tryFunction(kind)], trylock: true });
    return true;
  }
  /** Takes a lock that is free; `value`: its word. */
  private take(lock: number, value: number, kind: SpinKind): void {
    if (kind === 'rwlock (read)') this.core.set32(lock, value + READER);
    else this.core.set32(lock, kind === 'rwlock (write)' ? WRITER : SPIN_LOCKED);
  }
  /** spin_unlock, read_unlock, write_unlock; with `irqsave` the flags are restored. True: pending softirqs may run now. */
  unlock(lock: number, form: LockForm, kind: SpinKind, flags = 0): boolean {
    const { preempt, lockdep } = this;
    const name = unlockFunction(kind, form);
    const owner = lockdep.holder(lock);
    lockdep.released(lock, kind, [name]);
    this.debug.beforeUnlock(lock, kind, owner, name);
    this.drop(lock, kind);
    if (form === 'irq') preempt.irqEnable(lockdep.text.inside(name));
    if (form === 'irqsave') preempt.irqRestore(flags, lockdep.text.inside(name));
    preempt.sub(form === 'bh' ? SOFTIRQ_DISABLE_OFFSET + 1 : 1);
    return form === 'bh';
  }
  private drop(lock: number, kind: SpinKind): void {
    const { core } = this;
    const value = core.get32(lock);
    if (kind === 'rwlock (read)') core.set32(lock, value >= READER ? value - READER : value);
    else core.set32(lock, kind === 'rwlock (write)' ? value & ~WRITER : 0);
  }
  /** What comes before the lock itself: interrupts, bottom halves, preemption off. */
  private enter(form: LockForm, kind: SpinKind): void {
    const { preempt, lockdep } = this;
    if (form === 'irq') preempt.irqDisable(lockdep.text.inside(lockFunction(kind, form)));
    preempt.add(form === 'bh' ? SOFTIRQ_DISABLE_OFFSET + 1 : 1);
  }
  /** local_irq_save of a lock function: the flags. */
  saveFlags(kind: SpinKind): number {
    return this.preempt.irqSave(this.lockdep.text.inside(lockFunction(kind, 'irqsave')));
  }
}
