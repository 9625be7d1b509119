/**
 * High-resolution timers (kernel/time/hrtimer.c, include/linux/hrtimer.h, 6.1): in a red-black tree for each CPU and clock, soonest first.
 * They run in the hard interrupt of the local timer, or in HRTIMER_SOFTIRQ where their mode says so. Times are nanoseconds since boot, as
 * fine as a statement lasts; kmem's clocks differ in nothing.
 */
import {
  CLOCK_BOOTTIME,
  CLOCK_MONOTONIC,
  CLOCK_REALTIME,
  CLOCK_TAI,
  HRTIMER_MODE_HARD,
  HRTIMER_MODE_REL,
  HRTIMER_MODE_SOFT,
} from '../../profiles/commonConstants';
import { RbTree } from '../lib/rbtree';
import type { Reports } from '../printk/reports';
import { type Core, STATEMENTS_PER_JIFFY } from '../sched/core';

/** HRTIMER_BASE_MONOTONIC, REALTIME, BOOTTIME, TAI: by clock; those of soft timers come behind them */
const CLOCK_BASES: readonly number[] = [CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_BOOTTIME, CLOCK_TAI];
const NR_BASES = 2 * CLOCK_BASES.length;
const STATE_ENQUEUED = 1;
const KTIME_MAX = (1n << 63n) - 1n;
/** no timer is due before the jiffy ends */
const NEVER = 0x7fffffff;

/** Which of a CPU's timers: those of the interrupt, or those of the softirq. */
type HrtimerKind = 'hard' | 'soft';

/** Raises the interrupt of a CPU's local timer: irq/irq.ts. */
interface LocalTimer {
  timerPending(cpu: number): boolean;
  raiseTimer(cpu: number): void;
}

export class HrTimers {
  private readonly rb: RbTree;
  private readonly dueWord: number;
  private readonly baseSize: number;

  constructor(
    private readonly core: Core,
    private readonly reports: Reports,
    private readonly localTimer: LocalTimer,
  ) {
    const { symbols, layouts } = core.kernel;
    this.rb = new RbTree(core);
    symbols.definePerCpu('hrtimer_bases', layouts.parseType('struct hrtimer_cpu_base'));
    this.baseSize = layouts.size('hrtimer_clock_base');
    this.dueWord = core.global('kmem_hrtimer_due');
    core.mem.set(this.dueWord, NEVER);
    for (let cpu = 0; cpu < core.cpus; cpu++) this.initCpu(cpu);
  }
  /** hrtimers_prepare_cpu */
  private initCpu(cpu: number): void {
    const { core } = this;
    const cpuBase = core.perCpuAddress('hrtimer_bases', cpu);
    core.setField32(cpuBase, 'hrtimer_cpu_base', 'cpu', cpu);
    for (const field of ['expires_next', 'softirq_expires_next'])
      core.space.write64(cpuBase + core.offset('hrtimer_cpu_base', field), KTIME_MAX);
    for (let index = 0; index < NR_BASES; index++) {
      const base = this.baseAt(cpu, index);
      core.setField(base, 'hrtimer_clock_base', 'cpu_base', cpuBase);
      core.setField32(base, 'hrtimer_clock_base', 'index', index);
      core.setField32(base, 'hrtimer_clock_base', 'clockid', CLOCK_BASES[index % CLOCK_BASES.length] ?? 0);
    }
  }

