/**
 * CPUs that spin for too long (kernel/watchdog.c: watchdog_timer_fn, is_softlockup, touch_softlockup_watchdog, 6.1). The kernel's watchdog is
 * a timer on each CPU that looks every four seconds. kmem computes when it would look.
 */
import { silentCpus } from '../irq/smp';
import type { Lockdep } from '../locking/lockdep/lockdep';
import { spinSlowpath } from '../locking/spin_slowpath';
import type { Reports } from '../printk/reports';
import { TAINT_SOFTLOCKUP } from '../printk/taint';
import { type Core, STATUS_DEADLOCK } from '../sched/core';
import { HARDIRQ_MASK } from '../sched/preempt_mask';
import type { Tasks } from '../sched/task';
import { heldBy } from './held_by';

/** sample_period: a fifth of twice watchdog_thresh */
const SAMPLE_SECONDS = 4;
/** The first look that finds more than twice watchdog_thresh (20) gone, in the watchdog's own seconds of 2^30 ns. */
const LOCKUP_SECONDS = 24;
/** How long CPUs may spin, in seconds: until each has been told four times. The kernel has no such limit. */
const SPIN_LIMIT_SECONDS = 4 * (LOCKUP_SECONDS + SAMPLE_SECONDS);
/** get_timestamp */
const timestamp = (core: Core, jiffies: number): number => Math.floor((jiffies / core.hz) * (1e9 / 2 ** 30));
/** The last look at or before a jiffy. */
const lookBefore = (core: Core, jiffies: number): number => {
  const period = SAMPLE_SECONDS * core.hz;
  return Math.floor(jiffies / period) * period;
};

/** touch_softlockup_watchdog: the running CPU has printed on the serial console, which is slow. Its next look begins to count anew. */
export function touchSoftlockupWatchdog(core: Core): void {
  const from = lookBefore(core, core.now) + SAMPLE_SECONDS * core.hz;
  if ((core.getPerCpu('kmem_watchdog_from', core.cpu) | 0) !== from)
    core.setPerCpu('kmem_watchdog_from', core.cpu, from);
}

export class SoftLockup {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly reports: Reports,
    private readonly lockdep: Lockdep,
  ) {}

  /** Of the CPUs that spin, the one that is told locked up next, and in how many jiffies, 0 or less if now; undefined if there is none. */
  next(spinning: readonly number[]): { readonly cpu: number; readonly jiffies: number } | undefined {
    const due = spinning.map((cpu) => ({ cpu, jiffies: this.due(cpu, this.spinsSince(cpu)) - this.core.now }));
    return due.sort((a, b) => a.jiffies - b.jiffies)[0];
  }
  private spinsSince(cpu: number): number {
    return this.core.getPerCpu('kmem_spin_since', cpu) | 0;
  }
  /** The jiffy in which the watchdog finds a CPU locked up that has been busy since another. */
  private due(cpu: number, since: number): number {
    const { core } = this;
    const from = Math.max(lookBefore(core, since), core.getPerCpu('kmem_watchdog_from', cpu) | 0);
    return from + LOCKUP_SECONDS * core.hz;
  }
  /** In how many jiffies CPUs that spin have all done so for so long that kmem takes it for a deadlock. Until then a timer, say, may release a lock. */
  untilForGood(spinning: readonly number[]): number {
    const { core } = this;
    const last = Math.max(...spinning.map((cpu) => this.spinsSince(cpu)));
    return Math.max(0, last + SPIN_LIMIT_SECONDS * core.hz - core.now);
  }
  /** The running CPU spins, and the watchdog has found it. What it prints begins a new period, after which it is told again. */
  tell(): void {
    const { core, tasks, reports, lockdep } = this;
    const { cpu } = core;
    const address = core.getLong(core.perCpuAddress('kmem_spin_lock', cpu));
    const within = core.getLong(core.perCpuAddress('kmem_spin_ip', cpu));
    const functions = within === 0 ? reports.stacks.functions() : spinSlowpath(core, reports.functionName(within));
    const spinsOn = () =>
      address === core.perCpuAddress('kmem_cfd_pending', cpu)
        ? `it waits for ${silentCpus(core, cpu)} to take its interrupt: interrupts are off there`
        : `it spins on ${reports.names.nameOf(address)}${heldBy(lockdep, tasks, address, core.current)}`;
    this.report(this.spinsSince(cpu), functions, address === 0 ? [] : [spinsOn()]);
  }
  /** The running CPU has spent the last jiffy in the kernel's own code. Where hard interrupts keep it from its task for too long, the run ends. */
  busyJiffy(): void {
    const { core } = this;
    const { cpu, now } = core;
    if ((core.preemptCount & HARDIRQ_MASK) === 0) return;
    if ((core.getPerCpu('kmem_storm_last', cpu) | 0) !== now - 1) core.setPerCpu('kmem_storm_since', cpu, now);
    core.setPerCpu('kmem_storm_last', cpu, now);
    const since = core.getPerCpu('kmem_storm_since', cpu) | 0;
    if (now < this.due(cpu, since)) return;
    this.report(since, [], []);
    core.setGlobal('kmem_status', STATUS_DEADLOCK);
  }
  /** `functions`: the kernel's own that the CPU is in, innermost first. */
  private report(since: number, functions: readonly string[], notes: readonly string[]): void {
    const { core, tasks, reports, lockdep } = this;
    const task = core.current;
    const stuck = timestamp(core, core.now) - timestamp(core, lookBefore(core, since));
    reports.log.report({
      kind: 'lockup',
      title: `watchdog: BUG: soft lockup - CPU#${core.cpu} stuck for ${stuck}s! [${tasks.comm(task)}:${tasks.pid(task)}]`,
      lines: [reports.modulesLine(), ...lockdep.irqLines(task), ...reports.showInterrupted(functions)],
      notes,
    });
    reports.taint.add(TAINT_SOFTLOCKUP);
  }
}
