/**
 * Flushes of other CPUs' TLBs by an interrupt (kernel/smp.c: smp_call_function_many_cond, csd_lock_wait, flush_smp_call_function_queue;
 * arch/x86/mm/tlb.c: flush_tlb_all, flush_tlb_kernel_range; 6.1). A CPU with interrupts on takes it at once. One with interrupts off goes on
 * with what its TLB has, and answers when it turns them on; the CPU that asks spins until all have answered.
 */
import type { Tlbs } from '../arch/tlb';
import type { DebugLocks } from '../lib/debug_locks';
import type { Reports } from '../printk/reports';
import { Spin } from '../sched/block';
import { type Core, WarnOnce } from '../sched/core';
import { HARDIRQ_MASK, NMI_MASK, SOFTIRQ_OFFSET } from '../sched/preempt_mask';
import { CALL_FUNCTION_VECTOR, type Irqs } from './irq';

/** A range of addresses, or everything. */
interface Flush {
  readonly start: number;
  readonly end: number;
}
const EVERYTHING: Flush = { start: 0, end: 0 };
/** what a CPU has been asked for: nothing, a range, everything */
const KIND = { none: 0, range: 1, all: 2 } as const;
/** byte offsets of a CPU's request */
const REQUEST = { kind: 0, start: 8, end: 16 } as const;
const PLACE = { at: 'kernel/smp.c', fn: 'smp_call_function_many_cond' };

export class SmpCalls {
  constructor(
    private readonly core: Core,
    private readonly irqs: Irqs,
    private readonly tlbs: Tlbs,
    private readonly reports: Reports,
    /** undefined on a machine without CONFIG_LOCKDEP */
    private readonly debugLocks: DebugLocks | undefined,
  ) {
    const { symbols, layouts } = core.kernel;
    const words = Math.ceil(core.cpus / 32);
    symbols.definePerCpu('kmem_flush_request', layouts.parseType('unsigned long long[3]'));
    // which CPUs wait for this one's answer
    symbols.definePerCpu('kmem_flush_askers', layouts.parseType(`unsigned int[${words}]`));
    // how many answers this CPU waits for
    symbols.definePerCpu('kmem_cfd_pending', layouts.parseType('unsigned int'));
  }

  /** flush_tlb_all */
  flushAll(): void {
    this.onEachCpu(EVERYTHING);
  }
  /** flush_tlb_kernel_range */
  flushRange(start: number, end: number): void {
    this.onEachCpu(this.tlbs.isWhole(start, end) ? EVERYTHING : { start, end });
  }
  /** on_each_cpu, before the wait: see `wait`. */
  private onEachCpu(flush: Flush): void {
    const { core } = this;
    this.warn();
    for (let cpu = 0; cpu < core.cpus; cpu++) {
      if (cpu !== core.cpu && core.getPerCpu('kmem_irqs_off', cpu) !== 0) this.ask(cpu, flush);
      else this.flush(cpu, flush);
    }
  }
  /** What a CPU that waits for others must not do. */
  private warn(): void {
    const { core, reports, debugLocks } = this;
    if (core.irqsOff && debugLocks?.on && core.warnsNow(WarnOnce.SmpCallIrqsOff))
      reports.warn(PLACE, '', ['it waits for the other CPUs: one that waits for this CPU meanwhile waits for ever']);
    if (core.preemptCount & (NMI_MASK | HARDIRQ_MASK | SOFTIRQ_OFFSET) && core.warnsNow(WarnOnce.SmpCallInterrupt))
      reports.warn(PLACE, '', ['it may have interrupted the same call on this CPU, whose request it would overwrite']);
  }
  private flush(cpu: number, flush: Flush): void {
    if (flush === EVERYTHING) this.tlbs.flushCpu(cpu);
    else this.tlbs.flushCpuRange(cpu, flush.start, flush.end);
  }
  /** The interrupt waits until a CPU turns interrupts on. Of two requests it flushes everything. */
  private ask(cpu: number, flush: Flush): void {
    const { core } = this;
    const at = core.perCpuAddress('kmem_flush_request', cpu);
    const isFirst = core.get32(at + REQUEST.kind) === KIND.none;
    core.set32(at + REQUEST.kind, isFirst && flush !== EVERYTHING ? KIND.range : KIND.all);
    core.space.write64Number(at + REQUEST.start, flush.start);
    core.space.write64Number(at + REQUEST.end, flush.end);
    const askers = this.askers(cpu, core.cpu);
    const bit = 1 << (core.cpu & 31);
    if ((core.get32(askers) & bit) === 0) {
      core.set32(askers, core.get32(askers) | bit);
      core.setPerCpu('kmem_cfd_pending', core.cpu, core.getPerCpu('kmem_cfd_pending', core.cpu) + 1);
    }
    this.irqs.raiseVector(CALL_FUNCTION_VECTOR, cpu);
  }
  private askers(cpu: number, asker: number): number {
    return this.core.perCpuAddress('kmem_flush_askers', cpu) + (asker >> 5) * 4;
  }
  /** csd_lock_wait: the wait for the answers; undefined when all are there. */
  wait(): Spin | undefined {
    const { core } = this;
    const left = core.getPerCpu('kmem_cfd_pending', core.cpu);
    return left === 0 ? undefined : new Spin(core.perCpuAddress('kmem_cfd_pending', core.cpu), left | 0);
  }
  /** sysvec_call_function, if it is pending: the CPU that runs does what it has been asked for, and answers. */
  takeInterrupt(): void {
    const { core, irqs, tlbs } = this;
    const { cpu } = core;
    if (!irqs.isPending(CALL_FUNCTION_VECTOR, cpu)) return;
    irqs.take(cpu, CALL_FUNCTION_VECTOR);
    const at = core.perCpuAddress('kmem_flush_request', cpu);
    if (core.get32(at + REQUEST.kind) === KIND.range)
      tlbs.flushCpuRange(cpu, core.space.readS64Number(at + REQUEST.start), core.space.readS64Number(at + REQUEST.end));
    else tlbs.flushCpu(cpu);
    core.set32(at + REQUEST.kind, KIND.none);
    for (let asker = 0; asker < core.cpus; asker++) {
      const askers = this.askers(cpu, asker);
      const bit = 1 << (asker & 31);
      if ((core.get32(askers) & bit) === 0) continue;
      core.set32(askers, core.get32(askers) & ~bit);
      core.setPerCpu('kmem_cfd_pending', asker, core.getPerCpu('kmem_cfd_pending', asker) - 1);
    }
  }
}

/** The CPUs whose answer a CPU waits for, in words. */
export function silentCpus(core: Core, asker: number): string {
  const silent = Array.from({ length: core.cpus }, (_, cpu) => cpu).filter(
    (cpu) => core.get32(core.perCpuAddress('kmem_flush_askers', cpu) + (asker >> 5) * 4) & (1 << (asker & 31)),
  );
  return silent.map((cpu) => `CPU ${cpu}`).join(' and ');
}
