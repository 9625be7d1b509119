/**
 * The path taken when the fast path found nothing: kswapd is woken, watermarks come down to min and below, and in the end the request
 * fails. Follows mm/page_alloc.c, 6.1: __alloc_pages_slowpath, __gfp_pfmemalloc_flags, warn_alloc. Direct reclaim, compaction and the OOM
 * killer are not emulated yet: requests that could use them fail as with __GFP_NORETRY.
 */

import type { Tracing } from '../../printk/tracing';
import type { GfpMasks } from '../gfp';
import type { Zone } from '../zone';
import type { AllocContext } from './alloc_context';
import { ALLOC_KSWAPD, ALLOC_MIN_RESERVE, ALLOC_NO_WATERMARKS, gfpToAllocFlags } from './alloc_flags';
import type { AllocReports } from './alloc_report';
import type { Caller } from './caller';
import { PF_MEMALLOC } from './caller';

/** What the slow path needs from the allocator. */
export interface SlowpathAllocator {
  readonly gfp: GfpMasks;
  readonly caller: Caller;
  readonly reports: AllocReports;
  readonly tracing: Tracing;
  /** get_page_from_freelist: the first pfn, or −1 */
  getPageFromFreelist(gfp: number, order: number, flags: number, ac: AllocContext): number;
  wakeKswapd(zone: Zone, order: number): void;
}

/** __gfp_pfmemalloc_flags: requests that free more than they take ignore watermarks. */
function pfmemallocFlags({ gfp: masks, caller }: SlowpathAllocator, gfp: number): number {
  if (gfp & masks.nomemalloc) return 0;
  if (gfp & masks.memalloc) return ALLOC_NO_WATERMARKS;
  const memalloc = (caller.taskFlags() & PF_MEMALLOC) !== 0;
  if (memalloc && (caller.inServingSoftirq() || !caller.inInterrupt())) return ALLOC_NO_WATERMARKS;
  return 0;
}

/** __alloc_pages_slowpath: the first pfn, or −1 after a report. */
export function allocPagesSlowpath(a: SlowpathAllocator, gfp: number, order: number, ac: AllocContext): number {
  const t = a.tracing;
  if (t.on) t.enter('__alloc_pages_slowpath', gfp, order);
  const pfn = attempts(a, gfp, order, ac);
  if (pfn < 0) a.reports.warnAlloc(gfp, order);
  if (t.on) t.leave('__alloc_pages_slowpath', pfn);
  return pfn;
}

function attempts(a: SlowpathAllocator, gfp: number, order: number, ac: AllocContext): number {
  const t = a.tracing;
  if (ac.preferredZone === undefined) return -1;
  let flags = gfpToAllocFlags(a.gfp, gfp, order, a.caller.rtTask());
  if (flags & ALLOC_KSWAPD) for (const zone of ac.zonelist) a.wakeKswapd(zone, order);
  let pfn = a.getPageFromFreelist(gfp, order, flags, ac);
  if (pfn >= 0) return pfn;

  const reserve = pfmemallocFlags(a, gfp);
  if (t.on) t.decision('reserves', flags, reserve);
  if (reserve) {
    flags = reserve | (flags & ALLOC_KSWAPD);
    pfn = a.getPageFromFreelist(gfp, order, flags, ac);
    if (pfn >= 0) return pfn;
  }
  const canReclaim = (gfp & a.gfp.directReclaim) !== 0;
  if (t.on) t.decision('direct_reclaim', canReclaim ? 1 : 0);
  if (!(gfp & a.gfp.nofail)) return -1;
  if (!canReclaim) {
    const why = '__GFP_NOFAIL without __GFP_DIRECT_RECLAIM: the request can fail all the same';
    a.reports.warnOnce('nofail_noreclaim', gfp, '__alloc_pages_slowpath', why);
    return -1;
  }
  // the kernel would retry forever: once more with half of min, as each of its rounds ends
  return a.getPageFromFreelist(gfp, order, flags | ALLOC_MIN_RESERVE, ac);
}
