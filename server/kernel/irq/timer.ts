/**
 * Timers: one list per CPU, soonest first (kernel/time/timer.c, 6.1, without the wheel: all expire on time). They run in TIMER_SOFTIRQ.
 */
import { KernelBug } from '../lib/bug';
import type { Lists } from '../lib/list';
import type { Core } from '../sched/core';

const TIMER_CPUMASK = 0x3ffff;

export class Timers {
  constructor(
    private readonly core: Core,
    private readonly lists: Lists,
  ) {}

  private base(cpu: number): number {
    return this.core.perCpuAddress('timer_bases', cpu);
  }
  /** timer_setup */
  setup(timer: number, fn: number, flags: number): void {
    const { core } = this;
    core.setField(timer, 'timer_list', 'entry', 0);
    core.setLong(timer + core.offset('timer_list', 'entry') + core.wordSize, 0);
    core.setField(timer, 'timer_list', 'function', fn);
    core.setField32(timer, 'timer_list', 'flags', (flags & ~TIMER_CPUMASK) | core.cpu);
  }
  private node(timer: number): number {
    return timer + this.core.offset('timer_list', 'entry');
  }
  pending(timer: number): boolean {
    return !this.lists.hlistUnhashed(this.node(timer));
  }
  /** Jiffies until it expires; 0 or less: it has expired. */
  private left(timer: number): number {
    const { core } = this;
    const expires = core.getLong(timer + core.offset('timer_list', 'expires'));
    return core.wordSize === 8 ? expires - core.jiffies : (expires - core.jiffies) | 0;
  }
  /** mod_timer: whether it was pending. `expires` is the value to store, in jiffies. */
  modify(timer: number, expires: number, cpu = this.core.cpu): boolean {
    const { core } = this;
    // as __mod_timer does; later kernels only warn
    if (core.field(timer, 'timer_list', 'function') === 0)
      throw new KernelBug('kernel/time/timer.c', [
        'mod_timer: the timer has no function, timer_setup() has not been called',
      ]);
    const was = this.pending(timer);
    if (was && core.field(timer, 'timer_list', 'expires') === expires) return true;
    if (was) this.detach(timer);
    core.setField(timer, 'timer_list', 'expires', expires);
    const flags = core.field32(timer, 'timer_list', 'flags');
    core.setField32(timer, 'timer_list', 'flags', (flags & ~TIMER_CPUMASK) | cpu);
    const left = this.left(timer);
    // after the last that expires no later
    const base = this.base(cpu);
    let at = base;
    for (let node = core.getLong(base); node !== 0; node = core.getLong(node)) {
      if (this.left(node - core.offset('timer_list', 'entry')) > left) break;
      at = node;
    }
    const node = this.node(timer);
    const next = core.getLong(at);
    core.setLong(node, next);
    if (next !== 0) core.setLong(next + core.wordSize, node);
    core.setLong(at, node);
    core.setLong(node + core.wordSize, at);
    return was;
  }
  private detach(timer: number): void {
    const node = this.node(timer);
    this.lists.hlistUnlink(node);
    this.core.setLong(node + this.core.wordSize, 0);
    this.lists.poisonNextAsPrev(node);
  }
  /** del_timer: whether it was pending. */
  del(timer: number): boolean {
    if (!this.pending(timer)) return false;
    this.detach(timer);
    return true;
  }
  /** The next expired timer of a CPU, taken off its list; 0 if none has expired. */
  takeExpired(cpu: number): number {
    const first = this.core.getLong(this.base(cpu));
    if (first === 0) return 0;
    const timer = first - this.core.offset('timer_list', 'entry');
    if (this.left(timer) > 0) return 0;
    this.detach(timer);
    return timer;
  }
  expired(cpu: number): boolean {
    const first = this.core.getLong(this.base(cpu));
    return first !== 0 && this.left(first - this.core.offset('timer_list', 'entry')) <= 0;
  }
  /** Jiffies until the next timer of any CPU; undefined if there is none. */
  next(): number | undefined {
    let next: number | undefined;
    for (let cpu = 0; cpu < this.core.cpus; cpu++) {
      const first = this.core.getLong(this.base(cpu));
      if (first === 0) continue;
      const left = Math.max(0, this.left(first - this.core.offset('timer_list', 'entry')));
      if (next === undefined || left < next) next = left;
    }
    return next;
  }
}
