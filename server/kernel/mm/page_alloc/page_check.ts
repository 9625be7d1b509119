/**
 * The allocator's checks of pages that it hands out or takes back, without CONFIG_DEBUG_VM.
 * Follows mm/page_alloc.c, 6.1: page_expected_state, check_new_pages, check_free_page, free_tail_pages_check, free_pages_prepare.
 */
import type { Memory } from '../../../memory/memory';
import type { PageTable } from '../page';
import { NO_MAPCOUNT } from '../page_flags';

/** Checks pages on their way out and in; it reports what it finds, and the page is lost. */
export class PageChecks {
  // PAGE_FLAGS_CHECK_AT_FREE, PAGE_FLAGS_CHECK_AT_PREP, PG_head
  private readonly checkAtFree: number;
  private readonly checkAtPrep: number;
  private readonly head: number;

  constructor(
    private readonly mem: Memory,
    private readonly pages: PageTable,
    /** bad_page: reports; the page is lost */
    private readonly bad: (pfn: number, reason: string) => void,
  ) {
    const { checkAtFree, checkAtPrep, head } = pages.pageFlags;
    this.checkAtFree = checkAtFree;
    this.checkAtPrep = checkAtPrep;
    this.head = head;
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
  /** check_free_page: true if the page may not go to the free lists. */
  checkFree(pfn: number): boolean {
    const page = this.pages.word(pfn);
    if (this.expected(page, this.checkAtFree)) return false;
    this.bad(pfn, this.reason(page, this.checkAtFree));
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
  /** check_new_pages: true if one page of a block may not be handed out. */
  checkNew(pfn: number, order: number): boolean {
    const at = this.firstUnexpected(pfn, 0, 1 << order, this.checkAtPrep);
    if (at < 0) return false;
    this.bad(pfn + at, this.reason(this.pages.word(pfn + at), this.checkAtPrep));
    return true;
  }
  /**
   * free_pages_prepare: clears what a page in use may leave behind. False if the block may not be freed (it is reported and lost).
   * `check`: also the first page (not for pages on their way to a pcp list: those are checked when the list drains).
   */
  prepareFree(pfn: number, order: number, check: boolean): boolean {
    const { mem, pages } = this;
    let bad = order > 0 ? this.prepareTails(pfn, order) : 0;
    const page = pages.word(pfn);
    // PageMappingFlags: an anonymous page leaves its mapping
    if ((mem.words[(page + pages.mapping) | 0] as number) & 3) this.clearLong(page + pages.mapping);
    if (check && this.checkFree(pfn)) bad++;
    if (bad > 0) return false;
    this.clearFlags(page);
    return true;
  }
  /** Whether free_pages_prepare has something to clear in a single page. `page`: its word. */
  leavesTraces(page: number): boolean {
    const { words } = this.mem;
    return (
      (((words[page] as number) & this.checkAtPrep) | ((words[(page + this.pages.mapping) | 0] as number) & 3)) !== 0
    );
  }
  /** The pages of a block except the first; returns how many are bad. */
  private prepareTails(pfn: number, order: number): number {
    const { mem, pages } = this;
    const page = pages.word(pfn);
    const low = mem.words[page] as number;
    const tail = (mem.words[(page + pages.lru) | 0] as number) & 1;
    const compound = (low & this.head) !== 0 || tail !== 0;
    // the usual block: nothing to report, nothing to clear in its tails
    if (!compound && this.firstUnexpected(pfn, 1, 1 << order, this.checkAtPrep) < 0) return 0;
    let bad = 0;
    for (let i = 1; i < 1 << order; i++) {
      if (compound) bad += this.checkTail(pfn, pfn + i, i) ? 1 : 0;
      if (this.checkFree(pfn + i)) bad++;
      else this.clearFlags(pages.word(pfn + i));
    }
    return bad;
  }
  /** free_tail_pages_check; undoes prep_compound_tail. */
  private checkTail(head: number, pfn: number, index: number): boolean {
    const { mem, pages } = this;
    const page = pages.word(pfn);
    let reason: string | undefined;
    if (index === 1) {
      const mapcount = page + (pages.layouts.offset('page', 'compound_mapcount') >> 2);
      if (mem.words[mapcount] !== NO_MAPCOUNT) reason = 'nonzero compound_mapcount';
    } else if (index > 2) {
      const low = mem.words[page + pages.mapping] as number;
      const { tailMapping } = pages.poison;
      const high = pages.longWords === 2 ? (mem.words[page + pages.mapping + 1] as number) : tailMapping.high;
      if (low !== tailMapping.low || high !== tailMapping.high) reason = 'corrupted mapping in tail page';
    }
    if (!reason) {
      const low = mem.words[page + pages.lru] as number;
      const high = pages.longWords === 2 ? (mem.words[page + pages.lru + 1] as number) : 0;
      if (!(low & 1)) reason = 'PageTail not set';
      else if (pages.pfnOfLru((low - 1 + pages.lruOffset) | 0, high) !== head) reason = 'compound_head not consistent';
    }
    if (reason) this.bad(pfn, reason);
    this.clearLong(page + pages.mapping);
    this.clearLong(page + pages.lru);
    return reason !== undefined;
  }
  private clearFlags(page: number): void {
    this.mem.setChanged(page, (this.mem.words[page] as number) & ~this.checkAtPrep);
  }
  private clearLong(word: number): void {
    this.mem.setChanged(word, 0);
    if (this.pages.longWords === 2) this.mem.setChanged((word + 1) | 0, 0);
  }
}
