/**
 * The path taken when the fast path found nothing: kswapd is woken, watermarks come down to min and below, and in the end the request
 * fails. Follows mm/page_alloc.c, 6.1: __alloc_pages_slowpath, __gfp_pfmemalloc_flags, warn_alloc. Direct reclaim, compaction and the OOM
 * killer are not emulated yet: requests that could use them fail as with __GFP_NORETRY, and one that must not fail ends the run.
 */

import { MAX_RECLAIM_RETRIES } from '../../../profiles/commonConstants';
import { NotEmulated } from '../../lib/not_emulated';
import type { Tracing } from '../../printk/tracing';
import type { GfpMasks } from '../gfp';
import type { Zone } from '../zone';
import { NR_FREE_PAGES, PAGE_ALLOC_COSTLY_ORDER, WMARK_MIN } from '../zone';
import type { AllocContext } from './alloc_context';
import { ALLOC_CPUSET, ALLOC_KSWAPD, ALLOC_MIN_RESERVE, ALLOC_NO_WATERMARKS, gfpToAllocFlags } from './alloc_flags';
import { SLOWPATH_FRAMES } from './alloc_frames';
import type { AllocReports } from './alloc_report';
import type { Buddy } from './buddy';
import type { Caller } from './caller';
import { PF_MEMALLOC } from './caller';
import type { FallbackOptions } from './fallback';
import { unreserveHighatomicPageblock } from './highatomic';
import type { Kswapd } from './kswapd';
import { zoneWatermarkOk } from './watermark';

/** What the slow path needs from the allocator. */
export interface SlowpathAllocator {
  readonly gfp: GfpMasks;
  readonly buddy: Buddy;
  readonly fallback: FallbackOptions;
  readonly caller: Caller;
  readonly reports: AllocReports;
  readonly kswapd: Kswapd;
  readonly tracing: Tracing;
  /** get_page_from_freelist: the first pfn, or −1 */
  getPageFromFreelist(gfp: number, order: number, flags: number, ac: AllocContext): number;
}

/** __gfp_pfmemalloc_flags: requests that free more than they take ignore watermarks. */
export function pfmemallocFlags(
  { gfp: masks, caller }: Pick<SlowpathAllocator, 'gfp' | 'caller'>,
  gfp: number,
): number {
  if (gfp & masks.nomemalloc) return 0;
  if (gfp & masks.memalloc) return ALLOC_NO_WATERMARKS;
  const memalloc = (caller.taskFlags() & PF_MEMALLOC) !== 0;
  if (memalloc && (caller.inServingSoftirq() || !caller.inInterrupt())) return ALLOC_NO_WATERMARKS;
  return 0;
}

/**
 * __alloc_pages_slowpath: the first pfn, or −1 after a report. @throws NotEmulated for a request that must not fail, where only reclaim
 * could serve it
 */
export function allocPagesSlowpath(a: SlowpathAllocator, gfp: number, order: number, ac: AllocContext): number {
  const t = a.tracing;
  if (t.on) t.enter('__alloc_pages_slowpath', gfp, order);
  // access to the atomic reserves is for those who cannot wait
  const both = a.gfp.atomic | a.gfp.directReclaim;
  if ((gfp & both) === both) {
    const why =
      '__GFP_ATOMIC with __GFP_DIRECT_RECLAIM: the request can wait, so __GFP_ATOMIC is taken out of the mask';
    a.reports.warnOnce('slowpath_atomic', 0, why);
    gfp &= ~a.gfp.atomic;
  }
  let pfn = attempts(a, gfp, order, ac);
  if (pfn < 0 && gfp & a.gfp.nofail) pfn = mustNotFail(a, gfp, order, ac);
  if (pfn < 0) a.reports.warnAlloc(gfp, `page allocation failure: order:${order}`, SLOWPATH_FRAMES);
  if (t.on) t.leave('__alloc_pages_slowpath', pfn);
  return pfn;
}

