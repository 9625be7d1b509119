/**
 * May this zone give 2^order pages? Follows mm/page_alloc.c, 6.1: __zone_watermark_ok, zone_watermark_fast. All counts in pages; a zone
 * has fewer than 2^31, so the lower words of its longs are read.
 */

import { MIGRATE_HIGHATOMIC, MIGRATE_PCPTYPES } from '../migratetype';
import { zoneFreePages } from '../vmstat';
import type { Zone } from '../zone';
import { MAX_ORDER, NR_FREE_PAGES, WMARK_MIN } from '../zone';
import {
  ALLOC_HIGHATOMIC,
  ALLOC_MIN_RESERVE,
  ALLOC_NON_BLOCK,
  ALLOC_OOM,
  ALLOC_RESERVES,
  ALLOC_WMARK_MASK,
} from './alloc_flags';
import type { Buddy } from './buddy';

/** __zone_watermark_unusable_free: free pages that this request may not count */
export function unusableFree(buddy: Buddy, zone: Zone, order: number, flags: number): number {
  return (1 << order) - 1 + (flags & ALLOC_RESERVES ? 0 : (buddy.mem.words[zone.highatomic] as number));
}

/** The watermark after what the request's rights take off it. */
export function effectiveMin(mark: number, flags: number): number {
  if (!(flags & ALLOC_RESERVES)) return mark;
  let min = mark;
  if (flags & ALLOC_MIN_RESERVE) {
    min -= Math.floor(min / 2);
    if (flags & ALLOC_NON_BLOCK) min -= Math.floor(min / 4);
  }
  if (flags & ALLOC_OOM) min -= Math.floor(min / 2);
  return min;
}

/** __zone_watermark_ok. `highest`: index of the highest zone the mask allows; `free`: the zone's free pages. */
export function zoneWatermarkOk(
  buddy: Buddy,
  zone: Zone,
  order: number,
  mark: number,
  highest: number,
  flags: number,
  free: number,
): boolean {
  const words = buddy.mem.words;
  const usable = free - unusableFree(buddy, zone, order, flags);
  const reserve = words[zone.reserve + highest * zone.longWords] as number;
  if (usable <= effectiveMin(mark, flags) + reserve) return false;
  if (order === 0) return true;
  const highatomic = (flags & (ALLOC_HIGHATOMIC | ALLOC_OOM)) !== 0;
  for (let o = order; o < MAX_ORDER; o++) {
    if (words[zone.nrFree[o] as number] === 0) continue;
    for (let mt = 0; mt < MIGRATE_PCPTYPES; mt++) if (!buddy.freeAreaEmpty(zone, o, mt)) return true;
    if (highatomic && !buddy.freeAreaEmpty(zone, o, MIGRATE_HIGHATOMIC)) return true;
  }
  return false;
}

/** zone_watermark_ok_safe: without rights, and with the precise count of free pages where the lagging one could mislead. */
export function zoneWatermarkOkSafe(buddy: Buddy, zone: Zone, order: number, mark: number, highest: number): boolean {
  const lagging = zoneFreePages(buddy.mem, zone);
  const free = lagging < zone.percpuDriftMark ? Math.max(0, zone.vmStatSnapshot(NR_FREE_PAGES)) : lagging;
  return zoneWatermarkOk(buddy, zone, order, mark, highest, 0, free);
}

/**
 * zone_watermark_fast: what the allocator asks of every zone, against the watermark that `flags` name, with the boost.
 * `atomic`: __GFP_ATOMIC if the mask has it, else 0.
 */
export function zoneWatermarkFast(
  buddy: Buddy,
  zone: Zone,
  order: number,
  highest: number,
  flags: number,
  atomic: number,
): boolean {
  const { words } = buddy.mem;
  const watermark = words[zone.watermark + (flags & ALLOC_WMARK_MASK) * zone.longWords] as number;
  const mark = watermark + (words[zone.boost] as number);
  const free = words[zone.vmStat] as number;
  if (order === 0) {
    const usable = flags & ALLOC_RESERVES ? free : free - (words[zone.highatomic] as number);
    if (usable > mark + (words[zone.reserve + highest * zone.longWords] as number)) return true;
  }
  return zoneWatermarkSlow(buddy, zone, order, mark, highest, flags, atomic, free < 0 ? 0 : free);
}
/** The rest of zone_watermark_fast, for blocks, and for single pages where the zone has few. */
function zoneWatermarkSlow(
  buddy: Buddy,
  zone: Zone,
  order: number,
  mark: number,
  highest: number,
  flags: number,
  atomic: number,
  free: number,
): boolean {
  if (zoneWatermarkOk(buddy, zone, order, mark, highest, flags, free)) return true;
  // order-0 requests with __GFP_ATOMIC ignore the boost when they are at min
  if (order === 0 && atomic !== 0 && (flags & ALLOC_WMARK_MASK) === WMARK_MIN && zone.watermarkBoost !== 0) {
    return zoneWatermarkOk(buddy, zone, 0, zone.wmark(WMARK_MIN), highest, flags, free);
  }
  return false;
}
