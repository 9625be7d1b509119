/**
 * The call traces that checks keep with an allocation or a free, each once, in the stack depot (lib/stackdepot.c; mm/kasan/common.c:
 * kasan_save_stack; mm/slub.c: set_track_prepare; mm/kmemleak.c: set_track_prepare, 6.1).
 */
import type { KernelText } from '../../lib/kernel_text';
import type { StackDepot } from '../../lib/stackdepot';
import type { CodeNames, Stacks } from '../../printk/ports';

/** Functions that allocate or free slab objects and areas, which a kept trace names above the scenario's own. */
const FUNCTIONS: readonly string[] = [
  '__kmalloc',
  '__kmalloc_node',
  '__kmalloc_node_track_caller',
  '__kmem_cache_alloc_node',
  '__kmem_cache_free',
  'kfree',
  'kfree_sensitive',
  'kmalloc_large',
  'kmalloc_large_node',
  'kmalloc_node_trace',
  'kmalloc_trace',
  'kmem_cache_alloc',
  'kmem_cache_alloc_bulk',
  'kmem_cache_alloc_lru',
  'kmem_cache_alloc_node',
  'kmem_cache_free',
  'kmem_cache_free_bulk',
  'kmem_cache_create',
  'kmem_cache_create_usercopy',
  'kmem_cache_destroy',
  'kmemdup',
  'krealloc',
  'kstrdup',
  'kstrndup',
  'kvfree',
  'kvmalloc_node',
  'mempool_alloc',
  'mempool_alloc_slab',
  'mempool_create',
  'mempool_free',
  'mempool_free_slab',
  'mempool_kfree',
  'mempool_kmalloc',
  '__get_vm_area_node',
  '__vmalloc_node',
  '__vmalloc_node_range',
  'vmalloc',
  'vzalloc',
  'vfree',
  '__alloc_percpu',
  '__alloc_percpu_gfp',
  'pcpu_alloc',
];

interface TracePorts {
  /** the kernel's functions that run on top of the scenario's, innermost first */
  readonly functions: () => readonly string[];
  readonly stacks: () => Stacks;
  readonly names: () => CodeNames;
}

export class AllocTraces {
  /** addresses in the functions that traces may name */
  private readonly known = new Map<string, number>();

  /** Before the run. `inner`: the checks' own functions */
  constructor(
    private readonly depot: StackDepot,
    text: KernelText,
    private readonly ports: TracePorts,
    inner: readonly string[],
  ) {
    const names = [...FUNCTIONS, ...inner];
    text.define(names);
    for (const name of names) this.known.set(name, text.inside(name));
  }
  /** The handle of the trace of what runs, below the kernel's functions `inner`, innermost first. */
  save(inner: readonly string[]): number {
    const { known, ports } = this;
    const trace: number[] = [];
    for (const functions of [inner, ports.functions()])
      for (const fn of functions) {
        const address = known.get(fn);
        if (address !== undefined) trace.push(address);
      }
    for (const address of ports.stacks().contextTrace()) trace.push(address);
    return this.depot.save(trace);
  }
  /** stack_depot_print: a line for each function, with its blank */
  lines(handle: number): string[] {
    return this.ports
      .names()
      .storedTrace(this.depot.fetch(handle))
      .map((line) => ` ${line}`);
  }
  /** The same with the addresses. */
  frames(handle: number): { readonly address: number; readonly line: string }[] {
    const names = this.ports.names();
    return this.depot
      .fetch(handle)
      .flatMap((address) => names.storedTrace([address]).map((line) => ({ address, line })));
  }
  /** Where in the scenario that was, for kmem's notes: `in …`, then `called by …` */
  sources(handle: number): readonly string[] {
    return this.ports.names().sourcesAt(this.depot.fetch(handle));
  }
}
