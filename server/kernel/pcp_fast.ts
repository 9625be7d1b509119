/**
 * The two commonest cases in one piece each: a block of order 0 to 3 taken off this CPU's list, and put back on it, on x86_64. They do what
 * page_alloc.ts and pcp.ts do step by step (zone_watermark_fast, rmqueue_pcplist, zone_statistics, prep_new_page; put_page_testzero,
 * free_pages_prepare, free_unref_page_commit), and leave everything out of the ordinary to those: they answer −1 or false having
 * changed nothing. A test holds both ways against each other. It is long because calls are what costs here.
 */
import type { Memory } from '../memory/memory';
import { MIGRATE_PCPTYPES, MIGRATE_TYPES } from './gfp';
import type { PageTable } from './page';
import { PAGE_FLAGS_CHECK_AT_PREP } from './page';
import type { PageAllocator, Request } from './page_alloc';
import type { Pageblocks } from './pageblock';
import type { Zone } from './zone';
import { MAX_ORDER, NUMA_HIT, NUMA_LOCAL, NUMA_OTHER, WMARK_LOW } from './zone';

/** Words in struct page (64 bytes) and struct list_head (16 bytes) of x86_64; checked when the object is made. */
const LRU = 2;
const MAPPING = 6;
const INDEX = 8;
const PRIVATE = 10;
const MAPCOUNT = 12;
const REFCOUNT = 13;
const MEMCG = 14;
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
      pages.mapcount === MAPCOUNT &&
      pages.refcount === REFCOUNT &&
      pages.memcg === MEMCG &&
      !alloc.initOnAlloc;
  }

  /** A block of the preferred zone off the CPU's list of its order (0 to 3); −1: ask the general way. */
  take(request: Request, order: number, cpu: number, localNode: number): number {
    const zone = request.preferred;
    if (zone === undefined) return -1;
    const mem = this.mem;
    const words = mem.words;
    const chunks = this.chunks;
    const lruHigh = this.lruHigh;
    // `| 0` says that indexes are 32-bit: no overflow to look for
    const mark = ((words[(zone.watermark + WMARK_LOW * 2) | 0] as number) + (words[zone.boost] as number)) | 0;
    const reserve = words[(zone.reserve + (request.highest << 1)) | 0] as number;
    const free = ((words[zone.vmStat] as number) - (words[zone.highatomic] as number)) | 0;
    const pages = 1 << order;
    if (((free - pages + 1) | 0) <= ((mark + reserve) | 0)) return -1;
    if (order !== 0 && !this.hasBlock(zone, order)) return -1;
    const pcp = zone.pcpWord[cpu] as number;
    if (((words[(pcp + zone.pcpFactor) | 0] as number) & 0xffff) | ((words[zone.flags] as number) & ZONE_FLAGS))
      return -1;

    const migratetype = request.migratetype;
    const pindex = (order * MIGRATE_PCPTYPES + migratetype) | 0;
    const head = (pcp + zone.pcpLists + (pindex << 2)) | 0;
    const firstLo = words[head] as number;
    const firstHi = words[(head + 1) | 0] as number;
    const top = (firstHi - lruHigh) | 0;
    if (top >>> 0 > 63 || (firstLo & 63) !== 8) return -1;
    const chunk = chunks[(top << 20) | (firstLo >>> 12)] as number;
    if (!(chunk > 0)) return -1;
    const lru = (chunk + ((firstLo >>> 2) & 0x3f0) + LRU) | 0;
    const secondLo = words[lru] as number;
    const secondHi = words[(lru + 1) | 0] as number;
    if (secondHi !== firstHi || (secondLo & 63) !== 8) return -1;
    const chunk2 = chunks[(top << 20) | (secondLo >>> 12)] as number;
    if (!(chunk2 > 0)) return -1;
    const second = (chunk2 + ((secondLo >>> 2) & 0x3f0) + LRU) | 0;
    const lo = ((zone.pcpListLo[cpu] as number) + (pindex << 4)) | 0;
    const hi = zone.pcpListHi[cpu] as number;
    // the list must be sound, and the page without remains: what isn't is for the general way to report or clean up
    if (
      ((words[(lru + 2) | 0] as number) ^ lo) |
      ((words[(lru + 3) | 0] as number) ^ hi) |
      ((words[(second + 2) | 0] as number) ^ firstLo) |
      ((words[(second + 3) | 0] as number) ^ firstHi) |
      (words[(lru + (PRIVATE - LRU)) | 0] as number) |
      (words[(lru + (PRIVATE - LRU + 1)) | 0] as number)
    ) {
      return -1;
    }
    const stat = ((zone.statWord[cpu] as number) + zone.numaEvent) | 0;
    const hit = (stat + NUMA_HIT * 2) | 0;
    const place = (stat + (zone.node === localNode ? NUMA_LOCAL * 2 : NUMA_OTHER * 2)) | 0;
    const hits = words[hit] as number;
    const places = words[place] as number;
    if (hits === -1 || places === -1) return -1;

    const count = (pcp + zone.pcpCount) | 0;
    mem.setPair((second + 2) | 0, lo, hi);
    mem.setThree(head, secondLo, count, ((words[count] as number) - pages) | 0, (lru + (REFCOUNT - LRU)) | 0, 1);
    mem.setFour(lru, 0, 0, POISON2, POISON_HIGH);
    mem.setTwo(hit, (hits + 1) | 0, place, (places + 1) | 0);
    return (top << 26) | (firstLo >>> 6);
  }

  /** __zone_watermark_ok's second half: a free block that is large enough; in doubt false. */
  private hasBlock(zone: Zone, order: number): boolean {
    const words = this.mem.words;
    for (let o = order; o < MAX_ORDER; o++) {
      if (words[zone.nrFree[o] as number] === 0) continue;
      for (let i = o * MIGRATE_TYPES; i < o * MIGRATE_TYPES + MIGRATE_PCPTYPES; i++) {
        if (words[zone.listWord[i] as number] !== zone.listLo[i]) return true;
      }
    }
    return false;
  }

  /** Drops the last reference to a block of order 0 to 3 and puts it on the CPU's list; false: do it the general way. */
  put(pfn: number, order: number, cpu: number): boolean {
    const mem = this.mem;
    const words = mem.words;
    const chunks = this.chunks;
    const chunk = chunks[pfn >>> 6] as number;
    if (!(chunk > 0)) return false;
    const page = (chunk + ((pfn & 63) << 4)) | 0;
    const zone = this.zoneByKey[(words[(page + 1) | 0] as number) >>> 19];
    if (zone === undefined) return false;
    const migratetype = this.blocks.cached(pfn);
    if (
      ((words[page] as number) & PAGE_FLAGS_CHECK_AT_PREP) |
      ((words[(page + REFCOUNT) | 0] as number) ^ 1) |
      ((words[(page + MAPPING) | 0] as number) & 3) |
      ((words[(page + INDEX) | 0] as number) ^ migratetype) |
      (words[(page + INDEX + 1) | 0] as number) |
      ((words[zone.flags] as number) & ZONE_FLAGS)
    ) {
      return false;
    }
    if (migratetype > 2) return false;
    const pages = 1 << order;
    if (order !== 0) {
      if (((words[(page + LRU) | 0] as number) & 1) !== 0 || (pfn & 63) + pages > 64) return false;
      for (let tail = (page + 16) | 0, end = (page + (pages << 4)) | 0; tail < end; tail = (tail + 16) | 0) {
        if (
          ((words[tail] as number) & PAGE_FLAGS_CHECK_AT_PREP) |
          (words[(tail + MAPPING) | 0] as number) |
          (words[(tail + MAPPING + 1) | 0] as number) |
          ~(words[(tail + MAPCOUNT) | 0] as number) |
          (words[(tail + REFCOUNT) | 0] as number) |
          (words[(tail + MEMCG) | 0] as number) |
          (words[(tail + MEMCG + 1) | 0] as number)
        ) {
          return false;
        }
      }
    }
    const pcp = zone.pcpWord[cpu] as number;
    const counter = (pcp + zone.pcpCount) | 0;
    const count = ((words[counter] as number) + pages) | 0;
    // order 1 to 3 with free_factor: the whole list may go back
    if (order !== 0 && ((words[(pcp + zone.pcpFactor) | 0] as number) & 0xffff) !== 0) return false;
    if (count >= (words[(pcp + zone.pcpHigh) | 0] as number)) return false;

    const pindex = (order * MIGRATE_PCPTYPES + migratetype) | 0;
    const head = (pcp + zone.pcpLists + (pindex << 2)) | 0;
    const lo = ((zone.pcpListLo[cpu] as number) + (pindex << 4)) | 0;
    const hi = zone.pcpListHi[cpu] as number;
    const firstLo = words[head] as number;
    const firstHi = words[(head + 1) | 0] as number;
    const ownLo = (pfn << 6) | 8;
    const ownHi = (this.lruHigh + (pfn >>> 26)) | 0;
    if (firstHi !== ownHi || (firstLo & 63) !== 8 || firstLo === ownLo) return false;
    const chunk1 = chunks[((pfn >>> 26) << 20) | (firstLo >>> 12)] as number;
    if (!(chunk1 > 0)) return false;
    const first = (chunk1 + ((firstLo >>> 2) & 0x3f0) + LRU) | 0;
    if (((words[(first + 2) | 0] as number) ^ lo) | ((words[(first + 3) | 0] as number) ^ hi)) return false;

    mem.setPair((first + 2) | 0, ownLo, ownHi);
    mem.setThree((page + REFCOUNT) | 0, 0, head, ownLo, counter, count);
    mem.setFour((page + LRU) | 0, firstLo, firstHi, lo, hi);
    return true;
  }
}
