// biome-ignore-all format: a table, one row per entry
/** Locks: kernel/locking/, include/linux/spinlock.h, rwlock.h, mutex.h, rwsem.h, semaphore.h, seqlock.h; 6.1. */
import type { ApiEntry, Effect } from './form/entry';
import { asks, contexts, type Detail, declares, effects, freed, inNmi, known, knownMacro, macro, mustCheck, needs, runs, since, sleeping, takesIfNonzero, takesIfZero } from './form/make';

const SPIN = 'include/linux/spinlock.h';
const RW = 'include/linux/rwlock.h';
const MUTEX = 'kernel/locking/mutex.c';
const RWSEM = 'kernel/locking/rwsem.c';
const SEM = 'kernel/locking/semaphore.c';
const SEQ = 'include/linux/seqlock.h';

type LockKind = Extract<Effect, { on: 'lock' }>['lock'];
const takes = (lock: LockKind, arg = 0): Effect => ({ on: 'lock', op: 'acquire', lock, arg });
const drops = (lock: LockKind, arg = 0): Effect => ({ on: 'lock', op: 'release', lock, arg });
const tries = (lock: LockKind, arg = 0): Effect => ({ on: 'lock', op: 'try', lock, arg });
const irqOff: Effect = { on: 'irq', op: 'disable' };
const irqOn: Effect = { on: 'irq', op: 'enable' };
const irqSave: Effect = { on: 'irq', op: 'save', arg: 1 };
const irqRestore: Effect = { on: 'irq', op: 'restore', arg: 1 };
const bhOff: Effect = { on: 'bh', op: 'disable' };
const bhOn: Effect = { on: 'bh', op: 'enable' };

const header = { header: 'linux/spinlock.h' };
/** Documented as not for interrupts, though they do not sleep. */
const notInterrupt: Detail = { contexts: contexts('yyycynyn') };
/** local_bh_enable() warns with interrupts off. */
const withBh: Detail = { contexts: contexts('yyyynnyn') };
const owner = needs('unlocked by the task that locked it');
const flagsNote = needs('flags is an unsigned long of this very function; not the variable of an outer irqsave');
const sharedWithIrq = 'a lock that an interrupt handler takes as well needs the _irq or _irqsave form everywhere else';

const PAGEMAP = 'include/linux/pagemap.h';
const pagemap = { header: 'linux/pagemap.h' };

