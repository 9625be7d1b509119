/**
 * The slab allocator as the rest of the memory manager uses it, whichever of SLUB, SLAB and SLOB the machine has (include/linux/slab.h,
 * 6.1). Addresses are virtual; 0 is NULL. None of these caches has a constructor.
 */
export interface Heap {
  /** kmalloc_node: `size` in bytes; ZERO_SIZE_PTR for 0. `node` −1: the local one */
  kmalloc(size: number, gfp: number, node?: number): number;
  /** kzalloc_node */
  kzalloc(size: number, gfp: number, node?: number): number;
  kfree(address: number): void;
  /** kmem_cache_create: the address of the struct kmem_cache */
  createCache(name: string, size: number, align: number, flags: number): number;
  cacheAlloc(cache: number, gfp: number, node?: number): number;
  cacheFree(cache: number, object: number): void;
}

/** A heap whose allocations the user follows itself: `ignore` is told of each (kmemleak_ignore). */
export function quietHeap(heap: Heap, ignore: (address: number) => void): Heap {
  const ignored = (address: number): number => {
    if (address !== 0) ignore(address);
    return address;
  };
  return {
    kmalloc: (size, gfp, node) => ignored(heap.kmalloc(size, gfp, node)),
    kzalloc: (size, gfp, node) => ignored(heap.kzalloc(size, gfp, node)),
    kfree: (address) => heap.kfree(address),
    createCache: (name, size, align, flags) => heap.createCache(name, size, align, flags),
    cacheAlloc: (cache, gfp, node) => ignored(heap.cacheAlloc(cache, gfp, node)),
    cacheFree: (cache, object) => heap.cacheFree(cache, object),
  };
}
