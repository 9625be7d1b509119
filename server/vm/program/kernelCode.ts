/**
 * The kernel's own code on the stacks of tasks: loops of its threads and the way into and out of interrupts. One instruction each, so that
 * a call trace and a saved program counter can name it.
 */
import type { FrameKind } from './code';

/** The kernel's own code: one instruction each. */
export const KERNEL_CODE = {
  kthread: 'kernel',
  cpu_startup_entry: 'kernel',
  run_ksoftirqd: 'kernel',
  worker_thread: 'kernel',
  irq_thread: 'kernel',
  asm_common_interrupt: 'kernel',
  asm_exc_nmi: 'kernel',
  __do_softirq: 'kernel',
} as const satisfies Record<string, FrameKind>;
export type KernelCodeName = keyof typeof KERNEL_CODE;
/** Byte offsets in the frames of the kernel's own code. */
export const STUB_FRAME = {
  /** interrupts and softirqs: what the interrupted code had */
  irqsOff: 0,
  preempt: 4,
  stage: 8,
  /** the line, or the softirq that runs */
  irq: 12,
  /** softirqs left of this round, rounds left, the tasklet whose successor is next, what runs now */
  pending: 16,
  restarts: 20,
  next: 24,
  running: 32,
  /** preempt_count before the handler that runs, to find one that leaks */
  before: 40,
  depth: 44,
  size: 48,
} as const;
