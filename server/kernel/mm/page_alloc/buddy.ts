/**
 * The free lists and the buddy system on them: lists threaded through struct page.lru, splitting, merging.
 * Follows mm/page_alloc.c, 6.1: expand, __rmqueue_smallest, __free_one_page, and include/linux/list.h with CONFIG_DEBUG_LIST.
 * A block is its first pfn and an order (2^order pages).
 */

import type { Memory } from '../../../memory/memory';
import type { AddressSpace } from '../../../memory/space';
import { PageFaultError } from '../../../memory/space';
import { formatAddress } from '../../../types/address';
import { KernelBug } from '../../lib/bug';
import { MIGRATE_PCPTYPES, MIGRATE_TYPES } from '../migratetype';
import type { PageTable } from '../page';
import { NO_MAPCOUNT } from '../page_flags';
import type { Pageblocks } from '../pageblock';
import { modZoneFreePages } from '../vmstat';
import type { Zone } from '../zone';
import { MAX_ORDER } from '../zone';

export interface BuddyParts {
  readonly mem: Memory;
  readonly space: AddressSpace;
  readonly pages: PageTable;
  readonly blocks: Pageblocks;
  /** physical address of vm_zone_stat[NR_FREE_PAGES]; absent: not kept */
  readonly globalFreePhys?: number;
}

export class Buddy {
  readonly mem: Memory;
  readonly pages: PageTable;
  readonly blocks: Pageblocks;
  /** word of vm_zone_stat[NR_FREE_PAGES], or −1 */
  readonly globalFree: number;
  private readonly space: AddressSpace;
  private readonly long: number;
  private readonly lru: number;
  private readonly buddyType: number;
  // LIST_POISON1 and 2: low and high words
  private readonly poison1: number;
  private readonly poison2: number;
  private readonly poison1High: number;
  private readonly poison2High: number;

  constructor(parts: BuddyParts) {
    this.mem = parts.mem;
    this.space = parts.space;
    this.pages = parts.pages;
    this.blocks = parts.blocks;
    this.long = parts.pages.long;
    this.lru = parts.pages.lru;
    this.buddyType = parts.pages.pageFlags.buddyType;
    const { list1, list2 } = parts.pages.poison;
    this.poison1 = list1.low;
    this.poison2 = list2.low;
    this.poison1High = list1.high;
    this.poison2High = list2.high;
    this.globalFree = parts.globalFreePhys === undefined ? -1 : parts.mem.word(parts.globalFreePhys);
  }

