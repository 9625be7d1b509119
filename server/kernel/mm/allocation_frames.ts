/**
 * The kernel's functions between a check of an allocation and the function of the API, innermost first, as the recorded kernel's call
 * traces name them. lockdep keeps such traces in memory, so each name that is used is listed here.
 */
type Frames = readonly string[];

/** the page allocator's own */
export const PAGE_FRAMES: Frames = ['prepare_alloc_pages', '__alloc_pages'];
/** the slab allocator's hook */
export const SLAB_HOOK: Frames = ['slab_pre_alloc_hook'];
/** kmalloc of an object */
export const KMALLOC_FRAMES: Frames = ['__kmem_cache_alloc_node'];
/** kmalloc of whole pages */
export const KMALLOC_LARGE_FRAMES: Frames = ['__kmalloc_large_node'];
/** kvmalloc */
export const KVMALLOC_FRAMES: Frames = ['__kmalloc_node'];
/** a new slab */
export const NEW_SLAB_FRAMES: Frames = ['___slab_alloc'];
/** vmalloc and its relatives, which allocate areas and structures */
const VMALLOC_FRAMES: Frames = [
  'kmalloc_node_trace',
  'alloc_vmap_area',
  '__get_vm_area_node',
  'get_vm_area_caller',
  '__vmalloc_node_range',
  '__vmalloc_node',
  '__ioremap_caller',
  'remove_vm_area',
];
/** per-CPU memory: a new chunk, and pages behind one */
export const PCPU_CREATE_FRAMES: Frames = ['pcpu_create_chunk'];
export const PCPU_POPULATE_FRAMES: Frames = ['pcpu_populate_chunk'];
export const PCPU_BALANCE_FRAMES: Frames = ['pcpu_balance_workfn'];

/** kmem_cache_create */
export const CREATE_FRAMES: Frames = ['kmem_cache_create_usercopy'];

export const ALLOCATION_FUNCTIONS: readonly string[] = [
  ...new Set(
    [
      PAGE_FRAMES,
      SLAB_HOOK,
      KMALLOC_FRAMES,
      KMALLOC_LARGE_FRAMES,
      KVMALLOC_FRAMES,
      NEW_SLAB_FRAMES,
      CREATE_FRAMES,
      VMALLOC_FRAMES,
      PCPU_CREATE_FRAMES,
      PCPU_POPULATE_FRAMES,
      PCPU_BALANCE_FRAMES,
    ].flat(),
  ),
];