  // ---------------------------------------------------------------- fields
  private baseAt(cpu: number, index: number): number {
    const { core } = this;
    return (
      core.perCpuAddress('hrtimer_bases', cpu) + core.offset('hrtimer_cpu_base', 'clock_base') + index * this.baseSize
    );
  }
  private baseOf(timer: number): number {
    return this.core.field(timer, 'hrtimer', 'base');
  }
  private root(base: number): number {
    return base + this.core.offset('hrtimer_clock_base', 'active');
  }
  private leftmost(base: number): number {
    return this.root(base) + this.core.offset('rb_root_cached', 'rb_leftmost');
  }
  /** When a timer has to run, nanoseconds; it may from `_softexpires` on. */
  expires(timer: number): number {
    return this.core.space.readS64Number(timer + this.core.offset('timerqueue_node', 'expires'));
  }
  private softExpires(timer: number): number {
    return this.core.space.readS64Number(timer + this.core.offset('hrtimer', '_softexpires'));
  }
  private setExpires(timer: number, time: number, slack: number): void {
    const { core } = this;
    const set = (offset: number, ns: number) =>
      core.space.write64(timer + offset, ns >= Number(KTIME_MAX) ? KTIME_MAX : BigInt(Math.trunc(ns)));
    set(core.offset('timerqueue_node', 'expires'), time + slack);
    set(core.offset('hrtimer', '_softexpires'), time);
  }
  private enqueued(timer: number): boolean {
    return (this.core.space.read8(timer + this.core.offset('hrtimer', 'state')) & STATE_ENQUEUED) !== 0;
  }
  private setState(timer: number, state: number): void {
    this.core.space.write8(timer + this.core.offset('hrtimer', 'state'), state);
  }
  /** Address of the field of a timer's base that names the timer whose function runs. */
  runningField(timer: number): number {
    return this.baseOf(timer) + this.core.offset('hrtimer_clock_base', 'running');
  }
  running(timer: number): boolean {
    return this.core.getLong(this.runningField(timer)) === timer;
  }

  // ---------------------------------------------------------------- the API
  /** hrtimer_init */
  init(timer: number, clock: number, mode: number): void {
    const { core } = this;
    core.space.fill(timer, core.kernel.layouts.size('hrtimer'), 0);
    const soft = (mode & HRTIMER_MODE_SOFT) !== 0;
    const index = Math.max(0, CLOCK_BASES.indexOf(clock));
    core.setField(timer, 'hrtimer', 'base', this.baseAt(core.cpu, index + (soft ? CLOCK_BASES.length : 0)));
    core.space.write8(timer + core.offset('hrtimer', 'is_soft'), soft ? 1 : 0);
    core.space.write8(timer + core.offset('hrtimer', 'is_hard'), mode & HRTIMER_MODE_HARD ? 1 : 0);
    // RB_CLEAR_NODE
    core.setLong(timer, timer);
  }
  /** hrtimer_start_range_ns: the timer runs between `time` and `slack` later; with HRTIMER_MODE_REL from now. */
  start(timer: number, time: number, slack: number, mode: number): void {
    const { core } = this;
    if (this.enqueued(timer)) this.dequeue(timer);
    this.setExpires(timer, mode & HRTIMER_MODE_REL ? core.nanoseconds() + time : time, slack);
    // switch_hrtimer_base: a timer whose function runs stays where it is
    if (!this.running(timer)) {
      const index = core.field32(this.baseOf(timer), 'hrtimer_clock_base', 'index');
      core.setField(timer, 'hrtimer', 'base', this.baseAt(core.cpu, index));
    }
    this.enqueue(timer);
    this.reprogram();
  }
  /** hrtimer_active */
  active(timer: number): boolean {
    return this.enqueued(timer) || this.running(timer);
  }
  /** hrtimer_try_to_cancel: 1 if it was started, 0 if not, −1 if its function runs. */
  tryToCancel(timer: number): number {
    if (this.running(timer)) return -1;
    if (!this.enqueued(timer)) return 0;
    this.dequeue(timer);
    this.reprogram();
    return 1;
  }
  /** hrtimer_forward: moves a timer by whole intervals until it expires after `now`. Returns how many. */
  forward(timer: number, now: number, interval: number): number {
    const delta = now - this.expires(timer);
    if (delta < 0) return 0;
    if (this.enqueued(timer)) {
      this.reports.warn({ at: 'kernel/time/hrtimer.c', fn: 'hrtimer_forward' });
      return 0;
    }
    const step = Math.max(1, interval);
    const steps = Math.floor(delta / step) + 1;
    this.setExpires(timer, this.softExpires(timer) + steps * step, this.expires(timer) - this.softExpires(timer));
    return steps;
  }

