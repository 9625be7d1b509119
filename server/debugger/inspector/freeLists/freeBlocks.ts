/** Free lists at the journal's cursor: how many blocks are on each, and those of a window. Lists may be damaged: they are followed as far as they lead. */
import type { Kernel } from '../../../kernel/kernel';
import type { ListHead } from '../../../kernel/mm/list_head';
import { MIGRATE_TYPES } from '../../../kernel/mm/migratetype';
import type { Zone } from '../../../kernel/mm/zone';
import { isException } from '../../../kernel/oops/exceptions';
import { MAX_ORDER } from '../../../profiles/commonConstants';

export type ListsKernel = Pick<Kernel, 'mem' | 'pages' | 'pageblocks' | 'zones' | 'pageAlloc' | 'memMap'>;

/** Blocks of a list that are wanted: so many from one on. */
export interface ListWindow {
  readonly first: number;
  readonly count: number;
}
export interface WalkedList {
  readonly order: number;
  /** index in MIGRATE_NAMES */
  readonly migratetype: number;
  readonly blocks: number;
  /** there are at least so many: the list is too long to be counted */
  readonly isLeast: boolean;
  /** index of the first of `pfns` */
  readonly first: number;
  readonly pfns: number[];
  /** it does not come back to its head: a pointer leads elsewhere, or it is a circle */
  readonly damaged: boolean;
}

/** Frames of the mem_map that a walk may read for the first time, and blocks that it passes, before it stops to count. */
const UNREAD_FRAMES = 64;
const MOST_BLOCKS = 100_000;
/** Blocks that one list is ahead of the others of its order while they are counted together. */
const STRIDE = 64;

class Walk {
  blocks = 0;
  readonly pfns: number[] = [];
  damaged = false;
  /** the block to be passed next; −1 at the end */
  private at: number;

  constructor(
    private readonly k: ListsKernel,
    private readonly head: ListHead,
    readonly window: ListWindow,
  ) {
    this.at = this.read(() => k.pageAlloc.buddy.lists.first(head.word, head.lo, head.hi));
  }
  get isAtEnd(): boolean {
    return this.at < 0;
  }
  get hasWindow(): boolean {
    return this.isAtEnd || this.blocks >= this.window.first + this.window.count;
  }
  advance(count: number): void {
    const { lists } = this.k.pageAlloc.buddy;
    const { first, count: wanted } = this.window;
    for (let i = 0; i < count && this.at >= 0; i++) {
      const pfn = this.at;
      if (this.blocks >= first && this.blocks < first + wanted) this.pfns.push(pfn);
      this.blocks++;
      this.at = this.read(() => lists.next(pfn, this.head.lo, this.head.hi));
    }
  }
  private read(next: () => number): number {
    try {
      return next();
    } catch (error) {
      if (!isException(error)) throw error;
      this.damaged = true;
      return -1;
    }
  }
}

/** The lists of a zone that have blocks. `windowOf` says which blocks of a list are wanted. */
export function zoneLists(
  k: ListsKernel,
  zone: Zone,
  windowOf: (order: number, migratetype: number) => ListWindow,
): WalkedList[] {
  return Array.from({ length: MAX_ORDER }, (_, order) => orderLists(k, zone, order, windowOf)).flat();
}

/**
 * The lists of one order. The kernel keeps one count for them together, so that the longest need not be passed: it has what the others have
 * not. (On a large machine that is nearly all of the memory, in frames of the mem_map that nobody has read yet.)
 */
function orderLists(
  k: ListsKernel,
  zone: Zone,
  order: number,
  windowOf: (order: number, migratetype: number) => ListWindow,
): WalkedList[] {
  const walks = Array.from(
    { length: MIGRATE_TYPES },
    (_, migratetype) => new Walk(k, zone.freeList(order, migratetype), windowOf(order, migratetype)),
  );
  const budget = budgetOf(k);
  const rest = () => walks.filter((walk) => !walk.isAtEnd);
  while (rest().length > 1 && budget.isLeft(walks)) for (const walk of rest()) walk.advance(STRIDE);
  for (const walk of rest()) walk.advance(walk.window.first + walk.window.count - walk.blocks);
  while (rest().length > 0 && budget.isLeft(walks)) for (const walk of rest()) walk.advance(STRIDE);
  const [last, ...more] = rest();
  const total = zone.nrFreeBlocks(order);
  const counted = walks.reduce((sum, walk) => sum + walk.blocks, 0);
  return walks.flatMap((walk, migratetype): WalkedList[] => {
    if (walk.blocks === 0 && !walk.damaged) return [];
    const isLast = walk === last && more.length === 0;
    return [
      {
        order,
        migratetype,
        blocks: isLast ? Math.max(walk.blocks, walk.blocks + total - counted) : walk.blocks,
        isLeast: !walk.isAtEnd && !isLast,
        first: walk.window.first,
        pfns: walk.pfns,
        // more blocks than all of the order has: it leads in a circle
        damaged: walk.damaged || (!walk.isAtEnd && walk.blocks > total),
      },
    ];
  });
}
function budgetOf({ mem }: ListsKernel): { isLeft(walks: readonly Walk[]): boolean } {
  const before = mem.materialised;
  return {
    isLeft: (walks) =>
      mem.materialised - before < UNREAD_FRAMES && walks.reduce((sum, walk) => sum + walk.blocks, 0) < MOST_BLOCKS,
  };
}

/** The blocks of a list of pages, the first `count`, and how many there are up to a limit. */
export function walkList(k: ListsKernel, head: ListHead, count: number): Omit<WalkedList, 'order' | 'migratetype'> {
  const walk = new Walk(k, head, { first: 0, count });
  const budget = budgetOf(k);
  walk.advance(count);
  while (!walk.isAtEnd && budget.isLeft([walk])) walk.advance(STRIDE);
  const { blocks, pfns, damaged, isAtEnd } = walk;
  return { blocks, pfns, first: 0, isLeast: !isAtEnd, damaged };
}

/** A free block. */
export interface FreeBlock {
  readonly pfn: number;
  readonly order: number;
  /** of the list that it is on; −1 if that is not to be seen */
  readonly migratetype: number;
}
/** Neighbours on its list up to which a block's list is looked for. */
const NEIGHBOURS = 64;

/** The free block that begins at a pfn; undefined if none does. */
export function blockAt(k: ListsKernel, pfn: number): FreeBlock | undefined {
  const { pages } = k;
  if (!pages.has(pfn) || !pages.isBuddy(pfn)) return undefined;
  const order = pages.getPrivate(pfn);
  const key = pages.zoneKey(pfn);
  const zone = k.zones.find((z) => z.key === key);
  if (order < 0 || order >= MAX_ORDER || !zone) return undefined;
  return { pfn, order, migratetype: listOf(k, zone, pfn, order) };
}
function listOf({ mem, pages }: ListsKernel, zone: Zone, pfn: number, order: number): number {
  for (const link of [pages.lruPrev, pages.lru]) {
    for (let at = pfn, i = 0; i < NEIGHBOURS && pages.has(at); i++) {
      const word = pages.word(at) + link;
      const lo = mem.words[word] as number;
      const hi = pages.longWords === 2 ? (mem.words[word + 1] as number) : 0;
      at = pages.pfnOfLru(lo, hi);
      if (at >= 0) continue;
      const first = order * MIGRATE_TYPES;
      for (let mt = 0; mt < MIGRATE_TYPES; mt++)
        if (zone.listLo[first + mt] === lo && zone.listHi[first + mt] === hi) return mt;
    }
  }
  return -1;
}
