/**
 * The sim_ functions for the page allocator: sim_fill_zone, sim_drain, sim_fail_next on page functions. The kernel has none of them.
 */
import { MIGRATE_MOVABLE, MIGRATE_PCPTYPES, MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE } from '../migratetype';
import { foldZoneDiffs, modZoneFreePages } from '../vmstat';
import type { Zone } from '../zone';
import { MAX_ORDER, NR_FREE_PAGES, WMARK_HIGH } from '../zone';
import type { PageAllocator } from './page_alloc';

/** sim_drain(): all per-CPU page lists go back to the buddy lists, and the CPUs' counters are folded into the zones'. */
export function simDrain(alloc: PageAllocator): void {
  alloc.drainAllPages();
  for (const zone of alloc.zones) if (zone.populated) foldZone(alloc, zone);
}

/** Does the vmstat worker's job for one zone: folds all CPUs' differences. */
function foldZone(alloc: PageAllocator, zone: Zone): void {
  for (let cpu = 0; cpu < zone.cpus; cpu++) foldZoneDiffs(zone, zone.onCpu(cpu), alloc.buddy.globalFree);
}

/**
 * sim_fill_zone(zone, mark): takes pages of a zone until exactly `mark` are free: the zone's min, low or high watermark (WMARK_MIN,
 * WMARK_LOW, WMARK_HIGH), or a number of pages. What is taken has no owner and is never freed. What is left lies in unmovable
 * pageblocks as far as it goes, so that the requests that follow need not steal (which would raise the watermarks).
 * Returns the pages taken.
 */
export function simFillZone(alloc: PageAllocator, zone: Zone, mark: number): number {
  if (!zone.populated) return 0;
  const target = mark <= WMARK_HIGH ? zone.wmark(mark) : mark;
  alloc.drainZone(zone);
  foldZone(alloc, zone);
  const pcp = zone.onCpu(alloc.caller.cpu());
  let left = zone.vmStatSnapshot(NR_FREE_PAGES) - target;
  const before = left;
  const own = (pfn: number, order: number): void => {
    modZoneFreePages(alloc.mem, zone, pcp, -(1 << order), alloc.buddy.globalFree);
    alloc.pages.setRefcount(pfn, 1);
    left -= 1 << order;
  };
  // small blocks of the other types first, as they are
  for (let order = alloc.blocks.order - 1; order >= 0; order--) {
    for (const migratetype of [MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE]) {
      while (left >= 1 << order && !alloc.buddy.freeAreaEmpty(zone, order, migratetype)) {
        own(alloc.buddy.rmqueueSmallest(zone, order, migratetype), order);
      }
    }
  }
  // then from the largest down, as unmovable requests
  for (let order = MAX_ORDER - 1; order >= 0 && left > 0; order--) {
    while (left >= 1 << order) {
      const pfn = takeUnmovable(alloc, zone, order);
      if (pfn < 0) break;
      own(pfn, order);
    }
  }
  foldZone(alloc, zone);
  return before > 0 ? before - left : 0;
}

/** A block for sim_fill_zone: unmovable, else a whole pageblock or more of another type that becomes unmovable, else any block. */
function takeUnmovable(alloc: PageAllocator, zone: Zone, order: number): number {
  const { buddy, blocks } = alloc;
  const pfn = buddy.rmqueueSmallest(zone, order, MIGRATE_UNMOVABLE);
  if (pfn >= 0) return pfn;
  for (let large = MAX_ORDER - 1; large >= Math.max(order, blocks.order); large--) {
    for (let migratetype = MIGRATE_MOVABLE; migratetype < MIGRATE_PCPTYPES; migratetype++) {
      const block = buddy.freeAreaFirst(zone, large, migratetype);
      if (block < 0) continue;
      for (let i = 0; i < 1 << large; i += blocks.pages) blocks.setMigratetype(block + i, MIGRATE_UNMOVABLE);
      buddy.moveToFreeList(zone, block, large, MIGRATE_UNMOVABLE);
      return buddy.rmqueueSmallest(zone, order, MIGRATE_UNMOVABLE);
    }
  }
  for (let migratetype = MIGRATE_MOVABLE; migratetype < MIGRATE_PCPTYPES; migratetype++) {
    const other = buddy.rmqueueSmallest(zone, order, migratetype);
    if (other >= 0) return other;
  }
  return -1;
}

/** sim_fail_next(function, n, skip) for a function that allocates pages: n page allocations fail after `skip`, as fail_page_alloc makes them. */
export const simFailNextPages = (alloc: PageAllocator, count: number, skip = 0): void => alloc.faults.arm(count, skip);
