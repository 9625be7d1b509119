// biome-ignore-all format: a table, one row per entry
/** kmalloc, caches and memory pools: mm/slub.c, slab_common.c, util.c, mempool.c, 6.1. */
import type { ApiEntry } from './form/entry';
import { allocatesObjects, byGfp, compiledAs, contexts, deprecated, follows, freed, frees, freesObjects, gives, inNmi, keeps, known, macro, mustCheck, needs, runs, since, sleeping, sleepsByGfp, spinsInside } from './form/make';

const SLAB = 'include/linux/slab.h';
const COMMON = 'mm/slab_common.c';
const SLUB = 'mm/slub.c';
const POOL = 'mm/mempool.c';
const POOL_H = 'include/linux/mempool.h';
const UTIL = 'mm/util.c';
const header = { header: 'linux/slab.h' };
const kfrees = freed(['kfree', 'kvfree']);
const size = needs('size ≤ KMALLOC_MAX_SIZE (4 MiB)', 'no __GFP_HIGHMEM, no __GFP_DMA32: the slab allocator strips them and complains', 'check for NULL');
const kvMask = needs('the mask contains GFP_KERNEL: with GFP_ATOMIC, GFP_NOWAIT or __GFP_NORETRY only kmalloc is tried', 'size ≤ INT_MAX');
/** With a mask that does not direct-reclaim it is kmalloc() alone, which the kernel does not support. */
const kv = (arg: number) => ({ ...byGfp(arg), contexts: contexts('yycccccn') });

