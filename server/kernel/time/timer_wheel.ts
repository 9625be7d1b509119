/**
 * The timer wheel: levels of 64 buckets, each level eight times as coarse as the one before, so that starting and stopping a timer takes
 * the same time however many there are; a timer far away fires late by up to its level's granularity (kernel/time/timer.c:
 * calc_wheel_index, enqueue_timer, forward_timer_base, collect_expired_timers, __next_timer_interrupt, 6.1). Times are jiffies.
 */
import type { Lists } from '../lib/list';
import type { Core } from '../sched/core';

const LVL_CLK_SHIFT = 3;
const LVL_CLK_DIV = 1 << LVL_CLK_SHIFT;
const LVL_SIZE = 64;
const LVL_MASK = LVL_SIZE - 1;
/** levels at HZ above 100 */
export const LVL_DEPTH = 9;
/** jiffies from one bucket of a level to the next */
const granularity = (level: number): number => LVL_CLK_DIV ** level;
/** the first distance in jiffies that is for a level, not for the one before */
const levelStart = (level: number): number => (level === 0 ? 0 : LVL_MASK * granularity(level - 1));
const WHEEL_TIMEOUT_MAX = levelStart(LVL_DEPTH) - granularity(LVL_DEPTH - 1);
/** how far ahead next_expiry lies where nothing is pending */
const NEXT_TIMER_MAX_DELTA = (1 << 30) - 1;

/** Parts of timer_list.flags (include/linux/timer.h): the CPU, and above the flags the bucket. */
export const TIMER_CPUMASK = 0x3ffff;
const TIMER_ARRAYSHIFT = 22;

/** A place in a wheel. */
interface Bucket {
  readonly index: number;
  /** when the bucket is due */
  readonly expiry: number;
}

/** The wheels: one for a CPU's timers and one for its deferrable ones. `base`: address of a struct timer_base. */
export class TimerWheel {
  private readonly clk: number;
  private readonly nextExpiry: number;
  private readonly recalc: number;
  private readonly timersPending: number;
  private readonly pendingMap: number;
  private readonly vectors: number;
  readonly runningTimer: number;
  private readonly entry: number;
  private readonly expires: number;
  private readonly flags: number;

  constructor(
    private readonly core: Core,
    private readonly lists: Lists,
  ) {
    const field = (name: string): number => core.offset('timer_base', name);
    this.runningTimer = field('running_timer');
    this.clk = field('clk');
    this.nextExpiry = field('next_expiry');
    this.recalc = field('next_expiry_recalc');
    this.timersPending = field('timers_pending');
    this.pendingMap = field('pending_map');
    this.vectors = field('vectors');
    this.entry = core.offset('timer_list', 'entry');
    this.expires = core.offset('timer_list', 'expires');
    this.flags = core.offset('timer_list', 'flags');
  }

  /** init_timer_cpu, before the run */
  init(base: number, cpu: number): void {
    const { core } = this;
    const now = core.jiffies;
    core.setLong(base + this.clk, now);
    core.setLong(base + this.nextExpiry, this.sum(now, NEXT_TIMER_MAX_DELTA));
    core.set32(base + core.offset('timer_base', 'cpu'), cpu);
  }

  // ---------------------------------------------------------------- times: unsigned longs that may wrap
  /** Jiffies from b to a, negative if a is earlier. */
  private distance(a: number, b: number): number {
    return this.core.wordSize === 8 ? a - b : (a - b) | 0;
  }
  private sum(time: number, jiffies: number): number {
    return this.core.wordSize === 8 ? time + jiffies : (time + jiffies) >>> 0;
  }
  /** Jiffies from now until a bucket of the wheel is due: 0 or less if one is; undefined if the wheel is empty. */
  untilNext(base: number): number | undefined {
    const { core } = this;
    if (core.space.read8(base + this.recalc) !== 0) this.recalculate(base);
    if (core.space.read8(base + this.timersPending) === 0) return undefined;
    return this.distance(core.getLong(base + this.nextExpiry), core.jiffies);
  }
  /** Whether a bucket may be due: what the tick looks at. */
  due(base: number): boolean {
    const { core } = this;
    return this.distance(core.jiffies, core.getLong(base + this.nextExpiry)) >= 0;
  }

