/**
 * Work for a hard interrupt of this CPU, soon: what an NMI or code with interrupts off may ask for (kernel/irq_work.c,
 * include/linux/irq_work.h, 6.1).
 */
import type { Core } from '../sched/core';
import { IRQ_WORK_SELF_VECTOR, IRQ_WORK_VECTOR, type Irqs } from './irq';

const IRQ_WORK_PENDING = 1;
const IRQ_WORK_BUSY = 2;
const CSD_TYPE_IRQ_WORK = 0x20;

export class IrqWorks {
  constructor(
    private readonly core: Core,
    private readonly irqs: Irqs,
  ) {
    core.kernel.symbols.definePerCpu('raised_list', core.kernel.layouts.parseType('struct llist_head'));
  }

  /** init_irq_work */
  init(work: number, func: number): void {
    const { core } = this;
    core.space.fill(work, core.kernel.layouts.size('irq_work'), 0);
    core.setField(work, 'irq_work', 'func', func);
  }
  /** Address of the flags of a work. */
  flagsAt(work: number): number {
    return work + this.core.offset('irq_work', 'node') + this.core.offset('__call_single_node', 'a_flags');
  }
  busy(work: number): boolean {
    return (this.core.get32(this.flagsAt(work)) & IRQ_WORK_BUSY) !== 0;
  }
  /** irq_work_queue: false if it was pending already. */
  queue(work: number): boolean {
    const { core } = this;
    const flags = core.get32(this.flagsAt(work));
    core.set32(this.flagsAt(work), flags | IRQ_WORK_PENDING | IRQ_WORK_BUSY | CSD_TYPE_IRQ_WORK);
    if (flags & IRQ_WORK_PENDING) return false;
    const list = core.perCpuAddress('raised_list', core.cpu);
    core.setLong(work, core.getLong(list));
    core.setLong(list, work);
    // the CPU interrupts itself; where interrupts are on at once, while preemption is off for the queueing
    this.irqs.raiseVector(core.irqsOff ? IRQ_WORK_VECTOR : IRQ_WORK_SELF_VECTOR, core.cpu);
    return true;
  }
  /** irq_work_run: takes this CPU's list, the work that was queued last first; 0 if it is empty. */
  takeAll(): number {
    const { core } = this;
    const list = core.perCpuAddress('raised_list', core.cpu);
    const first = core.getLong(list);
    if (first !== 0) core.setLong(list, 0);
    return first;
  }
  next(work: number): number {
    return this.core.getLong(work);
  }
  /** irq_work_single, before the call: it may be queued again. Its function. */
  begin(work: number): number {
    const { core } = this;
    core.set32(this.flagsAt(work), core.get32(this.flagsAt(work)) & ~IRQ_WORK_PENDING);
    return core.field(work, 'irq_work', 'func');
  }
  /** irq_work_single, after it: no longer busy, unless it has been queued again. */
  end(work: number): void {
    const { core } = this;
    const flags = core.get32(this.flagsAt(work));
    if (!(flags & IRQ_WORK_PENDING)) core.set32(this.flagsAt(work), flags & ~IRQ_WORK_BUSY);
  }
}
