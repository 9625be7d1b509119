/**
 * What differs between SLUB, SLAB and SLOB (mm/slab.h, 6.1: the functions that slab_common.c calls). A cache is the address of its struct
 * kmem_cache, whose layout is the allocator's; an object is its address; 0 is NULL.
 */
import type { Allocator } from '../../../profiles/machineConfig';

/** A line of /proc/slabinfo (struct slabinfo). */
export interface SlabInfo {
  readonly activeObjs: number;
  readonly numObjs: number;
  readonly activeSlabs: number;
  readonly numSlabs: number;
  readonly sharedAvail: number;
  readonly limit: number;
  readonly batchcount: number;
  readonly shared: number;
  readonly objectsPerSlab: number;
  /** order of a slab */
  readonly cacheOrder: number;
}

/** Slabs that have just been made for a cache with a constructor: it has to run on each of these objects, in this order. */
export interface FreshObjects {
  /** addresses of the objects */
  readonly objects: readonly number[];
}

/** What the common part does for the caches that are made before there are any. */
export interface BootCaches {
  /** create_boot_cache: fills a zeroed struct kmem_cache and sets the cache up (SlabBackend.create) */
  createBootCache(cache: number, name: string, size: number, flags: number): void;
}
export interface BootstrappedCaches {
  /** the cache of struct kmem_cache */
  readonly kmemCache: number;
  /** all that have been made */
  readonly caches: readonly number[];
}

export interface SlabBackend {
  readonly name: Allocator;
  /** flags that the allocator has no use for are dropped (kmem_cache_flags and the checks of __kmem_cache_create) */
  cacheFlags(size: number, flags: number, name: string): number;
  /**
   * kmem_cache_init, up to the kmalloc caches: makes the caches of struct kmem_cache, and of its nodes, themselves. Returns them in the
   * order in which they come to the head of slab_caches; struct kmem_cache's is the one that is called so.
   */
  bootstrap(boot: BootCaches): BootstrappedCaches;
  /** The rest of kmem_cache_init and of kmem_cache_init_late, once there are kmalloc caches. `caches`: all there are */
  finishBoot(caches: readonly number[]): void;
  /** ARCH_KMALLOC_MINALIGN, KMALLOC_SHIFT_LOW, KMALLOC_MAX_CACHE_SIZE: bytes */
  readonly kmallocMinSize: number;
  readonly kmallocMaxCacheSize: number;
  /** __kmem_cache_create: sets up a zeroed struct whose common fields are filled; 0 or a negative errno */
  create(cache: number, flags: number): number;
  /** fresh slab of a cache with a constructor: `fresh` is shown the objects of each slab that is made on the way */
  alloc(
    cache: number,
    gfp: number,
    node: number,
    originalSize: number,
    fresh?: (objects: FreshObjects) => void,
  ): number;
  /** kmem_cache_free of an object that is known to be the cache's. `caller`: address of the code that frees, for slub_debug */
  free(cache: number, object: number): void;
  /** kmem_cache_alloc_bulk, without interrupts in between: the objects, or none */
  allocBulk(cache: number, gfp: number, count: number, fresh?: (objects: FreshObjects) => void): readonly number[];
  freeBulk(cache: number, objects: readonly number[]): void;
  /** An object that the sanitizer has kept when it was freed (___cache_free): it is not asked again. */
  freeKept(cache: number, object: number): void;
  /** __kmem_cache_shrink: 1 while slabs remain (SLAB), else 0 */
  shrink(cache: number): number;
  /** __kmem_cache_shutdown: false if objects are in use, which has been reported */
  shutdown(cache: number): boolean;
  /** __kmem_cache_release, after a shutdown that succeeded: what the cache has besides its slabs */
  release(cache: number): void;
  /** bytes of an object that its owner may use (slab_ksize); `object` for SLOB */
  usableSize(cache: number, object: number): number;
  info(cache: number): SlabInfo;
}
