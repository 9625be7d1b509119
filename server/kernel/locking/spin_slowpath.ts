/** The functions in which a CPU waits for a spinlock or an rwlock (kernel/locking/qspinlock.c, qrwlock.c, spinlock_debug.c, 6.1). */
import type { Core } from '../sched/core';
import { debugsSpinlocks } from './spinlock_debug';

/** Innermost first, down to the lock function: `_raw_spin_lock_irqsave`. */
export function spinSlowpath(core: Core, lockFunction: string): readonly string[] {
  const operation = /^_raw_(spin|read|write)_lock/.exec(lockFunction)?.[1] ?? 'spin';
  // Debian sets CONFIG_PARAVIRT_SPINLOCKS
  const slow = operation === 'spin' ? 'native_queued_spin_lock_slowpath' : `queued_${operation}_lock_slowpath`;
  return [slow, ...(debugsSpinlocks(core) ? [`do_raw_${operation}_lock`] : []), lockFunction];
}
