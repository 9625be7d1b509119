/**
 * Per-CPU page lists: orders 0 to 3 and the huge page order, by migratetype. Follows mm/page_alloc.c, 6.1: rmqueue_pcplist,
 * rmqueue_bulk, free_unref_page_commit, nr_pcp_free, nr_pcp_high, free_pcppages_bulk.
 */

import { PCP_BATCH_SCALE_MAX } from '../../../profiles/commonConstants';
import { raisedBelow } from '../../lib/kernel_fault';
import { MIGRATE_MOVABLE, MIGRATE_PCPTYPES } from '../migratetype';
import { modZoneFreePages } from '../vmstat';
import type { Zone } from '../zone';
import { PAGE_ALLOC_COSTLY_ORDER, ZONE_RECLAIM_ACTIVE } from '../zone';
import type { ZonePerCpu } from '../zone_percpu';
import { NR_PCP_LISTS } from '../zone_percpu';
import type { Frames } from './alloc_frames';
import type { Buddy } from './buddy';
import type { FallbackOptions } from './fallback';
import { rmqueueFallback } from './fallback';
import type { PageChecks } from './page_check';

const LOW_ORDER_LISTS = MIGRATE_PCPTYPES * (PAGE_ALLOC_COSTLY_ORDER + 1);

/** Takes blocks from and puts blocks on the lists of a CPU, and moves batches between them and the buddy lists. */
export interface PcpLists {
  /** pcp_allowed_order */
  allows(order: number): boolean;
  /** order_to_pindex: the list of a migratetype's blocks of an order */
  orderToPindex(migratetype: number, order: number): number;
  /** pindex_to_order */
  pindexToOrder(pindex: number): number;
  /** __rmqueue: a block off the buddy lists, falling back to other migratetypes. −1 if there is none. */
  rmqueue(zone: Zone, order: number, migratetype: number, flags: number): number;
  /** rmqueue_pcplist: a block off this CPU's list, which is refilled when empty. −1 if the zone has none. */
  take(zone: Zone, pcp: ZonePerCpu, order: number, migratetype: number, flags: number): number;
  /** __rmqueue_pcplist: the same for one of several, which says nothing about how frees and allocations alternate. */
  takeNext(zone: Zone, pcp: ZonePerCpu, order: number, migratetype: number, flags: number): number;
  /**
   * free_unref_page_commit: puts a prepared block on this CPU's list; a full list gives back a batch. `page` is pages.word(pfn);
   * `migratetype` has been stored with the page; `frames` are those of the caller.
   */
  put(zone: Zone, pcp: ZonePerCpu, pfn: number, page: number, order: number, migratetype: number, frames: Frames): void;
  /**
   * free_pcppages_bulk: gives `count` pages of a CPU back to the buddy lists, beginning with the list `pindex`, oldest first. `frames` are
   * those of the caller.
   */
  drain(zone: Zone, pcp: ZonePerCpu, count: number, pindex: number, frames: Frames): void;
}

