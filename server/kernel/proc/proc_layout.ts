/**
 * The kernel's address space: the regions that its architecture gives it (Documentation/arch/x86/x86_64/mm.rst), what i386 prints of it when
 * memory is set up (arch/x86/mm/init_32.c: mem_init), and what the page tables map (arch/x86/mm/dump_pagetables.c, ptdump_walk_pgd_level_core;
 * debugfs: kernel_page_tables, 6.1).
 */

import { formatAddress } from '../../types/address';
import type { Abi } from '../../types/ctype';
import { PAGE_SIZE } from '../../types/pageSize';
import { GiB, KiB, MiB } from '../arch/arch';
import type { PageTables } from '../arch/page_tables';
import { type MappedRange, mappedRanges, reachedFrom } from '../arch/ptdump';
import type { ProcKernel } from './proc_kernel';

const TiB = 1024 * GiB;

/** A part of the address space, end exclusive. */
export interface Region {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}
type LayoutKernel = Pick<ProcKernel, 'abi' | 'arch' | 'addresses' | 'vars' | 'memMap' | 'pageTables'>;

/** The regions of the kernel's half, in order of address. */
export function layoutRegions(k: LayoutKernel): Region[] {
  const { addresses: map, arch, vars } = k;
  const highMemory = vars.read('high_memory');
  const fixmap = { name: 'fixmap', start: map.fixaddrStart, end: map.fixaddrTop + PAGE_SIZE };
  const image = { start: arch.imageOffset + arch.image.start, end: arch.imageOffset + arch.image.end };
  if (arch.sparse) {
    return [
      { name: 'direct map', start: arch.pageOffset, end: highMemory },
      { name: 'vmalloc', start: map.vmallocStart, end: map.vmallocEnd },
      { name: 'vmemmap', start: k.memMap.base, end: k.memMap.base + k.memMap.endPfn * k.memMap.pageSize },
      { name: 'cpu_entry_area', start: map.cpuEntryArea, end: map.cpuEntryArea + 2 ** 39 },
      { name: 'kernel image', ...image },
      { name: 'modules', start: map.modulesStart, end: map.modulesEnd },
      fixmap,
    ];
  }
  const pkmap = { name: 'pkmap', start: map.pkmapBase, end: map.pkmapBase + map.pkmapEntries * PAGE_SIZE };
  return [
    { name: 'lowmem', start: arch.pageOffset, end: highMemory },
    { name: 'kernel image', ...image },
    { name: 'vmalloc', start: map.vmallocStart, end: map.vmallocEnd },
    ...(arch.zones.includes('HighMem') ? [pkmap] : []),
    { name: 'cpu_entry_area', start: map.cpuEntryArea, end: map.cpuEntryArea + entryBytes(k) },
    fixmap,
  ].sort((a, b) => a.start - b.start || b.end - a.end);
}
const entryBytes = ({ addresses, arch }: LayoutKernel): number =>
  PAGE_SIZE + arch.maxCpus * addresses.cpuEntryAreaBytes;

/** 64 kB, 16 MB … : the largest unit that divides the size. */
function sizeText(bytes: number): string {
  const units: readonly (readonly [number, string])[] = [
    [TiB, 'TB'],
    [GiB, 'GB'],
    [MiB, 'MB'],
  ];
  for (const [unit, name] of units) if (bytes >= unit && bytes % unit === 0) return `${bytes / unit} ${name}`;
  return `${Math.floor(bytes / KiB)} kB`;
}

/** The layout as text: one region per line, as mm.rst and i386's boot have it. */
export function layout(k: LayoutKernel): string {
  const regions = layoutRegions(k);
  const width = Math.max(...regions.map((r) => r.name.length));
  const hex = (address: number) => formatAddress(k.abi, address);
  const lines = regions.map(
    (r) =>
      `${r.name.padStart(width)} : ${hex(r.start)} - ${hex(r.end - 1)}   (${sizeText(r.end - r.start).padStart(9)})\n`,
  );
  return `virtual kernel memory layout:\n${lines.join('')}`;
}
export const layoutJson = (k: LayoutKernel): object => ({
  regions: layoutRegions(k).map(({ name, start, end }) => ({
    name,
    start: formatAddress(k.abi, start),
    end: formatAddress(k.abi, end - 1),
    bytes: end - start,
  })),
});

