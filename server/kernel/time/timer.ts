/**
 * Timers of a resolution of jiffies (kernel/time/timer.c, include/linux/timer.h, 6.1): pending ones are in the wheel of a CPU
 * (timer_wheel.ts), expired ones run in TIMER_SOFTIRQ on that CPU.
 */
import { TIMER_DEFERRABLE } from '../../profiles/commonConstants';
import { arrayOf } from '../../types/ctype';
import { KernelBug } from '../lib/bug';
import type { Lists } from '../lib/list';
import type { Core } from '../sched/core';
import type { Preempt } from '../sched/preempt';
import { TIMER_CPUMASK, TimerWheel } from './timer_wheel';

/** A CPU's struct timer_bases: for its timers, and for those that may wait while it is idle (CONFIG_NO_HZ_COMMON). */
const BASE_STD = 0;
const BASE_DEF = 1;
const NR_BASES = 2;
/** The kernel's functions that wait for a timer's, innermost first. */
const SYNC_FUNCTIONS = ['__timer_delete_sync', 'del_timer_sync'] as const;

/** What follows timers as if they were locks: locking/lockdep/lockdep.ts. */
interface LockMaps {
  readonly follows: boolean;
  readonly text: { define(names: readonly string[]): void; inside(name: string): number };
  passRegion(instance: number, kind: 'timer function', functions: readonly string[]): void;
}

export class Timers {
  readonly wheel: TimerWheel;
  private readonly baseSize: number;

  constructor(
    private readonly core: Core,
    private readonly lists: Lists,
    private readonly preempt: Preempt,
    private readonly lockdep: LockMaps,
  ) {
    lockdep.text.define(SYNC_FUNCTIONS);
    const { symbols, layouts } = core.kernel;
    this.wheel = new TimerWheel(core, lists);
    this.baseSize = layouts.size('timer_base');
    symbols.definePerCpu('timer_bases', arrayOf(layouts.parseType('struct timer_base'), NR_BASES));
    for (let cpu = 0; cpu < core.cpus; cpu++) for (const base of this.basesOf(cpu)) this.wheel.init(base, cpu);
  }

  // ---------------------------------------------------------------- bases
  /** The bases of a CPU, in the order in which run_timer_softirq looks at them. */
  basesOf(cpu: number): readonly number[] {
    const first = this.core.perCpuAddress('timer_bases', cpu);
    return [first + BASE_STD * this.baseSize, first + BASE_DEF * this.baseSize];
  }
  /** get_timer_base */
  private baseOf(timer: number): number {
    const flags = this.core.field32(timer, 'timer_list', 'flags');
    return this.baseFor(flags, Math.min(flags & TIMER_CPUMASK, this.core.cpus - 1));
  }
  private baseFor(flags: number, cpu: number): number {
    return this.basesOf(cpu)[flags & TIMER_DEFERRABLE ? BASE_DEF : BASE_STD] as number;
  }
  /** Where each base says which timer's callback runs: the address of the field. */
  runningFields(): readonly number[] {
    return Array.from({ length: this.core.cpus }, (_, cpu) => this.basesOf(cpu))
      .flat()
      .map((base) => base + this.wheel.runningTimer);
  }
  running(base: number): number {
    return this.core.getLong(base + this.wheel.runningTimer);
  }
  setRunning(base: number, timer: number): void {
    this.core.setLong(base + this.wheel.runningTimer, timer);
  }

  // ---------------------------------------------------------------- the API
  /** timer_setup */
  setup(timer: number, fn: number, flags: number): void {
    const { core } = this;
    core.setField(timer, 'timer_list', 'entry', 0);
    core.setLong(this.node(timer) + core.wordSize, 0);
    core.setField(timer, 'timer_list', 'function', fn);
    core.setField32(timer, 'timer_list', 'flags', (flags & ~TIMER_CPUMASK) | core.cpu);
  }
  /** __timer_delete_sync: what waits for a timer's function must not hold what that takes. */
  syncRegion(timer: number): void {
    const { preempt, lockdep } = this;
    if (!lockdep.follows) return;
    const ip = lockdep.text.inside(SYNC_FUNCTIONS[0]);
    const flags = preempt.irqSave(ip);
    lockdep.passRegion(timer, 'timer function', SYNC_FUNCTIONS);
    preempt.irqRestore(flags, ip);
  }
  private node(timer: number): number {
    return timer + this.core.offset('timer_list', 'entry');
  }
  /** timer_pending */
  pending(timer: number): boolean {
    return !this.lists.hlistUnhashed(this.node(timer));
  }
  /** __mod_timer: whether it was pending. `expires`: the value to store, in jiffies; `cpu`: whose timer it becomes. @throws KernelBug */
  modify(timer: number, expires: number, cpu = this.core.cpu): boolean {
    const { core, wheel } = this;
    // as __mod_timer does; later kernels only warn
    if (core.field(timer, 'timer_list', 'function') === 0)
      throw new KernelBug(
        { at: 'kernel/time/timer.c', fn: '__mod_timer' },
        [],
        ['the timer has no function: timer_setup() has not been called'],
      );
    let base = this.baseOf(timer);
    wheel.forward(base);
    const was = this.pending(timer);
    if (was) {
      if (core.field(timer, 'timer_list', 'expires') === expires) return true;
      if (wheel.sameBucket(base, timer, expires)) {
        core.setField(timer, 'timer_list', 'expires', expires);
        return true;
      }
      wheel.detach(base, timer, false);
    }
    const flags = core.field32(timer, 'timer_list', 'flags');
    const target = this.baseFor(flags, cpu);
    // a timer whose callback runs stays on its CPU, so that del_timer_sync() finds it there
    if (target !== base && this.running(base) !== timer) {
      core.setField32(timer, 'timer_list', 'flags', (flags & ~TIMER_CPUMASK) | cpu);
      base = target;
      wheel.forward(base);
    }
    core.setField(timer, 'timer_list', 'expires', expires);
    wheel.add(base, timer);
    return was;
  }
  /** del_timer: whether it was pending. */
  del(timer: number): boolean {
    if (!this.pending(timer)) return false;
    this.wheel.detach(this.baseOf(timer), timer, true);
    return true;
  }

  // ---------------------------------------------------------------- time
  /** run_local_timers: whether the tick raises TIMER_SOFTIRQ on a CPU. */
  due(cpu: number): boolean {
    return this.basesOf(cpu).some((base) => this.wheel.due(base));
  }
  /**
   * get_next_timer_interrupt: jiffies until the next timer of any CPU, 0 or less if one is due; undefined if there is none. A deferrable
   * timer wakes no idle CPU: it counts only where nothing else is to come.
   */
  untilNext(): number | undefined {
    return this.earliest(BASE_STD) ?? this.earliest(BASE_DEF);
  }
  private earliest(which: number): number | undefined {
    let earliest: number | undefined;
    for (let cpu = 0; cpu < this.core.cpus; cpu++) {
      const until = this.wheel.untilNext(this.basesOf(cpu)[which] as number);
      if (until !== undefined && (earliest === undefined || until < earliest)) earliest = until;
    }
    return earliest;
  }
  /** expire_timers: takes the first timer off a list that the wheel has collected; 0 if the list is empty. */
  takeFrom(head: number): number {
    const first = this.core.getLong(head);
    if (first === 0) return 0;
    const timer = first - this.core.offset('timer_list', 'entry');
    this.wheel.unlink(timer, true);
    return timer;
  }
}
