/**
 * The pages of SLAB's slabs (mm/slab.c, 6.1: kmem_getpages, kmem_freepages; mm/slab.h: virt_to_slab, slab_address, slab_nid). A slab is the
 * address of its struct, which is the struct page of its first page.
 */
import { PAGE_SIZE } from '../../../../types/pageSize';
import type { PageAllocator } from '../../page_alloc/page_alloc';
import type { PageApi } from '../../page_alloc/page_api';
import { NO_MAPCOUNT } from '../../page_flags';
import type { SlabPorts } from './slab_ports';

export interface SlabFolioParts {
  readonly pageAlloc: PageAllocator;
  readonly pageApi: PageApi;
  readonly ports: Pick<SlabPorts, 'pages' | 'account'>;
}

export class SlabFolios {
  constructor(private readonly parts: SlabFolioParts) {}

  /** kmem_getpages: 2^order pages that are a slab; 0 if there is no memory. `gfp` has __GFP_COMP. */
  take(gfp: number, order: number, node: number, reclaimable: boolean): number {
    const { pageAlloc, ports } = this.parts;
    const pfn = ports.pages.alloc(gfp, order, node);
    if (pfn < 0) return 0;
    const { pages } = pageAlloc;
    ports.account(pfn, reclaimable, 2 ** order);
    pages.setFlagsLow(pfn, pages.flagsLow(pfn) | pages.pageFlags.slab);
    return pages.pageAddr(pfn);
  }
  /** kmem_freepages: what struct slab had in the place of _mapcount and mapping is taken out. */
  giveBack(slab: number, order: number, reclaimable: boolean): void {
    const { pageAlloc, ports } = this.parts;
    const { pages, mem } = pageAlloc;
    const pfn = pages.pfnOf(slab);
    const mapping = pages.word(pfn) + pages.mapping;
    pages.setMapcount(pfn, NO_MAPCOUNT);
    mem.setChanged(mapping, 0);
    if (pages.longWords === 2) mem.setChanged(mapping + 1, 0);
    pages.setFlagsLow(pfn, pages.flagsLow(pfn) & ~pages.pageFlags.slab);
    ports.account(pfn, reclaimable, -(2 ** order));
    ports.pages.free(pfn, order);
  }
  pfn(slab: number): number {
    return this.parts.pageAlloc.pages.pfnOf(slab);
  }
  /** slab_address */
  address(slab: number): number {
    return this.parts.pageApi.pageAddress(this.pfn(slab));
  }
  bytes(order: number): number {
    return PAGE_SIZE * 2 ** order;
  }
  /** slab_nid */
  nodeOf(slab: number): number {
    const { pages } = this.parts.pageAlloc;
    return pages.longWords === 2 ? pages.zoneKey(this.pfn(slab)) >> 3 : 0;
  }
  /** virt_to_slab, of an address that is a slab's. @throws PageFaultError for one without a struct page */
  slabOf(object: number): number {
    const { pages } = this.parts.pageAlloc;
    return pages.pageAddr(pages.head(this.parts.pageApi.virtToPfn(object)));
  }
}
