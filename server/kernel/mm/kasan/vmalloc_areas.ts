/** What a report of KASAN says of an address in the vmalloc space (mm/kasan/report.c: print_address_description, 6.1). */
import { formatBits, toBits } from '../../../types/address';
import type { StructMemory } from '../../lib/struct_memory';
import type { CodeNames } from '../../printk/ports';
import type { MemoryOwner } from './kasan_report';

interface VmallocSpace {
  isVmallocAddr(address: number): boolean;
  /** find_vm_area: the address of a vm_struct; 0 for none */
  find(address: number): number;
  /** vmalloc_to_pfn: −1 where nothing is mapped */
  pfnOf(address: number): number;
}

export class VmallocAreas implements MemoryOwner {
  constructor(
    private readonly m: StructMemory,
    private readonly space: VmallocSpace,
    private readonly names: () => CodeNames,
  ) {}
  describe(address: number): { readonly lines: readonly string[]; readonly pfn?: number } | undefined {
    const { m, space } = this;
    if (!space.isVmallocAddr(address)) return undefined;
    const vm = space.find(address);
    if (vm === 0) return { lines: ['The buggy address belongs to a vmalloc virtual mapping'] };
    const start = formatBits(m.abi, toBits(m.abi, m.field(vm, 'vm_struct', 'addr')));
    const by = this.names().symbolizeAddress(m.field(vm, 'vm_struct', 'caller'));
    const pages = m.field32(vm, 'vm_struct', 'nr_pages');
    const line = `The buggy address belongs to a ${pages}-page vmalloc region starting at ${start} allocated at ${by}`;
    const pfn = space.pfnOf(address);
    return pfn < 0 ? { lines: [line] } : { lines: [line], pfn };
  }
}
