/**
 * Handlers of interrupt lines are called (kernel/irq/handle.c: __handle_irq_event_percpu; kernel/softirq.c: irq_enter, irq_exit;
 * arch/x86/kernel/nmi.c, 6.1). The processor takes the interrupt: vm/run/interrupts.ts.
 */
import type { Reports } from '../printk/reports';
import { type Core, WarnOnce } from '../sched/core';
import { HARDIRQ_OFFSET, IN_INTERRUPT, NMI_MASK, NMI_OFFSET } from '../sched/preempt_mask';
import { CallRequest } from '../sched/step';
import type { IrqAction, Irqs } from './irq';
import { ENTRY_FRAME as F, type IrqEntry } from './irq_entry';
import type { Softirqs } from './softirq';

export class IrqHandling {
  constructor(
    private readonly core: Core,
    private readonly entry: IrqEntry,
    private readonly irqs: Irqs,
    private readonly softirqs: Softirqs,
    private readonly reports: Reports,
  ) {}

  /** Acknowledges a line. Its action; undefined, after note_interrupt's report, if the line has not been requested. */
  take(irq: number): IrqAction | undefined {
    this.irqs.take(this.core.cpu, irq);
    const action = this.irqs.action(irq);
    if (action.handler !== 0) return action;
    this.reports.log.print(`irq ${irq}: nobody cared (try booting with the "irqpoll" option)`);
    return undefined;
  }
  /** irq_enter: the handler to call, from the frame at `fp`. */
  enter(fp: number, irq: number, { handler, dev }: IrqAction): CallRequest {
    const { core } = this;
    core.set32(fp + F.irq, irq);
    this.entry.enterHardirq(fp);
    core.setPerCpu('kmem_running_irq', core.cpu, irq + 1);
    return new CallRequest(handler, [irq, dev]);
  }
  /** The handler has returned an irqreturn_t. */
  returned(fp: number, result: number): void {
    this.core.set32(fp + F.pending, result);
  }
  /** irq_exit: checks the state that the handler leaves. True: pending softirqs run before the interrupted code continues. */
  exit(fp: number): boolean {
    const { core, reports, softirqs } = this;
    const irq = core.get32(fp + F.irq);
    if (!core.irqsOff) {
      const name = reports.names.nameOf(this.irqs.action(irq).handler);
      if (core.warnsNow(WarnOnce.IrqsEnabledByHandler))
        reports.warn(
          { at: 'kernel/irq/handle.c', fn: '__handle_irq_event_percpu' },
          `irq ${irq} handler ${name} enabled interrupts`,
        );
      core.irqsOff = true;
    }
    core.setPerCpu('kmem_running_irq', core.cpu, 0);
    return softirqs.pending() !== 0 && ((core.preemptCount - HARDIRQ_OFFSET) & IN_INTERRUPT) === 0;
  }

  // ---------------------------------------------------------------- NMIs
  /** Acknowledges this CPU's NMI: its line, and its handler, 0 if it has none or an NMI is being handled. */
  takeNmi(): { readonly irq: number; readonly handler: number } {
    const { core } = this;
    const irq = core.getPerCpu('kmem_nmi_pending', core.cpu) - 1;
    core.setPerCpu('kmem_nmi_pending', core.cpu, 0);
    return { irq, handler: core.preemptCount & NMI_MASK ? 0 : this.irqs.action(irq).handler };
  }
  /** nmi_enter */
  enterNmi(fp: number, irq: number, handler: number): CallRequest {
    const { core } = this;
    core.irqsOff = true;
    this.entry.add(fp, NMI_OFFSET + HARDIRQ_OFFSET);
    return new CallRequest(handler, [irq, 0]);
  }
}
