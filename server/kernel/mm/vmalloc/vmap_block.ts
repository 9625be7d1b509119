/**
 * Short-lived mappings: each CPU hands out addresses of a block that it has, from the low end up, and a block's addresses are free again
 * when all of it has been unmapped (mm/vmalloc.c: vm_map_ram, vm_unmap_ram, new_vmap_block, vb_alloc, vb_free, purge_fragmented_blocks,
 * vm_unmap_aliases, 6.1). The kernel finds a block by its address in an xarray, kmem in a list of all.
 */
import { PAGE_SIZE } from '../../../types/pageSize';
import { KernelBug } from '../../lib/bug';
import type { VmapAreaAllocator } from './alloc_vmap_area';
import { alignDown } from './free_space';
import type { MapRange } from './map_range';
import type { VmallocKernel } from './vmalloc_kernel';

/** VMALLOC_SPACE, from which the size of a block follows, in bytes; VMAP_BBMAP_BITS_MAX */
const SPACE_64 = 128 * 2 ** 30;
const SPACE_32 = 128 * 2 ** 20;
const BITS_MAX = 1024;
const AT = 'mm/vmalloc.c';

export class VmapBlocks {
  /** VMAP_MAX_ALLOC: larger mappings have an area of their own */
  readonly maxAlloc: number;
  /** VMAP_BBMAP_BITS: pages of a block */
  private readonly pages: number;
  private readonly bytes: number;
  private readonly all: number;
  /** of each CPU: the list of blocks with unused addresses */
  private readonly free: readonly number[];

  constructor(
    private readonly k: VmallocKernel,
    private readonly allocator: VmapAreaAllocator,
    private readonly map: MapRange,
  ) {
    const { symbols, layouts, memory, cpus } = k;
    const wide = memory.wordSize === 8;
    this.maxAlloc = memory.wordSize * 8;
    const each = Math.floor((wide ? SPACE_64 : SPACE_32) / PAGE_SIZE / Number(k.constant('NR_CPUS')) / 16);
    this.pages = Math.min(BITS_MAX, Math.max(2 * this.maxAlloc, each));
    this.bytes = this.pages * PAGE_SIZE;
    this.all = symbols.define('kmem_vmap_blocks', layouts.parseType('struct list_head'));
    symbols.definePerCpu('vmap_block_queue', layouts.parseType('struct vmap_block_queue'));
    const list = layouts.offset('vmap_block_queue', 'free');
    this.free = Array.from({ length: cpus }, (_, cpu) => symbols.address('vmap_block_queue', cpu) + list);
  }
  init(): void {
    for (const head of [this.all, ...this.free]) this.k.lists.init(head);
  }
  private at(field: string): number {
    return this.k.memory.offset('vmap_block', field);
  }
  private get(block: number, field: string): number {
    return this.k.memory.field(block, 'vmap_block', field);
  }
  private set(block: number, field: string, value: number): void {
    this.k.memory.setField(block, 'vmap_block', field, value);
  }
  private start(block: number): number {
    return this.allocator.areas.start(this.get(block, 'va'));
  }
  /** The blocks of a list, whose entry in them is `field`. */
  private blocks(head: number, field: string): number[] {
    const offset = this.at(field);
    return this.k.lists.entries(head).map((entry) => entry - offset);
  }

