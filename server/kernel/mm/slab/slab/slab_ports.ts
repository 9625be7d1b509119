import type { NodeCounters, PageSource, RandomNumbers } from '../slab_resources';
import type { SlabSanitizer } from '../slab_sanitizer';

/** What SLAB asks of the rest of the kernel. */
export interface SlabPorts {
  readonly pages: PageSource;
  readonly percpu: {
    /** alloc_percpu: a per-CPU address; 0 if there is no memory */
    alloc(size: number, align: number): number;
    free(address: number): void;
    offset(cpu: number): number;
  };
  /** kmalloc_node and kfree */
  kmalloc(size: number, gfp: number, node: number): number;
  kfree(address: number): void;
  /** the class of kmalloc that holds `size` bytes: its cache; 0: it takes pages */
  kmallocCache(size: number): number;
  /** kmalloc_fix_flags: what a mask for a slab's pages may not ask for is taken out, and said */
  fixFlags(gfp: number, functions: readonly string[]): number;
  /** smp_processor_id(), and the low 32 bits of jiffies */
  cpu(): number;
  jiffies(): number;
  /** undefined without CONFIG_SLAB_FREELIST_RANDOM */
  readonly random: RandomNumbers | undefined;
  /** CONFIG_SLAB_FREELIST_HARDENED */
  readonly hardened: boolean;
  readonly account: NodeCounters;
  readonly sanitizer: SlabSanitizer | undefined;
  /** call_rcu(&slab->rcu_head, kmem_rcu_free) */
  callRcu(head: number): void;
  /** WARN_ON_ONCE of __free_one: the object that is freed lies on top of the array */
  warnFreedTwice(): void;
  /** WARN_ON_ONCE of cache_grow_begin: objects with a constructor cannot be asked for cleared */
  warnZeroWithCtor(): void;
}
