/**
 * The page tables of the running kernel: direct map, kernel image, struct pages, fixed addresses, entry areas of the processors
 * (arch/x86/mm/init.c: init_mem_mapping, split_mem_range; init_64.c: phys_pud_init, mark_rodata_ro, preallocate_vmalloc_pages; init_32.c:
 * kernel_physical_mapping_init, early_ioremap_page_table_range_init, mark_rodata_ro; cpu_entry_area.c: setup_cpu_entry_area, 6.1).
 * They are written before the run, the tables of a large direct map when they are first looked at.
 */
import type { Memory } from '../../memory/memory';
import type { AddressSpace } from '../../memory/space';
import type { ArchInfo } from '../../profiles/archInfo';
import { _KERNPG_TABLE, _PAGE_PCD, _PAGE_PSE, _PAGE_PWT, _PAGE_RW } from '../../profiles/commonConstants';
import type { MachineConfig } from '../../profiles/machineConfig';
import { PAGE_SIZE } from '../../types/pageSize';
import { type AddressMap, entryAreaOf } from '../arch/address_map';
import { GiB } from '../arch/arch';
import type { DirectMap } from '../arch/direct_map';
import { directMapRanges, type MemoryMap, type Range } from '../arch/memory_map';
import { frameOf, type PageTables } from '../arch/page_tables';
import type { PageAttributes } from '../arch/set_memory';
import type { EarlyTables } from './early_tables';
import type { MemMap } from './mem_map';
import type { PerCpuFirstChunk } from './percpu_first';
import type { SymbolTable } from './symbols';

/** What is mapped, and into which tables. */
export interface MappedMachine {
  readonly mem: Memory;
  readonly space: AddressSpace;
  readonly arch: ArchInfo;
  readonly config: MachineConfig;
  readonly memory: MemoryMap;
  readonly memMap: MemMap;
  readonly symbols: SymbolTable;
  readonly percpu: PerCpuFirstChunk;
  readonly direct: DirectMap;
  readonly addresses: AddressMap;
  readonly pageTables: PageTables;
  readonly attributes: PageAttributes;
  readonly early: EarlyTables;
  /** frames that boot has reserved for tables of the direct map */
  readonly reserved: readonly { readonly name: string; readonly start: number; readonly end: number }[];
}

/** gigabytes whose tables are in the image */
const GIGABYTES_OF_IMAGE = 2;
const IO_APIC = 0xfec00000;
const LOCAL_APIC = 0xfee00000;
/** vmalloc's entries of the top level on x86_64: from VMALLOC_START on */
const PGDIR_BYTES = 2 ** 39;

/** Pages that boot's tables take at most. */
export function earlyTablePages(arch: ArchInfo, memory: MemoryMap, memMap: MemMap, cpus: number): number {
  const edges = 2 * directMapRanges(memory, arch.maxLowPfn).length;
  const entryTables = Math.ceil((cpus + 1) / 8) + 1;
  if (arch.arch !== 'x86_64') return 24 + edges + entryTables;
  const vmemmapTables = memMap.runs.length + Math.ceil((memMap.endPfn * memMap.pageSize) / GiB);
  return 96 + edges + entryTables + vmemmapTables;
}

/** Maps everything, as it is at the end of boot before the kernel protects itself (late_initcall). */
export function initMemMapping(k: MappedMachine): void {
  const { arch, pageTables: t, memMap, addresses } = k;
  describeReservedTables(k);
  for (const range of directMapRanges(k.memory, arch.maxLowPfn)) mapDirect(k, range);
  if (arch.imageOffset !== arch.pageOffset) mapImage(k);
  if (arch.sparse) {
    for (const r of memMap.runs)
      mapBytes(
        t,
        t.lastLevel - 1,
        memMap.base + r.start * memMap.pageSize,
        r.phys,
        (r.end - r.start) * memMap.pageSize,
      );
    for (let va = addresses.vmallocStart; va < addresses.vmallocEnd; va += PGDIR_BYTES) t.populate(va, 1);
  }
  linkAsHead(t, arch.sparse ? arch.imageOffset + arch.image.start : arch.pageOffset);
  mapFixed(k);
  mapEntryAreas(k);
  protectEarly(k);
}

/** The tables of head_64.S (the image) and head_32.S (the first pages) stay in use: user code has no part in them. */
function linkAsHead(t: PageTables, va: number): void {
  const step = t.walk(va)[t.lastLevel - (t.lastLevel === 3 ? 2 : 1)];
  if (step) t.link(step.entry, step.level, frameOf(step), _KERNPG_TABLE);
}

/** Maps adjacent memory in pages of one size. */
function mapBytes(t: PageTables, level: number, va: number, phys: number, bytes: number, prot = t.pageKernel): void {
  t.mapRun(level, va, phys / PAGE_SIZE, Math.ceil(bytes / t.sizeOf(level)), prot);
}

