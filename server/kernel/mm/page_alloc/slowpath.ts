/**
 * What happens when the fast path found nothing: kswapd is woken, watermarks come down to min and below, and in the end the request fails.
 * Follows mm/page_alloc.c, 6.1: __alloc_pages_slowpath, __gfp_pfmemalloc_flags, warn_alloc. Direct reclaim, compaction and the OOM killer
 * are not emulated yet: requests that could use them fail as with __GFP_NORETRY.
 */

import { allocFailureTitle } from '../page_report';
import { PF_MEMALLOC } from './alloc_context';
import { ALLOC_KSWAPD, ALLOC_MIN_RESERVE, ALLOC_NO_WATERMARKS, gfpToAllocFlags } from './alloc_flags';
import type { PageAllocator, Request } from './page_alloc';

/** __gfp_pfmemalloc_flags: requests that free more than they take ignore watermarks. */
function pfmemallocFlags(a: PageAllocator, gfp: number): number {
  if (gfp & a.gfp.nomemalloc) return 0;
  if (gfp & a.gfp.memalloc) return ALLOC_NO_WATERMARKS;
  const memalloc = (a.context.taskFlags() & PF_MEMALLOC) !== 0;
  if (a.context.inServingSoftirq() && memalloc) return ALLOC_NO_WATERMARKS;
  if (!a.context.inInterrupt() && memalloc) return ALLOC_NO_WATERMARKS;
  return 0;
}

/** __alloc_pages_slowpath: the first pfn, or −1 after a report. */
export function allocPagesSlowpath(a: PageAllocator, gfp: number, order: number, request: Request): number {
  const t = a.tracing;
  if (t.on) t.enter('__alloc_pages_slowpath', gfp, order);
  const pfn = attempts(a, gfp, order, request);
  if (pfn < 0) warnAlloc(a, gfp, order);
  if (t.on) t.leave('__alloc_pages_slowpath', pfn);
  return pfn;
}

function attempts(a: PageAllocator, gfp: number, order: number, request: Request): number {
  const t = a.tracing;
  if (request.preferred === undefined) return -1;
  let flags = gfpToAllocFlags(a.gfp, gfp, order, a.context.rtTask());
  if (flags & ALLOC_KSWAPD) for (const zone of request.zones) a.wakeKswapd(zone, order);
  let pfn = a.getPageFromFreelist(gfp, order, flags, request);
  if (pfn >= 0) return pfn;

  const reserve = pfmemallocFlags(a, gfp);
  if (t.on) t.decision('reserves', flags, reserve);
  if (reserve) {
    flags = reserve | (flags & ALLOC_KSWAPD);
    pfn = a.getPageFromFreelist(gfp, order, flags, request);
    if (pfn >= 0) return pfn;
  }
  const canReclaim = (gfp & a.gfp.directReclaim) !== 0;
  if (t.on) t.decision('direct_reclaim', canReclaim ? 1 : 0);
  if (gfp & a.gfp.nofail) {
    if (!canReclaim) {
      const place = `WARNING: CPU: ${a.context.cpu()} PID: ${a.context.pid()} at mm/page_alloc.c __alloc_pages_slowpath`;
      a.warnOnce('nofail_noreclaim', gfp, place, [
        '__GFP_NOFAIL without __GFP_DIRECT_RECLAIM: the request can fail all the same',
      ]);
      return -1;
    }
    // the kernel would go round for ever: once more with half of min, as each of its rounds ends
    pfn = a.getPageFromFreelist(gfp, order, flags | ALLOC_MIN_RESERVE, request);
    if (pfn >= 0) return pfn;
  }
  return -1;
}

/** At most one report in ten seconds (nopage_rs): 10 · HZ jiffies. */
const RATELIMIT_JIFFIES = 2500;

/** warn_alloc */
function warnAlloc(a: PageAllocator, gfp: number, order: number): void {
  if (gfp & a.gfp.nowarn || !a.log) return;
  // nopage_rs: jiffies of the last report, plus one so that 0 means never
  const word = a.staticWord('nopage_rs');
  const now = a.context.jiffies() | 0;
  const last = a.mem.words[word] as number;
  if (last !== 0 && now - (last - 1) < RATELIMIT_JIFFIES) return;
  a.mem.set(word, now + 1);
  const title = allocFailureTitle(a.context.comm(), order, gfp, a.gfp.names(gfp), a.nodes);
  a.log.report({ kind: 'fail', title, lines: [...a.context.dumpStack(), ...a.showMem()] });
}
