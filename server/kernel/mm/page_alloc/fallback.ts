/**
 * Taking from another migratetype's lists, and with luck its whole pageblock.
 * Follows mm/page_alloc.c, 6.1: __rmqueue_fallback, steal_suitable_fallback, move_freepages_block, boost_watermark.
 */

import { KernelBug } from '../../lib/bug';
import type { Tracing } from '../../printk/tracing';
import {
  MIGRATE_HIGHATOMIC,
  MIGRATE_MOVABLE,
  MIGRATE_PCPTYPES,
  MIGRATE_RECLAIMABLE,
  MIGRATE_UNMOVABLE,
} from '../migratetype';
import type { Zone } from '../zone';
import { MAX_ORDER, WMARK_HIGH, ZONE_BOOSTED_WATERMARK } from '../zone';
import { ALLOC_KSWAPD, ALLOC_NOFRAGMENT } from './alloc_flags';
import type { Buddy } from './buddy';

/** The migratetypes whose lists are tried, in order, by the wanted migratetype. */
const FALLBACKS = [
  [MIGRATE_RECLAIMABLE, MIGRATE_MOVABLE],
  [MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE],
  [MIGRATE_UNMOVABLE, MIGRATE_MOVABLE],
] as const;

/** What the fallback needs besides the lists. */
export interface FallbackOptions {
  /** vm.watermark_boost_factor, in 1/10000 of the high watermark */
  readonly watermarkBoostFactor: () => number;
  /** page_group_by_mobility_disabled: machines with too little memory for pageblocks of all types */
  readonly groupingDisabled: boolean;
  readonly tracing: Tracing;
}

/** find_suitable_fallback: the migratetype to take a block of this order from; −1 if there is none. */
function findSuitableFallback(buddy: Buddy, zone: Zone, order: number, migratetype: number): number {
  if (buddy.mem.words[zone.nrFree[order] as number] === 0) return -1;
  for (const other of FALLBACKS[migratetype] ?? []) if (!buddy.freeAreaEmpty(zone, order, other)) return other;
  return -1;
}

/** can_steal_fallback: whether taking a block of this order may take its whole pageblock. */
function canStealFallback(buddy: Buddy, options: FallbackOptions, order: number, migratetype: number): boolean {
  return (
    order >= buddy.blocks.order >> 1 ||
    migratetype === MIGRATE_RECLAIMABLE ||
    migratetype === MIGRATE_UNMOVABLE ||
    options.groupingDisabled
  );
}

/**
 * __rmqueue_fallback: moves one free block of another migratetype to the lists of this one, the largest it finds (the smallest for a
 * movable request that cannot take the pageblock). Returns false if there is none.
 */
export function rmqueueFallback(
  buddy: Buddy,
  options: FallbackOptions,
  zone: Zone,
  order: number,
  migratetype: number,
  flags: number,
): boolean {
  const smallest = order < buddy.blocks.order && flags & ALLOC_NOFRAGMENT ? buddy.blocks.order : order;
  for (let current = MAX_ORDER - 1; current >= smallest; current--) {
    let from = findSuitableFallback(buddy, zone, current, migratetype);
    if (from < 0) continue;
    let whole = canStealFallback(buddy, options, current, migratetype);
    if (!whole && migratetype === MIGRATE_MOVABLE && current > order) {
      for (current = order; current < MAX_ORDER; current++) {
        from = findSuitableFallback(buddy, zone, current, migratetype);
        if (from >= 0) break;
      }
      whole = canStealFallback(buddy, options, current, migratetype);
    }
    const pfn = buddy.freeAreaFirst(zone, current, from);
    const t = options.tracing;
    if (t.on) {
      t.decision('fallback', order, current, migratetype, from, whole ? 1 : 0, pfn);
      t.event('mm_page_alloc_extfrag', pfn, order, current, migratetype, from);
    }
    stealSuitableFallback(buddy, options, zone, pfn, current, migratetype, flags, whole);
    return true;
  }
  return false;
}