  // ---------------------------------------------------------------- lists of pages
  /** Word of the list_head at an address given as two words: a page's lru, or any other in memory. @throws PageFaultError */
  private listWord(lo: number, hi: number): number {
    const pfn = this.pages.pfnOfLru(lo, hi);
    if (pfn >= 0) return this.pages.word(pfn) + this.lru;
    const address = this.long === 2 ? hi * 0x1_0000_0000 + (lo >>> 0) : lo >>> 0;
    const phys = this.space.translate(address);
    if (phys < 0) throw new PageFaultError(address, true);
    return this.mem.word(phys & ~3);
  }
  /** First page of a list, or −1 if it is empty. `lo`, `hi`: the head's own address. */
  first(head: number, lo: number, hi: number): number {
    const words = this.mem.words;
    const nextLo = words[head] as number;
    const nextHi = this.long === 2 ? (words[head + 1] as number) : 0;
    if (nextLo === lo && nextHi === hi) return -1;
    return this.pageOf(nextLo, nextHi);
  }
  /** Last page of a list, or −1. */
  last(head: number, lo: number, hi: number): number {
    const words = this.mem.words;
    const prevLo = words[head + this.long] as number;
    const prevHi = this.long === 2 ? (words[head + 3] as number) : 0;
    if (prevLo === lo && prevHi === hi) return -1;
    return this.pageOf(prevLo, prevHi);
  }
  /** The page after `pfn` on a list, or −1 at its end. */
  next(pfn: number, lo: number, hi: number): number {
    return this.first(this.pages.word(pfn) + this.lru, lo, hi);
  }
  private pageOf(lo: number, hi: number): number {
    const pfn = this.pages.pfnOfLru(lo, hi);
    if (pfn < 0) throw new PageFaultError(this.long === 2 ? hi * 0x1_0000_0000 + (lo >>> 0) : lo >>> 0, false);
    return pfn;
  }
  /** Whether a list is empty. */
  isEmpty(head: number, lo: number, hi: number): boolean {
    const words = this.mem.words;
    return words[head] === lo && (this.long === 1 || words[head + 1] === hi);
  }
  /** list_add: `pfn` becomes the first of the list. */
  addHead(pfn: number, head: number, lo: number, hi: number): void {
    const { mem, pages, long } = this;
    const at = pages.word(pfn) + this.lru;
    let words = mem.words;
    const nextLo = words[head] as number;
    const ownLo = pages.lruLo(pfn);
    if (long === 1) {
      const next = nextLo === lo ? head : this.listWord(nextLo, 0);
      this.checkAdd(pfn, mem.words[next + 1] === lo, nextLo === ownLo);
      mem.setThree(next + 1, ownLo, at, nextLo, at + 1, lo);
      mem.set(head, ownLo);
      return;
    }
    const nextHi = words[head + 1] as number;
    const ownHi = pages.lruHi(pfn);
    const next = nextLo === lo && nextHi === hi ? head : this.listWord(nextLo, nextHi);
    words = mem.words;
    this.checkAdd(pfn, words[next + 2] === lo, nextLo === ownLo && nextHi === ownHi);
    mem.setFour(at, nextLo, nextHi, lo, hi);
    if (words[next + 3] !== ownHi) mem.set(next + 3, ownHi);
    if (words[head + 1] !== ownHi) mem.set(head + 1, ownHi);
    mem.setTwo(next + 2, ownLo, head, ownLo);
  }
  /** list_add_tail: `pfn` becomes the last of the list. */
  addTail(pfn: number, head: number, lo: number, hi: number): void {
    const { mem, pages, long } = this;
    const at = pages.word(pfn) + this.lru;
    let words = mem.words;
    const prevLo = words[head + long] as number;
    const ownLo = pages.lruLo(pfn);
    if (long === 1) {
      const prev = prevLo === lo ? head : this.listWord(prevLo, 0);
      this.checkAdd(pfn, mem.words[prev] === lo, prevLo === ownLo);
      mem.setThree(head + 1, ownLo, at, lo, at + 1, prevLo);
      mem.set(prev, ownLo);
      return;
    }
    const prevHi = words[head + 3] as number;
    const ownHi = pages.lruHi(pfn);
    const prev = prevLo === lo && prevHi === hi ? head : this.listWord(prevLo, prevHi);
    words = mem.words;
    this.checkAdd(pfn, words[prev] === lo, prevLo === ownLo && prevHi === ownHi);
    mem.setFour(at, lo, hi, prevLo, prevHi);
    if (words[head + 3] !== ownHi) mem.set(head + 3, ownHi);
    if (words[prev + 1] !== ownHi) mem.set(prev + 1, ownHi);
    mem.setTwo(head + 2, ownLo, prev, ownLo);
  }
  private checkAdd(pfn: number, linked: boolean, twice: boolean): void {
    if (!linked) this.corrupted('list_add corruption. the neighbours do not point at each other', pfn);
    if (twice) this.corrupted('list_add double add: the page is already on the list', pfn);
  }
  /** list_del of a page on a list whose head is known: saves looking the head up. */
  del(pfn: number, head: number, lo: number, hi: number): void {
    const { mem, pages, long } = this;
    const at = pages.word(pfn) + this.lru;
    let words = mem.words;
    const nextLo = words[at] as number;
    const prevLo = words[at + long] as number;
    const ownLo = pages.lruLo(pfn);
    if (long === 1) {
      const next = nextLo === lo ? head : this.listWord(nextLo, 0);
      const prev = prevLo === lo ? head : this.listWord(prevLo, 0);
      this.checkDel(pfn, mem.words[prev] === ownLo && mem.words[next + 1] === ownLo);
      mem.setTwo(next + 1, prevLo, prev, nextLo);
      mem.setPair(at, this.poison1, this.poison2);
      return;
    }
    const nextHi = words[at + 1] as number;
    const prevHi = words[at + 3] as number;
    const next = nextLo === lo && nextHi === hi ? head : this.listWord(nextLo, nextHi);
    const prev = prevLo === lo && prevHi === hi ? head : this.listWord(prevLo, prevHi);
    words = mem.words;
    this.checkDel(pfn, words[prev] === ownLo && words[next + 2] === ownLo);
    if (words[next + 3] !== prevHi) mem.set(next + 3, prevHi);
    if (words[prev + 1] !== nextHi) mem.set(prev + 1, nextHi);
    mem.setTwo(next + 2, prevLo, prev, nextLo);
    mem.setFour(at, this.poison1, this.poison1High, this.poison2, this.poison2High);
  }
  private checkDel(pfn: number, linked: boolean): void {
    if (!linked) this.corrupted('list_del corruption. the neighbours do not point at the entry', pfn);
  }
  /** What CONFIG_DEBUG_LIST finds, with CONFIG_BUG_ON_DATA_CORRUPTION: the list's pointers contradict each other. */
  private corrupted(what: string, pfn: number): never {
    const page = formatAddress(this.pages.layouts.abi, this.pages.pageAddr(pfn) + this.pages.lruOffset);
    throw new KernelBug('lib/list_debug.c', [
      `${what} (entry ${page}, lru of the page with pfn 0x${pfn.toString(16)})`,
    ]);
  }

