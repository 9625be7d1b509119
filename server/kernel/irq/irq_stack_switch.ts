/**
 * What runs on which stack (arch/x86/include/asm/irq_stack.h; arch/x86/kernel/irq_32.c: execute_on_irq_stack, do_softirq_own_stack;
 * arch/x86/entry/entry_64.S, entry_32.S; kernel/softirq.c: invoke_softirq, do_softirq, run_ksoftirqd, 6.1).
 *
 * x86_64 leaves the interrupted stack for every hard interrupt and for softirqs, unless hardirq_stack_inuse says that the CPU is on that
 * stack; the processor itself does so for an NMI. i386 leaves it for the handlers of device interrupts, and for softirqs; its own
 * interrupts and NMIs are handled on the stack that they interrupt.
 */
import { PageFaultError } from '../../memory/space';
import { liesOn, type StackArea } from '../arch/stack_area';
import type { Core } from '../sched/core';
import type { EntryName } from '../sched/loop_names';
import type { IrqStacks } from './irq_stacks';

/** What lets softirqs run: their daemon, bottom halves that are on again, or the end of an interrupt. */
export const SOFTIRQ_POINTS = [
  'ksoftirqd',
  'bh_enable',
  'asm_common_interrupt',
  'asm_sysvec_apic_timer_interrupt',
  'asm_sysvec_irq_work',
] as const satisfies readonly (EntryName | 'ksoftirqd' | 'bh_enable')[];
export type SoftirqPoint = (typeof SOFTIRQ_POINTS)[number];
/** Entries of hard interrupts. */
export type HardirqName = Exclude<SoftirqPoint, 'ksoftirqd' | 'bh_enable'>;

/** Where the first frame of a handler lies when it does not run on the stack that it interrupts. */
export interface OtherStack {
  readonly area: StackArea;
  /** the end of the frame */
  readonly top: number;
  /** hardirq_stack_inuse is to be cleared when the handler returns */
  readonly marked: boolean;
}

export class IrqStackSwitch {
  private readonly separate: boolean;

  constructor(
    private readonly core: Core,
    private readonly stacks: IrqStacks,
  ) {
    // CONFIG_SOFTIRQ_ON_OWN_STACK
    this.separate = core.kernel.config.preempt !== 'rt';
  }

  /**
   * The stack that an entry takes, which interrupts code whose stack pointer is `sp`; undefined if it stays.
   * @throws PageFaultError for a pointer to the stack that has been overwritten
   */
  take(name: EntryName, sp: number, point?: SoftirqPoint): OtherStack | undefined {
    return this.stacks.isMapped ? this.take64(name, sp, point) : this.take32(name, sp, point);
  }
  /** The handler returns to the stack that it came from. */
  leave(): void {
    this.inUse = false;
  }

  private take64(name: EntryName, sp: number, point: SoftirqPoint | undefined): OtherStack | undefined {
    const { core } = this;
    const { irq, nmi } = this.stacks.of(core.cpu);
    if (name === 'asm_exc_nmi') return nmi && { area: nmi, top: nmi.stack + nmi.threadSize, marked: false };
    if (!irq || point === 'ksoftirqd') return undefined;
    // do_softirq_own_stack does not look
    if (point === 'bh_enable' ? !this.separate : this.inUse) return undefined;
    const top = irq.stack + irq.threadSize - core.wordSize;
    this.checkPointer('hardirq_stack_ptr', top);
    this.inUse = true;
    core.setLong(top, sp);
    return { area: irq, top, marked: true };
  }
  private take32(name: EntryName, sp: number, point: SoftirqPoint | undefined): OtherStack | undefined {
    const { irq, softirq } = this.stacks.of(this.core.cpu);
    if (name === 'asm_common_interrupt')
      return irq && liesOn(irq, sp) ? undefined : this.bottom('hardirq_stack_ptr', irq, sp);
    if (name !== '__do_softirq' || point === 'ksoftirqd' || !this.separate) return undefined;
    return this.bottom('softirq_stack_ptr', softirq, sp);
  }
  /** A stack of i386, whose lowest word keeps the stack pointer of what it interrupts. */
  private bottom(variable: string, area: StackArea | undefined, sp: number): OtherStack | undefined {
    if (!area) return undefined;
    this.checkPointer(variable, area.stack);
    this.core.setLong(area.stack, sp);
    return { area, top: area.stack + area.threadSize, marked: false };
  }
  /** The processor goes where the pointer says: anywhere else it faults. */
  private checkPointer(variable: string, stack: number): void {
    const { core } = this;
    const pointer = core.getLong(core.perCpuAddress(variable, core.cpu));
    if (pointer !== stack) throw new PageFaultError(pointer, true);
  }
  private get inUse(): boolean {
    const { core } = this;
    return core.space.read8(core.perCpuAddress('hardirq_stack_inuse', core.cpu)) !== 0;
  }
  private set inUse(inUse: boolean) {
    const { core } = this;
    core.space.write8(core.perCpuAddress('hardirq_stack_inuse', core.cpu), inUse ? 1 : 0);
  }
}
