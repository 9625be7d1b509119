/**
 * The slab allocator of a machine as everybody else calls it: objects of caches, with what surrounds an allocation (mm/slab.h:
 * slab_pre_alloc_hook, slab_post_alloc_hook, cache_from_obj; mm/slub.c: kmem_cache_alloc, kmem_cache_free, 6.1). kmalloc is in kmalloc.ts,
 * creating caches in slab_common.ts; what SLUB, SLAB and SLOB do differently is the backend's. Addresses are virtual; 0 is NULL.
 */
import {
  SLAB_CONSISTENCY_CHECKS,
  SLAB_NOLEAKTRACE,
  SLAB_POISON,
  SLAB_TYPESAFE_BY_RCU,
} from '../../../profiles/slabFlags';
import { FAULT_WORDS, FaultInjection } from '../../lib/fault_inject';
import type { KernelRcu } from '../../lib/kernel_rcu';
import { callSite } from '../../printk/tracing';
import { SLAB_HOOK } from '../allocation_frames';
import type { LeakTracker } from '../checks/kmemleak';
import { kstrdup } from '../util';
import { Kmalloc } from './kmalloc';
import type { CacheFields } from './kmem_cache';
import { type Fresh, type SlabBackend, type SlabHost, WHOLE_OBJECT } from './slab_backend';
import { type CacheRequest, SLAB_FULL, SLAB_UP, SlabCaches } from './slab_common';
import type { SlabKernel } from './slab_kernel';
import { SlabPages } from './slab_pages';
import { SlabReports } from './slab_reports';

export class Slab implements SlabHost {
  readonly backend: SlabBackend;
  readonly caches: SlabCaches;
  readonly kmallocs: Kmalloc;
  readonly fields: CacheFields;
  private readonly pages: SlabPages;
  private readonly reports: SlabReports;
  private readonly initOnAlloc: boolean;
  /** allocations that are made to fail */
  private readonly failslab: FaultInjection;

  constructor(
    private readonly k: SlabKernel,
    rcu: KernelRcu,
    makeBackend: (host: SlabHost) => SlabBackend,
  ) {
    this.reports = new SlabReports(k);
    this.backend = makeBackend(this);
    this.caches = new SlabCaches(k, this.backend, this, rcu);
    this.fields = this.caches.fields;
    this.pages = new SlabPages(k);
    this.kmallocs = new Kmalloc(k, this.backend, this.caches, this.pages, this.reports, this);
    this.initOnAlloc = k.config.config.INIT_ON_ALLOC_DEFAULT_ON === true;
    const failslab = k.symbols.define('failslab', k.layouts.parseType(`int[${FAULT_WORDS}]`));
    this.failslab = new FaultInjection(k.mem, k.mem.word(k.direct.pa(failslab)));
  }

  /** kmem_cache_init: once, at the end of boot. From here on kmalloc works. */
  init(): void {
    const { caches } = this;
    const first = caches.bootstrap();
    // the caches that were there before any hook: what they hold is not lost
    for (const cache of caches.newestFirst()) this.k.leaks?.allocated(cache, this.k.layouts.size('kmem_cache'));
    this.kmallocs.createCaches(first);
    caches.setState(SLAB_UP);
  }
  /** kmem_cache_init_late: once, when the rest of the memory manager works. */
  initLate(): void {
    this.backend.finishBoot([...this.caches.newestFirst()]);
    this.caches.setState(SLAB_FULL);
  }

