/**
 * The free memory of a recorded machine: /proc says how many free blocks of each order and migratetype a zone has and how many pageblocks
 * of each migratetype, not where they lie. They are placed here, so that every count is as recorded and no two free buddies face each other.
 */
import { subtract } from '../kernel/arch/memory_map';
import type { Kernel } from '../kernel/kernel';
import { MIGRATE_HIGHATOMIC, MIGRATE_MOVABLE, MIGRATE_NAMES, MIGRATE_TYPES } from '../kernel/mm/migratetype';
import type { PageAllocator } from '../kernel/mm/page_alloc/page_alloc';
import type { Zone } from '../kernel/mm/zone';
import { MAX_ORDER, NR_FREE_PAGES } from '../kernel/mm/zone';
import { zonePageblocks } from '../kernel/proc/proc_vmstat';
import { RecordingError } from './recording_error';

/** What /proc says of one zone's free memory. */
export interface FreeMemory {
  readonly node: number;
  readonly zone: string;
  /** free blocks by migratetype, then order */
  readonly free: readonly (readonly number[])[];
  /** pageblocks by migratetype; undefined: as boot leaves them */
  readonly blocks: readonly number[] | undefined;
}

/** Puts a block on a free list, whatever boot made of its frames (this machine's kernel image is not where the recorded one is). */
export function putFreeBlock(alloc: PageAllocator, zone: Zone, pfn: number, order: number, migratetype: number): void {
  for (let i = 0; i < 1 << order; i++) clearPage(alloc, pfn + i);
  alloc.buddy.setBuddyOrder(pfn, order);
  alloc.buddy.addToFreeList(zone, pfn, order, migratetype, true);
}
/** A frame that nobody uses: no reference, and no flag that a free page must not have. */
export function clearPage(alloc: PageAllocator, pfn: number): void {
  alloc.pages.setRefcount(pfn, 0);
  alloc.pages.setFlagsLow(pfn, alloc.pages.flagsLow(pfn) & ~alloc.pages.pageFlags.checkAtPrep);
}

/** Fills the free lists of a machine that has booted without free pages. @throws RecordingError for blocks that find no room */
export function loadFreeMemory(k: Kernel, zones: readonly FreeMemory[]): void {
  for (const z of k.zones.filter((zone) => zone.populated)) {
    const recorded = zones.find((r) => r.node === z.node && r.zone === z.name);
    const ranges = unreserved(k, z);
    if (recorded?.blocks) setPageblockTypes(k, z, recorded.blocks, ranges);
    const room = new Room(k, ranges);
    let pages = 0;
    for (let order = MAX_ORDER - 1; order >= 0; order--) {
      for (let type = 0; type < MIGRATE_TYPES; type++) {
        const blocks = recorded?.free[type]?.[order] ?? 0;
        for (let i = 0; i < blocks; i++) {
          const pfn = room.take(order, type);
          if (pfn < 0) {
            throw new RecordingError(
              `node ${z.node}, zone ${z.name}: no room for free block ${i + 1} of ${blocks} of order ${order}, ${MIGRATE_NAMES[type]}: the memory map leaves ${room.pages} of the zone's pages to the allocator`,
            );
          }
          putFreeBlock(k.pageAlloc, z, pfn, order, type);
          pages += 1 << order;
        }
      }
    }
    z.setVmStat(NR_FREE_PAGES, pages);
    z.nrReservedHighatomic = (recorded?.blocks?.[MIGRATE_HIGHATOMIC] ?? 0) * k.pageblocks.pages;
  }
}

interface PfnRange {
  readonly start: number;
  readonly end: number;
}
/** The frames of a zone that boot has not reserved. */
function unreserved(k: Kernel, z: Zone): PfnRange[] {
  let ranges: PfnRange[] = k.memory.present
    .map((r) => ({ start: Math.max(r.start, z.startPfn), end: Math.min(r.end, z.endPfn) }))
    .filter((r) => r.end > r.start);
  for (const r of k.reserved) ranges = ranges.flatMap((f) => subtract(f, r));
  return ranges.sort((a, b) => a.start - b.start);
}

