/** Frames of kernel stacks. Stacks are made before the run and do not move. */
import type { StackArea } from '../../../kernel/arch/stack_area';
import type { Kernel } from '../../../kernel/kernel';
import { PAGE_SIZE } from '../../../types/pageSize';

type StackKernel = Pick<Kernel, 'mem' | 'running' | 'allocators' | 'percpu'>;

export function stackFrames({ mem, running, allocators, percpu }: StackKernel): Set<number> {
  const areas: StackArea[] = [];
  for (const task of running?.tasks.all ?? []) areas.push((running as NonNullable<typeof running>).tasks.layout(task));
  for (let cpu = 0; cpu < percpu.cpus; cpu++) {
    const { irq, softirq, nmi } = allocators.irqStacks.of(cpu);
    for (const area of [irq, softirq, nmi]) if (area) areas.push(area);
  }
  const frames = new Set<number>();
  for (const { stackWord, threadSize } of areas) {
    const first = Math.floor(mem.physOf(stackWord) / PAGE_SIZE);
    for (let i = 0; i < Math.ceil(threadSize / PAGE_SIZE); i++) frames.add(first + i);
  }
  return frames;
}
