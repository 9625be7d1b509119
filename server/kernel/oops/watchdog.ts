/** CPUs that spin forever (kernel/watchdog.c: watchdog_timer_fn, 6.1). */
import type { Lockdep } from '../locking/lockdep/lockdep';
import type { Reports } from '../printk/reports';
import { type Core, STATUS_DEADLOCK } from '../sched/core';
import type { Tasks } from '../sched/task';

/** get_softlockup_thresh: twice watchdog_thresh, and the time until the next look */
const SOFT_LOCKUP_SECONDS = 22;

/** Whether CPUs that spin are locked up: nothing else happens before the watchdog looks. `jump`: jiffies until something does. */
export function softLockup(core: Core, spinning: readonly number[], jump: number | undefined): boolean {
  if (spinning.length === 0) return false;
  if (jump === undefined) return true;
  const since = Math.min(...spinning.map((cpu) => core.getPerCpu('kmem_spin_since', cpu) | 0));
  return core.now + jump - since > SOFT_LOCKUP_SECONDS * core.hz;
}
/** The run has ended in a lockup: a report per CPU. */
export function reportLockup(
  core: Core,
  tasks: Tasks,
  reports: Reports,
  lockdep: Lockdep,
  spinning: readonly number[],
): void {
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
      lines: [
        ...(address === 0 ? [] : [`it spins on ${reports.names.nameOf(address)}${holds}`]),
        ...lockdep.heldLines(task),
        'Call Trace:',
        ' <TASK>',
        ...trace.lines,
        ' </TASK>',
      ],
      span: trace.span,
    });
  }
}
