/**
 * preempt_count and the interrupt flag, as code switches them (include/linux/preempt.h, include/linux/irqflags.h,
 * kernel/sched/core.c: preempt_count_add, 6.1).
 */
import type { Reports } from '../printk/reports';
import type { Core } from './core';
import { SOFTIRQ_OFFSET } from './preempt_mask';
import { T, type Tasks } from './task';

const X86_IF = 0x200;
const FLAGS_BASE = 0x46;

export class Preempt {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly reports: Reports,
  ) {}

  /** preempt_count_add */
  add(value: number): void {
    const { core } = this;
    const count = core.preemptCount;
    core.preemptCount = count + value;
    if (count === 0) this.tasks.set(core.current, T.preemptDisabledAt, this.reports.names.pc());
  }
  /** preempt_count_sub; DEBUG_PREEMPT's check keeps it from going below zero. */
  sub(value: number): void {
    const { core } = this;
    const count = core.preemptCount;
    if (value > count || (value < SOFTIRQ_OFFSET && (count & 0xff) < value)) {
      this.reports.warn('preempt_count_sub', 'DEBUG_LOCKS_WARN_ON(val > preempt_count())', [
        `preempt_count is 0x${(count >>> 0).toString(16)}: nothing is left to enable`,
      ]);
      return;
    }
    core.preemptCount = count - value;
  }
  /** preempt_disable: does nothing on a kernel without preempt_count. */
  disable(): void {
    if (this.core.preemptCounting) this.add(1);
  }
  enable(): void {
    if (this.core.preemptCounting) this.sub(1);
  }

  /** local_irq_save: the flags register from before. */
  irqSave(): number {
    const flags = this.core.irqsOff ? FLAGS_BASE : FLAGS_BASE | X86_IF;
    this.core.irqsOff = true;
    return flags;
  }
  irqRestore(flags: number): void {
    this.core.irqsOff = (flags & X86_IF) === 0;
  }
}
