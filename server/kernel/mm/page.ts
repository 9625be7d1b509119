/**
 * struct page: where each lies, and its fields. A pfn is the handle; the struct's words are at constant distances from `word(pfn)`.
 * Follows include/linux/mm_types.h, 6.1.
 */

import type { Memory } from '../../memory/memory';
import { PageFaultError } from '../../memory/space';
import type { Layouts } from '../../types/layout';
import type { PoisonPointers } from '../lib/poison';
import type { PageFlags } from './page_flags';

/** What a kernel version defines about struct page. */
export interface PageFacts {
  readonly layouts: Layouts;
  readonly pageFlags: PageFlags;
  readonly poison: PoisonPointers;
}
interface PageTableOptions {
  /** virtual address of pfn 0's struct page (vmemmap; on i386 mem_map) */
  readonly base: number;
  /** one past the last pfn that has a struct page */
  readonly endPfn: number;
  /** physical byte address of a pfn's struct page; must be the same every time */
  readonly physOf: (pfn: number) => number;
}

/**
 * The struct pages of a machine: addresses, word indexes and fields by pfn. Frozen after boot except for a cache of where frames lie, which
 * changes no result.
 */
export class PageTable {
  readonly layouts: Layouts;
  readonly pageFlags: PageFlags;
  readonly poison: PoisonPointers;
  readonly base: number;
  readonly endPfn: number;
  /** sizeof(struct page) in bytes, and in words */
  readonly size: number;
  readonly words: number;
  /** 32-bit words of an unsigned long or a pointer: 1 or 2 */
  readonly longWords: number;
  // distances in words from `word(pfn)`
  readonly flags: number;
  readonly lru: number;
  readonly lruPrev: number;
  readonly mapping: number;
  readonly index: number;
  readonly private: number;
  /** the upper half of private; where there is none, private itself */
  readonly privateHigh: number;
  readonly mapcount: number;
  readonly refcount: number;
  readonly memcg: number;
  /** bytes from the start of the struct to lru */
  readonly lruOffset: number;
  /** low and high word of the address of pfn 0's lru */
  private readonly lruLow: number;
  private readonly lruHigh: number;
  private readonly shift: number;
  private readonly mask: number;
  /** word of each frame's (or group of frames') first struct page; 0: not looked up yet */
  private readonly chunks: Int32Array;
  private readonly physOf: (pfn: number) => number;

  constructor(
    private readonly mem: Memory,
    facts: PageFacts,
    options: PageTableOptions,
  ) {
    const { layouts } = facts;
    this.layouts = layouts;
    this.pageFlags = facts.pageFlags;
    this.poison = facts.poison;
    this.base = options.base;
    // `| 0`: held as small integers, whatever they were computed from
    this.endPfn = options.endPfn | 0;
    this.physOf = options.physOf;
    const at = (field: string) => layouts.offset('page', field) >> 2;
    this.size = layouts.size('page') | 0;
    this.words = this.size >> 2;
    this.longWords = layouts.abi.wordSize >> 2;
    this.flags = at('flags');
    this.lru = at('lru');
    this.lruPrev = this.lru + this.longWords;
    this.lruOffset = layouts.offset('page', 'lru') | 0;
    this.mapping = at('mapping');
    this.index = at('index');
    this.private = at('private');
    this.privateHigh = this.private + this.longWords - 1;
    this.mapcount = at('_mapcount');
    this.refcount = at('_refcount');
    this.memcg = at('memcg_data');
    this.lruLow = (options.base + this.lruOffset) | 0;
    this.lruHigh = this.longWords === 2 ? Math.floor(options.base / 0x1_0000_0000) | 0 : 0;
    if (this.longWords === 2 && (this.size !== 64 || (options.base | 0) !== 0)) {
      throw new Error('the vmemmap must start at a multiple of 4 GiB and hold 64 bytes per page');
    }
    // 64 pages of 64 bytes fill a frame; 512 pages of 40 bytes fill a group of 5 frames (Memory.contiguous)
    this.shift = this.size === 64 ? 6 : 9;
    this.mask = (1 << this.shift) - 1;
    this.chunks = new Int32Array((this.endPfn >>> this.shift) + 1);
  }

  /** Index in `mem.words` of the first word of a pfn's struct page. It never changes. */
  word(pfn: number): number {
    const chunk = this.chunks[pfn >>> this.shift] || this.lookUp(pfn);
    return ((pfn & this.mask) * this.words + chunk) | 0;
  }
  private lookUp(pfn: number): number {
    // arithmetic with an order or a count that has been overwritten leads behind the last struct page
    if (!(pfn >= 0 && pfn < this.endPfn)) throw new PageFaultError(this.pageAddr(pfn), false);
    const first = this.mem.word(this.physOf(pfn & ~this.mask));
    this.chunks[pfn >>> this.shift] = first;
    return first;
  }
  /** A lower bound on how many struct pages, from a pfn's on, are adjacent in `mem.words`. */
  together(pfn: number): number {
    return this.mask + 1 - (pfn & this.mask);
  }
  /** Whether a pfn has a struct page. */
  has(pfn: number): boolean {
    return pfn >= 0 && pfn < this.endPfn;
  }
  /** pfn_to_page: the virtual address of the struct page. */
  pageAddr(pfn: number): number {
    return this.base + pfn * this.size;
  }
  /** page_to_pfn: of any address inside a struct page; −1 outside mem_map. */
  pfnOf(va: number): number {
    const pfn = Math.floor((va - this.base) / this.size);
    return pfn >= 0 && pfn < this.endPfn ? pfn : -1;
  }

