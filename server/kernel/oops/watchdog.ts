/** CPUs that spin forever (kernel/watchdog.c: watchdog_timer_fn, 6.1). */
import type { Lockdep } from '../locking/lockdep/lockdep';
import type { Reports } from '../printk/reports';
import { TAINT_SOFTLOCKUP } from '../printk/taint';
import { type Core, STATUS_DEADLOCK } from '../sched/core';
import { HARDIRQ_MASK } from '../sched/preempt_mask';
import type { Tasks } from '../sched/task';

/** get_softlockup_thresh: twice watchdog_thresh, and the time until the next look */
const SOFT_LOCKUP_SECONDS = 22;

export class SoftLockup {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly reports: Reports,
    private readonly lockdep: Lockdep,
  ) {}

  /** Jiffies until the watchdog finds CPUs that spin locked up, 0 or less if it does; undefined if none spins. */
  untilNext(spinning: readonly number[]): number | undefined {
    const { core } = this;
    if (spinning.length === 0) return undefined;
    const since = Math.min(...spinning.map((cpu) => core.getPerCpu('kmem_spin_since', cpu) | 0));
    return since + SOFT_LOCKUP_SECONDS * core.hz - core.now;
  }
  /** The running CPU has spent the last jiffy in the kernel's own code. Whether hard interrupts have kept it from its task for too long. */
  busyJiffy(): boolean {
    const { core } = this;
    const { cpu, now } = core;
    if ((core.preemptCount & HARDIRQ_MASK) === 0) return false;
    if ((core.getPerCpu('kmem_storm_last', cpu) | 0) !== now - 1) core.setPerCpu('kmem_storm_since', cpu, now);
    core.setPerCpu('kmem_storm_last', cpu, now);
    return now - (core.getPerCpu('kmem_storm_since', cpu) | 0) > SOFT_LOCKUP_SECONDS * core.hz;
  }
  /** The run ends in a lockup: a report per CPU. */
  report(spinning: readonly number[]): void {
    const { core, tasks, reports, lockdep } = this;
    core.setGlobal('kmem_status', STATUS_DEADLOCK);
    for (const cpu of spinning) {
      const task = core.currentOf(cpu);
      const address = core.getLong(core.perCpuAddress('kmem_spin_lock', cpu));
      const holder = address === 0 ? 0 : lockdep.holder(address);
      const holds = holder ? `, which ${tasks.label(holder)} holds` : '';
      const trace = reports.stacks.traceOf(task);
      reports.log.report({
        kind: 'lockup',
        title: `watchdog: BUG: soft lockup - CPU#${cpu} stuck for ${SOFT_LOCKUP_SECONDS}s! [${tasks.comm(task)}:${tasks.pid(task)}]`,
        lines: [reports.modulesLine(), ...lockdep.irqLines(task), ...trace.lines],
        notes: address === 0 ? [] : [`it spins on ${reports.names.nameOf(address)}${holds}`],
        span: trace.span,
      });
      reports.taint.add(TAINT_SOFTLOCKUP);
    }
  }
}
