/**
 * Which allocations were live at two moments, from the tracer's records: an allocation is known by its record, so that a block which was
 * freed and allocated again between the two has gone and come.
 */

import type { TraceRecord } from '../../../kernel/printk/trace';
import { lookupApi } from '../../../language/catalogue/catalogue';
import type { MemoryKind } from '../../../language/catalogue/entry';
import { ZERO_SIZE_PTR } from '../../../profiles/commonConstants';
import type { Session } from '../../session';
import { allocationOf, type BlockAllocation, freeOf, objectBlock } from '../allocationRecords';
import type { Asking } from '../asking';

/** One allocation of the run. */
export interface LiveBlock {
  readonly record: TraceRecord;
  readonly allocation: BlockAllocation;
  /** an allocator took it for itself */
  readonly backing: boolean;
}
/** What two moments have, the earlier first. */
export interface LiveDifference {
  readonly earlierOnly: readonly LiveBlock[];
  readonly laterOnly: readonly LiveBlock[];
  readonly both: readonly LiveBlock[];
  readonly passed: readonly LiveBlock[];
  /** blocks that were freed between the two and allocated before what is recorded */
  readonly unknown: number;
}
/** Records that are read in one go. */
const RECORDS_AT_ONCE = 50_000;
const NOTHING = new Set([objectBlock(0), objectBlock(ZERO_SIZE_PTR)]);

export async function liveDifference(asking: Asking, earlier: number, later: number): Promise<LiveDifference> {
  const { output } = asking.session.target.kernel.trace;
  const live = new Map<string, LiveBlock>();
  let then = new Set<LiveBlock>();
  const passed: LiveBlock[] = [];
  let unknown = 0;
  const end = output.endAt(later);
  const border = output.endAt(earlier);
  for (let i = output.start; i < end; i++) {
    if (i === border) then = new Set(live.values());
    if (i % RECORDS_AT_ONCE === 0) await asking.breathe();
    const record = output.at(i);
    if (!record) continue;
    const freed = freeOf(record);
    if (freed === undefined) {
      const allocation = allocationOf(record);
      if (allocation && !allocation.failed)
        live.set(allocation.block, { record, allocation, backing: isBacking(record, allocation) });
      continue;
    }
    const block = live.get(freed);
    live.delete(freed);
    if (i < border || NOTHING.has(freed)) continue;
    if (!block) unknown += record.name === 'mm_page_free' ? 0 : 1;
    else if (!then.has(block)) passed.push(block);
  }
  if (border >= end) then = new Set(live.values());
  const now = new Set(live.values());
  return {
    earlierOnly: [...then].filter((block) => !now.has(block)),
    laterOnly: [...now].filter((block) => !then.has(block)),
    both: [...now].filter((block) => then.has(block)),
    passed,
    unknown,
  };
}
/** Memory that is addresses: functions that give it allocate objects to describe it. */
const DESCRIBED: ReadonlySet<MemoryKind> = new Set([
  'vmalloc',
  'vmap',
  'ioremap',
  'address range',
  'ram map',
  'percpu',
]);
/** What a function took that does not hand it out: pages under slabs, areas and chunks, and what describes these. */
function isBacking({ site }: TraceRecord, { allocator }: BlockAllocation): boolean {
  const entry = lookupApi(site?.api ?? '');
  if (allocator === 'pages') return entry?.family !== 'page allocation';
  if (allocator !== 'kmalloc' && allocator !== 'cache') return false;
  return entry?.allocates !== undefined && DESCRIBED.has(entry.allocates.kind);
}

/** Whether what is allocated and freed has been recorded in this run. */
export const recordsAllocations = ({ target }: Session): boolean => target.kernel.trace.on;
