/**
 * Lists of pages, threaded through struct page.lru. Follows include/linux/list.h and lib/list_debug.c, 6.1, with CONFIG_DEBUG_LIST and
 * CONFIG_BUG_ON_DATA_CORRUPTION. A list is its head: the head's word, and its address as two words (see ListHead).
 */
import type { Memory } from '../../memory/memory';
import type { AddressSpace } from '../../memory/space';
import { PageFaultError } from '../../memory/space';
import { formatAddress } from '../../types/address';
import { KernelBug } from '../lib/bug';
import type { PageTable } from './page';

/** The list operations, on any list of struct page.lru. Each follows the function of list.h with its name. */
export class PageLists {
  private readonly lru: number;
  private readonly longWords: number;
  /** LIST_POISON1 and 2: low and high words */
  private readonly poison1: number;
  private readonly poison2: number;
  private readonly poison1High: number;
  private readonly poison2High: number;

  constructor(
    private readonly mem: Memory,
    private readonly space: AddressSpace,
    private readonly pages: PageTable,
  ) {
    this.lru = pages.lru;
    this.longWords = pages.longWords;
    const { list1, list2 } = pages.poison;
    // `| 0`: held as small integers, whatever they were computed from
    this.poison1 = list1.low | 0;
    this.poison2 = list2.low | 0;
    this.poison1High = list1.high | 0;
    this.poison2High = list2.high | 0;
  }

  // ---------------------------------------------------------------- looking
  /** list_empty */
  isEmpty(head: number, lo: number, hi: number): boolean {
    const words = this.mem.words;
    return words[head] === lo && (this.longWords === 1 || words[head + 1] === hi);
  }
  /** First page of a list, or −1 if it is empty. @throws PageFaultError where the head points to something that is not a page */
  first(head: number, lo: number, hi: number): number {
    return this.pageAt(head, lo, hi);
  }
  /** Last page of a list, or −1. @throws PageFaultError */
  last(head: number, lo: number, hi: number): number {
    return this.pageAt((head + this.longWords) | 0, lo, hi);
  }
  /** The page after `pfn` on a list, or −1 at its end. @throws PageFaultError */
  next(pfn: number, lo: number, hi: number): number {
    return this.pageAt(this.pages.word(pfn) + this.lru, lo, hi);
  }
  /** The page that the pointer at a word leads to; −1 if it leads to the head. */
  private pageAt(pointer: number, headLo: number, headHi: number): number {
    const words = this.mem.words;
    const lo = words[pointer] as number;
    const hi = this.longWords === 2 ? (words[(pointer + 1) | 0] as number) : 0;
    if (lo === headLo && hi === headHi) return -1;
    const pfn = this.pages.pfnOfLru(lo, hi);
    return pfn >= 0 ? pfn : this.noPage(lo, hi);
  }
  private noPage(lo: number, hi: number): never {
    throw new PageFaultError(this.address(lo, hi), false);
  }
  private address(lo: number, hi: number): number {
    return this.longWords === 2 ? hi * 0x1_0000_0000 + (lo >>> 0) : lo >>> 0;
  }
  /** Word of the list_head at an address: a page's lru, or any other in memory. @throws PageFaultError */
  private listWord(lo: number, hi: number): number {
    const pfn = this.pages.pfnOfLru(lo, hi);
    return pfn >= 0 ? (this.pages.word(pfn) + this.lru) | 0 : this.otherListWord(lo, hi);
  }
  private otherListWord(lo: number, hi: number): number {
    const address = this.address(lo, hi);
    const phys = this.space.translate(address);
    if (phys < 0) throw new PageFaultError(address, true);
    return this.mem.word(phys & ~3);
  }

