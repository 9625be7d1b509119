/**
 * SLUB (mm/slub.c, 6.1): the fast paths, and what slab_common asks of it. A slab is the pfn of its first page; the rest of the algorithm is
 * in the files beside this one.
 */
import { NUMA_NO_NODE } from '../../../profiles/commonConstants';
import {
  SLAB_HWCACHE_ALIGN,
  SLAB_KASAN,
  SLAB_POISON,
  SLAB_RED_ZONE,
  SLAB_STORE_USER,
  SLAB_TYPESAFE_BY_RCU,
} from '../../../profiles/slabFlags';
import type { BootCaches, BootstrappedCaches, Fresh, SlabBackend, SlabInfo } from '../slab/slab_backend';
import { SlowAlloc, type SlubRequest } from './slub_alloc';
import { CpuSlabs } from './slub_cpu';
import { DebugSlabs } from './slub_debug_slabs';
import type { FastPaths } from './slub_fast';
import { Freeing } from './slub_free';
import { ooObjects, ooOrder, type SlubMachine } from './slub_geometry';
import { NewSlabs } from './slub_new_slab';
import { CacheOpening } from './slub_open';
import type { SlubParts } from './slub_parts';
import { Shrinking } from './slub_shrink';
import { SlubViews } from './slub_view';

/** enum slab_state, as far as SLUB goes through it */
const DOWN = 0;
const PARTIAL = 1;
const UP = 3;

/** Addresses of SLUB's static variables. */
export interface SlubStatics {
  /** slab_state */
  readonly slabState: number;
  /** kmem_cache and kmem_cache_node, pointers to the caches of these structures */
  readonly kmemCache: number;
  readonly kmemCacheNode: number;
  /** boot_kmem_cache and boot_kmem_cache_node, the structures that these point to at first */
  readonly bootKmemCache: number;
  readonly bootKmemCacheNode: number;
}

export class Slub implements SlabBackend {
  readonly name = 'slub';
  readonly views: SlubViews;
  private readonly newSlabs: NewSlabs;
  private readonly cpuSlabs: CpuSlabs;
  private readonly slow: SlowAlloc;
  private readonly freeing: Freeing;
  private readonly shrinking: Shrinking;
  private readonly opening: CacheOpening;

  constructor(
    /** also for those who load a recorded state */
    readonly parts: SlubParts,
    machine: SlubMachine,
    private readonly statics: SlubStatics,
    /** undefined with PREEMPT_RT */
    private readonly fast: FastPaths | undefined,
    freelistRandom: boolean,
    private readonly einval: number,
  ) {
    const p = parts;
    const newSlabs = new NewSlabs(p);
    const cpuSlabs = new CpuSlabs(p, newSlabs);
    const debug = new DebugSlabs(p, newSlabs);
    this.views = new SlubViews(p);
    this.newSlabs = newSlabs;
    this.cpuSlabs = cpuSlabs;
    this.slow = new SlowAlloc(p, cpuSlabs, newSlabs, debug);
    this.freeing = new Freeing(p, cpuSlabs, newSlabs, debug);
    this.shrinking = new Shrinking(p, cpuSlabs, newSlabs);
    const nodeCache = () => p.m.pointerAt(statics.kmemCacheNode);
    const open = {
      isUp: () => p.m.intAt(statics.slabState) >= UP,
      nodeCache: () => (p.m.intAt(statics.slabState) < PARTIAL ? 0 : nodeCache()),
      allocNode: (nid: number) => this.allocOwn(nodeCache(), p.gfp.kernel, nid),
      freeNode: (n: number) => this.free(nodeCache(), n),
    };
    this.opening = new CacheOpening(p, machine, newSlabs, open, freelistRandom);
  }

