/**
 * A class is used in a new way: that must not exclude how it, or a class connected with it, has been used (kernel/locking/lockdep.c:
 * mark_usage, mark_lock, mark_lock_irq, check_usage_forwards, check_usage_backwards, mark_held_locks, 6.1).
 */
import type { DebugLocks } from '../../lib/debug_locks';
import type { Core } from '../../sched/core';
import { SOFTIRQ_MASK } from '../../sched/preempt_mask';
import { HARDIRQ_CONTEXT, type HeldLock, type HeldLocks, SOFTIRQ_CONTEXT } from './held_locks';
import type { UsageMarks } from './irq_trace';
import type { LockClasses } from './lock_class';
import { type LockGraph, startBackward, startForward } from './lock_graph';
import type { LockReport } from './lock_report';
import {
  DIR_MASK,
  exclusiveBit,
  HARDIRQ,
  LOCK_TRACE_STATES,
  LOCK_USED,
  LOCK_USED_READ,
  READ_MASK,
  SOFTIRQ,
  stateName,
} from './lock_usage';
import { printInversion, printUsage } from './usage_report';

/** Where the call that marks stands: the kernel's functions between it and the scenario, innermost first. */
export interface CallSite {
  readonly functions: readonly string[];
  /** saves the call trace, from the kernel's function on that lockdep's traces begin with; 0: no room left */
  saveTrace(): number;
  /** the same trace, not kept; begins with lockdep's `own` functions */
  trace(own: readonly string[]): readonly number[];
}

export class MarkLock implements UsageMarks {
  constructor(
    private readonly core: Core,
    private readonly held: HeldLocks,
    private readonly debugLocks: DebugLocks,
    private readonly classes: LockClasses,
    private readonly graph: LockGraph,
    private readonly report: LockReport,
    private readonly irqEnableSite: CallSite,
    /** where a task has switched interrupts, as lines of a report */
    private readonly irqLines: (task: number) => readonly string[],
  ) {}

  /** mark_usage: what a lock that is being taken is used as. False: lockdep has switched itself off. */
  usage(lock: HeldLock, site: CallSite): boolean {
    const read = lock.read ? READ_MASK : 0;
    const hardirq = (lock.irqContext & HARDIRQ_CONTEXT) !== 0;
    const softirq = (lock.irqContext & SOFTIRQ_CONTEXT) !== 0;
    if (lock.check && !lock.trylock) {
      if (hardirq && !this.mark(lock, HARDIRQ | read, site)) return false;
      if (softirq && !this.mark(lock, SOFTIRQ | read, site)) return false;
    }
    if (lock.check && !lock.irqsOff) {
      if (!this.mark(lock, HARDIRQ | DIR_MASK | read, site)) return false;
      const softirqsOn = (this.core.preemptCount & SOFTIRQ_MASK) === 0;
      if (softirqsOn && !this.mark(lock, SOFTIRQ | DIR_MASK | read, site)) return false;
    }
    return this.mark(lock, lock.read ? LOCK_USED_READ : LOCK_USED, site);
  }
  /** mark_held_locks: interrupts or softirqs are being switched on. */
  markHeldLocks(state: 'hardirq' | 'softirq'): void {
    const { core, held, debugLocks } = this;
    const base = (state === 'hardirq' ? HARDIRQ : SOFTIRQ) | DIR_MASK;
    for (const lock of held.followed(core.current)) {
      if (!debugLocks.on) return;
      if (lock.check) this.mark(lock, base | (lock.read ? READ_MASK : 0), this.irqEnableSite);
    }
  }
  private mark(lock: HeldLock, bit: number, site: CallSite): boolean {
    const { classes, debugLocks } = this;
    if (classes.usage(lock.class) & (1 << bit)) return true;
    classes.addUsage(lock.class, bit);
    if (bit < LOCK_TRACE_STATES) {
      const trace = site.saveTrace();
      if (trace === 0) {
        debugLocks.off();
        return false;
      }
      classes.setTrace(lock.class, bit, trace);
    }
    return bit >= LOCK_USED || this.allowed(lock, bit, site);
  }
  /** mark_lock_irq */
  private allowed(lock: HeldLock, bit: number, site: CallSite): boolean {
    const excluded = exclusiveBit(bit);
    return (
      this.consistent(lock, bit, excluded, site) &&
      ((bit & READ_MASK) !== 0 || this.consistent(lock, bit, excluded | READ_MASK, site)) &&
      this.connected(lock, excluded, (bit & DIR_MASK) === 0, site)
    );
  }
  /** valid_state */
  private consistent(lock: HeldLock, bit: number, excluded: number, site: CallSite): boolean {
    const { classes, report, core } = this;
    if ((classes.usage(lock.class) & (1 << excluded)) === 0) return true;
    if (this.debugLocks.off())
      printUsage(report, classes, lock, excluded, bit, this.irqLines(core.current), site.functions);
    return false;
  }
  /** check_usage_forwards: a lock used in interrupts takes none that is used with them enabled; and _backwards. */
  private connected(lock: HeldLock, excluded: number, forwards: boolean, site: CallSite): boolean {
    const { classes, graph, report, debugLocks } = this;
    const mask = (1 << excluded) | (1 << (excluded | READ_MASK));
    const other = graph.searchUsage(
      forwards ? startForward(lock) : startBackward(lock),
      forwards ? 'locks_after' : 'locks_before',
      mask,
    );
    if (!other) return true;
    const bit = classes.usage(other.class) & (1 << excluded) ? excluded : excluded | READ_MASK;
    if (debugLocks.off())
      printInversion(
        report,
        classes,
        lock,
        other,
        forwards,
        stateName(bit),
        site.trace(['lock_acquire']),
        site.functions,
      );
    return false;
  }
}
