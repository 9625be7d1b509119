/** Allocates until the page allocator gives nothing more, as the recorder did. */
import type { PageAllocator } from '../../kernel/mm/page_alloc/page_alloc';
import type { Zone } from '../../kernel/mm/zone';

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
  const runs: { zone: Zone; count: number }[] = [];
  for (let pfn = alloc.allocPages(gfp, order, node); pfn >= 0; pfn = alloc.allocPages(gfp, order, node)) {
    pfns.push(pfn);
    const zone = alloc.zoneOf(pfn);
    const last = runs.at(-1);
    if (last?.zone === zone) last.count++;
    else runs.push({ zone, count: 1 });
  }
  const rle = runs.map(({ zone, count }) => `${zone.node}/${zone.name}:${count}`).join(',');
  return { pfns, rle, runs: runs.length };
}