export const locks = {
  spin_lock: runs(SPIN, 'void spin_lock(spinlock_t *lock)', 'Spins until the lock is free, takes it and disables preemption: the region is atomic (not on PREEMPT_RT). For data that no interrupt handler touches.', header, effects(takes('spin')), freed('spin_unlock'), needs(sharedWithIrq)),
  spin_unlock: runs(SPIN, 'void spin_unlock(spinlock_t *lock)', 'Releases the lock and enables preemption.', header, effects(drops('spin'))),
  spin_trylock: runs(SPIN, 'int spin_trylock(spinlock_t *lock)', 'Takes the lock if it is free and returns 1; returns 0 at once if it is not.', header, effects(tries('spin')), freed('spin_unlock', 'where it returned 1'), takesIfNonzero),
  spin_lock_irq: runs(SPIN, 'void spin_lock_irq(spinlock_t *lock)', 'Turns this CPU’s interrupts off, then takes the lock. For code that knows interrupts are on.', header, effects(irqOff, takes('spin')), freed('spin_unlock_irq')),
  spin_unlock_irq: runs(SPIN, 'void spin_unlock_irq(spinlock_t *lock)', 'Releases the lock and turns interrupts on, whatever they were before.', header, effects(drops('spin'), irqOn)),
  spin_trylock_irq: macro(SPIN, 'int spin_trylock_irq(spinlock_t *lock)', 'Turns interrupts off and tries the lock; back on if another CPU holds it.', header, effects(tries('spin'), irqOff), freed('spin_unlock_irq', 'where it returned 1'), takesIfNonzero),
  spin_lock_irqsave: macro(SPIN, 'void spin_lock_irqsave(spinlock_t *lock, unsigned long flags)', 'Stores the interrupt state in flags, turns interrupts off and takes the lock. Right in any context.', header, flagsNote, effects(irqSave, takes('spin')), freed('spin_unlock_irqrestore', 'with the same flags')),
  spin_unlock_irqrestore: runs(SPIN, 'void spin_unlock_irqrestore(spinlock_t *lock, unsigned long flags)', 'Releases the lock and puts the interrupt state back as spin_lock_irqsave() found it.', header, effects(drops('spin'), irqRestore)),
  spin_trylock_irqsave: macro(SPIN, 'int spin_trylock_irqsave(spinlock_t *lock, unsigned long flags)', 'Saves the interrupt state, turns interrupts off and tries the lock; restores the state if it fails.', header, effects(tries('spin'), irqSave), freed('spin_unlock_irqrestore', 'where it returned 1'), takesIfNonzero),
  spin_lock_bh: runs(SPIN, 'void spin_lock_bh(spinlock_t *lock)', 'Disables bottom halves on this CPU and takes the lock: for data shared with softirqs, tasklets and timers.', header, withBh, effects(bhOff, takes('spin')), freed('spin_unlock_bh')),
  spin_unlock_bh: runs(SPIN, 'void spin_unlock_bh(spinlock_t *lock)', 'Releases the lock and enables bottom halves; pending softirqs run now.', header, withBh, effects(drops('spin'), bhOn)),
  spin_trylock_bh: macro(SPIN, 'int spin_trylock_bh(spinlock_t *lock)', 'spin_lock_bh() that returns 0 instead of spinning.', header, withBh, effects(tries('spin'), bhOff), freed('spin_unlock_bh', 'where it returned 1'), takesIfNonzero),
  spin_lock_nested: runs(SPIN, 'void spin_lock_nested(spinlock_t *lock, int subclass)', 'spin_lock() that tells lockdep it nests in another lock of the same class.', header, effects(takes('spin')), freed('spin_unlock'), { subclass: 1 }),
  spin_is_locked: runs(SPIN, 'int spin_is_locked(spinlock_t *lock)', 'True if it is taken, by any holder.', inNmi, header, asks('spin_is_locked')),
  assert_spin_locked: macro(SPIN, 'void assert_spin_locked(spinlock_t *lock)', 'A kernel BUG unless the lock is taken.', header),
  spin_lock_init: runs(SPIN, 'void spin_lock_init(spinlock_t *lock)', 'Makes a spinlock usable. Call it once, before the first use.', header),
  DEFINE_SPINLOCK: macro('include/linux/spinlock_types.h', 'DEFINE_SPINLOCK(x)', 'Defines a spinlock_t that is ready for use.', header, declares),

  raw_spin_lock: runs(SPIN, 'void raw_spin_lock(raw_spinlock_t *lock)', 'A spinlock that spins on PREEMPT_RT, too. Keep the region tiny: there no allocation, no spinlock_t inside.', header, effects(takes('raw')), freed('raw_spin_unlock')),
  raw_spin_unlock: runs(SPIN, 'void raw_spin_unlock(raw_spinlock_t *lock)', 'Releases a raw_spinlock_t.', header, effects(drops('raw'))),
  raw_spin_trylock: runs(SPIN, 'int raw_spin_trylock(raw_spinlock_t *lock)', 'Takes it and returns 1 if it is free, else 0.', header, inNmi, effects(tries('raw')), freed('raw_spin_unlock', 'where it returned 1'), takesIfNonzero),
  raw_spin_lock_irq: runs(SPIN, 'void raw_spin_lock_irq(raw_spinlock_t *lock)', 'Interrupts off, then the lock.', header, effects(irqOff, takes('raw')), freed('raw_spin_unlock_irq')),
  raw_spin_unlock_irq: runs(SPIN, 'void raw_spin_unlock_irq(raw_spinlock_t *lock)', 'Releases the lock and turns interrupts on.', header, effects(drops('raw'), irqOn)),
  raw_spin_lock_irqsave: macro(SPIN, 'void raw_spin_lock_irqsave(raw_spinlock_t *lock, unsigned long flags)', 'Stores the interrupt state, turns interrupts off and takes the lock.', header, flagsNote, effects(irqSave, takes('raw')), freed('raw_spin_unlock_irqrestore', 'with the same flags')),
  raw_spin_unlock_irqrestore: runs(SPIN, 'void raw_spin_unlock_irqrestore(raw_spinlock_t *lock, unsigned long flags)', 'Releases the lock and restores the interrupt state.', header, effects(drops('raw'), irqRestore)),
  raw_spin_lock_init: runs(SPIN, 'void raw_spin_lock_init(raw_spinlock_t *lock)', 'Makes a raw spinlock usable.', header),
  DEFINE_RAW_SPINLOCK: macro('include/linux/spinlock_types_raw.h', 'DEFINE_RAW_SPINLOCK(x)', 'Defines a raw_spinlock_t that is ready for use.', header, declares),
  __kmem_spin_lock_irqsave: runs(SPIN, 'unsigned long __kmem_spin_lock_irqsave(spinlock_t *lock)', 'What spin_lock_irqsave() is made of.', effects({ on: 'irq', op: 'disable' }, takes('spin'))),
  __kmem_raw_spin_lock_irqsave: runs(SPIN, 'unsigned long __kmem_raw_spin_lock_irqsave(raw_spinlock_t *lock)', 'What raw_spin_lock_irqsave() is made of.', effects({ on: 'irq', op: 'disable' }, takes('raw'))),

  read_lock: runs(RW, 'void read_lock(rwlock_t *lock)', 'Takes an rwlock for reading, together with other readers; atomic as under a spinlock.', header, effects(takes('read')), freed('read_unlock')),
  read_unlock: runs(RW, 'void read_unlock(rwlock_t *lock)', 'Ends reading.', header, effects(drops('read'))),
  read_trylock: runs(RW, 'int read_trylock(rwlock_t *lock)', 'read_lock() that returns 0 instead of spinning.', header, effects(tries('read')), freed('read_unlock', 'where it returned 1'), takesIfNonzero),
  write_lock: runs(RW, 'void write_lock(rwlock_t *lock)', 'Takes an rwlock for writing: no reader, no other writer.', header, effects(takes('write')), freed('write_unlock')),
  write_unlock: runs(RW, 'void write_unlock(rwlock_t *lock)', 'Ends writing.', header, effects(drops('write'))),
  write_trylock: runs(RW, 'int write_trylock(rwlock_t *lock)', 'write_lock() that returns 0 instead of spinning.', header, effects(tries('write')), freed('write_unlock', 'where it returned 1'), takesIfNonzero),
  read_lock_irq: runs(RW, 'void read_lock_irq(rwlock_t *lock)', 'Interrupts off, then for reading.', header, effects(irqOff, takes('read')), freed('read_unlock_irq')),
  read_unlock_irq: runs(RW, 'void read_unlock_irq(rwlock_t *lock)', 'Ends reading, turns interrupts on.', header, effects(drops('read'), irqOn)),
  write_lock_irq: runs(RW, 'void write_lock_irq(rwlock_t *lock)', 'Interrupts off, then for writing.', header, effects(irqOff, takes('write')), freed('write_unlock_irq')),
  write_unlock_irq: runs(RW, 'void write_unlock_irq(rwlock_t *lock)', 'Ends writing, turns interrupts on.', header, effects(drops('write'), irqOn)),
  read_lock_irqsave: macro(RW, 'void read_lock_irqsave(rwlock_t *lock, unsigned long flags)', 'Saves the interrupt state, turns interrupts off, takes the lock for reading.', header, flagsNote, effects(irqSave, takes('read')), freed('read_unlock_irqrestore')),
  read_unlock_irqrestore: runs(RW, 'void read_unlock_irqrestore(rwlock_t *lock, unsigned long flags)', 'Ends reading, restores the interrupt state.', header, effects(drops('read'), irqRestore)),
  write_lock_irqsave: macro(RW, 'void write_lock_irqsave(rwlock_t *lock, unsigned long flags)', 'Saves the interrupt state, turns interrupts off, takes the lock for writing.', header, flagsNote, effects(irqSave, takes('write')), freed('write_unlock_irqrestore')),
  write_unlock_irqrestore: runs(RW, 'void write_unlock_irqrestore(rwlock_t *lock, unsigned long flags)', 'Ends writing, restores the interrupt state.', header, effects(drops('write'), irqRestore)),
  read_lock_bh: runs(RW, 'void read_lock_bh(rwlock_t *lock)', 'Bottom halves off, then for reading.', header, withBh, effects(bhOff, takes('read')), freed('read_unlock_bh')),
  read_unlock_bh: runs(RW, 'void read_unlock_bh(rwlock_t *lock)', 'Ends reading, bottom halves on.', header, withBh, effects(drops('read'), bhOn)),
  write_lock_bh: runs(RW, 'void write_lock_bh(rwlock_t *lock)', 'Bottom halves off, then for writing.', header, withBh, effects(bhOff, takes('write')), freed('write_unlock_bh')),
  write_unlock_bh: runs(RW, 'void write_unlock_bh(rwlock_t *lock)', 'Ends writing, bottom halves on.', header, withBh, effects(drops('write'), bhOn)),
  rwlock_init: runs(RW, 'void rwlock_init(rwlock_t *lock)', 'Makes an rwlock usable.', header),
  DEFINE_RWLOCK: macro('include/linux/rwlock_types.h', 'DEFINE_RWLOCK(x)', 'Defines an rwlock_t that is ready for use.', header, declares),
  __kmem_read_lock_irqsave: runs(RW, 'unsigned long __kmem_read_lock_irqsave(rwlock_t *lock)', 'What read_lock_irqsave() is made of.', effects(irqOff, takes('read'))),
  __kmem_write_lock_irqsave: runs(RW, 'unsigned long __kmem_write_lock_irqsave(rwlock_t *lock)', 'What write_lock_irqsave() is made of.', effects(irqOff, takes('write'))),

  mutex_lock: runs(MUTEX, 'void mutex_lock(struct mutex *lock)', 'Takes the mutex, sleeping until it is free. The holder may sleep.', sleeping, { header: 'linux/mutex.h' }, effects(takes('mutex')), freed('mutex_unlock', 'by the same task'), owner, { through: ['schedule_preempt_disabled', '__mutex_lock'] }),
  mutex_lock_nested: runs(MUTEX, 'void mutex_lock_nested(struct mutex *lock, unsigned int subclass)', 'mutex_lock() that tells lockdep it nests in another mutex of the same class.', sleeping, effects(takes('mutex')), freed('mutex_unlock'), { through: ['schedule_preempt_disabled', '__mutex_lock'] }, { subclass: 1 }),
  mutex_lock_interruptible: runs(MUTEX, 'int mutex_lock_interruptible(struct mutex *lock)', 'mutex_lock() that gives up with -EINTR when a signal arrives; 0: taken.', sleeping, { result: 'error code' }, effects(takes('mutex')), freed('mutex_unlock', 'where it returned 0'), takesIfZero, { through: ['schedule_preempt_disabled', '__mutex_lock'] }, mustCheck),
  mutex_lock_killable: runs(MUTEX, 'int mutex_lock_killable(struct mutex *lock)', 'mutex_lock() that gives up with -EINTR on a fatal signal; 0: taken.', sleeping, { result: 'error code' }, effects(takes('mutex')), freed('mutex_unlock', 'where it returned 0'), takesIfZero, { through: ['schedule_preempt_disabled', '__mutex_lock'] }, mustCheck),
  mutex_trylock: runs(MUTEX, 'int mutex_trylock(struct mutex *lock)', 'Takes the mutex and returns 1 if it is free, else 0. It does not sleep, but is not allowed in interrupts: the owner must be a task.', notInterrupt, effects(tries('mutex')), freed('mutex_unlock', 'where it returned 1'), takesIfNonzero, mustCheck),
  mutex_unlock: runs(MUTEX, 'void mutex_unlock(struct mutex *lock)', 'Releases the mutex and wakes the first waiter.', notInterrupt, effects(drops('mutex')), owner),
  mutex_is_locked: runs('include/linux/mutex.h', 'bool mutex_is_locked(struct mutex *lock)', 'True if it is taken, by any holder.'),
  mutex_init: runs('include/linux/mutex.h', 'void mutex_init(struct mutex *mutex)', 'Makes a mutex usable.'),
  mutex_destroy: macro('include/linux/mutex.h', 'void mutex_destroy(struct mutex *lock)', 'Marks a mutex as unused, for debugging.'),
  DEFINE_MUTEX: macro('include/linux/mutex.h', 'DEFINE_MUTEX(mutexname)', 'Defines a struct mutex that is ready for use.', declares),
  ww_mutex_lock: known('include/linux/ww_mutex.h', 'int ww_mutex_lock(struct ww_mutex *lock, struct ww_acquire_ctx *ctx)', 'Takes one of several mutexes that are locked together; -EDEADLK: give all back and start again.', sleeping, { result: 'error code' }, effects(takes('mutex')), freed('ww_mutex_unlock'), takesIfZero),
  ww_mutex_lock_interruptible: known('include/linux/ww_mutex.h', 'int ww_mutex_lock_interruptible(struct ww_mutex *lock, struct ww_acquire_ctx *ctx)', 'ww_mutex_lock() that gives up with -EINTR when a signal arrives.', sleeping, { result: 'error code' }, effects(takes('mutex')), freed('ww_mutex_unlock', 'where it returned 0'), takesIfZero),
  ww_mutex_trylock: known('include/linux/ww_mutex.h', 'int ww_mutex_trylock(struct ww_mutex *lock, struct ww_acquire_ctx *ctx)', 'Takes it and returns 1 if it is free, else 0.', notInterrupt, effects(tries('mutex')), freed('ww_mutex_unlock', 'where it returned 1'), takesIfNonzero),
  ww_mutex_init: known('include/linux/ww_mutex.h', 'void ww_mutex_init(struct ww_mutex *lock, struct ww_class *ww_class)', 'Makes a ww_mutex of a class usable.'),
  ww_mutex_destroy: known('include/linux/ww_mutex.h', 'void ww_mutex_destroy(struct ww_mutex *lock)', 'Marks a ww_mutex as unused, for debugging.'),
  ww_acquire_init: known('include/linux/ww_mutex.h', 'void ww_acquire_init(struct ww_acquire_ctx *ctx, struct ww_class *ww_class)', 'Begins taking several mutexes of a class.', freed('ww_acquire_fini')),
  ww_acquire_done: known('include/linux/ww_mutex.h', 'void ww_acquire_done(struct ww_acquire_ctx *ctx)', 'All of them are taken.'),
  ww_acquire_fini: known('include/linux/ww_mutex.h', 'void ww_acquire_fini(struct ww_acquire_ctx *ctx)', 'All of them are released.'),
  DEFINE_WW_CLASS: macro('include/linux/ww_mutex.h', 'DEFINE_WW_CLASS(classname)', 'Defines a class of mutexes, where the younger of two waits or gives up.', declares),
  DEFINE_WD_CLASS: macro('include/linux/ww_mutex.h', 'DEFINE_WD_CLASS(classname)', 'Defines a class of mutexes, where the younger of two gives up.', declares),
  rt_mutex_lock: known('kernel/locking/rtmutex_api.c', 'void rt_mutex_lock(struct rt_mutex *lock)', 'Takes a mutex that lends its holder the priority of those who wait.', sleeping, effects(takes('mutex')), freed('rt_mutex_unlock', 'by the same task'), owner),
  rt_mutex_trylock: known('kernel/locking/rtmutex_api.c', 'int rt_mutex_trylock(struct rt_mutex *lock)', 'Takes it and returns 1 if it is free, else 0.', notInterrupt, effects(tries('mutex')), freed('rt_mutex_unlock', 'where it returned 1'), takesIfNonzero),
  rt_mutex_unlock: known('kernel/locking/rtmutex_api.c', 'void rt_mutex_unlock(struct rt_mutex *lock)', 'Releases it and wakes the waiter of the highest priority.', notInterrupt, effects(drops('mutex')), owner),
  rt_mutex_init: knownMacro('include/linux/rtmutex.h', 'void rt_mutex_init(struct rt_mutex *mutex)', 'Makes an rt_mutex usable.'),
  DEFINE_RT_MUTEX: macro('include/linux/rtmutex.h', 'DEFINE_RT_MUTEX(mutexname)', 'Defines an rt_mutex that is ready for use.', declares),
  ww_mutex_unlock: known('kernel/locking/mutex.c', 'void ww_mutex_unlock(struct ww_mutex *lock)', 'Releases a ww_mutex.', notInterrupt, effects(drops('mutex'))),

  down_read: runs(RWSEM, 'void down_read(struct rw_semaphore *sem)', 'Takes an rwsem for reading, sleeping while there is a writer.', sleeping, effects(takes('rwsem_read')), freed('up_read'), { through: ['schedule_preempt_disabled', 'rwsem_down_read_slowpath'] }),
  down_read_interruptible: runs(RWSEM, 'int down_read_interruptible(struct rw_semaphore *sem)', 'down_read() that gives up with -EINTR when a signal arrives.', sleeping, { result: 'error code' }, effects(takes('rwsem_read')), freed('up_read', 'where it returned 0'), takesIfZero, { through: ['schedule_preempt_disabled', 'rwsem_down_read_slowpath'] }, mustCheck),
  down_read_killable: runs(RWSEM, 'int down_read_killable(struct rw_semaphore *sem)', 'down_read() that gives up with -EINTR on a fatal signal.', sleeping, { result: 'error code' }, effects(takes('rwsem_read')), freed('up_read', 'where it returned 0'), takesIfZero, { through: ['schedule_preempt_disabled', 'rwsem_down_read_slowpath'] }, mustCheck),
  down_read_trylock: runs(RWSEM, 'int down_read_trylock(struct rw_semaphore *sem)', 'Takes it for reading and returns 1 if that needs no waiting, else 0.', notInterrupt, effects(tries('rwsem_read')), freed('up_read', 'where it returned 1'), takesIfNonzero),
  up_read: runs(RWSEM, 'void up_read(struct rw_semaphore *sem)', 'Ends reading.', notInterrupt, effects(drops('rwsem_read'))),
  down_write: runs(RWSEM, 'void down_write(struct rw_semaphore *sem)', 'Takes an rwsem for writing, sleeping until there is no other holder.', sleeping, effects(takes('rwsem_write')), freed('up_write'), { through: ['schedule_preempt_disabled', 'rwsem_down_write_slowpath'] }),
  down_write_killable: runs(RWSEM, 'int down_write_killable(struct rw_semaphore *sem)', 'down_write() that gives up with -EINTR on a fatal signal.', sleeping, { result: 'error code' }, effects(takes('rwsem_write')), freed('up_write', 'where it returned 0'), takesIfZero, { through: ['schedule_preempt_disabled', 'rwsem_down_write_slowpath'] }, mustCheck),
  down_write_trylock: runs(RWSEM, 'int down_write_trylock(struct rw_semaphore *sem)', 'Takes it for writing and returns 1 if it is free, else 0.', notInterrupt, effects(tries('rwsem_write')), freed('up_write', 'where it returned 1'), takesIfNonzero),
  up_write: runs(RWSEM, 'void up_write(struct rw_semaphore *sem)', 'Ends writing.', notInterrupt, effects(drops('rwsem_write'))),
  downgrade_write: runs(RWSEM, 'void downgrade_write(struct rw_semaphore *sem)', 'Turns a writer into a reader without letting another writer in between.', notInterrupt, effects(drops('rwsem_write'), takes('rwsem_read')), freed('up_read')),
  rwsem_is_locked: runs('include/linux/rwsem.h', 'int rwsem_is_locked(struct rw_semaphore *sem)', 'True if it is taken, for reading or writing.'),
  init_rwsem: runs('include/linux/rwsem.h', 'void init_rwsem(struct rw_semaphore *sem)', 'Makes an rw_semaphore usable.'),
  DECLARE_RWSEM: macro('include/linux/rwsem.h', 'DECLARE_RWSEM(name)', 'Defines a struct rw_semaphore that is ready for use.', declares),
  mmap_read_lock: known('include/linux/mmap_lock.h', 'void mmap_read_lock(struct mm_struct *mm)', 'Takes the mm’s mmap_lock for reading: its vmas don’t change meanwhile.', sleeping, since('5.8'), effects(takes('rwsem_read')), freed('mmap_read_unlock')),
  mmap_read_unlock: known('include/linux/mmap_lock.h', 'void mmap_read_unlock(struct mm_struct *mm)', 'Ends reading.', notInterrupt, since('5.8'), effects(drops('rwsem_read'))),
  mmap_write_lock: known('include/linux/mmap_lock.h', 'void mmap_write_lock(struct mm_struct *mm)', 'Takes the mm’s mmap_lock for writing: needed to change its vmas.', sleeping, since('5.8'), effects(takes('rwsem_write')), freed('mmap_write_unlock')),
  mmap_write_unlock: known('include/linux/mmap_lock.h', 'void mmap_write_unlock(struct mm_struct *mm)', 'Ends writing.', notInterrupt, since('5.8'), effects(drops('rwsem_write'))),
  percpu_down_read: known('include/linux/percpu-rwsem.h', 'void percpu_down_read(struct percpu_rw_semaphore *sem)', 'Takes a per-CPU rwsem for reading: nearly free, until a writer comes.', sleeping, effects(takes('rwsem_read')), freed('percpu_up_read')),
  percpu_up_read: known('include/linux/percpu-rwsem.h', 'void percpu_up_read(struct percpu_rw_semaphore *sem)', 'Ends reading.', notInterrupt, effects(drops('rwsem_read'))),
  percpu_down_write: known('kernel/locking/percpu-rwsem.c', 'void percpu_down_write(struct percpu_rw_semaphore *sem)', 'Takes a per-CPU rwsem for writing: waits for a grace period and every reader.', sleeping, effects(takes('rwsem_write')), freed('percpu_up_write')),
  percpu_up_write: known('kernel/locking/percpu-rwsem.c', 'void percpu_up_write(struct percpu_rw_semaphore *sem)', 'Ends writing.', notInterrupt, effects(drops('rwsem_write'))),

  down: runs(SEM, 'void down(struct semaphore *sem)', 'Takes one of the semaphore’s units, sleeping until there is one.', sleeping, effects(takes('semaphore')), freed('up'), { through: ['schedule_timeout', '___down_common'] }),
  down_interruptible: runs(SEM, 'int down_interruptible(struct semaphore *sem)', 'down() that gives up with -EINTR when a signal arrives; 0: taken.', sleeping, { result: 'error code' }, effects(takes('semaphore')), freed('up', 'where it returned 0'), takesIfZero, { through: ['schedule_timeout', '___down_common'] }, mustCheck),
  down_killable: runs(SEM, 'int down_killable(struct semaphore *sem)', 'down() that gives up with -EINTR on a fatal signal; 0: taken.', sleeping, { result: 'error code' }, effects(takes('semaphore')), freed('up', 'where it returned 0'), takesIfZero, { through: ['schedule_timeout', '___down_common'] }, mustCheck),
  down_timeout: runs(SEM, 'int down_timeout(struct semaphore *sem, long timeout)', 'down() that gives up with -ETIME after timeout jiffies; 0: taken.', sleeping, { result: 'error code' }, effects(takes('semaphore')), freed('up', 'where it returned 0'), takesIfZero, { through: ['schedule_timeout', '___down_common'] }, mustCheck),
  down_trylock: runs(SEM, 'int down_trylock(struct semaphore *sem)', 'Takes a unit if there is one and returns 0; returns 1 if not, unlike the other trylocks. Works in interrupts.', effects(tries('semaphore')), freed('up', 'where it returned 0'), takesIfZero, mustCheck),
  up: runs(SEM, 'void up(struct semaphore *sem)', 'Gives a unit back and wakes a waiter; any task or interrupt may do so.', effects(drops('semaphore'))),
  sema_init: runs('include/linux/semaphore.h', 'void sema_init(struct semaphore *sem, int val)', 'Makes a semaphore with val units usable.'),
  DEFINE_SEMAPHORE: macro('include/linux/semaphore.h', 'DEFINE_SEMAPHORE(name)', 'Defines a semaphore with one unit.', declares),

  local_lock: known('include/linux/local_lock.h', 'void local_lock(local_lock_t *lock)', 'Protects per-CPU data: preemption off, or a per-CPU sleeping lock on PREEMPT_RT.', since('5.8'), effects(takes('local')), freed('local_unlock')),
  local_unlock: known('include/linux/local_lock.h', 'void local_unlock(local_lock_t *lock)', 'Ends a local_lock() section.', since('5.8'), effects(drops('local'))),
  local_lock_irqsave: knownMacro('include/linux/local_lock.h', 'void local_lock_irqsave(local_lock_t *lock, unsigned long flags)', 'local_lock() with interrupts off (not on PREEMPT_RT).', since('5.8'), effects(irqSave, takes('local')), freed('local_unlock_irqrestore')),
  local_unlock_irqrestore: known('include/linux/local_lock.h', 'void local_unlock_irqrestore(local_lock_t *lock, unsigned long flags)', 'Ends a local_lock_irqsave() section.', since('5.8'), effects(drops('local'), irqRestore)),
  bit_spin_lock: known('include/linux/bit_spinlock.h', 'void bit_spin_lock(int bitnum, unsigned long *addr)', 'A spinlock in one bit of a word; preemption is off on PREEMPT_RT, too.', effects(takes('bit', 1)), freed('bit_spin_unlock')),
  bit_spin_trylock: known('include/linux/bit_spinlock.h', 'int bit_spin_trylock(int bitnum, unsigned long *addr)', 'bit_spin_lock() that returns 0 instead of spinning.', effects(tries('bit', 1)), freed('bit_spin_unlock', 'where it returned 1'), takesIfNonzero),
  bit_spin_unlock: known('include/linux/bit_spinlock.h', 'void bit_spin_unlock(int bitnum, unsigned long *addr)', 'Releases a bit spinlock.', effects(drops('bit', 1))),
  write_seqlock: macro(SEQ, 'void write_seqlock(seqlock_t *sl)', 'Begins writing: takes the spinlock and makes the sequence odd, so that readers try again.', effects(takes('spin')), freed('write_sequnlock')),
  write_sequnlock: macro(SEQ, 'void write_sequnlock(seqlock_t *sl)', 'Ends writing.', effects(drops('spin'))),
  read_seqbegin: macro(SEQ, 'unsigned int read_seqbegin(const seqlock_t *sl)', 'Begins a read that is repeated if a writer came between.', freed('read_seqretry', 'with what it returned')),
  read_seqretry: macro(SEQ, 'unsigned int read_seqretry(const seqlock_t *sl, unsigned int start)', 'True if the read must be repeated.'),
  seqlock_init: macro(SEQ, 'void seqlock_init(seqlock_t *sl)', 'Makes a seqlock usable.'),
  write_seqlock_irq: macro(SEQ, 'void write_seqlock_irq(seqlock_t *sl)', 'Interrupts off, then write_seqlock().', effects(irqOff, takes('spin')), freed('write_sequnlock_irq')),
  write_sequnlock_irq: macro(SEQ, 'void write_sequnlock_irq(seqlock_t *sl)', 'Ends writing, turns interrupts on.', effects(drops('spin'), irqOn)),
  write_seqlock_bh: macro(SEQ, 'void write_seqlock_bh(seqlock_t *sl)', 'Bottom halves off, then write_seqlock().', withBh, effects(bhOff, takes('spin')), freed('write_sequnlock_bh')),
  write_sequnlock_bh: macro(SEQ, 'void write_sequnlock_bh(seqlock_t *sl)', 'Ends writing, bottom halves on.', withBh, effects(drops('spin'), bhOn)),
  write_seqlock_irqsave: macro(SEQ, 'void write_seqlock_irqsave(seqlock_t *sl, unsigned long flags)', 'Saves the interrupt state, turns interrupts off, begins writing.', flagsNote, effects(irqSave, takes('spin')), freed('write_sequnlock_irqrestore')),
  write_sequnlock_irqrestore: macro(SEQ, 'void write_sequnlock_irqrestore(seqlock_t *sl, unsigned long flags)', 'Ends writing, restores the interrupt state.', effects(drops('spin'), irqRestore)),
  seqcount_init: macro(SEQ, 'seqcount_init(s)', 'Makes a sequence counter usable.'),
  read_seqcount_begin: macro(SEQ, 'read_seqcount_begin(s)', 'Begins a read that is repeated if a writer came between.', inNmi),
  read_seqcount_retry: macro(SEQ, 'read_seqcount_retry(s, start)', 'True if the read must be repeated.', inNmi),
  write_seqcount_begin: macro(SEQ, 'write_seqcount_begin(s)', 'Begins writing; writers exclude one another by a lock of their own.'),
  write_seqcount_end: macro(SEQ, 'write_seqcount_end(s)', 'Ends writing.'),
  DEFINE_SEQLOCK: macro(SEQ, 'DEFINE_SEQLOCK(x)', 'Defines a seqlock_t that is ready for use.', declares),
  lock_page: macro(PAGEMAP, 'void lock_page(struct page *page)', 'Sleeps until the lock of the page (of its folio) is free, and takes it.', sleeping, pagemap, freed('unlock_page')),
  trylock_page: macro(PAGEMAP, 'bool trylock_page(struct page *page)', 'Takes the page lock and returns true if it is free, else false.', pagemap, freed('unlock_page', 'where it returned true')),
  unlock_page: macro('mm/folio-compat.c', 'void unlock_page(struct page *page)', 'Releases the page lock and wakes who waits for it.', pagemap),
  wait_on_page_locked: macro(PAGEMAP, 'void wait_on_page_locked(struct page *page)', 'Sleeps until the page is unlocked, without taking the lock.', sleeping, pagemap),
  folio_lock: runs(PAGEMAP, 'void folio_lock(struct folio *folio)', 'Sleeps until the lock of the folio (PG_locked) is free, and takes it. It has no owner: another task may release it.', sleeping, since('5.16'), pagemap, freed('folio_unlock')),
  folio_trylock: runs(PAGEMAP, 'bool folio_trylock(struct folio *folio)', 'Takes the lock of the folio and returns true if it is free, else false.', since('5.16'), pagemap, freed('folio_unlock', 'where it returned true')),
  folio_unlock: runs('mm/filemap.c', 'void folio_unlock(struct folio *folio)', 'Releases the lock of the folio and wakes who waits for it.', since('5.16'), pagemap),
  folio_wait_locked: runs(PAGEMAP, 'void folio_wait_locked(struct folio *folio)', 'Sleeps until the folio is unlocked, without taking the lock.', sleeping, since('5.16'), pagemap),
  lockdep_assert_held: runs('include/linux/lockdep.h', 'void lockdep_assert_held(const void *lock)', 'A warning unless this context holds the lock (CONFIG_LOCKDEP).', inNmi),
  lockdep_assert_not_held: runs('include/linux/lockdep.h', 'void lockdep_assert_not_held(const void *lock)', 'A warning if this context holds the lock (CONFIG_LOCKDEP).', inNmi, since('5.13')),
} as const satisfies Record<string, ApiEntry>;