  // ---------------------------------------------------------------- caches
  cacheFlags(size: number, flags: number, name: string): number {
    return this.parts.ports.debug?.cacheFlags(size, flags, name) ?? flags;
  }
  create(cache: number, flags: number): number {
    return this.opening.openCache(cache, flags) ? 0 : -this.einval;
  }
  /** `order`: in which the CPUs give up what they have, where it is known */
  shrink(cache: number, order?: readonly number[]): number {
    return this.shrinking.shrink(cache, order) ? 1 : 0;
  }
  shutdown(cache: number): boolean {
    return this.shrinking.shutdown(cache);
  }
  release(cache: number): void {
    this.opening.release(cache);
  }
  /** slab_ksize */
  usableSize(cache: number): number {
    const { caches } = this.parts;
    const flags = caches.flags(cache);
    if (flags & (SLAB_RED_ZONE | SLAB_POISON | SLAB_KASAN)) return caches.objectSize(cache);
    return flags & (SLAB_STORE_USER | SLAB_TYPESAFE_BY_RCU) ? caches.inuse(cache) : caches.size(cache);
  }
  /** get_slabinfo */
  info(cache: number): SlabInfo {
    const { caches, nodes, nodeIds } = this.parts;
    let slabs = 0;
    let objects = 0;
    let free = 0;
    for (const nid of nodeIds) {
      const n = caches.node(cache, nid);
      if (n === 0) continue;
      slabs += nodes.nrSlabs(n);
      objects += nodes.totalObjects(n);
      free += this.newSlabs.countFree(n);
    }
    const oo = caches.oo(cache);
    return {
      activeObjs: objects - free,
      numObjs: objects,
      activeSlabs: slabs,
      numSlabs: slabs,
      sharedAvail: 0,
      limit: 0,
      batchcount: 0,
      shared: 0,
      objectsPerSlab: ooObjects(oo),
      cacheOrder: ooOrder(oo),
    };
  }

  // ---------------------------------------------------------------- boot
  bootstrap(boot: BootCaches): BootstrappedCaches {
    const { m, at, nodeIds } = this.parts;
    const { statics } = this;
    m.setIntAt(statics.slabState, DOWN);
    for (const cache of [statics.bootKmemCache, statics.bootKmemCacheNode]) m.clear(cache, at.cache.node);
    m.setPointerAt(statics.kmemCache, statics.bootKmemCache);
    m.setPointerAt(statics.kmemCacheNode, statics.bootKmemCacheNode);
    boot.createBootCache(statics.bootKmemCacheNode, 'kmem_cache_node', at.node.bytes, SLAB_HWCACHE_ALIGN);
    m.setIntAt(statics.slabState, PARTIAL);
    const pointers = (Math.max(...nodeIds) + 1) * m.wordSize;
    boot.createBootCache(statics.bootKmemCache, 'kmem_cache', at.cache.node + pointers, SLAB_HWCACHE_ALIGN);
    const kmemCache = this.bootstrapCache(statics.bootKmemCache);
    m.setPointerAt(statics.kmemCache, kmemCache);
    const nodeCache = this.bootstrapCache(statics.bootKmemCacheNode);
    m.setPointerAt(statics.kmemCacheNode, nodeCache);
    return { kmemCache, caches: [kmemCache, nodeCache] };
  }
  /** kmem_cache_alloc_node from one of SLUB's own caches */
  private allocOwn(cache: number, gfp: number, node: number): number {
    const size = this.parts.caches.objectSize(cache);
    const object = this.alloc(cache, gfp, node, size);
    if (object !== 0) this.parts.ports.sanitizer?.allocated(cache, object, size, gfp);
    return object;
  }
  /** bootstrap: a cache that lies in static memory moves to an object of kmem_cache. */
  private bootstrapCache(from: number): number {
    const { m, caches, slabs, nodes, nodeIds, masks } = this.parts;
    const kmemCache = m.pointerAt(this.statics.kmemCache);
    const size = caches.objectSize(kmemCache);
    const cache = this.allocOwn(kmemCache, masks.nowait, NUMA_NO_NODE);
    m.copy(cache, from, size);
    this.cpuSlabs.flush(cache, this.cpuSlabs.here(cache));
    for (const nid of nodeIds) {
      const n = caches.node(cache, nid);
      for (const slab of [...nodes.partials(n), ...nodes.fulls(n)]) slabs.setCache(slab, cache);
    }
    return cache;
  }
  finishBoot(caches: readonly number[]): void {
    this.parts.m.setIntAt(this.statics.slabState, UP);
    for (const cache of caches) this.opening.initRandomSeq(cache);
  }

