/** Wires the slab allocator that a machine is configured with to the rest of its kernel. */
import type { MachineConfig } from '../profiles/machineConfig';
import type { KernelRcu } from './lib/kernel_rcu';
import type { PageAllocator } from './mm/page_alloc/page_alloc';
import type { PerCpu } from './mm/percpu/percpu';
import { Slab } from './mm/slab/slab_api';
import type { SlabBackend, SlabHost } from './mm/slab/slab_backend';
import type { SlabKernel } from './mm/slab/slab_kernel';
import { makeSlub, type SlubSurroundings } from './mm/slub/slub_make';

interface SlabMachine extends SlabKernel {
  readonly config: MachineConfig;
  readonly percpu: { readonly cpus: number; offset(cpu: number): number };
}

/** How a machine on which recordings are repeated differs: what its allocators take from the recording. */
export interface SlabOptions {
  readonly slub?: (pageAlloc: PageAllocator) => Pick<SlubSurroundings, 'options' | 'pages' | 'random'>;
}

export function makeSlab(k: SlabMachine, percpu: PerCpu, rcu: KernelRcu, options: SlabOptions): Slab {
  return new Slab(k, rcu, (host) => slub(k, host, percpu, rcu, options));
}

function slub(k: SlabMachine, host: SlabHost, percpu: PerCpu, rcu: KernelRcu, options: SlabOptions): SlabBackend {
  const freeSlab = rcu.define('rcu_free_slab', (head) => backend.rcuFreeSlab(head));
  const backend = makeSlub(k, host, {
    percpu: perCpuMemory(k, percpu),
    cpus: k.percpu.cpus,
    callRcu: (head) => rcu.call(head, freeSlab),
    sanitizer: k.sanitizer,
    ...options.slub?.(k.pageAlloc),
  });
  return backend;
}

const perCpuMemory = (k: SlabMachine, percpu: PerCpu) => ({
  alloc: (size: number, align: number) => percpu.allocPercpu(size, align),
  free: (address: number) => percpu.freePercpu(address),
  offset: (cpu: number) => k.percpu.offset(cpu),
});
