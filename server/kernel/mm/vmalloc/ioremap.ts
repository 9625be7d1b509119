/** Device memory is mapped (arch/x86/mm/ioremap.c: __ioremap_caller, iounmap, 6.1). What lies there is not RAM, and not emulated. */
import { toBits } from '../../../types/address';
import { PAGE_SIZE } from '../../../types/pageSize';
import { pointerId } from '../../lib/pointer_id';
import { alignDown, alignUp } from './free_space';
import type { MapRange } from './map_range';
import type { VmStructs } from './vm_struct';
import type { VmallocKernel } from './vmalloc_kernel';
import { order } from './vmap_area';

/** How a mapping is cached: the flags of its entries beside those of PAGE_KERNEL. */
export type CacheMode = 'WB' | 'WC' | 'UC-' | 'UC';
const FLAGS: Readonly<Record<CacheMode, readonly string[]>> = {
  WB: [],
  WC: ['_PAGE_PWT'],
  'UC-': ['_PAGE_PCD'],
  UC: ['_PAGE_PCD', '_PAGE_PWT'],
};

export interface PhysicalMemory {
  /** the kernel may use some of it: System RAM of /proc/iomem */
  isSystemRam(start: number, end: number): boolean;
  /** bits of a physical address */
  readonly bits: number;
  /** first address behind the direct map */
  readonly highMemory: () => number;
}

export class Ioremap {
  private readonly flags: number;
  /** of WARN_ONCE: whether it has warned */
  private readonly warned: number;

  constructor(
    private readonly k: VmallocKernel,
    private readonly vms: VmStructs,
    private readonly map: MapRange,
    private readonly physical: PhysicalMemory,
  ) {
    this.flags = Number(k.constant('VM_IOREMAP'));
    this.warned = k.symbols.define('__warned_ioremap_ram', k.layouts.parseType('int'));
  }
  /** __ioremap_caller: the address at which physical memory is mapped; 0 if it may not be, or if there is no memory */
  ioremap(phys: number, size: number, mode: CacheMode): number {
    const { k, vms, physical } = this;
    const { caller } = k.pageAlloc;
    const last = phys + size - 1;
    if (size === 0 || last < phys) return 0;
    if (phys >= 2 ** physical.bits) {
      k.log.print(`ioremap: invalid physical address ${phys.toString(16)}`);
      caller.warn({ at: 'arch/x86/mm/ioremap.c', fn: '__ioremap_caller' }, '', []);
      return 0;
    }
    if (physical.isSystemRam(phys, last + 1)) {
      const message = `ioremap on RAM at ${this.physText(phys)} - ${this.physText(last)}`;
      if (this.warnOnce())
        caller.warn({ at: 'arch/x86/mm/ioremap.c:211', fn: '__ioremap_caller', functions: [] }, message, []);
      return 0;
    }
    const start = alignDown(phys, PAGE_SIZE);
    const bytes = alignUp(last + 1, PAGE_SIZE) - start;
    const request = { size: bytes, flags: this.flags, caller: caller.ip() };
    const vm = caller.within(['get_vm_area_caller', '__ioremap_caller'], () => vms.get(request));
    if (vm === 0) return 0;
    this.setPhys(vm, start);
    const prot = FLAGS[mode].reduce((all, name) => all | k.constant(name), this.map.pageKernel);
    const address = vms.addr(vm);
    if (!this.map.frames(address, bytes / PAGE_SIZE, prot, start / PAGE_SIZE)) {
      vms.free(vm);
      return 0;
    }
    return address + (phys - start);
  }
  private setPhys(vm: number, phys: number): void {
    const { memory } = this.k;
    const at = vm + memory.offset('vm_struct', 'phys_addr');
    if (this.physBytes === 8) memory.space.write64Number(at, phys);
    else memory.space.write32(at, phys);
  }
  /** the physical address of an ioremapped area, 0 for another */
  phys(vm: number): number {
    const { memory } = this.k;
    const at = vm + memory.offset('vm_struct', 'phys_addr');
    return this.physBytes === 8 ? memory.space.readS64Number(at) : memory.space.read32(at);
  }
  private get physBytes(): number {
    return this.physical.bits > 32 ? 8 : 4;
  }
  /** %pa */
  physText(phys: number): string {
    return `0x${phys.toString(16).padStart(this.physBytes * 2, '0')}`;
  }
  private warnOnce(): boolean {
    const { memory } = this.k;
    if (memory.get32(this.warned) !== 0) return false;
    memory.set32(this.warned, 1);
    return true;
  }
  /** iounmap */
  iounmap(address: number): void {
    const { k, vms, physical } = this;
    if (order(address) <= order(physical.highMemory())) return;
    const start = alignDown(address, PAGE_SIZE);
    const vm = vms.find(start);
    if (vm === 0) {
      const { abi } = k.memory;
      k.log.print(`iounmap: bad address ${pointerId(abi, toBits(abi, start), false)}`);
      return;
    }
    vms.remove(start);
    k.heap.kfree(vm);
  }
}
