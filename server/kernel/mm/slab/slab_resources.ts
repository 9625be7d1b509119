/** What SLUB and SLAB take of the rest of the kernel in the same way: pages, node counters, random numbers. */
import { PageFaultError } from '../../../memory/space';
import { MAX_ORDER } from '../../../profiles/commonConstants';
import { RandomSource } from '../../lib/random';
import { nodeData } from '../node';
import type { SlabKernel } from './slab_kernel';

/** enum node_stat_item */
const NR_SLAB_RECLAIMABLE_B = 5;
const NR_SLAB_UNRECLAIMABLE_B = 6;

/** Pages for slabs. */
export interface PageSource {
  /** alloc_pages or, with a node that is not NUMA_NO_NODE, __alloc_pages_node: a compound block for an order above 0; −1 for none */
  alloc(gfp: number, order: number, node: number): number;
  free(pfn: number, order: number): void;
  /** compound_order */
  order(pfn: number): number;
}
/** mod_node_page_state(NR_SLAB_…_B): `pages` more or fewer of a slab at `pfn` */
export type NodeCounters = (pfn: number, reclaimable: boolean, pages: number) => void;
/** get_random_u32: 32 bits, signed */
export interface RandomNumbers {
  u32(): number;
}

/** The kernel's random numbers, which follow from the scenario's seed. */
export function randomNumbers({ mem, direct, symbols, layouts, config }: SlabKernel): RandomNumbers {
  const state = symbols.define('kmem_random_state', layouts.parseType('unsigned int[1]'));
  const random = new RandomSource(mem, mem.word(direct.pa(state)));
  random.seed(config.schedule.seed);
  return random;
}
/** freelist_randomize: the numbers below `count` in random order. */
export function freelistRandomize(random: RandomNumbers, count: number): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const other = (random.u32() >>> 0) % (i + 1);
    const swapped = order[i] as number;
    order[i] = order[other] as number;
    order[other] = swapped;
  }
  return order;
}
/** Slabs before the run come from boot's pages, so that the free lists stay as they are. */
export function slabPages({ pageAlloc, bootPages, pages }: SlabKernel): PageSource {
  const { compound } = pageAlloc;
  return {
    alloc(mask, order, node) {
      if (bootPages.isOpen) return bootPages.takeBlock(order, true);
      return node < 0 ? pageAlloc.allocPages(mask, order) : pageAlloc.allocPages(mask, order, node);
    },
    free(pfn, order) {
      // an overwritten order: the descriptors of so many pages do not exist
      if (order >>> 0 >= MAX_ORDER) throw new PageFaultError(pages.pageAddr(pages.endPfn), true);
      pageAlloc.freePages(pfn, order);
    },
    order: (pfn) => (pages.flagsLow(pfn) & pages.pageFlags.head ? compound.orderOf(pfn) : 0),
  };
}
/** Node counters, in pages. The kernel keeps small differences on CPUs for a while; here they are exact at once. */
export function nodeCounters({ mem, nodes, layouts, pages, direct }: SlabKernel): NodeCounters {
  const vmStat = layouts.offset('pglist_data', 'vm_stat');
  const { longWords } = pages;
  const words = nodes.map((n) => mem.word(direct.pa(n.addr) + vmStat));
  return (pfn, reclaimable, count) => {
    const nid = longWords === 2 ? pages.zoneKey(pfn) >>> 3 : 0;
    const item = reclaimable ? NR_SLAB_RECLAIMABLE_B : NR_SLAB_UNRECLAIMABLE_B;
    const index = nodes.indexOf(nodeData(nodes, nid) as (typeof nodes)[number]);
    const word = (words[index] as number) + item * longWords;
    const value = ((mem.words[word] as number) + count) | 0;
    mem.set(word, value);
    if (longWords === 2 && (mem.words[word + 1] as number) !== value >> 31) mem.set(word + 1, value >> 31);
  };
}
