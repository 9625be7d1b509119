/** Locks, over kernel/spinlock.ts and mutex.ts. */

import type { LockForm } from '../../kernel/locking/spinlock';
import { T, TASK_INTERRUPTIBLE, TASK_KILLABLE } from '../../kernel/sched/task';
import type { Machine, Outcome } from '../machine/machine';
import type { Value } from '../values/value';
import { bool, inline, n, plain, wait } from './define';

type Kind = 'spinlock' | 'raw spinlock';
const lock = (form: LockForm, kind: Kind) => wait((m, a) => m.spin.lock(m.pointer(a[0]), form, kind));
const unlock = (form: LockForm, kind: Kind) =>
  plain((m, a) => {
    m.softirqsAllowed = m.spin.unlock(m.pointer(a[0]), form, kind);
  });
/** The flags are kept in the scratch area while the CPU spins. */
const saving = (m: Machine, scratch: number, take: () => Outcome): Outcome => {
  const { core, tasks } = m;
  if (tasks.get(core.current, T.stage) === 0) core.set32(scratch, m.context.irqSave());
  const outcome = take();
  return outcome === undefined ? core.get32(scratch) : outcome;
};
const lockSave = (kind: Kind) =>
  wait((m, a, site) => saving(m, site.scratch, () => m.spin.lock(m.pointer(a[0]), 'plain', kind)));
const unlockRestore = (kind: Kind) =>
  plain((m, a) => {
    m.spin.unlock(m.pointer(a[0]), 'plain', kind);
    m.context.irqRestore(n(a[1]));
  });
const readUnlock = (form: LockForm) =>
  plain((m, a) => {
    m.softirqsAllowed = m.spin.readUnlock(m.pointer(a[0]), form);
  });
const writeUnlock = (form: LockForm) =>
  plain((m, a) => {
    m.softirqsAllowed = m.spin.writeUnlock(m.pointer(a[0]), form);
  });
const readLock = (form: LockForm) => wait((m, a) => m.spin.readLock(m.pointer(a[0]), form));
const writeLock = (form: LockForm) => wait((m, a) => m.spin.writeLock(m.pointer(a[0]), form));
/** Lock functions that return 0 when they have the lock. */
const zero = (outcome: Outcome): Outcome => outcome ?? 0;
const mutexLock = (state?: number) => wait((m, a, s) => zero(m.locks.mutexLock(m.pointer(a[0]), s.scratch, state)));
const init = (m: Machine, at: Value | undefined) => m.core.set32(m.pointer(at), 0);