// ---------------------------------------------------------------- the direct map
/** split_mem_range: single pages up to the first boundary of a large page, large ones, the largest in between, and what is left. */
function mapDirect(k: MappedMachine, { start, end }: Range): void {
  const { pageTables: t, arch, attributes } = k;
  const pte = t.lastLevel;
  const large = t.sizeOf(pte - 1);
  const map = (level: number, phys: number, to: number, prot?: bigint): number => {
    mapBytes(t, level, arch.pageOffset + phys, phys, to - phys, prot);
    attributes.countPages(level, (to - phys) / t.sizeOf(level));
    return to;
  };
  for (let phys = start; phys < end; ) {
    const rest = end - phys;
    const gigabyte = phys % GiB === 0 && rest >= GiB && arch.arch === 'x86_64';
    // the first large page is never one: the first MiB is mapped by itself
    if (phys < large || phys % large !== 0 || rest < large) {
      phys = map(pte, phys, Math.min(end, up(phys + 1, large)));
    } else if (gigabyte && hasGbPages(k)) {
      phys = map(pte - 2, phys, phys + GiB);
    } else if (gigabyte) {
      mapGigabyte(k, phys);
      attributes.countPages(pte - 1, GiB / large);
      phys += GiB;
    } else {
      phys = map(pte - 1, phys, phys + large, large32(k, phys));
    }
  }
}
/** direct_gbpages: the processor has pages of 1 GiB, and the kernel may use them. */
export const hasGbPages = ({ arch, config }: Pick<MappedMachine, 'arch' | 'config'>): boolean =>
  arch.arch === 'x86_64' && config.config.X86_DIRECT_GBPAGES === true && !('nogbpages' in config.parameters);

/** Rights of a large page of the direct map: on i386 the kernel's image is in it, executable up to its init sections. */
function large32({ arch, pageTables: t }: MappedMachine, phys: number): bigint {
  const init = arch.image.freedLate.find((p) => p.name === 'initmem')?.end ?? arch.image.end;
  const inText =
    arch.imageOffset === arch.pageOffset && phys + t.sizeOf(t.lastLevel - 1) > arch.image.start && phys <= init;
  return inText ? t.pageKernelExec : t.pageKernel;
}

/** A whole gigabyte in large pages: its table is filled when it is first looked at. */
function mapGigabyte(k: MappedMachine, phys: number): void {
  const { pageTables: t, mem, arch, early } = k;
  const block = reservedTables(k);
  const reserved = block.start + phys / GiB - GIGABYTES_OF_IMAGE;
  const isReserved = reserved >= block.start && reserved < block.end;
  const table = isReserved ? reserved : early.take();
  if (!isReserved) mem.background(table, table + 1, (_pfn, words) => fillGigabyte(t, phys, words));
  const level = t.lastLevel - 2;
  t.link(t.populate(arch.pageOffset + phys, level), level, table);
}
/** What boot has reserved for the gigabytes behind the first ones: a table each. */
export const reservedTables = (k: Pick<MappedMachine, 'reserved'>): Range =>
  k.reserved.find((r) => r.name === 'page tables') ?? { start: 0, end: 0 };
function describeReservedTables(k: MappedMachine): void {
  const { start, end } = reservedTables(k);
  const ranges = directMapRanges(k.memory, k.arch.maxLowPfn);
  k.mem.background(start, end, (pfn, words) => {
    const phys = (pfn - start + GIGABYTES_OF_IMAGE) * GiB;
    const isWhole = ranges.some((r) => r.start <= phys && r.end >= phys + GiB);
    if (isWhole && !hasGbPages(k)) fillGigabyte(k.pageTables, phys, words);
  });
}
function fillGigabyte(t: PageTables, phys: number, words: Int32Array): void {
  const flags = t.pageKernel | BigInt(_PAGE_PSE);
  const low = Number(flags & 0xffffffffn);
  const high = Number(flags >> 32n);
  for (let i = 0; i < words.length / 2; i++) {
    const at = phys + i * t.sizeOf(t.lastLevel - 1);
    words[2 * i] = (at % 2 ** 32) | low;
    words[2 * i + 1] = Math.floor(at / 2 ** 32) | high;
  }
}

// ---------------------------------------------------------------- image, fixed addresses, entry areas
/** x86_64: the image once more, where it is linked to; writable and executable at first. */
export function mapImage({ pageTables: t, arch }: MappedMachine): void {
  const { start, end } = arch.image;
  mapBytes(t, t.lastLevel - 1, arch.imageOffset + start, start, end - start, t.pageKernelExec);
}

