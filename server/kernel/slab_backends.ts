/** Wires the slab allocator that a machine is configured with to the rest of its kernel. */
import type { MachineConfig } from '../profiles/machineConfig';
import type { KernelRcu } from './lib/kernel_rcu';
import type { PageAllocator } from './mm/page_alloc/page_alloc';
import type { PerCpu } from './mm/percpu/percpu';
import { makeSlabAllocator, type SlabConfig } from './mm/slab/slab/slab_make';
import { Slab } from './mm/slab/slab_api';
import type { SlabBackend, SlabHost } from './mm/slab/slab_backend';
import type { SlabKernel } from './mm/slab/slab_kernel';
import { makeSlob } from './mm/slab/slob/slob_make';
import { makeSlub, type SlubSurroundings } from './mm/slub/slub_make';

interface SlabMachine extends SlabKernel {
  readonly slubChecks: SlubSurroundings['checks'];
  readonly config: MachineConfig;
  readonly percpu: { readonly cpus: number; offset(cpu: number): number };
}

/** How a machine on which recordings are repeated differs: what its allocators take from the recording. */
export interface SlabOptions {
  readonly slub?: (pageAlloc: PageAllocator) => Pick<SlubSurroundings, 'options' | 'pages' | 'random'>;
  readonly slab?: SlabConfig;
}

export function makeSlab(k: SlabMachine, percpu: PerCpu, rcu: KernelRcu, options: SlabOptions): Slab {
  const { allocator } = k.config;
  return new Slab(k, rcu, (host) => {
    if (allocator === 'slab') return slab(k, host, percpu, rcu, options);
    return allocator === 'slob' ? slob(k, rcu) : slub(k, host, percpu, rcu, options);
  });
}

function slub(k: SlabMachine, host: SlabHost, percpu: PerCpu, rcu: KernelRcu, options: SlabOptions): SlabBackend {
  const freeSlab = rcu.define('rcu_free_slab', (head) => backend.rcuFreeSlab(head));
  const backend = makeSlub(k, host, {
    percpu: perCpuMemory(k, percpu),
    cpus: k.percpu.cpus,
    callRcu: (head) => rcu.call(head, freeSlab),
    sanitizer: k.sanitizer,
    checks: k.slubChecks,
    ...options.slub?.(k.pageAlloc),
  });
  return backend;
}

function slab(k: SlabMachine, host: SlabHost, percpu: PerCpu, rcu: KernelRcu, options: SlabOptions): SlabBackend {
  const freeSlab = rcu.define('kmem_rcu_free', (head) => backend.rcuFreeSlab(head));
  const backend = makeSlabAllocator(k, host, {
    percpu: perCpuMemory(k, percpu),
    callRcu: (head) => rcu.call(head, freeSlab),
    ...(options.slab && { config: options.slab }),
  });
  return backend;
}
function slob(k: SlabMachine, rcu: KernelRcu): SlabBackend {
  const freeObject = rcu.define('kmem_rcu_free', (head) => backend.rcuFreeObject(head));
  const backend = makeSlob(k, { callRcu: (head) => rcu.call(head, freeObject) });
  return backend;
}

const perCpuMemory = (k: SlabMachine, percpu: PerCpu) => ({
  alloc: (size: number, align: number) => percpu.allocPercpu(size, align),
  free: (address: number) => percpu.freePercpu(address),
  offset: (cpu: number) => k.percpu.offset(cpu),
});
