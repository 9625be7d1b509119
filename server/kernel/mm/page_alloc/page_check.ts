/**
 * The allocator's checks of pages that it hands out or takes back. CONFIG_DEBUG_VM moves them: pages are checked when they go to a per-CPU
 * list and come from it, instead of when the list drains and is refilled; and tail pages are checked at all.
 * Follows mm/page_alloc.c, 6.1: page_expected_state, check_new_pages, free_page_is_bad, free_tail_pages_check, free_pages_prepare.
 */
import type { Memory } from '../../../memory/memory';
import type { PageTable } from '../page';
import { NO_MAPCOUNT } from '../page_flags';
import { type Frames, takingFrames } from './alloc_frames';

const NO_FRAMES: Frames = [];
const REFILL: Frames = ['rmqueue_bulk'];
const framesOf = (inner: string | undefined, frames: Frames): Frames =>
  inner === undefined ? frames : [inner, ...frames];

/** kasan/kasan.ts, as the allocator uses it. */
export interface PageSanitizer {
  poisonPages(pfn: number, order: number): void;
  unpoisonPages(pfn: number, order: number): void;
  /** where a page was last allocated and freed, as far as it is known: one line for each */
  history(pfn: number): readonly string[];
}

/** Checks pages on their way out and in; it reports what it finds, and the page is lost. */
export class PageChecks {
  // PAGE_FLAGS_CHECK_AT_FREE, PAGE_FLAGS_CHECK_AT_PREP, PG_head, PG_hwpoison
  private readonly checkAtFree: number;
  private readonly checkAtPrep: number;
  private readonly head: number;
  private readonly hwpoison: number;
  /** flags for which free_pcp_prepare has something to do, and whether it has for each page */
  readonly preparedFlags: number;
  readonly alwaysPrepares: boolean;

  constructor(
    private readonly mem: Memory,
    private readonly pages: PageTable,
    /** bad_page: reports, called through `frames`; the page is lost */
    private readonly bad: (pfn: number, reason: string, frames: Frames) => void,
    /** CONFIG_DEBUG_VM */
    readonly debugVm: boolean,
    /** the sanitizer that is told of free pages, if there is one */
    private readonly kasan: PageSanitizer | undefined,
  ) {
    const { checkAtFree, checkAtPrep, head, hwpoison } = pages.pageFlags;
    this.checkAtFree = checkAtFree;
    this.checkAtPrep = checkAtPrep;
    this.head = head;
    this.hwpoison = hwpoison;
    this.preparedFlags = checkAtPrep | hwpoison;
    this.alwaysPrepares = debugVm || kasan !== undefined;
  }

