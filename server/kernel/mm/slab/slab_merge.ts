/**
 * Where the objects of a cache begin, which flags a cache may have, and whether it can be another name for one that exists
 * (mm/slab_common.c: calculate_alignment, slab_unmergeable, find_mergeable; mm/slab.h, 6.1).
 */
import type { Allocator } from '../../../profiles/machineConfig';
import {
  SLAB_ACCOUNT,
  SLAB_CACHE_DMA,
  SLAB_CACHE_DMA32,
  SLAB_CONSISTENCY_CHECKS,
  SLAB_HWCACHE_ALIGN,
  SLAB_KASAN,
  SLAB_MEM_SPREAD,
  SLAB_NO_USER_FLAGS,
  SLAB_NOLEAKTRACE,
  SLAB_PANIC,
  SLAB_POISON,
  SLAB_RECLAIM_ACCOUNT,
  SLAB_RED_ZONE,
  SLAB_STORE_USER,
  SLAB_TRACE,
  SLAB_TYPESAFE_BY_RCU,
} from '../../../profiles/slabFlags';
import type { CacheFields } from './kmem_cache';

/** cache_line_size() */
const CACHE_LINE = 64;
/** ARCH_SLAB_MINALIGN */
const MIN_ALIGN = 8;

/** `n` rounded up to a multiple of a power of two. */
export const alignUp = (n: number, align: number): number => Math.ceil(n / align) * align;

/** calculate_alignment: of objects of `size` bytes, as the flags and `align` ask. */
export function calculateAlignment(flags: number, align: number, size: number, wordSize: number): number {
  let least = align;
  if (flags & SLAB_HWCACHE_ALIGN) {
    let line = CACHE_LINE;
    while (size <= line / 2) line /= 2;
    least = Math.max(least, line);
  }
  return alignUp(Math.max(least, MIN_ALIGN), wordSize);
}

/** The masks of mm/slab.h that depend on the allocator. */
export interface FlagMasks {
  /** SLAB_FLAGS_PERMITTED */
  readonly permitted: number;
  /** CACHE_CREATE_MASK */
  readonly create: number;
  /** SLAB_DEBUG_FLAGS */
  readonly debug: number;
}
export function flagMasks(allocator: Allocator): FlagMasks {
  const core = SLAB_HWCACHE_ALIGN | SLAB_CACHE_DMA | SLAB_CACHE_DMA32 | SLAB_PANIC | SLAB_TYPESAFE_BY_RCU;
  const debugging = SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER | SLAB_TRACE | SLAB_CONSISTENCY_CHECKS;
  const shared = SLAB_NOLEAKTRACE | SLAB_RECLAIM_ACCOUNT | SLAB_ACCOUNT;
  const debug = allocator === 'slub' ? debugging : 0;
  const own = {
    slub: shared | SLAB_NO_USER_FLAGS,
    slab: shared | SLAB_MEM_SPREAD,
    slob: SLAB_NOLEAKTRACE,
  }[allocator];
  const permitted = core | debugging | shared | SLAB_MEM_SPREAD | SLAB_NO_USER_FLAGS;
  return { permitted, create: core | debug | own, debug };
}

const SLAB_NEVER_MERGE =
  SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER | SLAB_TRACE | SLAB_TYPESAFE_BY_RCU | SLAB_NOLEAKTRACE | SLAB_KASAN;
const SLAB_MERGE_SAME = SLAB_RECLAIM_ACCOUNT | SLAB_CACHE_DMA | SLAB_CACHE_DMA32 | SLAB_ACCOUNT;

interface Mergeable {
  readonly fields: CacheFields;
  readonly allocator: Allocator;
  readonly wordSize: number;
  /** slab_nomerge */
  readonly nomerge: boolean;
  /** caches from the oldest to the newest */
  oldestFirst(): Iterable<number>;
}
interface WantedCache {
  readonly size: number;
  readonly align: number;
  /** with those that the allocator's debugging adds */
  readonly flags: number;
  readonly ctor: number;
}

/** slab_unmergeable */
function slabUnmergeable({ fields, nomerge }: Mergeable, cache: number): boolean {
  if (nomerge || fields.flags(cache) & SLAB_NEVER_MERGE) return true;
  // kmem_cache, which no other may become, has no references of its own
  return fields.ctor(cache) !== 0 || fields.userRegion(cache).size !== 0 || fields.refcount(cache) < 0;
}
/** find_mergeable: the cache that a new one can be another name for; 0 if there is none. */
export function findMergeable(m: Mergeable, wanted: WantedCache): number {
  const { fields, wordSize } = m;
  if (m.nomerge || wanted.ctor !== 0) return 0;
  const words = alignUp(wanted.size, wordSize);
  const align = calculateAlignment(wanted.flags, wanted.align, words, wordSize);
  const size = alignUp(words, align);
  if (wanted.flags & SLAB_NEVER_MERGE) return 0;
  for (const cache of m.oldestFirst()) {
    if (slabUnmergeable(m, cache)) continue;
    const has = fields.size(cache);
    if (size > has || has - size >= wordSize || has % align !== 0) continue;
    if ((wanted.flags & SLAB_MERGE_SAME) !== (fields.flags(cache) & SLAB_MERGE_SAME)) continue;
    const itsAlign = fields.align(cache);
    if (m.allocator === 'slab' && (align > itsAlign || itsAlign % align !== 0)) continue;
    return cache;
  }
  return 0;
}
