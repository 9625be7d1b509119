/**
 * Lists of pages, threaded through struct page.lru. Follows include/linux/list.h and lib/list_debug.c, 6.1, with CONFIG_DEBUG_LIST and
 * CONFIG_BUG_ON_DATA_CORRUPTION. A list is its head: the head's word, and its address as two words (see ListHead).
 */
import type { Memory } from '../../memory/memory';
import type { AddressSpace } from '../../memory/space';
import { PageFaultError } from '../../memory/space';
import { isCanonical } from '../../types/address';
import { GeneralProtectionError } from '../arch/faults';
import { listAddError, listDelError } from '../lib/list_debug';
import type { PageTable } from './page';

/**
 * The list operations, on any list of struct page.lru. `page` is pages.word(pfn), which callers have at hand.
 * All throw PageFaultError for a pointer to unmapped memory, and KernelBug for pointers that contradict each other.
 */
export interface PageLists {
  /** list_empty */
  isEmpty(head: number, lo: number, hi: number): boolean;
  /** First page of a list, or −1 if it is empty. */
  first(head: number, lo: number, hi: number): number;
  /** Last page of a list, or −1. */
  last(head: number, lo: number, hi: number): number;
  /** The page after `pfn` on a list, or −1 at its end. */
  next(pfn: number, lo: number, hi: number): number;
  /** list_add: `pfn` becomes the first of the list. */
  addHead(pfn: number, page: number, head: number, lo: number, hi: number): void;
  /** list_add_tail: `pfn` becomes the last of the list. */
  addTail(pfn: number, page: number, head: number, lo: number, hi: number): void;
  /** list_del of a page on the list with this head */
  del(pfn: number, page: number, head: number, lo: number, hi: number): void;
}

/** A word index that no memory has: reading there gives undefined, which equals no pointer. */
const NOWHERE = 0x7fff_fff0;

