/** Frames of memory, as views speak of them. */
import { PAGE_SIZE } from '../../types/pageSize';
import type { View } from '../inspect/view';

/** Whether a frame is memory, with a descriptor. */
export const isMemory = ({ kernel }: View, pfn: number): boolean =>
  kernel.pages.has(pfn) && kernel.mem.isRam(pfn * PAGE_SIZE);

/** The cache of the slab that begins at a frame: `cache kmalloc-64`. */
export function slabName(view: View, head: number): string {
  if (!view.layouts.has('slab', 'slab_cache')) return 'a page of SLOB';
  const cache = view.pointer(view.kernel.pages.pageAddr(head), 'slab', 'slab_cache');
  const name = cache === undefined ? undefined : view.pointer(cache, 'kmem_cache', 'name');
  const text = name === undefined ? undefined : view.cString(name, 64);
  return text ? `cache ${text}` : `a slab at pfn 0x${head.toString(16)} whose cache cannot be read`;
}
