/** A slab allocator for tests: objects of powers of two, from pages, the last one freed first. */
import type { Kernel } from '../../../../server/kernel/kernel';
import type { Heap } from '../../../../server/kernel/mm/heap';
import { PAGE_SIZE } from '../../../../server/types/pageSize';

export function simpleHeap({ pageAlloc, pageApi, space }: Kernel): Heap & { readonly used: () => number } {
  const free = new Map<number, number[]>();
  const sizes = new Map<number, number>();
  const kmalloc = (size: number, gfp: number): number => {
    const bytes = 2 ** Math.max(6, Math.ceil(Math.log2(size)));
    let list = free.get(bytes);
    if (!list) free.set(bytes, (list = []));
    if (list.length === 0) {
      const order = Math.max(0, Math.log2(bytes / PAGE_SIZE));
      const pfn = pageAlloc.allocPages(pageAlloc.gfp.kernel, order);
      if (pfn < 0) return 0;
      const address = pageApi.pageAddress(pfn);
      for (let at = 0; at < PAGE_SIZE << order; at += bytes) list.push(address + at);
    }
    const address = list.pop() as number;
    sizes.set(address, bytes);
    if (gfp & pageAlloc.gfp.zero) space.fill(address, bytes, 0);
    return address;
  };
  const kfree = (address: number): void => {
    const bytes = sizes.get(address);
    if (bytes === undefined) throw new Error('kfree of what is not allocated');
    sizes.delete(address);
    free.get(bytes)?.push(address);
  };
  const caches = new Map<number, number>();
  return {
    kmalloc,
    kzalloc: (size, gfp) => kmalloc(size, gfp | pageAlloc.gfp.zero),
    kfree,
    createCache: (_name, size) => {
      caches.set(caches.size + 1, size);
      return caches.size;
    },
    cacheAlloc: (cache, gfp) => kmalloc(caches.get(cache) as number, gfp),
    cacheFree: (_cache, object) => kfree(object),
    used: () => sizes.size,
  };
}
