/**
 * The pages of SLOB: struct slab over struct page, and the lists of those with free blocks (mm/slob.c, 6.1: slob_new_pages,
 * slob_free_pages, set_slob_page_free, clear_slob_page_free). A slab is the address of its struct.
 */
import { PAGE_SIZE } from '../../../../types/pageSize';
import type { Lists } from '../../../lib/list';
import type { StructMemory } from '../../../lib/struct_memory';
import type { PageAllocator } from '../../page_alloc/page_alloc';
import type { PageApi } from '../../page_alloc/page_api';
import { NO_MAPCOUNT } from '../../page_flags';
import type { NodeCounters, PageSource } from '../slab_resources';
import type { SlobPage } from './slob_page';

export interface SlobPageParts {
  readonly memory: StructMemory;
  readonly lists: Lists;
  readonly pageAlloc: PageAllocator;
  readonly pageApi: PageApi;
  readonly source: PageSource;
  readonly account: NodeCounters;
}

export class SlobPages {
  private readonly list: number;
  private readonly freelist: number;
  private readonly units: number;
  /** PG_slob_free: the page is on a list */
  private readonly listed: number;

  constructor(private readonly parts: SlobPageParts) {
    const { memory, pageAlloc } = parts;
    this.list = memory.offset('slab', 'slab_list');
    this.freelist = memory.offset('slab', 'freelist');
    this.units = memory.offset('slab', 'units');
    this.listed = pageAlloc.pages.pageFlags.mask('private');
  }

  /** struct pages of the machine: no list of pages is longer */
  get count(): number {
    return this.parts.pageAlloc.pages.endPfn;
  }
  // ---------------------------------------------------------------- pages
  /** slob_new_pages: their address; 0 if there is no memory */
  takePages(gfp: number, order: number, node: number): number {
    const { source, account, pageApi } = this.parts;
    const pfn = source.alloc(gfp, order, node);
    if (pfn < 0) return 0;
    account(pfn, false, 2 ** order);
    return pageApi.pageAddress(pfn);
  }
  /** slob_free_pages */
  giveBackPages(address: number, order: number): void {
    const pfn = this.parts.pageApi.virtToPfn(address);
    this.parts.account(pfn, false, -(2 ** order));
    this.parts.source.free(pfn, order);
  }
  /** What kfree does with a block that is whole pages. */
  giveBackFolio(slab: number): void {
    const pfn = this.pfn(slab);
    const order = this.parts.source.order(pfn);
    this.parts.account(pfn, false, -(2 ** order));
    this.parts.source.free(pfn, order);
  }
  /** A new page for blocks; 0 if there is no memory. */
  takeSlab(gfp: number, node: number): number {
    const { pages } = this.parts.pageAlloc;
    const address = this.takePages(gfp, 0, node);
    if (address === 0) return 0;
    const pfn = this.parts.pageApi.virtToPfn(address);
    pages.setFlagsLow(pfn, pages.flagsLow(pfn) | pages.pageFlags.slab);
    const slab = pages.pageAddr(pfn);
    this.parts.lists.init(slab + this.list);
    return slab;
  }
  giveBackSlab(slab: number): void {
    const { pages } = this.parts.pageAlloc;
    const pfn = this.pfn(slab);
    pages.setFlagsLow(pfn, pages.flagsLow(pfn) & ~pages.pageFlags.slab);
    pages.setMapcount(pfn, NO_MAPCOUNT);
    this.parts.account(pfn, false, -1);
    this.parts.source.free(pfn, 0);
  }

  // ---------------------------------------------------------------- struct slab
  private pfn(slab: number): number {
    return this.parts.pageAlloc.pages.pfnOf(slab);
  }
  /** virt_to_slab. @throws PageFaultError for an address without a struct page */
  slabOf(address: number): number {
    const { pages } = this.parts.pageAlloc;
    return pages.pageAddr(pages.head(this.parts.pageApi.virtToPfn(address)));
  }
  isSlab(slab: number): boolean {
    return this.parts.pageAlloc.pages.isSlab(this.pfn(slab));
  }
  /** folio_size */
  folioBytes(slab: number): number {
    return PAGE_SIZE * 2 ** this.parts.source.order(this.pfn(slab));
  }
  nodeOf(slab: number): number {
    const { pages } = this.parts.pageAlloc;
    return pages.longWords === 2 ? pages.zoneKey(this.pfn(slab)) >> 3 : 0;
  }
  read(slab: number): SlobPage {
    const { memory } = this.parts;
    return {
      address: this.parts.pageApi.pageAddress(this.pfn(slab)),
      freelist: memory.getLong(slab + this.freelist),
      units: memory.getLong(slab + this.units),
    };
  }
  write(slab: number, page: SlobPage): void {
    const { memory } = this.parts;
    memory.setLong(slab + this.freelist, page.freelist);
    memory.setLong(slab + this.units, page.units);
  }

  // ---------------------------------------------------------------- lists of pages with free blocks
  ofEntry(entry: number): number {
    return entry - this.list;
  }
  /** slob_page_free */
  isListed(slab: number): boolean {
    return (this.parts.pageAlloc.pages.flagsLow(this.pfn(slab)) & this.listed) !== 0;
  }
  /** set_slob_page_free */
  enlist(slab: number, head: number): void {
    this.parts.lists.add(slab + this.list, head);
    this.setListed(slab, this.listed);
  }
  /** clear_slob_page_free */
  delist(slab: number): void {
    this.parts.lists.del(slab + this.list);
    this.setListed(slab, 0);
  }
  private setListed(slab: number, flag: number): void {
    const { pages } = this.parts.pageAlloc;
    const pfn = this.pfn(slab);
    pages.setFlagsLow(pfn, (pages.flagsLow(pfn) & ~this.listed) | flag);
  }
  /** The pages of a list, from its head. */
  slabs(head: number): number[] {
    return this.parts.lists.entries(head).map((entry) => this.ofEntry(entry));
  }
}
