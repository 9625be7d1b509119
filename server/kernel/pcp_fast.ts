/**
 * The two commonest cases in one piece each: an order-0 page taken off this CPU's list, and put back on it, on x86_64. They do what
 * page_alloc.ts and pcp.ts do step by step (zone_watermark_fast, rmqueue_pcplist, zone_statistics, prep_new_page; put_page_testzero,
 * free_pages_prepare, free_unref_page_commit), and leave everything out of the ordinary to those: they answer −1 or false having
 * changed nothing. A test holds both ways against each other. It is long because calls are what costs here.
 */
import type { Memory } from '../memory/memory';
import type { PageTable } from './page';
import { PAGE_FLAGS_CHECK_AT_PREP } from './page';
import type { PageAllocator, Request } from './page_alloc';
import type { Pageblocks } from './pageblock';
import type { Zone } from './zone';
import { NUMA_HIT, NUMA_LOCAL, NUMA_OTHER, WMARK_LOW } from './zone';

/** Words in struct page (64 bytes) and struct list_head (16 bytes) of x86_64; checked when the object is made. */
const LRU = 2;
const MAPPING = 6;
const INDEX = 8;
const PRIVATE = 10;
const REFCOUNT = 13;
const POISON2 = 0x122;
const POISON_HIGH = 0xdead0000 | 0;
/** ZONE_BOOSTED_WATERMARK | ZONE_RECLAIM_ACTIVE: somebody else's business */
const ZONE_FLAGS = 3;

export class PcpFastPath {
  private readonly mem: Memory;
  private readonly chunks: Int32Array;
  private readonly lruHigh: number;
  private readonly blocks: Pageblocks;
  private readonly zoneByKey: readonly (Zone | undefined)[];
  /** false where struct page is laid out otherwise: then it never answers */
  readonly usable: boolean;

  constructor(alloc: PageAllocator, zoneByKey: readonly (Zone | undefined)[]) {
    const pages: PageTable = alloc.pages;
    this.mem = alloc.mem;
    this.chunks = pages.chunks;
    this.lruHigh = pages.lruHi(0);
    this.blocks = alloc.blocks;
    this.zoneByKey = zoneByKey;
    this.usable =
      pages.long === 2 &&
      pages.words === 16 &&
      pages.lru === LRU &&
      pages.mapping === MAPPING &&
      pages.index === INDEX &&
      pages.private === PRIVATE &&
      pages.refcount === REFCOUNT &&
      !alloc.initOnAlloc;
  }

  /** Index of the list_head that a pointer inside vmemmap means; 0 for any other pointer. */
  private lruWord(lo: number, hi: number): number {
    const top = hi - this.lruHigh;
    if (top >>> 0 > 63 || (lo & 63) !== 8) return 0;
    const chunk = this.chunks[(top << 20) | (lo >>> 12)] as number;
    return chunk > 0 ? chunk + ((lo >>> 2) & 0x3f0) + LRU : 0;
  }

