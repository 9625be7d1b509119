/**
 * __do_softirq: the handlers of pending softirqs, one after the other, in rounds (kernel/softirq.c: __do_softirq, tasklet_action_common,
 * run_ksoftirqd; kernel/time/timer.c: run_timer_softirq; kernel/rcu/tree.c: rcu_do_batch, 6.1). Its state is in its frame: ENTRY_FRAME.
 */

import type { KernelRcu } from '../lib/kernel_rcu';
import type { Lockdep } from '../locking/lockdep/lockdep';
import type { Reports } from '../printk/reports';
import type { Rcu } from '../rcu/rcu';
import { BLOCK } from '../sched/block';
import { type Core, WarnOnce } from '../sched/core';
import { countText, PREEMPT_OFFSET, SOFTIRQ_OFFSET } from '../sched/preempt_mask';
import type { Sched } from '../sched/sched';
import { AGAIN, CallRequest, RETURN, SOFTIRQS, type Step } from '../sched/step';
import type { HrTimers } from '../time/hrtimer';
import type { Timeouts } from '../time/timeout';
import type { Timers } from '../time/timer';
import { ENTRY_FRAME as F, type IrqEntry } from './irq_entry';
import { SOFTIRQ_POINTS, type SoftirqPoint } from './irq_stack_switch';
import {
  HI_SOFTIRQ,
  HRTIMER_SOFTIRQ,
  RCU_SOFTIRQ,
  SOFTIRQ_NAMES,
  type Softirqs,
  TASKLET_SOFTIRQ,
  TIMER_SOFTIRQ,
} from './softirq';
import { nextHrtimer } from './sysvec';
import type { Workqueues } from './workqueue';

/** MAX_SOFTIRQ_RESTART: rounds before the rest is left to ksoftirqd */
const MAX_RESTARTS = 10;

const TIMER_FUNCTION = 'timer function';
/** The kernel's functions around a timer's, innermost first. */
const TIMER_FUNCTIONS = ['call_timer_fn', '__run_timers', 'run_timer_softirq', 'handle_softirqs'];

export class DoSoftirq {
  constructor(
    private readonly core: Core,
    private readonly entry: IrqEntry,
    private readonly sched: Sched,
    private readonly softirqs: Softirqs,
    private readonly timers: Timers,
    private readonly hrtimers: HrTimers,
    private readonly timeouts: Timeouts,
    private readonly works: Workqueues,
    private readonly rcu: Rcu,
    private readonly kernelRcu: KernelRcu,
    private readonly reports: Reports,
    private readonly lockdep: Lockdep,
  ) {
    lockdep.text.define(['__do_softirq', 'handle_softirqs', ...TIMER_FUNCTIONS]);
  }

  /** Begins in the frame at `fp`. local_bh_enable keeps preemption off meanwhile. */
  enter(fp: number, point: SoftirqPoint): void {
    const { core, lockdep } = this;
    lockdep.irqTrace?.softirqsOff(lockdep.text.inside('__do_softirq'));
    this.entry.add(fp, point === 'bh_enable' ? SOFTIRQ_OFFSET + PREEMPT_OFFSET : SOFTIRQ_OFFSET);
    core.set32(fp + F.point, SOFTIRQ_POINTS.indexOf(point));
    core.set32(fp + F.irq, -1);
    core.set32(fp + F.before, core.preemptCount);
    core.set32(fp + F.restarts, MAX_RESTARTS);
  }
  /** The next step, also after a handler has returned. */
  step(fp: number): Step {
    const { core } = this;
    const nr = core.get32(fp + F.irq);
    const running = core.getLong(fp + F.running);
    if (running !== 0 && nr !== HRTIMER_SOFTIRQ) this.finished(fp, nr, running);
    core.irqsOff = false;
    const more = this.more(fp, nr);
    if (more) return more;
    if (nr >= 0) this.checkSoftirq(nr, core.get32(fp + F.before));
    return this.next(fp);
  }
  /** run_ksoftirqd */
  daemonStep(): Step {
    const { core, sched, softirqs } = this;
    if (softirqs.pending(core.cpu) === 0) sched.sleepHere();
    else if (!sched.condResched()) return SOFTIRQS;
    this.reports.stacks.save();
    return BLOCK;
  }

