/**
 * Small pieces of early boot's memory (mm/memblock.c: memblock_alloc with the alignment of a cache line, 6.1), from pages that were taken
 * for that. Exists while the machine boots.
 */
import { PAGE_SIZE } from '../../types/pageSize';

/** SMP_CACHE_BYTES */
const CACHE_LINE = 64;

export class EarlyData {
  /** physical addresses: the first free byte, which moves while the machine boots, and the end */
  private next: number;
  private readonly end: number;

  constructor(firstPfn: number, pages: number) {
    this.next = firstPfn * PAGE_SIZE;
    this.end = this.next + pages * PAGE_SIZE;
  }
  /** `bytes` zeroed bytes: their physical address. */
  take(bytes: number): number {
    const at = Math.ceil(this.next / CACHE_LINE) * CACHE_LINE;
    if (at + bytes > this.end) throw new Error('the pages for data of early boot are full');
    this.next = at + bytes;
    return at;
  }
}
