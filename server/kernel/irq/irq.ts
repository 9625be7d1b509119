/**
 * Interrupt lines: handlers, what is pending, enabling and disabling (kernel/irq/manage.c, handle.c, 6.1). Delivery is the vm's.
 */

import { IRQF_SHARED } from '../../profiles/commonConstants';
import type { Reports } from '../printk/reports';
import type { Core } from '../sched/core';
import { FIRST_LINE, NR_IRQS } from '../sched/core';

export { IRQF_ONESHOT, IRQF_SHARED } from '../../profiles/commonConstants';

/**
 * The processor's own interrupts: the local timer, irq_work, irq_work that a CPU has sent itself with interrupts on, and a call that another
 * CPU asks for. (Lines below FIRST_LINE; the vectors of x86 are 0xec, 0xf6 and 0xfc.)
 */
export const LOCAL_TIMER_VECTOR = 0;
export const IRQ_WORK_VECTOR = 1;
export const IRQ_WORK_SELF_VECTOR = 2;
export const CALL_FUNCTION_VECTOR = 3;

/** Byte offsets in a line's descriptor (kmem's own: struct irq_desc is not modelled). */
const D = {
  handler: 0,
  dev: 8,
  thread: 16,
  threadFn: 24,
  depth: 32,
  flags: 36,
  disabledPending: 40,
} as const;
const DESC = 48;
export const IRQ_DESC_BYTES = NR_IRQS * DESC;

export interface IrqAction {
  readonly handler: number;
  readonly dev: number;
  readonly threadFn: number;
  readonly thread: number;
}

export class Irqs {
  constructor(
    private readonly core: Core,
    private readonly reports: Reports,
  ) {}

  private desc(irq: number): number {
    return this.core.kernel.symbols.address('kmem_irq_desc') + irq * DESC;
  }
  valid(irq: number): boolean {
    return Number.isInteger(irq) && irq >= 0 && irq < NR_IRQS;
  }
  action(irq: number): IrqAction {
    const { space } = this.core;
    const at = this.desc(irq);
    return {
      handler: space.readS64Number(at + D.handler),
      dev: space.readS64Number(at + D.dev),
      thread: space.readS64Number(at + D.thread),
      threadFn: space.readS64Number(at + D.threadFn),
    };
  }
  /** request_irq: 0 or a negative errno. */
  request(irq: number, handler: number, flags: number, dev: number, threadFn = 0, thread = 0): number {
    const { space } = this.core;
    const { EINVAL, EBUSY } = this.core.kernel.profile.errno;
    if (!this.valid(irq) || (handler === 0 && threadFn === 0) || ((flags & IRQF_SHARED) !== 0 && dev === 0))
      return -EINVAL;
    if (irq < FIRST_LINE) return -EBUSY;
    const at = this.desc(irq);
    if (space.readS64Number(at + D.handler) !== 0 || space.readS64Number(at + D.threadFn) !== 0) return -EBUSY;
    space.write64Number(at + D.handler, handler);
    space.write64Number(at + D.dev, dev);
    space.write64Number(at + D.threadFn, threadFn);
    space.write64Number(at + D.thread, thread);
    space.write32(at + D.flags, flags);
    space.write32(at + D.depth, 0);
    return 0;
  }
  free(irq: number): void {
    if (!this.valid(irq)) return;
    const at = this.desc(irq);
    if (this.core.space.readS64Number(at + D.handler) === 0 && this.core.space.readS64Number(at + D.threadFn) === 0) {
      this.reports.warn({ fn: '__free_irq', at: 'kernel/irq/manage.c' }, `Trying to free already-free IRQ ${irq}`);
      return;
    }
    this.core.space.fill(at, DESC, 0);
  }
  depth(irq: number): number {
    return this.core.space.read32(this.desc(irq) + D.depth);
  }
  disable(irq: number): void {
    if (this.valid(irq)) this.core.space.write32(this.desc(irq) + D.depth, this.depth(irq) + 1);
  }
  enable(irq: number): void {
    if (!this.valid(irq)) return;
    const depth = this.depth(irq);
    if (depth === 0) {
      this.reports.warn({ fn: '__enable_irq', at: 'kernel/irq/manage.c' }, `Unbalanced enable for IRQ ${irq}`);
      return;
    }
    this.core.space.write32(this.desc(irq) + D.depth, depth - 1);
    const at = this.desc(irq) + D.disabledPending;
    if (depth === 1 && this.core.space.read32(at) !== 0) {
      this.core.space.write32(at, 0);
      this.raise(irq, this.core.cpu);
    }
  }

  // ---------------------------------------------------------------- raising
  /** An interrupt arrives at a CPU; a disabled line keeps it until it is enabled. */
  raise(irq: number, cpu: number): void {
    if (!this.valid(irq) || irq < FIRST_LINE) return;
    if (this.depth(irq) > 0) {
      this.core.space.write32(this.desc(irq) + D.disabledPending, 1);
      return;
    }
    this.raiseVector(irq, cpu);
  }
  /** An interrupt that has no line to disable arrives. */
  raiseVector(vector: number, cpu: number): void {
    const word = this.pendingWord(vector, cpu);
    this.core.mem.set(word, (this.core.mem.words[word] as number) | (1 << (vector & 31)));
  }
  private pendingWord(vector: number, cpu: number): number {
    return (this.core.perCpu('kmem_irq_pending')[cpu] as number) + (vector >> 5);
  }
  isPending(vector: number, cpu: number): boolean {
    return ((this.core.mem.words[this.pendingWord(vector, cpu)] as number) & (1 << (vector & 31))) !== 0;
  }
  timerPending(cpu: number): boolean {
    return this.isPending(LOCAL_TIMER_VECTOR, cpu);
  }
  raiseTimer(cpu: number): void {
    this.raiseVector(LOCAL_TIMER_VECTOR, cpu);
  }
  /** Lowest pending line of a CPU; −1 if there is none. */
  firstPending(cpu: number): number {
    const base = this.core.perCpu('kmem_irq_pending')[cpu] as number;
    const { words } = this.core.mem;
    for (let i = 0; i < NR_IRQS / 32; i++) {
      const bits = words[base + i] as number;
      if (bits !== 0) return i * 32 + 31 - Math.clz32(bits & -bits);
    }
    return -1;
  }
  take(cpu: number, irq: number): void {
    const word = this.pendingWord(irq, cpu);
    this.core.mem.set(word, (this.core.mem.words[word] as number) & ~(1 << (irq & 31)));
  }
}
