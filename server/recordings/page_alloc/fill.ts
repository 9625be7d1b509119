/** Allocates until the page allocator gives nothing more, as the recorder did. */
import type { PageAllocator } from '../../kernel/mm/page_alloc/page_alloc';

export interface Fill {
  /** first pfns of the blocks, in the order in which they were given */
  readonly pfns: readonly number[];
  /** zones in turn, and how many blocks in a row came from each: `0/DMA32:37306,0/DMA:3585` */
  readonly rle: string;
  readonly runs: number;
}

/** @param node NUMA node; that of the CPU unless given */
export function fill(alloc: PageAllocator, gfp: number, order: number, node?: number): Fill {
  const pfns: number[] = [];
  const runs: { zone: string; count: number }[] = [];
  for (let pfn = alloc.allocPages(gfp, order, node); pfn >= 0; pfn = alloc.allocPages(gfp, order, node)) {
    pfns.push(pfn);
    const { node: id, name } = alloc.zoneOf(pfn);
    const zone = `${id}/${name}`;
    const last = runs.at(-1);
    if (last?.zone === zone) last.count++;
    else runs.push({ zone, count: 1 });
  }
  return { pfns, rle: runs.map(({ zone, count }) => `${zone}:${count}`).join(','), runs: runs.length };
}
