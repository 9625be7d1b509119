/**
 * Checks for sleeping where that is forbidden (kernel/sched/core.c: __might_sleep, __might_resched, __schedule_bug;
 * include/linux/sched/mm.h: might_alloc, 6.1).
 */
import { PanicError } from '../arch/faults';
import { KernelText } from '../lib/kernel_text';
import type { Reports } from '../printk/reports';
import { TAINT_WARN } from '../printk/taint';
import { type Core, WarnOnce } from './core';
import { COUNT_MASK, countText, HARDIRQ_MASK, PREEMPT_DISABLED } from './preempt_mask';
import { PF_IDLE, T, TASK_DEAD, TASK_RUNNING, type Tasks } from './task';

/** The kernel's functions of a check, innermost first: might_sleep, and what only gives way. */
const MIGHT_RESCHED: readonly string[] = ['__might_resched'];
const MIGHT_SLEEP: readonly string[] = ['__might_resched', '__might_sleep'];

/** might_alloc, which an allocation that may reclaim calls: where it checks */
export const MIGHT_ALLOC = 'include/linux/sched/mm.h:274';

/** The locks that a task holds, and where interrupts were switched, as text: locking/lockdep.ts. */
interface HeldLocks {
  irqLines(task: number): readonly string[];
  heldLines(task: number): readonly string[];
  /** whether the running task is in a region of one of the kernel's own maps, and lockdep follows that */
  inRegion(map: 'rcu_bh_lock_map' | 'rcu_sched_lock_map'): boolean;
  rcuSuspicious(message: string, functions: readonly string[]): void;
}

