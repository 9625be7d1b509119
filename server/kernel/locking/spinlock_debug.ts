/**
 * Checks of spinlocks themselves (kernel/locking/spinlock_debug.c, 6.1; CONFIG_DEBUG_SPINLOCK, which CONFIG_PROVE_LOCKING selects). Locks have
 * the layout of kernels without it, so the owner is the task that has the lock on its list, and there is no magic number to check.
 */
import type { DebugLocks } from '../lib/debug_locks';
import type { Reports } from '../printk/reports';
import type { Core } from '../sched/core';
import type { Tasks } from '../sched/task';
import type { SpinKind } from './lockdep/lock_kind';
import type { Lockdep } from './lockdep/lockdep';

const SPINLOCK_MAGIC = 'dead4ead';

/** CONFIG_DEBUG_SPINLOCK */
export function debugsSpinlocks(core: Core): boolean {
  const { config } = core.kernel.config;
  return config.DEBUG_SPINLOCK ?? config.LOCKDEP === true;
}

export class SpinlockDebug {
  private readonly on: boolean;

  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly reports: Reports,
    private readonly lockdep: Lockdep,
    private readonly debugLocks: DebugLocks,
  ) {
    this.on = debugsSpinlocks(core);
  }

  /** debug_spin_lock_before, debug_write_lock_before. `caller`: the lock function, `_raw_spin_lock_irq` */
  beforeLock(lock: number, kind: SpinKind, caller: string): void {
    const { core, lockdep } = this;
    if (!this.on || kind === 'rwlock (read)') return;
    const own = lockdep.held(core.current).find((held) => held.address === lock);
    if (own && own.kind !== 'rwlock (read)') this.bug(lock, kind, 'recursion', core.current, ['lock', caller]);
  }
  /** debug_spin_unlock, debug_write_unlock; `owner`: who has the lock, 0 for nobody; `caller`: the unlock function */
  beforeUnlock(lock: number, kind: SpinKind, owner: number, caller: string): void {
    const { core } = this;
    const within = ['unlock', caller] as const;
    if (!this.on || kind === 'rwlock (read)') return;
    if (kind !== 'rwlock (write)' && core.get32(lock) === 0) this.bug(lock, kind, 'already unlocked', owner, within);
    else if (owner !== core.current) this.bug(lock, kind, 'wrong owner', owner, within);
  }
  /** spin_bug, rwlock_bug. The last argument: what do_raw_… does, and the function that calls it. */
  private bug(
    lock: number,
    kind: SpinKind,
    what: string,
    owner: number,
    [operation, caller]: readonly ['lock' | 'unlock', string],
  ): void {
    const { core, tasks, reports } = this;
    if (!this.debugLocks.off()) return;
    const who = tasks.label(core.current);
    if (kind === 'rwlock (write)') {
      reports.report('BUG', `BUG: rwlock ${what} on CPU#${core.cpu}, ${who}, ${reports.bare(lock)}`, [], {
        functions: ['rwlock_bug', `do_raw_write_${operation}`, caller],
      });
      return;
    }
    const owned =
      owner === 0 ? '<none>/-1, .owner_cpu: -1' : `${tasks.label(owner)}, .owner_cpu: ${tasks.cpuOf(owner)}`;
    reports.report(
      'BUG',
      `BUG: spinlock ${what} on CPU#${core.cpu}, ${who}`,
      [` lock: ${reports.names.symbolizeAddress(lock)}, .magic: ${SPINLOCK_MAGIC}, .owner: ${owned}`],
      { functions: ['spin_bug', `do_raw_spin_${operation}`, caller] },
    );
  }
}
