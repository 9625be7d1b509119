/** Locks, over kernel/locking/. */

import type { LockForm } from '../../kernel/locking/spinlock';
import { T, TASK_INTERRUPTIBLE, TASK_KILLABLE } from '../../kernel/sched/task';
import type { Machine, Outcome } from '../machine/machine';
import type { Value } from '../values/value';
import { bool, type Implementations, inline, plain, wait } from './define';

type Kind = 'spinlock' | 'raw spinlock';
const lock = (form: LockForm, kind: Kind) => wait((m, _scratch, lock: number) => m.spin.lock(lock, form, kind));
const unlock = (form: LockForm, kind: Kind) =>
  plain((m, lock: number) => {
    m.softirqsAllowed = m.spin.unlock(lock, form, kind);
  });
/** The flags are kept in the scratch area while the CPU spins. */
const saving = (m: Machine, scratch: number, take: () => Outcome): Outcome => {
  const { core, tasks } = m;
  if (tasks.get(core.current, T.stage) === 0) core.set32(scratch, m.preempt.irqSave());
  const outcome = take();
  return outcome === undefined ? core.get32(scratch) : outcome;
};
const lockSave = (kind: Kind) =>
  wait((m, scratch, lock: number) => saving(m, scratch, () => m.spin.lock(lock, 'plain', kind)));
const unlockRestore = (kind: Kind) =>
  plain((m, lock: number, flags: Value) => {
    m.spin.unlock(lock, 'plain', kind);
    m.preempt.irqRestore(Number(flags));
  });
const readUnlock = (form: LockForm) =>
  plain((m, lock: number) => {
    m.softirqsAllowed = m.spin.readUnlock(lock, form);
  });
const writeUnlock = (form: LockForm) =>
  plain((m, lock: number) => {
    m.softirqsAllowed = m.spin.writeUnlock(lock, form);
  });
const readLock = (form: LockForm) => wait((m, _scratch, lock: number) => m.spin.readLock(lock, form));
const writeLock = (form: LockForm) => wait((m, _scratch, lock: number) => m.spin.writeLock(lock, form));
/** Lock functions that return 0 when they have the lock. */
const zero = (outcome: Outcome): Outcome => outcome ?? 0;
const mutexLock = (state?: number) => wait((m, scratch, lock: number) => zero(m.mutexes.lock(lock, scratch, state)));
const init = (m: Machine, lock: number) => m.core.set32(lock, 0);

export const lockBuiltins = {
  spin_lock: lock('plain', 'spinlock'),
  spin_unlock: unlock('plain', 'spinlock'),
  spin_trylock: plain((m, lock) => bool(m.spin.tryLock(lock, 'plain', 'spinlock'))),
  spin_lock_irq: lock('irq', 'spinlock'),
  spin_unlock_irq: unlock('irq', 'spinlock'),
  spin_unlock_irqrestore: unlockRestore('spinlock'),
  spin_lock_bh: lock('bh', 'spinlock'),
  spin_unlock_bh: unlock('bh', 'spinlock'),
  spin_is_locked: inline((m, lock) => bool(m.core.get32(lock) !== 0)),
  spin_lock_init: plain((m, lock) => init(m, lock)),
  raw_spin_lock: lock('plain', 'raw spinlock'),
  raw_spin_unlock: unlock('plain', 'raw spinlock'),
  raw_spin_trylock: plain((m, lock) => bool(m.spin.tryLock(lock, 'plain', 'raw spinlock'))),
  raw_spin_lock_irq: lock('irq', 'raw spinlock'),
  raw_spin_unlock_irq: unlock('irq', 'raw spinlock'),
  raw_spin_unlock_irqrestore: unlockRestore('raw spinlock'),
  raw_spin_lock_init: plain((m, lock) => init(m, lock)),
  __kmem_spin_lock_irqsave: lockSave('spinlock'),
  __kmem_raw_spin_lock_irqsave: lockSave('raw spinlock'),
  read_lock: readLock('plain'),
  read_unlock: readUnlock('plain'),
  read_trylock: plain((m, lock) => bool(m.spin.readTryLock(lock))),
  write_lock: writeLock('plain'),
  write_unlock: writeUnlock('plain'),
  write_trylock: plain((m, lock) => bool(m.spin.writeTryLock(lock))),
  read_lock_irq: readLock('irq'),
  read_unlock_irq: readUnlock('irq'),
  write_lock_irq: writeLock('irq'),
  write_unlock_irq: writeUnlock('irq'),
  read_unlock_irqrestore: plain((m, lock, flags) => {
    m.spin.readUnlock(lock, 'plain');
    m.preempt.irqRestore(Number(flags));
  }),
  write_unlock_irqrestore: plain((m, lock, flags) => {
    m.spin.writeUnlock(lock, 'plain');
    m.preempt.irqRestore(Number(flags));
  }),
  read_lock_bh: readLock('bh'),
  read_unlock_bh: readUnlock('bh'),
  write_lock_bh: writeLock('bh'),
  write_unlock_bh: writeUnlock('bh'),
  rwlock_init: plain((m, lock) => {
    init(m, lock);
    m.core.set32(lock + 4, 0);
  }),
  __kmem_read_lock_irqsave: wait((m, scratch, lock) => saving(m, scratch, () => m.spin.readLock(lock, 'plain'))),
  __kmem_write_lock_irqsave: wait((m, scratch, lock) => saving(m, scratch, () => m.spin.writeLock(lock, 'plain'))),

  mutex_lock: mutexLock(),
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
  lockdep_assert_held: plain((m, lock) => assertHeld(m, lock, true)),
  lockdep_assert_not_held: plain((m, lock) => assertHeld(m, lock, false)),
} satisfies Partial<Implementations>;
function assertHeld(m: Machine, at: number, wanted: boolean): void {
  const held = m.lockdep.holds(m.core.current, at);
  if (held !== wanted)
    m.reports.warn(
      'lockdep_assert',
      `WARN_ON(debug_locks && ${wanted ? '!' : ''}lockdep_is_held(${m.reports.names.nameOf(at)}))`,
      m.lockdep.heldLines(m.core.current),
    );
}
