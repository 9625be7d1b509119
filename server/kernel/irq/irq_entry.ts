/**
 * Entry to interrupts and softirqs, and return from them: the interrupted code's state is kept in the frame that is pushed, on the stack
 * that the handler runs on (arch/x86/entry/entry_64.S, kernel/entry/common.c: irqentry_enter, irqentry_exit, 6.1).
 */
import type { KernelText } from '../lib/kernel_text';
import type { Core } from '../sched/core';
import type { EntryName } from '../sched/loop_names';
import type { Preempt } from '../sched/preempt';
import { HARDIRQ_MASK, HARDIRQ_OFFSET, NMI_MASK } from '../sched/preempt_mask';
import { T, type Tasks } from '../sched/task';
import { LVL_DEPTH } from '../time/timer_wheel';
import type { IrqStackSwitch, OtherStack, SoftirqPoint } from './irq_stack_switch';

/** Byte offsets in a frame of the kernel's own code. */
export const ENTRY_FRAME = {
  /** of the interrupted code: whether interrupts are off, and the stage of a call that waits */
  irqsOff: 0,
  stage: 8,
  /** what entry has added to preempt_count, and return takes off again: what a handler leaks stays */
  added: 4,
  /** the interrupt line, or the softirq that runs */
  irq: 12,
  /** softirqs left of this round; of an interrupt, what its handler returned */
  pending: 16,
  /** rounds left */
  restarts: 20,
  /** the tasklet or RCU callback that comes next, the base whose timers expire; and what runs */
  next: 24,
  running: 32,
  /** preempt_count before the handler that runs, to find one that leaks */
  before: 40,
  /** list heads of expired timers: how many are not empty yet, and the heads */
  levels: 44,
  heads: 48,
  /** what a function that was called has returned */
  result: 48 + LVL_DEPTH * 8,
  /** whether hardirq_stack_inuse is to be cleared */
  marked: 52 + LVL_DEPTH * 8,
  /** of softirqs: what lets them run, an index of SOFTIRQ_POINTS */
  point: 56 + LVL_DEPTH * 8,
  size: 64 + LVL_DEPTH * 8,
} as const;

export class IrqEntry {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly preempt: Preempt,
    private readonly text: KernelText,
    private readonly stacks: IrqStackSwitch,
  ) {
    text.define(['common_interrupt', 'asm_common_interrupt']);
  }

  /** A CPU stops spinning while it handles an interrupt, and looks at the lock again afterwards. Called before the frame is pushed. */
  stopSpinning(): void {
    const { core } = this;
    if (this.tasks.get(core.current, T.stage) === 0) return;
    core.setLong(core.perCpuAddress('kmem_spin_lock', core.cpu), 0);
    core.setPerCpu('kmem_spin_dead', core.cpu, 0);
  }
  /** The stack that an entry takes, which interrupts code whose stack pointer is `sp`; undefined if it stays. @throws PageFaultError */
  takeStack(name: EntryName, sp: number, point?: SoftirqPoint): OtherStack | undefined {
    return this.stacks.take(name, sp, point);
  }
  /** Fills a frame that has been pushed at `fp`. */
  enter(fp: number, stack?: OtherStack): void {
    const { core, tasks } = this;
    const task = core.current;
    const stage = tasks.get(task, T.stage);
    core.space.fill(fp, ENTRY_FRAME.size, 0);
    core.set32(fp + ENTRY_FRAME.irqsOff, core.irqsOff ? 1 : 0);
    core.set32(fp + ENTRY_FRAME.stage, stage);
    if (stage !== 0) tasks.set(task, T.stage, 0);
    if (stack?.marked) core.set32(fp + ENTRY_FRAME.marked, 1);
  }
  /** A hard interrupt has been taken, in the frame at `fp`: interrupts are off (irqentry_enter, irq_enter). */
  enterHardirq(fp: number, added = HARDIRQ_OFFSET): void {
    this.preempt.irqDisable(this.text.inside('common_interrupt'));
    this.add(fp, added);
  }
  /** Adds to preempt_count for as long as the frame at `fp` is there. */
  add(fp: number, count: number): void {
    const { core } = this;
    core.preemptCount += count;
    core.set32(fp + ENTRY_FRAME.added, count);
  }
  /** Restores the interrupted code's state; the frame at `fp` has been popped. */
  leave(fp: number): void {
    const { core, tasks } = this;
    const task = core.current;
    const added = core.get32(fp + ENTRY_FRAME.added);
    const irqsOff = core.get32(fp + ENTRY_FRAME.irqsOff) !== 0;
    core.preemptCount -= added;
    if ((added & (HARDIRQ_MASK | NMI_MASK)) === HARDIRQ_OFFSET && !irqsOff)
      this.preempt.irqEnable(this.text.inside('asm_common_interrupt'));
    else core.irqsOff = irqsOff;
    if (core.get32(fp + ENTRY_FRAME.marked) !== 0) this.stacks.leave();
    const stage = core.get32(fp + ENTRY_FRAME.stage);
    if (tasks.get(task, T.stage) !== stage) tasks.set(task, T.stage, stage);
  }
}