  // ---------------------------------------------------------------- trees
  /** enqueue_hrtimer */
  private enqueue(timer: number): void {
    const { core, rb } = this;
    const base = this.baseOf(timer);
    if (rb.add(this.root(base), timer, (a, b) => this.expires(a) < this.expires(b)))
      core.setLong(this.leftmost(base), timer);
    this.setState(timer, STATE_ENQUEUED);
  }
  /** __remove_hrtimer */
  private dequeue(timer: number): void {
    const { core, rb } = this;
    const base = this.baseOf(timer);
    if (core.getLong(this.leftmost(base)) === timer) core.setLong(this.leftmost(base), rb.next(timer));
    rb.erase(this.root(base), timer);
    core.setLong(timer, timer);
    this.setState(timer, 0);
  }
  /** The soonest timer of a base; 0 if it has none. */
  private first(base: number): number {
    return this.core.getLong(this.leftmost(base));
  }
  private basesOf(cpu: number, kind: HrtimerKind): number[] {
    const from = kind === 'hard' ? 0 : CLOCK_BASES.length;
    return CLOCK_BASES.map((_, i) => this.baseAt(cpu, from + i));
  }
  /** When the soonest timer of a CPU has to run; undefined if there is none. */
  private nextOf(cpu: number, kind: HrtimerKind): number | undefined {
    let next: number | undefined;
    for (const base of this.basesOf(cpu, kind)) {
      const timer = this.first(base);
      if (timer !== 0 && (next === undefined || this.expires(timer) < next)) next = this.expires(timer);
    }
    return next;
  }

  // ---------------------------------------------------------------- expiring
  /**
   * hrtimer_reprogram, of every CPU: notes when the local timers interrupt next. Called when timers have changed and when a jiffy ends. A
   * CPU whose interrupt is pending needs no other.
   */
  reprogram(): void {
    const { core } = this;
    const { mem } = core;
    const start = core.now * STATEMENTS_PER_JIFFY;
    let due = NEVER;
    for (let cpu = 0; cpu < core.cpus; cpu++) {
      const cpuBase = core.perCpuAddress('hrtimer_bases', cpu);
      for (const [kind, field] of [
        ['hard', 'expires_next'],
        ['soft', 'softirq_expires_next'],
      ] as const) {
        const next = this.nextOf(cpu, kind);
        const at = cpuBase + core.offset('hrtimer_cpu_base', field);
        const value = next === undefined ? KTIME_MAX : BigInt(next);
        if (core.space.read64(at) !== BigInt.asUintN(64, value)) core.space.write64(at, value);
        if (next !== undefined && !this.localTimer.timerPending(cpu))
          due = Math.min(due, Math.max(0, Math.ceil(next / core.statementNs) - start));
      }
    }
    if (mem.words[this.dueWord] !== due) mem.set(this.dueWord, due);
  }
  /** Statements of this jiffy after which a local timer interrupts; beyond the jiffy's, not in this one. */
  get due(): number {
    return this.core.mem.words[this.dueWord] as number;
  }
  /** Jiffies until a local timer interrupts, 0 for within this one; undefined if none will. */
  untilNext(): number | undefined {
    const { due } = this;
    return due === NEVER ? undefined : Math.floor(due / STATEMENTS_PER_JIFFY);
  }
  /** Raises the interrupts of the local timers whose time has come. */
  raiseDue(): void {
    const { core } = this;
    const now = core.nanoseconds();
    for (let cpu = 0; cpu < core.cpus; cpu++) {
      const next = Math.min(this.nextOf(cpu, 'hard') ?? Infinity, this.nextOf(cpu, 'soft') ?? Infinity);
      if (next <= now && !this.localTimer.timerPending(cpu)) this.localTimer.raiseTimer(cpu);
    }
    this.reprogram();
  }
  /** Whether timers of this CPU may run now. */
  expired(kind: HrtimerKind): boolean {
    return this.firstExpired(kind) !== 0;
  }
  private firstExpired(kind: HrtimerKind): number {
    const { core } = this;
    const now = core.nanoseconds();
    for (const base of this.basesOf(core.cpu, kind)) {
      const timer = this.first(base);
      if (timer !== 0 && this.softExpires(timer) <= now) return timer;
    }
    return 0;
  }
  /** __run_hrtimer, before the call: the next of this CPU's timers that may run, off its tree; 0 if there is none. */
  takeExpired(kind: HrtimerKind): number {
    const timer = this.firstExpired(kind);
    if (timer === 0) return 0;
    this.dequeue(timer);
    this.core.setLong(this.runningField(timer), timer);
    return timer;
  }
  /** __run_hrtimer, after it: a timer whose function returned HRTIMER_RESTART is started again. */
  ran(timer: number, restart: boolean): void {
    if (restart && !this.enqueued(timer)) this.enqueue(timer);
    this.core.setLong(this.runningField(timer), 0);
  }
}