  // ---------------------------------------------------------------- starting and stopping
  /** calc_wheel_index: the bucket for a time, as the wheel's clock stands. A level's buckets are due at its multiples: rounded up. */
  private bucketFor(base: number, expires: number): Bucket {
    const clk = this.core.getLong(base + this.clk);
    const delta = this.distance(expires, clk);
    if (delta < 0) return { index: clk % LVL_SIZE, expiry: clk };
    for (let level = 0; level < LVL_DEPTH; level++)
      if (delta < levelStart(level + 1)) return this.bucketOf(expires, level);
    return this.bucketOf(this.sum(clk, WHEEL_TIMEOUT_MAX), LVL_DEPTH - 1);
  }
  private bucketOf(expires: number, level: number): Bucket {
    const step = granularity(level);
    const tick = Math.floor(expires / step) + 1;
    return { index: level * LVL_SIZE + (tick % LVL_SIZE), expiry: this.sum(0, tick * step) };
  }
  /** forward_timer_base: the clock of a wheel that has had nothing to do catches up. */
  forward(base: number): void {
    const { core } = this;
    const now = core.jiffies;
    const clk = core.getLong(base + this.clk);
    if (this.distance(now, clk) < 1) return;
    const next = core.getLong(base + this.nextExpiry);
    core.setLong(base + this.clk, this.distance(next, now) > 0 ? now : next);
  }
  /** Whether a timer of this wheel would be in the bucket it is in, too, if it expired at `expires`. */
  sameBucket(base: number, timer: number, expires: number): boolean {
    return this.bucketFor(base, expires).index === this.indexOf(timer);
  }
  /** internal_add_timer: puts a timer that is not pending into its bucket. */
  add(base: number, timer: number): void {
    const { core } = this;
    const { index, expiry } = this.bucketFor(base, core.getLong(timer + this.expires));
    this.lists.hlistAddHead(timer + this.entry, this.vector(base, index));
    this.setPending(base, index, true);
    const low = core.get32(timer + this.flags) & ((1 << TIMER_ARRAYSHIFT) - 1);
    core.set32(timer + this.flags, low | (index << TIMER_ARRAYSHIFT));
    if (this.distance(expiry, core.getLong(base + this.nextExpiry)) >= 0) return;
    core.setLong(base + this.nextExpiry, expiry);
    core.space.write8(base + this.timersPending, 1);
    core.space.write8(base + this.recalc, 0);
  }
  /** detach_if_pending, of a timer that is pending: `clear` makes it not pending. */
  detach(base: number, timer: number, clear: boolean): void {
    const { core } = this;
    const index = this.indexOf(timer);
    const node = timer + this.entry;
    if (core.getLong(node) === 0 && core.getLong(node + core.wordSize) === this.vector(base, index)) {
      this.setPending(base, index, false);
      core.space.write8(base + this.recalc, 1);
    }
    this.unlink(timer, clear);
  }
  /** detach_timer */
  unlink(timer: number, clear: boolean): void {
    const { core, lists } = this;
    const node = timer + this.entry;
    lists.hlistUnlink(node);
    if (clear) core.setLong(node + core.wordSize, 0);
    lists.poisonNextAsPrev(node);
  }
  private vector(base: number, index: number): number {
    return base + this.vectors + index * this.core.wordSize;
  }
  private indexOf(timer: number): number {
    return this.core.get32(timer + this.flags) >>> TIMER_ARRAYSHIFT;
  }
  private setPending(base: number, index: number, pending: boolean): void {
    const { core } = this;
    const at = base + this.pendingMap + (index >> 5) * 4;
    const bit = 1 << (index & 31);
    const word = core.get32(at);
    core.set32(at, pending ? word | bit : word & ~bit);
  }
  private isPending(base: number, index: number): boolean {
    return (this.core.get32(base + this.pendingMap + (index >> 5) * 4) & (1 << (index & 31))) !== 0;
  }

  // ---------------------------------------------------------------- expiring
  /**
   * One round of __run_timers: moves the buckets that are due next to the list heads at `heads`, the finest level first, and advances the
   * clock. Returns how many heads it has filled; undefined if nothing is due.
   */
  collect(base: number, heads: number): number | undefined {
    const { core } = this;
    const next = core.getLong(base + this.nextExpiry);
    const now = core.jiffies;
    if (this.distance(now, core.getLong(base + this.clk)) < 0 || this.distance(now, next) < 0) return undefined;
    let filled = 0;
    let clk = next;
    for (let level = 0; level < LVL_DEPTH; level++) {
      const index = level * LVL_SIZE + (clk % LVL_SIZE);
      if (this.isPending(base, index)) {
        this.setPending(base, index, false);
        this.lists.hlistMoveList(this.vector(base, index), heads + filled * core.wordSize);
        filled++;
      }
      if (clk % LVL_CLK_DIV !== 0) break;
      clk = Math.floor(clk / LVL_CLK_DIV);
    }
    core.setLong(base + this.clk, this.sum(next, 1));
    this.recalculate(base);
    return filled;
  }
  /** __next_timer_interrupt: finds the bucket that is due next. */
  private recalculate(base: number): void {
    const { core } = this;
    const start = core.getLong(base + this.clk);
    const never = this.sum(start, NEXT_TIMER_MAX_DELTA);
    let next = never;
    let clk = start;
    for (let level = 0; level < LVL_DEPTH; level++) {
      const inLevel = clk % LVL_CLK_DIV;
      const ahead = this.nextPendingBucket(base, level, clk % LVL_SIZE);
      if (ahead >= 0) {
        const at = this.sum(0, (clk + ahead) * granularity(level));
        if (this.distance(at, next) < 0) next = at;
        // due before the clock of the next level moves: nothing of a coarser level comes first
        if (ahead <= (LVL_CLK_DIV - inLevel) % LVL_CLK_DIV) break;
      }
      clk = Math.floor(clk / LVL_CLK_DIV) + (inLevel === 0 ? 0 : 1);
    }
    core.setLong(base + this.nextExpiry, next);
    core.space.write8(base + this.recalc, 0);
    core.space.write8(base + this.timersPending, next === never ? 0 : 1);
  }
  /** Buckets from bucket `from` of a level to the next pending one, in the order in which they are due; −1 if there is none. */
  private nextPendingBucket(base: number, level: number, from: number): number {
    const { core } = this;
    const at = base + this.pendingMap + level * (LVL_SIZE / 8);
    if (core.get32(at) === 0 && core.get32(at + 4) === 0) return -1;
    for (let ahead = 0; ahead < LVL_SIZE; ahead++)
      if (this.isPending(base, level * LVL_SIZE + ((from + ahead) % LVL_SIZE))) return ahead;
    return -1;
  }
}
