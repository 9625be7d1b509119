/**
 * preempt_count and the interrupt flag, as code switches them (include/linux/preempt.h, include/linux/irqflags.h,
 * kernel/sched/core.c: preempt_count_add, 6.1).
 */
import type { DebugLocks } from '../lib/debug_locks';
import type { Reports } from '../printk/reports';
import type { Core } from './core';
import { PREEMPT_MASK, SOFTIRQ_MASK, SOFTIRQ_OFFSET } from './preempt_mask';
import { T, type Tasks } from './task';

const X86_IF = 0x200;
const FLAGS_BASE = 0x46;

/** What follows interrupts and softirqs as they are switched: locking/lockdep/irq_trace.ts. `ip`: unless given, the code that runs. */
interface IrqFlagTrace {
  hardirqsOn(ip?: number): void;
  hardirqsOff(ip?: number): void;
  softirqsOn(ip?: number): void;
  softirqsOff(ip?: number): void;
}

export class Preempt {
  /** CONFIG_DEBUG_PREEMPT: the count never goes below zero */
  private readonly checks: boolean;

  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly reports: Reports,
    private readonly debugLocks: DebugLocks,
    private readonly irqTrace: IrqFlagTrace | undefined,
  ) {
    this.checks = core.kernel.config.config.DEBUG_PREEMPT === true;
  }

  /** preempt_count_add */
  add(value: number): void {
    const { core } = this;
    const count = core.preemptCount;
    core.preemptCount = count + value;
    if (value >= SOFTIRQ_OFFSET && (count & SOFTIRQ_MASK) === 0) this.irqTrace?.softirqsOff();
    if (count === 0) this.tasks.set(core.current, T.preemptDisabledAt, this.reports.names.pc());
  }
  /** preempt_count_sub; DEBUG_PREEMPT's check keeps it from going below zero. */
  sub(value: number): void {
    const { core } = this;
    const count = core.preemptCount;
    if (this.checks && value > count) this.underflow('val > preempt_count()', 'kernel/sched/core.c:5750');
    else if (this.checks && value < PREEMPT_MASK && (count & PREEMPT_MASK) === 0)
      this.underflow('(val < PREEMPT_MASK) && !(preempt_count() & PREEMPT_MASK)', 'kernel/sched/core.c');
    else {
      if (value >= SOFTIRQ_OFFSET && (count & SOFTIRQ_MASK) === (value & SOFTIRQ_MASK)) this.irqTrace?.softirqsOn();
      core.preemptCount = count - value;
    }
  }
  private underflow(condition: string, at: string): void {
    if (this.debugLocks.off()) this.reports.warn({ at, fn: 'preempt_count_sub' }, `DEBUG_LOCKS_WARN_ON(${condition})`);
  }
  disable(): void {
    this.add(1);
  }
  enable(): void {
    this.sub(1);
  }

  /** local_irq_save: the flags register from before. */
  irqSave(ip?: number): number {
    const flags = this.core.irqsOff ? FLAGS_BASE : FLAGS_BASE | X86_IF;
    this.irqDisable(ip);
    return flags;
  }
  irqRestore(flags: number, ip?: number): void {
    if (flags & X86_IF) this.irqEnable(ip);
    else this.irqDisable(ip);
  }
  /** local_irq_disable. `ip`: address of the code that does it; unless given, the scenario's */
  irqDisable(ip?: number): void {
    if (this.core.irqsOff) return;
    this.core.irqsOff = true;
    this.irqTrace?.hardirqsOff(ip);
  }
  /** local_irq_enable */
  irqEnable(ip?: number): void {
    if (!this.core.irqsOff) return;
    this.irqTrace?.hardirqsOn(ip);
    this.core.irqsOff = false;
  }
}
