/** Flags of a slab cache (include/linux/slab.h, 6.1), which the slab allocators' algorithms are written for. Module constants, for the hot paths. */

export const SLAB_CONSISTENCY_CHECKS = 0x100;
export const SLAB_RED_ZONE = 0x400;
export const SLAB_POISON = 0x800;
export const SLAB_KMALLOC = 0x1000;
export const SLAB_HWCACHE_ALIGN = 0x2000;
export const SLAB_CACHE_DMA = 0x4000;
export const SLAB_CACHE_DMA32 = 0x8000;
export const SLAB_STORE_USER = 0x10000;
export const SLAB_RECLAIM_ACCOUNT = 0x20000;
export const SLAB_PANIC = 0x40000;
export const SLAB_TYPESAFE_BY_RCU = 0x80000;
export const SLAB_MEM_SPREAD = 0x100000;
export const SLAB_TRACE = 0x200000;
export const SLAB_NOLEAKTRACE = 0x800000;
export const SLAB_FAILSLAB = 0x2000000;
export const SLAB_ACCOUNT = 0x4000000;
export const SLAB_KASAN = 0x8000000;
export const SLAB_NO_USER_FLAGS = 0x10000000;
/** Flags that mm/slub.c keeps in kmem_cache.flags for itself: objects are poisoned; freelist and counters change in one operation. */
export const OBJECT_POISON = 0x80000000 | 0;
export const CMPXCHG_DOUBLE = 0x40000000;

/** A mask of these flags by name, `SLAB_HWCACHE_ALIGN|SLAB_PANIC`; bits without a name in hexadecimal. */
export function slabFlagNames(mask: number): string {
  let rest = mask >>> 0;
  const names = NAMED.flatMap(([name, bit]) => {
    if (!(rest & bit)) return [];
    rest = (rest & ~bit) >>> 0;
    return [name];
  });
  return [...names, ...(rest === 0 ? [] : [`0x${rest.toString(16)}`])].join('|') || 'none';
}
const NAMED = Object.entries({
  SLAB_CONSISTENCY_CHECKS,
  SLAB_RED_ZONE,
  SLAB_POISON,
  SLAB_KMALLOC,
  SLAB_HWCACHE_ALIGN,
  SLAB_CACHE_DMA,
  SLAB_CACHE_DMA32,
  SLAB_STORE_USER,
  SLAB_RECLAIM_ACCOUNT,
  SLAB_PANIC,
  SLAB_TYPESAFE_BY_RCU,
  SLAB_MEM_SPREAD,
  SLAB_TRACE,
  SLAB_NOLEAKTRACE,
  SLAB_FAILSLAB,
  SLAB_ACCOUNT,
  SLAB_KASAN,
  SLAB_NO_USER_FLAGS,
  __OBJECT_POISON: OBJECT_POISON,
  __CMPXCHG_DOUBLE: CMPXCHG_DOUBLE,
});
