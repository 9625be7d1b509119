/** The flags of a page table's entry, bit by bit (arch/x86/include/asm/pgtable_types.h, 6.1). */
import type { PageTables, WalkStep } from '../../kernel/arch/page_tables';
import {
  _PAGE_ACCESSED,
  _PAGE_DIRTY,
  _PAGE_GLOBAL,
  _PAGE_PCD,
  _PAGE_PRESENT,
  _PAGE_PSE,
  _PAGE_PWT,
  _PAGE_RW,
  _PAGE_USER,
} from '../../profiles/commonConstants';

export interface EntryFlag {
  readonly name: string;
  readonly bit: number;
  readonly set: boolean;
  readonly says: string;
}
/** In which entries a bit has this meaning. */
type At = 'any' | 'rights' | 'leaf' | 'last' | 'large' | 'nx';
interface Meaning {
  readonly name: string;
  readonly mask: number;
  readonly set: string;
  readonly clear: string;
  readonly at: At;
}
const meaning = (name: string, mask: number, set: string, clear: string, at: At): Meaning => ({
  name,
  mask,
  set,
  clear,
  at,
});
const MEANINGS: readonly Meaning[] = [
  meaning('P', _PAGE_PRESENT, 'present: the processor goes on', 'not present: the walk ends here', 'any'),
  meaning('RW', _PAGE_RW, 'may be written', 'read only', 'rights'),
  meaning('USR', _PAGE_USER, 'user code may use it', 'for the kernel only', 'rights'),
  meaning('PWT', _PAGE_PWT, 'writes go through the cache', 'writes stay in the cache', 'any'),
  meaning('PCD', _PAGE_PCD, 'not cached', 'cached', 'any'),
  meaning('A', _PAGE_ACCESSED, 'has been used', 'has not been used', 'rights'),
  meaning('D', _PAGE_DIRTY, 'has been written', 'has not been written', 'leaf'),
  meaning('PSE', _PAGE_PSE, 'maps memory itself: a large page', 'points to a table', 'large'),
  meaning('PAT', _PAGE_PSE, 'memory type from the upper half of the PAT', 'memory type from its lower half', 'last'),
  meaning('GLB', _PAGE_GLOBAL, 'stays in the TLB when CR3 changes', 'leaves the TLB when CR3 changes', 'leaf'),
];
const NX_BIT = 63;

/** The bits of an entry that mean something where it is. */
export function entryFlags(tables: PageTables, step: WalkStep): EntryFlag[] {
  const { levels, nx } = tables.geometry;
  // the four entries of a PAE directory have no rights
  const rights = (levels[step.level]?.entries ?? 0) > 4;
  const leaf = tables.isLeaf(step);
  const applies: Readonly<Record<At, boolean>> = {
    any: true,
    rights,
    leaf,
    last: step.level === tables.lastLevel,
    large: tables.isLargeLevel(step.level),
    nx: nx && rights,
  };
  const flag = (name: string, bit: number, set: boolean, says: string): EntryFlag => ({ name, bit, set, says });
  const low = MEANINGS.filter((m) => applies[m.at]).map((m) => {
    const set = (step.low & m.mask) !== 0;
    return flag(m.name, Math.log2(m.mask), set, set ? m.set : m.clear);
  });
  if (!applies.nx) return low;
  const set = step.high < 0 || step.high >>> 31 === 1;
  return [...low, flag('NX', NX_BIT, set, set ? 'may not be executed' : 'may be executed')];
}
