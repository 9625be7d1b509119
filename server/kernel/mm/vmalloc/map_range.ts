/** Pages are mapped to a range of addresses, and unmapped (mm/vmalloc.c: vmap_pages_range, vunmap_range_noflush, ioremap_page_range, 6.1). */
import { PAGE_SIZE } from '../../../types/pageSize';
import type { VmallocKernel } from './vmalloc_kernel';

/** Flags of page table entries, and of the memory types of x86. */
const KERNEL_FLAGS = ['_PAGE_PRESENT', '_PAGE_RW', '_PAGE_ACCESSED', '_PAGE_DIRTY', '_PAGE_GLOBAL', '_PAGE_NX'];

export class MapRange {
  /** PAGE_KERNEL */
  readonly pageKernel: bigint;
  private readonly nx: bigint;

  constructor(private readonly k: VmallocKernel) {
    this.pageKernel = KERNEL_FLAGS.reduce((all, name) => all | k.constant(name), 0n);
    this.nx = k.constant('_PAGE_NX');
  }
  /** pgprot_nx */
  withoutExecution(prot: bigint): bigint {
    return prot | this.nx;
  }
  /**
   * vmap_pages_range: the page of each slot of an array of `struct page *`. False if one of them is none, or if there is no memory for a
   * table.
   */
  pages(start: number, count: number, prot: bigint, array: number): boolean {
    const { memory, pageAlloc, pageTables } = this.k;
    for (let i = 0; i < count; i++) {
      const page = memory.getLong(array + i * memory.wordSize);
      const pfn = page === 0 ? -1 : pageAlloc.pages.pfnOf(page);
      if (pfn < 0) {
        pageAlloc.caller.warn({ at: 'mm/vmalloc.c', fn: 'vmap_small_pages_range_noflush' }, '', []);
        return false;
      }
      if (!pageTables.map(start + i * PAGE_SIZE, pfn, prot)) return false;
    }
    return true;
  }
  /** ioremap_page_range: adjacent frames */
  frames(start: number, count: number, prot: bigint, pfn: number): boolean {
    for (let i = 0; i < count; i++) if (!this.k.pageTables.map(start + i * PAGE_SIZE, pfn + i, prot)) return false;
    return true;
  }
  /** vunmap_range_noflush */
  unmap(start: number, end: number): void {
    for (let at = start; at < end; at += PAGE_SIZE) this.k.pageTables.unmap(at);
  }
}