  // ---------------------------------------------------------------- allocation
  /** slab_alloc_node without the hooks before and after it */
  alloc(cache: number, gfp: number, node: number, originalSize: number, fresh?: Fresh): number {
    if (node === NUMA_NO_NODE && this.fast) {
      const object = this.fast.alloc(cache);
      if (object !== 0) return object;
    }
    return this.allocOnCpu({ cache, gfp, node, originalSize, fresh });
  }
  /** The same in full: with a node that is asked for, and whatever the freelist holds. */
  private allocOnCpu(request: SlubRequest): number {
    const { cpus, pointers } = this.parts;
    const { cache, node } = request;
    const c = this.cpuSlabs.here(cache);
    const object = cpus.freelist(c);
    const slab = cpus.slab(c);
    if (object === 0 || slab === 0 || (node !== NUMA_NO_NODE && this.isElsewhere(slab, node)))
      return this.slow.alloc(request, c);
    pointers.read(cache, object);
    cpus.setFreelistWords(c, pointers.lo, pointers.hi);
    cpus.nextTid(c);
    return object;
  }
  allocFrom(slab: number, _where: number, cache: number, gfp: number, node: number, fresh: Fresh): number {
    const originalSize = this.parts.caches.objectSize(cache);
    return this.slow.allocFrom(slab, { cache, gfp, node, originalSize, fresh }, this.cpuSlabs.here(cache));
  }
  /** The objects of a new slab are linked in the order in which they are set up. */
  nextFresh(cache: number, object: number): number {
    return this.parts.pointers.get(cache, object);
  }
  private isElsewhere(slab: number, node: number): boolean {
    const { slabs } = this.parts;
    return slabs.nid(slabs.ofPointer(slab)) !== node;
  }
  allocBulk(cache: number, gfp: number, count: number): readonly number[] {
    const { caches, cpus, pointers } = this.parts;
    const c = this.cpuSlabs.here(cache);
    const originalSize = caches.objectSize(cache);
    const objects: number[] = [];
    while (objects.length < count) {
      let object = cpus.freelist(c);
      if (object === 0) {
        cpus.nextTid(c);
        object = this.slow.alloc({ cache, gfp, node: NUMA_NO_NODE, originalSize, fresh: undefined }, c);
        if (object === 0) {
          this.freeBulk(cache, objects);
          return [];
        }
      } else {
        pointers.read(cache, object);
        cpus.setFreelistWords(c, pointers.lo, pointers.hi);
      }
      objects.push(object);
    }
    cpus.nextTid(c);
    return objects;
  }

  // ---------------------------------------------------------------- freeing
  free(cache: number, object: number): void {
    const { sanitizer, lookAtFree } = this.parts.ports;
    if (sanitizer?.freed(cache, object)) return;
    lookAtFree?.(cache, this.slabOf(object), object);
    this.freeKept(cache, object);
  }
  freeKept(cache: number, object: number): void {
    if (!this.fast?.free(cache, object)) this.freeing.free(cache, this.slabOf(object), object, object, 1);
  }
  freeBulk(cache: number, objects: readonly number[]): void {
    this.freeing.freeBulk(cache, objects, (object) => this.slabOf(object));
  }
  /** virt_to_slab, of an object of a slab */
  slabOf(object: number): number {
    const { slabs } = this.parts;
    return slabs.pages.head(slabs.pfnOf(object));
  }
  /** rcu_free_slab: the grace period is over for the slab with this rcu_head. */
  rcuFreeSlab(head: number): void {
    this.newSlabs.rcuFreeSlab(head);
  }
}
