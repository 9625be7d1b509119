/** The vmalloc family as the rest of the kernel calls it (include/linux/vmalloc.h; mm/vmalloc.c, mm/util.c: vmalloc_array, 6.1). */
import { KernelBug } from '../../lib/bug';
import { VmapAreaAllocator } from './alloc_vmap_area';
import { Ioremap, type PhysicalMemory } from './ioremap';
import { MapRange } from './map_range';
import { PcpuVmAreas } from './pcpu_vm_areas';
import { Vfree } from './vfree';
import { VmStructs } from './vm_struct';
import { Vmalloc } from './vmalloc';
import type { VmallocKernel } from './vmalloc_kernel';
import { Vmap } from './vmap';
import { order } from './vmap_area';
import { VmapBlocks } from './vmap_block';

interface VmallocPorts {
  readonly physical: PhysicalMemory;
  /** debug_check_no_locks_freed, and other checks of an area that is freed */
  readonly freed?: ((start: number, bytes: number) => void) | undefined;
}

export class VmallocApi {
  readonly allocator: VmapAreaAllocator;
  readonly vms: VmStructs;
  readonly freeing: Vfree;
  readonly mapping: Vmap;
  readonly blocks: VmapBlocks;
  readonly device: Ioremap;
  readonly percpu: PcpuVmAreas;
  private readonly allocation: Vmalloc;
  private readonly userMap: number;
  private readonly allowHuge: number;

  constructor(
    private readonly k: VmallocKernel,
    { physical, freed }: VmallocPorts,
  ) {
    const map = new MapRange(k);
    this.allocator = new VmapAreaAllocator(k, {
      unmap: (start, end) => map.unmap(start, end),
      purgeBlocks: () => this.blocks.purgeFragmented(),
    });
    this.vms = new VmStructs(k, this.allocator);
    this.allocation = new Vmalloc(k, this.vms, map, (address) => this.freeing.vfree(address));
    this.freeing = new Vfree(k, this.vms, {
      isVmalloc: (address) => this.isVmallocAddr(address),
      countPages: (count) => this.allocation.countPages(count),
      freed: freed ?? (() => {}),
    });
    this.mapping = new Vmap(k, this.vms, map, (address) => this.freeing.vunmap(address));
    this.blocks = new VmapBlocks(k, this.allocator, map);
    this.device = new Ioremap(k, this.vms, map, physical);
    this.percpu = new PcpuVmAreas(k, this.allocator, this.vms);
    this.userMap = Number(k.constant('VM_USERMAP'));
    this.allowHuge = Number(k.constant('VM_ALLOW_HUGE_VMAP'));
  }
  /** vmalloc_init */
  init(): void {
    this.allocator.init();
    this.freeing.init();
    this.blocks.init();
  }

  // ---------------------------------------------------------------- allocating
  /** __vmalloc_node, or with flags (VM_…) what it calls. @throws KernelBug in an interrupt */
  private allocate(size: number, gfp: number, node = -1, flags = 0): number {
    const { caller } = this.k.pageAlloc;
    const request = { size, gfp, node, flags, caller: caller.ip() };
    const make = (): number => this.allocation.range(request);
    return flags === 0 ? caller.within(['__vmalloc_node'], make) : make();
  }
  vmalloc(size: number): number {
    return this.allocate(size, this.k.gfp.kernel);
  }
  vzalloc(size: number): number {
    return this.allocate(size, this.k.gfp.kernel | this.k.gfp.zero);
  }
  vmallocNode(size: number, node: number): number {
    return this.allocate(size, this.k.gfp.kernel, node);
  }
  vzallocNode(size: number, node: number): number {
    return this.allocate(size, this.k.gfp.kernel | this.k.gfp.zero, node);
  }
  /** __vmalloc */
  vmallocGfp(size: number, gfp: number): number {
    return this.allocate(size, gfp);
  }
  vmallocUser(size: number): number {
    return this.allocate(size, this.k.gfp.kernel | this.k.gfp.zero, -1, this.userMap);
  }
  /** GFP_VMALLOC32: frames that 32 bits can name */
  vmalloc32(size: number): number {
    return this.allocate(size, this.k.gfp.kernel | this.k.gfp.dma32);
  }
  vmallocHuge(size: number, gfp: number): number {
    return this.allocate(size, gfp, -1, this.allowHuge);
  }
  /** __vmalloc_node_range as kvmalloc_node calls it */
  forKvmalloc(size: number, gfp: number, node: number): number {
    return this.allocate(size, gfp, node, this.allowHuge);
  }
  /** get_vm_area: addresses with nothing mapped; the vm_struct, 0 if there are none */
  getVmArea(size: number, flags: number): number {
    const { caller } = this.k.pageAlloc;
    return this.vms.get({ size, flags, caller: caller.ip() });
  }
  /** free_vm_area. @throws KernelBug for what is not an area's vm_struct */
  freeVmArea(vm: number): void {
    const removed = this.k.pageAlloc.caller.within(['remove_vm_area'], () => this.vms.remove(this.vms.addr(vm)));
    if (removed !== vm) throw new KernelBug({ at: 'mm/vmalloc.c', fn: 'free_vm_area' });
    this.k.heap.kfree(vm);
  }
  /**
   * An area of `pages` pages of the given frames, aligned to its size, as alloc_thread_stack_node asks for a stack (VMAP_STACK): its address, 0
   * if there is no memory. Before the run: the frames are adjacent, which those of vmalloc() need not be.
   */
  stackArea(pfn: number, pages: number, caller: number): number {
    return this.allocation.ofFrames(pfn, pages, caller);
  }

  /** An area in which adjacent frames are mapped (vmap), before the run: its address, 0 if there is no memory. */
  mapArea(pfn: number, pages: number, caller: number): number {
    return this.mapping.ofFrames(pfn, pages, caller);
  }

  // ---------------------------------------------------------------- addresses
  /** is_vmalloc_addr */
  isVmallocAddr(address: number): boolean {
    const { start, end } = this.k.range;
    return order(address) >= order(start) && order(address) < order(end);
  }
  /** vmalloc_to_pfn: −1 where nothing is mapped */
  pfnOf(address: number): number {
    return this.k.pageTables.pfnAt(address);
  }
  /** nr_vmalloc_pages */
  get pages(): number {
    return this.allocation.nrVmallocPages;
  }
}