// ---------------------------------------------------------------- page tables
/** Headlines of the dump, at the first address that each is for. */
function markers(k: LayoutKernel): readonly (readonly [number, string])[] {
  const { addresses: map, arch } = k;
  if (arch.sparse)
    return [
      [0, 'User Space'],
      [-(2 ** 47), 'Kernel Space'],
      [arch.pageOffset, 'Low Kernel Mapping'],
      [map.vmallocStart, 'vmalloc() Area'],
      [k.memMap.base, 'Vmemmap'],
      [map.cpuEntryArea, 'CPU entry Area'],
      [arch.imageOffset, 'High Kernel Mapping'],
      [map.modulesStart, 'Modules'],
      [map.modulesEnd, 'End Modules'],
      [map.fixaddrStart, 'Fixmap Area'],
    ];
  return [
    [0, 'User Space'],
    [arch.pageOffset, 'Kernel Mapping'],
    [map.vmallocStart, 'vmalloc() Area'],
    [map.vmallocEnd, 'vmalloc() End'],
    ...(arch.zones.includes('HighMem') ? ([[map.pkmapBase, 'Persistent kmap() Area']] as const) : []),
    [map.cpuEntryArea, 'CPU entry area'],
    [map.fixaddrStart, 'Fixmap area'],
  ];
}

/** The flags of a range in the dump's columns. */
const COLUMNS: readonly (readonly [bit: bigint, set: string, clear: string])[] = [
  [4n, 'USR ', '    '],
  [2n, 'RW ', 'ro '],
  [8n, 'PWT ', '    '],
  [0x10n, 'PCD ', '    '],
  [0x80n, 'PSE ', '    '],
  [0n, 'PAT ', '    '],
  [0x100n, 'GLB ', '    '],
  [1n << 63n, 'NX ', 'x  '],
];
/** The flags of an entry by name, those of its rights always. */
export const flagNames = (flags: bigint): string[] =>
  COLUMNS.flatMap(([bit, set, clear]) => (flags & bit ? set.trim() : clear.trim()) || []);

function rangeLine(abi: Abi, t: PageTables, r: MappedRange): string {
  const hex = (address: number) => formatAddress(abi, address);
  const units = ['K', 'M', 'G', 'T', 'P', 'E'];
  let size = (r.end - r.start) / KiB;
  let unit = 0;
  for (; size % KiB === 0 && unit < units.length - 1; unit++) size /= KiB;
  const flags = COLUMNS.map(([bit, set, clear]) => (r.flags & bit ? set : clear)).join('');
  const { name } = t.geometry.levels[r.level] as { name: string };
  const shown = r.flags === 0n ? ' '.repeat(flags.length) : flags;
  return `${hex(r.start)}-${hex(r.end)}   ${String(size).padStart(9)}${units[unit]} ${shown}${name}\n`;
}

/** /sys/kernel/debug/kernel_page_tables */
export function pageTablesText(k: LayoutKernel): string {
  const heads = markers(k);
  const cuts = heads.map(([address]) => address);
  const lines: string[] = [];
  let printed = 0;
  for (const r of mappedRanges(k.pageTables, undefined, cuts)) {
    const reached = reachedFrom(cuts, printed, r.start);
    for (const [, name] of heads.slice(printed, reached)) lines.push(`---[ ${name} ]---\n`);
    printed = reached;
    lines.push(rangeLine(k.abi, k.pageTables, r));
  }
  return lines.join('');
}
/** The same as data, without what is not mapped. */
export const pageTablesJson = (k: LayoutKernel): object => ({
  ranges: [...mappedRanges(k.pageTables)]
    .filter((r) => r.flags !== 0n)
    .map((r) => ({
      start: formatAddress(k.abi, r.start),
      end: formatAddress(k.abi, r.end - 1),
      page_size: k.pageTables.sizeOf(r.level),
      flags: flagNames(r.flags),
      ...(r.contiguous ? { phys: `0x${r.phys.toString(16)}` } : {}),
    })),
});
