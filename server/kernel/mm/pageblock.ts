/**
 * Pageblocks: the migratetype of each, four bits per block (include/linux/pageblock-flags.h, mm/page_alloc.c, 6.1).
 * The bits lie in the section's usage map (x86_64) or behind zone->pageblock_flags (i386); the boot code passes their address.
 */
import type { Memory } from '../../memory/memory';

interface PageblockOptions {
  /** pageblock_order: 9 with 2 MiB huge pages, 10 on i386 without PAE */
  readonly order: number;
  /** one past the last pfn */
  readonly endPfn: number;
  /** physical *bit* address (byte address · 8 + bit) of the first of the four bits of a pfn's block; a multiple of 4 */
  readonly bitsOf: (pfn: number) => number;
}

/** The pageblocks of a machine: the migratetype of each block. */
export class Pageblocks {
  readonly order: number;
  readonly pages: number;
  /**
   * Where a block's four bits lie: index in mem.words · 8 + which four of the word; 0: ask `bitsOf`. A cache: what it holds changes
   * no answer and no write. A block that two zones share on i386 has bits in each, so it is never in here.
   */
  private readonly locations: Int32Array;
  private readonly bitsOf: (pfn: number) => number;

  constructor(
    private readonly mem: Memory,
    options: PageblockOptions,
  ) {
    this.order = options.order;
    this.pages = 1 << options.order;
    this.bitsOf = options.bitsOf;
    this.locations = new Int32Array((options.endPfn >>> options.order) + 1);
  }

  /** Physical bit address of the four bits of a pfn's block. */
  bitAddress(pfn: number): number {
    return this.bitsOf(pfn);
  }
  /** get_pfnblock_migratetype */
  migratetype(pfn: number): number {
    const at = this.locations[pfn >>> this.order] || this.lookUp(pfn);
    return ((this.mem.words[at >>> 3] as number) >>> ((at & 7) << 2)) & 7;
  }
  /** set_pageblock_migratetype of the block that `pfn` lies in */
  setMigratetype(pfn: number, migratetype: number): void {
    const at = this.locations[pfn >>> this.order] || this.lookUp(pfn);
    const shift = (at & 7) << 2;
    const old = this.mem.words[at >>> 3] as number;
    const value = (old & ~(7 << shift)) | (migratetype << shift);
    if (value !== old) this.mem.set(at >>> 3, value);
  }
  private lookUp(pfn: number): number {
    const bit = this.bitsOf(pfn);
    const at = (this.mem.word(Math.floor(bit / 32) * 4) << 3) | ((bit % 32) >> 2) | 0;
    const first = pfn & -this.pages;
    if (this.bitsOf(first) === this.bitsOf(first + this.pages - 1)) this.locations[pfn >>> this.order] = at;
    return at;
  }
}
