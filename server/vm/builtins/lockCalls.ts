/** Locks, over kernel/locking/. */

import type { SpinKind } from '../../kernel/locking/lockdep/lock_kind';
import type { LockForm } from '../../kernel/locking/spinlock';
import { BH_ENABLED } from '../../kernel/sched/block';
import { T, TASK_INTERRUPTIBLE, TASK_KILLABLE } from '../../kernel/sched/task';
import type { Machine, Outcome } from '../machine/machine';
import type { Value } from '../values/value';
import { bool, type Implementations, inline, plain, wait } from './define';

const lock = (form: LockForm, kind: SpinKind) => wait((m, _scratch, lock: number) => m.spin.lock(lock, form, kind));
const tryLock = (kind: SpinKind) => plain((m, lock: number) => bool(m.spin.tryLock(lock, kind)));
const unlock = (form: LockForm, kind: SpinKind) =>
  plain((m, lock: number) => (m.spin.unlock(lock, form, kind) ? BH_ENABLED : undefined));
/** The flags are kept in the scratch area while the CPU spins. */
const lockSave = (kind: SpinKind) =>
  wait((m, scratch, lock: number): Outcome => {
    const { core, tasks, spin } = m;
    if (tasks.get(core.current, T.stage) === 0) core.set32(scratch, spin.saveFlags(kind));
    return spin.lock(lock, 'irqsave', kind) ?? core.get32(scratch);
  });
const unlockRestore = (kind: SpinKind) =>
  plain((m, lock: number, flags: Value) => {
    m.spin.unlock(lock, 'irqsave', kind, Number(flags));
  });
/** arch_spinlock_t, and the arch_rwlock_t of queued rwlocks */
const SPINLOCK_BYTES = 4;
const RWLOCK_BYTES = 8;
const READ = 'rwlock (read)';
const WRITE = 'rwlock (write)';
/** Lock functions that return 0 when they have the lock. */
const zero = (outcome: Outcome): Outcome => outcome ?? 0;
const mutexLock = (state?: number) => wait((m, scratch, lock: number) => zero(m.mutexes.lock(lock, scratch, state)));

