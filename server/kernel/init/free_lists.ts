/**
 * The free lists as boot leaves them (mm/memblock.c: memblock_free_all, __free_pages_memory; mm/page_alloc.c: __free_pages_core;
 * arch/x86/mm/init_32.c: add_highpages_with_active_regions, 6.1). They are computed when read: blocks of the largest order are kept as
 * runs, so that a terabyte costs no more than its edges, and the links in the descriptors are made when a frame is first read.
 *
 * Lowmem is freed in ascending blocks, each to its list's tail. Highmem is freed page by page, so a finished block goes to the head.
 */
import { MAX_ORDER } from '../arch/arch';
import type { NodeRange } from '../arch/memory_map';
import type { ZoneSpan } from './zone_span';
import { spanAt } from './zone_span';

const TOP = MAX_ORDER - 1;
const TOP_PAGES = 1 << TOP;

/** A free range inside one zone: small blocks, then order-10 blocks from `first` up to `last`, then small blocks. */
interface FreeRange {
  readonly start: number;
  readonly end: number;
  readonly zone: number;
  /** pfns of the run of order-10 blocks, end exclusive; equal if there is none */
  readonly first: number;
  readonly last: number;
}
interface FreeBlock {
  readonly pfn: number;
  readonly order: number;
  readonly range: number;
}
interface FreeListOptions {
  readonly zones: readonly ZoneSpan[];
  /** free frames after boot, ascending */
  readonly ranges: readonly NodeRange[];
  /** migratetype of the pageblock a frame lies in */
  readonly migratetype: (pfn: number) => number;
  /** virtual address of a frame's page->lru */
  readonly lru: (pfn: number) => number;
  /** virtual address of a zone's free_area[order].free_list[migratetype]; `zone` is an index into `zones` */
  readonly head: (zone: number, order: number, migratetype: number) => number;
}

/** One free list of one zone. */
interface BootList {
  readonly zone: number;
  readonly order: number;
  readonly migratetype: number;
  /** pfns of the first and last block, and how many there are */
  readonly head: number;
  readonly tail: number;
  readonly count: number;
}

export class BootFreeLists {
  private readonly ranges: readonly FreeRange[];
  private readonly options: FreeListOptions;
  /** free pages by index into zones */
  readonly freePages: readonly number[];
  readonly lists: readonly BootList[];
  private readonly small = new Map<number, { order: number; prev: number; next: number }>();

  constructor(options: FreeListOptions) {
    this.options = options;
    this.ranges = splitByZone(options);
    const free = options.zones.map(() => 0);
    for (const r of this.ranges) free[r.zone] = (free[r.zone] ?? 0) + r.end - r.start;
    this.freePages = free;
    this.lists = this.build();
  }

  private descends(zone: number): boolean {
    return this.options.zones[zone]?.name === 'HighMem';
  }

  private build(): BootList[] {
    const lists: BootList[] = [];
    this.options.zones.forEach((_, zone) => {
      const mine = this.ranges.filter((r) => r.zone === zone);
      const blocks = mine.flatMap((r) => [...smallBlocks(r.start, r.first), ...smallBlocks(r.last, r.end)]);
      for (const key of [...new Set(blocks.map((b) => b.order * 8 + this.options.migratetype(b.pfn)))].sort(
        (a, b) => a - b,
      )) {
        const order = key >> 3;
        const migratetype = key & 7;
        const list = blocks.filter((b) => b.order === order && this.options.migratetype(b.pfn) === migratetype);
        if (this.descends(zone)) list.reverse();
        const anchor = this.options.head(zone, order, migratetype);
        const lruAt = (i: number) => (list[i] ? this.options.lru((list[i] as { pfn: number }).pfn) : anchor);
        list.forEach((b, i) => {
          this.small.set(b.pfn, { order, prev: lruAt(i - 1), next: lruAt(i + 1) });
        });
        lists.push({
          zone,
          order,
          migratetype,
          head: list[0]?.pfn ?? 0,
          tail: list[list.length - 1]?.pfn ?? 0,
          count: list.length,
        });
      }
      const runs = mine.filter((r) => r.last > r.first);
      const [low, high] = [runs[0], runs[runs.length - 1]];
      if (!low || !high) return;
      const ends = [low.first, high.last - TOP_PAGES] as const;
      const down = this.descends(zone);
      lists.push({
        zone,
        order: TOP,
        migratetype: this.options.migratetype(low.first),
        head: down ? ends[1] : ends[0],
        tail: down ? ends[0] : ends[1],
        count: runs.reduce((sum, r) => sum + (r.last - r.first) / TOP_PAGES, 0),
      });
    });
    return lists;
  }

  /** The free block a frame belongs to; undefined for a frame that is not free. */
  at(pfn: number): FreeBlock | undefined {
    let low = 0;
    let high = this.ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.ranges[middle] as FreeRange).start <= pfn) low = middle + 1;
      else high = middle;
    }
    const r = this.ranges[low - 1];
    if (!r || pfn >= r.end) return undefined;
    if (pfn >= r.first && pfn < r.last) return { pfn: pfn - (pfn % TOP_PAGES), order: TOP, range: low - 1 };
    const edge = pfn < r.first ? smallBlocks(r.start, r.first) : smallBlocks(r.last, r.end);
    const block = edge.find((b) => pfn >= b.pfn && pfn < b.pfn + (1 << b.order));
    return block && { ...block, range: low - 1 };
  }

  /** page->lru of a free block's first page: virtual addresses of its neighbours' list entries. */
  links(block: FreeBlock): { prev: number; next: number } {
    const small = this.small.get(block.pfn);
    if (small) return small;
    const r = this.ranges[block.range] as FreeRange;
    const anchor = this.options.head(r.zone, TOP, this.options.migratetype(block.pfn));
    const neighbour = (step: 1 | -1): number => {
      const pfn = block.pfn + step * TOP_PAGES;
      if (pfn >= r.first && pfn < r.last) return this.options.lru(pfn);
      for (let i = block.range + step; i >= 0 && i < this.ranges.length; i += step) {
        const other = this.ranges[i] as FreeRange;
        if (other.zone !== r.zone || other.last === other.first) continue;
        return this.options.lru(step === 1 ? other.first : other.last - TOP_PAGES);
      }
      return anchor;
    };
    const [below, above] = [neighbour(-1), neighbour(1)];
    return this.descends(r.zone) ? { prev: above, next: below } : { prev: below, next: above };
  }
}

/** Blocks of less than the top order, as large as alignment and end allow, ascending. */
function smallBlocks(start: number, end: number): { pfn: number; order: number }[] {
  const out: { pfn: number; order: number }[] = [];
  for (let pfn = start; pfn < end; ) {
    let order = Math.min(TOP, pfn === 0 ? TOP : 31 - Math.clz32(pfn & -pfn));
    while (pfn + (1 << order) > end) order--;
    out.push({ pfn, order });
    pfn += 1 << order;
  }
  return out;
}

function splitByZone(options: FreeListOptions): FreeRange[] {
  const out: FreeRange[] = [];
  for (const range of options.ranges) {
    for (let start = range.start; start < range.end; ) {
      const span = spanAt(options.zones, start);
      const zone = span ? options.zones.indexOf(span) : -1;
      if (!span || zone < 0) break;
      const end = Math.min(range.end, span.start + span.spanned);
      if (end <= start) break;
      const first = Math.ceil(start / TOP_PAGES) * TOP_PAGES;
      const last = Math.floor(end / TOP_PAGES) * TOP_PAGES;
      out.push(last > first ? { start, end, zone, first, last } : { start, end, zone, first: end, last: end });
      start = end;
    }
  }
  return out;
}
