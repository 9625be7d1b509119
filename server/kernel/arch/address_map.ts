/**
 * Where the kernel's virtual memory lies (arch/x86/include/asm/pgtable_64_types.h, pgtable_32_areas.h, fixmap.h, cpu_entry_area.h;
 * Documentation/arch/x86/x86_64/mm.rst, 6.1): virtual addresses, ends exclusive.
 */
import type { ArchInfo } from '../../profiles/archInfo';
import type { MachineConfig } from '../../profiles/machineConfig';
import { PAGE_SIZE } from '../../types/pageSize';
import { MiB } from './arch';

export interface AddressMap {
  readonly vmallocStart: number;
  readonly vmallocEnd: number;
  /** where modules are loaded; in the vmalloc area on i386 */
  readonly modulesStart: number;
  readonly modulesEnd: number;
  /** permanent mappings of highmem: the first address, and how many entries; none on x86_64 */
  readonly pkmapBase: number;
  readonly pkmapEntries: number;
  /** fixed addresses count down from the page at the top: `fixaddrTop` is fix_to_virt(0) */
  readonly fixaddrTop: number;
  readonly fixaddrStart: number;
  /** the lowest address that is ever in the fixmap, the early mappings of boot included */
  readonly fixaddrTotStart: number;
  /** slot 0 of the local mappings of highmem, fix_to_virt(FIX_KMAP_BEGIN); 0 on x86_64 */
  readonly kmapBegin: number;
  /** the page of the interrupt descriptors, and behind it an area per CPU */
  readonly cpuEntryArea: number;
  readonly cpuEntryAreaBytes: number;
  readonly entryAreaParts: readonly EntryAreaPart[];
}

/** Entries for early mappings of boot (NR_FIX_BTMAPS · FIX_BTMAPS_SLOTS). */
const FIX_BTMAPS = 512;
/** FIX_KMAP_BEGIN */
const FIX_KMAP = 68;
/** struct cpu_entry_area: on x86_64 what is besides its exception stacks */
const ENTRY_AREA_BYTES = { x86_64: 0x29000, i386: 0x2b000 };
/** exception stacks of an entry area, the two of #VC among them */
const EXCEPTION_STACKS = 6;

/** @param highMemory `high_memory`: the first virtual address behind lowmem */
export function addressMap(config: MachineConfig['config'], arch: ArchInfo, highMemory: number): AddressMap {
  return arch.arch === 'x86_64' ? addressMap64(arch, config.KASAN === true) : addressMap32(arch, highMemory);
}

function addressMap64(arch: ArchInfo, kasan: boolean): AddressMap {
  // EXCEPTION_STACK_ORDER
  const stackPages = kasan ? 4 : 2;
  const fixaddrTop = -0x801000;
  const fixaddrStart = fixaddrTop - arch.fixmap.permanent * PAGE_SIZE;
  return {
    vmallocStart: -0x370000000000,
    vmallocEnd: -0x170000000000,
    modulesStart: arch.imageOffset + arch.imageSpace,
    modulesEnd: -0x1000000,
    pkmapBase: 0,
    pkmapEntries: 0,
    fixaddrTop,
    fixaddrStart,
    fixaddrTotStart: fixaddrTop - totalFixed(arch) * PAGE_SIZE,
    kmapBegin: 0,
    cpuEntryArea: -0x20000000000,
    cpuEntryAreaBytes: ENTRY_AREA_BYTES.x86_64 + EXCEPTION_STACKS * (1 + stackPages) * PAGE_SIZE,
    entryAreaParts: entryArea64(stackPages),
  };
}

function addressMap32(arch: ArchInfo, highMemory: number): AddressMap {
  const pae = arch.arch === 'i386_pae';
  const pmd = pae ? 2 * MiB : 4 * MiB;
  const down = (address: number): number => address - (address % pmd);
  const fixaddrTop = 0xfffff000;
  const fixaddrTotStart = fixaddrTop - totalFixed(arch) * PAGE_SIZE;
  const entryPages = (arch.maxCpus * ENTRY_AREA_BYTES.i386) / PAGE_SIZE + 1;
  const cpuEntryArea = down(fixaddrTotStart - PAGE_SIZE * (entryPages + 1));
  const ldtBase = down(cpuEntryArea - PAGE_SIZE);
  const pkmapBase = down(ldtBase - PAGE_SIZE);
  // VMALLOC_OFFSET: a hole that catches accesses behind lowmem
  const vmallocStart = highMemory + 8 * MiB;
  const vmallocEnd = pkmapBase - 2 * PAGE_SIZE;
  return {
    vmallocStart,
    vmallocEnd,
    modulesStart: vmallocStart,
    modulesEnd: vmallocEnd,
    pkmapBase,
    pkmapEntries: pae ? 512 : 1024,
    fixaddrTop,
    fixaddrStart: fixaddrTop - arch.fixmap.permanent * PAGE_SIZE,
    fixaddrTotStart,
    kmapBegin: fixaddrTop - FIX_KMAP * PAGE_SIZE,
    cpuEntryArea,
    cpuEntryAreaBytes: ENTRY_AREA_BYTES.i386,
    entryAreaParts: ENTRY_AREA_32,
  };
}

/** __end_of_fixed_addresses: the early mappings begin where all of them have one table, and one page is for a test of the processor. */
function totalFixed({ fixmap: { permanent }, arch }: ArchInfo): number {
  const blockOf = (index: number): number => Math.floor(index / FIX_BTMAPS);
  const end =
    blockOf(permanent) === blockOf(permanent + FIX_BTMAPS - 1)
      ? permanent
      : permanent + FIX_BTMAPS - (permanent % FIX_BTMAPS);
  return end + FIX_BTMAPS + (arch === 'x86_64' ? 0 : 1);
}

/** Parts of a CPU's entry area, from its start (struct cpu_entry_area, struct cea_exception_stacks). The pages between them are guards. */
export interface EntryAreaPart {
  readonly name: string;
  readonly offset: number;
  readonly pages: number;
  readonly readOnly: boolean;
  /** the per-CPU variable that is mapped here, and from which page of it on */
  readonly variable: string;
  readonly firstPage: number;
}
const part = (
  name: string,
  offset: number,
  pages: number,
  variable: string,
  readOnly = false,
  firstPage = 0,
): EntryAreaPart => ({ name, offset, pages, readOnly, variable, firstPage });
/** `stackPages`: of an exception stack, each of which has a guard page below it */
const entryArea64 = (stackPages: number): readonly EntryAreaPart[] => [
  part('gdt', 0, 1, 'gdt_page', true),
  part('entry_stack_page', 0x1000, 1, 'entry_stack_storage'),
  part('tss', 0x2000, 5, 'cpu_tss_rw', true),
  ...['DF_stack', 'NMI_stack', 'DB_stack', 'MCE_stack'].map((name, i) =>
    part(name, 0x8000 + i * (1 + stackPages) * PAGE_SIZE, stackPages, 'exception_stacks', false, i * stackPages),
  ),
];
const ENTRY_AREA_32: readonly EntryAreaPart[] = [
  part('gdt', 0, 1, 'gdt_page'),
  part('entry_stack_page', 0x2000, 1, 'entry_stack_storage'),
  part('doublefault_stack', 0x4000, 1, 'doublefault_stack'),
  part('tss', 0x5000, 5, 'cpu_tss_rw'),
];
/** get_cpu_entry_area */
export const entryAreaOf = (map: AddressMap, cpu: number): number =>
  map.cpuEntryArea + PAGE_SIZE + cpu * map.cpuEntryAreaBytes;
