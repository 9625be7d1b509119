/** Per-CPU memory, over kernel/mm/percpu/. What names a CPU's copy is in contextCalls.ts. */
import type { Machine } from '../machine/machine';
import { type Implementations, plain } from './define';

const percpu = (m: Machine) => m.kernel.allocators.percpu;

export const percpuBuiltins = {
  __alloc_percpu: plain((m, size, align) => percpu(m).allocPercpu(Number(size), Number(align))),
  __alloc_percpu_gfp: plain((m, size, align, gfp) => percpu(m).allocPercpu(Number(size), Number(align), gfp)),
  free_percpu: plain((m, ptr) => percpu(m).freePercpu(ptr)),
} satisfies Partial<Implementations>;
