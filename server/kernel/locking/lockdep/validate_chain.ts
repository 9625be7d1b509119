/**
 * A lock is about to be taken while others are held: the order must be possible (kernel/locking/lockdep.c: validate_chain,
 * check_deadlock, check_prevs_add, check_noncircular, check_irq_usage, 6.1).
 */
import type { DebugLocks } from '../../lib/debug_locks';
import { printCircular, printDeadlock } from './circular_report';
import type { HeldLock } from './held_locks';
import type { LockChains } from './lock_chain';
import type { LockClasses } from './lock_class';
import { type LockGraph, startBackward, startForward } from './lock_graph';
import type { LockReport } from './lock_report';
import { ENABLED_IRQ, exclusiveMask, exclusiveMatch, originalMask, stateName, USED_IN_IRQ } from './lock_usage';
import type { CallSite } from './mark_lock';
import { printBadDependency } from './usage_report';

/** lockdep's functions in the trace of a lock that closes a circle. */
const ATTEMPT = ['check_prev_add', '__lock_acquire', 'lock_acquire'];

export class ValidateChain {
  constructor(
    private readonly debugLocks: DebugLocks,
    private readonly classes: LockClasses,
    private readonly graph: LockGraph,
    private readonly chains: LockChains,
    private readonly report: LockReport,
    /** a table of lockdep's is full */
    private readonly tooLow: (limit: string) => void,
  ) {}

  /** False: lockdep has switched itself off. `held`: what the task holds, in all contexts. */
  check(next: HeldLock, held: readonly HeldLock[], site: CallSite): boolean {
    if (next.trylock || !next.check) return true;
    const context = held.slice(held.findLastIndex((lock) => lock.irqContext !== next.irqContext) + 1);
    switch (this.chains.enter([...context, next])) {
      case 'known':
        return true;
      case 'full':
        this.tooLow('MAX_LOCKDEP_CHAINS');
        return false;
      case 'new':
        return this.notHeld(next, held, site) && this.addDependencies(next, context, site);
    }
  }
  /** check_deadlock */
  private notHeld(next: HeldLock, held: readonly HeldLock[], site: CallSite): boolean {
    const { debugLocks, report } = this;
    const same = held.find((lock) => lock.class === next.class && !(next.read === 2 && lock.read !== 0));
    if (!same) return true;
    if (debugLocks.off()) printDeadlock(report, same, next, site.functions);
    return false;
  }
  /** check_prevs_add: from the newest lock back to the first that was waited for, whose own dependencies are known. */
  private addDependencies(next: HeldLock, context: readonly HeldLock[], site: CallSite): boolean {
    let trace = 0;
    const save = (): number => (trace ||= site.saveTrace());
    for (let i = context.length - 1; i >= 0; i--) {
      const prev = context[i] as HeldLock;
      if (!prev.check) continue;
      if (!this.addDependency(prev, next, context.length - i, site, save)) return false;
      if (!prev.trylock) return true;
    }
    return true;
  }
  /** check_prev_add */
  private addDependency(prev: HeldLock, next: HeldLock, distance: number, site: CallSite, save: () => number): boolean {
    const { graph } = this;
    if (!this.notCircular(prev, next, site) || !this.irqsAllow(prev, next, site)) return false;
    if (graph.known(prev, next, distance)) return true;
    const trace = save();
    if (trace === 0 || !graph.add(prev, next, distance, trace)) {
      this.tooLow(trace === 0 ? 'MAX_STACK_TRACE_ENTRIES' : 'MAX_LOCKDEP_ENTRIES');
      return false;
    }
    return true;
  }
  /** check_noncircular */
  private notCircular(prev: HeldLock, next: HeldLock, site: CallSite): boolean {
    const { graph, classes, report, debugLocks } = this;
    const found = graph.search(
      startForward(next),
      'locks_after',
      (visit) => visit.class === prev.class && (prev.read === 0 || !visit.onlyXr),
    );
    if (!found) return true;
    if (debugLocks.off()) printCircular(report, classes, next, prev, found, site.trace(ATTEMPT), site.functions);
    return false;
  }
  /** check_irq_usage: no way from a lock used in interrupts to one used with them enabled. */
  private irqsAllow(prev: HeldLock, next: HeldLock, site: CallSite): boolean {
    const { graph, classes, report, debugLocks } = this;
    const usedIn = graph.gatherUsage(startBackward(prev), 'locks_before') & USED_IN_IRQ;
    if (usedIn === 0) return true;
    const unsafe = graph.searchUsage(startForward(next), 'locks_after', exclusiveMask(usedIn));
    if (!unsafe) return true;
    const mask = originalMask(classes.usage(unsafe.class) & ENABLED_IRQ);
    const safe = graph.searchUsage(startBackward(prev), 'locks_before', mask);
    const bits = safe && exclusiveMatch(classes.usage(safe.class), classes.usage(unsafe.class));
    if (!safe || !bits) return true;
    if (debugLocks.off())
      printBadDependency(
        report,
        classes,
        prev,
        next,
        safe,
        unsafe,
        bits,
        stateName(bits.bit),
        site.trace(['lock_acquire']),
        site.functions,
      );
    return false;
  }
}