/** The list operations of a machine: functions over variables that are fixed at boot, which the compiler needs no object to read. */
export function pageLists(mem: Memory, space: AddressSpace, pages: PageTable): PageLists {
  const { lru, longWords } = pages;
  const { abi } = pages.layouts;
  const checked = { space, abi, poison: pages.poison };
  // `| 0` here and below: a 32-bit integer, whatever it was computed from
  const poison1 = pages.poison.list1.low | 0;
  const poison2 = pages.poison.list2.low | 0;
  const poison1High = pages.poison.list1.high | 0;
  const poison2High = pages.poison.list2.high | 0;

  // ---------------------------------------------------------------- reading
  function isEmpty(head: number, lo: number, hi: number): boolean {
    const words = mem.words;
    return words[head] === lo && (longWords === 1 || words[head + 1] === hi);
  }
  function first(head: number, lo: number, hi: number): number {
    return pageAt(head, lo, hi);
  }
  function last(head: number, lo: number, hi: number): number {
    return pageAt((head + longWords) | 0, lo, hi);
  }
  function next(pfn: number, lo: number, hi: number): number {
    return pageAt(pages.word(pfn) + lru, lo, hi);
  }
  /** The page that the pointer at a word leads to; −1 if it leads to the head. */
  function pageAt(pointer: number, headLo: number, headHi: number): number {
    const words = mem.words;
    const lo = words[pointer] as number;
    const hi = longWords === 2 ? (words[(pointer + 1) | 0] as number) : 0;
    if (lo === headLo && hi === headHi) return -1;
    const pfn = pages.pfnOfLru(lo, hi);
    return pfn >= 0 ? pfn : noPage(lo, hi);
  }
  function noPage(lo: number, hi: number): never {
    const bits = bitsOf(lo, hi);
    if (!isCanonical(abi, bits)) throw new GeneralProtectionError(bits, false);
    throw new PageFaultError(addressOf(lo, hi), false);
  }
  function bitsOf(lo: number, hi: number): bigint {
    return longWords === 2 ? (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0) : BigInt(lo >>> 0);
  }
  function addressOf(lo: number, hi: number): number {
    return longWords === 2 ? hi * 0x1_0000_0000 + (lo >>> 0) : lo >>> 0;
  }
  /** Word of the list_head at an address: a page's lru, or any other in memory; NOWHERE if nothing is mapped there. */
  function listWord(lo: number, hi: number): number {
    const pfn = pages.pfnOfLru(lo, hi);
    return pfn >= 0 ? (pages.word(pfn) + lru) | 0 : otherListWord(lo, hi);
  }
  function otherListWord(lo: number, hi: number): number {
    const address = addressOf(lo, hi);
    const phys = space.translate(address);
    return phys < 0 ? NOWHERE : mem.word(phys & ~3);
  }

  // ---------------------------------------------------------------- changing
  function addHead(pfn: number, page: number, head: number, lo: number, hi: number): void {
    const words = mem.words;
    const nextLo = words[head] as number;
    const nextHi = longWords === 2 ? (words[(head + 1) | 0] as number) : 0;
    const next = nextLo === lo && nextHi === hi ? head : listWord(nextLo, nextHi);
    link(pfn, page, head, lo, hi, next, nextLo, nextHi);
  }
  function addTail(pfn: number, page: number, head: number, lo: number, hi: number): void {
    const words = mem.words;
    const prevLo = words[(head + longWords) | 0] as number;
    const prevHi = longWords === 2 ? (words[(head + 3) | 0] as number) : 0;
    const prev = prevLo === lo && prevHi === hi ? head : listWord(prevLo, prevHi);
    link(pfn, page, prev, prevLo, prevHi, head, lo, hi);
  }
  /** __list_add, between two neighbours: each is its word and its address. */
  function link(
    pfn: number,
    page: number,
    prev: number,
    prevLo: number,
    prevHi: number,
    next: number,
    nextLo: number,
    nextHi: number,
  ): void {
    const words = mem.words;
    const lo = pages.lruLo(pfn);
    if (words[prev] !== nextLo || words[(next + longWords) | 0] !== prevLo || prevLo === lo || nextLo === lo)
      checkAdd(pfn, prevLo, prevHi, nextLo, nextHi);
    const at = (page + lru) | 0;
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
  function del(pfn: number, page: number, head: number, lo: number, hi: number): void {
    if (longWords === 1) {
      delShort(pfn, page, head, lo);
      return;
    }
    const at = (page + lru) | 0;
    let words = mem.words;
    const nextLo = words[at] as number;
    const nextHi = words[(at + 1) | 0] as number;
    const prevLo = words[(at + 2) | 0] as number;
    const prevHi = words[(at + 3) | 0] as number;
    const next = nextLo === lo && nextHi === hi ? head : listWord(nextLo, nextHi);
    const prev = prevLo === lo && prevHi === hi ? head : listWord(prevLo, prevHi);
    const own = pages.lruLo(pfn);
    words = mem.words;
    if (words[prev] !== own || words[(next + 2) | 0] !== own) checkDel(pfn);
    mem.setChanged((next + 3) | 0, prevHi);
    mem.setChanged((prev + 1) | 0, nextHi);
    mem.setTwo((next + 2) | 0, prevLo, prev, nextLo);
    mem.setFour(at, poison1, poison1High, poison2, poison2High);
  }
  /** The same for pointers of one word. */
  function delShort(pfn: number, page: number, head: number, lo: number): void {
    const at = page + lru;
    const nextLo = mem.words[at] as number;
    const prevLo = mem.words[at + 1] as number;
    const next = nextLo === lo ? head : listWord(nextLo, 0);
    const prev = prevLo === lo ? head : listWord(prevLo, 0);
    const own = pages.lruLo(pfn);
    if (mem.words[prev] !== own || mem.words[next + 1] !== own) checkDel(pfn);
    mem.setTwo(next + 1, prevLo, prev, nextLo);
    mem.setPair(at, poison1, poison2);
  }
  /** __list_add_valid, where a look at the pointers' lower halves has found something. */
  function checkAdd(pfn: number, prevLo: number, prevHi: number, nextLo: number, nextHi: number): void {
    const own = bitsOf(pages.lruLo(pfn), longWords === 2 ? pages.lruHi(pfn) : 0);
    const error = listAddError(checked, own, bitsOf(prevLo, prevHi), bitsOf(nextLo, nextHi));
    if (error) throw error;
  }
  /** __list_del_entry_valid, likewise. */
  function checkDel(pfn: number): void {
    const error = listDelError(checked, pages.pageAddr(pfn) + pages.lruOffset);
    if (error) throw error;
  }

  return { isEmpty, first, last, next, addHead, addTail, del };
}
