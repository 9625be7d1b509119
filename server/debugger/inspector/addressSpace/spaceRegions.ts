/** The regions of the kernel's half, what each is for, and its parts (Documentation/arch/x86/x86_64/mm.rst, arch/x86/mm/init_32.c, 6.1). */
import { entryAreaOf } from '../../../kernel/arch/address_map';
import { layoutRegions } from '../../../kernel/proc/proc_layout';
import type { View } from '../../inspect/view';
import type { SpaceRegion } from '../shapes/addressSpace';
import { kernelHalf, rangeOf } from './spaceWindow';

type Part = SpaceRegion['parts'][number];

const WHAT: Readonly<Record<string, string>> = {
  'direct map':
    'all of memory, at a constant distance from its physical addresses: kmalloc() and page_address() lead here',
  lowmem: 'memory up to about 880 MB, at a constant distance from its physical addresses; the rest is highmem',
  vmalloc:
    'areas of single pages mapped side by side: vmalloc(), vmap(), ioremap(), stacks of tasks, chunks of per-CPU memory',
  vmemmap: 'the struct pages, as one array that begins with pfn 0',
  cpu_entry_area:
    'what each CPU needs to enter the kernel: its descriptor tables and the stacks of exceptions, with guards between',
  'kernel image': "the kernel's code and variables, mapped a second time where its code expects them",
  modules: 'code and variables of modules, near enough to the kernel for its calls',
  fixmap: 'addresses that are fixed when the kernel is built, for pages that are known at run time only',
  pkmap: 'kmap(): slots for pages of highmem, until kunmap()',
  'KASAN shadow': 'a byte for each 8 bytes of the kernel’s memory: which of them may be accessed',
};
/** CPUs whose entry areas are named. */
const MOST_CPUS = 8;

export function spaceRegions(view: View): SpaceRegion[] {
  const { kernel } = view;
  const regions = layoutRegions(kernel).map(({ name, start, end }) => ({ name, start, end }));
  const shadow = view.space.ranges.filter((range) => range.name === 'KASAN shadow');
  if (shadow.length > 0) {
    const start = Math.min(...shadow.map((r) => r.start));
    regions.push({ name: 'KASAN shadow', start, end: Math.max(...shadow.map((r) => r.start + r.size)) });
  }
  const half = kernelHalf(view);
  return regions
    .filter(({ start, end }) => start >= half.start && end <= half.end && end > start)
    .sort((a, b) => a.start - b.start || b.end - a.end)
    .map(({ name, start, end }) => ({
      name,
      ...rangeOf(view, start, end),
      what: WHAT[name] ?? '',
      parts: partsOf(view, name),
    }));
}
function partsOf(view: View, region: string): Part[] {
  const { arch, addresses, pcpu, percpu } = view.kernel;
  const part = (name: string, start: number, end: number): Part => ({ name, ...rangeOf(view, start, end) });
  switch (region) {
    case 'kernel image':
      return arch.image.parts.map(({ name, start, end }) =>
        part(name, arch.imageOffset + start, arch.imageOffset + end),
      );
    case 'cpu_entry_area':
      return Array.from({ length: Math.min(percpu.cpus, MOST_CPUS) }, (_, cpu) => {
        const start = entryAreaOf(addresses, cpu);
        return part(`CPU ${cpu}`, start, start + addresses.cpuEntryAreaBytes);
      });
    case 'direct map':
    case 'lowmem': {
      const { base, unitOffsets, staticSize, reservedSize, dynSize } = pcpu.units;
      const bytes = staticSize + reservedSize + dynSize;
      return unitOffsets
        .slice(0, MOST_CPUS)
        .map((offset, cpu) => part(`first per-CPU chunk, CPU ${cpu}`, base + offset, base + offset + bytes));
    }
    default:
      return [];
  }
}
