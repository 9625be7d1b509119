/**
 * Pageblocks: the migratetype of each, four bits a block (include/linux/pageblock-flags.h, mm/page_alloc.c, 6.1).
 * The bits lie in the section's usage map (x86_64) or behind zone->pageblock_flags (i386): who boots says where.
 */
import type { Memory } from '../memory/memory';

export interface PageblockOptions {
  /** pageblock_order: 9 with 2 MiB huge pages, 10 on i386 without PAE */
  readonly order: number;
  /** one past the last pfn */
  readonly endPfn: number;
  /** physical *bit* address (byte address · 8 + bit) of the first of the four bits of a pfn's block; a multiple of 4 */
  readonly bitsOf: (pfn: number) => number;
}

export class Pageblocks {
  readonly order: number;
  readonly pages: number;
  private readonly words: Int32Array;
  private readonly shifts: Uint8Array;
  private readonly bitsOf: (pfn: number) => number;

  constructor(
    private readonly mem: Memory,
    options: PageblockOptions,
  ) {
    this.order = options.order;
    this.pages = 1 << options.order;
    this.bitsOf = options.bitsOf;
    const blocks = (options.endPfn >>> options.order) + 1;
    this.words = new Int32Array(blocks);
    this.shifts = new Uint8Array(blocks);
  }

  /** Physical bit address of the four bits of a pfn's block. */
  bitAddress(pfn: number): number {
    return this.bitsOf(pfn);
  }
  /** get_pfnblock_migratetype */
  migratetype(pfn: number): number {
    const block = pfn >>> this.order;
    let word = this.words[block] as number;
    if (word === 0) word = this.resolve(pfn);
    return ((this.mem.words[word] as number) >>> (this.shifts[block] as number)) & 7;
  }
  /** The same where the block has been asked for before; else 7, which is none. */
  cached(pfn: number): number {
    const block = pfn >>> this.order;
    const word = this.words[block] as number;
    return word === 0 ? 7 : ((this.mem.words[word] as number) >>> (this.shifts[block] as number)) & 7;
  }
  /** set_pageblock_migratetype of the block that `pfn` lies in */
  setMigratetype(pfn: number, migratetype: number): void {
    const block = pfn >>> this.order;
    let word = this.words[block] as number;
    if (word === 0) word = this.resolve(pfn);
    const shift = this.shifts[block] as number;
    const old = this.mem.words[word] as number;
    const value = (old & ~(7 << shift)) | (migratetype << shift);
    if (value !== old) this.mem.set(word, value);
  }
  private resolve(pfn: number): number {
    const block = pfn >>> this.order;
    const bit = this.bitsOf(pfn);
    const word = this.mem.word(Math.floor(bit / 32) * 4);
    this.words[block] = word;
    this.shifts[block] = bit % 32;
    return word;
  }
}