  // ---- addresses of lru, as the two words a pointer takes in memory
  /** Low word of the address of a page's lru. */
  lruLo(pfn: number): number {
    return (this.lruLow + Math.imul(pfn, this.size)) | 0;
  }
  /** High word (x86_64; 0 elsewhere, where it is not stored). */
  lruHi(pfn: number): number {
    return this.lruHigh + (this.longWords === 2 ? pfn >>> 26 : 0);
  }
  /** The pfn whose lru lies at an address given as two words; −1 if it is not the lru of a page. */
  pfnOfLru(lo: number, hi: number): number {
    if (this.longWords === 1) return this.pfnOfLru32(lo);
    const top = (hi - this.lruHigh) | 0;
    // pfns stay below 2^31: small integers
    if (top >>> 0 > 31 || (lo & 63) !== this.lruOffset) return -1;
    const pfn = (top << 26) | (lo >>> 6);
    return pfn < this.endPfn ? pfn : -1;
  }
  private pfnOfLru32(lo: number): number {
    const distance = (lo - this.lruLow) >>> 0;
    const pfn = (distance / this.size) | 0;
    return Math.imul(pfn, this.size) === (distance | 0) && pfn < this.endPfn ? pfn : -1;
  }

  // ---- fields
  /** Low word of flags: the flags themselves. */
  flagsLow(pfn: number): number {
    const word = this.word(pfn);
    return this.mem.words[word] as number;
  }
  flagsHigh(pfn: number): number {
    const word = this.word(pfn);
    return this.longWords === 2 ? (this.mem.words[word + 1] as number) : 0;
  }
  /** Whether PG_slab is set. */
  isSlab(pfn: number): boolean {
    return (this.flagsLow(pfn) & this.pageFlags.slab) !== 0;
  }
  /** A word of the struct: `distance` words from its start. */
  getWord(pfn: number, distance: number): number {
    const word = this.word(pfn);
    return this.mem.words[word + distance] as number;
  }
  setFlagsLow(pfn: number, value: number): void {
    this.mem.setChanged(this.word(pfn), value);
  }
  /** Number of the page's node and zone, as a key: node · 8 + zone (x86_64), zone (i386). */
  zoneKey(pfn: number): number {
    return this.zoneKeyAt(this.word(pfn));
  }
  /** The same for the page whose `word` this is. */
  zoneKeyAt(word: number): number {
    return this.longWords === 2 ? (this.mem.words[word + 1] as number) >>> 19 : (this.mem.words[word] as number) >>> 30;
  }
  getRefcount(pfn: number): number {
    const word = this.word(pfn);
    return this.mem.words[word + this.refcount] as number;
  }
  setRefcount(pfn: number, value: number): void {
    this.mem.set(this.word(pfn) + this.refcount, value);
  }
  /** _mapcount as stored: −1 for none. page_type shares the word. */
  getMapcount(pfn: number): number {
    const word = this.word(pfn);
    return this.mem.words[word + this.mapcount] as number;
  }
  setMapcount(pfn: number, value: number): void {
    this.mem.setChanged(this.word(pfn) + this.mapcount, value);
  }
  isBuddy(pfn: number): boolean {
    const word = this.word(pfn);
    return this.pageFlags.isBuddy(this.mem.words[word + this.mapcount] as number);
  }
  /** private, low word (a buddy's order). */
  getPrivate(pfn: number): number {
    const word = this.word(pfn);
    return this.mem.words[word + this.private] as number;
  }
  setPrivate(pfn: number, value: number): void {
    this.putLong(this.word(pfn) + this.private, value);
  }
  /** index, low word (the migratetype of a free page). */
  getIndex(pfn: number): number {
    const word = this.word(pfn);
    return this.mem.words[word + this.index] as number;
  }
  /** index = a small number that is not negative, stored only if it differs. `word`: the page's (see `word`). */
  setIndex(word: number, value: number): void {
    const at = (word + this.index) | 0;
    this.mem.setChanged(at, value);
    if (this.longWords === 2) this.mem.setChanged((at + 1) | 0, 0);
  }
  /** An unsigned long or pointer field as a number (signed where 64 bits). `distance` is one of the word distances above. */
  getLong(pfn: number, distance: number): number {
    const word = this.word(pfn) + distance;
    const low = this.mem.words[word] as number;
    return this.longWords === 1 ? low >>> 0 : (this.mem.words[word + 1] as number) * 0x1_0000_0000 + (low >>> 0);
  }
  /**
   * Head of the compound page that a page belongs to, or the page itself. @throws PageFaultError if compound_head is not a struct page's
   * address
   */
  head(pfn: number): number {
    const head = this.headOr(pfn, -1);
    if (head < 0) throw new PageFaultError(this.getLong(pfn, this.lru) - 1, false);
    return head;
  }
  /** The same; `otherwise` if compound_head is not a struct page's address. */
  headOr(pfn: number, otherwise: number): number {
    const word = this.word(pfn);
    const low = this.mem.words[word + this.lru] as number;
    if (!(low & 1)) return pfn;
    const high = this.longWords === 2 ? (this.mem.words[word + this.lru + 1] as number) : 0;
    const head = this.pfnOfLru(((low & ~1) + this.lruOffset) | 0, high);
    return head < 0 ? otherwise : head;
  }

  /** Stores a small signed value in an unsigned long. */
  private putLong(word: number, value: number): void {
    this.mem.setChanged(word, value);
    if (this.longWords === 2) this.mem.setChanged(word + 1, value >> 31);
  }
}