  /** An order-0 page of the preferred zone off the CPU's list; −1: ask the general way. */
  take(request: Request, cpu: number, localNode: number): number {
    const zone = request.preferred;
    if (zone === undefined) return -1;
    const mem = this.mem;
    const words = mem.words;
    const mark = (words[zone.watermark + WMARK_LOW * 2] as number) + (words[zone.boost] as number);
    const reserve = words[zone.reserve + request.highest * 2] as number;
    if ((words[zone.vmStat] as number) - (words[zone.highatomic] as number) <= mark + reserve) return -1;
    const pcp = zone.pcpWord[cpu] as number;
    if (((words[pcp + zone.pcpFactor] as number) & 0xffff) | ((words[zone.flags] as number) & ZONE_FLAGS)) return -1;

    const head = pcp + zone.pcpLists + (request.migratetype << 2);
    const firstLo = words[head] as number;
    const firstHi = words[head + 1] as number;
    const lru = this.lruWord(firstLo, firstHi);
    if (lru === 0) return -1;
    const lo = ((zone.pcpListLo[cpu] as number) + (request.migratetype << 4)) | 0;
    const hi = zone.pcpListHi[cpu] as number;
    const secondLo = words[lru] as number;
    const secondHi = words[lru + 1] as number;
    const second = this.lruWord(secondLo, secondHi);
    if (second === 0) return -1;
    // the list must be sound, and the page without remains: what isn't is for the general way to report or clean up
    if (
      ((words[lru + 2] as number) ^ lo) |
      ((words[lru + 3] as number) ^ hi) |
      ((words[second + 2] as number) ^ firstLo) |
      ((words[second + 3] as number) ^ firstHi) |
      (secondHi ^ firstHi) |
      (words[lru + (PRIVATE - LRU)] as number) |
      (words[lru + (PRIVATE - LRU) + 1] as number)
    ) {
      return -1;
    }
    const stat = (zone.statWord[cpu] as number) + zone.numaEvent;
    const hit = stat + NUMA_HIT * 2;
    const place = stat + (zone.node === localNode ? NUMA_LOCAL : NUMA_OTHER) * 2;
    const hits = words[hit] as number;
    const places = words[place] as number;
    if (hits === -1 || places === -1) return -1;

    const count = pcp + zone.pcpCount;
    mem.setPair(second + 2, lo, hi);
    mem.setThree(head, secondLo, count, (words[count] as number) - 1, lru + (REFCOUNT - LRU), 1);
    mem.setFour(lru, 0, 0, POISON2, POISON_HIGH);
    mem.setTwo(hit, (hits + 1) | 0, place, (places + 1) | 0);
    return ((firstHi - this.lruHigh) << 26) | (firstLo >>> 6);
  }

  /** Drops the last reference to an order-0 page and puts it on the CPU's list; false: do it the general way. */
  put(pfn: number, cpu: number): boolean {
    const mem = this.mem;
    const words = mem.words;
    const chunk = this.chunks[pfn >>> 6] as number;
    if (!(chunk > 0)) return false;
    const page = chunk + ((pfn & 63) << 4);
    const zone = this.zoneByKey[(words[page + 1] as number) >>> 19];
    if (zone === undefined) return false;
    const migratetype = this.blocks.cached(pfn);
    if (
      ((words[page] as number) & PAGE_FLAGS_CHECK_AT_PREP) |
      ((words[page + REFCOUNT] as number) ^ 1) |
      ((words[page + MAPPING] as number) & 3) |
      ((words[page + INDEX] as number) ^ migratetype) |
      (words[page + INDEX + 1] as number) |
      ((words[zone.flags] as number) & ZONE_FLAGS)
    ) {
      return false;
    }
    if (migratetype > 2) return false;
    const pcp = zone.pcpWord[cpu] as number;
    const counter = pcp + zone.pcpCount;
    const count = (words[counter] as number) + 1;
    if (count >= (words[pcp + zone.pcpHigh] as number)) return false;

    const head = pcp + zone.pcpLists + (migratetype << 2);
    const lo = ((zone.pcpListLo[cpu] as number) + (migratetype << 4)) | 0;
    const hi = zone.pcpListHi[cpu] as number;
    const firstLo = words[head] as number;
    const firstHi = words[head + 1] as number;
    const first = this.lruWord(firstLo, firstHi);
    const ownLo = (pfn << 6) | 8;
    const ownHi = this.lruHigh + (pfn >>> 26);
    if (first === 0 || first === page + LRU) return false;
    if (((words[first + 2] as number) ^ lo) | ((words[first + 3] as number) ^ hi) | (firstHi ^ ownHi)) return false;

    mem.setPair(first + 2, ownLo, ownHi);
    mem.setThree(page + REFCOUNT, 0, head, ownLo, counter, count);
    mem.setFour(page + LRU, firstLo, firstHi, lo, hi);
    return true;
  }
}
