/**
 * What a run's allocations cost (`kmem run --stats`): counted by site, allocator and kind from the tracer's records, as `perf kmem` does from
 * ftrace's; what is lost inside the blocks that are handed out, and what free memory cannot be used for want of contiguous pages.
 */
import {
  type Allocator,
  allocationOf,
  type BlockAllocation,
  freeOf,
  isBacking,
} from '../debugger/inspector/allocationRecords';
import type { Session } from '../debugger/session';
import { getOrder } from '../kernel/mm/page_alloc/page_api';
import type { TraceRecord } from '../kernel/printk/trace';
import { fragmentationIndex, unusableFreeIndex, zoneIndexes } from '../kernel/proc/extfrag';
import { MAX_ORDER } from '../profiles/commonConstants';
import { PAGE_SIZE } from '../types/pageSize';

export interface Counts {
  calls: number;
  failed: number;
  /** bytes asked for, and taken */
  requested: number;
  allocated: number;
  /** bytes not freed, now and at the most */
  held: number;
  peak: number;
}
export interface SiteStats extends Counts {
  /** undefined for what the kernel does by itself */
  readonly file: string | undefined;
  readonly line: number | undefined;
  /** of the API */
  readonly function: string;
  readonly allocator: Allocator;
  /** the cache, kmalloc's class, the order of the pages */
  readonly kind: string;
}
/** Bytes that a block of a size takes, by the way it is got; null where that is not possible. */
interface BlockCosts {
  readonly size: number;
  readonly kmalloc: number | null;
  readonly pages: number | null;
  readonly vmalloc: number;
  readonly vmallocAddresses: number;
}
interface ZoneStats {
  readonly node: number;
  readonly zone: string;
  /** unusable_index and extfrag_index, in thousandths */
  readonly unusable: readonly number[];
  readonly fragmentation: readonly number[];
}

export class AllocationStats {
  readonly sites = new Map<string, SiteStats>();
  readonly totals = new Map<Allocator, Counts>();
  /** pages under slabs, vmalloc areas, per-CPU chunks, tables */
  readonly backing = newCounts();
  /** how often each size was asked for */
  readonly sizes = new Map<number, number>();
  private readonly live = new Map<string, { readonly counts: readonly Counts[]; readonly bytes: number }>();

  constructor(private readonly session: Session) {}

  add(record: TraceRecord): void {
    const freed = freeOf(record);
    if (freed !== undefined) {
      const block = this.live.get(freed);
      for (const counts of block?.counts ?? []) counts.held -= block?.bytes ?? 0;
      this.live.delete(freed);
      return;
    }
    const allocation = allocationOf(record);
    if (!allocation) return;
    const own = !isBacking(record);
    // what describes an area lies in pages that are counted
    if (!own && allocation.allocator !== 'pages') return;
    const counts = own ? [this.site(record, allocation), this.total(allocation.allocator)] : [this.backing];
    for (const c of counts) count(c, allocation);
    if (allocation.failed) return;
    if (own && allocation.allocator !== 'pages')
      this.sizes.set(allocation.requested, (this.sizes.get(allocation.requested) ?? 0) + 1);
    this.live.set(allocation.block, { counts, bytes: allocation.allocated });
  }
  private total(allocator: Allocator): Counts {
    const known = this.totals.get(allocator) ?? newCounts();
    this.totals.set(allocator, known);
    return known;
  }
  private site({ site }: TraceRecord, { allocator, kind }: BlockAllocation): SiteStats {
    const api = site?.api;
    const position = site && this.session.index.positionOfSpan(site.span);
    const file = position?.file.path;
    const key = [file, position?.line, api, allocator, kind].join('\0');
    const known = this.sites.get(key);
    if (known) return known;
    const made = { file, line: position?.line, function: api ?? 'kernel', allocator, kind, ...newCounts() };
    this.sites.set(key, made);
    return made;
  }

  /** How far the zones' free memory is of use, by order. */
  zones(): ZoneStats[] {
    const { kernel } = this.session.target;
    const fragmentation = zoneIndexes(kernel, fragmentationIndex);
    return zoneIndexes(kernel, unusableFreeIndex).map(({ node, zone, index }, i) => ({
      node,
      zone,
      unusable: index,
      fragmentation: fragmentation[i]?.index ?? [],
    }));
  }
  /** What the sizes that were asked for most take. */
  costs(most = 10): BlockCosts[] {
    const { kmallocs } = this.session.target.kernel.allocators.slab;
    const { kernel } = this.session.target.kernel.gfp;
    const often = [...this.sizes].sort((a, b) => b[1] - a[1]).slice(0, most);
    return often
      .map(([size]) => size)
      .sort((a, b) => a - b)
      .map((size) => {
        const order = getOrder(size);
        const fits = order < MAX_ORDER;
        return {
          size,
          kmalloc: fits ? kmallocs.bytesFor(size, kernel) : null,
          pages: fits ? PAGE_SIZE * 2 ** order : null,
          vmalloc: Math.ceil(size / PAGE_SIZE) * PAGE_SIZE,
          // with the guard page
          vmallocAddresses: (Math.ceil(size / PAGE_SIZE) + 1) * PAGE_SIZE,
        };
      });
  }
}
const newCounts = (): Counts => ({ calls: 0, failed: 0, requested: 0, allocated: 0, held: 0, peak: 0 });
function count(counts: Counts, { requested, allocated, failed }: BlockAllocation): void {
  counts.calls++;
  if (failed) {
    counts.failed++;
    return;
  }
  counts.requested += requested;
  counts.allocated += allocated;
  counts.held += allocated;
  counts.peak = Math.max(counts.peak, counts.held);
}
