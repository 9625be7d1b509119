/** struct slab, which lies over the struct page of a slab's first page (mm/slab.h, 6.1). A slab is the pfn of that page. */
import { PageFaultError } from '../../../memory/space';
import { PAGE_SIZE } from '../../../types/pageSize';
import { NotEmulated } from '../../lib/not_emulated';
import type { PageTable } from '../page';
import type { SlubMemory } from './slub_memory';
import type { SlabOffsets } from './slub_offsets';

/** counters: inuse has 16 bits, objects 15, frozen the highest */
const INUSE = 0xffff;
const OBJECTS_SHIFT = 16;
const OBJECTS = 0x7fff;
export const FROZEN = 0x80000000 | 0;

export const inuseOf = (counters: number): number => counters & INUSE;
export const objectsOf = (counters: number): number => (counters >>> OBJECTS_SHIFT) & OBJECTS;
export const isFrozen = (counters: number): boolean => counters < 0;
export const countersOf = (inuse: number, objects: number, frozen: boolean): number =>
  (inuse & INUSE) | (objects << OBJECTS_SHIFT) | (frozen ? FROZEN : 0);
/** Other counters, with another number of objects in use; it has 16 bits, whatever is counted. */
export const withInuse = (counters: number, inuse: number): number => (counters & ~INUSE) | (inuse & INUSE);

/** More objects than a slab can have, and more slabs than a list ever has: one that is longer has become a circle. */
export const MAX_OBJECTS = 0x10000;
export const MAX_SLABS = 0x100000;
/** What is thrown where the kernel would go round for ever. */
export const noEnd = (list: string): NotEmulated =>
  new NotEmulated(`SLUB follows a list of ${list} that has no end, with interrupts off`);

/** PG_active of a slab: its pages came from the reserves (pfmemalloc). */
export const pfmemallocFlag = (pages: PageTable): number => pages.pageFlags.mask('active');

export class SlabFields {
  private readonly pfmemallocFlag: number;

  constructor(
    private readonly m: SlubMemory,
    readonly pages: PageTable,
    private readonly at: SlabOffsets,
    /** virtual address of pfn 0 in the direct map */
    private readonly base: number,
  ) {
    this.pfmemallocFlag = pfmemallocFlag(pages);
  }

  /** The slab that a `struct slab *` points to. @throws PageFaultError if that is not a struct page */
  ofPointer(pointer: number): number {
    const pfn = this.pages.pfnOf(pointer);
    if (pfn < 0) throw new PageFaultError(pointer, false);
    return pfn;
  }
  /** `struct slab *` of a slab */
  pointer(slab: number): number {
    return this.pages.pageAddr(slab);
  }
  /** slab_address: of its first byte */
  address(slab: number): number {
    return this.base + slab * PAGE_SIZE;
  }
  /** The frame of an address of the direct map */
  pfnOf(va: number): number {
    return Math.floor((va - this.base) / PAGE_SIZE);
  }
  /** slab_nid */
  nid(slab: number): number {
    return this.pages.longWords === 2 ? this.pages.zoneKey(slab) >>> 3 : 0;
  }
  counters(slab: number): number {
    const word = this.pages.word(slab);
    return this.m.mem.words[(word + this.at.counters) | 0] as number;
  }
  setCounters(slab: number, counters: number): void {
    this.m.mem.set((this.pages.word(slab) + this.at.counters) | 0, counters);
  }
  /** First of the free objects that are not on a CPU's list; 0: none */
  freelist(slab: number): number {
    return this.m.pointer((this.pages.word(slab) + this.at.freelist) | 0);
  }
  setFreelist(slab: number, object: number): void {
    this.m.setPointer((this.pages.word(slab) + this.at.freelist) | 0, object);
  }
  cache(slab: number): number {
    return this.m.pointer((this.pages.word(slab) + this.at.slabCache) | 0);
  }
  setCache(slab: number, cache: number): void {
    this.m.setPointer((this.pages.word(slab) + this.at.slabCache) | 0, cache);
  }
  /** The next of a CPU's partial slabs; −1 for none */
  next(slab: number): number {
    const pointer = this.m.pointer((this.pages.word(slab) + this.at.next) | 0);
    return pointer === 0 ? -1 : this.ofPointer(pointer);
  }
  setNext(slab: number, next: number): void {
    this.m.setPointer((this.pages.word(slab) + this.at.next) | 0, next < 0 ? 0 : this.pointer(next));
  }
  /** Slabs of a CPU's partial list from this one on */
  slabs(slab: number): number {
    const word = this.pages.word(slab);
    return this.m.mem.words[(word + this.at.slabs) | 0] as number;
  }
  setSlabs(slab: number, count: number): void {
    this.m.mem.set((this.pages.word(slab) + this.at.slabs) | 0, count);
  }
  /** Address of rcu_head */
  rcuHead(slab: number): number {
    return this.pointer(slab) + this.at.rcuHead;
  }
  /** The slab whose rcu_head this is. */
  ofRcuHead(head: number): number {
    return this.ofPointer(head - this.at.rcuHead);
  }
  isPfmemalloc(slab: number): boolean {
    return (this.pages.flagsLow(slab) & this.pfmemallocFlag) !== 0;
  }
  /** __folio_set_slab; page_is_pfmemalloc, bit 1 of lru.next, becomes the slab's flag */
  setSlab(slab: number): void {
    const { pages } = this;
    const reserve = pages.getWord(slab, pages.lru) & 2 ? this.pfmemallocFlag : 0;
    pages.setFlagsLow(slab, pages.flagsLow(slab) | pages.pageFlags.slab | reserve);
  }
  /** The page does not belong to a slab any more: flags and mapping, which shares its place with slab_cache, are cleared. */
  clearSlab(slab: number): void {
    const { pages } = this;
    this.setCache(slab, 0);
    pages.setFlagsLow(slab, pages.flagsLow(slab) & ~(pages.pageFlags.slab | this.pfmemallocFlag));
  }
}
