/**
 * The kernel's functions between a check of an allocation and the function of the API, innermost first, as the recorded kernel's call
 * traces name them. lockdep keeps such traces in memory, so each name that is used is listed here.
 */
type Frames = readonly string[];

/** the page allocator's own */
export const PAGE_FRAMES: Frames = ['prepare_alloc_pages', '__alloc_pages'];
/** kmem_cache_alloc */
export const CACHE_FRAMES: Frames = ['slab_pre_alloc_hook'];
/** kmalloc: the hook, and what follows where the allocator itself asks */
export const KMALLOC_FRAMES: Frames = ['slab_pre_alloc_hook', '__kmem_cache_alloc_node'];
export const KMALLOC_NODE_FRAMES: Frames = KMALLOC_FRAMES.slice(1);
/** kmalloc of whole pages */
export const KMALLOC_LARGE_FRAMES: Frames = ['__kmalloc_large_node'];
/** a new slab */
export const NEW_SLAB_FRAMES: Frames = ['___slab_alloc'];

export const ALLOCATION_FUNCTIONS: readonly string[] = [
  ...new Set([PAGE_FRAMES, KMALLOC_FRAMES, KMALLOC_LARGE_FRAMES, NEW_SLAB_FRAMES].flat()),
];
