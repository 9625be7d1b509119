/**
 * What differs between SLUB, SLAB and SLOB (mm/slab.h, 6.1: the functions that slab_common.c calls). A cache is the address of its struct
 * kmem_cache, whose layout is the allocator's; an object is its address; 0 is NULL.
 */
import type { Allocator } from '../../../profiles/machineConfig';
import type { Heap } from '../heap';

/** What the backends use of slab_common.c, once it works: they are made with it. */
export interface SlabHost extends Heap {
  /** kmalloc_slab, of a size up to KMALLOC_MAX_CACHE_SIZE: kmalloc's cache for it; 0 before there is one */
  kmallocSlab(size: number): number;
  /** slab_caches, the newest first */
  allCaches(): Iterable<number>;
  /** kmalloc_fix_flags: for a new slab, takes out what a mask may not ask for, and says so. `functions`: its callers, innermost first */
  fixFlags(gfp: number, functions: readonly string[]): number;
}

/** SLOB's kmalloc, which uses no caches (mm/slob.c: __do_kmalloc_node, kfree, __ksize, 6.1). */
export interface BlockAllocator {
  alloc(size: number, gfp: number, node: number): number;
  free(block: number): void;
  usableSize(block: number): number;
}

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

/**
 * A request from a cache with a constructor. If a slab has to be made for it, the allocation stops there: nobody else sees the slab until
 * the constructor has run on its objects. With SLOB the slab is the object that is handed out. It lives for one request.
 */
export class Fresh {
  /** the slab, as the backend knows it, and where in the allocation it is needed */
  slab = 0;
  where = 0;
  /** the object on which the constructor runs first; `nextFresh` has the others; 0: no slab has been made */
  first = 0;

  get isPending(): boolean {
    return this.first !== 0;
  }
  /** A slab has been made; false for one without an object, which needs no constructor. */
  stopAt(slab: number, first: number, where = 0): boolean {
    Object.assign(this, { slab, first, where });
    return this.isPending;
  }
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
  /** bytes of the kmalloc cache that has to be made before the others (SLAB: that of its nodes) */
  readonly firstKmalloc?: number;
}

/** The bytes of an object, where nobody asked for fewer. */
export const WHOLE_OBJECT = 0;

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
  /** ARCH_KMALLOC_FLAGS: flags of all of kmalloc's caches */
  readonly kmallocFlags?: number;
  /** __kmem_cache_create: sets up a zeroed struct whose common fields are filled; 0 or a negative errno */
  create(cache: number, flags: number): number;
  /** 0 also where `fresh` is pending then. `node`: −1 for the local one. `originalSize`: what kmalloc was asked for, or WHOLE_OBJECT. Neither clears memory nor calls a constructor. */
  alloc(cache: number, gfp: number, node: number, originalSize: number, fresh?: Fresh): number;
  /** The object of a fresh slab on which the constructor runs after `object`; 0: that was the last. */
  nextFresh(cache: number, object: number): number;
  /** `alloc`, continued with a slab that has been made for it, whose objects are constructed. */
  allocFrom(slab: number, where: number, cache: number, gfp: number, node: number, fresh: Fresh): number;
  /** kmem_cache_free of an object that is known to be the cache's */
  free(cache: number, object: number): void;
  /** kmem_cache_alloc_bulk from a cache without a constructor, without interrupts in between: the objects, or none */
  allocBulk(cache: number, gfp: number, count: number): readonly number[];
  freeBulk(cache: number, objects: readonly number[]): void;
  /** An object that the sanitizer has kept when it was freed (___cache_free): it is not asked again. */
  freeKept(cache: number, object: number): void;
  /** __kmem_cache_shrink: 1 while slabs remain (SLAB), else 0 */
  shrink(cache: number): number;
  /** __kmem_cache_shutdown: false if objects are in use, which has been reported */
  shutdown(cache: number): boolean;
  /** SLAB's: a work of each CPU, which gives back what has not been used */
  readonly reapWork?: { tick(cpu: number, now: number): void };
  /** SLOB's */
  readonly blocks?: BlockAllocator;
  /** __kmem_cache_release, after a shutdown that succeeded: what the cache has besides its slabs */
  release(cache: number): void;
  /** bytes of an object that its owner may use (slab_ksize); `object` for SLOB */
  usableSize(cache: number, object: number): number;
  info(cache: number): SlabInfo;
}
