/**
 * Per-CPU page lists: orders 0 to 3 and the huge page order, by migratetype. Follows mm/page_alloc.c, 6.1: rmqueue_pcplist,
 * rmqueue_bulk, free_unref_page_commit, nr_pcp_free, nr_pcp_high, free_pcppages_bulk.
 */

import { MIGRATE_MOVABLE, MIGRATE_PCPTYPES } from '../migratetype';
import { modZoneFreePages } from '../vmstat';
import type { Zone } from '../zone';
import { PAGE_ALLOC_COSTLY_ORDER, ZONE_RECLAIM_ACTIVE } from '../zone';
import type { Buddy } from './buddy';
import type { FallbackOptions } from './fallback';
import { rmqueueFallback } from './fallback';
import type { PageChecks } from './page_check';

const LOW_ORDER_LISTS = MIGRATE_PCPTYPES * (PAGE_ALLOC_COSTLY_ORDER + 1);

export class PcpLists {
  private readonly pageblockOrder: number;

  constructor(
    private readonly buddy: Buddy,
    private readonly checks: PageChecks,
    private readonly options: FallbackOptions,
  ) {
    this.pageblockOrder = buddy.blocks.order;
  }

  /** pcp_allowed_order */
  allows(order: number): boolean {
    return order <= PAGE_ALLOC_COSTLY_ORDER || order === this.pageblockOrder;
  }
  /** order_to_pindex: the list of an order and migratetype */
  pindex(migratetype: number, order: number): number {
    if (order > PAGE_ALLOC_COSTLY_ORDER) return LOW_ORDER_LISTS + (migratetype === MIGRATE_MOVABLE ? 1 : 0);
    return MIGRATE_PCPTYPES * order + migratetype;
  }
  /** pindex_to_order */
  orderOf(pindex: number): number {
    return pindex >= LOW_ORDER_LISTS ? this.pageblockOrder : (pindex / MIGRATE_PCPTYPES) | 0;
  }

  /** __rmqueue: a block off the buddy lists, falling back to other migratetypes. −1 if there is none. */
  rmqueue(zone: Zone, order: number, migratetype: number, flags: number): number {
    for (;;) {
      const pfn = this.buddy.rmqueueSmallest(zone, order, migratetype);
      if (pfn >= 0) return pfn;
      if (!rmqueueFallback(this.buddy, this.options, zone, order, migratetype, flags)) return -1;
    }
  }

  /** rmqueue_pcplist: a block off this CPU's list, which is refilled when empty. −1 if the zone has none. */
  take(zone: Zone, order: number, migratetype: number, flags: number, cpu: number): number {
    const mem = this.buddy.mem;
    const pcp = zone.pcpWord[cpu] as number;
    const factor = zone.freeFactor(cpu);
    if (factor !== 0) zone.setFreeFactor(cpu, factor >> 1);
    const pindex = this.pindex(migratetype, order);
    const bytes = pindex * zone.long * 8;
    const head = pcp + zone.pcpLists + (bytes >> 2);
    const lo = ((zone.pcpListLo[cpu] as number) + bytes) | 0;
    const hi = zone.pcpListHi[cpu] as number;
    const count = pcp + zone.pcpCount;
    let pfn = this.buddy.first(head, lo, hi);
    if (pfn < 0) {
      let batch = mem.words[pcp + zone.pcpBatch] as number;
      if (batch > 1) batch = Math.max(batch >> order, 2);
      const got = this.refill(zone, order, batch, head, lo, hi, migratetype, flags, cpu);
      if (got > 0) mem.set(count, (mem.words[count] as number) + (got << order));
      pfn = this.buddy.first(head, lo, hi);
      if (pfn < 0) return -1;
    }
    this.buddy.del(pfn, head, lo, hi);
    mem.set(count, (mem.words[count] as number) - (1 << order));
    return pfn;
  }

  /** rmqueue_bulk: moves up to `count` blocks from the buddy lists to a list's tail; returns how many. Damaged ones are lost. */
  private refill(
    zone: Zone,
    order: number,
    count: number,
    head: number,
    lo: number,
    hi: number,
    migratetype: number,
    flags: number,
    cpu: number,
  ): number {
    const t = this.options.tracing;
    if (t.on) t.enter('rmqueue_bulk', order, count, migratetype);
    let taken = 0;
    let good = 0;
    for (; taken < count; taken++) {
      const pfn = this.rmqueue(zone, order, migratetype, flags);
      if (pfn < 0) break;
      if (t.on) t.event('mm_page_alloc_zone_locked', pfn, order, migratetype);
      if (this.checks.checkNew(pfn, order)) continue;
      this.buddy.addTail(pfn, head, lo, hi);
      good++;
    }
    if (taken > 0) modZoneFreePages(this.buddy.mem, zone, cpu, -(taken << order), this.buddy.globalFree);
    if (t.on) t.leave('rmqueue_bulk', good);
    return good;
  }

