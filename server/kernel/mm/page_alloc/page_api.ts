/**
 * The functions that kernel code calls to get and free pages, over the allocator: addresses, exact sizes, references, splitting.
 * Follows mm/page_alloc.c, mm/mempolicy.c, include/linux/gfp.h and mm.h, 6.1. Addresses are virtual; 0 is NULL; pages are pfns (−1 NULL).
 */

import { PageFaultError } from '../../../memory/space';
import { NUMA_NO_NODE } from '../../../profiles/commonConstants';
import { toAddress } from '../../../types/address';
import { PAGE_SHIFT, PAGE_SIZE } from '../../../types/pageSize';
import type { DirectMap } from '../../arch/direct_map';
import { KernelBug } from '../../lib/bug';
import { dumpPage } from '../page_report';
import type { PageAllocator } from './page_alloc';

export { NUMA_NO_NODE } from '../../../profiles/commonConstants';

/** get_order: the order of the smallest block that holds `size` bytes. */
export function getOrder(size: number): number {
  if (size <= 0) return 64 - PAGE_SHIFT;
  let order = 0;
  while (PAGE_SIZE * 2 ** order < size) order++;
  return order;
}

/** Where highmem pages have addresses: mm/highmem.ts. */
interface MappedPages {
  /** page_address of a highmem page: 0 while it is not mapped */
  pageAddress(pfn: number): number;
}

/** The functions of gfp.h and mm.h, over the page allocator. */
export class PageApi {
  constructor(
    private readonly alloc: PageAllocator,
    private readonly direct: DirectMap,
    /** undefined on a machine without highmem */
    private readonly highmem: MappedPages | undefined,
  ) {}

  // ---------------------------------------------------------------- pages and addresses
  /**
   * The pfn of a `struct page *` argument. @throws PageFaultError, at the byte the kernel would touch first, if it does not point to a
   * struct page
   */
  pageArg(page: number, offset = 0): number {
    const pfn = this.alloc.pages.pfnOf(page);
    if (pfn < 0 || this.alloc.space.translate(page) < 0) throw new PageFaultError(page + offset, false);
    return pfn;
  }
  /** page_address: 0 for a highmem page that is not mapped. */
  pageAddress(pfn: number): number {
    return this.direct.has(pfn) ? this.direct.va(pfn * PAGE_SIZE) : (this.highmem?.pageAddress(pfn) ?? 0);
  }
  /**
   * virt_to_page, as a pfn. @throws PageFaultError for an address whose struct page, by the kernel's arithmetic, is not mapped: at byte
   * `offset` of it
   */
  virtToPfn(va: number, offset = 0): number {
    const pfn = this.pfnInDirectMap(va);
    return pfn >= 0 ? pfn : this.pageArg(this.virtToPage(va), offset);
  }
  /** The frame that the direct map or the kernel image has at an address (virt_addr_valid); −1 for other addresses. */
  private pfnInDirectMap(va: number): number {
    const phys = this.direct.pa(va);
    const pfn = Math.floor(phys / PAGE_SIZE);
    return phys >= 0 && this.alloc.pages.has(pfn) ? pfn : -1;
  }
  /** virt_to_page of any address, as a wild pointer: __pa and page arithmetic wrap. */
  private virtToPage(va: number): number {
    const { pages } = this.alloc;
    const { abi } = pages.layouts;
    const bits = abi.wordSize * 8;
    const phys = BigInt.asUintN(bits, BigInt(va) - BigInt(this.direct.va(0)));
    return toAddress(abi, BigInt.asUintN(bits, BigInt(pages.base) + (phys >> BigInt(PAGE_SHIFT)) * BigInt(pages.size)));
  }

