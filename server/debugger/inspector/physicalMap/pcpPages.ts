/** Pages on the CPUs' lists of free pages, at the journal's cursor: the lists are walked, whatever they have become. */
import type { Kernel } from '../../../kernel/kernel';
import type { ListHead } from '../../../kernel/mm/list_head';
import { MIGRATE_PCPTYPES } from '../../../kernel/mm/migratetype';
import type { Zone } from '../../../kernel/mm/zone';
import { NR_PCP_LISTS } from '../../../kernel/mm/zone_percpu';
import { isException } from '../../../kernel/oops/exceptions';
import { PAGE_ALLOC_COSTLY_ORDER } from '../../../profiles/commonConstants';

type PcpKernel = Pick<Kernel, 'mem' | 'pages' | 'pageblocks' | 'zones'>;

/** Order of the blocks on a list. */
const orderOf = (pindex: number, pageblockOrder: number): number => {
  const order = Math.floor(pindex / MIGRATE_PCPTYPES);
  return order <= PAGE_ALLOC_COSTLY_ORDER ? order : pageblockOrder;
};

/** Order of the block by its first frame. */
export function pcpPages(k: PcpKernel): Map<number, number> {
  const found = new Map<number, number>();
  for (const zone of k.zones) {
    if (!zone.populated) continue;
    for (let cpu = 0; cpu < zone.cpus; cpu++) walkCpu(k, zone, cpu, found);
  }
  return found;
}
function walkCpu(k: PcpKernel, zone: Zone, cpu: number, found: Map<number, number>): void {
  const pcp = zone.onCpu(cpu);
  for (let i = 0; i < NR_PCP_LISTS; i++) {
    const order = orderOf(i, k.pageblocks.order);
    walkList(k, pcp.list(i), (pfn) => {
      // a page is on one list: one that comes again is a list that leads in a circle
      if (found.has(pfn)) return false;
      found.set(pfn, order);
      return true;
    });
  }
}
function walkList({ mem, pages }: PcpKernel, head: ListHead, take: (pfn: number) => boolean): void {
  for (let at = head.word; ; ) {
    const lo = mem.words[at] as number;
    const hi = pages.longWords === 2 ? (mem.words[at + 1] as number) : 0;
    const pfn = pages.pfnOfLru(lo, hi);
    if (pfn < 0 || (lo === head.lo && hi === head.hi) || !take(pfn)) return;
    const word = wordOf(pages, pfn);
    if (word < 0) return;
    at = word + pages.lru;
  }
}
/** Word of a struct page; −1 where a hole of the memory map has none. */
function wordOf(pages: PcpKernel['pages'], pfn: number): number {
  try {
    return pages.word(pfn);
  } catch (error) {
    if (!isException(error)) throw error;
    return -1;
  }
}
