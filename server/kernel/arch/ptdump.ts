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
}

/** All entries that map something or end a walk, in order of address, user addresses first. */
function* entries(t: PageTables, table = t.pgd, level = 0, from = 0): Generator<Entry> {
  const size = t.sizeOf(level);
  const { levels, bits } = t.geometry;
  const half = 2 ** (bits - 1);
  for (let i = 0; i < (levels[level] as { entries: number }).entries; i++) {
    const unsigned = from + i * size;
    // the upper half of 48 bits is negative
    const va = bits === 48 && unsigned >= half ? unsigned - 2 * half : unsigned;
    const step = t.read(level, t.entryAt(table, level, va));
    if (!(step.low & _PAGE_PRESENT)) yield { va, size, level, flags: 0n, phys: 0 };
    else if (t.isLeaf(step)) yield { va, size, level, flags: flagsOf(step), phys: frameOf(step) * PAGE_SIZE };
    else yield* entries(t, frameOf(step) * PAGE_SIZE, level + 1, unsigned);
  }
}

const HARDWARE_BITS = BigInt(_PAGE_ACCESSED | _PAGE_DIRTY);

/** Ranges of addresses, holes too; a range ends at each of the addresses `cuts`. */
export function* mappedRanges(t: PageTables, cuts: ReadonlySet<number> = new Set()): Generator<MappedRange> {
  let range: MappedRange | undefined;
  for (const { va, size, level, flags, phys } of entries(t)) {
    const shown = flags & ~HARDWARE_BITS;
    const adjacent = range !== undefined && phys === range.phys + (va - range.start);
    if (range && range.end === va && range.level === level && range.flags === shown && !cuts.has(va)) {
      range = { ...range, end: va + size, contiguous: range.contiguous && (flags === 0n || adjacent) };
    } else {
      if (range) yield range;
      range = { start: va, end: va + size, level, flags: shown, phys, contiguous: true };
    }
  }
  if (range) yield range;
}
