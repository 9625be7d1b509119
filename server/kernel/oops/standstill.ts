/**
 * No statement runs: no CPU can run, or the kernel's own code keeps them all busy. Time passes to what happens next; where nothing will
 * ever let a CPU go on, the kernel's watchdogs say so, and the run has ended.
 */
import type { Tick } from '../irq/tick';
import type { RcuStalls } from '../rcu/tree_stall';
import { type Core, STATUS_DEADLOCK, STATUS_ENDED } from '../sched/core';
import { HUNG_TASK_SECONDS, type HungTasks } from './hung_task';
import type { SoftLockup } from './watchdog';

/** mm/checks/kmemleak_report.ts */
export interface LeakCheck {
  atEnd(): void;
}

export class Standstill {
  constructor(
    private readonly core: Core,
    private readonly tick: Tick,
    private readonly stalls: RcuStalls,
    private readonly hungTasks: HungTasks,
    private readonly softLockup: SoftLockup,
    private readonly leaks: LeakCheck | undefined,
  ) {}

  /** The running CPU has been busy for as long as so many statements take, without one. */
  busy(statements: number): void {
    const { core, tick, softLockup } = this;
    if (!tick.statementsPassed(statements)) return;
    core.setPerCpu('kmem_need_resched', core.cpu, 1);
    softLockup.busyJiffy();
  }
  /** No CPU can run. `spinning`: the CPUs that spin; `goTo`: makes one the running CPU. */
  idle(spinning: readonly number[], goTo: (cpu: number) => void): void {
    const { core, tick, stalls, hungTasks, softLockup } = this;
    const event = tick.untilNext();
    // a stall that nothing can end is told once
    const stall = event === undefined && stalls.told() ? undefined : stalls.untilNext();
    const hung = event === undefined ? undefined : hungTasks.untilNext();
    const next = Math.min(...[event, stall, hung].map((jiffies) => jiffies ?? Number.POSITIVE_INFINITY));
    const lockup = softLockup.next(spinning);
    const forGood = softLockup.untilForGood(spinning);
    if (lockup && forGood <= next && forGood < lockup.jiffies) {
      core.advance(forGood);
      core.setGlobal('kmem_status', STATUS_DEADLOCK);
    } else if (lockup && (lockup.jiffies <= 0 || lockup.jiffies < next)) {
      if (lockup.jiffies > 0) core.advance(lockup.jiffies);
      goTo(lockup.cpu);
      softLockup.tell();
    } else if (next !== Number.POSITIVE_INFINITY) tick.pass(next);
    else this.end();
  }
  /** Nothing is left that happens, and nobody spins: the tasks that still wait wait forever. */
  private end(): void {
    const { core, hungTasks } = this;
    const stuck = hungTasks.stuck();
    core.setGlobal('kmem_status', stuck.length > 0 ? STATUS_DEADLOCK : STATUS_ENDED);
    if (stuck.length === 0) {
      this.leaks?.atEnd();
      return;
    }
    core.advance(HUNG_TASK_SECONDS * core.hz);
    hungTasks.reportAll(stuck);
  }
}
