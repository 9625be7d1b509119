/**
 * Pages for the page tables that boot makes: they lie in the kernel's image, behind its bss (arch/x86/mm/init.c: early_alloc_pgt_buf;
 * arch/x86/kernel/setup.c: extend_brk, 6.1), so that the zones keep the pages that a machine was recorded with.
 */
import { arrayOf, type CType } from '../../types/ctype';
import { PAGE_SIZE } from '../../types/pageSize';

interface Image {
  define(name: string, type: CType, align: number): number;
}

export class EarlyTables {
  /** next free frame, and one past the last; used before the run only */
  private next: number;
  readonly start: number;
  readonly end: number;

  /** @param pa the physical address of an address of the image */
  constructor(symbols: Image, byte: CType, pages: number, pa: (va: number) => number) {
    this.start = pa(symbols.define('__brk_base', arrayOf(byte, pages * PAGE_SIZE), PAGE_SIZE)) / PAGE_SIZE;
    this.next = this.start;
    this.end = this.start + pages;
  }
  /** `count` adjacent zeroed frames; the first one's number, −1 if there are not so many. */
  take(count = 1): number {
    if (this.next + count > this.end) return -1;
    this.next += count;
    return this.next - count;
  }
}
