/** Frames of kernel stacks. Stacks are made before the run and do not move. */
import type { StackArea } from '../../../kernel/arch/stack_area';
import type { Kernel } from '../../../kernel/kernel';
import { PAGE_SIZE } from '../../../types/pageSize';

type StackKernel = Pick<Kernel, 'mem' | 'running' | 'allocators' | 'percpu'>;

/** By frame: the task whose stack it is part of; 0 for one of a CPU's, for interrupts. */
export function stackFrames({ mem, running, allocators, percpu }: StackKernel): Map<number, number> {
  const frames = new Map<number, number>();
  const enter = ({ stackWord, threadSize }: StackArea, task: number) => {
    const first = Math.floor(mem.physOf(stackWord) / PAGE_SIZE);
    for (let i = 0; i < Math.ceil(threadSize / PAGE_SIZE); i++) frames.set(first + i, task);
  };
  for (let cpu = 0; cpu < percpu.cpus; cpu++) {
    const { irq, softirq, nmi } = allocators.irqStacks.of(cpu);
    for (const area of [irq, softirq, nmi]) if (area) enter(area, 0);
  }
  if (running) for (const task of running.tasks.all) enter(running.tasks.layout(task), task);
  return frames;
}
