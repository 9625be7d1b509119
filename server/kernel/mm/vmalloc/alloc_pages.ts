/** The pages of a vmalloc area (mm/vmalloc.c: vm_area_alloc_pages, 6.1). */
import type { PageAllocator } from '../page_alloc/page_alloc';
import type { VmallocKernel } from './vmalloc_kernel';

/** a hundred pages at a time, so that interrupts are not kept waiting */
const BULK = 100;

/**
 * vm_area_alloc_pages: puts `count` pages into an array of `struct page *`, which is empty, in blocks of 2^order that are split. Returns how
 * many it could get.
 */
export function vmAreaAllocPages(
  { memory, pageAlloc }: Pick<VmallocKernel, 'memory' | 'pageAlloc'>,
  gfp: number,
  node: number,
  order: number,
  count: number,
  array: number,
): number {
  const { wordSize } = memory;
  const { pages } = pageAlloc;
  const put = (index: number, pfn: number): void => memory.setLong(array + index * wordSize, pages.pageAddr(pfn));
  let done = 0;
  if (order === 0) {
    const mask = gfp & ~pageAlloc.gfp.nofail;
    while (done < count) {
      const wanted = Math.min(BULK, count - done);
      const from = done;
      const slots = {
        taken: (i: number): boolean => memory.getLong(array + (from + i) * wordSize) !== 0,
        put: (i: number, pfn: number): void => put(from + i, pfn),
      };
      const got =
        node < 0 ? pageAlloc.allocPagesBulk(mask, wanted, slots) : pageAlloc.allocPagesBulk(mask, wanted, slots, node);
      done += got;
      if (got !== wanted) break;
    }
  }
  return allocBlocks(pageAlloc, gfp, node, order, done, count, put);
}
/** The pages that the bulk allocator did not give, and blocks. */
function allocBlocks(
  pageAlloc: PageAllocator,
  given: number,
  node: number,
  largest: number,
  start: number,
  count: number,
  put: (index: number, pfn: number) => void,
): number {
  const { nofail } = pageAlloc.gfp;
  const mustNotFail = largest > 0 && (given & nofail) !== 0;
  let gfp = largest > 0 ? given & ~nofail : given;
  let order = largest;
  let done = start;
  while (done < count) {
    const pfn = node < 0 ? pageAlloc.allocPages(gfp, order) : pageAlloc.allocPages(gfp, order, node);
    if (pfn < 0) {
      if (!mustNotFail || order === 0) break;
      gfp |= nofail;
      order = 0;
      continue;
    }
    // split_page: each of them may be freed alone
    for (let i = 1; i < 1 << order; i++) pageAlloc.pages.setRefcount(pfn + i, 1);
    for (let i = 0; i < 1 << order; i++) put(done + i, pfn + i);
    done += 1 << order;
  }
  return done;
}
