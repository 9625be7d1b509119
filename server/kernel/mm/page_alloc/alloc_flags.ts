/**
 * Internal flags of one allocation attempt, and how they follow from a mask. Follows mm/internal.h and mm/page_alloc.c, 6.1 with the later
 * rework of the reserves that the stable series carries, as the recordings in test/fixtures show.
 */
import type { GfpMasks } from '../gfp';
import { WMARK_MIN } from '../zone';

export const ALLOC_WMARK_MASK = 3;
/** ignore the watermarks */
export const ALLOC_NO_WATERMARKS = 0x04;
export const ALLOC_OOM = 0x08;
/** the caller cannot wait */
export const ALLOC_NON_BLOCK = 0x10;
/** __GFP_HIGH: half of min may be used */
export const ALLOC_MIN_RESERVE = 0x20;
export const ALLOC_CPUSET = 0x40;
/** fall back only to blocks of at least a pageblock */
export const ALLOC_NOFRAGMENT = 0x100;
export const ALLOC_HIGHATOMIC = 0x200;
export const ALLOC_KSWAPD = 0x800;
/** rights to part of the pages below min */
export const ALLOC_RESERVES = ALLOC_NON_BLOCK | ALLOC_MIN_RESERVE | ALLOC_OOM;

/** gfp_to_alloc_flags: the rights of the slow path. `rtTask`: a real-time task that is not in an interrupt. */
export function gfpToAllocFlags(masks: GfpMasks, gfp: number, order: number, rtTask: boolean): number {
  let flags = WMARK_MIN | ALLOC_CPUSET;
  if (gfp & masks.high) flags |= ALLOC_MIN_RESERVE;
  if (gfp & masks.kswapdReclaim) flags |= ALLOC_KSWAPD;
  if (!(gfp & masks.directReclaim)) {
    if (!(gfp & masks.nomemalloc)) {
      flags |= ALLOC_NON_BLOCK;
      if (order > 0 && flags & ALLOC_MIN_RESERVE) flags |= ALLOC_HIGHATOMIC;
    }
    if (flags & ALLOC_MIN_RESERVE) flags &= ~ALLOC_CPUSET;
  } else if (rtTask) {
    flags |= ALLOC_MIN_RESERVE;
  }
  return flags;
}

const NAMES: readonly (readonly [number, string])[] = [
  [ALLOC_NO_WATERMARKS, 'ALLOC_NO_WATERMARKS'],
  [ALLOC_OOM, 'ALLOC_OOM'],
  [ALLOC_NON_BLOCK, 'ALLOC_NON_BLOCK'],
  [ALLOC_MIN_RESERVE, 'ALLOC_MIN_RESERVE'],
  [ALLOC_CPUSET, 'ALLOC_CPUSET'],
  [ALLOC_NOFRAGMENT, 'ALLOC_NOFRAGMENT'],
  [ALLOC_HIGHATOMIC, 'ALLOC_HIGHATOMIC'],
  [ALLOC_KSWAPD, 'ALLOC_KSWAPD'],
];
/** The flags of an attempt by name, without the watermark. */
export const allocFlagNames = (flags: number): string[] => NAMES.flatMap(([bit, name]) => (flags & bit ? [name] : []));
