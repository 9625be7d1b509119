/**
 * What page tables map, entry by entry and put together to ranges (mm/ptdump.c, arch/x86/mm/dump_pagetables.c: note_page, 6.1).
 */
import { _PAGE_ACCESSED, _PAGE_DIRTY, _PAGE_PRESENT } from '../../profiles/commonConstants';
import { PAGE_SIZE } from '../../types/pageSize';
import { flagsOf, frameOf, type PageTables } from './page_tables';

/** What one entry says of the addresses that it covers. */
interface Entry {
  readonly va: number;
  readonly size: number;
  readonly level: number;
  /** 0n: nothing is mapped */
  readonly flags: bigint;
  readonly phys: number;
  /** it points to a table that was not looked into */
  readonly partly: boolean;
}
/** Adjacent addresses that entries of one level map with the same flags. */
export interface MappedRange {
  readonly start: number;
  /** exclusive */
  readonly end: number;
  readonly level: number;
  /** without the accessed and dirty bits; 0n: nothing is mapped */
  readonly flags: bigint;
  /** of the first page */
  readonly phys: number;
  /** physical addresses are adjacent as well */
  readonly contiguous: boolean;
  /** tables that were not looked into, as they cover no more than what can be told apart, or are not memory: `flags` are theirs */
  readonly partly: boolean;
}

/** Addresses that are looked at, end exclusive. */
interface Within {
  readonly start: number;
  readonly end: number;
}
const EVERYWHERE: Within = { start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY };

/**
 * All entries that map something or end a walk, in order of address, user addresses first. Tables that cover no more than `finest` bytes are
 * not followed.
 */
function* entries(t: PageTables, within: Within, finest: number, table = t.pgd, level = 0, from = 0): Generator<Entry> {
  const size = t.sizeOf(level);
  const { levels, bits } = t.geometry;
  const half = 2 ** (bits - 1);
  for (let i = 0; i < (levels[level] as { entries: number }).entries; i++) {
    const unsigned = from + i * size;
    // the upper half of 48 bits is negative
    const va = bits === 48 && unsigned >= half ? unsigned - 2 * half : unsigned;
    if (va + size <= within.start || va >= within.end) continue;
    const step = t.read(level, t.entryAt(table, level, va));
    if (!(step.low & _PAGE_PRESENT)) yield { va, size, level, flags: 0n, phys: 0, partly: false };
    else if (t.isLeaf(step) || size <= finest || !t.hasTable(step))
      yield { va, size, level, flags: flagsOf(step), phys: frameOf(step) * PAGE_SIZE, partly: !t.isLeaf(step) };
    else {
      const below = frameOf(step) * PAGE_SIZE;
      // its entries cannot be told apart: often they need not be
      const alike = t.sizeOf(level + 1) <= finest ? t.alike(level + 1, below) : undefined;
      if (alike) yield { va, size, level: level + 1, ...alike, partly: false };
      else yield* entries(t, within, finest, below, level + 1, unsigned);
    }
  }
}

const HARDWARE_BITS = BigInt(_PAGE_ACCESSED | _PAGE_DIRTY);

/**
 * Ranges of addresses, holes too. A new one begins at the first entry from each of the addresses `cuts` on; they are in order. `finest`: bytes
 * that can be told apart; below that, ranges may be `partly` mapped.
 */
export function* mappedRanges(
  t: PageTables,
  within: Within = EVERYWHERE,
  cuts: readonly number[] = [],
  finest = 0,
): Generator<MappedRange> {
  let range: MappedRange | undefined;
  let cut = 0;
  for (const { va, size, level, flags, phys, partly } of entries(t, within, finest)) {
    const shown = flags & ~HARDWARE_BITS;
    const reached = reachedFrom(cuts, cut, va);
    const adjacent = range !== undefined && phys === range.phys + (va - range.start);
    const alike = range?.level === level && range.flags === shown && range.partly === partly;
    if (range && alike && range.end === va && reached === cut) {
      range = { ...range, end: va + size, contiguous: range.contiguous && (flags === 0n || adjacent) };
    } else {
      if (range) yield range;
      range = { start: va, end: va + size, level, flags: shown, phys, contiguous: true, partly };
    }
    cut = reached;
  }
  if (range) yield range;
}

/** How many of some addresses in order have been reached, `from` of them before. Those of the upper half come last. */
export function reachedFrom(addresses: readonly number[], from: number, va: number): number {
  let reached = from;
  for (let next = addresses[reached]; next !== undefined && isAtOrAfter(va, next); next = addresses[reached]) reached++;
  return reached;
}
const isAtOrAfter = (va: number, other: number): boolean => (va < 0 === other < 0 ? va >= other : va < 0);
