/** What SLUB needs of the rest of the kernel. */
import type { SlabSanitizer } from '../slab/slab_sanitizer';
import type { ListSlabObjects, SlubDebug } from './slub_debug';

export interface SlubPorts {
  readonly pages: {
    /** alloc_pages or, with a node that is not NUMA_NO_NODE, __alloc_pages_node: a compound block for an order above 0; −1 for none */
    alloc(gfp: number, order: number, node: number): number;
    free(pfn: number, order: number): void;
    /** compound_order */
    order(pfn: number): number;
  };
  readonly percpu: {
    /** __alloc_percpu: a per-CPU address, zeroed; 0 for none */
    alloc(size: number, align: number): number;
    free(address: number): void;
    /** __per_cpu_offset[cpu] */
    offset(cpu: number): number;
  };
  /** kcalloc and kfree, for the sequences of random freelists */
  readonly heap: {
    kzalloc(size: number, gfp: number): number;
    kfree(address: number): void;
  };
  readonly random: {
    /** get_random_u32: 32 bits, signed */
    u32(): number;
  };
  /** smp_processor_id */
  cpu(): number;
  /** mod_node_page_state(NR_SLAB_…_B): `pages` more or fewer of a slab at `pfn` */
  account(pfn: number, reclaimable: boolean, pages: number): void;
  /** call_rcu(rcu_free_slab): `free` of Slub.freeSlabPages is due for this slab after a grace period. `head`: address of its rcu_head */
  callRcu(head: number): void;
  /** kmalloc_fix_flags */
  fixFlags(gfp: number): number;
  /** gfp_pfmemalloc_allowed */
  pfmemallocAllowed(gfp: number): boolean;
  /** kmem_cache.name as text */
  cacheName(cache: number): string;
  /** slab_out_of_memory, ratelimited: no slab could be had. Its lines are made only if they are printed. */
  outOfMemory(lines: () => readonly string[]): void;
  /** WARN_ON_ONCE(s->ctor && (flags & __GFP_ZERO)) */
  warnZeroWithCtor(): void;
  readonly listObjects: ListSlabObjects;
  readonly sanitizer?: SlabSanitizer | undefined;
  readonly debug?: SlubDebug | undefined;
  /** looks at each object that is freed */
  readonly lookAtFree?: ((cache: number, slab: number, object: number) => void) | undefined;
}

/** The configuration that recordings of small kernels have without. */
export interface SlubOptions {
  /** CONFIG_SLAB_FREELIST_RANDOM */
  readonly freelistRandom: boolean;
  /** CONFIG_SLAB_FREELIST_HARDENED */
  readonly freelistHardened: boolean;
}
