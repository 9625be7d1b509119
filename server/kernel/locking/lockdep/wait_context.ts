/**
 * What may be waited for in a context: under a raw spinlock no spinlock_t, under a spinlock no mutex (kernel/locking/lockdep.c:
 * check_wait_context, task_wait_context, print_lock_invalid_wait_context, 6.1).
 */
import type { DebugLocks } from '../../lib/debug_locks';
import { HARDIRQ_CONTEXT, type HeldLock, SOFTIRQ_CONTEXT } from './held_locks';
import type { LockClasses } from './lock_class';
import { waitNumber } from './lock_kind';
import type { LockReport } from './lock_report';

export class WaitContext {
  constructor(
    private readonly debugLocks: DebugLocks,
    private readonly classes: LockClasses,
    private readonly report: LockReport,
    private readonly rawNesting: boolean,
  ) {}

  /** Whether `next` may be waited for. False, with lockdep's report, if not. */
  check(next: HeldLock, held: readonly HeldLock[], functions: readonly string[]): boolean {
    const { classes } = this;
    const { inner, outer } = classes.waitTypes(next.kind);
    if (inner === 0 || next.trylock) return true;
    let current = this.own(next);
    for (let i = held.length - 1; i >= 0; i--) {
      const lock = held[i] as HeldLock;
      if (lock.irqContext !== next.irqContext) break;
      const own = classes.waitTypes(lock.kind).inner;
      if (own !== 0) current = Math.min(current, own);
    }
    if (outer <= current) return true;
    if (this.debugLocks.off()) this.print(next, this.own(next), functions);
    return false;
  }
  /** task_wait_context: interrupt handlers only spin; softirqs are threads on PREEMPT_RT. */
  private own({ irqContext }: HeldLock): number {
    const type = irqContext & HARDIRQ_CONTEXT ? 'spin' : irqContext & SOFTIRQ_CONTEXT ? 'config' : 'max';
    return waitNumber(type, this.rawNesting);
  }
  private print(next: HeldLock, context: number, functions: readonly string[]): void {
    const { report } = this;
    report.print(
      '[ BUG: Invalid wait context ]',
      [
        `${report.who()} is trying to lock:`,
        report.lock(next),
        'other info that might help us debug this:',
        `context-{${context}:${context}}`,
        ...report.heldLines(report.task()),
        'stack backtrace:',
      ],
      ['print_lock_invalid_wait_context', '__lock_acquire', 'lock_acquire', ...functions],
    );
  }
}
