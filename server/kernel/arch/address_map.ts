/**
 * Where the kernel's virtual memory lies (arch/x86/include/asm/pgtable_64_types.h, pgtable_32_areas.h; Documentation/arch/x86/x86_64/mm.rst,
 * 6.1): virtual addresses, ends exclusive.
 */
import type { ArchInfo } from '../../profiles/archInfo';
import { PAGE_SIZE } from '../../types/pageSize';
import { MiB } from './arch';

export interface AddressMap {
  readonly vmallocStart: number;
  readonly vmallocEnd: number;
  /** permanent mappings of highmem: the first address, and how many entries; none on x86_64 */
  readonly pkmapBase: number;
  readonly pkmapEntries: number;
}

/** @param highMemory `high_memory`: the first virtual address behind lowmem */
export function addressMap(arch: ArchInfo, highMemory: number): AddressMap {
  if (arch.arch === 'x86_64')
    return { vmallocStart: -0x370000000000, vmallocEnd: -0x170000000000, pkmapBase: 0, pkmapEntries: 0 };
  const pae = arch.arch === 'i386_pae';
  const pkmapBase = pae ? 0xff000000 : 0xfec00000;
  return {
    // VMALLOC_OFFSET: a hole that catches accesses behind lowmem
    vmallocStart: highMemory + 8 * MiB,
    vmallocEnd: pkmapBase - 2 * PAGE_SIZE,
    pkmapBase,
    pkmapEntries: pae ? 512 : 1024,
  };
}
