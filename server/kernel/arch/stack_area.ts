/** Kernel stacks: of tasks, and of what interrupts them (arch/x86/include/asm/stacktrace.h, 6.1). */

/** stack_type_name: how reports mark a stack's part of a call trace. */
export type StackName = 'TASK' | 'IRQ' | 'SOFTIRQ' | 'NMI';

/** Where a stack lies. It does not move. */
export interface StackArea {
  readonly name: StackName;
  /** its lowest byte */
  readonly stack: number;
  /** its bytes */
  readonly threadSize: number;
  /** lowest address that a frame may have: the stack's own where a guard page is below; some way below it on the 32-bit machines */
  readonly floor: number;
  /** index of its lowest word in mem.words: its words are adjacent */
  readonly stackWord: number;
}

export const liesOn = ({ stack, threadSize }: StackArea, address: number): boolean =>
  address >= stack && address < stack + threadSize;
