/**
 * External fragmentation: how much of a zone's free memory cannot serve a request for its lack of contiguous pages (mm/vmstat.c:
 * fill_contig_page_info, unusable_free_index, __fragmentation_index, 6.1; /sys/kernel/debug/extfrag). Indexes are in thousandths.
 */
import { MAX_ORDER } from '../../profiles/commonConstants';

/** What the indexes are computed from: struct contig_page_info. */
interface ContigPageInfo {
  readonly freePages: number;
  readonly freeBlocks: number;
  /** blocks of the request's order that the free blocks of it and above hold */
  readonly suitable: number;
}
/** A zone's free blocks: mm/zone.ts. */
interface FreeBlocks {
  nrFreeBlocks(order: number): number;
}

function contigPageInfo(zone: FreeBlocks, suitableOrder: number): ContigPageInfo {
  let [freePages, freeBlocks, suitable] = [0, 0, 0];
  for (let order = 0; order < MAX_ORDER; order++) {
    const blocks = zone.nrFreeBlocks(order);
    freeBlocks += blocks;
    freePages += blocks << order;
    if (order >= suitableOrder) suitable += blocks << (order - suitableOrder);
  }
  return { freePages, freeBlocks, suitable };
}

/** unusable_free_index: 0 if every free page is in a block of the order, 1000 if none is. */
export function unusableFreeIndex(zone: FreeBlocks, order: number): number {
  const { freePages, suitable } = contigPageInfo(zone, order);
  // no free memory is interpreted as all of it unusable
  return freePages === 0 ? 1000 : Math.floor(((freePages - (suitable << order)) * 1000) / freePages);
}
/**
 * fragmentation_index: −1000 if a request of the order would be served; otherwise why not: towards 0 for lack of memory, towards 1000 for
 * fragmentation.
 */
export function fragmentationIndex(zone: FreeBlocks, order: number): number {
  const { freePages, freeBlocks, suitable } = contigPageInfo(zone, order);
  if (freeBlocks === 0) return 0;
  if (suitable > 0) return -1000;
  return 1000 - Math.floor((1000 + Math.floor((freePages * 1000) / (1 << order))) / freeBlocks);
}