export const slab = {
  kmalloc: runs(SLAB, 'void *kmalloc(size_t size, gfp_t flags)', 'Physically contiguous memory from the size class that fits (8 … 8192 bytes); above 8192 bytes whole pages. Size 0 gives ZERO_SIZE_PTR, which faults when used.', byGfp(1), header, kfrees, size, allocatesObjects, compiledAs(0, 'kmalloc_trace', '__kmalloc', 'kmalloc_large'), gives('kmalloc', { size: 0, array: 'kmalloc_array', zeroing: 'kzalloc' }), { insteadOf: 'malloc' }),
  kzalloc: runs(SLAB, 'void *kzalloc(size_t size, gfp_t flags)', 'kmalloc() filled with zeros.', byGfp(1), header, kfrees, size, allocatesObjects, compiledAs(0, 'kmalloc_trace', '__kmalloc', 'kmalloc_large'), gives('kmalloc', { zeroed: true, size: 0, array: 'kcalloc' })),
  kmalloc_node: runs(SLAB, 'void *kmalloc_node(size_t size, gfp_t flags, int node)', 'kmalloc() that prefers a NUMA node.', byGfp(1), header, kfrees, size, allocatesObjects, compiledAs(0, 'kmalloc_node_trace', '__kmalloc_node', 'kmalloc_large_node'), gives('kmalloc', { size: 0, zeroing: 'kzalloc_node' })),
  kzalloc_node: runs(SLAB, 'void *kzalloc_node(size_t size, gfp_t flags, int node)', 'kzalloc() that prefers a NUMA node.', byGfp(1), header, kfrees, size, allocatesObjects, compiledAs(0, 'kmalloc_node_trace', '__kmalloc_node', 'kmalloc_large_node'), gives('kmalloc', { zeroed: true, size: 0 })),
  kmalloc_array: runs(SLAB, 'void *kmalloc_array(size_t n, size_t size, gfp_t flags)', 'An array; NULL if n · size overflows.', byGfp(2), header, kfrees, size, allocatesObjects, { symbol: '__kmalloc' }, gives('kmalloc', { size: 1, count: 0, zeroing: 'kcalloc' })),
  kcalloc: runs(SLAB, 'void *kcalloc(size_t n, size_t size, gfp_t flags)', 'An array of zeros; NULL if n · size overflows.', byGfp(2), header, kfrees, size, allocatesObjects, { symbol: '__kmalloc' }, gives('kmalloc', { zeroed: true, size: 1, count: 0 }), { insteadOf: 'calloc' }),
  krealloc: runs(COMMON, 'void *krealloc(const void *p, size_t new_size, gfp_t flags)', 'Makes an allocation larger or smaller, moving it if need be. The old one stays when it returns NULL: don’t assign the result to the only pointer.', byGfp(2), header, kfrees, size, allocatesObjects, gives('kmalloc', { instead: 0, size: 1 }), mustCheck, { insteadOf: 'realloc' }),
  krealloc_array: runs(SLAB, 'void *krealloc_array(void *p, size_t new_n, size_t new_size, gfp_t flags)', 'krealloc() of an array.', byGfp(3), header, kfrees, since('5.11'), allocatesObjects, { symbol: 'krealloc' }, gives('kmalloc', { instead: 0, size: 2, count: 1 }), mustCheck),
  kfree: runs(COMMON, 'void kfree(const void *objp)', 'Frees what kmalloc() and its like returned. NULL and ZERO_SIZE_PTR are ignored.', header, needs('not for vmalloc, per-CPU, devm or page memory', 'on PREEMPT_RT not under a raw_spinlock_t'), freesObjects('kmalloc', 'const string'), { insteadOf: 'free' }, spinsInside),
  kfree_sensitive: runs(COMMON, 'void kfree_sensitive(const void *p)', 'Overwrites with zeros, then kfree().', header, since('5.9'), frees(0, 'kmalloc'), spinsInside),
  kzfree: known(COMMON, 'void kzfree(const void *p)', 'The old name of kfree_sensitive().', header, { until: '5.10' }, frees(0, 'kmalloc'), deprecated('kfree_sensitive()', '5.9'), spinsInside),
  ksize: runs(COMMON, 'size_t ksize(const void *objp)', 'Bytes the allocation really has.', header),
  kmalloc_size_roundup: runs(COMMON, 'size_t kmalloc_size_roundup(size_t size)', 'Bytes kmalloc(size) will really give.', since('6.1'), inNmi),
  kmalloc_nolock: known(SLUB, 'void *kmalloc_nolock(size_t size, gfp_t gfp_flags, int node)', 'An allocation that takes no lock and never waits, for any context; may well fail.', inNmi, { result: 'may be NULL' }, since('6.18'), freed('kfree_nolock'), gives('nolock')),
  kfree_nolock: known(SLUB, 'void kfree_nolock(const void *object)', 'Frees what kmalloc_nolock() returned.', inNmi, since('6.18'), frees(0, 'nolock')),
  kmem_cache_create: runs(COMMON, 'struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align, slab_flags_t flags, void (*ctor)(void *object))', 'A cache of objects of one size; ctor runs once for each object of a new slab.', sleeping, { result: 'may be NULL' }, header, freed('kmem_cache_destroy'), needs('the name has no blanks'), { symbol: 'kmem_cache_create' }, gives('cache', { ctor: 4 })),
  kmem_cache_create_usercopy: runs(COMMON, 'struct kmem_cache *kmem_cache_create_usercopy(const char *name, unsigned int size, unsigned int align, slab_flags_t flags, unsigned int useroffset, unsigned int usersize, void (*ctor)(void *object))', 'kmem_cache_create() that names the part user copies may touch.', sleeping, { result: 'may be NULL' }, freed('kmem_cache_destroy'), gives('cache', { ctor: 6 })),
  KMEM_CACHE: macro(SLAB, 'KMEM_CACHE(struct_name, flags)', 'A cache for one structure type.', sleeping, { result: 'may be NULL' }, freed('kmem_cache_destroy'), gives('cache')),
  kmem_cache_destroy: runs(COMMON, 'void kmem_cache_destroy(struct kmem_cache *s)', 'Ends a cache; NULL is ignored.', sleeping, header, needs('every object has been freed, else it warns and the cache stays'), frees(0, 'cache')),
  kmem_cache_shrink: runs(COMMON, 'int kmem_cache_shrink(struct kmem_cache *s)', 'Gives empty slabs back.', sleeping, follows(0)),
  kmem_cache_alloc: runs(SLUB, 'void *kmem_cache_alloc(struct kmem_cache *s, gfp_t flags)', 'An object from a cache.', byGfp(1), header, freed('kmem_cache_free', 'with the same cache; kfree() too since 6.4'), needs('__GFP_ZERO not with a constructor'), allocatesObjects, gives('cache object', { from: 0, zeroing: 'kmem_cache_zalloc' }), follows(0)),
  kmem_cache_zalloc: runs(SLAB, 'void *kmem_cache_zalloc(struct kmem_cache *s, gfp_t flags)', 'An object filled with zeros.', byGfp(1), header, freed('kmem_cache_free', 'with the same cache'), needs('not for a cache with a constructor'), allocatesObjects, { symbol: 'kmem_cache_alloc' }, gives('cache object', { from: 0, zeroed: true }), follows(0)),
  kmem_cache_alloc_node: runs(SLUB, 'void *kmem_cache_alloc_node(struct kmem_cache *s, gfp_t gfpflags, int node)', 'An object, preferably from a NUMA node.', byGfp(1), header, freed('kmem_cache_free', 'with the same cache'), allocatesObjects, gives('cache object', { from: 0 }), follows(0)),
  kmem_cache_alloc_bulk: runs(SLUB, 'int kmem_cache_alloc_bulk(struct kmem_cache *s, gfp_t flags, size_t size, void **p)', 'Several objects at once; 0 if it can’t have them all.', sleepsByGfp(1), header, freed('kmem_cache_free_bulk'), allocatesObjects, follows(0)),
  kmem_cache_free: runs(SLUB, 'void kmem_cache_free(struct kmem_cache *s, void *x)', 'Gives an object back to its cache; “Wrong slab cache” for another’s.', header, frees(1, 'cache object', 0), { follows: [1] }, spinsInside),
  kmem_cache_free_bulk: runs(SLUB, 'void kmem_cache_free_bulk(struct kmem_cache *s, size_t size, void **p)', 'Gives several objects back.', header, spinsInside),
  kmem_cache_size: runs(COMMON, 'unsigned int kmem_cache_size(struct kmem_cache *s)', 'Bytes of an object.', inNmi),

  kvmalloc: runs(UTIL, 'void *kvmalloc(size_t size, gfp_t flags)', 'kmalloc() without trying hard, else vmalloc(): for large buffers that need not be contiguous physically.', kv(1), { header: 'linux/mm.h' }, freed('kvfree'), kvMask, allocatesObjects, { symbol: 'kvmalloc_node' }, gives('kvmalloc', { size: 0, array: 'kvmalloc_array', zeroing: 'kvzalloc' })),
  kvzalloc: runs(UTIL, 'void *kvzalloc(size_t size, gfp_t flags)', 'kvmalloc() filled with zeros.', kv(1), freed('kvfree'), kvMask, allocatesObjects, { symbol: 'kvmalloc_node' }, gives('kvmalloc', { zeroed: true, size: 0, array: 'kvcalloc' })),
  kvmalloc_node: runs(UTIL, 'void *kvmalloc_node(size_t size, gfp_t flags, int node)', 'kvmalloc() that prefers a NUMA node.', kv(1), freed('kvfree'), kvMask, allocatesObjects, { symbol: 'kvmalloc_node' }, gives('kvmalloc', { size: 0 })),
  kvmalloc_array: runs(UTIL, 'void *kvmalloc_array(size_t n, size_t size, gfp_t flags)', 'An array; NULL if n · size overflows.', kv(2), freed('kvfree'), kvMask, allocatesObjects, { symbol: 'kvmalloc_node' }, gives('kvmalloc', { size: 1, count: 0, zeroing: 'kvcalloc' })),
  kvcalloc: runs(UTIL, 'void *kvcalloc(size_t n, size_t size, gfp_t flags)', 'An array of zeros; NULL if n · size overflows.', kv(2), freed('kvfree'), kvMask, allocatesObjects, { symbol: 'kvmalloc_node' }, gives('kvmalloc', { zeroed: true, size: 1, count: 0 })),
  kvrealloc: runs(UTIL, 'void *kvrealloc(const void *p, size_t oldsize, size_t newsize, gfp_t flags)', 'Makes a kvmalloc() allocation larger.', kv(3), freed('kvfree'), since('5.15'), gives('kvmalloc', { instead: 0 }), mustCheck),
  kvfree: runs(UTIL, 'void kvfree(const void *addr)', 'Frees what kvmalloc() returned, be it kmalloc or vmalloc memory.', { sleeps: 'may', sleepsNote: 'vmalloc memory is freed by vfree()', contexts: contexts('yyndndnn') }, freesObjects('kvmalloc', 'kmalloc', 'vmalloc'), spinsInside),

  mempool_create: runs(POOL, 'mempool_t *mempool_create(int min_nr, mempool_alloc_t *alloc_fn, mempool_free_t *free_fn, void *pool_data)', 'A pool that keeps min_nr elements in reserve.', sleeping, { result: 'may be NULL' }, freed('mempool_destroy'), gives('pool')),
  mempool_create_node: runs(POOL, 'mempool_t *mempool_create_node(int min_nr, mempool_alloc_t *alloc_fn, mempool_free_t *free_fn, void *pool_data, gfp_t gfp_mask, int nid)', 'mempool_create() with a mask for the reserve, on a NUMA node.', byGfp(4), { result: 'may be NULL' }, freed('mempool_destroy'), gives('pool')),
  mempool_create_kmalloc_pool: macro(POOL_H, 'mempool_t *mempool_create_kmalloc_pool(int min_nr, size_t size)', 'A pool of kmalloc() memory.', sleeping, { result: 'may be NULL' }, freed('mempool_destroy'), gives('pool')),
  mempool_create_slab_pool: macro(POOL_H, 'mempool_t *mempool_create_slab_pool(int min_nr, struct kmem_cache *kc)', 'A pool of a cache’s objects.', sleeping, { result: 'may be NULL' }, freed('mempool_destroy'), gives('pool')),
  mempool_create_page_pool: macro(POOL_H, 'mempool_t *mempool_create_page_pool(int min_nr, int order)', 'A pool of pages: its elements are struct page *.', sleeping, { result: 'may be NULL' }, freed('mempool_destroy'), gives('pool')),
  mempool_init: runs(POOL, 'int mempool_init(mempool_t *pool, int min_nr, mempool_alloc_t *alloc_fn, mempool_free_t *free_fn, void *pool_data)', 'Makes a pool inside another structure usable. Its bytes must be zero before.', sleeping, { result: 'error code' }, freed('mempool_exit'), keeps(4)),
  mempool_init_node: runs(POOL, 'int mempool_init_node(mempool_t *pool, int min_nr, mempool_alloc_t *alloc_fn, mempool_free_t *free_fn, void *pool_data, gfp_t gfp_mask, int node_id)', 'mempool_init() with a mask for the reserve, on a NUMA node.', byGfp(5), { result: 'error code' }, freed('mempool_exit'), keeps(4)),
  mempool_init_slab_pool: macro(POOL_H, 'int mempool_init_slab_pool(mempool_t *pool, int min_nr, struct kmem_cache *kc)', 'mempool_init() with a cache’s objects.', sleeping, { result: 'error code' }, freed('mempool_exit')),
  mempool_init_kmalloc_pool: macro(POOL_H, 'int mempool_init_kmalloc_pool(mempool_t *pool, int min_nr, size_t size)', 'mempool_init() with kmalloc() memory.', sleeping, { result: 'error code' }, freed('mempool_exit')),
  mempool_init_page_pool: macro(POOL_H, 'int mempool_init_page_pool(mempool_t *pool, int min_nr, int order)', 'mempool_init() with pages.', sleeping, { result: 'error code' }, freed('mempool_exit')),
  mempool_initialized: macro(POOL_H, 'bool mempool_initialized(mempool_t *pool)', 'True from mempool_init() to mempool_exit().', inNmi),
  mempool_exit: runs(POOL, 'void mempool_exit(mempool_t *pool)', 'Frees the elements of a mempool_init() pool.', sleeping),
  mempool_resize: runs(POOL, 'int mempool_resize(mempool_t *pool, int new_min_nr)', 'Changes how many elements are kept in reserve: at least 1. If memory is short, elements that come back fill it up later.', sleeping, { result: 'error code' }, follows(0)),
  mempool_destroy: runs(POOL, 'void mempool_destroy(mempool_t *pool)', 'Ends a pool; NULL is ignored.', sleeping, needs('every element is back'), frees(0, 'pool')),
  mempool_alloc: runs(POOL, 'void *mempool_alloc(mempool_t *pool, gfp_t gfp_mask)', 'An element: from the allocator, else from the reserve, else it waits for one to come back. With a mask that direct-reclaims it never returns NULL.', byGfp(1), freed('mempool_free', 'to the same pool'), needs('no __GFP_ZERO', 'a task that takes two elements of one pool can wait for itself'), gives('pool element', { from: 0, waits: true }), follows(0)),
  mempool_alloc_preallocated: known(POOL, 'void *mempool_alloc_preallocated(mempool_t *pool)', 'An element from the reserve alone, without waiting.', { result: 'may be NULL' }, since('6.8'), freed('mempool_free'), gives('pool element', { from: 0 })),
  mempool_free: runs(POOL, 'void mempool_free(void *element, mempool_t *pool)', 'Gives an element back: to the reserve if that is short, else to the allocator.', frees(0, 'pool element', 1), spinsInside),
  mempool_alloc_slab: runs(POOL, 'void *mempool_alloc_slab(gfp_t gfp_mask, void *pool_data)', 'Takes from the cache that pool_data names.', byGfp(0)),
  mempool_free_slab: runs(POOL, 'void mempool_free_slab(void *element, void *pool_data)', 'Gives back to the cache that pool_data names.', frees(0, 'cache object'), spinsInside),
  mempool_kmalloc: runs(POOL, 'void *mempool_kmalloc(gfp_t gfp_mask, void *pool_data)', 'Takes kmalloc() memory of the size in pool_data.', byGfp(0)),
  mempool_kfree: runs(POOL, 'void mempool_kfree(void *element, void *pool_data)', 'kfree() for a pool.', frees(0, 'kmalloc'), spinsInside),
  mempool_alloc_pages: runs(POOL, 'void *mempool_alloc_pages(gfp_t gfp_mask, void *pool_data)', 'Takes pages of the order in pool_data.', byGfp(0)),
  mempool_free_pages: runs(POOL, 'void mempool_free_pages(void *element, void *pool_data)', 'Gives pages of the order in pool_data back.', frees(0, 'pages'), spinsInside),
} as const satisfies Record<string, ApiEntry>;
