/**
 * Giving blocks back. Follows mm/page_alloc.c, 6.1: __free_pages, free_the_page, free_unref_page, __free_pages_ok.
 */
import type { Memory } from '../../../memory/memory';
import { PageFaultError } from '../../../memory/space';
import { raisedBelow } from '../../lib/kernel_fault';
import type { Tracing } from '../../printk/tracing';
import { MIGRATE_MOVABLE, MIGRATE_PCPTYPES } from '../migratetype';
import type { PageTable } from '../page';
import type { Pageblocks } from '../pageblock';
import type { Zone } from '../zone';
import { FREE_LAST, FREE_TAILS, type Frames, type FreeingFrames } from './alloc_frames';
import type { AllocReports } from './alloc_report';
import type { Buddy } from './buddy';
import type { Caller } from './caller';
import type { PageChecks } from './page_check';
import type { PcpLists } from './pcp';

interface FreeingParts {
  readonly mem: Memory;
  readonly pages: PageTable;
  readonly blocks: Pageblocks;
  readonly buddy: Buddy;
  readonly pcp: PcpLists;
  readonly checks: PageChecks;
  readonly reports: AllocReports;
  readonly caller: Caller;
  readonly tracing: Tracing;
  /** by PageTable.zoneKey */
  readonly zoneByKey: readonly (Zone | undefined)[];
}

/** A struct page was written over: its flags name a node without data, and the kernel looks for the zone's per-CPU lists there. */
export function noZone({ layouts }: PageTable): never {
  throw new PageFaultError(layouts.offset('zone', 'per_cpu_pageset'), false);
}

export interface PageFreeing {
  /**
   * __free_pages: drops one reference; frees the block if it was the last. The tails of a non-compound block that stays in use are freed.
   */
  freePages(pfn: number, order: number): void;
  /** put_page_testzero: drops one reference; whether it was the last. */
  putTestZero(pfn: number): boolean;
  /** free_the_page, for a block without references */
  freeUnreferenced(pfn: number, order: number): void;
}

/** The functions that free pages of a machine, over variables that are fixed at boot. `page` is pages.word(pfn). */
export function pageFreeing(parts: FreeingParts): PageFreeing {
  const { mem, pages, blocks, buddy, pcp, checks, reports, caller, tracing, zoneByKey } = parts;
  const headFlag = pages.pageFlags.head;
  const { preparedFlags, alwaysPrepares } = checks;
  const { mapping, private: privateLow, privateHigh } = pages;

  function freePages(pfn: number, order: number): void {
    const page = pages.word(pfn);
    const head = (mem.words[page] as number) & headFlag;
    const count = dropReference(pfn, page);
    if (count === 0) freeThePage(pfn, page, order, FREE_LAST);
    else if (head === 0) freeTails(pfn, order);
  }
  function freeTails(pfn: number, order: number): void {
    while (order-- > 0) freeThePage(pfn + (1 << order), pages.word(pfn + (1 << order)), order, FREE_TAILS);
  }
  /** What is left after one reference less. Only CONFIG_DEBUG_VM looks whether there was one to drop. */
  function dropReference(pfn: number, page: number): number {
    const refcount = (page + pages.refcount) | 0;
    const count = ((mem.words[refcount] as number) - 1) | 0;
    if (count === -1 && checks.debugVm)
      reports.vmBugOnPage(pfn, 'page_ref_count(page) == 0', {
        at: 'include/linux/mm.h',
        fn: '__free_pages',
      });
    mem.set(refcount, count);
    if (count < 0) reports.freedAgain(pfn);
    return count;
  }
  function putTestZero(pfn: number): boolean {
    return dropReference(pfn, pages.word(pfn)) === 0;
  }
  function freeUnreferenced(pfn: number, order: number): void {
    freeThePage(pfn, pages.word(pfn), order, FREE_LAST);
  }
  /** free_the_page: to this CPU's lists if they hold the order, else to the buddy lists. */
  function freeThePage(pfn: number, page: number, order: number, frames: FreeingFrames): void {
    if (tracing.on) traceFree(pfn, order);
    caller.pagesFreed(pfn, order);
    if (pcp.allows(order)) freeUnrefPage(pfn, page, order, frames.pcp);
    else freePagesOk(pfn, page, order, frames.buddy);
    if (tracing.calls) tracing.leave('free_the_page');
  }
  function traceFree(pfn: number, order: number): void {
    if (tracing.calls) tracing.enter('free_the_page', pfn, order);
    tracing.event('mm_page_free', pfn, order);
  }
  /** Whether free_pcp_prepare has something to do for a single page. */
  function needsPrepare(page: number): boolean {
    const { words } = mem;
    const traces =
      ((words[page] as number) & preparedFlags) |
      ((words[(page + mapping) | 0] as number) & 3) |
      (words[(page + privateLow) | 0] as number) |
      (words[(page + privateHigh) | 0] as number);
    return traces !== 0 || alwaysPrepares;
  }
  /** free_unref_page */
  function freeUnrefPage(pfn: number, page: number, order: number, frames: Frames): void {
    if ((order !== 0 || needsPrepare(page)) && !checks.freePcpPrepare(pfn, order, frames)) return;
    const migratetype = blocks.migratetype(pfn);
    pages.setIndex(page, migratetype);
    const zone = zoneByKey[pages.zoneKeyAt(page)] ?? noZone(pages);
    const list = migratetype < MIGRATE_PCPTYPES ? migratetype : MIGRATE_MOVABLE;
    try {
      pcp.put(zone, zone.onCpu(caller.cpu()), pfn, page, order, list, frames);
    } catch (error) {
      // under pcp->lock, and pinned to the CPU
      throw raisedBelow(error, frames, 2, false);
    }
  }
  /** __free_pages_ok */
  function freePagesOk(pfn: number, page: number, order: number, frames: Frames): void {
    if (!checks.freePagesPrepare(pfn, order, frames)) return;
    const zone = zoneByKey[pages.zoneKeyAt(page)] ?? noZone(pages);
    try {
      buddy.freeOnePage(zone, zone.onCpu(caller.cpu()), pfn, order, blocks.migratetype(pfn));
    } catch (error) {
      // under zone->lock
      throw raisedBelow(error, frames, 1, true);
    }
  }
  return { freePages, putTestZero, freeUnreferenced };
}
