/**
 * struct vm_struct: what an area of the vmalloc space is used for (mm/vmalloc.c: __get_vm_area_node, setup_vmalloc_vm, find_vm_area,
 * remove_vm_area, free_vm_area, 6.1).
 */
import { PAGE_SHIFT, PAGE_SIZE } from '../../../types/pageSize';
import { KernelBug } from '../../lib/bug';
import type { VmapAreaAllocator } from './alloc_vmap_area';
import { alignUp } from './free_space';
import type { VmallocKernel } from './vmalloc_kernel';

/** s_show, in its order */
const FLAG_NAMES: Readonly<Record<string, string>> = {
  VM_IOREMAP: 'ioremap',
  VM_ALLOC: 'vmalloc',
  VM_MAP: 'vmap',
  VM_USERMAP: 'user',
  VM_DMA_COHERENT: 'dma-coherent',
};

/** A request for addresses. */
export interface AreaRequest {
  /** bytes, without the guard page */
  readonly size: number;
  readonly align?: number;
  /** log2 of the size of the pages that will be mapped */
  readonly shift?: number;
  /** VM_… */
  readonly flags: number;
  readonly node?: number;
  readonly gfp?: number;
  /** address of the code that asks */
  readonly caller: number;
}

export class VmStructs {
  private readonly size: number;
  private readonly ioremap: number;
  private readonly noGuard: number;
  private readonly alloc: number;
  private readonly uninitialised: number;

  constructor(
    private readonly k: VmallocKernel,
    private readonly areas: VmapAreaAllocator,
  ) {
    this.size = k.layouts.size('vm_struct');
    this.ioremap = Number(k.constant('VM_IOREMAP'));
    this.noGuard = Number(k.constant('VM_NO_GUARD'));
    this.alloc = Number(k.constant('VM_ALLOC'));
    this.uninitialised = Number(k.constant('VM_UNINITIALIZED'));
  }

  // ---------------------------------------------------------------- fields
  addr(vm: number): number {
    return this.k.memory.field(vm, 'vm_struct', 'addr');
  }
  /** bytes, with the guard page */
  fullSize(vm: number): number {
    return this.k.memory.field(vm, 'vm_struct', 'size');
  }
  /** get_vm_area_size: without it */
  areaSize(vm: number): number {
    const size = this.fullSize(vm);
    return this.flags(vm) & this.noGuard ? size : size - PAGE_SIZE;
  }
  flags(vm: number): number {
    return this.k.memory.field(vm, 'vm_struct', 'flags');
  }
  setFlags(vm: number, flags: number): void {
    this.k.memory.setField(vm, 'vm_struct', 'flags', flags);
  }
  /** Whether its pages are still being allocated and mapped. */
  isUninitialised(vm: number): boolean {
    return (this.flags(vm) & this.uninitialised) !== 0;
  }
  /** What the flags say of the area, as /proc/vmallocinfo has it. */
  flagNames(vm: number): string[] {
    const flags = this.flags(vm);
    return Object.entries(FLAG_NAMES).flatMap(([flag, name]) => (flags & Number(this.k.constant(flag)) ? [name] : []));
  }

  // ---------------------------------------------------------------- areas
  /** setup_vmalloc_vm */
  setUp(vm: number, area: number, flags: number, caller: number): void {
    const { memory } = this.k;
    const { areas } = this.areas;
    const start = areas.start(area);
    memory.setField(vm, 'vm_struct', 'flags', flags);
    memory.setField(vm, 'vm_struct', 'addr', start);
    memory.setField(vm, 'vm_struct', 'size', areas.end(area) - start);
    memory.setField(vm, 'vm_struct', 'caller', caller);
    areas.setVm(area, vm);
  }
  /** A zeroed vm_struct; 0 if there is no memory. */
  newStruct(gfp: number, node?: number): number {
    return this.k.heap.kzalloc(this.size, gfp, node);
  }
  /** __get_vm_area_node: a vm_struct with its addresses; 0 if there are none. @throws KernelBug in an interrupt */
  get(request: AreaRequest): number {
    const { caller } = this.k.pageAlloc;
    if (caller.inInterrupt()) throw new KernelBug({ at: 'mm/vmalloc.c', fn: '__get_vm_area_node' });
    return caller.within(['__get_vm_area_node'], () => this.getHere(request));
  }
  private getHere(request: AreaRequest): number {
    const { k } = this;
    const { shift = PAGE_SHIFT, flags, node = -1, gfp = k.gfp.kernel, caller } = request;
    const size = alignUp(request.size, 2 ** shift);
    if (size === 0) return 0;
    let align = request.align ?? 1;
    if (flags & this.ioremap) {
      // get_count_order_long
      const order = Math.ceil(Math.log2(size));
      align = 2 ** Math.min(Math.max(order, PAGE_SHIFT), k.ioremapMaxOrder);
    }
    const vm = k.pageAlloc.caller.within(['kmalloc_node_trace'], () => this.newStruct(gfp & k.gfp.reclaimMask, node));
    if (vm === 0) return 0;
    const whole = flags & this.noGuard ? size : size + PAGE_SIZE;
    const area = this.areas.alloc(whole, align, k.range, node, gfp);
    if (area === 0) {
      k.heap.kfree(vm);
      return 0;
    }
    this.setUp(vm, area, flags, caller);
    // memory of vmalloc's own may be accessed once it has its pages
    if (!(flags & this.alloc)) k.sanitizer?.unpoison(this.addr(vm), request.size);
    return vm;
  }
  /** find_vm_area: the vm_struct of the area that an address is in; 0 if there is none. */
  find(address: number): number {
    const area = this.areas.areas.find(address, this.areas.busy);
    return area === 0 ? 0 : this.areas.areas.vm(area);
  }
  /** remove_vm_area: what is mapped there is unmapped, and its addresses become free lazily. Its vm_struct; 0 if there is none. */
  remove(address: number): number {
    this.k.pageAlloc.caller.mightSleep('mm/vmalloc.c', ['remove_vm_area']);
    const area = this.areas.areas.find(address, this.areas.busy);
    if (area === 0) return 0;
    const vm = this.areas.areas.vm(area);
    if (vm === 0) return 0;
    this.areas.areas.setVm(area, 0);
    this.areas.freeUnmap(area);
    return vm;
  }
  /** free_vm_area: of an area without pages of its own */
  free(vm: number): void {
    this.remove(this.addr(vm));
    this.k.heap.kfree(vm);
  }
}
