/** Setting up and taking down a cache (mm/slub.c, 6.1: kmem_cache_open, init_cache_random_seq, __kmem_cache_release). */
import { CMPXCHG_DOUBLE, SLAB_CACHE_DMA, SLAB_CACHE_DMA32, SLAB_RECLAIM_ACCOUNT } from '../../../profiles/slabFlags';
import { freelistRandomize } from '../slab/slab_resources';
import {
  type CacheGeometry,
  calculateSizes,
  cpuPartial,
  cpuPartialSlabs,
  minPartial,
  ooObjects,
  ooOrder,
  SLAB_DEBUG_FLAGS,
  SLAB_NO_CMPXCHG,
  type SlubMachine,
} from './slub_geometry';
import type { NewSlabs } from './slub_new_slab';
import type { SlubParts } from './slub_parts';
import { inuseOf, objectsOf, withInuse } from './slub_slab';

/** remote_node_defrag_ratio, of 1024 */
const DEFRAG_RATIO = 1000;

/** What opening a cache needs of the allocator that is being made. */
export interface OpenCaches {
  /** slab_state >= UP: there are kmalloc caches */
  isUp(): boolean;
  /** the cache of struct kmem_cache_node; 0 while that is made (slab_state DOWN) */
  nodeCache(): number;
  /** kmem_cache_alloc_node from it, and kmem_cache_free */
  allocNode(nid: number): number;
  freeNode(n: number): void;
}

export class CacheOpening {
  constructor(
    private readonly p: SlubParts,
    private readonly machine: SlubMachine,
    private readonly newSlabs: NewSlabs,
    private readonly open: OpenCaches,
    /** CONFIG_SLAB_FREELIST_RANDOM */
    private readonly freelistRandom: boolean,
  ) {}