  // ---------------------------------------------------------------- allocating
  /** slab_pre_alloc_hook: the checks of the caller's context; false if the allocation is made to fail. */
  preAlloc(gfp: number): boolean {
    const { pageAlloc, log } = this.k;
    pageAlloc.caller.mightAlloc(gfp, SLAB_HOOK);
    if (gfp & this.k.gfp.nofail || !this.failslab.shouldFail()) return true;
    if (!(gfp & this.k.gfp.nowarn)) log.print('FAULT_INJECTION: forcing a failure of a slab allocation');
    return false;
  }
  /** sim_fail_next: `count` allocations fail after `skip`, as failslab makes them. */
  failNext(count: number, skip: number): void {
    this.failslab.arm(count, skip);
  }
  /** slab_alloc_node: an object of a cache, cleared where the mask or the configuration asks for it. */
  allocate(cache: number, gfp: number, node: number, originalSize: number): number {
    if (!this.preAlloc(gfp)) return 0;
    const object = this.backend.alloc(cache, gfp, node, originalSize);
    if (object !== 0) this.initialise(cache, object, gfp);
    return object;
  }
  /** Clears an object, where the mask or the configuration asks for it. */
  initialise(cache: number, object: number, gfp: number): void {
    if (!this.wantsInit(cache, gfp)) return;
    const { mem, direct, space } = this.k;
    const phys = direct.pa(object);
    // an object that a damaged list has led to may lie anywhere
    if (phys >= 0) mem.fill(phys, this.fields.objectSize(cache), 0);
    else space.fill(object, this.fields.objectSize(cache), 0);
  }
  /** slab_want_init_on_alloc; SLOB looks at the mask alone. */
  private wantsInit(cache: number, gfp: number): boolean {
    const zero = (gfp & this.k.gfp.zero) !== 0;
    if (!this.initOnAlloc || this.backend.name === 'slob') return zero;
    if (this.fields.hasCtor(cache)) return false;
    return zero || (this.fields.flags(cache) & (SLAB_TYPESAFE_BY_RCU | SLAB_POISON)) === 0;
  }
  /** kmem_cache_alloc_node; 0 also where `fresh` is pending then. */
  cacheAlloc(cache: number, gfp: number, node = -1, fresh?: Fresh): number {
    const object = this.preAlloc(gfp) ? this.backend.alloc(cache, gfp, node, WHOLE_OBJECT, fresh) : 0;
    return fresh?.isPending ? 0 : this.handedOut(cache, object, gfp, node);
  }
  /** `cacheAlloc`, continued with a slab that has been made for it, whose objects are constructed. */
  cacheAllocFrom(slab: number, where: number, cache: number, gfp: number, node: number, fresh: Fresh): number {
    const object = this.backend.allocFrom(slab, where, cache, gfp, node, fresh);
    return fresh.isPending ? 0 : this.handedOut(cache, object, gfp, node);
  }
  /** slab_post_alloc_hook */
  private handedOut(cache: number, object: number, gfp: number, node: number): number {
    if (object !== 0) this.initialise(cache, object, gfp);
    const { sanitizer, leaks } = this.k;
    if (object !== 0 && sanitizer) sanitizer.allocated(cache, object, this.fields.objectSize(cache), gfp);
    if (object !== 0 && leaks) this.track(leaks, cache, object);
    if (this.k.pageAlloc.tracing.on) this.traceAlloc(cache, object, gfp, node);
    return object;
  }
  /** kmemleak_alloc_recursive */
  private track(leaks: LeakTracker, cache: number, object: number): void {
    if ((this.fields.flags(cache) & SLAB_NOLEAKTRACE) === 0) leaks.allocated(object, this.fields.objectSize(cache));
  }
  private traceAlloc(cache: number, object: number, gfp: number, node: number): void {
    const { fields } = this;
    const { tracing, caller } = this.k.pageAlloc;
    const sizes = [fields.objectSize(cache), fields.size(cache)] as const;
    tracing.event('kmem_cache_alloc', callSite(tracing, caller), object, fields.name(cache), ...sizes, gfp, node);
  }
  /** kmem_cache_zalloc */
  cacheZalloc(cache: number, gfp: number): number {
    return this.cacheAlloc(cache, gfp | this.k.gfp.zero);
  }
  /** kmem_cache_alloc_bulk from a cache without a constructor. */
  cacheAllocBulk(cache: number, gfp: number, count: number): readonly number[] {
    if (!this.preAlloc(gfp)) return [];
    const objects = this.backend.allocBulk(cache, gfp, count);
    const { tracing } = this.k.pageAlloc;
    for (const object of objects) {
      this.initialise(cache, object, gfp);
      this.k.sanitizer?.allocated(cache, object, this.fields.objectSize(cache), gfp);
      if (this.k.leaks) this.track(this.k.leaks, cache, object);
      // ftrace has no event for these: kmem shows them as it shows the others
      if (tracing.on) this.traceAlloc(cache, object, gfp, -1);
    }
    return objects;
  }
  kmalloc(size: number, gfp: number, node = -1): number {
    return this.kmallocs.kmalloc(size, gfp, node);
  }
  kzalloc(size: number, gfp: number, node = -1): number {
    return this.kmallocs.kmalloc(size, gfp | this.k.gfp.zero, node);
  }
  kstrdup(text: number, gfp: number): number {
    return kstrdup({ space: this.k.space, kmalloc: (size, mask) => this.kmalloc(size, mask) }, text, gfp);
  }
  kmallocSlab(size: number): number {
    return this.kmallocs.slab(size, 0);
  }
  allCaches(): Iterable<number> {
    return this.caches.newestFirst();
  }
  fixFlags(gfp: number, functions: readonly string[]): number {
    return this.reports.fixFlags(gfp, functions);
  }