export class SleepChecks {
  /** CONFIG_DEBUG_ATOMIC_SLEEP */
  private readonly debug: boolean;
  private readonly idleDisabledAt: number;

  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly reports: Reports,
    private readonly locks: HeldLocks,
  ) {
    this.debug = core.kernel.config.config.DEBUG_ATOMIC_SLEEP === true;
    const text = new KernelText(core.kernel.symbols);
    text.define(['rest_init']);
    this.idleDisabledAt = text.inside('rest_init');
  }

  /** set_current_state: the running task says how it will sleep; CONFIG_DEBUG_ATOMIC_SLEEP remembers where. */
  setCurrentState(state: number): void {
    const { core, tasks, reports } = this;
    tasks.setState(core.current, state);
    if (this.debug) tasks.set(core.current, T.stateChangedAt, reports.names.pc());
  }
  /**
   * might_sleep: reports a call that may sleep where that is forbidden. `at`: the place in the kernel's source that checks; unless given,
   * the scenario's position. `callers`: the kernel's functions between it and the function of the API, innermost first.
   */
  mightSleep(at?: string, callers: readonly string[] = []): void {
    const { core, tasks, reports } = this;
    if (!this.debug) return;
    const task = core.current;
    const state = tasks.state(task);
    const setAt = tasks.get(task, T.stateChangedAt);
    if (state !== TASK_RUNNING && setAt !== 0 && core.warnsNow(WarnOnce.BlockingOps)) {
      reports.warn(
        { at: 'kernel/sched/core.c:9944', fn: '__might_sleep', functions: [...callers, ...reports.stacks.functions()] },
        `do not call blocking ops when !TASK_RUNNING; state=${(state >>> 0).toString(16)} set at ${reports.at(setAt)}`,
      );
    }
    this.mightResched(at, [...MIGHT_SLEEP, ...callers]);
  }
  /**
   * __might_resched: might_sleep() for what gives way only, whatever the task's state. The kernel prints one report a second; kmem notes the
   * others.
   */
  mightResched(at = this.reports.names.where(), functions: readonly string[] = MIGHT_RESCHED): void {
    const { core, tasks, reports } = this;
    if (!this.debug) return;
    this.rcuSleepCheck(WarnOnce.RcuBhMightSleep, WarnOnce.RcuSchedMightSleep, () => [
      ...functions,
      ...reports.stacks.functions(),
    ]);
    const task = core.current;
    const count = core.preemptCount;
    const rcu = tasks.rcuDepth(task);
    if ((count === 0 && rcu === 0 && !core.irqsOff) || core.getGlobal('oops_in_progress')) return;
    // SYSTEM_BOOTING: what runs as the idle task itself is boot, which allocates
    if (tasks.flags(task) & PF_IDLE && !core.inInterrupt) return;
    const title = `BUG: sleeping function called from invalid context at ${at}`;
    if (this.reportedLately()) {
      reports.suppressed('BUG', title, 'the kernel prints this report once a second');
      return;
    }
    const lines = [
      `in_atomic(): ${count !== 0 ? 1 : 0}, irqs_disabled(): ${core.irqsOff ? 1 : 0}, non_block: 0, pid: ${tasks.pid(task)}, name: ${tasks.comm(task)}`,
      `preempt_count: ${(count >>> 0).toString(16)}, expected: 0`,
      `RCU nest depth: ${rcu}, expected: 0`,
      ...this.locks.heldLines(task),
      ...this.atomicLines(task),
    ];
    if (!tasks.stackIntact(task)) lines.splice(3, 0, 'Thread overran stack, or stack corrupted');
    reports.report('BUG', title, lines, { functions: [...functions, ...reports.stacks.functions()] });
    reports.taint.add(TAINT_WARN);
  }
  /**
   * rcu_sleep_check (CONFIG_PROVE_RCU), told once by each place that checks: `bh`, `sched`. Readers of rcu_read_lock() are not looked at, as with
   * CONFIG_PREEMPT_RCU.
   */
  private rcuSleepCheck(bh: WarnOnce, sched: WarnOnce, functions: () => readonly string[]): void {
    const { core, locks } = this;
    if (core.kernel.config.config.PROVE_LOCKING === false) return;
    const suspicious = (kind: string): void =>
      locks.rcuSuspicious(
        `kernel/sched/core.c Illegal context switch in RCU-${kind} read-side critical section!`,
        functions(),
      );
    if (locks.inRegion('rcu_bh_lock_map') && core.warnsNow(bh)) suspicious('bh');
    if (locks.inRegion('rcu_sched_lock_map') && core.warnsNow(sched)) suspicious('sched');
  }
  /** The rate limit of __might_resched: whether less than a second has passed since its last report. If not, the next second begins. */
  private reportedLately(): boolean {
    const { hz, jiffies, wordSize, kernel } = this.core;
    const last = kernel.vars.read('prev_jiffy');
    const left = last + hz - jiffies;
    if (last !== 0 && (wordSize === 8 ? left : left | 0) > 0) return true;
    kernel.vars.write('prev_jiffy', jiffies);
    return false;
  }
  /** might_alloc: a mask that lets the allocator reclaim may sleep. */
  mightAlloc(gfp: number, callers?: readonly string[]): void {
    if (gfp & this.core.kernel.gfp.directReclaim) this.mightSleep(MIGHT_ALLOC, callers);
  }
  /**
   * schedule_debug: the checks at the head of __schedule. schedule() itself counts as one; a count that is not that is reported and becomes
   * it. `own`: what the caller has added to the task's preempt_count already. @throws PanicError for a stack that has overflowed
   */
  scheduleDebug(own = 0): void {
    const { core, tasks } = this;
    const count = (core.preemptCount + PREEMPT_DISABLED - own) & COUNT_MASK;
    if (count !== PREEMPT_DISABLED) {
      if (!core.getGlobal('oops_in_progress')) this.scheduleBug(count);
      core.preemptCount = own;
    }
    this.rcuSleepCheck(WarnOnce.RcuBhSchedule, WarnOnce.RcuSchedSchedule, () => this.scheduleCallers());
    if (!tasks.stackIntact(core.current)) throw new PanicError('corrupted stack end detected inside scheduler');
  }
  /** __schedule_bug */
  private scheduleBug(count: number): void {
    const { reports } = this;
    const task = this.core.current;
    const lines = [...this.locks.heldLines(task), reports.modulesLine(), ...this.atomicLines(task)];
    const title = `BUG: scheduling while atomic: ${this.tasks.label(task)}/0x${countText(count)}`;
    const functions = ['__schedule_bug', ...this.scheduleCallers()];
    reports.report('BUG', title, lines, { functions, notes: this.stackNotes(task) });
    reports.taint.add(TAINT_WARN);
  }
  /** What follows if it does not sleep on its own stack. */
  private stackNotes(task: number): string[] {
    const { stacks } = this.reports;
    stacks.save();
    const name = stacks.inUse(task)[0]?.name ?? 'TASK';
    if (name === 'TASK') return [];
    return [
      `its frames are on the ${name} stack of CPU ${this.core.cpu}: what runs on that stack meanwhile overwrites them`,
    ];
  }
  /** The kernel's functions from __schedule up to the scenario, innermost first. */
  scheduleCallers(): readonly string[] {
    const { core, tasks, reports } = this;
    const task = core.current;
    if (tasks.state(task) & TASK_DEAD) return ['__schedule', 'do_task_dead', 'do_exit', 'kthread_exit'];
    return ['__schedule', 'schedule', ...reports.stacks.functionsToSchedule()];
  }
  /** dequeue_task_idle: the idle task goes to sleep. */
  badIdle(): void {
    this.reports.report('BUG', 'bad: scheduling from the idle thread!', []);
  }
  /** Where interrupts, if they are off, and preemption were switched off. */
  private atomicLines(task: number): string[] {
    const lines: string[] = [];
    if (this.core.irqsOff) lines.push(...this.locks.irqLines(task));
    if (this.core.kernel.config.config.DEBUG_PREEMPT === true && this.core.preemptCount & ~HARDIRQ_MASK) {
      const at = this.tasks.get(task, T.preemptDisabledAt);
      // boot does it for the idle task, in rest_init
      const idle = this.tasks.flags(task) & PF_IDLE;
      if (idle) lines.push('Preemption disabled at:', this.reports.atAddress(this.idleDisabledAt));
      else if (at > 0) lines.push('Preemption disabled at:', this.reports.at(at));
    }
    return lines;
  }
}
