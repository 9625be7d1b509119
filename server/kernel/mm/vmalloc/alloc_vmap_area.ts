/**
 * Areas are taken from the vmalloc space, and given back lazily: what is unmapped stays in the purge tree, and keeps its addresses, until so
 * much of it has come together that flushing all TLBs is worth while (mm/vmalloc.c: alloc_vmap_area, free_vmap_area_noflush,
 * lazy_max_pages, __purge_vmap_area_lazy, drain_vmap_area_work, vmap_init_free_space, 6.1).
 */
import { toBits } from '../../../types/address';
import { PAGE_SIZE } from '../../../types/pageSize';
import { MiB } from '../../arch/arch';
import { NotEmulated } from '../../lib/not_emulated';
import { type AddressRange, FreeSpace } from './free_space';
import type { VmallocKernel } from './vmalloc_kernel';
import { type AreaTree, VmapAreas } from './vmap_area';

/** Lazily freed memory for each doubling of the number of CPUs. */
const LAZY_BYTES = 32 * MiB;
/** Where the kernel checks that it may sleep */
const MIGHT_SLEEP = 'mm/vmalloc.c';

/** What lies in areas. */
interface AreaPorts {
  /** vunmap_range_noflush */
  unmap(start: number, end: number): void;
  /** purge_fragmented_blocks_allcpus */
  purgeBlocks(): void;
}

export class VmapAreaAllocator {
  readonly areas: VmapAreas;
  readonly space: FreeSpace;
  readonly busy: AreaTree;
  readonly free: AreaTree;
  readonly purged: AreaTree;
  /** addresses of vmap_lazy_nr, drain_vmap_work, vmap_area_cachep */
  private readonly lazyNr: number;
  readonly drainWork: number;
  private readonly cachep: number;
  private readonly preload: readonly number[];
  /** lazy_max_pages */
  readonly lazyMaxPages: number;

  constructor(
    private readonly k: VmallocKernel,
    private readonly ports: AreaPorts,
  ) {
    const { symbols, layouts, memory, cpus } = k;
    const define = (name: string, type: string): number => symbols.define(name, layouts.parseType(type));
    const tree = (prefix: string, augmented: boolean): AreaTree => ({
      root: define(`${prefix}_root`, 'struct rb_root'),
      list: define(`${prefix}_list`, 'struct list_head'),
      augmented,
    });
    this.busy = tree('vmap_area', false);
    this.free = tree('free_vmap_area', true);
    this.purged = tree('purge_vmap_area', false);
    this.lazyNr = define('vmap_lazy_nr', 'atomic_long_t');
    this.drainWork = define('drain_vmap_work', 'struct work_struct');
    this.cachep = define('vmap_area_cachep', 'struct kmem_cache *');
    symbols.definePerCpu('ne_fit_preload_node', layouts.parseType('struct vmap_area *'));
    this.preload = Array.from({ length: cpus }, (_, cpu) => symbols.address('ne_fit_preload_node', cpu));
    this.lazyMaxPages = (32 - Math.clz32(cpus)) * (LAZY_BYTES / PAGE_SIZE);
    this.areas = new VmapAreas(
      memory,
      k.lists,
      (area) => k.heap.cacheFree(memory.getLong(this.cachep), area),
      (...addresses) => this.overlap(addresses),
    );
    this.space = new FreeSpace(this.areas, this.free, { take: () => this.spareArea() });
  }
  /** WARN of find_va_links */
  private overlap(addresses: readonly number[]): void {
    const { abi } = this.k.memory;
    const [start, end, otherStart, otherEnd] = addresses.map((a) => toBits(abi, a).toString(16));
    const message = `vmalloc bug: 0x${start}-0x${end} overlaps with 0x${otherStart}-0x${otherEnd}`;
    this.k.pageAlloc.caller.warn({ at: 'mm/vmalloc.c', fn: 'find_va_links' }, message, []);
  }
  /** vmalloc_init: the whole address space is free but for what is mapped already. */
  init(): void {
    const { memory, heap, lists, layouts, works } = this.k;
    for (const { root, list } of [this.busy, this.free, this.purged]) {
      memory.setLong(root, 0);
      lists.init(list);
    }
    const cache = heap.createCache(
      'vmap_area',
      layouts.size('vmap_area'),
      memory.wordSize,
      Number(this.k.constant('SLAB_PANIC')),
    );
    memory.setLong(this.cachep, cache);
    works.init(this.drainWork, 'drain_vmap_area_work', () => this.drain());
    const all = this.newArea(this.k.gfp.nowait);
    this.areas.setStart(all, 1);
    this.areas.setEnd(all, memory.wordSize === 8 ? -1 : 0xffffffff);
    this.areas.insert(all, this.free);
  }
  private newArea(gfp: number, node?: number): number {
    return this.k.heap.cacheAlloc(this.k.memory.getLong(this.cachep), gfp, node);
  }