  // ---------------------------------------------------------------- allocating
  /** alloc_pages_node: `node` −1 is the local one. */
  allocPagesNode(node: number, gfp: number, order: number): number {
    return node < 0 ? this.alloc.allocPages(gfp, order) : this.alloc.allocPages(gfp, order, node);
  }
  /** __get_free_pages: an address, so never highmem; 0 if there is no memory. */
  getFreePages(gfp: number, order: number): number {
    const pfn = this.alloc.allocPages(gfp & ~this.alloc.gfp.highmem, order);
    return pfn < 0 ? 0 : this.pageAddress(pfn);
  }
  /** get_zeroed_page */
  getZeroedPage(gfp: number): number {
    return this.getFreePages(gfp | this.alloc.gfp.zero, 0);
  }
  /** folio_alloc: a compound page, which from order 2 on may be split as a transparent huge page; its head. */
  folioAlloc(gfp: number, order: number): number {
    const pfn = this.alloc.allocPages(gfp | this.alloc.gfp.comp, order);
    if (pfn >= 0 && order > 1) this.alloc.compound.prepareTranshuge(pfn);
    return pfn;
  }
  /** alloc_pages_exact: whole pages for `size` bytes; the rest of the block is freed at once. */
  allocPagesExact(size: number, gfp: number, node = NUMA_NO_NODE): number {
    const order = getOrder(size);
    const unwanted = this.alloc.gfp.comp | this.alloc.gfp.highmem;
    if (gfp & unwanted) {
      const why = '__GFP_COMP and __GFP_HIGHMEM are taken out of the mask: the block is split, and addressed';
      this.alloc.reports.warnOnce('alloc_pages_exact', 0, why);
      gfp &= ~unwanted;
    }
    const pfn = this.allocPagesNode(node, gfp, order);
    if (pfn < 0) return 0;
    this.splitPage(pfn, order);
    for (let i = Math.ceil(size / PAGE_SIZE); i < 1 << order; i++) this.alloc.freePages(pfn + i, 0);
    return this.pageAddress(pfn);
  }

  // ---------------------------------------------------------------- giving back
  /** free_pages: `va` 0 is allowed. */
  freePages(va: number, order: number): void {
    if (va === 0) return;
    // VM_BUG_ON(!virt_addr_valid(addr))
    if (this.alloc.debugVm && this.pfnInDirectMap(va) < 0)
      throw new KernelBug({ at: 'mm/page_alloc.c:5757', fn: 'free_pages' });
    this.alloc.freePages(this.virtToPfn(va), order);
  }
  /** free_pages_exact */
  freePagesExact(va: number, size: number): void {
    const end = va + size;
    for (let at = va; at < end; at += PAGE_SIZE) this.freePages(at, 0);
  }

  // ---------------------------------------------------------------- references
  /** get_page: takes a reference (on the head of a compound page). */
  getPage(pfn: number): void {
    const head = this.alloc.pages.head(pfn);
    this.alloc.pages.setRefcount(head, this.alloc.pages.getRefcount(head) + 1);
  }
  /** put_page: drops a reference; the last one frees the page, or the whole compound page. */
  putPage(pfn: number): void {
    const head = this.alloc.pages.head(pfn);
    if (this.alloc.putTestZero(head)) this.alloc.freeUnreferenced(head, this.alloc.compound.orderOf(head));
  }
  /** page_count */
  pageCount(pfn: number): number {
    return this.alloc.pages.getRefcount(this.alloc.pages.head(pfn));
  }
  /** page_mapcount of a page that is not part of a mapped compound page */
  pageMapcount(pfn: number): number {
    return this.alloc.pages.getMapcount(pfn) + 1;
  }
  /** split_page: a block without __GFP_COMP becomes single pages, each with a reference of its own. */
  splitPage(pfn: number, order: number): void {
    for (let i = 1; i < 1 << order; i++) this.alloc.pages.setRefcount(pfn + i, 1);
  }
  /** compound_order */
  compoundOrder(pfn: number): number {
    return this.alloc.compound.orderOf(pfn);
  }
  /** dump_page: the kernel's description of the page, for the log. */
  dumpPage(pfn: number, reason: string): string[] {
    return dumpPage(this.alloc.space, this.alloc.pages, pfn, reason);
  }
}
