/** From an address to the slab, or the block of pages, that it lies in (include/linux/mm.h: virt_to_folio; mm/slab.h: virt_to_slab, 6.1). */
import { PAGE_SIZE } from '../../../types/pageSize';
import type { SlabKernel } from './slab_kernel';

export class SlabPages {
  /** in words */
  private readonly slabCache: number;
  private readonly compoundHead: number;
  private readonly mem: SlabKernel['mem'];
  private readonly pages: SlabKernel['pages'];
  /** lowmem in the direct map: its first address, and its bytes */
  private readonly base: number;
  private readonly bytes: number;

  constructor(private readonly k: Pick<SlabKernel, 'layouts' | 'pages' | 'pageApi' | 'mem' | 'direct'>) {
    this.mem = k.mem;
    this.pages = k.pages;
    this.base = k.direct.va(0);
    this.bytes = k.direct.bytes;
    // SLOB's slabs belong to no cache
    this.slabCache = k.layouts.has('slab', 'slab_cache') ? k.layouts.offset('slab', 'slab_cache') >> 2 : 0;
    this.compoundHead = k.layouts.offset('page', 'compound_head');
  }
  /** virt_to_folio, as the pfn of its first page. @throws PageFaultError for an address that has no struct page */
  folio(address: number): number {
    const phys = address - this.base;
    if (phys >= 0 && phys < this.bytes) {
      // `| 0`: frame numbers are small integers. A frame that has been touched is RAM
      const pfn = (phys / PAGE_SIZE) | 0;
      if (this.mem.touchedFrameWord(pfn) !== 0) return this.pages.head(pfn);
    }
    return this.anyFolio(address);
  }
  private anyFolio(address: number): number {
    return this.k.pages.head(this.k.pageApi.virtToPfn(address, this.compoundHead));
  }
  isSlab(folio: number): boolean {
    return this.k.pages.isSlab(folio);
  }
  /** The cache of a slab. */
  cacheOfSlab(folio: number): number {
    return this.k.pages.getLong(folio, this.slabCache);
  }
  /** The cache of the slab that an object lies in; 0 if it lies in none. @throws PageFaultError, as `folio` does */
  cacheOf(object: number): number {
    const folio = this.folio(object);
    return this.isSlab(folio) ? this.cacheOfSlab(folio) : 0;
  }
  /** folio_order: of a block that is not compound, 0. */
  order(folio: number): number {
    const { pages, pageApi } = this.k;
    return pages.flagsLow(folio) & pages.pageFlags.head ? pageApi.compoundOrder(folio) : 0;
  }
}
