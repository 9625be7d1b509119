/**
 * One attempt at a request. Follows mm/page_alloc.c, 6.1: get_page_from_freelist, rmqueue, rmqueue_buddy, prep_new_page;
 * the part of __alloc_pages_bulk that takes pages.
 */
import type { Memory } from '../../../memory/memory';
import { raisedBelow } from '../../lib/kernel_fault';
import type { Tracing } from '../../printk/tracing';
import type { CompoundPages } from '../compound';
import type { GfpMasks } from '../gfp';
import { MIGRATE_HIGHATOMIC } from '../migratetype';
import type { PageTable } from '../page';
import { modZoneFreePages, zoneFreePages, zoneStatistics } from '../vmstat';
import type { Zone } from '../zone';
import { WMARK_LOW, ZONE_BOOSTED_WATERMARK } from '../zone';
import type { ZonePerCpu } from '../zone_percpu';
import type { AllocContext } from './alloc_context';
import {
  ALLOC_HIGHATOMIC,
  ALLOC_KSWAPD,
  ALLOC_NO_WATERMARKS,
  ALLOC_NOFRAGMENT,
  ALLOC_NON_BLOCK,
  ALLOC_OOM,
  ALLOC_WMARK_MASK,
} from './alloc_flags';
import { takingFrames } from './alloc_frames';
import type { AllocReports } from './alloc_report';
import type { Buddy } from './buddy';
import type { Caller } from './caller';
import type { FallbackOptions } from './fallback';
import { reserveHighatomicPageblock } from './highatomic';
import type { Kswapd } from './kswapd';
import type { PageChecks, PageSanitizer } from './page_check';
import type { PcpLists } from './pcp';
import { zoneWatermarkFast, zoneWatermarkOk } from './watermark';

interface TakingParts {
  readonly mem: Memory;
  readonly pages: PageTable;
  readonly gfp: GfpMasks;
  readonly buddy: Buddy;
  readonly pcp: PcpLists;
  readonly checks: PageChecks;
  readonly compound: CompoundPages;
  readonly fallback: FallbackOptions;
  readonly reports: AllocReports;
  readonly kswapd: Kswapd;
  readonly caller: Caller;
  readonly tracing: Tracing;
  /** node by CPU */
  readonly nodeOfCpu: Int32Array;
  /** every page is zeroed when it is handed out */
  readonly initOnAlloc: boolean;
  readonly kasan: PageSanitizer | undefined;
}

export interface PageTaking {
  /** get_page_from_freelist: from the first zone of the list whose watermark allows it; the first pfn, or −1. */
  getPageFromFreelist(gfp: number, order: number, flags: number, ac: AllocContext): number;
  /**
   * The inner part of __alloc_pages_bulk: single pages into the free slots below `end`, from the first zone that can give all of them at
   * once; the number of the slot behind the last that holds a page then, or −1 where no zone can or its lists are empty.
   */
  takeBulk(gfp: number, ac: AllocContext, slots: PageSlots, start: number, end: number): number;
}
/** The page_array of a bulk allocation. */
export interface PageSlots {
  taken(index: number): boolean;
  put(index: number, pfn: number): void;
}

