/** The way of a request through the page allocator, from what its tracer has recorded: each step with the figures of its moment. */
import type { Kernel } from '../../../kernel/kernel';
import { ALLOC_NO_WATERMARKS, ALLOC_WMARK_MASK, allocFlagNames } from '../../../kernel/mm/page_alloc/alloc_flags';
import { effectiveMin, unusableFree } from '../../../kernel/mm/page_alloc/watermark';
import type { Zone } from '../../../kernel/mm/zone';
import type { TraceRecord } from '../../../kernel/printk/trace';
import { MAX_ORDER } from '../../../profiles/commonConstants';
import type { TakeStep } from '../shapes/freeLists';
import { changesBetween, zoneOfBlock } from './blockChanges';
import { blockShape, changeShape } from './blockShapes';
import { walkList } from './freeBlocks';

const MARKS = ['min', 'low', 'high', 'promo'] as const;

interface PlacedStep {
  readonly position: number;
  readonly step: TakeStep;
}

export class AllocationWay {
  private readonly found: PlacedStep[] = [];
  /** where the last step was */
  private last = 0;
  /** the zone that has been asked last */
  private zone: Zone | undefined;
  private migratetype = 0;
  private flags = 0;
  private refill: { readonly order: number; readonly wanted: number } | undefined;

  constructor(
    private readonly k: Kernel,
    private readonly order: number,
    private readonly cpu: number,
  ) {}

  /** @param start journal position at which the request begins */
  steps(records: readonly TraceRecord[], start: number): readonly PlacedStep[] {
    const end = this.k.journal.position;
    this.migratetype = Number(records.findLast(({ name }) => name === 'mm_page_alloc')?.values[3] ?? 0);
    this.last = start;
    for (const record of records) this.take(record);
    this.changes(end);
    this.k.journal.moveTo(end);
    return this.found;
  }
  private add(position: number, step: TakeStep): void {
    this.found.push({ position, step });
  }
  /** What has happened to the lists since the last step. */
  private changes(position: number): void {
    if (position === this.last) return;
    const before = this.last;
    this.last = position;
    const changes = changesBetween(this.k, before, position) ?? [];
    for (const change of changes) {
      const { block, kind } = change;
      const zone = zoneOfBlock(this.k, block.pfn);
      if (!zone) continue;
      // one of another migratetype was chosen by other rules
      if (change === changes[0] && kind !== 'moved' && block.migratetype === this.migratetype)
        this.looked(before, zone, block.order);
      this.add(position, { kind: 'blocks', node: zone.node, zone: zone.name, change: changeShape(change) });
    }
  }
  /** The lists of the migratetype from the order that is wanted up to another: those before a block that was taken are empty. */
  private looked(position: number, zone: Zone, upTo: number): void {
    const { migratetype } = this;
    const from = Math.min(this.refill?.order ?? this.order, upTo);
    const looked = this.at(position, () =>
      Array.from({ length: upTo - from + 1 }, (_, i) => {
        const { blocks } = walkList(this.k, zone.freeList(from + i, migratetype), 0);
        return { order: from + i, blocks };
      }),
    );
    this.add(position, { kind: 'lists', node: zone.node, zone: zone.name, migratetype, looked });
  }
  /** Reads memory as it was at a position of the request. */
  private at<T>(position: number, read: () => T): T {
    const { journal } = this.k;
    const here = journal.position;
    journal.moveTo(position);
    const result = read();
    journal.moveTo(here);
    return result;
  }

  private take({ kind, name, values, position }: TraceRecord): void {
    const number = (i: number) => Number(values[i]);
    // inside a batch, only what happens to other migratetypes' blocks is told block by block
    if (name === 'mm_page_alloc_zone_locked' && this.refill) return;
    this.changes(position);
    if (kind === 'enter' && name === 'rmqueue_bulk') this.refill = { order: number(0), wanted: number(1) };
    else if (kind === 'leave' && name === 'rmqueue_bulk' && this.refill) {
      this.add(position, { kind: 'refill', ...this.refill, got: number(0) });
      this.refill = undefined;
    } else if (kind === 'enter' && name === '__alloc_pages_slowpath') this.add(position, { kind: 'slowpath' });
    else if (kind === 'event' && name === 'mm_vmscan_wakeup_kswapd')
      this.add(position, { kind: 'kswapd', node: number(0), order: number(1) });
    else if (kind === 'decision') this.decision(name, values, position);
  }
  private decision(name: string, values: TraceRecord['values'], position: number): void {
    const number = (i: number) => Number(values[i]);
    switch (name) {
      case 'watermark':
        this.zone = this.k.zones.find((zone) => zone.node === values[0] && zone.name === values[1]);
        this.flags = number(5);
        this.watermark(values, position);
        if (number(6) === 1) this.ownList(position);
        return;
      case 'fallback': {
        if (this.zone) this.looked(position, this.zone, MAX_ORDER - 1);
        const block = blockShape({ pfn: number(5), order: number(1), migratetype: number(3) });
        this.add(position, { kind: 'fallback', block, wanted: number(2), whole: number(4) === 1 });
        return;
      }
      case 'steal': {
        const [pfn, from, to, moved, alike, claimed] = [0, 1, 2, 3, 4, 5].map(number) as [
          number,
          number,
          number,
          number,
          number,
          number,
        ];
        this.add(position, { kind: 'steal', pfn, from, to, moved, alike, claimed: claimed === 1 });
        return;
      }
      case 'reserve_highatomic':
        this.add(position, { kind: 'highatomic', pfn: number(0), pages: number(1) });
        return;
      case 'reserves': {
        const flags = number(0) | number(1);
        const ignoresWatermarks = (number(1) & ALLOC_NO_WATERMARKS) !== 0;
        this.add(position, { kind: 'reserves', rights: allocFlagNames(flags), ignoresWatermarks });
        return;
      }
      case 'direct_reclaim':
        this.add(position, { kind: 'reclaim', allowed: number(0) === 1 });
    }
  }
  private watermark(values: TraceRecord['values'], position: number): void {
    const { zone, flags, order } = this;
    if (!zone) return;
    const { buddy } = this.k.pageAlloc;
    const [free, level, reserve] = [Number(values[2]), Number(values[3]), Number(values[4])];
    const unusable = this.at(position, () => unusableFree(buddy, zone, order, flags));
    const boost = this.at(position, () => zone.watermarkBoost);
    const minimum = effectiveMin(level, flags);
    const ok = Number(values[6]) === 1;
    this.add(position, {
      kind: 'watermark',
      node: zone.node,
      zone: zone.name,
      mark: MARKS[flags & ALLOC_WMARK_MASK] ?? 'min',
      level,
      boost,
      free,
      unusable,
      minimum,
      reserve,
      rights: allocFlagNames(flags),
      ok,
      ...(ok ? {} : { why: free - unusable <= minimum + reserve ? ('pages' as const) : ('blocks' as const) }),
    });
  }
  /** The zone may give something: the CPU's own list comes first, for orders that it has lists of. */
  private ownList(position: number): void {
    const { zone, order, cpu, migratetype } = this;
    const { pageAlloc } = this.k;
    if (!zone || !pageAlloc.pcp.allows(order)) return;
    const list = zone.onCpu(cpu).list(pageAlloc.pcp.orderToPindex(migratetype, order));
    const { blocks } = this.at(position, () => walkList(this.k, list, 0));
    this.add(position, { kind: 'pcp', node: zone.node, zone: zone.name, cpu, order, migratetype, blocks });
  }
}
