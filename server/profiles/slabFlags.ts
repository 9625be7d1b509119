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
