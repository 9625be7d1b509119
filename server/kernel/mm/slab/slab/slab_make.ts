/** SLAB on a booted kernel: where its static variables lie, and what it has of the rest of the kernel. */

import type { SlabHost } from '../slab_backend';
import type { SlabKernel } from '../slab_kernel';
import { nodeCounters, randomNumbers, slabPages } from '../slab_resources';
import { SlabAllocator } from './slab_allocator';
import { SlabBoot } from './slab_boot';
import { slabParts } from './slab_parts';
import type { SlabPorts } from './slab_ports';
import { SlabReaper } from './slab_reap';
import { SlabReapWork } from './slab_reap_work';

/** What a machine has of the kernel's other parts. */
export interface SlabSurroundings {
  readonly percpu: SlabPorts['percpu'];
  /** call_rcu(head, kmem_rcu_free), which calls SlabAllocator.rcuFreeSlab after a grace period */
  callRcu(head: number): void;
  /** unless given, as Debian configures its kernels */
  readonly config?: SlabConfig;
}
/** The configuration that recordings of small kernels have without. */
export interface SlabConfig {
  /** CONFIG_SLAB_FREELIST_RANDOM */
  readonly freelistRandom: boolean;
  /** CONFIG_SLAB_FREELIST_HARDENED */
  readonly freelistHardened: boolean;
}
const DEBIAN: SlabConfig = { freelistRandom: true, freelistHardened: true };

export function makeSlabAllocator(k: SlabKernel, host: SlabHost, around: SlabSurroundings): SlabAllocator {
  const { symbols, layouts, pageAlloc, gfp, nodes } = k;
  const options = around.config ?? DEBIAN;
  const { caller } = pageAlloc;
  const warned = symbols.define('kmem_slab_warnings', layouts.parseType('unsigned int'));
  /** WARN_ON_ONCE, the bit of each */
  const warnOnce = (bit: number, fn: string, why: string): void => {
    const done = k.space.read32(warned);
    if (done & bit) return;
    k.space.write32(warned, done | bit);
    caller.warn({ fn, at: 'mm/slab.c' }, '', [why]);
  };
  const ports: SlabPorts = {
    pages: slabPages(k),
    percpu: around.percpu,
    kmalloc: (size, mask, node) => host.kmalloc(size, mask, node),
    kfree: (address) => host.kfree(address),
    kmallocCache: (size) => host.kmallocSlab(size),
    fixFlags: (mask, functions) => host.fixFlags(mask, functions),
    cpu: () => caller.cpu(),
    jiffies: () => k.vars.read('jiffies'),
    random: options.freelistRandom ? randomNumbers(k) : undefined,
    hardened: options.freelistHardened,
    account: nodeCounters(k),
    sanitizer: k.sanitizer,
    callRcu: (head) => around.callRcu(head),
    warnFreedTwice: () =>
      warnOnce(1, '__free_one', 'the object was freed last as well: it is not put on the array again'),
    warnZeroWithCtor: () =>
      warnOnce(2, 'cache_grow_begin', 'objects that a constructor fills cannot be cleared as well'),
  };
  const parts = slabParts(k, ports);
  const { structs, lists, creation, nodeIds } = parts;
  const nodeSize = structs.nodeSize;
  const initNodes = symbols.define(
    'init_kmem_cache_node',
    layouts.parseType(`struct kmem_cache_node[${2 * nodeIds.length}]`),
  );
  const boot = new SlabBoot({
    structs,
    lists,
    listHeads: parts.listHeads,
    creation,
    nodeIds,
    cpusOfNode: (node) => nodes.find(({ id }) => id === node)?.cpus.length ?? 0,
    ports,
    kmemCache: symbols.define('kmem_cache_boot', layouts.parseType('struct kmem_cache')),
    initNode: (index) => initNodes + index * nodeSize,
    nowait: gfp.nowait,
    kernel: gfp.kernel,
    kmallocSize: (size) => 2 ** Math.ceil(Math.log2(size)),
  });
  symbols.definePerCpu('slab_reap_node', layouts.parseType('unsigned long'));
  const reapNodes = Array.from({ length: parts.cpus }, (_, cpu) => symbols.address('slab_reap_node', cpu));
  const reaper = new SlabReaper({
    ...parts,
    caches: () => host.allCaches(),
    reapNode: (cpu) => reapNodes[cpu] as number,
  });
  symbols.definePerCpu('kmem_slab_reap_due', layouts.parseType('unsigned int'));
  const due = reapNodes.map((_, cpu) => k.mem.word(k.direct.pa(symbols.address('kmem_slab_reap_due', cpu))));
  const reapWork = new SlabReapWork({ mem: k.mem, reaper, hz: k.profile.hz, due });
  return new SlabAllocator(parts, boot, reaper, reapWork);
}
