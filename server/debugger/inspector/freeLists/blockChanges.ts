/** What happened to the free lists between two moments: which blocks were split, merged, taken, freed and moved, from the difference. */
import type { Zone } from '../../../kernel/mm/zone';
import { blockAt, type FreeBlock, type ListsKernel } from './freeBlocks';

interface PageRange {
  readonly pfn: number;
  readonly pages: number;
}
export type BlockChange =
  /** what is left of a block, on the lists of lower orders, and what of it is not free any more */
  | {
      readonly kind: 'split';
      readonly block: FreeBlock;
      readonly parts: readonly FreeBlock[];
      readonly taken: readonly PageRange[];
    }
  | { readonly kind: 'taken'; readonly block: FreeBlock }
  /** the free blocks that a block was made of, and what came free in between */
  | {
      readonly kind: 'merged';
      readonly block: FreeBlock;
      readonly parts: readonly FreeBlock[];
      readonly freed: readonly PageRange[];
    }
  | { readonly kind: 'freed'; readonly block: FreeBlock }
  /** to another migratetype's list of its order */
  | { readonly kind: 'moved'; readonly block: FreeBlock; readonly from: number };

/** Journal entries up to which the difference of two moments is worked out. */
const MOST_ENTRIES = 4_000_000;

/** Undefined if too much happened in between. The cursor, wherever it is, comes back to where it was. */
export function changesBetween(k: ListsKernel, before: number, after: number): BlockChange[] | undefined {
  const { journal } = k.mem;
  const [low, high] = before < after ? [before, after] : [after, before];
  if (high - low > MOST_ENTRIES) return undefined;
  const pfns = writtenPages(k, low, high);
  if (pfns.size === 0) return [];
  const here = journal.position;
  const blocksAt = (position: number) => {
    journal.moveTo(position);
    return new Map([...pfns].flatMap((pfn) => blockAt(k, pfn) ?? []).map((block) => [block.pfn, block]));
  };
  try {
    return difference(blocksAt(before), blocksAt(after));
  } finally {
    journal.moveTo(here);
  }
}

/** The pfns whose struct pages were written between two positions. */
function writtenPages({ mem, memMap }: ListsKernel, from: number, to: number): Set<number> {
  const { pageSize, runs } = memMap;
  const found = new Set<number>();
  const words = pageSize >> 2;
  mem.journal.written(from, to, (word, count) => {
    const phys = mem.physOf(word);
    for (const run of runs) {
      const first = Math.floor((phys - run.phys) / pageSize);
      if (first < 0 || first >= run.end - run.start) continue;
      for (let i = 0; i < count; i += words) found.add(run.start + first + Math.floor(i / words));
      return;
    }
  });
  return found;
}

type Blocks = ReadonlyMap<number, FreeBlock>;
const endOf = ({ pfn, order }: FreeBlock): number => pfn + (1 << order);

function difference(before: Blocks, after: Blocks): BlockChange[] {
  const missing = (all: Blocks, others: Blocks) =>
    [...all.values()].filter((block) => others.get(block.pfn)?.order !== block.order).sort((a, b) => a.pfn - b.pfn);
  const went = missing(before, after);
  const came = missing(after, before);
  const changes: BlockChange[] = [];
  for (const block of went) {
    const parts = inside(came, block);
    if (parts.length > 0) changes.push({ kind: 'split', block, parts, taken: gaps(block, parts) });
    else if (!around(came, block)) changes.push({ kind: 'taken', block });
  }
  for (const block of came) {
    const parts = inside(went, block);
    if (parts.length > 0) changes.push({ kind: 'merged', block, parts, freed: gaps(block, parts) });
    else if (!around(went, block)) changes.push({ kind: 'freed', block });
  }
  for (const block of after.values()) {
    const old = before.get(block.pfn);
    if (old?.order !== block.order || old.migratetype === block.migratetype) continue;
    if (old.migratetype >= 0 && block.migratetype >= 0) changes.push({ kind: 'moved', block, from: old.migratetype });
  }
  return changes;
}
/** Index of the first block at or behind a pfn. */
function lowerBound(blocks: readonly FreeBlock[], pfn: number): number {
  let [low, high] = [0, blocks.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((blocks[middle] as FreeBlock).pfn < pfn) low = middle + 1;
    else high = middle;
  }
  return low;
}
function inside(blocks: readonly FreeBlock[], block: FreeBlock): FreeBlock[] {
  const found: FreeBlock[] = [];
  for (let i = lowerBound(blocks, block.pfn); i < blocks.length; i++) {
    const other = blocks[i] as FreeBlock;
    if (other.pfn >= endOf(block)) break;
    if (other.order < block.order) found.push(other);
  }
  return found;
}
/** Whether a block lies in one of a higher order. */
function around(blocks: readonly FreeBlock[], block: FreeBlock): boolean {
  for (let i = lowerBound(blocks, block.pfn + 1) - 1; i >= 0; i--) {
    const other = blocks[i] as FreeBlock;
    if (other.order > block.order && endOf(other) >= endOf(block)) return true;
    // blocks of one moment do not overlap
    if (other.pfn !== block.pfn) return false;
  }
  return false;
}
/** What of a block its parts leave. */
function gaps(block: FreeBlock, parts: readonly FreeBlock[]): PageRange[] {
  const found: PageRange[] = [];
  let at = block.pfn;
  for (const part of parts) {
    if (part.pfn > at) found.push({ pfn: at, pages: part.pfn - at });
    at = endOf(part);
  }
  if (at < endOf(block)) found.push({ pfn: at, pages: endOf(block) - at });
  return found;
}

/** The zone that a block lies in. */
export function zoneOfBlock({ pages, zones }: ListsKernel, pfn: number): Zone | undefined {
  const key = pages.zoneKey(pfn);
  return zones.find((zone) => zone.key === key);
}