/** steal_suitable_fallback: `whole` says that the pageblock may change its type. */
function stealSuitableFallback(
  buddy: Buddy,
  options: FallbackOptions,
  zone: Zone,
  pfn: number,
  order: number,
  migratetype: number,
  flags: number,
  whole: boolean,
): void {
  const blocks = buddy.blocks;
  const old = blocks.migratetype(pfn);
  if (old === MIGRATE_HIGHATOMIC) {
    buddy.moveToFreeList(zone, pfn, order, migratetype);
    return;
  }
  if (order >= blocks.order) {
    for (let i = 0; i < 1 << order; i += blocks.pages) setPageblockMigratetype(buddy, options, pfn + i, migratetype);
    buddy.moveToFreeList(zone, pfn, order, migratetype);
    return;
  }
  if (boostWatermark(buddy, options, zone) && flags & ALLOC_KSWAPD) zone.setFlag(ZONE_BOOSTED_WATERMARK, true);
  if (!whole) {
    buddy.moveToFreeList(zone, pfn, order, migratetype);
    return;
  }
  const moved = moveFreepagesBlock(buddy, zone, pfn, migratetype);
  if (moved === 0) {
    buddy.moveToFreeList(zone, pfn, order, migratetype);
    return;
  }
  const movable = movablePages(buddy, zone, pfn);
  // pages of the block that suit the new type: the movable ones, or what is neither free nor movable in a block that was movable
  let alike = 0;
  if (migratetype === MIGRATE_MOVABLE) alike = movable;
  else if (old === MIGRATE_MOVABLE) alike = blocks.pages - (moved + movable);
  const claimed = moved + alike >= blocks.pages >> 1 || options.groupingDisabled;
  if (options.tracing.calls) options.tracing.decision('steal', pfn, old, migratetype, moved, alike, claimed ? 1 : 0);
  if (claimed) setPageblockMigratetype(buddy, options, pfn, migratetype);
}

/** set_pageblock_migratetype: everything is unmovable where grouping is switched off. */
export function setPageblockMigratetype(
  buddy: Buddy,
  options: Pick<FallbackOptions, 'groupingDisabled'>,
  pfn: number,
  migratetype: number,
): void {
  const wanted = options.groupingDisabled && migratetype < MIGRATE_PCPTYPES ? MIGRATE_UNMOVABLE : migratetype;
  buddy.blocks.setMigratetype(pfn, wanted);
}

/** First and last pfn of a pageblock inside a zone; undefined if the zone ends inside the block. */
function blockSpan(buddy: Buddy, zone: Zone, pfn: number): { start: number; end: number } | undefined {
  const pages = buddy.blocks.pages;
  const start = pfn - (pfn % pages);
  const end = start + pages - 1;
  if (!zone.spans(end)) return undefined;
  return { start: zone.spans(start) ? start : pfn, end };
}

/** move_freepages_block: moves all free blocks of a pageblock to the lists of a migratetype; returns how many pages that were. */
export function moveFreepagesBlock(buddy: Buddy, zone: Zone, pfn: number, migratetype: number): number {
  const span = blockSpan(buddy, zone, pfn);
  if (!span) return 0;
  let moved = 0;
  for (let p = span.start; p <= span.end; ) {
    if (!buddy.pages.isBuddy(p)) {
      p++;
      continue;
    }
    const order = buddy.pages.getPrivate(p);
    if (order < 0 || order >= MAX_ORDER)
      throw new KernelBug({ at: 'mm/page_alloc.c', fn: 'move_freepages' }, [], [badOrder(p, order)]);
    buddy.moveToFreeList(zone, p, order, migratetype);
    p += 1 << order;
    moved += 1 << order;
  }
  return moved;
}

const badOrder = (pfn: number, order: number): string =>
  `free block at pfn 0x${pfn.toString(16)} has order ${order} in private: it was written to after it was freed`;

/** Pages of a pageblock that can be moved: those on an LRU list. */
function movablePages(buddy: Buddy, zone: Zone, pfn: number): number {
  const span = blockSpan(buddy, zone, pfn);
  if (!span) return 0;
  let movable = 0;
  for (let p = span.start; p <= span.end; ) {
    if (buddy.pages.isBuddy(p)) {
      p += 1 << buddy.pages.getPrivate(p);
      continue;
    }
    if (buddy.pages.flagsLow(p) & buddy.pages.pageFlags.lru) movable++;
    p++;
  }
  return movable;
}

/** boost_watermark: raises the zone's watermarks for a while by one pageblock, so that kswapd frees more. False in small zones. */
function boostWatermark(buddy: Buddy, options: FallbackOptions, zone: Zone): boolean {
  const factor = options.watermarkBoostFactor();
  if (factor === 0) return false;
  const block = buddy.blocks.pages;
  if (block * 4 > zone.managedPages) return false;
  const high = zone.wmark(WMARK_HIGH);
  const share = Math.floor(high / 10000) * factor + Math.floor(((high % 10000) * factor) / 10000);
  if (share === 0) return false;
  zone.watermarkBoost = Math.min(zone.watermarkBoost + block, Math.max(block, share));
  return true;
}