  // ---------------------------------------------------------------- changing
  // `page` is pages.word(pfn), which callers have at hand. `| 0` says that indexes are 32-bit.
  /** list_add: `pfn` becomes the first of the list. @throws KernelBug, PageFaultError for a list that was written over */
  addHead(pfn: number, page: number, head: number, lo: number, hi: number): void {
    const words = this.mem.words;
    const nextLo = words[head] as number;
    const nextHi = this.longWords === 2 ? (words[(head + 1) | 0] as number) : 0;
    const next = nextLo === lo && nextHi === hi ? head : this.listWord(nextLo, nextHi);
    this.link(pfn, page, head, lo, hi, next, nextLo, nextHi);
  }
  /** list_add_tail: `pfn` becomes the last of the list. @throws KernelBug, PageFaultError for a list that was written over */
  addTail(pfn: number, page: number, head: number, lo: number, hi: number): void {
    const words = this.mem.words;
    const prevLo = words[(head + this.longWords) | 0] as number;
    const prevHi = this.longWords === 2 ? (words[(head + 3) | 0] as number) : 0;
    const prev = prevLo === lo && prevHi === hi ? head : this.listWord(prevLo, prevHi);
    this.link(pfn, page, prev, prevLo, prevHi, head, lo, hi);
  }
  /** __list_add, between two neighbours: each is its word and its address. */
  private link(
    pfn: number,
    page: number,
    prev: number,
    prevLo: number,
    prevHi: number,
    next: number,
    nextLo: number,
    nextHi: number,
  ): void {
    const { mem, pages, longWords } = this;
    const words = mem.words;
    const lo = pages.lruLo(pfn);
    if (words[prev] !== nextLo || words[(next + longWords) | 0] !== prevLo) this.notLinked(pfn);
    if (prevLo === lo || nextLo === lo) this.checkTwice(pfn, prevLo, prevHi, nextLo, nextHi);
    const at = (page + this.lru) | 0;
    if (longWords === 1) {
      mem.setThree((next + 1) | 0, lo, at, nextLo, (at + 1) | 0, prevLo);
      mem.set(prev, lo);
      return;
    }
    const hi = pages.lruHi(pfn);
    mem.setFour(at, nextLo, nextHi, prevLo, prevHi);
    mem.setChanged((next + 3) | 0, hi);
    mem.setChanged((prev + 1) | 0, hi);
    mem.setTwo((next + 2) | 0, lo, prev, lo);
  }
  /** list_del of a page on a list whose head is known. @throws KernelBug, PageFaultError for a list that was written over */
  del(pfn: number, page: number, head: number, lo: number, hi: number): void {
    if (this.longWords === 1) {
      this.delShort(pfn, page, head, lo);
      return;
    }
    const { mem } = this;
    const at = (page + this.lru) | 0;
    let words = mem.words;
    const nextLo = words[at] as number;
    const nextHi = words[(at + 1) | 0] as number;
    const prevLo = words[(at + 2) | 0] as number;
    const prevHi = words[(at + 3) | 0] as number;
    const next = nextLo === lo && nextHi === hi ? head : this.listWord(nextLo, nextHi);
    const prev = prevLo === lo && prevHi === hi ? head : this.listWord(prevLo, prevHi);
    const own = this.pages.lruLo(pfn);
    words = mem.words;
    if (words[prev] !== own || words[(next + 2) | 0] !== own) this.notDeletable(pfn);
    mem.setChanged((next + 3) | 0, prevHi);
    mem.setChanged((prev + 1) | 0, nextHi);
    mem.setTwo((next + 2) | 0, prevLo, prev, nextLo);
    mem.setFour(at, this.poison1, this.poison1High, this.poison2, this.poison2High);
  }
  /** The same where a pointer is one word. */
  private delShort(pfn: number, page: number, head: number, lo: number): void {
    const { mem } = this;
    const at = page + this.lru;
    const nextLo = mem.words[at] as number;
    const prevLo = mem.words[at + 1] as number;
    const next = nextLo === lo ? head : this.listWord(nextLo, 0);
    const prev = prevLo === lo ? head : this.listWord(prevLo, 0);
    const own = this.pages.lruLo(pfn);
    if (mem.words[prev] !== own || mem.words[next + 1] !== own) this.notDeletable(pfn);
    mem.setTwo(next + 1, prevLo, prev, nextLo);
    mem.setPair(at, this.poison1, this.poison2);
  }
  /** __list_add_valid: the neighbours. */
  private notLinked(pfn: number): never {
    this.corrupted('list_add corruption. the neighbours do not point at each other', pfn);
  }
  /** __list_add_valid: the lower half of a neighbour's address is the page's own. */
  private checkTwice(pfn: number, prevLo: number, prevHi: number, nextLo: number, nextHi: number): void {
    const lo = this.pages.lruLo(pfn);
    const hi = this.pages.lruHi(pfn);
    if ((prevLo === lo && prevHi === hi) || (nextLo === lo && nextHi === hi)) {
      this.corrupted('list_add double add: the page is already on the list', pfn);
    }
  }
  /** __list_del_entry_valid */
  private notDeletable(pfn: number): never {
    this.corrupted('list_del corruption. the neighbours do not point at the entry', pfn);
  }
  /** What CONFIG_DEBUG_LIST finds: the list's pointers contradict each other. */
  private corrupted(what: string, pfn: number): never {
    const page = formatAddress(this.pages.layouts.abi, this.pages.pageAddr(pfn) + this.pages.lruOffset);
    throw new KernelBug('lib/list_debug.c', [
      `${what} (entry ${page}, lru of the page with pfn 0x${pfn.toString(16)})`,
    ]);
  }
}