  // ---------------------------------------------------------------- free areas
  private count(zone: Zone, order: number, delta: number): void {
    const word = zone.nrFree[order] as number;
    this.mem.set(word, (this.mem.words[word] as number) + delta);
  }
  /** add_to_free_list, or add_to_free_list_tail */
  addToFreeList(zone: Zone, pfn: number, order: number, migratetype: number, tail: boolean): void {
    const i = order * MIGRATE_TYPES + migratetype;
    const head = zone.listWord[i] as number;
    const lo = zone.listLo[i] as number;
    const hi = zone.listHi[i] as number;
    if (tail) this.addTail(pfn, head, lo, hi);
    else this.addHead(pfn, head, lo, hi);
    this.count(zone, order, 1);
  }
  /** list_del of a free block from whichever list of its order holds it. */
  private unlink(zone: Zone, pfn: number, order: number): void {
    const long = this.long;
    const at = this.pages.word(pfn) + this.lru;
    const words = this.mem.words;
    // the heads that its pointers can name lie in this free_area: neighbours of the first list's head
    const first = order * MIGRATE_TYPES;
    const base = zone.listLo[first] as number;
    const span = MIGRATE_TYPES * long * 8;
    const nextLo = words[at] as number;
    const prevLo = words[at + long] as number;
    const nextAt = (nextLo - base) >>> 0;
    const prevAt = (prevLo - base) >>> 0;
    const offset = nextAt < span ? nextAt : prevAt < span ? prevAt : 0;
    const head = (zone.listWord[first] as number) + (offset >>> 2);
    this.del(pfn, head, (base + offset) | 0, zone.listHi[first] as number);
  }
  /** del_page_from_free_list */
  delFromFreeList(zone: Zone, pfn: number, order: number): void {
    this.unlink(zone, pfn, order);
    this.clearBuddy(pfn);
    this.count(zone, order, -1);
  }
  /** move_to_free_list: to the tail of another list of its order */
  moveToFreeList(zone: Zone, pfn: number, order: number, migratetype: number): void {
    this.unlink(zone, pfn, order);
    const i = order * MIGRATE_TYPES + migratetype;
    this.addTail(pfn, zone.listWord[i] as number, zone.listLo[i] as number, zone.listHi[i] as number);
  }
  /** set_buddy_order */
  setBuddyOrder(pfn: number, order: number): void {
    const page = this.pages.word(pfn);
    const mem = this.mem;
    if (mem.words[page + this.pages.private] !== order) mem.set(page + this.pages.private, order);
    mem.set(page + this.pages.mapcount, this.buddyType);
  }
  private clearBuddy(pfn: number): void {
    const page = this.pages.word(pfn);
    const mem = this.mem;
    mem.set(page + this.pages.mapcount, NO_MAPCOUNT);
    if (mem.words[page + this.pages.private] !== 0) mem.set(page + this.pages.private, 0);
  }
  /** First block of a free list, or −1: get_page_from_free_area. */
  freeAreaFirst(zone: Zone, order: number, migratetype: number): number {
    const i = order * MIGRATE_TYPES + migratetype;
    return this.first(zone.listWord[i] as number, zone.listLo[i] as number, zone.listHi[i] as number);
  }
  /** free_area_empty */
  freeAreaEmpty(zone: Zone, order: number, migratetype: number): boolean {
    const i = order * MIGRATE_TYPES + migratetype;
    return this.isEmpty(zone.listWord[i] as number, zone.listLo[i] as number, zone.listHi[i] as number);
  }

