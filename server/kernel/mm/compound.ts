/**
 * Compound pages (__GFP_COMP): a head and tails that point at it. Follows mm/page_alloc.c and include/linux/mm.h, 6.1:
 * prep_compound_page, compound_order, split_page.
 */
import type { Memory } from '../../memory/memory';
import type { PageTable } from './page';

/** enum compound_dtor_id */
const COMPOUND_PAGE_DTOR = 1;

/** Makes and reads compound pages. */
export class CompoundPages {
  /** distances in words */
  private readonly order: number;
  private readonly orderShift: number;
  private readonly mapcount: number;
  private readonly pincount: number;
  private readonly nr: number;

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
    mem.setBytes(
      first + this.order,
      (COMPOUND_PAGE_DTOR | (order << 8)) << this.orderShift,
      3 << (this.orderShift >> 3),
      0xffff << this.orderShift,
    );
    mem.set(first + this.mapcount, -1);
    mem.set(first + this.pincount, 0);
    if (this.nr >= 0) mem.set(first + this.nr, 1 << order);
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
