/**
 * Entries of page tables as numbers (arch/x86/include/asm/pgtable.h, pgtable-invert.h, 6.1). Entries of 64 bits (x86_64, PAE) that are not
 * present name their frame by its complement, so that no processor speculates through them (L1TF).
 */
import { constantTable } from '../../profiles/constantTable';
import type { MachineConfig } from '../../profiles/machineConfig';
import type { Profile } from '../../profiles/profile';
import { PAGE_SHIFT } from '../../types/pageSize';

interface PageTableFacts {
  readonly profile: Profile;
  readonly config: MachineConfig;
}
const constant = (k: PageTableFacts, name: string): bigint => constantTable(k.profile, k.config).get(name)?.value ?? 0n;

/** protnone_mask: what the address bits are inverted with. */
function protnoneMask(k: PageTableFacts, value: bigint): bigint {
  if (k.config.arch === 'i386') return 0n;
  return value !== 0n && !(value & constant(k, '_PAGE_PRESENT')) ? (1n << 64n) - 1n : 0n;
}
/** pte_pfn: the frame that an entry names */
export function ptePfn(k: PageTableFacts, entry: bigint): bigint {
  return ((entry ^ protnoneMask(k, entry)) & constant(k, 'PTE_PFN_MASK')) >> BigInt(PAGE_SHIFT);
}
/** pfn_pte: the entry for a frame with the flags `prot` */
export function pfnPte(k: PageTableFacts, pfn: bigint, prot: bigint): bigint {
  return (((pfn << BigInt(PAGE_SHIFT)) ^ protnoneMask(k, prot)) & constant(k, 'PTE_PFN_MASK')) | prot;
}