  /**
   * free_unref_page_commit: puts a prepared block on this CPU's list; a full list gives back a batch.
   * `migratetype` has been stored with the page.
   */
  put(zone: Zone, pfn: number, order: number, migratetype: number, cpu: number): void {
    const mem = this.buddy.mem;
    const pcp = zone.pcpWord[cpu] as number;
    const pindex = this.pindex(migratetype, order);
    const bytes = pindex * zone.long * 8;
    const head = pcp + zone.pcpLists + (bytes >> 2);
    this.buddy.addHead(pfn, head, ((zone.pcpListLo[cpu] as number) + bytes) | 0, zone.pcpListHi[cpu] as number);
    const count = (mem.words[pcp + zone.pcpCount] as number) + (1 << order);
    mem.set(pcp + zone.pcpCount, count);
    const factor = zone.freeFactor(cpu);
    // free_high: blocks of order 1 to 3 freed in a row go back at once
    const freeHigh = factor !== 0 && order > 0 && order <= PAGE_ALLOC_COSTLY_ORDER;
    const limit = mem.words[pcp + zone.pcpHigh] as number;
    const batch = mem.words[pcp + zone.pcpBatch] as number;
    let high = freeHigh ? 0 : limit;
    if (high !== 0 && zone.flag(ZONE_RECLAIM_ACTIVE)) high = Math.min(batch << 2, limit);
    if (count < high) return;
    this.drain(zone, cpu, this.nrToFree(zone, cpu, count, high, batch, factor, freeHigh), pindex);
  }
  /** nr_pcp_free: how many pages to give back; doubles while frees go on */
  private nrToFree(
    zone: Zone,
    cpu: number,
    count: number,
    high: number,
    batch: number,
    factor: number,
    freeHigh: boolean,
  ): number {
    if (freeHigh) return count;
    if (high < batch) return 1;
    const most = high - batch;
    const wanted = batch << factor;
    if (wanted < most) zone.setFreeFactor(cpu, factor + 1);
    return Math.max(batch, Math.min(wanted, most));
  }

  /** free_pcppages_bulk: gives `count` pages of a CPU back to the buddy lists, beginning with the list `pindex`, oldest first. */
  drain(zone: Zone, cpu: number, count: number, pindex: number): void {
    const { buddy, checks } = this;
    const mem = buddy.mem;
    const t = this.options.tracing;
    const pcp = zone.pcpWord[cpu] as number;
    const counter = pcp + zone.pcpCount;
    let left = Math.min(mem.words[counter] as number, count);
    let lowest = 0;
    let highest = zone.pcpNrLists - 1;
    if (t.on) t.enter('free_pcppages_bulk', left, pindex);
    pindex--;
    while (left > 0 && lowest <= highest) {
      let head = 0;
      let lo = 0;
      const hi = zone.pcpListHi[cpu] as number;
      for (;;) {
        if (++pindex > highest) pindex = lowest;
        const bytes = pindex * zone.long * 8;
        head = pcp + zone.pcpLists + (bytes >> 2);
        lo = ((zone.pcpListLo[cpu] as number) + bytes) | 0;
        if (!buddy.isEmpty(head, lo, hi)) break;
        if (pindex === highest) highest--;
        if (pindex === lowest) lowest++;
        if (lowest > highest) break;
      }
      if (lowest > highest) break;
      const order = this.orderOf(pindex);
      do {
        const pfn = buddy.last(head, lo, hi);
        const migratetype = buddy.pages.getIndex(pfn);
        buddy.del(pfn, head, lo, hi);
        left -= 1 << order;
        mem.set(counter, (mem.words[counter] as number) - (1 << order));
        if (checks.checkFree(pfn)) continue;
        buddy.freeOnePage(zone, pfn, order, this.sane(migratetype), cpu);
        if (t.on) t.event('mm_page_pcpu_drain', pfn, order, migratetype);
      } while (left > 0 && !buddy.isEmpty(head, lo, hi));
    }
    if (t.on) t.leave('free_pcppages_bulk', mem.words[counter] as number);
  }
  /** The migratetype kept in a free page's index, where nobody wrote over it. */
  private sane(migratetype: number): number {
    return migratetype >= 0 && migratetype <= MIGRATE_PCPTYPES ? migratetype : MIGRATE_MOVABLE;
  }
}
