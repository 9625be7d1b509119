/**
 * The processor lets interrupts in between instructions: a frame of the kernel's entry code on top of the running code. The
 * kernel does the rest (kernel/irq/).
 */
import type { SoftirqPoint } from '../../kernel/irq/irq_stack_switch';
import { FIRST_LINE } from '../../kernel/sched/core';
import type { EntryName } from '../../kernel/sched/loop_names';
import { IN_INTERRUPT } from '../../kernel/sched/preempt_mask';
import { callRequested, pop, push } from './callStack';
import type { Cpu } from './cpu';

/**
 * Lets a pending interrupt in, or softirqs if this is a point for them: with bottom halves on again interrupts may be off. Called between
 * instructions.
 */
export function letInterruptsIn(cpu: Cpu, point: SoftirqPoint | undefined): void {
  const { core, irqs, softirqs: pending, regs } = cpu.machine;
  const { irqsOff } = core;
  if (!irqsOff) cpu.machine.smp.takeInterrupt();
  const irq = irqsOff ? -1 : irqs.firstPending(regs.cpu);
  if (irq >= 0) interrupt(cpu, irq);
  else if (
    point !== undefined &&
    (point === 'bh_enable' || !irqsOff) &&
    pending.pending() !== 0 &&
    (core.preemptCount & IN_INTERRUPT) === 0
  )
    enterSoftirqs(cpu, point);
}
/** A hard interrupt on top of the running code. */
function interrupt(cpu: Cpu, irq: number): void {
  const { loops, regs } = cpu.machine;
  if (irq < FIRST_LINE) {
    enter(cpu, loops.vectors.take(irq));
    loops.vectors.enter(regs.fp, irq);
    return;
  }
  const action = loops.irq.take(irq);
  if (!action) return;
  enter(cpu, 'asm_common_interrupt');
  callRequested(cpu, loops.irq.enter(regs.fp, irq, action));
}
/** Delivers the CPU's pending NMI. */
export function takeNmi(cpu: Cpu): void {
  const { loops, regs } = cpu.machine;
  const { irq, handler } = loops.irq.takeNmi();
  if (handler === 0) return;
  enter(cpu, 'asm_exc_nmi');
  callRequested(cpu, loops.irq.enterNmi(regs.fp, irq, handler));
}
/** __do_softirq on top of the running code. */
export function enterSoftirqs(cpu: Cpu, point: SoftirqPoint): void {
  const { loops, regs } = cpu.machine;
  enter(cpu, '__do_softirq', point);
  loops.softirq.enter(regs.fp, point);
}
/** A frame of the kernel's own code on top of the running code or at the top of another stack, with the interrupted state. */
function enter(cpu: Cpu, name: EntryName, point?: SoftirqPoint): void {
  const { loops, regs } = cpu.machine;
  loops.entry.stopSpinning();
  const stack = loops.entry.takeStack(name, regs.fp, point);
  push(cpu, cpu.table.kernelCode(name), regs.pc, stack);
  loops.entry.enter(regs.fp, stack);
}
/** Returns to the interrupted code. */
export function leave(cpu: Cpu, name: EntryName): void {
  const { loops, regs } = cpu.machine;
  const { fp } = regs;
  pop(cpu, cpu.table.kernelCode(name));
  loops.entry.leave(fp);
}