/** Pageblocks that are not movable lie where the first allocations were: low, in memory that the allocator has. */
function setPageblockTypes(k: Kernel, z: Zone, counts: readonly number[], ranges: readonly PfnRange[]): void {
  const starts = [...zonePageblocks(k, z)];
  const used = (pfn: number): boolean => {
    const first = pfn - (pfn % k.pageblocks.pages);
    return ranges.some((r) => r.start < first + k.pageblocks.pages && r.end > first);
  };
  const inOrder = [...starts.filter(used), ...starts.filter((pfn) => !used(pfn))];
  for (const pfn of starts) k.pageblocks.setMigratetype(pfn, MIGRATE_MOVABLE);
  let next = 0;
  for (let type = 0; type < MIGRATE_TYPES; type++) {
    if (type === MIGRATE_MOVABLE) continue;
    for (let i = 0; i < (counts[type] ?? 0) && next < inOrder.length; i++) {
      k.pageblocks.setMigratetype(inOrder[next++] as number, type);
    }
  }
}

/** a block of frames whose pageblocks have several migratetypes */
const MIXED = MIGRATE_TYPES;
const TOP = MAX_ORDER - 1;

/**
 * The parts of a zone in which free blocks can still be placed: aligned blocks. One whose buddy is a free block of its order may hold
 * smaller free blocks only, since the two would have merged.
 */
class Room {
  /** pages of all parts at the beginning */
  readonly pages: number;
  /** pfns by [order][migratetype or MIXED]: of parts that may be a free block of their order, and of those that may not */
  private readonly whole = stacks();
  private readonly broken = stacks();

  constructor(
    private readonly k: Kernel,
    ranges: readonly PfnRange[],
  ) {
    this.pages = ranges.reduce((sum, r) => sum + r.end - r.start, 0);
    for (const r of ranges) {
      for (let pfn = r.start; pfn < r.end; ) {
        let order = pfn === 0 ? TOP : Math.min(TOP, 31 - Math.clz32(pfn & -pfn));
        while (pfn + (1 << order) > r.end) order--;
        this.put(this.whole, pfn, order);
        pfn += 1 << order;
      }
    }
  }

  private put(stacks: readonly (readonly number[][])[], pfn: number, order: number): void {
    stacks[order]?.[this.typeOf(pfn, order)]?.push(pfn);
  }
  private typeOf(pfn: number, order: number): number {
    const type = this.k.pageblocks.migratetype(pfn);
    for (let at = this.k.pageblocks.pages; at < 1 << order; at += this.k.pageblocks.pages) {
      if (this.k.pageblocks.migratetype(pfn + at) !== type) return MIXED;
    }
    return type;
  }

  /** Takes a block out for a free list; of the smallest part that has room, best in pageblocks of the migratetype. −1: no room */
  take(order: number, type: number): number {
    const others = [MIXED, ...MIGRATE_NAMES.keys()].filter((t) => t !== type);
    for (const types of [[type], others]) {
      for (let size = order; size <= TOP; size++) {
        for (const t of types) {
          const pfn = (size > order ? this.broken[size]?.[t]?.pop() : undefined) ?? this.whole[size]?.[t]?.pop();
          if (pfn !== undefined) return this.carve(pfn, size, order, type);
        }
      }
    }
    return -1;
  }
  /** Halves a part until it has the order that is wanted; the rest stays. */
  private carve(pfn: number, size: number, order: number, type: number): number {
    let at = pfn;
    while (size > order) {
      size--;
      const [low, high] = [at, at + (1 << size)];
      const takeLow = this.typeOf(low, size) === type && this.typeOf(high, size) !== type;
      at = takeLow ? low : high;
      this.put(size === order ? this.broken : this.whole, takeLow ? high : low, size);
    }
    return at;
  }
}
function stacks(): number[][][] {
  return Array.from({ length: MAX_ORDER }, () => Array.from({ length: MIGRATE_TYPES + 1 }, () => []));
}
