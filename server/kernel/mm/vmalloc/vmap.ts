/** Given pages are mapped side by side (mm/vmalloc.c: vmap, get_vm_area_caller, 6.1). */
import { PAGE_SIZE } from '../../../types/pageSize';
import type { MapRange } from './map_range';
import type { VmStructs } from './vm_struct';
import type { VmallocKernel } from './vmalloc_kernel';

export class Vmap {
  private readonly noGuard: number;
  private readonly flushReset: number;
  private readonly putPages: number;

  constructor(
    private readonly k: VmallocKernel,
    private readonly vms: VmStructs,
    private readonly map: MapRange,
    private readonly vunmap: (address: number) => void,
  ) {
    this.noGuard = Number(k.constant('VM_NO_GUARD'));
    this.flushReset = Number(k.constant('VM_FLUSH_RESET_PERMS'));
    this.putPages = Number(k.constant('VM_MAP_PUT_PAGES'));
  }
  /** vmap() of adjacent frames, by boot: the address; 0 if there is no memory. */
  ofFrames(pfn: number, count: number, caller: number): number {
    const { k, vms } = this;
    const vm = vms.get({ size: count * PAGE_SIZE, flags: Number(k.constant('VM_MAP')), caller });
    if (vm === 0) return 0;
    const { pageTables } = k;
    const mapped = pageTables.mapRun(pageTables.lastLevel, vms.addr(vm), pfn, count, pageTables.pageKernel);
    return mapped ? vms.addr(vm) : 0;
  }
  private warn(why: string): void {
    this.k.pageAlloc.caller.warn({ at: 'mm/vmalloc.c', fn: 'vmap' }, '', [why]);
  }
  /** vmap: the address of `count` pages of an array of `struct page *`; 0 if there is no memory. @throws KernelBug in an interrupt */
  vmap(array: number, count: number, given: number, prot: bigint): number {
    const { k, vms } = this;
    const { memory, pageAlloc } = k;
    pageAlloc.caller.mightSleep('mm/vmalloc.c', []);
    let flags = given;
    if (flags & this.flushReset) {
      this.warn('VM_FLUSH_RESET_PERMS is not for vmap(): NULL is returned');
      return 0;
    }
    if (flags & this.noGuard) {
      this.warn('VM_NO_GUARD is not for vmap(): what lies before needs a guard page behind it as well');
      flags &= ~this.noGuard;
    }
    if (count > k.totalRamPages()) return 0;
    const { caller } = pageAlloc;
    const request = { size: count * PAGE_SIZE, flags, caller: caller.ip() };
    const vm = caller.within(['get_vm_area_caller'], () => vms.get(request));
    if (vm === 0) return 0;
    const start = vms.addr(vm);
    if (!this.map.pages(start, count, this.map.withoutExecution(prot), array)) {
      this.vunmap(start);
      return 0;
    }
    if (flags & this.putPages) {
      memory.setField(vm, 'vm_struct', 'pages', array);
      memory.setField32(vm, 'vm_struct', 'nr_pages', count);
    }
    return start;
  }
}
