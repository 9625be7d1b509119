/** The size classes of kmalloc (include/linux/slab.h; mm/slab_common.c: kmalloc_info, size_index, kmalloc_index, kmalloc_type, 6.1). */
import { SLAB_ACCOUNT, SLAB_CACHE_DMA, SLAB_RECLAIM_ACCOUNT } from '../../../profiles/slabFlags';
import type { GfpMasks } from '../gfp';

/** enum kmalloc_cache_type, as kernels with memory cgroups and a DMA zone have it */
export const KMALLOC_NORMAL = 0;
const KMALLOC_CGROUP = 1;
export const KMALLOC_RECLAIM = 2;
const KMALLOC_DMA = 3;
export const NR_KMALLOC_TYPES = 4;
/** KMALLOC_SHIFT_HIGH: log2 of the largest class */
export const KMALLOC_SHIFT_HIGH = 13;
/** the classes that are not powers of two have the indexes that are too small for one */
const ODD = [96, 192] as const;
/** sizes up to this are looked up in a table, 8 bytes per entry */
const MAX_TABLE_SIZE = 192;

const PREFIXES = ['kmalloc-', 'kmalloc-cg-', 'kmalloc-rcl-', 'dma-kmalloc-'] as const;

/** Bytes of a class. */
export const classSize = (index: number): number => (index === 1 ? ODD[0] : index === 2 ? ODD[1] : 1 << index);
/** `kmalloc-rcl-2k` */
export function className(index: number, type: number): string {
  const size = classSize(index);
  return `${PREFIXES[type]}${size < 1024 ? size : `${size / 1024}k`}`;
}

/** size_index: the class by (size − 1) / 8, for allocations of at least `minSize` bytes. */
export function sizeIndex(minSize: number): Uint8Array {
  const index = (size: number): number => {
    if (size <= minSize) return Math.log2(minSize);
    if (size > 64 && size <= ODD[0] && minSize <= 32) return 1;
    if (size > 128 && size <= ODD[1] && minSize <= 64) return 2;
    return Math.ceil(Math.log2(size));
  };
  return Uint8Array.from({ length: MAX_TABLE_SIZE / 8 }, (_, i) => index((i + 1) * 8));
}
/** The class of a size, up to KMALLOC_MAX_CACHE_SIZE. */
export function kmallocIndex(table: Uint8Array, size: number): number {
  return size <= MAX_TABLE_SIZE ? (table[(size - 1) >> 3] as number) : 32 - Math.clz32(size - 1);
}
/** The classes in the order in which boot makes their caches: each odd one follows the power of two below it. */
export function bootOrder(minSize: number): readonly number[] {
  const order: number[] = [];
  for (let index = Math.log2(minSize); index <= KMALLOC_SHIFT_HIGH; index++) {
    order.push(index);
    if (index === 6 && minSize <= 32) order.push(1);
    if (index === 7 && minSize <= 64) order.push(2);
  }
  return order;
}

/** kmalloc_type: DMA before reclaimable before accounted. */
export function kmallocType(gfp: GfpMasks, mask: number): number {
  if ((mask & (gfp.dma | gfp.reclaimable | gfp.account)) === 0) return KMALLOC_NORMAL;
  if (mask & gfp.dma) return KMALLOC_DMA;
  return mask & gfp.reclaimable ? KMALLOC_RECLAIM : KMALLOC_CGROUP;
}
/** The SLAB_… flag of a type's caches. */
export const TYPE_FLAGS = [0, SLAB_ACCOUNT, SLAB_RECLAIM_ACCOUNT, SLAB_CACHE_DMA] as const;