  /** kmem_cache_open, of a zeroed struct whose common fields are filled: whether there was memory for it, and objects fit */
  openCache(cache: number, flags: number): boolean {
    const { caches, ports, m, at } = this.p;
    // kmem_cache_flags: what slub_debug adds
    const all = ports.debug?.cacheFlags(caches.objectSize(cache), flags, ports.cacheName(cache)) ?? flags;
    m.setIntAt(cache + at.cache.flags, all);
    const random = m.word(cache + at.cache.random);
    m.mem.set(random, ports.random.u32());
    if (m.wide) m.mem.set(random + 1, ports.random.u32());
    const geometry = calculateSizes(this.machine, {
      objectSize: caches.objectSize(cache),
      align: caches.align(cache),
      flags: all,
      ctor: caches.ctor(cache) !== 0,
    });
    if (!geometry) return false;
    this.setGeometry(cache, geometry);
    if (this.open.isUp()) this.initRandomSeq(cache);
    if (this.initNodes(cache) && this.allocCpus(cache)) return true;
    this.release(cache);
    return false;
  }
  private setGeometry(cache: number, g: CacheGeometry): void {
    const { m, at, gfp, masks } = this.p;
    const set = (offset: number, value: number) => m.setIntAt(cache + offset, value);
    const flags = g.flags | (g.flags & SLAB_NO_CMPXCHG ? 0 : CMPXCHG_DOUBLE);
    set(at.cache.flags, flags);
    set(at.cache.size, g.size);
    const reciprocal = reciprocalValue(g.size);
    set(at.cache.reciprocalSize, reciprocal.m);
    set(at.cache.reciprocalSize + 4, reciprocal.shifts);
    set(at.cache.offset, g.offset);
    set(at.cache.inuse, g.inuse);
    set(at.cache.redLeftPad, g.redLeftPad);
    set(at.cache.oo, g.oo);
    set(at.cache.min, g.min);
    set(
      at.cache.allocflags,
      (ooOrder(g.oo) > 0 ? gfp.comp : 0) |
        (flags & SLAB_CACHE_DMA ? masks.dma : 0) |
        (flags & SLAB_CACHE_DMA32 ? masks.dma32 : 0) |
        (flags & SLAB_RECLAIM_ACCOUNT ? masks.reclaimable : 0),
    );
    m.setPointerAt(cache + at.cache.minPartial, minPartial(g.size));
    const objects = cpuPartial(g.size, (flags & SLAB_DEBUG_FLAGS) !== 0);
    set(at.cache.cpuPartial, objects);
    set(at.cache.cpuPartialSlabs, cpuPartialSlabs(objects, ooObjects(g.oo)));
    if (at.cache.remoteNodeDefragRatio >= 0) set(at.cache.remoteNodeDefragRatio, DEFRAG_RATIO);
  }
  /** init_cache_random_seq: the places of a slab's objects in random order; without memory for it, caches do with the order of addresses */
  initRandomSeq(cache: number): void {
    const { caches, ports, m, gfp } = this.p;
    const count = ooObjects(caches.oo(cache));
    if (!this.freelistRandom || caches.randomSeq(cache) !== 0 || count < 2) return;
    const sequence = ports.heap.kzalloc(count * 4, gfp.kernel);
    if (sequence === 0) return;
    const order = freelistRandomize(ports.random, count);
    const size = caches.size(cache);
    order.forEach((index, i) => {
      m.setIntAt(sequence + i * 4, index * size);
    });
    caches.setRandomSeq(cache, sequence);
  }
  /** init_kmem_cache_nodes */
  private initNodes(cache: number): boolean {
    const { caches, nodes, nodeIds } = this.p;
    const early = this.open.nodeCache() === 0;
    for (const nid of nodeIds) {
      const n = early ? this.earlyNode(cache, nid) : this.open.allocNode(nid);
      if (n === 0) return false;
      if (early) continue;
      nodes.init(n);
      caches.setNode(cache, nid, n);
    }
    return true;
  }
  /** early_kmem_cache_node_alloc: the cache of nodes has its own first objects as its nodes. */
  private earlyNode(cache: number, nid: number): number {
    const { caches, nodes, slabs, pointers, masks } = this.p;
    const slab = this.newSlabs.newSlab(cache, masks.nowait, nid);
    if (slab < 0) return 0;
    const n = slabs.freelist(slab);
    slabs.setFreelist(slab, pointers.get(cache, n));
    const counters = slabs.counters(slab);
    slabs.setCounters(slab, withInuse(counters, inuseOf(counters) + 1));
    this.p.ports.sanitizer?.allocated(cache, n, caches.objectSize(cache), masks.nowait);
    caches.setNode(cache, nid, n);
    nodes.init(n);
    nodes.countSlabs(n, 1, objectsOf(counters));
    nodes.addPartial(n, slab, false);
    return n;
  }
  /** alloc_kmem_cache_cpus */
  private allocCpus(cache: number): boolean {
    const { caches, cpus, ports, at, m, cpuCount } = this.p;
    const address = ports.percpu.alloc(at.cpu.bytes, 2 * m.wordSize);
    if (address === 0) return false;
    caches.setCpuSlab(cache, address);
    for (let cpu = 0; cpu < cpuCount; cpu++) cpus.initTid(caches.cpu(cache, cpu), cpu);
    return true;
  }
  /** __kmem_cache_release */
  release(cache: number): void {
    const { caches, ports, nodeIds } = this.p;
    const sequence = caches.randomSeq(cache);
    if (sequence !== 0) ports.heap.kfree(sequence);
    caches.setRandomSeq(cache, 0);
    const address = caches.cpuSlab(cache);
    if (address !== 0) ports.percpu.free(address);
    for (const nid of nodeIds) {
      const n = caches.node(cache, nid);
      if (n === 0) continue;
      caches.setNode(cache, nid, 0);
      this.open.freeNode(n);
    }
  }
}

/** reciprocal_value (lib/math/reciprocal_div.c): what replaces a division by `d`; the two shifts as they lie in memory */
function reciprocalValue(d: number): { m: number; shifts: number } {
  const bits = d > 1 ? 32 - Math.clz32(d - 1) : 0;
  const m = (2n ** 32n * (2n ** BigInt(bits) - BigInt(d))) / BigInt(d) + 1n;
  return { m: Number(BigInt.asIntN(32, m)), shifts: Math.min(bits, 1) | (Math.max(bits - 1, 0) << 8) };
}
