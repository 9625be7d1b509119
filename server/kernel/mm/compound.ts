/**
 * Compound pages (__GFP_COMP): a head and tails that point at it. Follows mm/page_alloc.c, include/linux/mm.h and mm/huge_memory.c, 6.1:
 * prep_compound_page, compound_order, split_page, prep_transhuge_page.
 */
import type { Memory } from '../../memory/memory';
import type { PageTable } from './page';

/** enum compound_dtor_id */
const COMPOUND_PAGE_DTOR = 1;
const TRANSHUGE_PAGE_DTOR = 3;

/** Makes and reads compound pages. */
export class CompoundPages {
  /** distances in words */
  private readonly order: number;
  private readonly orderShift: number;
  private readonly mapcount: number;
  private readonly pincount: number;
  private readonly nr: number;
  private readonly deferredList: number;

  constructor(
    private readonly mem: Memory,
    private readonly pages: PageTable,
  ) {
    const { layouts } = pages;
    const dtor = layouts.offset('page', 'compound_dtor');
    this.order = dtor >> 2;
    // compound_dtor and compound_order are adjacent bytes
    this.orderShift = (dtor & 3) << 3;
    this.mapcount = layouts.offset('page', 'compound_mapcount') >> 2;
    this.pincount = layouts.offset('page', 'compound_pincount') >> 2;
    this.deferredList = layouts.offset('page', 'deferred_list') >> 2;
    this.nr = layouts.has('page', 'compound_nr') ? layouts.offset('page', 'compound_nr') >> 2 : -1;
  }

  /** prep_compound_page */
  prepare(pfn: number, order: number): void {
    const { mem, pages } = this;
    const head = pages.word(pfn);
    mem.set(head, (mem.words[head] as number) | pages.pageFlags.head);
    const lo = (pages.lruLo(pfn) - pages.lruOffset + 1) | 0;
    const hi = pages.lruHi(pfn);
    const { tailMapping } = pages.poison;
    for (let i = 1; i < 1 << order; i++) {
      const tail = pages.word(pfn + i);
      mem.set(tail + pages.mapping, tailMapping.low);
      mem.set(tail + pages.lru, lo);
      if (pages.longWords === 2) {
        mem.set(tail + pages.mapping + 1, tailMapping.high);
        mem.set(tail + pages.lru + 1, hi);
      }
      if (mem.words[tail + pages.private] !== 0) pages.setPrivate(pfn + i, 0);
    }
    const first = pages.word(pfn + 1);
    this.setBytes(first, COMPOUND_PAGE_DTOR | (order << 8), 3, 0xffff);
    mem.set(first + this.mapcount, -1);
    mem.set(first + this.pincount, 0);
    if (this.nr >= 0) mem.set(first + this.nr, 1 << order);
  }
  /** compound_dtor and compound_order, from the lowest byte on: which bytes, as bits, and which bits */
  private setBytes(first: number, value: number, bytes: number, mask: number): void {
    const shift = this.orderShift;
    this.mem.setBytes(first + this.order, value << shift, bytes << (shift >> 3), mask << shift);
  }
  /** prep_transhuge_page, of a compound page of order 2 or more: it may be split later, and is on no list of those that wait for it. */
  prepareTranshuge(pfn: number): void {
    const { mem, pages } = this;
    const list = pages.word(pfn + 2) + this.deferredList;
    const lo = (pages.lruLo(pfn + 2) + ((this.deferredList - pages.lru) << 2)) | 0;
    for (const pointer of [list, list + pages.longWords]) {
      mem.set(pointer, lo);
      if (pages.longWords === 2) mem.set(pointer + 1, pages.lruHi(pfn + 2));
    }
    this.setBytes(pages.word(pfn + 1), TRANSHUGE_PAGE_DTOR, 1, 0xff);
  }
  /** PageHead */
  isHead(pfn: number): boolean {
    return (this.pages.flagsLow(pfn) & this.pages.pageFlags.head) !== 0;
  }
  /** PageTail */
  isTail(pfn: number): boolean {
    const word = this.pages.word(pfn) + this.pages.lru;
    return ((this.mem.words[word] as number) & 1) !== 0;
  }
  /** compound_order of a head; 0 for a page that is not a head */
  orderOf(pfn: number): number {
    if (!this.isHead(pfn)) return 0;
    const word = this.pages.word(pfn + 1) + this.order;
    return ((this.mem.words[word] as number) >>> (this.orderShift + 8)) & 0xff;
  }
}
