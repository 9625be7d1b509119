/**
 * The lines in which the recorder described the zones of a running machine (`kind`: snap, freelist, blocks), as it would print them of the
 * emulated one.
 */
import { MIGRATE_TYPES } from '../../kernel/mm/migratetype';
import type { PageAllocator } from '../../kernel/mm/page_alloc/page_alloc';
import { MAX_ORDER, NR_FREE_PAGES, type Zone } from '../../kernel/mm/zone';
import type { Printed } from '../experiment_lines';
import { listPfns } from '../replay';

const populated = (alloc: PageAllocator): Zone[] => alloc.zones.filter((zone) => zone.populated);
const cpusOf = (zone: Zone): number[] => Array.from({ length: zone.cpus }, (_, cpu) => cpu);

/** A line for each zone: counters, watermarks, lists of the CPUs. */
export const snapLines = (alloc: PageAllocator, tag: string): Printed[] =>
  populated(alloc).map((zone) => snapLine(zone, tag));

function snapLine(zone: Zone, tag: string): Printed {
  const lists = cpusOf(zone).map((cpu) => zone.onCpu(cpu));
  const diffs = lists.map((pcp) => pcp.statDiff(NR_FREE_PAGES));
  const free = zone.vmStatOf(NR_FREE_PAGES);
  const area = Array.from({ length: MAX_ORDER }, (_, order) => zone.nrFreeBlocks(order));
  return {
    kind: 'snap',
    tag,
    node: zone.node,
    zone: zone.name,
    nr_free_pages: free,
    precise: diffs.reduce((sum, diff) => sum + diff, free),
    buddy: area.reduce((sum, blocks, order) => sum + blocks * 2 ** order, 0),
    fa: area,
    pcp: lists.map((pcp, cpu) => `cpu${cpu}:${pcp.count}/${pcp.high}/${pcp.batch}/ff${pcp.freeFactor}`).join(','),
    diff: diffs.length === 1 ? (diffs[0] as number) : diffs.join(','),
    thr: lists[0]?.statThreshold ?? 0,
    wm: [0, 1, 2].map((mark) => zone.wmark(mark)),
    boost: zone.watermarkBoost,
    hiatomic: zone.nrReservedHighatomic,
    zflags: zone.getLong(zone.flags),
    managed: zone.managedPages,
  };
}

/** Every free list that is not empty, from head to tail, and the pageblocks, zone by zone. */
export const listLines = (alloc: PageAllocator, tag: string): Printed[] =>
  populated(alloc).flatMap((zone) => [...freeLists(alloc, zone, tag), blocksLine(alloc, zone, tag)]);

function freeLists(alloc: PageAllocator, zone: Zone, tag: string): Printed[] {
  return Array.from({ length: MAX_ORDER * MIGRATE_TYPES }, (_, i): Printed[] => {
    const [order, mt] = [Math.floor(i / MIGRATE_TYPES), i % MIGRATE_TYPES];
    const pfns = listPfns(alloc, zone.freeList(order, mt));
    return pfns.length === 0 ? [] : [{ kind: 'freelist', tag, node: zone.node, zone: zone.name, order, mt, pfns }];
  }).flat();
}
function blocksLine({ blocks }: PageAllocator, zone: Zone, tag: string): Printed {
  let mts = '';
  for (let block = zone.startPfn >>> blocks.order; block << blocks.order < zone.endPfn; block++)
    mts += blocks.migratetype(Math.max(zone.startPfn, block << blocks.order));
  return { kind: 'blocks', tag, node: zone.node, zone: zone.name, start: zone.startPfn, mts };
}
