/** What one frame of memory is used for, as its descriptor and the kernel's lists say. */
import { MAX_ORDER } from '../../../kernel/mm/zone';
import { NR_PCP_LISTS } from '../../../kernel/mm/zone_percpu';
import { PAGE_SIZE } from '../../../types/pageSize';
import { listEntries } from '../../inspect/values';
import type { View } from '../../inspect/view';
import type { OwnerKind } from '../shapes/common';

export interface FrameOwner {
  readonly kind: OwnerKind;
  /** whose it is, in words */
  readonly name: string;
  /** first frame of the block that it belongs to, and the block's order */
  readonly head: number;
  readonly order: number;
}
const hex = (pfn: number): string => `0x${pfn.toString(16)}`;
const PAGE_MAPPING_ANON = 1;

/** Whether a frame is memory, with a descriptor. */
export const isMemory = ({ kernel }: View, pfn: number): boolean =>
  kernel.pages.has(pfn) && kernel.mem.isRam(pfn * PAGE_SIZE);

/** @param pfn of the machine's frames; holes too */
export function frameOwner(view: View, pfn: number): FrameOwner {
  const { pages, mem, pageApi } = view.kernel;
  if (!isMemory(view, pfn)) return { kind: 'hole', name: 'no memory', head: pfn, order: 0 };
  const free = freeBlock(view, pfn);
  if (free) {
    const zone = view.kernel.pageAlloc.zoneOf(free.head);
    return { kind: 'free', name: `free memory of zone ${zone.name}, node ${zone.node}`, ...free };
  }
  const head = pages.headOr(pfn, pfn);
  const order = pages.flagsLow(head) & pages.pageFlags.head ? pageApi.compoundOrder(head) : 0;
  const block = { head, order };
  if (pages.flagsLow(head) & pages.pageFlags.reserved)
    return { kind: 'reserved', name: 'the kernel’s image, boot memory or firmware', ...block };
  if (pages.isSlab(head)) return { kind: 'slab', name: slabName(view, head), ...block };
  const types = pages.pageFlags.typeNames(pages.getMapcount(head));
  if (types.includes('table')) return { kind: 'page table', name: 'a page table', ...block };
  const cpu = cpuListing(view, pfn);
  if (cpu !== undefined) return { kind: 'pcp', name: `the page lists of CPU ${cpu}`, ...block };
  const mapping = mem.words[pages.word(head) + pages.mapping] as number;
  if (mapping & PAGE_MAPPING_ANON) return { kind: 'anonymous', name: 'anonymous memory of a process', ...block };
  return { kind: 'other', name: `a block that was allocated, ${count(1 << order)}`, ...block };
}
const count = (pages: number): string => (pages === 1 ? 'one page' : `${pages} pages`);

/** The free block that a frame lies in. */
function freeBlock({ kernel }: View, pfn: number): { head: number; order: number } | undefined {
  const { pages } = kernel;
  for (let order = 0; order < MAX_ORDER; order++) {
    const head = pfn & -(1 << order);
    if (!pages.pageFlags.isBuddy(pages.getMapcount(head))) continue;
    const found = pages.getWord(head, pages.private);
    if (found >= order) return { head, order: found };
  }
  return undefined;
}
/** The CPU on whose page lists a frame is. */
function cpuListing(view: View, pfn: number): number | undefined {
  const { kernel } = view;
  const { pages, pageAlloc } = kernel;
  if (pages.getRefcount(pfn) !== 0) return undefined;
  const zone = pageAlloc.zoneOf(pfn);
  const lru = pages.pageAddr(pfn) + pages.lruOffset;
  const lists = view.layouts.offset('per_cpu_pages', 'lists');
  const headSize = view.layouts.size('list_head');
  for (let cpu = 0; cpu < zone.cpus; cpu++)
    for (let list = 0; list < NR_PCP_LISTS; list++)
      for (const entry of listEntries(view, zone.onCpu(cpu).addr + lists + list * headSize))
        if (entry === lru) return cpu;
  return undefined;
}
/** The cache of the slab that begins at a frame, in words. */
export function slabName(view: View, head: number): string {
  if (!view.layouts.has('slab', 'slab_cache')) return 'a page of SLOB';
  const cache = view.pointer(view.kernel.pages.pageAddr(head), 'slab', 'slab_cache');
  const name = cache === undefined ? undefined : view.pointer(cache, 'kmem_cache', 'name');
  const text = name === undefined ? undefined : view.cString(name, 64);
  return text ? `cache ${text}` : `a slab at pfn ${hex(head)} whose cache cannot be read`;
}