  // ---------------------------------------------------------------- freeing
  /** kmem_cache_free: an object goes back to the cache that it is really of. @throws PageFaultError for an address without a struct page */
  cacheFree(cache: number, object: number): void {
    const owner = this.cacheFromObject(cache, object);
    if (owner === 0) return;
    const { tracing, caller } = this.k.pageAlloc;
    if (tracing.on) tracing.event('kmem_cache_free', callSite(tracing, caller), object, this.fields.name(owner));
    this.k.leaks?.freed(object);
    this.backend.free(owner, object);
  }
  /** cache_from_obj: 0 for what is not an object of any cache. SLOB frees by the cache that it is told. */
  private cacheFromObject(cache: number, object: number): number {
    const { backend, fields, pages, reports } = this;
    const checks = backend.name !== 'slob' || (fields.flags(cache) & SLAB_CONSISTENCY_CHECKS) !== 0;
    if (!checks) return cache;
    const owner = pages.cacheOf(object);
    if (owner === 0) reports.notSlabPage();
    else if (owner !== cache) reports.wrongCache(fields.name(cache), fields.name(owner));
    return owner;
  }
  /** kmem_cache_free_bulk */
  cacheFreeBulk(cache: number, objects: readonly number[]): void {
    const { tracing, caller } = this.k.pageAlloc;
    if (tracing.on)
      for (const object of objects)
        tracing.event('kmem_cache_free', callSite(tracing, caller), object, this.fields.name(cache));
    for (const object of objects) this.k.leaks?.freed(object);
    this.backend.freeBulk(cache, objects);
  }
  kfree(address: number): void {
    this.kmallocs.kfree(address);
  }

  // ---------------------------------------------------------------- pools
  /** kasan_slab_free_mempool: an allocation goes into the reserve of a pool. */
  toPool(address: number): void {
    // SLOB's objects are unknown to KASAN
    if (this.backend.name !== 'slob') this.k.sanitizer?.freedToPool(address);
  }
  /** kasan_unpoison_range: it comes out. */
  fromPool(address: number): void {
    this.kmallocs.ksize(address);
  }

  // ---------------------------------------------------------------- constructors
  /** The constructor is about to run on an object of a new slab. */
  constructing(cache: number, object: number): void {
    this.k.sanitizer?.constructing(cache, object);
  }
  /** It has returned. */
  constructed(cache: number, object: number): void {
    this.k.sanitizer?.constructed(cache, object);
  }

  // ---------------------------------------------------------------- caches
  /** kmem_cache_shrink */
  shrink(cache: number): number {
    this.k.sanitizer?.cacheShrinks(cache);
    return this.backend.shrink(cache);
  }
  /** A cache for the kernel's own use, made before the run: `name` is in its read-only data. */
  createCache(name: string, size: number, align: number, flags: number): number {
    const request = { name: this.caches.constName(name), size, align, flags, useroffset: 0, usersize: 0, ctor: 0 };
    return this.caches.create(request, true);
  }
  create(request: CacheRequest): number {
    return this.caches.create(request);
  }
  /** kmem_cache_size */
  cacheSize(cache: number): number {
    return this.fields.objectSize(cache);
  }
  /** All caches, the newest first; none on a machine that has only its pages. */
  all(): readonly number[] {
    return this.caches.isUp ? [...this.caches.newestFirst()] : [];
  }
}