  /** A handler, tasklet, timer or callback has returned. */
  private finished(fp: number, nr: number, running: number): void {
    const { core } = this;
    if (nr === TASKLET_SOFTIRQ || nr === HI_SOFTIRQ) {
      this.softirqs.endTasklet(running);
      this.setRunningTasklet(0);
    } else if (nr === TIMER_SOFTIRQ) {
      this.lockdep.leaveRegion(fp + F.running, TIMER_FUNCTION, TIMER_FUNCTIONS);
      this.checkTimer(running, core.get32(fp + F.before));
      this.timers.setRunning(this.timerBase(fp), 0);
    }
    core.setLong(fp + F.running, 0);
  }
  /** call_timer_fn: a timer's function leaves preempt_count as it was. */
  private checkTimer(timer: number, before: number): void {
    const { core, reports } = this;
    const after = core.preemptCount;
    if (after === before) return;
    core.preemptCount = before;
    if (!core.warnsNow(WarnOnce.TimerLeak)) return;
    const name = reports.names.symbolizeAddress(core.field(timer, 'timer_list', 'function'));
    reports.warn(
      { at: 'kernel/time/timer.c:1707', fn: 'call_timer_fn' },
      `timer: ${name} preempt leak: ${countText(before)} -> ${countText(after)}`,
    );
  }
  /** A softirq's handler leaves preempt_count as it was; of tasklets, when all have run. */
  private checkSoftirq(nr: number, before: number): void {
    const { core, reports } = this;
    const after = core.preemptCount;
    if (after === before) return;
    core.preemptCount = before;
    const name = `${nr} ${SOFTIRQ_NAMES[nr] ?? ''} (____ptrval____)`;
    reports.log.report({
      kind: 'BUG',
      title: `softirq: huh, entered softirq ${name} with preempt_count ${countText(before)}, exited with ${countText(after)}?`,
      lines: [],
    });
  }

