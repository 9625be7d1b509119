/**
 * The processor's own interrupts: the local timer and the one a CPU sends itself for irq_work (arch/x86/kernel/apic/apic.c:
 * sysvec_apic_timer_interrupt, arch/x86/kernel/irq_work.c: sysvec_irq_work, 6.1). Each calls functions one after the other, from its frame.
 */
import type { Core } from '../sched/core';
import { HARDIRQ_OFFSET, IN_INTERRUPT, PREEMPT_OFFSET } from '../sched/preempt_mask';
import { CallRequest, RETURN, type Step } from '../sched/step';
import type { HrTimers } from '../time/hrtimer';
import type { Timeouts } from '../time/timeout';
import { IRQ_WORK_SELF_VECTOR, type Irqs, LOCAL_TIMER_VECTOR } from './irq';
import { ENTRY_FRAME as F, type IrqEntry } from './irq_entry';
import type { IrqWorks } from './irq_work';
import { HRTIMER_SOFTIRQ, type Softirqs } from './softirq';

export class SystemVectors {
  constructor(
    private readonly core: Core,
    private readonly entry: IrqEntry,
    private readonly irqs: Irqs,
    private readonly softirqs: Softirqs,
    private readonly hrtimers: HrTimers,
    private readonly timeouts: Timeouts,
    private readonly irqWorks: IrqWorks,
  ) {}

  /** Acknowledges a vector. The name of its entry code. */
  take(vector: number): 'asm_sysvec_apic_timer_interrupt' | 'asm_sysvec_irq_work' {
    this.irqs.take(this.core.cpu, vector);
    return vector === LOCAL_TIMER_VECTOR ? 'asm_sysvec_apic_timer_interrupt' : 'asm_sysvec_irq_work';
  }
  /** irq_enter, in the frame at `fp`. */
  enter(fp: number, vector: number): void {
    const { core, entry } = this;
    core.set32(fp + F.irq, vector);
    entry.enterHardirq(fp, vector === IRQ_WORK_SELF_VECTOR ? HARDIRQ_OFFSET + PREEMPT_OFFSET : HARDIRQ_OFFSET);
    if (vector !== LOCAL_TIMER_VECTOR) core.setLong(fp + F.next, this.irqWorks.takeAll());
  }
  /** The next step, also after a function has returned. */
  step(fp: number): Step {
    this.core.irqsOff = true;
    return this.core.get32(fp + F.irq) === LOCAL_TIMER_VECTOR ? this.timerStep(fp) : this.workStep(fp);
  }
  /** A function has returned an enum hrtimer_restart. */
  returned(fp: number, result: number): void {
    this.core.set32(fp + F.result, result);
  }
  /** irq_exit. True: pending softirqs run before the interrupted code continues. */
  exit(fp: number): boolean {
    const { core, softirqs } = this;
    return softirqs.pending() !== 0 && ((core.preemptCount - core.get32(fp + F.added)) & IN_INTERRUPT) === 0;
  }

  /** hrtimer_interrupt */
  private timerStep(fp: number): Step {
    const { softirqs, hrtimers } = this;
    const call = nextHrtimer(this.core, hrtimers, this.timeouts, fp, 'hard');
    if (call) return call;
    if (hrtimers.expired('soft')) softirqs.raise(HRTIMER_SOFTIRQ);
    hrtimers.reprogram();
    return RETURN;
  }
  /** irq_work_run_list */
  private workStep(fp: number): Step {
    const { core, irqWorks } = this;
    const ran = core.getLong(fp + F.running);
    if (ran !== 0) irqWorks.end(ran);
    const work = core.getLong(fp + F.next);
    core.setLong(fp + F.running, work);
    if (work === 0) return RETURN;
    core.setLong(fp + F.next, irqWorks.next(work));
    return new CallRequest(irqWorks.begin(work), [work]);
  }
}

/** __hrtimer_run_queues, for the interrupt and the softirq: the call of the next timer's function, its state in the frame at `fp`. */
export function nextHrtimer(
  core: Core,
  hrtimers: HrTimers,
  timeouts: Timeouts,
  fp: number,
  kind: 'hard' | 'soft',
): CallRequest | undefined {
  const ran = core.getLong(fp + F.running);
  if (ran !== 0) hrtimers.ran(ran, core.get32(fp + F.result) !== 0);
  core.setLong(fp + F.running, 0);
  for (let timer = hrtimers.takeExpired(kind); timer !== 0; timer = hrtimers.takeExpired(kind)) {
    const fn = core.field(timer, 'hrtimer', 'function');
    if (fn !== timeouts.hrtimerFn) {
      core.setLong(fp + F.running, timer);
      return new CallRequest(fn, [timer]);
    }
    timeouts.hrtimerExpired(timer);
    hrtimers.ran(timer, false);
  }
  return undefined;
}