export const lockBuiltins = {
  spin_lock: lock('plain', 'spinlock'),
  spin_lock_nested: wait((m, _scratch, lock, subclass) => m.spin.lock(lock, 'plain', 'spinlock', subclass)),
  spin_unlock: unlock('plain', 'spinlock'),
  spin_trylock: tryLock('spinlock'),
  spin_lock_irq: lock('irq', 'spinlock'),
  spin_unlock_irq: unlock('irq', 'spinlock'),
  spin_unlock_irqrestore: unlockRestore('spinlock'),
  spin_lock_bh: lock('bh', 'spinlock'),
  spin_unlock_bh: unlock('bh', 'spinlock'),
  spin_is_locked: inline((m, lock) => bool(m.core.get32(lock) !== 0)),
  spin_lock_init: plain((m, lock) => m.spin.init(lock, SPINLOCK_BYTES)),
  raw_spin_lock: lock('plain', 'raw spinlock'),
  raw_spin_unlock: unlock('plain', 'raw spinlock'),
  raw_spin_trylock: tryLock('raw spinlock'),
  raw_spin_lock_irq: lock('irq', 'raw spinlock'),
  raw_spin_unlock_irq: unlock('irq', 'raw spinlock'),
  raw_spin_unlock_irqrestore: unlockRestore('raw spinlock'),
  raw_spin_lock_init: plain((m, lock) => m.spin.init(lock, SPINLOCK_BYTES)),
  __kmem_spin_lock_irqsave: lockSave('spinlock'),
  __kmem_raw_spin_lock_irqsave: lockSave('raw spinlock'),
  read_lock: lock('plain', READ),
  read_unlock: unlock('plain', READ),
  read_trylock: tryLock(READ),
  write_lock: lock('plain', WRITE),
  write_unlock: unlock('plain', WRITE),
  write_trylock: tryLock(WRITE),
  read_lock_irq: lock('irq', READ),
  read_unlock_irq: unlock('irq', READ),
  write_lock_irq: lock('irq', WRITE),
  write_unlock_irq: unlock('irq', WRITE),
  read_unlock_irqrestore: unlockRestore(READ),
  write_unlock_irqrestore: unlockRestore(WRITE),
  read_lock_bh: lock('bh', READ),
  read_unlock_bh: unlock('bh', READ),
  write_lock_bh: lock('bh', WRITE),
  write_unlock_bh: unlock('bh', WRITE),
  rwlock_init: plain((m, lock) => m.spin.init(lock, RWLOCK_BYTES)),
  __kmem_read_lock_irqsave: lockSave(READ),
  __kmem_write_lock_irqsave: lockSave(WRITE),

  mutex_lock: mutexLock(),
  mutex_lock_nested: wait((m, scratch, lock, subclass) => m.mutexes.lock(lock, scratch, undefined, subclass)),
  mutex_lock_interruptible: mutexLock(TASK_INTERRUPTIBLE),
  mutex_lock_killable: mutexLock(TASK_KILLABLE),
  mutex_trylock: plain((m, lock) => bool(m.mutexes.tryLock(lock))),
  mutex_unlock: plain((m, lock) => m.mutexes.unlock(lock)),
  mutex_is_locked: inline((m, lock) => bool(m.mutexes.owner(lock) !== 0)),
  mutex_init: plain((m, mutex) => m.mutexes.init(mutex)),
  down_read: wait((m, scratch, sem) => m.rwsems.downRead(sem, scratch)),
  down_read_interruptible: wait((m, scratch, sem) => zero(m.rwsems.downRead(sem, scratch, TASK_INTERRUPTIBLE))),
  down_read_killable: wait((m, scratch, sem) => zero(m.rwsems.downRead(sem, scratch, TASK_KILLABLE))),
  down_read_trylock: plain((m, sem) => bool(m.rwsems.tryDownRead(sem))),
  up_read: plain((m, sem) => m.rwsems.upRead(sem)),
  down_write: wait((m, scratch, sem) => m.rwsems.downWrite(sem, scratch)),
  down_write_killable: wait((m, scratch, sem) => zero(m.rwsems.downWrite(sem, scratch, TASK_KILLABLE))),
  down_write_trylock: plain((m, sem) => bool(m.rwsems.tryDownWrite(sem))),
  up_write: plain((m, sem) => m.rwsems.upWrite(sem)),
  downgrade_write: plain((m, sem) => m.rwsems.downgrade(sem)),
  rwsem_is_locked: inline((m, sem) => bool(m.core.field(sem, 'rw_semaphore', 'count') !== 0)),
  init_rwsem: plain((m, sem) => m.rwsems.init(sem)),
  down: wait((m, scratch, sem) => m.semaphores.down(sem, scratch)),
  down_interruptible: wait((m, scratch, sem) => m.semaphores.down(sem, scratch, TASK_INTERRUPTIBLE)),
  down_killable: wait((m, scratch, sem) => m.semaphores.down(sem, scratch, TASK_KILLABLE)),
  down_timeout: wait((m, scratch, sem, timeout) => m.semaphores.down(sem, scratch, undefined, Number(timeout))),
  /** 0 when it was taken, unlike the other trylocks */
  down_trylock: plain((m, sem) => bool(!m.semaphores.tryDown(sem))),
  up: plain((m, sem) => m.semaphores.up(sem)),
  sema_init: plain((m, sem, val) => m.semaphores.init(sem, val)),
  folio_lock: wait((m, scratch, folio) => m.pageLocks.lock(m.page(folio), scratch)),
  folio_trylock: plain((m, folio) => bool(m.pageLocks.tryLock(m.page(folio)))),
  folio_unlock: plain((m, folio) => m.pageLocks.unlock(m.page(folio))),
  folio_wait_locked: wait((m, scratch, folio) => m.pageLocks.wait(m.page(folio), scratch)),
  lockdep_assert_held: plain((m, lock) => assertHeld(m, lock, true)),
  lockdep_assert_not_held: plain((m, lock) => assertHeld(m, lock, false)),
} satisfies Partial<Implementations>;
function assertHeld(m: Machine, at: number, wanted: boolean): void {
  if (!m.lockdep.asserted(at, wanted))
    m.reports.warnHere('', [
      `${m.reports.names.nameOf(at)} is ${wanted ? 'not held' : 'held'}`,
      ...m.lockdep.heldLines(m.core.current),
    ]);
}
