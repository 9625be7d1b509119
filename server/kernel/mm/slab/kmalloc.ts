/**
 * kmalloc: size classes, whole pages above the largest class, and what is done with such memory by its address alone
 * (mm/slab_common.c: kmalloc_slab, create_kmalloc_caches, kmalloc_large_node, kfree, krealloc, ksize, kfree_sensitive,
 * kmalloc_size_roundup, 6.1).
 */
import { ZERO_SIZE_PTR } from '../../../profiles/commonConstants';
import { constantTable } from '../../../profiles/constantTable';
import { PAGE_SIZE } from '../../../types/pageSize';
import { callSite } from '../../printk/tracing';
import { KMALLOC_FRAMES, KMALLOC_LARGE_FRAMES } from '../allocation_frames';
import { getOrder } from '../page_alloc/page_api';
import {
  bootOrder,
  className,
  classSize,
  KMALLOC_NORMAL,
  KMALLOC_SHIFT_HIGH,
  kmallocIndex,
  kmallocType,
  NR_KMALLOC_TYPES,
  sizeIndex,
  TYPE_FLAGS,
} from './kmalloc_info';
import type { SlabBackend } from './slab_backend';
import type { SlabCaches } from './slab_common';
import type { SlabKernel } from './slab_kernel';
import type { SlabPages } from './slab_pages';
import type { SlabReports } from './slab_reports';
import { type NodeCounters, nodeCounters } from './slab_resources';

/** What kmalloc(0) returns: a pointer that may be freed, and faults when it is used. */
const isZeroOrNull = (address: number): boolean => address >= 0 && address <= ZERO_SIZE_PTR;

/** Objects of caches: slab.ts. */
interface ObjectSource {
  preAlloc(gfp: number): boolean;
  allocate(cache: number, gfp: number, node: number, originalSize: number): number;
}

export class Kmalloc {
  /** address of kmalloc_caches[type][index] */
  private readonly table: number;
  /** the same as index in mem.words */
  private readonly tableWord: number;
  private readonly wordSize: number;
  /** size_index */
  private readonly index: Uint8Array;
  /** KMALLOC_MIN_SIZE */
  private readonly minSize: number;
  /** KMALLOC_MAX_CACHE_SIZE */
  readonly maxCacheSize: number;
  /** NR_SLAB_UNRECLAIMABLE_B, which counts whole pages too */
  private readonly account: NodeCounters;
  private readonly slots = KMALLOC_SHIFT_HIGH + 1;

  constructor(
    private readonly k: SlabKernel,
    private readonly backend: SlabBackend,
    private readonly caches: SlabCaches,
    private readonly pages: SlabPages,
    private readonly reports: SlabReports,
    private readonly objects: ObjectSource,
  ) {
    this.wordSize = k.abi.wordSize;
    this.table = k.symbols.define(
      'kmalloc_caches',
      k.layouts.parseType(`struct kmem_cache *[${NR_KMALLOC_TYPES}][${this.slots}]`),
    );
    this.tableWord = k.mem.word(k.direct.pa(this.table));
    const constants = constantTable(k.profile, { ...k.config, allocator: backend.name });
    this.minSize = Number(constants.get('KMALLOC_MIN_SIZE')?.value);
    this.maxCacheSize = Number(constants.get('KMALLOC_MAX_CACHE_SIZE')?.value);
    this.index = sizeIndex(this.minSize);
    this.account = nodeCounters(k);
  }

  // ---------------------------------------------------------------- boot
  /** create_kmalloc_caches. `first`: bytes of one that is made before the others */
  createCaches(first = 0): void {
    if (this.backend.blocks) return;
    if (first > 0) this.newCache(kmallocIndex(this.index, first), KMALLOC_NORMAL);
    const order = bootOrder(this.minSize);
    for (let type = KMALLOC_NORMAL; type < NR_KMALLOC_TYPES; type++)
      for (const index of order) if (this.cacheAt(type, index) === 0) this.newCache(index, type);
  }
  /** new_kmalloc_cache */
  private newCache(index: number, type: number): void {
    const { caches } = this;
    const cache = caches.createKmallocCache(
      className(index, type),
      classSize(index),
      (TYPE_FLAGS[type] ?? 0) | (this.backend.kmallocFlags ?? 0),
    );
    caches.memory.setLong(this.slot(type, index), cache);
    // with memory cgroups nothing is merged into a normal one: accounted requests must not come from it
    if (type === KMALLOC_NORMAL) caches.fields.setRefcount(cache, -1);
  }
  private slot(type: number, index: number): number {
    return this.table + (type * this.slots + index) * this.wordSize;
  }
  private cacheAt(type: number, index: number): number {
    const { words } = this.k.mem;
    const entry = type * this.slots + index;
    if (this.wordSize === 4) return (words[this.tableWord + entry] as number) >>> 0;
    const word = this.tableWord + 2 * entry;
    return (words[word + 1] as number) * 0x1_0000_0000 + ((words[word] as number) >>> 0);
  }

