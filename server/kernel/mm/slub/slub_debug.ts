/**
 * What SLUB's slow paths ask of the checks of slub_debug, for caches with one of SLAB_DEBUG_FLAGS (mm/slub.c, 6.1). A slab is the pfn of
 * its first page. The lists and counters are the slow paths' own: an implementation looks at objects, fills them and reports.
 */
export interface SlubDebug {
  /** kmem_cache_flags: the flags of a new cache, with what slub_debug= adds to it */
  cacheFlags(objectSize: number, flags: number, name: string): number;
  /** setup_slab_debug: fills a new slab before its objects are set up */
  setupSlab(cache: number, slab: number): void;
  /** setup_object_debug: an object of a new slab, at the address that its user is to get */
  setupObject(cache: number, slab: number, object: number): void;
  /** alloc_debug_processing: whether the object, which has been taken off the slab's list, can be handed out */
  allocProcessing(cache: number, slab: number, object: number, originalSize: number): boolean;
  /** set_track(TRACK_ALLOC), where the cache has SLAB_STORE_USER */
  trackAlloc(cache: number, object: number): void;
  /**
   * The checks of free_debug_processing, for `count` objects that are linked from `head` to `tail`: whether they can be freed. They are
   * filled as free objects, and who freed them is noted.
   */
  freeProcessing(cache: number, slab: number, head: number, tail: number, count: number): boolean;
  /** The checks of free_slab: padding and objects of a slab that is given back. */
  checkFreedSlab(cache: number, slab: number): void;
}

/** list_slab_objects: the report of a slab that still has objects when its cache is destroyed. */
export type ListSlabObjects = (cache: number, slab: number, text: string) => void;