  /** page_expected_state: not mapped, no mapping, no reference, none of the flags, no memcg. */
  private expected(page: number, flags: number): boolean {
    const w = this.mem.words;
    const p = this.pages;
    let any =
      ((w[page + p.mapcount] as number) ^ NO_MAPCOUNT) |
      (w[page + p.refcount] as number) |
      (w[page + p.mapping] as number) |
      (w[page + p.memcg] as number) |
      ((w[page] as number) & flags);
    if (p.longWords === 2) any |= (w[page + p.mapping + 1] as number) | (w[page + p.memcg + 1] as number);
    return any === 0;
  }
  /** page_bad_reason: the kernel names the last one that applies. */
  private reason(page: number, flags: number): string {
    const w = this.mem.words;
    const p = this.pages;
    const long = (at: number) => (w[page + at] as number) | (p.longWords === 2 ? (w[page + at + 1] as number) : 0);
    if (long(p.memcg) !== 0) return 'page still charged to cgroup';
    if ((w[page] as number) & flags) {
      return flags === this.checkAtPrep
        ? 'PAGE_FLAGS_CHECK_AT_PREP flag(s) set'
        : 'PAGE_FLAGS_CHECK_AT_FREE flag(s) set';
    }
    if (w[page + p.refcount] !== 0) return 'nonzero _refcount';
    if (long(p.mapping) !== 0) return 'non-NULL mapping';
    return 'nonzero mapcount';
  }
  /** free_page_is_bad: true if the page may not go to the free lists. It is called by `inner`, if given, and `frames`. */
  private freePageIsBad(pfn: number, inner: string | undefined, frames: Frames): boolean {
    const page = this.pages.word(pfn);
    if (this.expected(page, this.checkAtFree)) return false;
    this.bad(pfn, this.reason(page, this.checkAtFree), framesOf(inner, frames));
    return true;
  }
  /** Index of the first page of a block, from `index` on, that is not as expected; −1 if all are. */
  private firstUnexpected(pfn: number, index: number, count: number, flags: number): number {
    const { pages } = this;
    // struct pages in one frame (or group of frames) of mem_map follow each other: one look-up for all of them
    for (let i = index; i < count; ) {
      const together = Math.min(count - i, pages.together(pfn + i));
      const at = this.unexpectedIn(pages.word(pfn + i), together, flags);
      if (at >= 0) return i + at;
      i += together;
    }
    return -1;
  }
  /** The same for `count` struct pages in a row, the first of them at word `page`. */
  private unexpectedIn(page: number, count: number, flags: number): number {
    const { words } = this.mem;
    const { mapcount, refcount, mapping, memcg, words: size } = this.pages;
    // the upper halves of longs; where there are none, the same word again
    const high = this.pages.longWords - 1;
    for (let i = 0; i < count; i++) {
      if (
        ~(words[(page + mapcount) | 0] as number) |
        (words[(page + refcount) | 0] as number) |
        (words[(page + mapping) | 0] as number) |
        (words[(page + mapping + high) | 0] as number) |
        (words[(page + memcg) | 0] as number) |
        (words[(page + memcg + high) | 0] as number) |
        ((words[page] as number) & flags)
      ) {
        return i;
      }
      page = (page + size) | 0;
    }
    return -1;
  }
  /** check_new_pages: true if one page of a block may not be handed out. `flags`: the attempt's ALLOC_…. */
  checkNew(pfn: number, order: number, flags: number): boolean {
    return this.checkBlock(pfn, order, flags, NO_FRAMES);
  }
  /** `inner`: the functions between check_new_pages and get_page_from_freelist */
  private checkBlock(pfn: number, order: number, flags: number, inner: Frames): boolean {
    const at = this.firstUnexpected(pfn, 0, 1 << order, this.checkAtPrep | this.hwpoison);
    if (at < 0) return false;
    const page = this.pages.word(pfn + at);
    // a page whose memory is broken is left out silently; only its type must not make a buddy of it
    if ((this.mem.words[page] as number) & this.hwpoison) this.pages.setMapcount(pfn + at, NO_MAPCOUNT);
    else this.bad(pfn + at, this.reason(page, this.checkAtPrep), ['check_new_pages', ...inner, ...takingFrames(flags)]);
    return true;
  }
  /** check_pcp_refill: the same for a block on its way to a per-CPU list. */
  checkPcpRefill(pfn: number, order: number, flags: number): boolean {
    return !this.debugVm && this.checkBlock(pfn, order, flags, REFILL);
  }
  /** check_new_pcp: the same for a block that comes from one. */
  checkNewPcp(pfn: number, order: number, flags: number): boolean {
    return this.debugVm && this.checkBlock(pfn, order, flags, NO_FRAMES);
  }
  /** bulkfree_pcp_prepare: true if a block that leaves a per-CPU list may not go to the free lists. `frames` call free_pcppages_bulk. */
  bulkfreePcpPrepare(pfn: number, frames: Frames): boolean {
    return !this.debugVm && this.freePageIsBad(pfn, 'free_pcppages_bulk', frames);
  }
  /** free_pcp_prepare: free_pages_prepare for a block that goes to a per-CPU list. */
  freePcpPrepare(pfn: number, order: number, frames: Frames): boolean {
    return this.prepareFree(pfn, order, this.debugVm, 'free_pcp_prepare', frames);
  }
  /** free_pages_prepare for a block that goes to the buddy lists. */
  freePagesPrepare(pfn: number, order: number, frames: Frames): boolean {
    return this.prepareFree(pfn, order, true, undefined, frames);
  }
  /**
   * free_pages_prepare: clears what a page in use may leave behind. False if the block may not be freed (it is reported and lost).
   * `check`: also the first page; `inner` and `frames`: the functions that call it.
   */
  private prepareFree(pfn: number, order: number, check: boolean, inner: string | undefined, frames: Frames): boolean {
    const { mem, pages } = this;
    const page = pages.word(pfn);
    // a page whose memory is broken goes nowhere
    if (order === 0 && (mem.words[page] as number) & this.hwpoison) return false;
    let bad = order > 0 ? this.prepareTails(pfn, order, inner, frames) : 0;
    // PageMappingFlags: an anonymous page leaves its mapping
    if ((mem.words[(page + pages.mapping) | 0] as number) & 3) this.clearLong(page + pages.mapping);
    if (check && this.freePageIsBad(pfn, inner, frames)) bad++;
    if (bad > 0) return false;
    this.clearFlags(page);
    this.clearLong(page + pages.private);
    this.kasan?.poisonPages(pfn, order);
    return true;
  }
  /** The pages of a block except the first; returns how many are bad. */
  private prepareTails(pfn: number, order: number, inner: string | undefined, frames: Frames): number {
    const { mem, pages } = this;
    const page = pages.word(pfn);
    const low = mem.words[page] as number;
    const tail = (mem.words[(page + pages.lru) | 0] as number) & 1;
    const compound = (low & this.head) !== 0 || tail !== 0;
    // the usual block: nothing to report, nothing to clear in its tails
    if (!compound && this.firstUnexpected(pfn, 1, 1 << order, this.checkAtPrep) < 0) return 0;
    let bad = 0;
    for (let i = 1; i < 1 << order; i++) {
      if (compound) bad += this.freeTail(pfn, pfn + i, i, inner, frames) ? 1 : 0;
      if (this.freePageIsBad(pfn + i, inner, frames)) bad++;
      else this.clearFlags(pages.word(pfn + i));
    }
    return bad;
  }
  /** free_tail_pages_check: undoes prep_compound_tail. True if the tail is not as that left it, which only CONFIG_DEBUG_VM looks at. */
  private freeTail(head: number, pfn: number, index: number, inner: string | undefined, frames: Frames): boolean {
    const { pages } = this;
    const page = pages.word(pfn);
    const reason = this.debugVm ? this.tailReason(head, page, index) : undefined;
    if (reason !== undefined) this.bad(pfn, reason, framesOf(inner, frames));
    this.clearLong(page + pages.mapping);
    this.clearLong(page + pages.lru);
    return reason !== undefined;
  }
  private tailReason(head: number, page: number, index: number): string | undefined {
    const { mem, pages } = this;
    const word = (at: number) => mem.words[page + at] as number;
    const high = (at: number) => (pages.longWords === 2 ? word(at + 1) : 0);
    const { tailMapping } = pages.poison;
    if (index === 1 && word(pages.layouts.offset('page', 'compound_mapcount') >> 2) !== NO_MAPCOUNT)
      return 'nonzero compound_mapcount';
    if (
      index > 2 &&
      (word(pages.mapping) !== tailMapping.low ||
        high(pages.mapping) !== (pages.longWords === 2 ? tailMapping.high : 0))
    )
      return 'corrupted mapping in tail page';
    if (!(word(pages.lru) & 1)) return 'PageTail not set';
    if (pages.pfnOfLru((word(pages.lru) - 1 + pages.lruOffset) | 0, high(pages.lru)) !== head)
      return 'compound_head not consistent';
    return undefined;
  }
  private clearFlags(page: number): void {
    this.mem.setChanged(page, (this.mem.words[page] as number) & ~this.checkAtPrep);
  }
  private clearLong(word: number): void {
    this.mem.setChanged(word, 0);
    if (this.pages.longWords === 2) this.mem.setChanged((word + 1) | 0, 0);
  }
}
