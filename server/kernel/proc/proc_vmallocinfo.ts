/** /proc/vmallocinfo (mm/vmalloc.c: s_show, show_numa_info, show_purge_info, 6.1). */
import { formatAddress } from '../../types/address';
import type { Abi } from '../../types/ctype';
import type { PageTable } from '../mm/page';
import type { VmallocApi } from '../mm/vmalloc/vmalloc_api';

interface VmallocInfoKernel {
  readonly abi: Abi;
  readonly pages: PageTable;
  readonly pageAlloc: { zoneOf(pfn: number): { readonly node: number } };
  readonly nodes: readonly { readonly id: number }[];
  readonly arch: { readonly sparse: boolean };
  readonly allocators: { readonly vmalloc: VmallocApi };
  readonly symbols: {
    at(
      va: number,
    ): { readonly name: string; readonly offset: number; readonly symbol: { readonly size: number } } | undefined;
  };
}
interface VmallocInfoRow {
  readonly start: string;
  readonly end: string;
  /** bytes, with the guard page */
  readonly size: number;
  readonly caller?: string;
  readonly nr_pages?: number;
  readonly phys?: string;
  /** `ioremap`, `vmalloc` …, as the kernel prints them */
  readonly flags: readonly string[];
  /** pages by node */
  readonly per_node?: Readonly<Record<string, number>>;
}

/** A row for each area that is in use, by address, and then for those that wait for the next purge. */
export function vmallocInfo(k: VmallocInfoKernel): VmallocInfoRow[] {
  const { allocator } = k.allocators.vmalloc;
  const { areas, busy, purged } = allocator;
  const bounds = (area: number) => {
    const [start, end] = [areas.start(area), areas.end(area)];
    return { start: formatAddress(k.abi, start), end: formatAddress(k.abi, end), size: end - start };
  };
  const inUse = areas.all(busy).map((area): VmallocInfoRow => {
    const vm = areas.vm(area);
    return vm === 0 ? { ...bounds(area), flags: ['vm_map_ram'] } : { ...bounds(area), ...used(k, vm) };
  });
  return [...inUse, ...areas.all(purged).map((area) => ({ ...bounds(area), flags: ['unpurged', 'vm_area'] }))];
}
/** What a vm_struct says of its area. */
interface AreaUse {
  /** address of the code that asked for it, 0 for none; frames that it owns; physical address of a device's registers, 0 for none */
  readonly caller: number;
  readonly pages: number;
  readonly phys: number;
  /** `ioremap`, `vmalloc` …, as the kernel prints them */
  readonly flags: readonly string[];
}
export function areaUse(vmalloc: VmallocApi, vm: number): AreaUse {
  const { memory } = vmalloc.allocator.areas;
  const names = vmalloc.vms.flagNames(vm);
  const vpages = vmalloc.isVmallocAddr(memory.field(vm, 'vm_struct', 'pages'));
  return {
    caller: memory.field(vm, 'vm_struct', 'caller'),
    pages: memory.field32(vm, 'vm_struct', 'nr_pages'),
    phys: vmalloc.device.phys(vm),
    flags: vpages ? [...names, 'vpages'] : names,
  };
}
function used(k: VmallocInfoKernel, vm: number): Omit<VmallocInfoRow, 'start' | 'end' | 'size'> {
  const { vmalloc } = k.allocators;
  const { caller, pages, phys, flags } = areaUse(vmalloc, vm);
  return {
    ...(caller === 0 ? {} : { caller: callerText(k, caller) }),
    ...(pages === 0 ? {} : { nr_pages: pages }),
    ...(phys === 0 ? {} : { phys: vmalloc.device.physText(phys) }),
    flags,
    ...(pages === 0 || !k.arch.sparse ? {} : { per_node: byNode(k, vm, pages) }),
  };
}
/** %pS */
function callerText({ symbols, abi }: VmallocInfoKernel, caller: number): string {
  const found = symbols.at(caller);
  if (!found) return formatAddress(abi, caller);
  return `${found.name}+0x${found.offset.toString(16)}/0x${found.symbol.size.toString(16)}`;
}
/** show_numa_info */
function byNode(k: VmallocInfoKernel, vm: number, pages: number): Record<string, number> {
  const { memory } = k.allocators.vmalloc.allocator.areas;
  const array = memory.field(vm, 'vm_struct', 'pages');
  const counts: Record<string, number> = {};
  for (let i = 0; i < pages; i++) {
    const pfn = k.pages.pfnOf(memory.getLong(array + i * memory.wordSize));
    if (pfn < 0) continue;
    const { node } = k.pageAlloc.zoneOf(pfn);
    counts[node] = (counts[node] ?? 0) + 1;
  }
  return counts;
}

export function vmallocinfo(k: VmallocInfoKernel): string {
  return vmallocInfo(k)
    .map((row) => {
      const words = [
        `${row.start}-${row.end} ${String(row.size).padStart(7)}`,
        ...(row.caller === undefined ? [] : [row.caller]),
        ...(row.nr_pages === undefined ? [] : [`pages=${row.nr_pages}`]),
        ...(row.phys === undefined ? [] : [`phys=${row.phys}`]),
        ...row.flags,
        ...Object.entries(row.per_node ?? {}).map(([node, count]) => `N${node}=${count}`),
      ];
      return `${words.join(' ')}\n`;
    })
    .join('');
}
