/**
 * vmalloc: memory contiguous in addresses, of single pages mapped side by side, with an unmapped page behind it (mm/vmalloc.c:
 * __vmalloc_node_range, __vmalloc_area_node, 6.1).
 */
import { formatBits, toBits } from '../../../types/address';
import { PAGE_SHIFT, PAGE_SIZE } from '../../../types/pageSize';
import { vmAreaAllocPages } from './alloc_pages';
import type { MapRange } from './map_range';
import type { VmStructs } from './vm_struct';
import type { VmallocKernel } from './vmalloc_kernel';

/** A request for memory. */
interface VmallocRequest {
  readonly size: number;
  readonly align?: number;
  readonly gfp: number;
  /** VM_… */
  readonly flags?: number;
  readonly node?: number;
  /** address of the code that asks */
  readonly caller: number;
}

const RANGE = '__vmalloc_node_range';

export class Vmalloc {
  private readonly alloc: number;
  private readonly uninitialised: number;
  private readonly allowHuge: number;
  /** address of nr_vmalloc_pages */
  private readonly nrPages: number;

  constructor(
    private readonly k: VmallocKernel,
    private readonly vms: VmStructs,
    private readonly map: MapRange,
    /** __vfree of an area that could not be made whole */
    private readonly vfree: (address: number) => void,
  ) {
    this.alloc = Number(k.constant('VM_ALLOC'));
    this.uninitialised = Number(k.constant('VM_UNINITIALIZED'));
    this.allowHuge = Number(k.constant('VM_ALLOW_HUGE_VMAP'));
    this.nrPages = k.symbols.define('nr_vmalloc_pages', k.layouts.parseType('atomic_long_t'));
  }
  get nrVmallocPages(): number {
    return this.k.memory.getLong(this.nrPages);
  }
  /** Pages have come to areas, or left them. */
  countPages(count: number): void {
    this.k.memory.setLong(this.nrPages, this.nrVmallocPages + count);
  }
  /** warn_alloc */
  private failed(gfp: number, message: string): number {
    this.k.pageAlloc.reports.warnAlloc(gfp, `vmalloc error: ${message}`, []);
    return 0;
  }