/** The per-CPU lists of a machine: functions over variables that are fixed at boot, which the compiler needs no object to read. */
export function pcpLists(buddy: Buddy, checks: PageChecks, options: FallbackOptions): PcpLists {
  const pageblockOrder = buddy.blocks.order;
  const { mem, lists, pages } = buddy;

  function allows(order: number): boolean {
    return order <= PAGE_ALLOC_COSTLY_ORDER || order === pageblockOrder;
  }
  function orderToPindex(migratetype: number, order: number): number {
    if (order > PAGE_ALLOC_COSTLY_ORDER) return LOW_ORDER_LISTS + (migratetype === MIGRATE_MOVABLE ? 1 : 0);
    return MIGRATE_PCPTYPES * order + migratetype;
  }
  function pindexToOrder(pindex: number): number {
    return pindex >= LOW_ORDER_LISTS ? pageblockOrder : (pindex / MIGRATE_PCPTYPES) | 0;
  }

  function rmqueue(zone: Zone, order: number, migratetype: number, flags: number): number {
    for (;;) {
      const pfn = buddy.rmqueueSmallest(zone, order, migratetype);
      if (pfn >= 0) return pfn;
      if (!rmqueueFallback(buddy, options, zone, order, migratetype, flags)) return -1;
    }
  }

  function take(zone: Zone, pcp: ZonePerCpu, order: number, migratetype: number, flags: number): number {
    const factor = pcp.freeFactor;
    if (factor !== 0) pcp.freeFactor = factor >> 1;
    return takeNext(zone, pcp, order, migratetype, flags);
  }
  function takeNext(zone: Zone, pcp: ZonePerCpu, order: number, migratetype: number, flags: number): number {
    const words = Math.imul(orderToPindex(migratetype, order), pcp.listWords);
    const head = (pcp.listsWord + words) | 0;
    const lo = (pcp.listsLo + (words << 2)) | 0;
    const hi = pcp.listsHi;
    for (;;) {
      let pfn = lists.first(head, lo, hi);
      if (pfn < 0) {
        refill(zone, pcp, order, head, lo, hi, migratetype, flags);
        pfn = lists.first(head, lo, hi);
        if (pfn < 0) return -1;
      }
      lists.del(pfn, pages.word(pfn), head, lo, hi);
      mem.set(pcp.countWord, ((mem.words[pcp.countWord] as number) - (1 << order)) | 0);
      if (!checks.checkNewPcp(pfn, order, flags)) return pfn;
    }
  }

  /** rmqueue_bulk: moves a batch of blocks from the buddy lists to the tail of a CPU's list, under zone->lock. Damaged ones are lost. */
  function refill(
    zone: Zone,
    pcp: ZonePerCpu,
    order: number,
    head: number,
    lo: number,
    hi: number,
    migratetype: number,
    flags: number,
  ): void {
    try {
      moveBatch(zone, pcp, order, head, lo, hi, migratetype, flags);
    } catch (error) {
      throw raisedBelow(error, ['rmqueue_bulk'], 1, true);
    }
  }
  function moveBatch(
    zone: Zone,
    pcp: ZonePerCpu,
    order: number,
    head: number,
    lo: number,
    hi: number,
    migratetype: number,
    flags: number,
  ): void {
    const t = options.tracing;
    const { batch } = pcp;
    const wanted = batch > 1 ? Math.max(batch >> order, 2) : batch;
    if (t.on) t.enter('rmqueue_bulk', order, wanted, migratetype);
    let taken = 0;
    let good = 0;
    for (; taken < wanted; taken++) {
      const pfn = rmqueue(zone, order, migratetype, flags);
      if (pfn < 0) break;
      if (t.on) t.event('mm_page_alloc_zone_locked', pfn, order, migratetype);
      if (checks.checkPcpRefill(pfn, order, flags)) continue;
      lists.addTail(pfn, pages.word(pfn), head, lo, hi);
      good++;
    }
    if (taken > 0) modZoneFreePages(mem, zone, pcp, -(taken << order), buddy.globalFree);
    if (t.on) t.leave('rmqueue_bulk', good);
    if (good > 0) pcp.count += good << order;
  }

  function put(
    zone: Zone,
    pcp: ZonePerCpu,
    pfn: number,
    page: number,
    order: number,
    migratetype: number,
    frames: Frames,
  ): void {
    const pindex = orderToPindex(migratetype, order);
    const words = Math.imul(pindex, pcp.listWords);
    lists.addHead(pfn, page, (pcp.listsWord + words) | 0, (pcp.listsLo + (words << 2)) | 0, pcp.listsHi);
    const count = ((mem.words[pcp.countWord] as number) + (1 << order)) | 0;
    mem.set(pcp.countWord, count);
    // free_high: blocks of order 1 to 3 freed in a row go back at once
    const freeHigh = order > 0 && order <= PAGE_ALLOC_COSTLY_ORDER && pcp.freeFactor !== 0;
    if (freeHigh) drain(zone, pcp, count, pindex, frames);
    else if (count >= pcp.high || zone.flag(ZONE_RECLAIM_ACTIVE)) giveBack(zone, pcp, count, pindex, frames);
  }
  /** The list is full, or it may not grow as long as usual. */
  function giveBack(zone: Zone, pcp: ZonePerCpu, count: number, pindex: number, frames: Frames): void {
    if (count >= nrPcpHigh(zone, pcp)) drain(zone, pcp, nrPcpFree(zone, pcp), pindex, frames);
  }
  /** nr_pcp_high: less while reclaim is at work */
  function nrPcpHigh(zone: Zone, pcp: ZonePerCpu): number {
    const { high } = pcp;
    return high !== 0 && zone.flag(ZONE_RECLAIM_ACTIVE) ? Math.min(pcp.batch << 2, high) : high;
  }
  /** nr_pcp_free: how many pages to give back; doubles while frees continue */
  function nrPcpFree(zone: Zone, pcp: ZonePerCpu): number {
    const high = nrPcpHigh(zone, pcp);
    const { batch, freeFactor } = pcp;
    if (high < batch) return 1;
    const most = high - batch;
    const wanted = batch << freeFactor;
    if (wanted < most && freeFactor < PCP_BATCH_SCALE_MAX) pcp.freeFactor = freeFactor + 1;
    return Math.max(batch, Math.min(wanted, most));
  }

  function drain(zone: Zone, pcp: ZonePerCpu, count: number, pindex: number, frames: Frames): void {
    try {
      giveBlocks(zone, pcp, count, pindex, frames);
    } catch (error) {
      throw raisedBelow(error, ['free_pcppages_bulk'], 1, true);
    }
  }
  function giveBlocks(zone: Zone, pcp: ZonePerCpu, count: number, pindex: number, frames: Frames): void {
    const t = options.tracing;
    let left = Math.min(pcp.count, count);
    let lowest = 0;
    let highest = NR_PCP_LISTS - 1;
    if (t.on) t.enter('free_pcppages_bulk', left, pindex);
    pindex--;
    const hi = pcp.listsHi;
    while (left > 0 && lowest <= highest) {
      let head = 0;
      let lo = 0;
      for (;;) {
        if (++pindex > highest) pindex = lowest;
        const words = Math.imul(pindex, pcp.listWords);
        head = (pcp.listsWord + words) | 0;
        lo = (pcp.listsLo + (words << 2)) | 0;
        if (!lists.isEmpty(head, lo, hi)) break;
        if (pindex === highest) highest--;
        if (pindex === lowest) lowest++;
        if (lowest > highest) break;
      }
      if (lowest > highest) break;
      const order = pindexToOrder(pindex);
      do {
        const pfn = lists.last(head, lo, hi);
        const migratetype = pages.getIndex(pfn);
        lists.del(pfn, pages.word(pfn), head, lo, hi);
        left -= 1 << order;
        mem.set(pcp.countWord, ((mem.words[pcp.countWord] as number) - (1 << order)) | 0);
        if (checks.bulkfreePcpPrepare(pfn, frames)) continue;
        buddy.freeOnePage(zone, pcp, pfn, order, sane(migratetype));
        if (t.on) t.event('mm_page_pcpu_drain', pfn, order, migratetype);
      } while (left > 0 && !lists.isEmpty(head, lo, hi));
    }
    if (t.on) t.leave('free_pcppages_bulk', pcp.count);
  }
  /** The migratetype kept in a free page's index, unless it has been overwritten. */
  function sane(migratetype: number): number {
    return migratetype >= 0 && migratetype <= MIGRATE_PCPTYPES ? migratetype : MIGRATE_MOVABLE;
  }

  return { allows, orderToPindex, pindexToOrder, rmqueue, take, takeNext, put, drain };
}