export const lockBuiltins = {
  spin_lock: lock('plain', 'spinlock'),
  spin_unlock: unlock('plain', 'spinlock'),
  spin_trylock: plain((m, a) => bool(m.spin.tryLock(m.pointer(a[0]), 'plain', 'spinlock'))),
  spin_lock_irq: lock('irq', 'spinlock'),
  spin_unlock_irq: unlock('irq', 'spinlock'),
  spin_unlock_irqrestore: unlockRestore('spinlock'),
  spin_lock_bh: lock('bh', 'spinlock'),
  spin_unlock_bh: unlock('bh', 'spinlock'),
  spin_is_locked: inline((m, a) => bool(m.core.get32(m.pointer(a[0])) !== 0)),
  spin_lock_init: plain((m, a) => init(m, a[0])),
  raw_spin_lock: lock('plain', 'raw spinlock'),
  raw_spin_unlock: unlock('plain', 'raw spinlock'),
  raw_spin_trylock: plain((m, a) => bool(m.spin.tryLock(m.pointer(a[0]), 'plain', 'raw spinlock'))),
  raw_spin_lock_irq: lock('irq', 'raw spinlock'),
  raw_spin_unlock_irq: unlock('irq', 'raw spinlock'),
  raw_spin_unlock_irqrestore: unlockRestore('raw spinlock'),
  raw_spin_lock_init: plain((m, a) => init(m, a[0])),
  __kmem_spin_lock_irqsave: lockSave('spinlock'),
  __kmem_raw_spin_lock_irqsave: lockSave('raw spinlock'),
  read_lock: readLock('plain'),
  read_unlock: readUnlock('plain'),
  read_trylock: plain((m, a) => bool(m.spin.readTryLock(m.pointer(a[0])))),
  write_lock: writeLock('plain'),
  write_unlock: writeUnlock('plain'),
  write_trylock: plain((m, a) => bool(m.spin.writeTryLock(m.pointer(a[0])))),
  read_lock_irq: readLock('irq'),
  read_unlock_irq: readUnlock('irq'),
  write_lock_irq: writeLock('irq'),
  write_unlock_irq: writeUnlock('irq'),
  read_unlock_irqrestore: plain((m, a) => {
    m.spin.readUnlock(m.pointer(a[0]), 'plain');
    m.context.irqRestore(n(a[1]));
  }),
  write_unlock_irqrestore: plain((m, a) => {
    m.spin.writeUnlock(m.pointer(a[0]), 'plain');
    m.context.irqRestore(n(a[1]));
  }),
  read_lock_bh: readLock('bh'),
  read_unlock_bh: readUnlock('bh'),
  write_lock_bh: writeLock('bh'),
  write_unlock_bh: writeUnlock('bh'),
  rwlock_init: plain((m, a) => {
    init(m, a[0]);
    m.core.set32(m.pointer(a[0]) + 4, 0);
  }),
  __kmem_read_lock_irqsave: wait((m, a, s) => saving(m, s.scratch, () => m.spin.readLock(m.pointer(a[0]), 'plain'))),
  __kmem_write_lock_irqsave: wait((m, a, s) => saving(m, s.scratch, () => m.spin.writeLock(m.pointer(a[0]), 'plain'))),

  mutex_lock: mutexLock(),
  mutex_lock_interruptible: mutexLock(TASK_INTERRUPTIBLE),
  mutex_lock_killable: mutexLock(TASK_KILLABLE),
  mutex_trylock: plain((m, a) => bool(m.locks.mutexTryLock(m.pointer(a[0])))),
  mutex_unlock: plain((m, a) => m.locks.mutexUnlock(m.pointer(a[0]))),
  mutex_is_locked: inline((m, a) => bool(m.locks.mutexOwner(m.pointer(a[0])) !== 0)),
  mutex_init: plain((m, a) => m.locks.mutexInit(m.pointer(a[0]))),
  down_read: wait((m, a, s) => m.locks.downRead(m.pointer(a[0]), s.scratch)),
  down_read_interruptible: wait((m, a, s) => zero(m.locks.downRead(m.pointer(a[0]), s.scratch, TASK_INTERRUPTIBLE))),
  down_read_killable: wait((m, a, s) => zero(m.locks.downRead(m.pointer(a[0]), s.scratch, TASK_KILLABLE))),
  down_read_trylock: plain((m, a) => bool(m.locks.downReadTryLock(m.pointer(a[0])))),
  up_read: plain((m, a) => m.locks.upRead(m.pointer(a[0]))),
  down_write: wait((m, a, s) => m.locks.downWrite(m.pointer(a[0]), s.scratch)),
  down_write_killable: wait((m, a, s) => zero(m.locks.downWrite(m.pointer(a[0]), s.scratch, TASK_KILLABLE))),
  down_write_trylock: plain((m, a) => bool(m.locks.downWriteTryLock(m.pointer(a[0])))),
  up_write: plain((m, a) => m.locks.upWrite(m.pointer(a[0]))),
  downgrade_write: plain((m, a) => m.locks.downgrade(m.pointer(a[0]))),
  rwsem_is_locked: inline((m, a) => bool(m.core.field(m.pointer(a[0]), 'rw_semaphore', 'count') !== 0)),
  init_rwsem: plain((m, a) => m.locks.rwsemInit(m.pointer(a[0]))),
  down: wait((m, a, s) => m.locks.down(m.pointer(a[0]), s.scratch)),
  down_interruptible: wait((m, a, s) => m.locks.down(m.pointer(a[0]), s.scratch, TASK_INTERRUPTIBLE)),
  down_killable: wait((m, a, s) => m.locks.down(m.pointer(a[0]), s.scratch, TASK_KILLABLE)),
  down_timeout: wait((m, a, s) => m.locks.down(m.pointer(a[0]), s.scratch, undefined, n(a[1]))),
  /** 0 when it was taken, unlike the other trylocks */
  down_trylock: plain((m, a) => bool(!m.locks.downTryLock(m.pointer(a[0])))),
  up: plain((m, a) => m.locks.up(m.pointer(a[0]))),
  sema_init: plain((m, a) => m.locks.semaInit(m.pointer(a[0]), n(a[1]))),
  lockdep_assert_held: plain((m, a) => assertHeld(m, a[0], true)),
  lockdep_assert_not_held: plain((m, a) => assertHeld(m, a[0], false)),
};
function assertHeld(m: Machine, lockArg: Value | undefined, wanted: boolean): void {
  const at = m.pointer(lockArg);
  const held = m.context.held(m.core.current).some((l) => l.address === at);
  if (held !== wanted)
    m.context.warn(
      'lockdep_assert',
      `WARN_ON(debug_locks && ${wanted ? '!' : ''}lockdep_is_held(${m.context.nameLock(at)}))`,
      m.context.heldLines(m.core.current),
    );
}
