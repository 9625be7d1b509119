/**
 * Where interrupts and softirqs were last switched on and off, per task (kernel/locking/lockdep.c: lockdep_hardirqs_on, _off,
 * lockdep_softirqs_on, _off, print_irqtrace_events, 6.1; CONFIG_TRACE_IRQFLAGS).
 */

import type { DebugLocks } from '../../lib/debug_locks';
import type { Reports } from '../../printk/reports';
import type { Core } from '../../sched/core';
import { SOFTIRQ_MASK } from '../../sched/preempt_mask';
import { T, type Tasks } from '../../sched/task';

type IrqEvent = 'hardirqOn' | 'hardirqOff' | 'softirqOn' | 'softirqOff';
/** Offset of each event's address and count among a task's `irqtrace`. */
const EVENTS: Readonly<Record<IrqEvent, { readonly ip: number; readonly event: number }>> = {
  hardirqOn: { ip: 0, event: 32 },
  hardirqOff: { ip: 8, event: 36 },
  softirqOn: { ip: 16, event: 40 },
  softirqOff: { ip: 24, event: 44 },
};
const COUNT = 48;

/** Held locks learn that they are held with interrupts, or softirqs, enabled. */
export interface UsageMarks {
  markHeldLocks(state: 'hardirq' | 'softirq'): void;
}

export class IrqTrace {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly reports: Reports,
    private readonly debugLocks: DebugLocks,
    private readonly marks: UsageMarks,
  ) {}

  /** lockdep_hardirqs_on, before interrupts, which are off, are switched on. `ip`: unless given, the code that runs. */
  hardirqsOn(ip?: number): void {
    const { core, debugLocks, marks } = this;
    if (!debugLocks.on) return;
    marks.markHeldLocks('hardirq');
    if (debugLocks.on && (core.preemptCount & SOFTIRQ_MASK) === 0) marks.markHeldLocks('softirq');
    this.note('hardirqOn', ip);
  }
  /** lockdep_hardirqs_off, when interrupts, which were on, have been switched off. */
  hardirqsOff(ip?: number): void {
    if (this.debugLocks.on) this.note('hardirqOff', ip);
  }
  /** lockdep_softirqs_on, before the last disabling ends. */
  softirqsOn(ip?: number): void {
    if (!this.debugLocks.on) return;
    if (!this.core.irqsOff) this.marks.markHeldLocks('softirq');
    this.note('softirqOn', ip);
  }
  softirqsOff(ip?: number): void {
    if (this.debugLocks.on) this.note('softirqOff', ip);
  }
  /** copy_process: a new task. `ip`: of the code that has made it */
  forked(task: number, ip: number): void {
    this.tasks.setLong(task, T.irqtrace + EVENTS.hardirqOff.ip, ip);
    this.tasks.setLong(task, T.irqtrace + EVENTS.softirqOn.ip, ip);
  }
  private note(event: IrqEvent, ip: number | undefined): void {
    const { core, tasks, reports } = this;
    const task = core.current;
    const count = tasks.get(task, T.irqtrace + COUNT) + 1;
    tasks.set(task, T.irqtrace + COUNT, count);
    tasks.set(task, T.irqtrace + EVENTS[event].event, count);
    tasks.setLong(task, T.irqtrace + EVENTS[event].ip, ip ?? reports.names.addressOf(reports.names.pc()));
  }
  /** print_irqtrace_events */
  lines(task: number): string[] {
    const line = (text: string, event: IrqEvent): string => {
      const { ip, event: count } = EVENTS[event];
      return `${text} at (${this.tasks.get(task, T.irqtrace + count)}): ${this.reports.atAddress(this.tasks.getLong(task, T.irqtrace + ip))}`;
    };
    return [
      `irq event stamp: ${this.tasks.get(task, T.irqtrace + COUNT)}`,
      line('hardirqs last  enabled', 'hardirqOn'),
      line('hardirqs last disabled', 'hardirqOff'),
      line('softirqs last  enabled', 'softirqOn'),
      line('softirqs last disabled', 'softirqOff'),
    ];
  }
}
