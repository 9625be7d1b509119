/**
 * The provisional page tables with which the kernel begins to run (arch/x86/kernel/head_64.S, head64.c: __startup_64; head_32.S:
 * mk_early_pgtbl_32, 6.1): x86_64's map the image where it is linked to, i386's the first memory twice, at its physical address as well.
 */
import { _PAGE_PRESENT, _PAGE_RW } from '../../profiles/commonConstants';
import { PAGE_SIZE } from '../../types/pageSize';
import { type MappedMachine, mapImage } from './init_mem_mapping';

/** PTE_IDENT_ATTR */
const IDENTITY = BigInt(_PAGE_PRESENT | _PAGE_RW);

export function headMapping(k: MappedMachine): void {
  const { arch, pageTables: t, addresses } = k;
  if (arch.arch === 'x86_64') {
    mapImage(k);
    t.populate(addresses.fixaddrTop, t.lastLevel);
    return;
  }
  // behind the image, room for tables of all lowmem
  const lowmem = (2 ** 32 - arch.pageOffset) / PAGE_SIZE;
  const tables = lowmem / (t.sizeOf(t.lastLevel - 1) / PAGE_SIZE);
  const pages = Math.ceil(arch.image.end / PAGE_SIZE) + tables;
  for (const va of [0, arch.pageOffset]) t.mapRun(t.lastLevel, va, 0, pages, IDENTITY);
}
