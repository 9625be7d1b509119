/**
 * The two commonest cases in one piece each: a block of order 0 to 3 taken off this CPU's list, and put back on it, on x86_64. They do what
 * page_alloc.ts and pcp.ts do step by step (zone_watermark_fast, rmqueue_pcplist, zone_statistics, prep_new_page; put_page_testzero,
 * free_pages_prepare, free_unref_page_commit), and leave everything out of the ordinary to those: they answer −1 or false having
 * changed nothing. A test holds both ways against each other. Calls are what costs here, so each is long: first everything is looked at,
 * then what the words hold is noted in the journal, then they are stored.
 */
import { note, OFF } from '../../../memory/journal';
import type { Memory } from '../../../memory/memory';
import { MIGRATE_PCPTYPES, MIGRATE_TYPES } from '../migratetype';
import type { PageTable } from '../page';
import type { Zone } from '../zone';
import { MAX_ORDER, NUMA_HIT, NUMA_LOCAL, NUMA_OTHER, WMARK_LOW } from '../zone';
import type { PageAllocator, Request } from './page_alloc';

/** Words in struct page (64 bytes) and struct list_head (16 bytes) of x86_64; checked when the object is made. */
const LRU = 2;
const MAPPING = 6;
const INDEX = 8;
const PRIVATE = 10;
const MAPCOUNT = 12;
const REFCOUNT = 13;
const MEMCG = 14;
/** ZONE_BOOSTED_WATERMARK | ZONE_RECLAIM_ACTIVE: somebody else's business */
const ZONE_FLAGS = 3;

/** Entries of the journal that one operation makes at most. */
const MOST_ENTRIES = 12;

/** Where a zone keeps what these operations read and write, for one CPU: indexes in mem.words. */
export interface Place {
  readonly zone: Zone;
  readonly mark: number;
  readonly boost: number;
  readonly free: number;
  readonly highatomic: number;
  readonly flags: number;
  // per_cpu_pages
  readonly factor: number;
  readonly count: number;
  readonly high: number;
  readonly lists: number;
  /** the address of lists[0], as the two words that pointers hold */
  readonly listsLo: number;
  readonly listsHi: number;
  // per_cpu_zonestat: numa_hit, and numa_local or numa_other
  readonly hit: number;
  readonly local: number;
}

function placeOf(zone: Zone, cpu: number, localNode: number): Place {
  const pcp = zone.pcpWord[cpu] as number;
  const events = (zone.statWord[cpu] as number) + zone.numaEvent;
  return {
    zone,
    mark: zone.watermark + WMARK_LOW * 2,
    boost: zone.boost,
    free: zone.vmStat,
    highatomic: zone.highatomic,
    flags: zone.flags,
    factor: pcp + zone.pcpFactor,
    count: pcp + zone.pcpCount,
    high: pcp + zone.pcpHigh,
    lists: pcp + zone.pcpLists,
    listsLo: zone.pcpListLo[cpu] as number,
    listsHi: zone.pcpListHi[cpu] as number,
    hit: events + NUMA_HIT * 2,
    local: events + (zone.node === localNode ? NUMA_LOCAL : NUMA_OTHER) * 2,
  };
}

export class PcpFastPath {
  private readonly mem: Memory;
  private readonly chunks: Int32Array;
  private readonly lruHigh: number;
  private readonly nibbles: Int32Array;
  private readonly blockOrder: number;
  private readonly checkAtPrep: number;
  private readonly poison2: number;
  private readonly poison2High: number;
  /** by key of the zone · cpus + CPU */
  private readonly places: (Place | undefined)[] = [];
  private readonly cpus: number;
  /** false where struct page is laid out otherwise: then it never answers */
  readonly usable: boolean;

  /** @param nodeOfCpu node by CPU */
  constructor(alloc: PageAllocator, nodeOfCpu: Int32Array) {
    const pages: PageTable = alloc.pages;
    this.mem = alloc.mem;
    this.checkAtPrep = pages.pageFlags.checkAtPrep;
    this.poison2 = pages.poison.list2.low;
    this.poison2High = pages.poison.list2.high;
    this.chunks = pages.chunks;
    this.lruHigh = pages.lruHi(0);
    this.nibbles = alloc.blocks.nibbles;
    this.blockOrder = alloc.blocks.order;
    this.cpus = nodeOfCpu.length;
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
    const keys = Math.max(...alloc.zones.map((z) => z.key)) + 1;
    for (let i = 0; i < keys * this.cpus; i++) this.places.push(undefined);
    for (const zone of alloc.zones) {
      for (let cpu = 0; cpu < zone.cpus; cpu++) {
        this.places[zone.key * this.cpus + cpu] = placeOf(zone, cpu, nodeOfCpu[cpu] as number);
      }
    }
  }