function mapFixed(k: MappedMachine): void {
  const { pageTables: t, addresses, arch } = k;
  const uncached = t.pageKernel | BigInt(_PAGE_PCD | _PAGE_PWT);
  const apic = addresses.fixaddrTop - arch.fixmap.apic * PAGE_SIZE;
  t.map(apic, LOCAL_APIC / PAGE_SIZE, uncached);
  t.map(apic - PAGE_SIZE, IO_APIC / PAGE_SIZE, uncached);
  const table = t.sizeOf(t.lastLevel - 1);
  if (arch.arch === 'x86_64') {
    t.populate(addresses.fixaddrTop, t.lastLevel);
    return;
  }
  // tables for every fixed address, and for the permanent mappings of highmem
  for (let va = addresses.fixaddrTotStart - (addresses.fixaddrTotStart % table); va < 2 ** 32; va += table)
    t.populate(va, t.lastLevel);
  for (let i = 0; i < addresses.pkmapEntries; i += table / PAGE_SIZE)
    t.populate(addresses.pkmapBase + i * PAGE_SIZE, t.lastLevel);
}

/** setup_cpu_entry_areas: descriptors and stacks of each processor, with guard pages between them. */
function mapEntryAreas(k: MappedMachine): void {
  const { pageTables: t, addresses, symbols, direct, percpu } = k;
  const readOnly = t.pageKernel & ~BigInt(_PAGE_RW);
  t.map(addresses.cpuEntryArea, direct.pa(symbols.address('idt_table')) / PAGE_SIZE, readOnly);
  for (let cpu = 0; cpu < percpu.cpus; cpu++) {
    for (const part of addresses.entryAreaParts) {
      const from = direct.pa(symbols.address(part.variable, cpu)) / PAGE_SIZE + part.firstPage;
      const at = entryAreaOf(addresses, cpu) + part.offset;
      t.mapRun(t.lastLevel, at, from, part.pages, part.readOnly ? readOnly : t.pageKernel);
    }
  }
}

// ---------------------------------------------------------------- protections
/** What boot protects on its way: interrupt descriptors, the trampoline; what it gives back may not be executed any more. */
function protectEarly(k: MappedMachine): void {
  const { attributes, arch, symbols, space, direct } = k;
  const idt = symbols.address('idt_table');
  attributes.setMemory('ro', idt, 1);
  const { start, code, end } = arch.trampoline;
  const trampoline = (phys: number) => direct.va(phys);
  attributes.setMemory('ro', trampoline(start), (end - start) / PAGE_SIZE);
  attributes.setMemory('x', trampoline(code), (end - code) / PAGE_SIZE);
  for (const part of arch.image.freedEarly) freeInitPages(k, part.start, part.end);
  space.addReadOnly(direct.pa(idt), direct.pa(idt) + PAGE_SIZE);
  space.addReadOnly(start, end);
}
/** free_init_pages: data from now on */
function freeInitPages(
  { attributes, arch }: Pick<MappedMachine, 'attributes' | 'arch'>,
  from: number,
  end: number,
): void {
  const start = up(from, PAGE_SIZE);
  const pages = Math.floor((end - start) / PAGE_SIZE);
  if (pages <= 0) return;
  attributes.setMemory('nx', arch.imageOffset + start, pages);
  attributes.setMemory('rw', arch.imageOffset + start, pages);
}

/** free_initmem, mark_rodata_ro: the last steps of boot. From here on text and read-only data cannot be written. */
export function markReadonly(
  k: Pick<MappedMachine, 'attributes' | 'arch' | 'pageTables'> & { readonly setToReadonly: () => void },
): void {
  const { arch, attributes, pageTables: t } = k;
  const { image, imageOffset } = arch;
  for (const part of image.freedLate)
    if (part.name === 'decrypted' || part.name === 'initmem') freeInitPages(k, part.start, part.end);
  const { text, rodata } = protectedParts(arch);
  const pages = (from: number, end: number) => (end - from) / PAGE_SIZE;
  const large = t.sizeOf(t.lastLevel - 1);
  const at = (phys: number) => imageOffset + phys;
  if (arch.arch === 'x86_64') {
    const end = up(rodata.end, large);
    attributes.setMemory('ro', at(text.start), pages(text.start, end));
    k.setToReadonly();
    attributes.setMemory('nx', at(text.end), pages(text.end, up(image.end, large)));
    freeInitPages(k, text.end, rodata.start);
    freeInitPages(k, rodata.end, end);
    return;
  }
  k.setToReadonly();
  attributes.setMemory('ro', at(text.start), pages(text.start, rodata.end));
  const init = image.freedLate.find((p) => p.name === 'initmem')?.end ?? image.end;
  attributes.setMemory('nx', at(text.end), pages(text.end, up(init, large)));
}

/** Text and read-only data in whole pages, physical addresses. */
export function protectedParts(arch: ArchInfo): { readonly text: Range; readonly rodata: Range } {
  const part = (name: string): Range => {
    const found = arch.image.parts.find((p) => p.name === name);
    return { start: found?.start ?? 0, end: up(found?.end ?? 0, PAGE_SIZE) };
  };
  return { text: part('Kernel code'), rodata: part('Kernel rodata') };
}

const up = (n: number, align: number): number => Math.ceil(n / align) * align;
