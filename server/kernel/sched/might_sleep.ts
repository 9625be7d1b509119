/**
 * Checks for sleeping where that is forbidden (kernel/sched/core.c: __might_sleep, __might_resched, __schedule_bug;
 * include/linux/sched/mm.h: might_alloc, 6.1).
 */
import { PanicError } from '../arch/faults';
import { Once } from '../printk/ports';
import type { Reports } from '../printk/reports';
import type { Core } from './core';
import { countText, HARDIRQ_MASK, IN_INTERRUPT } from './preempt_mask';
import { PF_IDLE, T, TASK_RUNNING, type Tasks } from './task';

/** The locks that a task holds, as text: locking/lockdep.ts. */
interface HeldLocks {
  heldLines(task: number): readonly string[];
}

export class SleepChecks {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly reports: Reports,
    private readonly locks: HeldLocks,
  ) {}

  /** might_sleep: reports a call that may sleep where that is forbidden. */
  mightSleep(): void {
    const { core, tasks, reports } = this;
    const task = core.current;
    if (core.kernel.config.config.DEBUG_ATOMIC_SLEEP === false) return;
    const state = tasks.state(task);
    if (state !== TASK_RUNNING && !core.inInterrupt && reports.firstHere(Once.BlockingOpState)) {
      reports.warn(
        '__might_sleep',
        `do not call blocking ops when !TASK_RUNNING; state=${(state >>> 0).toString(16)} set at ${reports.at(reports.names.pc())}`,
      );
    }
    const count = core.preemptCount;
    const rcu = tasks.rcuDepth(task);
    if (count === 0 && rcu === 0 && !core.irqsOff) return;
    if (tasks.flags(task) & PF_IDLE && (count & IN_INTERRUPT) === 0) return;
    if (core.getGlobal('oops_in_progress') || !reports.firstHere(Once.SleepInAtomic)) return;
    reports.report('BUG', `BUG: sleeping function called from invalid context at ${reports.names.where()}`, [
      `in_atomic(): ${count !== 0 ? 1 : 0}, irqs_disabled(): ${core.irqsOff ? 1 : 0}, non_block: 0, pid: ${tasks.pid(task)}, name: ${tasks.comm(task)}`,
      `preempt_count: ${(count >>> 0).toString(16)}, expected: 0`,
      `RCU nest depth: ${rcu}, expected: 0`,
      ...this.atomicLines(task),
    ]);
  }
  /** might_alloc: a mask that lets the allocator reclaim may sleep. */
  mightAlloc(gfp: number): void {
    if (gfp & this.core.kernel.gfp.directReclaim) this.mightSleep();
  }
  /** __schedule_bug: schedule() with preempt_count above zero. */
  scheduleBug(): void {
    const { core, tasks } = this;
    const task = core.current;
    this.reports.report(
      'BUG',
      `BUG: scheduling while atomic: ${tasks.label(task)}/0x${countText(core.preemptCount)}`,
      this.atomicLines(task),
    );
  }
  /**
   * schedule_debug: the checks at the head of schedule(). `first`: not a wait that continues. @throws PanicError for a stack that has
   * overflowed
   */
  scheduleDebug(first: boolean): void {
    const { core, tasks, reports } = this;
    if (core.preemptCount !== 0 && first && reports.firstHere(Once.ScheduleWhileAtomic)) this.scheduleBug();
    if (!tasks.stackIntact(core.current)) throw new PanicError('corrupted stack end detected inside scheduler');
  }
  /** A handler on top of the idle task waits. */
  idleSchedules(): void {
    const { core, reports } = this;
    if (!reports.firstHere(Once.ScheduleWhileAtomic)) return;
    if (core.preemptCount !== 0) this.scheduleBug();
    else reports.report('BUG', 'bad: scheduling from the idle thread!', []);
  }
  private atomicLines(task: number): string[] {
    const lines = [...this.locks.heldLines(task)];
    if (!this.tasks.stackIntact(task)) lines.unshift('Thread overran stack, or stack corrupted');
    if (this.core.preemptCount & ~HARDIRQ_MASK) {
      const at = this.tasks.get(task, T.preemptDisabledAt);
      if (at > 0) lines.push('Preemption disabled at:', this.reports.at(at));
    }
    return lines;
  }
}
