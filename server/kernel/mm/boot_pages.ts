/**
 * Pages that the kernel takes for itself before the run begins: task_structs, stacks, slabs, page tables. They come from a few larger
 * blocks, so that the free lists stay as boot left them. The journal is off.
 */
import type { CompoundPages } from './compound';
import type { PageTable } from './page';

/** blocks of 2^6 pages */
const CHUNK_ORDER = 6;

interface BlockSource {
  readonly pages: PageTable;
  readonly compound: CompoundPages;
  readonly gfp: { readonly kernel: number };
  allocPages(gfp: number, order: number): number;
}

export class BootPages {
  /** next free frame of the block, and one past its last; used before the run only */
  private next = 0;
  private end = 0;

  /** Set once, when the run begins: it is not state of the machine. */
  private isOver = false;

  constructor(private readonly alloc: BlockSource) {}

  /** Whether pages are still taken here: the run has not begun. */
  get isOpen(): boolean {
    return !this.isOver;
  }
  /** The run begins: pages come from the page allocator. */
  close(): void {
    this.isOver = true;
  }

  /** `count` adjacent frames of the kernel's, each with a reference of its own; the pfn of the first, −1 if there is no memory. */
  take(count: number, align = 1): number {
    let pfn = Math.ceil(this.next / align) * align;
    if (pfn + count > this.end) {
      const order = Math.max(CHUNK_ORDER, Math.ceil(Math.log2(count)));
      pfn = this.alloc.allocPages(this.alloc.gfp.kernel, order);
      if (pfn < 0) return -1;
      this.end = pfn + (1 << order);
      for (let i = pfn; i < this.end; i++) this.alloc.pages.setRefcount(i, 1);
    }
    this.next = pfn + count;
    return pfn;
  }
  /** A block as alloc_pages gives it: one reference on its first page, compound if `comp`; −1 if there is no memory. */
  takeBlock(order: number, comp: boolean): number {
    const pfn = this.take(1 << order, 1 << order);
    if (pfn < 0) return -1;
    for (let i = 1; i < 1 << order; i++) this.alloc.pages.setRefcount(pfn + i, 0);
    if (comp && order > 0) this.alloc.compound.prepare(pfn, order);
    return pfn;
  }
}
