/**
 * The reserve of pageblocks for urgent requests of order > 0. Follows mm/page_alloc.c, 6.1: reserve_highatomic_pageblock,
 * unreserve_highatomic_pageblock.
 */

import { MIGRATE_HIGHATOMIC, MIGRATE_PCPTYPES } from '../migratetype';
import type { Zone } from '../zone';
import { MAX_ORDER } from '../zone';
import type { Buddy } from './buddy';
import type { FallbackOptions } from './fallback';
import { moveFreepagesBlock, setPageblockMigratetype } from './fallback';

/** Keeps the pageblock that an urgent request was served from for the next ones; at most about 1 % of the zone and one block. */
export function reserveHighatomicPageblock(buddy: Buddy, options: FallbackOptions, zone: Zone, pfn: number): void {
  const block = buddy.blocks.pages;
  const reserved = zone.nrReservedHighatomic;
  if (reserved >= Math.floor(zone.managedPages / 100) + block) return;
  if (buddy.blocks.migratetype(pfn) >= MIGRATE_PCPTYPES) return;
  zone.nrReservedHighatomic = reserved + block;
  setPageblockMigratetype(buddy, options, pfn, MIGRATE_HIGHATOMIC);
  moveFreepagesBlock(buddy, zone, pfn, MIGRATE_HIGHATOMIC);
  if (options.tracing.calls) options.tracing.decision('reserve_highatomic', pfn, reserved + block);
}

/**
 * Gives one reserved pageblock back to `migratetype`, before the system would be out of memory. `zones`: the request's zonelist.
 * `force` also gives up the last. Returns whether pages were moved.
 */
export function unreserveHighatomicPageblock(
  buddy: Buddy,
  options: FallbackOptions,
  zones: readonly Zone[],
  migratetype: number,
  force: boolean,
): boolean {
  const block = buddy.blocks.pages;
  for (const zone of zones) {
    if (!force && zone.nrReservedHighatomic <= block) continue;
    for (let order = 0; order < MAX_ORDER; order++) {
      const pfn = buddy.freeAreaFirst(zone, order, MIGRATE_HIGHATOMIC);
      if (pfn < 0) continue;
      if (buddy.blocks.migratetype(pfn) === MIGRATE_HIGHATOMIC) {
        zone.nrReservedHighatomic -= Math.min(block, zone.nrReservedHighatomic);
      }
      setPageblockMigratetype(buddy, options, pfn, migratetype);
      if (moveFreepagesBlock(buddy, zone, pfn, migratetype) > 0) return true;
    }
  }
  return false;
}