  /** __vmalloc_node_range, over the whole vmalloc space: an address; 0 after a report. @throws KernelBug in an interrupt */
  range(request: VmallocRequest): number {
    const { caller } = this.k.pageAlloc;
    if (request.size === 0) {
      caller.warn({ at: 'mm/vmalloc.c', fn: RANGE }, '', ['vmalloc of 0 bytes returns NULL']);
      return 0;
    }
    const address = caller.within([RANGE], () => this.rangeHere(request));
    const { tracing } = this.k.pageAlloc;
    if (tracing.on && address !== 0)
      tracing.decision('vmalloc', this.shown(address), request.size, this.bytesOf(address));
    return address;
  }
  private shown(address: number): string {
    const { abi } = this.k.memory;
    return formatBits(abi, toBits(abi, address));
  }
  /** Bytes of an area, without its guard page. */
  private bytesOf(address: number): number {
    const { vms } = this;
    return vms.areaSize(vms.find(address));
  }
  private rangeHere(request: VmallocRequest): number {
    const { k } = this;
    const { size, gfp, node = -1 } = request;
    if (Math.floor(size / PAGE_SIZE) > k.totalRamPages()) return this.failed(gfp, `size ${size}, exceeds total pages`);
    const { flags = 0 } = request;
    if (flags & this.allowHuge && k.hugeVmalloc) {
      const perNode = node < 0 ? size / k.nodes : size;
      if (perNode >= 2 ** k.pmdShift) {
        const address = this.attempt(request, k.pmdShift);
        if (address !== 0) return address;
      }
    }
    return this.attempt(request, PAGE_SHIFT);
  }
  /** An area whose pages are given: adjacent frames. Its address; 0 if there is no memory. */
  ofFrames(pfn: number, count: number, caller: number): number {
    const { k, vms, map } = this;
    const { memory, gfp, pageAlloc } = k;
    const size = count * PAGE_SIZE;
    const vm = vms.get({ size, align: size, flags: this.alloc, caller });
    const array = vm === 0 ? 0 : k.heap.kzalloc(count * memory.wordSize, gfp.kernel);
    if (array === 0) return 0;
    for (let i = 0; i < count; i++) memory.setLong(array + i * memory.wordSize, pageAlloc.pages.pageAddr(pfn + i));
    memory.setField(vm, 'vm_struct', 'pages', array);
    memory.setField32(vm, 'vm_struct', 'nr_pages', count);
    this.countPages(count);
    if (!map.pages(vms.addr(vm), count, map.pageKernel, array)) return 0;
    k.sanitizer?.unpoison(vms.addr(vm), size);
    return vms.addr(vm);
  }
  /** An area of pages of one size. */
  private attempt(request: VmallocRequest, shift: number): number {
    const { k, vms } = this;
    const { size, align = 1, gfp, flags = 0, node = -1, caller } = request;
    const vm = vms.get({
      size,
      align: shift > PAGE_SHIFT ? Math.max(align, 2 ** shift) : align,
      shift,
      flags: this.alloc | this.uninitialised | flags,
      node,
      gfp,
      caller,
    });
    if (vm === 0) return this.failed(gfp, `size ${size}, vm_struct allocation failed`);
    if (!this.fill(vm, gfp, node, shift)) return 0;
    k.sanitizer?.unpoison(vms.addr(vm), size);
    k.leaks?.allocated(vms.addr(vm), size);
    vms.setFlags(vm, vms.flags(vm) & ~this.uninitialised);
    return k.memory.field(vm, 'vm_struct', 'addr');
  }
  /** __vmalloc_area_node: the pages of an area, mapped. False, after a report, if there is no memory; the area is gone then. */
  private fill(vm: number, given: number, node: number, shift: number): boolean {
    const { k, vms } = this;
    const { memory, gfp: masks } = k;
    const nested = (given & masks.reclaimMask) | masks.zero;
    const gfp = given & (masks.dma | masks.dma32) ? given : given | masks.highmem;
    const start = vms.addr(vm);
    const bytes = vms.areaSize(vm);
    const count = bytes / PAGE_SIZE;
    const arraySize = count * memory.wordSize;
    const array =
      arraySize > PAGE_SIZE
        ? k.pageAlloc.caller.within(['__vmalloc_node'], () =>
            this.range({ size: arraySize, gfp: nested, node, caller: memory.field(vm, 'vm_struct', 'caller') }),
          )
        : k.heap.kmalloc(arraySize, nested, node);
    memory.setField(vm, 'vm_struct', 'pages', array);
    // kmemleak does not scan vm_structs here: like what else they lead to, the list is not tracked
    if (array !== 0 && arraySize > PAGE_SIZE) k.leaks?.freed(array);
    if (array === 0) {
      this.failed(gfp, `size ${bytes}, failed to allocated page array size ${arraySize}`);
      vms.free(vm);
      return false;
    }
    const order = shift - PAGE_SHIFT;
    if (k.hugeVmalloc) memory.setField32(vm, 'vm_struct', 'page_order', order);
    const got = vmAreaAllocPages(k, gfp | masks.nowarn, node, order, count, array);
    memory.setField32(vm, 'vm_struct', 'nr_pages', got);
    this.countPages(got);
    if (got !== count) {
      this.failed(gfp, `size ${got * PAGE_SIZE}, page order ${order}, failed to allocate pages`);
      this.vfree(start);
      return false;
    }
    if (!this.map.pages(start, count, this.map.pageKernel, array, order > 0)) {
      this.failed(gfp, `size ${bytes}, failed to map pages`);
      this.vfree(start);
      return false;
    }
    return true;
  }
}
