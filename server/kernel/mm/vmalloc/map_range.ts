/**
 * Pages are mapped to a range of addresses, and unmapped (mm/vmalloc.c: vmap_pages_range, vunmap_range_noflush; vmap_range_noflush, by which
 * ioremap maps; arch/x86/mm/pgtable.c: pmd_free_pte_page, 6.1).
 */
import { PAGE_SIZE } from '../../../types/pageSize';
import { frameOf, type WalkStep } from '../../arch/page_tables';
import { alignDown } from './free_space';
import type { VmallocKernel } from './vmalloc_kernel';

export class MapRange {
  /** PAGE_KERNEL */
  readonly pageKernel: bigint;
  private readonly nx: bigint;
  /** pages that an entry above the last level maps */
  private readonly largePages: number;

  constructor(private readonly k: VmallocKernel) {
    const { pageTables } = k;
    this.pageKernel = pageTables.pageKernel;
    this.nx = pageTables.pageKernel & ~pageTables.pageKernelExec;
    this.largePages = pageTables.sizeOf(pageTables.lastLevel - 1) / PAGE_SIZE;
  }
  /** pgprot_nx */
  withoutExecution(prot: bigint): bigint {
    return prot | this.nx;
  }
  /**
   * vmap_pages_range: the page of each slot of an array of `struct page *`. False if one of them is none, or if there is no memory for a
   * table. `large`: they are blocks, each mapped by one entry.
   */
  pages(start: number, count: number, prot: bigint, array: number, large = false): boolean {
    const { memory, pageAlloc, pageTables } = this.k;
    const step = large ? this.largePages : 1;
    const { lastLevel, geometry } = pageTables;
    // the entries of a table lie side by side
    let entry = 0;
    let left = 0;
    for (let i = 0; i < count; i += step) {
      const page = memory.getLong(array + i * memory.wordSize);
      const pfn = page === 0 ? -1 : pageAlloc.pages.pfnOf(page);
      if (pfn < 0) {
        pageAlloc.caller.warn({ at: 'mm/vmalloc.c', fn: 'vmap_small_pages_range_noflush' }, '', [
          'the array of pages has an element that is not a page: nothing is mapped',
        ]);
        return false;
      }
      const address = start + i * PAGE_SIZE;
      if (large) {
        if (!this.mapLarge(address, pfn, prot)) return false;
        continue;
      }
      if (left === 0) {
        entry = pageTables.allocEntry(address);
        if (entry < 0) return false;
        left = pageTables.restOfTable(lastLevel, entry);
      }
      pageTables.setEntry(entry, pfn, prot);
      entry += geometry.entryBytes;
      left--;
    }
    return true;
  }
  /** ioremap_page_range: adjacent frames, in large pages where addresses and frames are aligned */
  frames(start: number, count: number, prot: bigint, pfn: number): boolean {
    const large = this.k.hugeVmap ? this.largePages : 0;
    for (let i = 0; i < count; ) {
      const address = start + i * PAGE_SIZE;
      const fits = large > 0 && count - i >= large && (pfn + i) % large === 0 && address % (large * PAGE_SIZE) === 0;
      if (!(fits ? this.mapLarge(address, pfn + i, prot) : this.k.pageTables.map(address, pfn + i, prot))) return false;
      i += fits ? large : 1;
    }
    return true;
  }
  /** vmap_try_huge_pmd: the table that is there is empty, and given back. */
  private mapLarge(address: number, pfn: number, prot: bigint): boolean {
    const { pageTables, pageAlloc } = this.k;
    const level = pageTables.lastLevel - 1;
    const step = pageTables.walk(address)[level];
    const table = step && step.low !== 0 && !pageTables.isLeaf(step) ? frameOf(step) : -1;
    if (!pageTables.mapRun(level, address, pfn, 1, prot)) return false;
    if (table >= 0) pageAlloc.freePages(table, 0);
    return true;
  }
  /** vunmap_range_noflush */
  unmap(start: number, end: number): void {
    const { pageTables } = this.k;
    const { lastLevel, geometry } = pageTables;
    for (let at = start; at < end; ) {
      const last = pageTables.walk(at).at(-1) as WalkStep;
      if (last.level < lastLevel) {
        // nothing as far as this entry reaches, or a large page
        pageTables.unmap(at);
        at = alignDown(at, pageTables.sizeOf(last.level)) + pageTables.sizeOf(last.level);
        continue;
      }
      let { entry } = last;
      let left = Math.min(pageTables.restOfTable(lastLevel, entry), (end - at) / PAGE_SIZE);
      at += left * PAGE_SIZE;
      for (; left > 0; left--, entry += geometry.entryBytes)
        if (pageTables.read(lastLevel, entry).low !== 0) pageTables.write(entry, 0, 0);
    }
  }
}
