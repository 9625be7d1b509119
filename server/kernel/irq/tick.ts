/**
 * Time passes: a jiffy ends, timers expire, RCU's grace period ends, counters are folded, stalls are told (kernel/time/timer.c:
 * update_process_times, run_local_timers; kernel/rcu/tree.c: rcu_sched_clock_irq; kernel/hung_task.c: watchdog, 6.1).
 */
import type { VmstatWork } from '../mm/page_alloc/vmstat_work';
import type { Rcu } from '../rcu/rcu';
import { type Core, STATEMENTS_PER_JIFFY } from '../sched/core';
import type { HrTimers } from '../time/hrtimer';
import type { Timers } from '../time/timer';
import { RCU_SOFTIRQ, TIMER_SOFTIRQ } from './softirq';

/** What looks, tick by tick, whether something has taken too long. */
interface Watchdog {
  /** So many jiffies have passed. */
  tick(jiffies: number): void;
}

/** A work of each CPU. */
export interface CpuWork {
  /** A tick of a CPU that is not idle, or leaves idle. */
  tick(cpu: number, now: number): void;
}

export class Tick {
  private readonly ticksWord: number;

  constructor(
    private readonly core: Core,
    private readonly timers: Timers,
    private readonly hrtimers: HrTimers,
    private readonly rcu: Rcu,
    private readonly vmstat: VmstatWork,
    /** deferrable works of each CPU that run in the tick that finds them due */
    private readonly works: readonly CpuWork[],
    private readonly watchdogs: readonly Watchdog[],
  ) {
    this.ticksWord = core.global('kmem_ticks');
  }

  /** The time of so many statements has passed: a jiffy ends after STATEMENTS_PER_JIFFY of them. Whether one has ended. */
  statementsPassed(statements: number): boolean {
    const ticks = (this.core.mem.words[this.ticksWord] ?? 0) + statements;
    if (ticks < STATEMENTS_PER_JIFFY) {
      this.reach(ticks);
      return false;
    }
    this.pass(Math.floor(ticks / STATEMENTS_PER_JIFFY));
    const rest = ticks % STATEMENTS_PER_JIFFY;
    if (rest > 0) this.reach(rest);
    return true;
  }
  /** So many statements of the jiffy have passed. */
  private reach(ticks: number): void {
    this.core.mem.set(this.ticksWord, ticks);
    if (ticks >= this.hrtimers.due) this.hrtimers.raiseDue();
  }
  /** Lets so many jiffies pass, one tick each; 0: the part of this one until a local timer interrupts. */
  pass(jiffies: number): void {
    const { core, timers, hrtimers, rcu, vmstat } = this;
    for (let cpu = 0; cpu < core.cpus; cpu++) if (this.isIdle(cpu)) vmstat.idle(cpu);
    if (jiffies === 0) {
      this.reach(Math.max(core.getGlobal('kmem_ticks'), hrtimers.due));
      return;
    }
    core.advance(jiffies);
    hrtimers.reprogram();
    if (hrtimers.due === 0) hrtimers.raiseDue();
    for (let cpu = 0; cpu < core.cpus; cpu++) {
      const due = timers.due(cpu);
      if (due) this.raise(TIMER_SOFTIRQ, cpu);
      if (!due && this.isIdle(cpu)) continue;
      vmstat.tick(cpu, core.jiffies);
      for (const work of this.works) work.tick(cpu, core.jiffies);
    }
    rcu.checkDepth(core.cpu);
    if (rcu.tick()) this.raise(RCU_SOFTIRQ, 0);
    for (const watchdog of this.watchdogs) watchdog.tick(jiffies);
  }
  private isIdle(cpu: number): boolean {
    const { core } = this;
    return core.currentOf(cpu) === core.idleOf(cpu);
  }
  /**
   * Jiffies until a timer is due or a grace period can end, 0 for a high-resolution timer within this jiffy; undefined if nothing will
   * be.
   */
  untilNext(): number | undefined {
    const { timers, hrtimers, rcu } = this;
    const jiffies = rcu.untilNext() ?? timers.untilNext() ?? Number.POSITIVE_INFINITY;
    const next = Math.min(Math.max(1, jiffies), hrtimers.untilNext() ?? Number.POSITIVE_INFINITY);
    return next === Number.POSITIVE_INFINITY ? undefined : next;
  }
  /**
   * The tick interrupt raises a softirq, which runs when it ends: before the CPU's next instruction, if interrupts and bottom halves are
   * on.
   */
  private raise(nr: number, cpu: number): void {
    const { core } = this;
    const word = core.softirqWord[cpu] ?? 0;
    core.mem.set(word, (core.mem.words[word] ?? 0) | (1 << nr));
    core.setPerCpu('kmem_tick_pending', cpu, 1);
  }
}