/** The functions that take pages of a machine, over variables that are fixed at boot. */
export function pageTaking(parts: TakingParts): PageTaking {
  const { mem, pages, gfp: masks, buddy, pcp: pcpLists, checks, compound, fallback, reports, kswapd } = parts;
  const { caller, tracing, nodeOfCpu, initOnAlloc, kasan } = parts;
  const zeroOrComp = masks.zero | masks.comp;
  const alwaysPrepares = initOnAlloc || kasan !== undefined;

  function getPageFromFreelist(gfp: number, order: number, flags: number, ac: AllocContext): number {
    const { preferredZone, zonelist } = ac;
    if (preferredZone === undefined) return -1;
    for (;;) {
      for (let i = 0; i < zonelist.length; i++) {
        const zone = zonelist[i] as Zone;
        // rather fragment local memory than go to another node
        if (flags & ALLOC_NOFRAGMENT && zone.node !== preferredZone.node) break;
        if (!(flags & ALLOC_NO_WATERMARKS)) {
          const ok = zoneWatermarkFast(buddy, zone, order, ac.highestZoneidx, flags, gfp & masks.atomic);
          if (tracing.calls) traceWatermark(zone, ac.highestZoneidx, flags, ok);
          if (!ok) continue;
        }
        const pfn = rmqueue(preferredZone, zone, order, gfp, flags, ac.migratetype);
        if (pfn < 0) continue;
        prepNewPage(pfn, order, gfp, flags);
        if (flags & ALLOC_HIGHATOMIC) reserveHighatomicPageblock(buddy, fallback, zone, pfn);
        return pfn;
      }
      if (!(flags & ALLOC_NOFRAGMENT)) return -1;
      flags &= ~ALLOC_NOFRAGMENT;
    }
  }
  function traceWatermark(zone: Zone, highest: number, flags: number, ok: boolean): void {
    const mark = zone.wmarkPages(flags & ALLOC_WMARK_MASK);
    const free = zoneFreePages(mem, zone);
    const reserve = zone.lowmemReserve(highest);
    tracing.decision('watermark', zone.node, zone.name, free, mark, reserve, flags, ok ? 1 : 0);
  }

  /** rmqueue: a block of a zone whose watermark allows it; −1 if its lists have none that fits. */
  function rmqueue(
    preferred: Zone,
    zone: Zone,
    order: number,
    gfp: number,
    flags: number,
    migratetype: number,
  ): number {
    if (order > 1 && gfp & masks.nofail) nofailOrder(order);
    const cpu = caller.cpu();
    const pcp = zone.onCpu(cpu);
    let pfn = -1;
    if (pcpLists.allows(order)) pfn = rmqueuePcplist(zone, pcp, order, flags, migratetype);
    if (pfn < 0) pfn = rmqueueBuddy(zone, pcp, order, flags, migratetype);
    if (pfn >= 0) zoneStatistics(mem, preferred, zone, cpu, nodeOfCpu[cpu] as number);
    if (flags & ALLOC_KSWAPD && zone.flag(ZONE_BOOSTED_WATERMARK)) boosted(zone);
    return pfn;
  }
  function nofailOrder(order: number): void {
    const why = `__GFP_NOFAIL with order ${order}: the kernel promises that only up to order 1`;
    reports.warnOnce('rmqueue_nofail', 0, why);
  }
  /** The zone's watermarks are raised for a while: kswapd may bring them down. */
  function boosted(zone: Zone): void {
    zone.setFlag(ZONE_BOOSTED_WATERMARK, false);
    kswapd.wakeup(zone, 0, 0, zone.idx);
  }
  /** rmqueue_pcplist, under pcp->lock and pinned to the CPU */
  function rmqueuePcplist(zone: Zone, pcp: ZonePerCpu, order: number, flags: number, migratetype: number): number {
    try {
      return pcpLists.take(zone, pcp, order, migratetype, flags);
    } catch (error) {
      throw raisedBelow(error, takingFrames(flags), 2, false);
    }
  }
  /** rmqueue_buddy: past the per-CPU lists, under zone->lock. */
  function rmqueueBuddy(zone: Zone, pcp: ZonePerCpu, order: number, flags: number, migratetype: number): number {
    try {
      return takeBlock(zone, pcp, order, flags, migratetype);
    } catch (error) {
      throw raisedBelow(error, takingFrames(flags), 1, true);
    }
  }
  function takeBlock(zone: Zone, pcp: ZonePerCpu, order: number, flags: number, migratetype: number): number {
    for (;;) {
      let pfn = -1;
      if (flags & ALLOC_HIGHATOMIC) pfn = buddy.rmqueueSmallest(zone, order, MIGRATE_HIGHATOMIC);
      if (pfn < 0) {
        pfn = pcpLists.rmqueue(zone, order, migratetype, flags);
        if (pfn < 0 && flags & (ALLOC_OOM | ALLOC_NON_BLOCK)) {
          pfn = buddy.rmqueueSmallest(zone, order, MIGRATE_HIGHATOMIC);
        }
        if (pfn < 0) return -1;
      }
      modZoneFreePages(mem, zone, pcp, -(1 << order), buddy.globalFree);
      if (tracing.calls) tracing.event('mm_page_alloc_zone_locked', pfn, order, pages.getIndex(pfn));
      if (!checks.checkNew(pfn, order, flags)) return pfn;
    }
  }
  /** prep_new_page: one reference, no private; zeroed and compound where asked for. */
  function prepNewPage(pfn: number, order: number, gfp: number, flags: number): void {
    const page = pages.word(pfn);
    mem.setChanged((page + pages.private) | 0, 0);
    mem.setChanged((page + pages.privateHigh) | 0, 0);
    if (gfp & zeroOrComp || alwaysPrepares) prepareContent(pfn, order, gfp);
    // page_is_pfmemalloc is bit 1 of lru.next
    const pfmemalloc = flags & ALLOC_NO_WATERMARKS ? 2 : 0;
    const refcount = (page + pages.refcount) | 0;
    const lru = (page + pages.lru) | 0;
    if (pages.longWords === 2) mem.setThree(refcount, 1, lru, pfmemalloc, (lru + 1) | 0, 0);
    else mem.setTwo(refcount, 1, lru, pfmemalloc);
  }
  /** The part of post_alloc_hook and prep_new_page that only some requests and machines need. */
  function prepareContent(pfn: number, order: number, gfp: number): void {
    kasan?.unpoisonPages(pfn, order);
    if (gfp & masks.zero || initOnAlloc) mem.clearFrames(pfn, 1 << order);
    if (order > 0 && gfp & masks.comp) compound.prepare(pfn, order);
  }

  function takeBulk(gfp: number, ac: AllocContext, slots: PageSlots, start: number, end: number): number {
    const { preferredZone, zonelist } = ac;
    if (preferredZone === undefined) return -1;
    const zone = zonelist.find((z) => z.node !== preferredZone.node || canGive(z, end, preferredZone.idx));
    // not from another node: a single page rather, by all the rules
    if (!zone || zone.node !== preferredZone.node) return -1;
    const cpu = caller.cpu();
    const pcp = zone.onCpu(cpu);
    let at = start;
    let taken = 0;
    for (; at < end; at++) {
      if (slots.taken(at)) continue;
      const pfn = pcpLists.takeNext(zone, pcp, 0, ac.migratetype, WMARK_LOW);
      if (pfn < 0) break;
      prepNewPage(pfn, 0, gfp, 0);
      // ftrace has no event for these
      if (tracing.on) tracing.decision('alloc_pages_bulk', pfn);
      slots.put(at, pfn);
      taken++;
      zoneStatistics(mem, preferredZone, zone, cpu, nodeOfCpu[cpu] as number);
    }
    return taken === 0 && at < end ? -1 : at;
  }
  /** Whether a zone stays above its low watermark without so many pages. */
  function canGive(zone: Zone, count: number, highest: number): boolean {
    const mark = zone.wmarkPages(WMARK_LOW) + count;
    return zoneWatermarkOk(buddy, zone, 0, mark, highest, WMARK_LOW, zoneFreePages(mem, zone));
  }
  return { getPageFromFreelist, takeBulk };
}