  // ---------------------------------------------------------------- the softirq that runs, continued
  private more(fp: number, nr: number): Step | undefined {
    if (nr === TASKLET_SOFTIRQ || nr === HI_SOFTIRQ) return this.nextTasklet(fp, nr === HI_SOFTIRQ);
    if (nr === TIMER_SOFTIRQ) return this.nextTimer(fp);
    if (nr === HRTIMER_SOFTIRQ) return this.nextHrtimer(fp);
    return nr === RCU_SOFTIRQ ? this.nextCallback(fp) : undefined;
  }
  private nextTasklet(fp: number, high: boolean): Step | undefined {
    const { core, softirqs } = this;
    const tasklet = core.getLong(fp + F.next);
    if (tasklet === 0) return undefined;
    core.setLong(fp + F.next, core.field(tasklet, 'tasklet_struct', 'next'));
    if (!softirqs.beginTasklet(tasklet, high)) return AGAIN;
    core.setLong(fp + F.running, tasklet);
    this.setRunningTasklet(tasklet);
    const callback = core.space.read8(tasklet + core.offset('tasklet_struct', 'use_callback')) !== 0;
    const fn = core.field(tasklet, 'tasklet_struct', 'func');
    return new CallRequest(fn, [callback ? tasklet : core.field(tasklet, 'tasklet_struct', 'data')]);
  }
  /** __run_timers, for one base after the other: the lists that the wheel has collected, the coarsest level first, then the next round. */
  private nextTimer(fp: number): Step | undefined {
    const { core, timers } = this;
    const left = core.get32(fp + F.levels);
    if (left > 0) {
      const timer = timers.takeFrom(fp + F.heads + (left - 1) * core.wordSize);
      if (timer !== 0) return this.timerCall(fp, timer);
      core.set32(fp + F.levels, left - 1);
      return AGAIN;
    }
    const base = this.timerBase(fp);
    if (base === 0) return undefined;
    const levels = timers.wheel.collect(base, fp + F.heads);
    if (levels === undefined) core.setLong(fp + F.next, core.getLong(fp + F.next) + 1);
    else core.set32(fp + F.levels, levels);
    return AGAIN;
  }
  /** The base whose timers expire; 0 behind the last. */
  private timerBase(fp: number): number {
    const { core } = this;
    return this.timers.basesOf(core.cpu)[core.getLong(fp + F.next)] ?? 0;
  }
  /** The call of a timer's function; one of the kernel's own has run already. */
  private timerCall(fp: number, timer: number): Step {
    const { core, timers, timeouts, works } = this;
    const fn = core.field(timer, 'timer_list', 'function');
    if (fn === works.timerFn) works.timerExpired(timer);
    else if (fn === timeouts.timerFn) timeouts.expired(timer);
    else {
      core.setLong(fp + F.running, timer);
      timers.setRunning(this.timerBase(fp), timer);
      this.enterTimer(fp, timer);
      return new CallRequest(fn, [timer]);
    }
    return AGAIN;
  }
  /** call_timer_fn: lockdep follows the timer by a copy of its map, as its function may free it. */
  private enterTimer(fp: number, timer: number): void {
    const { lockdep } = this;
    const ip = lockdep.text.inside('call_timer_fn');
    lockdep.enterRegion(fp + F.running, TIMER_FUNCTION, { map: timer, ip, functions: TIMER_FUNCTIONS });
  }
  /** hrtimer_run_softirq */
  private nextHrtimer(fp: number): Step | undefined {
    const call = nextHrtimer(this.core, this.hrtimers, this.timeouts, fp, 'soft');
    if (!call) this.hrtimers.reprogram();
    return call;
  }
  private nextCallback(fp: number): Step | undefined {
    const { core } = this;
    const head = core.getLong(fp + F.next);
    if (head === 0) return undefined;
    core.setLong(fp + F.next, core.field(head, 'callback_head', 'next'));
    const func = core.field(head, 'callback_head', 'func');
    if (this.kernelRcu.run(head, func)) return AGAIN;
    core.setLong(fp + F.running, func);
    return new CallRequest(func, [head]);
  }

  // ---------------------------------------------------------------- the next softirq of this round, then another round
  private next(fp: number): Step {
    const { core, softirqs } = this;
    const pending = core.get32(fp + F.pending) || this.nextRound(fp);
    if (pending === 0) {
      const { irqTrace, text } = this.lockdep;
      irqTrace?.softirqsOn(text.inside('handle_softirqs'));
      return RETURN;
    }
    const nr = 31 - Math.clz32(pending & -pending);
    core.set32(fp + F.pending, pending & ~(1 << nr));
    core.set32(fp + F.irq, nr);
    core.setLong(fp + F.next, 0);
    if (nr === TASKLET_SOFTIRQ || nr === HI_SOFTIRQ)
      core.setLong(fp + F.next, softirqs.takeTasklets(nr === HI_SOFTIRQ));
    else if (nr === RCU_SOFTIRQ) core.setLong(fp + F.next, this.rcu.takeCallbacks());
    else if (nr !== TIMER_SOFTIRQ && nr !== HRTIMER_SOFTIRQ) {
      const action = softirqs.action(nr);
      if (action !== 0) {
        core.setLong(fp + F.running, action);
        return new CallRequest(action, [0]);
      }
    }
    return AGAIN;
  }
  /** The softirqs that have become pending meanwhile; 0 if there are none, or no rounds are left. */
  private nextRound(fp: number): number {
    const { core, softirqs } = this;
    const restarts = core.get32(fp + F.restarts);
    const pending = softirqs.pending();
    if (pending === 0) return 0;
    if (restarts === 0) {
      softirqs.wakeDaemon(core.cpu);
      return 0;
    }
    softirqs.setPending(0);
    core.set32(fp + F.restarts, restarts - 1);
    return pending;
  }
  private setRunningTasklet(tasklet: number): void {
    const { core } = this;
    core.setLong(core.perCpuAddress('kmem_running_tasklet', core.cpu), tasklet);
  }
}