  // ---------------------------------------------------------------- taking
  /** preload_this_cpu_lock: an object to split an area with, before the lock is taken. */
  private preloadArea(gfp: number, node: number): void {
    const { memory, pageAlloc } = this.k;
    const at = this.preload[pageAlloc.caller.cpu()] as number;
    if (memory.getLong(at) !== 0) return;
    const area = this.newArea(gfp, node);
    if (area !== 0) memory.setLong(at, area);
  }
  /** The object to split an area with; a new one if there is none. */
  private spareArea(): number {
    const { memory, gfp, pageAlloc } = this.k;
    const at = this.preload[pageAlloc.caller.cpu()] as number;
    const area = memory.getLong(at);
    if (area === 0) return this.newArea(gfp.nowait);
    memory.setLong(at, 0);
    return area;
  }
  /** alloc_vmap_area: a busy area; 0 if there is no memory, or no such range */
  alloc(size: number, align: number, within: AddressRange, node: number, gfp: number): number {
    return this.k.pageAlloc.caller.within(['alloc_vmap_area'], () => this.allocHere(size, align, within, node, gfp));
  }
  private allocHere(size: number, align: number, within: AddressRange, node: number, gfp: number): number {
    const { areas, k } = this;
    k.pageAlloc.caller.mightSleep(MIGHT_SLEEP, []);
    const mask = gfp & k.gfp.reclaimMask;
    const area = this.newArea(mask, node);
    if (area === 0) return 0;
    this.preloadArea(mask, node);
    let start = this.space.take(size, align, within);
    if (start === undefined) {
      this.ports.purgeBlocks();
      this.purge();
      this.preloadArea(mask, node);
      start = this.space.take(size, align, within);
    }
    if (start === undefined) {
      if (!(gfp & k.gfp.nowarn))
        k.log.print(`vmap allocation for size ${size} failed: use vmalloc=<size> to increase size`);
      areas.free(area);
      return 0;
    }
    areas.setStart(area, start);
    areas.setEnd(area, start + size);
    areas.setVm(area, 0);
    areas.insert(area, this.busy);
    k.sanitizer?.populate(start, size);
    return area;
  }
  /** An object of the cache for an area whose place is found in another way. */
  newAreaObject(gfp: number): number {
    return this.newArea(gfp | this.k.gfp.zero);
  }

  // ---------------------------------------------------------------- giving back
  /** free_vmap_area: at once. */
  freeNow(area: number): void {
    this.areas.unlink(area, this.busy);
    this.areas.mergeOrAdd(area, this.free);
  }
  /** vmap_lazy_nr */
  get lazyPages(): number {
    return this.k.memory.getLong(this.lazyNr);
  }
  set lazyPages(pages: number) {
    this.k.memory.setLong(this.lazyNr, pages);
  }
  /** free_vmap_area_noflush: its addresses are free when the next purge has been. */
  freeLazily(area: number): void {
    const { areas, k } = this;
    areas.unlink(area, this.busy);
    const lazy = this.lazyPages + (areas.end(area) - areas.start(area)) / PAGE_SIZE;
    this.lazyPages = lazy;
    areas.mergeOrAdd(area, this.purged);
    if (lazy > this.lazyMaxPages) k.works.schedule(this.drainWork);
  }
  /** free_unmap_vmap_area */
  freeUnmap(area: number): void {
    this.ports.unmap(this.areas.start(area), this.areas.end(area));
    this.freeLazily(area);
  }
  /** __purge_vmap_area_lazy: what is lazily free becomes free. Whether there was any. */
  purge(): boolean {
    const { areas, k } = this;
    const list = areas.all(this.purged);
    if (list.length === 0) return false;
    if (new Set(list).size < list.length) throw new NotEmulated('the kernel follows a list of areas that has no end');
    k.memory.setLong(this.purged.root, 0);
    k.lists.init(this.purged.list);
    k.pageTables.tlbs.flushRange(areas.start(list[0] as number), areas.end(list.at(-1) as number));
    const [first, last] = [Math.min(...list.map((a) => areas.start(a))), Math.max(...list.map((a) => areas.end(a)))];
    k.pageTables.tlbs.flushRange(first, last);
    for (const area of list) {
      const pages = (areas.end(area) - areas.start(area)) / PAGE_SIZE;
      const [start, end] = [areas.start(area), areas.end(area)];
      const merged = areas.mergeOrAdd(area, this.free);
      if (merged === 0) continue;
      k.sanitizer?.release(start, end, areas.start(merged), areas.end(merged));
      this.lazyPages -= pages;
    }
    return true;
  }
  /** drain_vmap_area_work */
  drain(): void {
    do this.purge();
    while (this.lazyPages > this.lazyMaxPages);
  }
}
