/**
 * What the slab allocators tell a checker of accesses (mm/kasan/common.c, 6.1: kasan_cache_create, kasan_poison_slab, kasan_slab_alloc,
 * kasan_slab_free, kasan_kmalloc_large, kasan_kfree_large). A cache is the address of its struct kmem_cache, an object its address.
 */

/** A cache as far as the room that a checker takes in it depends on it. */
export interface CheckedCache {
  /** bytes that the user asked for */
  readonly objectSize: number;
  /** bytes of an object so far, with what the allocator itself keeps in it */
  readonly size: number;
  /** SLAB_… */
  readonly flags: number;
  readonly ctor: boolean;
}

export interface SlabSanitizer {
  /** kasan_cache_create: bytes of an object with what the checker keeps behind it. The alignment comes after it. */
  sizeWithMetadata(cache: CheckedCache): number;
  /** kasan_metadata_size: bytes of that which lie directly behind what the allocator keeps */
  metadataSize(cache: number): number;
  /** kasan_poison_slab: 2^order pages from `pfn` have become a slab, before its objects are set up */
  newSlab(cache: number, pfn: number, order: number): void;
  /** kasan_slab_alloc and kasan_kmalloc: an object is handed out. `size`: bytes that were asked for. Called by the common part. */
  allocated(cache: number, object: number, size: number, gfp: number): void;
  /**
   * kasan_slab_free: an object comes back, True: the checker keeps it, and gives it to SlabBackend.freeKept later;
   * or it was not to be freed, which has been reported.
   */
  freed(cache: number, object: number): boolean;
  /** kasan_unpoison_object_data and kasan_poison_object_data: the constructor runs on an object that has not been handed out. */
  constructing(cache: number, object: number): void;
  constructed(cache: number, object: number): void;
  /** kasan_cache_shrink and kasan_cache_shutdown: gives back what it keeps of a cache. */
  cacheShrinks(cache: number): void;
  /** kasan_unpoison_range: the owner has asked how large the allocation really is, and may use all of it. */
  accessible(address: number, size: number): void;
  /** kasan_krealloc: the allocation stays where it is, with another size */
  resized(address: number, size: number): void;
  /** kasan_slab_free_mempool: an object, or a block of pages from kmalloc, lies in the reserve of a pool from now on. */
  freedToPool(address: number): void;
  /** kasan_kmalloc_large and kasan_kfree_large: a request that takes pages */
  largeAllocated(address: number, size: number): void;
  largeFreed(address: number): void;
}