  /** Where a zone keeps its things, by CPU. */
  placesOf(zone: Zone): readonly (Place | undefined)[] {
    return this.places.slice(zone.key * this.cpus, (zone.key + 1) * this.cpus);
  }

  /** A block of the preferred zone off the CPU's list of its order (0 to 3); −1: ask the general way. */
  take(request: Request, order: number, cpu: number): number {
    const place = request.places[cpu];
    const { mem, chunks } = this;
    const { words, journal } = mem;
    const room = journal.room;
    if (place === undefined || (room !== OFF && journal.fill + MOST_ENTRIES > room)) return -1;
    // `| 0` says that indexes are 32-bit: no overflow to look for
    const mark = ((words[place.mark] as number) + (words[place.boost] as number)) | 0;
    const free = ((words[place.free] as number) - (words[place.highatomic] as number)) | 0;
    const pages = 1 << order;
    if (((free - pages + 1) | 0) <= ((mark + (words[request.reserve] as number)) | 0)) return -1;
    if (order !== 0 && !this.hasBlock(place.zone, order)) return -1;
    if (((words[place.factor] as number) & 0xffff) | ((words[place.flags] as number) & ZONE_FLAGS)) return -1;

    const pindex = (Math.imul(order, MIGRATE_PCPTYPES) + request.migratetype) | 0;
    const head = (place.lists + (pindex << 2)) | 0;
    const lo = (place.listsLo + (pindex << 4)) | 0;
    const hi = place.listsHi;
    const firstLo = words[head] as number;
    const firstHi = words[(head + 1) | 0] as number;
    const top = (firstHi - this.lruHigh) | 0;
    if (top >>> 0 > 63 || (firstLo & 63) !== 8) return -1;
    // a page whose frame was never looked up seems to lie at word 0: there are no pointers there, so the checks below fail
    const lru = ((chunks[(top << 20) | (firstLo >>> 12)] as number) + ((firstLo >>> 2) & 0x3f0) + LRU) | 0;
    const secondLo = words[lru] as number;
    const secondHi = words[(lru + 1) | 0] as number;
    let second = head;
    if (secondHi !== hi || secondLo !== lo) {
      if (secondHi !== firstHi || (secondLo & 63) !== 8) return -1;
      second = ((chunks[(top << 20) | (secondLo >>> 12)] as number) + ((secondLo >>> 2) & 0x3f0) + LRU) | 0;
    }
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
    const count = words[place.count] as number;
    const hits = words[place.hit] as number;
    const locals = words[place.local] as number;
    if (hits === -1 || locals === -1) return -1;

    const refcount = (lru + (REFCOUNT - LRU)) | 0;
    if (room !== OFF) {
      const log = journal.log;
      let at = journal.fill << 1;
      at = note(log, at, (second + 2) | 0, firstLo);
      at = note(log, at, (second + 3) | 0, firstHi);
      at = note(log, at, head, firstLo);
      if (secondHi !== firstHi) at = note(log, at, (head + 1) | 0, firstHi);
      at = note(log, at, place.count, count);
      at = note(log, at, refcount, words[refcount] as number);
      at = note(log, at, lru, secondLo);
      at = note(log, at, (lru + 1) | 0, secondHi);
      at = note(log, at, (lru + 2) | 0, lo);
      at = note(log, at, (lru + 3) | 0, hi);
      at = note(log, at, place.hit, hits);
      at = note(log, at, place.local, locals);
      journal.fill = at >> 1;
    }
    words[(second + 2) | 0] = lo;
    words[(second + 3) | 0] = hi;
    words[head] = secondLo;
    words[(head + 1) | 0] = secondHi;
    words[place.count] = (count - pages) | 0;
    words[refcount] = 1;
    words[lru] = 0;
    words[(lru + 1) | 0] = 0;
    words[(lru + 2) | 0] = this.poison2;
    words[(lru + 3) | 0] = this.poison2High;
    words[place.hit] = (hits + 1) | 0;
    words[place.local] = (locals + 1) | 0;
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
    const { mem, chunks } = this;
    const { words, journal } = mem;
    const chunk = chunks[pfn >>> 6] as number;
    if (!(chunk > 0)) return false;
    const page = (chunk + ((pfn & 63) << 4)) | 0;
    const key = (words[(page + 1) | 0] as number) >>> 19;
    const place = this.places[(Math.imul(key, this.cpus) + cpu) | 0];
    const room = journal.room;
    if (place === undefined || (room !== OFF && journal.fill + MOST_ENTRIES > room)) return false;
    const nibble = this.nibbles[pfn >>> this.blockOrder] as number;
    const migratetype = ((words[nibble >>> 3] as number) >>> ((nibble & 7) << 2)) & 7;
    if (
      ((words[page] as number) & this.checkAtPrep) |
      ((words[(page + REFCOUNT) | 0] as number) ^ 1) |
      ((words[(page + MAPPING) | 0] as number) & 3) |
      ((words[(page + INDEX) | 0] as number) ^ migratetype) |
      (words[(page + INDEX + 1) | 0] as number) |
      ((words[place.flags] as number) & ZONE_FLAGS)
    ) {
      return false;
    }
    if (nibble === 0 || migratetype > 2) return false;
    const pages = 1 << order;
    const lru = (page + LRU) | 0;
    if (order !== 0) {
      // order 1 to 3 with free_factor: the whole list may go back
      if (((words[place.factor] as number) & 0xffff) !== 0) return false;
      if (((words[lru] as number) & 1) !== 0 || (pfn & 63) + pages > 64) return false;
      for (let tail = (page + 16) | 0, end = (page + (pages << 4)) | 0; tail < end; tail = (tail + 16) | 0) {
        if (
          ((words[tail] as number) & this.checkAtPrep) |
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
    const count = words[place.count] as number;
    if (((count + pages) | 0) >= (words[place.high] as number)) return false;

    const pindex = (Math.imul(order, MIGRATE_PCPTYPES) + migratetype) | 0;
    const head = (place.lists + (pindex << 2)) | 0;
    const lo = (place.listsLo + (pindex << 4)) | 0;
    const hi = place.listsHi;
    const firstLo = words[head] as number;
    const firstHi = words[(head + 1) | 0] as number;
    const ownLo = (pfn << 6) | 8;
    const ownHi = (this.lruHigh + (pfn >>> 26)) | 0;
    let first = head;
    if (firstHi !== hi || firstLo !== lo) {
      if (firstHi !== ownHi || (firstLo & 63) !== 8 || firstLo === ownLo) return false;
      first = ((chunks[((pfn >>> 26) << 20) | (firstLo >>> 12)] as number) + ((firstLo >>> 2) & 0x3f0) + LRU) | 0;
    }
    if (((words[(first + 2) | 0] as number) ^ lo) | ((words[(first + 3) | 0] as number) ^ hi)) return false;

    if (room !== OFF) {
      const log = journal.log;
      let at = journal.fill << 1;
      at = note(log, at, (first + 2) | 0, lo);
      at = note(log, at, (first + 3) | 0, hi);
      at = note(log, at, head, firstLo);
      if (firstHi !== ownHi) at = note(log, at, (head + 1) | 0, firstHi);
      at = note(log, at, place.count, count);
      at = note(log, at, (page + REFCOUNT) | 0, 1);
      at = note(log, at, lru, words[lru] as number);
      at = note(log, at, (lru + 1) | 0, words[(lru + 1) | 0] as number);
      at = note(log, at, (lru + 2) | 0, words[(lru + 2) | 0] as number);
      at = note(log, at, (lru + 3) | 0, words[(lru + 3) | 0] as number);
      journal.fill = at >> 1;
    }
    words[(first + 2) | 0] = ownLo;
    words[(first + 3) | 0] = ownHi;
    words[head] = ownLo;
    words[(head + 1) | 0] = ownHi;
    words[place.count] = (count + pages) | 0;
    words[(page + REFCOUNT) | 0] = 0;
    words[lru] = firstLo;
    words[(lru + 1) | 0] = firstHi;
    words[(lru + 2) | 0] = lo;
    words[(lru + 3) | 0] = hi;
    return true;
  }
}
