/** Which stack a frame of a task is on. */
import { liesOn, type StackArea } from '../../kernel/arch/stack_area';
import type { TaskLayout } from '../../kernel/sched/task';
import type { Machine } from '../machine/machine';

/**
 * The stack that a frame pointer is on, of a task on a CPU: its own, or one of the CPU's interrupts. On the 32-bit machines a frame may lie
 * below its stack, which has overflowed. A pointer that is on no stack counts as the task's.
 */
export function stackOf({ irqStacks }: Machine, layout: TaskLayout, cpu: number, fp: number): StackArea {
  if (liesOn(layout, fp)) return layout;
  const stack = irqStacks.at(cpu, fp, false);
  if (stack) return stack;
  if (fp >= layout.floor && fp < layout.stack) return layout;
  return irqStacks.at(cpu, fp, true) ?? layout;
}