  // ---------------------------------------------------------------- blocks
  /** new_vmap_block, of which the first 2^order pages are taken: their address; 0 if there is no memory */
  private create(order: number): number {
    const { k, allocator, bytes, pages } = this;
    const gfp = k.gfp.kernel;
    const block = k.heap.kmalloc(k.layouts.size('vmap_block'), gfp & k.gfp.reclaimMask);
    if (block === 0) return 0;
    const area = allocator.alloc(bytes, bytes, k.range, -1, gfp);
    if (area === 0) {
      k.heap.kfree(block);
      return 0;
    }
    k.memory.set32(block, 0);
    this.set(block, 'va', area);
    this.set(block, 'free', pages - (1 << order));
    this.set(block, 'dirty', 0);
    this.set(block, 'dirty_min', pages);
    this.set(block, 'dirty_max', 0);
    k.lists.addTail(block + this.at('kmem_all'), this.all);
    k.lists.addTail(block + this.at('free_list'), this.free[k.pageAlloc.caller.cpu()] as number);
    return allocator.areas.start(area);
  }
  /** vb_alloc: an address for 2^order pages; 0 if there is no memory */
  private take(order: number): number {
    const { k, pages } = this;
    const wanted = 1 << order;
    for (const block of this.blocks(this.free[k.pageAlloc.caller.cpu()] as number, 'free_list')) {
      const free = this.get(block, 'free');
      if (free < wanted) continue;
      this.set(block, 'free', free - wanted);
      if (free === wanted) k.lists.del(block + this.at('free_list'));
      return this.start(block) + (pages - free) * PAGE_SIZE;
    }
    return this.create(order);
  }
  /** vb_free */
  private release(address: number, order: number): void {
    const { pages, bytes } = this;
    const start = alignDown(address, bytes);
    const block = this.blocks(this.all, 'kmem_all').find((b) => this.start(b) === start);
    if (block === undefined)
      throw new KernelBug({ at: AT, fn: 'vb_free' }, [], ['vm_map_ram() did not return this address']);
    const offset = (address - start) / PAGE_SIZE;
    this.map.unmap(address, address + (PAGE_SIZE << order));
    this.set(block, 'dirty_min', Math.min(this.get(block, 'dirty_min'), offset));
    this.set(block, 'dirty_max', Math.max(this.get(block, 'dirty_max'), offset + (1 << order)));
    const dirty = this.get(block, 'dirty') + (1 << order);
    this.set(block, 'dirty', dirty);
    if (dirty !== pages) return;
    if (this.get(block, 'free') !== 0) throw new KernelBug({ at: AT, fn: 'vb_free' });
    this.destroy(block);
  }
  /** free_vmap_block */
  private destroy(block: number): void {
    this.k.lists.del(block + this.at('kmem_all'));
    this.allocator.freeLazily(this.get(block, 'va'));
    this.k.heap.kfree(block);
  }
  /** purge_fragmented_blocks_allcpus: blocks of which nothing is mapped, and that have unused addresses, are given up. */
  purgeFragmented(): void {
    const { pages } = this;
    for (const head of this.free)
      for (const block of this.blocks(head, 'free_list')) {
        const dirty = this.get(block, 'dirty');
        if (dirty === pages || this.get(block, 'free') + dirty !== pages) continue;
        this.k.lists.del(block + this.at('free_list'));
        this.destroy(block);
      }
  }

  // ---------------------------------------------------------------- vm_map_ram
  /** vm_map_ram: the address of `count` pages of an array of `struct page *`; 0 if there is no memory */
  mapRam(array: number, count: number, node: number): number {
    const { k, allocator } = this;
    const size = count * PAGE_SIZE;
    let address: number;
    if (count <= this.maxAlloc) {
      if (count === 0) {
        k.pageAlloc.caller.warn({ at: AT, fn: 'vm_map_ram' }, '', []);
        return 0;
      }
      address = this.take(orderOf(count));
      if (address === 0) return 0;
    } else {
      const area = allocator.alloc(size, PAGE_SIZE, k.range, node, k.gfp.kernel);
      if (area === 0) return 0;
      address = allocator.areas.start(area);
    }
    k.sanitizer?.unpoison(address, size);
    if (this.map.pages(address, count, this.map.pageKernel, array)) return address;
    this.unmapRam(address, count);
    return 0;
  }
  /** vm_unmap_ram. @throws KernelBug for an address that is not of a mapping */
  unmapRam(address: number, count: number): void {
    const { k, allocator } = this;
    k.pageAlloc.caller.mightSleep(AT, []);
    const { start, end } = k.range;
    if (address === 0 || address < start || address > end || address % PAGE_SIZE !== 0)
      throw new KernelBug({ at: AT, fn: 'vm_unmap_ram' });
    k.sanitizer?.poison(address, count * PAGE_SIZE);
    if (count <= this.maxAlloc) {
      this.release(address, orderOf(count));
      return;
    }
    const area = allocator.areas.find(address, allocator.busy);
    if (area === 0) throw new KernelBug({ at: AT, fn: 'vm_unmap_ram' });
    allocator.freeUnmap(area);
  }
  /** vm_unmap_aliases: everything that is lazily free becomes free. */
  unmapAliases(): void {
    this.k.pageAlloc.caller.mightSleep(AT, []);
    const dirty = this.free.flatMap((head) => this.dirtyRanges(head));
    this.purgeFragmented();
    // what was unmapped in blocks that stay
    if (!this.allocator.purge()) for (const [start, end] of dirty) this.k.pageTables.tlbs.flushRange(start, end);
  }
  /** The addresses of a CPU's blocks that have been unmapped, and may be in TLBs. */
  private dirtyRanges(head: number): [start: number, end: number][] {
    return this.blocks(head, 'free_list').flatMap((block) => {
      const dirty = this.get(block, 'dirty');
      if (dirty === 0 || dirty === this.pages) return [];
      const at = (field: string): number => this.start(block) + this.get(block, field) * PAGE_SIZE;
      return [[at('dirty_min'), at('dirty_max')]];
    });
  }
}
/** get_order of so many pages */
const orderOf = (pages: number): number => Math.ceil(Math.log2(pages));
