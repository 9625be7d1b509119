/**
 * Sleeping until woken or until time is over (kernel/time/timer.c: schedule_timeout, process_timeout, msleep, 6.1). The timer that ends a
 * sleep is a struct process_timer in the sleeper's own stack frame: a timer_list, then the task.
 */
import { CLOCK_MONOTONIC, HRTIMER_MODE_REL } from '../../profiles/commonConstants';
import { LOGLEVEL_ERR } from '../printk/printk';
import type { Reports } from '../printk/reports';
import { BLOCK, type Wait } from '../sched/block';
import type { Core } from '../sched/core';
import { MAX_SCHEDULE_TIMEOUT, type Sched, type SleepTimers, WAIT_TIMER } from '../sched/sched';
import { T, TASK_RUNNING, TASK_UNINTERRUPTIBLE, type Tasks } from '../sched/task';
import type { HrTimers } from './hrtimer';
import type { Timers } from './timer';

/** Added to the address in T.timer: it is a struct hrtimer_sleeper. */
const HIGH_RESOLUTION = 1;

export class Timeouts implements SleepTimers {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly sched: Sched,
    private readonly timers: Timers,
    private readonly hrtimers: HrTimers,
    private readonly reports: Reports,
    /** address of process_timeout, the function of these timers */
    readonly timerFn: number,
    /** address of hrtimer_wakeup, likewise */
    readonly hrtimerFn: number,
  ) {}

  // ---------------------------------------------------------------- the timer of a sleep
  private taskOf(timer: number): number {
    return timer + this.core.kernel.layouts.size('timer_list');
  }
  start(timer: number, jiffies: number): void {
    const { core } = this;
    this.timers.setup(timer, this.timerFn, 0);
    core.setLong(this.taskOf(timer), core.current);
    this.timers.modify(timer, core.jiffiesIn(Math.min(jiffies, MAX_SCHEDULE_TIMEOUT)));
    this.tasks.setLong(core.current, T.timer, timer);
  }
  end(): number {
    const { core, tasks } = this;
    const timer = tasks.getLong(core.current, T.timer);
    if (timer === 0) return 0;
    tasks.setLong(core.current, T.timer, 0);
    if (timer & HIGH_RESOLUTION) {
      this.hrtimers.tryToCancel(timer - HIGH_RESOLUTION);
      return 0;
    }
    this.timers.del(timer);
    const left = core.field(timer, 'timer_list', 'expires') - core.jiffies;
    return Math.max(0, core.wordSize === 8 ? left : left | 0);
  }
  /** process_timeout: the time of a sleep is over. */
  expired(timer: number): void {
    this.sched.wake(this.core.getLong(this.taskOf(timer)));
  }
  /** hrtimer_wakeup */
  hrtimerExpired(timer: number): void {
    this.sched.wake(this.core.getLong(this.sleeperOf(timer)));
  }
  /** Where a struct hrtimer_sleeper keeps its task: behind the timer. */
  private sleeperOf(timer: number): number {
    return timer + this.core.kernel.layouts.size('hrtimer');
  }
  /** Ends the running task's wait without a wake-up. */
  giveUpWait(): void {
    this.end();
    this.sched.giveUpWait();
  }

  // ---------------------------------------------------------------- the API
  /** schedule(): called again after the wake-up. In TASK_RUNNING it lets others go first. */
  schedule(): Wait | undefined {
    const { core, tasks } = this;
    if (tasks.get(core.current, T.stage) !== 0) return undefined;
    return BLOCK;
  }
  /** schedule_timeout: what is left of `jiffies`. */
  scheduleTimeout(jiffies: number, timer: number): Wait | number {
    const { core, tasks } = this;
    const task = core.current;
    const forever = jiffies >= MAX_SCHEDULE_TIMEOUT;
    if (tasks.get(task, T.stage) !== 0) {
      const left = this.end();
      return forever ? jiffies : left;
    }
    if (jiffies < 0) {
      this.reports.log.print(`schedule_timeout: wrong timeout value ${jiffies.toString(16)}`, LOGLEVEL_ERR);
      for (const line of this.reports.dumpStack()) this.reports.log.print(line);
      tasks.setState(task, TASK_RUNNING);
      return 0;
    }
    if (!forever) this.start(timer, jiffies);
    return BLOCK;
  }
  /** A sleep of `jiffies` jiffies in a state, without an early wake-up (msleep, msleep_interruptible where no signal comes). */
  sleep(jiffies: number, timer: number, state = TASK_UNINTERRUPTIBLE): Wait | undefined {
    const { core, tasks, sched } = this;
    const task = core.current;
    // woken early: it sleeps again
    const left = tasks.get(task, T.stage) === 0 ? jiffies : this.end();
    if (left === 0) return undefined;
    sched.prepare(task, state, WAIT_TIMER, 0);
    this.start(timer, left);
    return BLOCK;
  }
  /** usleep_range: a sleep of `min` to `max` microseconds. `timer`: room for a struct hrtimer_sleeper in the task's frame. */
  usleepRange(min: number, max: number, timer: number): Wait | undefined {
    const { core, tasks, sched, hrtimers } = this;
    const task = core.current;
    if (tasks.get(task, T.stage) === 0) {
      hrtimers.init(timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
      core.setField(timer, 'hrtimer', 'function', this.hrtimerFn);
      core.setLong(this.sleeperOf(timer), task);
      hrtimers.start(timer, min * 1000, Math.max(0, max - min) * 1000, HRTIMER_MODE_REL);
      tasks.setLong(task, T.timer, timer + HIGH_RESOLUTION);
    } else if (!hrtimers.active(timer)) {
      this.end();
      return undefined;
    }
    // also when it has been woken early: the timer still runs
    sched.prepare(task, TASK_UNINTERRUPTIBLE, WAIT_TIMER, 0);
    return BLOCK;
  }
}