  // ---------------------------------------------------------------- taking
  /**
   * __rmqueue_smallest: the smallest block of a migratetype that is large enough, halved until it fits (expand: upper halves go to
   * their lists' heads). −1 if there is none.
   */
  rmqueueSmallest(zone: Zone, order: number, migratetype: number): number {
    for (let current = order; current < MAX_ORDER; current++) {
      const i = current * MIGRATE_TYPES + migratetype;
      const head = zone.listWord[i] as number;
      const lo = zone.listLo[i] as number;
      const hi = zone.listHi[i] as number;
      const pfn = this.first(head, lo, hi);
      if (pfn < 0) continue;
      this.del(pfn, head, lo, hi);
      this.clearBuddy(pfn);
      this.count(zone, current, -1);
      while (current > order) {
        current--;
        const upper = pfn + (1 << current);
        this.addToFreeList(zone, upper, current, migratetype, false);
        this.setBuddyOrder(upper, current);
      }
      this.setPcpMigratetype(pfn, migratetype);
      return pfn;
    }
    return -1;
  }
  /** set_pcppage_migratetype: kept in page->index */
  setPcpMigratetype(pfn: number, migratetype: number): void {
    const word = this.pages.word(pfn) + this.pages.index;
    const mem = this.mem;
    if (mem.words[word] !== migratetype) mem.set(word, migratetype);
    if (this.long === 2 && mem.words[word + 1] !== 0) mem.set(word + 1, 0);
  }

  // ---------------------------------------------------------------- giving back
  /** find_buddy_page_pfn: whether `buddy` is the first page of a free block of this order in this zone. */
  isFreeBuddy(zone: Zone, buddy: number, order: number): boolean {
    if (buddy < zone.startPfn || buddy >= zone.endPfn) return false;
    const page = this.pages.word(buddy);
    const words = this.mem.words;
    return (
      ((words[page + this.pages.mapcount] as number) & 0xf0000080) === (0xf0000000 | 0) &&
      words[page + this.pages.private] === order &&
      this.pages.zoneKey(buddy) === zone.key
    );
  }
  /** __free_one_page: merges with free buddies as far as it goes, and puts the block on its list. */
  freeOnePage(zone: Zone, pfn: number, order: number, migratetype: number, cpu: number): void {
    modZoneFreePages(this.mem, zone, cpu, 1 << order, this.globalFree);
    let buddy = pfn ^ (1 << order);
    while (order < MAX_ORDER - 1) {
      buddy = pfn ^ (1 << order);
      if (!this.isFreeBuddy(zone, buddy, order)) break;
      if (order >= this.blocks.order) {
        // blocks that are set apart (highatomic, isolated) don't merge with others
        const other = this.blocks.migratetype(buddy);
        if (migratetype !== other && (migratetype >= MIGRATE_PCPTYPES || other >= MIGRATE_PCPTYPES)) break;
      }
      this.delFromFreeList(zone, buddy, order);
      pfn &= buddy;
      order++;
    }
    this.setBuddyOrder(pfn, order);
    // buddy_merge_likely: the block may soon become one of the next order, so it is to be handed out last
    const tail = order < MAX_ORDER - 2 && this.isFreeBuddy(zone, (pfn & buddy) ^ (1 << (order + 1)), order + 1);
    this.addToFreeList(zone, pfn, order, migratetype, tail);
  }
}