/** From the start to `nopage`: the first pfn, or −1. */
function attempts(a: SlowpathAllocator, gfp: number, order: number, ac: AllocContext): number {
  const t = a.tracing;
  let flags = gfpToAllocFlags(a.gfp, gfp, order, a.caller.rtTask());
  if (ac.preferredZone === undefined) return -1;
  const wake = () => {
    if (flags & ALLOC_KSWAPD) a.kswapd.wakeAll(gfp, order, ac);
  };
  wake();
  let pfn = a.getPageFromFreelist(gfp, order, flags, ac);
  if (pfn >= 0) return pfn;

  // so that it does not fall asleep meanwhile
  wake();
  const reserve = pfmemallocFlags(a, gfp);
  if (t.on) t.decision('reserves', flags, reserve);
  if (reserve) flags = reserve | (flags & ALLOC_KSWAPD);
  if (t.on) t.decision('direct_reclaim', gfp & a.gfp.directReclaim ? 1 : 0);
  pfn = a.getPageFromFreelist(gfp, order, flags, ac);
  // direct reclaim and compaction come here, and make no progress
  for (let loops = 1; pfn < 0 && mayLoop(a, gfp, order) && shouldReclaimRetry(a, order, flags, ac, loops); loops++) {
    wake();
    pfn = a.getPageFromFreelist(gfp, order, flags, ac);
  }
  return pfn;
}
/** Whether a request that direct reclaim has not served may try again. */
function mayLoop(a: SlowpathAllocator, gfp: number, order: number): boolean {
  const { directReclaim, noretry, retryMayfail } = a.gfp;
  if (!(gfp & directReclaim) || gfp & noretry || a.caller.taskFlags() & PF_MEMALLOC) return false;
  return order <= PAGE_ALLOC_COSTLY_ORDER || (gfp & retryMayfail) !== 0;
}
/**
 * should_reclaim_retry, where nothing can be reclaimed: a try more while a zone's free pages, counted exactly, are enough; then the highatomic
 * reserve is given up, a pageblock at a time.
 */
function shouldReclaimRetry(
  a: SlowpathAllocator,
  order: number,
  flags: number,
  ac: AllocContext,
  loops: number,
): boolean {
  const enough = (zone: Zone) =>
    zoneWatermarkOk(
      a.buddy,
      zone,
      order,
      zone.wmarkPages(WMARK_MIN),
      ac.highestZoneidx,
      flags,
      zone.vmStatSnapshot(NR_FREE_PAGES),
    );
  if (loops <= MAX_RECLAIM_RETRIES && ac.zonelist.some(enough)) return true;
  return unreserveHighatomicPageblock(a.buddy, a.fallback, ac.zonelist, ac.migratetype, true);
}

/** What a request with __GFP_NOFAIL does at `nopage`: one that cannot reclaim fails all the same, others try again with half of min. */
function mustNotFail(a: SlowpathAllocator, gfp: number, order: number, ac: AllocContext): number {
  if (!(gfp & a.gfp.directReclaim)) {
    const why = '__GFP_NOFAIL without __GFP_DIRECT_RECLAIM: the request can fail all the same';
    a.reports.warnOnce('slowpath_nofail_noreclaim', gfp, why);
    return -1;
  }
  if (a.caller.taskFlags() & PF_MEMALLOC) {
    const why =
      '__GFP_NOFAIL under PF_MEMALLOC: the task may not reclaim, so it can only wait for others to free memory';
    a.reports.warnOnce('slowpath_nofail_memalloc', gfp, why);
  }
  if (order > PAGE_ALLOC_COSTLY_ORDER) {
    const why = `__GFP_NOFAIL with order ${order}: such large blocks may never be free`;
    a.reports.warnOnce('slowpath_nofail_costly', gfp, why);
  }
  const pfn = a.getPageFromFreelist(gfp, order, ALLOC_MIN_RESERVE | ALLOC_CPUSET, ac);
  if (pfn >= 0) return pfn;
  throw new NotEmulated(
    `kmem: a request of order ${order} with __GFP_NOFAIL (${a.gfp.names(gfp)}) finds no memory: the kernel would reclaim, or kill a task, and ` +
      'try again until it succeeds. kmem does not emulate reclaim and the OOM killer yet, so the run ends here',
  );
}
