/** Kinds of locks, and what lockdep knows of each (include/linux/lockdep_types.h: enum lockdep_wait_type; rwlock.h, rwsem.h, 6.1). */

/** lockdep_wait_type: how a lock waits. `inv`: unknown, so it is not checked; `config`: spins unless the kernel is PREEMPT_RT. */
type WaitType = 'inv' | 'free' | 'spin' | 'config' | 'sleep' | 'max';

interface LockFacts {
  readonly inner: WaitType;
  /** unless it is the inner one */
  readonly outer?: WaitType;
  /** held_lock.read: 0 exclusive, 1 shared, 2 shared and recursive */
  readonly read?: 1 | 2;
  /** no lock, but a region that lockdep follows as if it were one (lock_map_acquire) */
  readonly map?: true;
  /** false: it adds nothing to the dependency graph */
  readonly check?: false;
  /** how the macro that initialises it makes the class's name of its argument */
  readonly name?: (argument: string) => string;
}
const FACTS = {
  spinlock: { inner: 'config' },
  'raw spinlock': { inner: 'spin' },
  'rwlock (read)': { inner: 'config', read: 1 },
  'rwlock (write)': { inner: 'config' },
  mutex: { inner: 'sleep' },
  'rwsem (read)': { inner: 'sleep', read: 1 },
  'rwsem (write)': { inner: 'sleep' },
  'RCU read-side section': { inner: 'config', outer: 'free', read: 2, map: true, check: false },
  'timer function': { inner: 'inv', map: true, name: (timer) => `(${timer})` },
  'work function': { inner: 'inv', map: true, name: (work) => `(work_completion)(${work})` },
  region: { inner: 'inv', map: true },
} as const satisfies Record<string, LockFacts>;
export type LockKind = keyof typeof FACTS;
/** Kinds that a CPU spins for. */
export type SpinKind = Extract<LockKind, 'spinlock' | 'raw spinlock' | 'rwlock (read)' | 'rwlock (write)'>;
const KINDS = Object.keys(FACTS) as LockKind[];

export const kindNumber = (kind: LockKind): number => KINDS.indexOf(kind);
export const kindOf = (number: number): LockKind => KINDS[number] ?? 'region';
export const lockFacts = (kind: LockKind): LockFacts => FACTS[kind];

/** LD_WAIT_…: its number; CONFIG_PROVE_RAW_LOCK_NESTING tells spinlock_t and raw_spinlock_t apart, as PREEMPT_RT does. */
export function waitNumber(type: WaitType, rawNesting: boolean): number {
  switch (type) {
    case 'inv':
      return 0;
    case 'free':
      return 1;
    case 'spin':
      return 2;
    case 'config':
      return rawNesting ? 3 : 2;
    case 'sleep':
      return rawNesting ? 4 : 3;
    case 'max':
      return rawNesting ? 5 : 4;
  }
}
