/**
 * How far free memory is of use for large blocks: /sys/kernel/debug/extfrag/unusable_index and extfrag_index (mm/vmstat.c: unusable_free_index,
 * __fragmentation_index, 6.1). In thousandths; reading changes nothing.
 */
import { MAX_ORDER } from '../arch/arch';
import type { MmKernel } from '../mm/mm_kernel';

type Zones = Pick<MmKernel, 'zones'>;

/** struct contig_page_info: a zone's free pages and blocks, and how many blocks of the wanted order they hold. */
interface ContigPageInfo {
  readonly freePages: number;
  readonly freeBlocksTotal: number;
  readonly freeBlocksSuitable: number;
}
function contigPageInfo(nrFree: readonly number[], order: number): ContigPageInfo {
  let [freePages, freeBlocksTotal, freeBlocksSuitable] = [0, 0, 0];
  nrFree.forEach((blocks, o) => {
    freePages += blocks * 2 ** o;
    freeBlocksTotal += blocks;
    if (o >= order) freeBlocksSuitable += blocks * 2 ** (o - order);
  });
  return { freePages, freeBlocksTotal, freeBlocksSuitable };
}

/** The share of free memory that a request of the order cannot use: 0 all of it is usable, 1000 none. */
export function unusableFreeIndex(nrFree: readonly number[], order: number): number {
  const { freePages, freeBlocksSuitable } = contigPageInfo(nrFree, order);
  if (freePages === 0) return 1000;
  return Math.floor(((freePages - freeBlocksSuitable * 2 ** order) * 1000) / freePages);
}
/**
 * Why a request of the order would fail: towards 0 for lack of memory, towards 1000 because it is fragmented; −1000: it would not fail.
 */
export function fragmentationIndex(nrFree: readonly number[], order: number): number {
  const { freePages, freeBlocksTotal, freeBlocksSuitable } = contigPageInfo(nrFree, order);
  if (freeBlocksTotal === 0) return 0;
  if (freeBlocksSuitable > 0) return -1000;
  const requested = 2 ** order;
  return 1000 - Math.floor((1000 + Math.floor((freePages * 1000) / requested)) / freeBlocksTotal);
}

type Index = (nrFree: readonly number[], order: number) => number;

export interface ZoneIndexes {
  readonly node: number;
  readonly zone: string;
  /** by order, in thousandths */
  readonly index: readonly number[];
}
export function zoneIndexes(k: Zones, index: Index): ZoneIndexes[] {
  return k.zones
    .filter((z) => z.populated)
    .map((z) => {
      const nrFree = Array.from({ length: MAX_ORDER }, (_, order) => z.nrFreeBlocks(order));
      return { node: z.node, zone: z.name, index: nrFree.map((_, order) => index(nrFree, order)) };
    });
}
/** The file's text. */
export function extfragText(k: Zones, index: Index): string {
  return zoneIndexes(k, index)
    .map(
      ({ node, zone, index: values }) =>
        `Node ${node}, zone ${zone.padStart(8)} ${values.map((v) => `${inUnits(v)} `).join('')}\n`,
    )
    .join('');
}
/** Thousandths with a point. */
const inUnits = (value: number): string =>
  `${Math.trunc(value / 1000)}.${String(Math.abs(value) % 1000).padStart(3, '0')}`;