  // ---------------------------------------------------------------- allocating
  /** kmalloc_slab: the cache of a size from 1 to KMALLOC_MAX_CACHE_SIZE. */
  slab(size: number, gfp: number): number {
    return this.cacheAt(kmallocType(this.k.gfp, gfp), kmallocIndex(this.index, size));
  }
  /** __kmalloc_node: `node` −1 is the local one. */
  kmalloc(size: number, gfp: number, node = -1): number {
    const { tracing, caller } = this.k.pageAlloc;
    const address = this.allocate(size, gfp, node);
    if (tracing.on && address !== ZERO_SIZE_PTR)
      tracing.event('kmalloc', callSite(tracing, caller), address, size, this.bytesFor(size, gfp), gfp, node);
    return address;
  }
  /** What an allocation of a size takes from the allocator, with what that keeps beside the object. */
  bytesFor(size: number, gfp: number): number {
    const { blocks } = this.backend;
    return blocks || size > this.maxCacheSize ? this.sizeRoundup(size) : this.caches.fields.size(this.slab(size, gfp));
  }
  private allocate(size: number, gfp: number, node: number): number {
    const { blocks } = this.backend;
    if (blocks) return this.block(size, gfp, node);
    if (size > this.maxCacheSize) return this.large(size, gfp, node);
    if (size === 0) return ZERO_SIZE_PTR;
    const cache = this.slab(size, gfp);
    const { caller } = this.k.pageAlloc;
    const object = caller.within(KMALLOC_FRAMES, () => this.objects.allocate(cache, gfp, node, size));
    if (object === 0) return 0;
    this.k.sanitizer?.allocated(cache, object, size, gfp);
    this.k.leaks?.allocated(object, this.caches.fields.objectSize(cache));
    return object;
  }
  /** kzalloc_node */
  kzalloc(size: number, gfp: number, node = -1): number {
    return this.kmalloc(size, gfp | this.k.gfp.zero, node);
  }
  /** SLOB's __do_kmalloc_node */
  private block(size: number, gfp: number, node: number): number {
    if (!this.objects.preAlloc(gfp)) return 0;
    if (size === 0) return ZERO_SIZE_PTR;
    const block = this.backend.blocks?.alloc(size, gfp, node) ?? 0;
    if (block !== 0 && gfp & this.k.gfp.zero) this.k.space.fill(block, size, 0);
    if (block !== 0) this.k.leaks?.allocated(block, size);
    return block;
  }
  /** __kmalloc_large_node: a compound page. */
  private large(size: number, gfp: number, node: number): number {
    const { pageAlloc, pageApi, gfp: masks } = this.k;
    return pageAlloc.caller.within(KMALLOC_LARGE_FRAMES, () => {
      const fixed = this.reports.fixFlags(gfp, []);
      const pfn = pageApi.allocPagesNode(node, fixed | masks.comp, getOrder(size));
      if (pfn < 0) return 0;
      this.account(pfn, false, 1 << getOrder(size));
      const address = pageApi.pageAddress(pfn);
      this.k.sanitizer?.largeAllocated(address, size);
      this.k.leaks?.allocated(address, size);
      return address;
    });
  }

  // ---------------------------------------------------------------- freeing
  /** kfree. @throws PageFaultError for an address that has no struct page */
  kfree(address: number): void {
    const { tracing, caller } = this.k.pageAlloc;
    if (tracing.on) tracing.event('kfree', callSite(tracing, caller), address);
    if (isZeroOrNull(address)) return;
    const { backend, pages } = this;
    const folio = pages.folio(address);
    this.k.leaks?.freed(address);
    if (backend.blocks) backend.blocks.free(address);
    else if (pages.isSlab(folio)) backend.free(pages.cacheOfSlab(folio), address);
    else this.freeLarge(folio, address);
  }
  /** free_large_kmalloc: also what was never kmalloc's is given to the page allocator. */
  private freeLarge(folio: number, address: number): void {
    const order = this.pages.order(folio);
    if (order === 0) this.reports.notLarge(address);
    this.account(folio, false, -(1 << order));
    this.k.sanitizer?.largeFreed(address);
    this.k.pageAlloc.freePages(folio, order);
  }

  // ---------------------------------------------------------------- sizes
  /** ksize: bytes that an allocation really has, all of which may be used from now on. */
  ksize(address: number): number {
    const bytes = this.sizeOf(address);
    if (bytes > 0) this.k.sanitizer?.accessible(address, bytes);
    return bytes;
  }
  /** __ksize */
  private sizeOf(address: number): number {
    if (isZeroOrNull(address)) return 0;
    const { backend, pages, k } = this;
    if (backend.blocks) return backend.blocks.usableSize(address);
    const folio = pages.folio(address);
    if (pages.isSlab(folio)) return backend.usableSize(pages.cacheOfSlab(folio), address);
    const bytes = PAGE_SIZE << pages.order(folio);
    if (bytes <= this.maxCacheSize || address !== k.pageApi.pageAddress(folio)) {
      this.reports.notSized();
      return 0;
    }
    return bytes;
  }
  /** kmalloc_size_roundup: bytes that a request of this size would really get. */
  sizeRoundup(size: number): number {
    if (size === 0) return 0;
    const { blocks } = this.backend;
    if (blocks) return Math.ceil(size / this.minSize) * this.minSize;
    if (size > this.maxCacheSize) return PAGE_SIZE * 2 ** getOrder(size);
    return this.caches.fields.objectSize(this.slab(size, this.k.gfp.kernel));
  }

  // ---------------------------------------------------------------- on top of both
  /** krealloc: the address of the larger allocation; 0 if there is no memory, and then the old one stays. */
  krealloc(address: number, size: number, gfp: number): number {
    if (size === 0) {
      this.kfree(address);
      return ZERO_SIZE_PTR;
    }
    const had = this.sizeOf(address);
    if (had >= size) {
      this.k.sanitizer?.resized(address, size);
      return address;
    }
    const moved = this.kmalloc(size, gfp);
    if (moved === 0 || had === 0) return moved;
    this.k.space.writeBytes(moved, this.k.space.readBytes(address, had));
    this.kfree(address);
    return moved;
  }
  /** kfree_sensitive: all of the allocation is overwritten first. */
  kfreeSensitive(address: number): void {
    const bytes = this.ksize(address);
    if (bytes > 0) this.k.space.fill(address, bytes, 0);
    this.kfree(address);
  }
}
