/**
 * The free lists of zones and the buddy system on them: splitting, merging. Follows mm/page_alloc.c, 6.1: expand, __rmqueue_smallest,
 * __free_one_page. A block is its first pfn and an order (2^order pages).
 */

import type { Memory } from '../../../memory/memory';
import type { AddressSpace } from '../../../memory/space';
import { MIGRATE_PCPTYPES, MIGRATE_TYPES } from '../migratetype';
import type { PageTable } from '../page';
import { NO_MAPCOUNT } from '../page_flags';
import { type PageLists, pageLists } from '../page_list';
import type { Pageblocks } from '../pageblock';
import { modZoneFreePages } from '../vmstat';
import type { Zone } from '../zone';
import { MAX_ORDER } from '../zone';
import type { ZonePerCpu } from '../zone_percpu';

interface BuddyParts {
  readonly mem: Memory;
  readonly space: AddressSpace;
  readonly pages: PageTable;
  readonly blocks: Pageblocks;
  /** physical address of vm_zone_stat[NR_FREE_PAGES]; absent: not kept */
  readonly globalFreePhys?: number;
}

/** The free areas of all zones. */
export class Buddy {
  readonly mem: Memory;
  readonly pages: PageTable;
  readonly blocks: Pageblocks;
  /** word of vm_zone_stat[NR_FREE_PAGES], or −1 */
  readonly globalFree: number;
  readonly lists: PageLists;
  private readonly lru: number;
  private readonly longWords: number;
  private readonly buddyType: number;

  constructor(parts: BuddyParts) {
    this.mem = parts.mem;
    this.pages = parts.pages;
    this.blocks = parts.blocks;
    this.lists = pageLists(parts.mem, parts.space, parts.pages);
    this.lru = parts.pages.lru;
    this.longWords = parts.pages.longWords;
    this.buddyType = parts.pages.pageFlags.buddyType;
    this.globalFree = parts.globalFreePhys === undefined ? -1 : parts.mem.word(parts.globalFreePhys);
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
    const page = this.pages.word(pfn);
    if (tail) this.lists.addTail(pfn, page, head, lo, hi);
    else this.lists.addHead(pfn, page, head, lo, hi);
    this.count(zone, order, 1);
  }
  /** list_del of a free block from whichever list of its order holds it. */
  private unlink(zone: Zone, pfn: number, page: number, order: number): void {
    const at = page + this.lru;
    const words = this.mem.words;
    // the heads that its pointers can name lie in this free_area: neighbours of the first list's head
    const first = order * MIGRATE_TYPES;
    const base = zone.listLo[first] as number;
    const span = MIGRATE_TYPES * this.longWords * 8;
    const nextLo = words[at] as number;
    const prevLo = words[(at + this.longWords) | 0] as number;
    const nextAt = (nextLo - base) >>> 0;
    const prevAt = (prevLo - base) >>> 0;
    const offset = nextAt < span ? nextAt : prevAt < span ? prevAt : 0;
    const head = (zone.listWord[first] as number) + (offset >>> 2);
    this.lists.del(pfn, page, head, (base + offset) | 0, zone.listHi[first] as number);
  }
  /** del_page_from_free_list */
  delFromFreeList(zone: Zone, pfn: number, order: number): void {
    const page = this.pages.word(pfn);
    this.unlink(zone, pfn, page, order);
    this.clearBuddy(page);
    this.count(zone, order, -1);
  }
  /** move_to_free_list: to the tail of another list of its order */
  moveToFreeList(zone: Zone, pfn: number, order: number, migratetype: number): void {
    const page = this.pages.word(pfn);
    this.unlink(zone, pfn, page, order);
    const i = order * MIGRATE_TYPES + migratetype;
    const head = zone.listWord[i] as number;
    this.lists.addTail(pfn, page, head, zone.listLo[i] as number, zone.listHi[i] as number);
  }
  /** set_buddy_order */
  setBuddyOrder(pfn: number, order: number): void {
    const { mem, pages } = this;
    const page = pages.word(pfn);
    mem.setChanged((page + pages.private) | 0, order);
    mem.set((page + pages.mapcount) | 0, this.buddyType);
  }
  private clearBuddy(page: number): void {
    const { mem, pages } = this;
    mem.set((page + pages.mapcount) | 0, NO_MAPCOUNT);
    mem.setChanged((page + pages.private) | 0, 0);
  }
  /** First block of a free list, or −1: get_page_from_free_area. */
  freeAreaFirst(zone: Zone, order: number, migratetype: number): number {
    const i = order * MIGRATE_TYPES + migratetype;
    return this.lists.first(zone.listWord[i] as number, zone.listLo[i] as number, zone.listHi[i] as number);
  }
  /** free_area_empty */
  freeAreaEmpty(zone: Zone, order: number, migratetype: number): boolean {
    const i = order * MIGRATE_TYPES + migratetype;
    return this.lists.isEmpty(zone.listWord[i] as number, zone.listLo[i] as number, zone.listHi[i] as number);
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
      const pfn = this.lists.first(head, lo, hi);
      if (pfn < 0) continue;
      const page = this.pages.word(pfn);
      this.lists.del(pfn, page, head, lo, hi);
      this.clearBuddy(page);
      this.count(zone, current, -1);
      while (current > order) {
        current--;
        const upper = pfn + (1 << current);
        this.addToFreeList(zone, upper, current, migratetype, false);
        this.setBuddyOrder(upper, current);
      }
      this.pages.setIndex(page, migratetype);
      return pfn;
    }
    return -1;
  }
  /** set_pcppage_migratetype: kept in page->index */
  setPcpMigratetype(pfn: number, migratetype: number): void {
    this.pages.setIndex(this.pages.word(pfn), migratetype);
  }

  // ---------------------------------------------------------------- giving back
  /** page_is_buddy: whether `buddy` is the first page of a free block of this order in this zone, by its descriptor alone. */
  isFreeBuddy(zone: Zone, buddy: number, order: number): boolean {
    const page = this.pages.word(buddy);
    const words = this.mem.words;
    return (
      this.pages.pageFlags.isBuddy(words[(page + this.pages.mapcount) | 0] as number) &&
      words[(page + this.pages.private) | 0] === order &&
      this.pages.zoneKeyAt(page) === zone.key
    );
  }
  /** __free_one_page: merges with free buddies as far as it goes, and puts the block on its list. */
  freeOnePage(zone: Zone, pcp: ZonePerCpu, pfn: number, order: number, migratetype: number): void {
    modZoneFreePages(this.mem, zone, pcp, 1 << order, this.globalFree);
    let buddy = pfn ^ (1 << order);
    while (order < MAX_ORDER - 1) {
      buddy = pfn ^ (1 << order);
      if (!this.isFreeBuddy(zone, buddy, order)) break;
      if (order >= this.blocks.order) {
        // blocks that are set apart (highatomic, isolated) do not merge with others
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
