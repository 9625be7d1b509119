/** Allocation where the CPU's freelist does not serve (mm/slub.c, 6.1: ___slab_alloc, get_partial, get_freelist). */
import { NUMA_NO_NODE } from '../../../profiles/commonConstants';
import { SLAB_STORE_USER } from '../../../profiles/slabFlags';
import type { Fresh } from '../slab/slab_backend';
import type { CpuSlabs } from './slub_cpu';
import type { DebugSlabs } from './slub_debug_slabs';
import type { NewSlabs } from './slub_new_slab';
import type { SlubParts } from './slub_parts';
import { countersOf, FROZEN, MAX_SLABS, noEnd, objectsOf, withInuse } from './slub_slab';

/** One request, on its way through the slow path. */
export interface SlubRequest {
  readonly cache: number;
  readonly gfp: number;
  /** NUMA_NO_NODE: any, this CPU's first */
  node: number;
  /** bytes that kmalloc was asked for */
  readonly originalSize: number;
  readonly fresh: Fresh | undefined;
}
/** A slab, and the first of its free objects. */
interface Taken {
  readonly slab: number;
  readonly object: number;
}

export class SlowAlloc {
  constructor(
    private readonly p: SlubParts,
    private readonly cpuSlabs: CpuSlabs,
    private readonly newSlabs: NewSlabs,
    private readonly debug: DebugSlabs,
  ) {}

  /** ___slab_alloc, on a CPU's struct kmem_cache_cpu; the object, or 0 */
  alloc(r: SlubRequest, c: number): number {
    const { cpus, slabs } = this.p;
    const pointer = cpus.slab(c);
    // a node without memory is as good as none
    if (r.node !== NUMA_NO_NODE && !this.p.nodeIds.includes(r.node)) r.node = NUMA_NO_NODE;
    if (pointer !== 0) {
      const object = this.fromCpuSlab(r, c, slabs.ofPointer(pointer));
      if (object !== 0) return object;
    }
    for (let left = MAX_SLABS; ; left--) {
      const partial = cpus.partial(c);
      if (partial === 0) break;
      if (left === 0) throw noEnd('partial slabs');
      const slab = slabs.ofPointer(partial);
      const next = slabs.next(slab);
      cpus.setSlab(c, partial);
      cpus.setPartial(c, next < 0 ? 0 : slabs.pointer(next));
      const object = this.fromCpuSlab(r, c, slab);
      if (object !== 0) return object;
    }
    return this.newObjects(r, c);
  }
  /** From the slab that the CPU has; 0 if it cannot serve, and is not the CPU's any more. */
  private fromCpuSlab(r: SlubRequest, c: number, slab: number): number {
    const { cpus } = this.p;
    if (!this.nodeMatch(slab, r.node) || !this.pfmemallocMatch(slab, r.gfp)) {
      const freelist = cpus.freelist(c);
      cpus.setSlab(c, 0);
      cpus.setFreelist(c, 0);
      cpus.nextTid(c);
      this.cpuSlabs.deactivate(r.cache, slab, freelist);
      return 0;
    }
    const freelist = cpus.freelist(c) || this.getFreelist(slab);
    if (freelist !== 0) return this.load(r.cache, c, freelist);
    cpus.setSlab(c, 0);
    cpus.nextTid(c);
    return 0;
  }
  /** The first object is handed out, the others become the CPU's. */
  private load(cache: number, c: number, freelist: number): number {
    const { cpus, pointers } = this.p;
    pointers.read(cache, freelist);
    cpus.setFreelistWords(c, pointers.lo, pointers.hi);
    cpus.nextTid(c);
    return freelist;
  }
  /** get_freelist: what other CPUs have freed of this CPU's slab. Without any, the slab is full and leaves. */
  private getFreelist(slab: number): number {
    const { slabs } = this.p;
    const freelist = slabs.freelist(slab);
    const objects = objectsOf(slabs.counters(slab));
    slabs.setFreelist(slab, 0);
    slabs.setCounters(slab, countersOf(objects, objects, freelist !== 0));
    return freelist;
  }
  private nodeMatch(slab: number, node: number): boolean {
    return node === NUMA_NO_NODE || this.p.slabs.nid(slab) === node;
  }
  private pfmemallocMatch(slab: number, gfp: number): boolean {
    return !this.p.slabs.isPfmemalloc(slab) || this.p.ports.pfmemallocAllowed(gfp);
  }

  /** A partial slab of a node, or a new one. */
  private newObjects(r: SlubRequest, c: number): number {
    const { slabs } = this.p;
    for (;;) {
      const partial = this.getPartial(r);
      if (partial === undefined) {
        const slab = this.newSlabs.newSlab(r.cache, r.gfp, r.node);
        if (slab < 0) {
          this.newSlabs.outOfMemory(r.cache, r.gfp, r.node);
          return 0;
        }
        if (r.fresh?.stopAt(slab, slabs.freelist(slab))) return 0;
        const object = this.handOut(r, c, this.take(r, slab));
        if (object !== 0) return object;
      } else {
        const object = this.handOut(r, c, partial);
        if (object !== 0) return object;
      }
    }
  }
  /** The same, from where its new slab has been made on. */
  allocFrom(slab: number, r: SlubRequest, c: number): number {
    return this.handOut(r, c, this.take(r, slab)) || this.alloc(r, c);
  }
  /** An object, whose slab becomes the CPU's; 0 if a cache with checks has found it overwritten. */
  private handOut(r: SlubRequest, c: number, { slab, object }: Taken): number {
    const { caches, cpus, slabs, pointers, ports } = this.p;
    if (caches.isDebug(r.cache)) {
      if (object !== 0 && caches.flags(r.cache) & SLAB_STORE_USER) ports.debug?.trackAlloc(r.cache, object);
      return object;
    }
    if (!this.pfmemallocMatch(slab, r.gfp)) {
      this.cpuSlabs.deactivate(r.cache, slab, pointers.get(r.cache, object));
      return object;
    }
    // what an interrupt has made the CPU's while a constructor ran
    if (cpus.slab(c) !== 0) this.cpuSlabs.flushSlab(r.cache, c);
    cpus.setSlab(c, slabs.pointer(slab));
    return this.load(r.cache, c, object);
  }
  /** All of a new slab; of a cache with checks one object. */
  private take(r: SlubRequest, slab: number): Taken {
    const { caches, slabs, nodes } = this.p;
    if (caches.isDebug(r.cache)) return { slab, object: this.debug.allocFromNew(r.cache, slab, r.originalSize) };
    const object = slabs.freelist(slab);
    const objects = objectsOf(slabs.counters(slab));
    slabs.setFreelist(slab, 0);
    slabs.setCounters(slab, countersOf(objects, objects, true));
    nodes.countSlabs(caches.node(r.cache, slabs.nid(slab)), 1, objects);
    return { slab, object };
  }

  // ---------------------------------------------------------------- partial slabs of nodes
  /** get_partial */
  private getPartial(r: SlubRequest): Taken | undefined {
    const { caches, ports } = this.p;
    const node = r.node === NUMA_NO_NODE ? this.p.nodeOfCpu(ports.cpu()) : r.node;
    const taken = this.getPartialNode(r, caches.node(r.cache, node));
    return taken || r.node !== NUMA_NO_NODE ? taken : this.getAnyPartial(r, node);
  }
  /** get_partial_node: the node's first partial slab; more of them become this CPU's partial slabs */
  private getPartialNode(r: SlubRequest, n: number): Taken | undefined {
    const { caches, nodes } = this.p;
    if (n === 0 || nodes.nrPartial(n) === 0) return undefined;
    const debug = caches.isDebug(r.cache);
    let taken: Taken | undefined;
    let moved = 0;
    let left = MAX_SLABS;
    for (let slab = nodes.firstPartial(n); slab >= 0; ) {
      if (--left < 0) throw noEnd('partial slabs');
      const next = nodes.nextPartial(n, slab);
      if (this.pfmemallocMatch(slab, r.gfp)) {
        if (debug) {
          const object = this.debug.allocFromPartial(r.cache, n, slab, r.originalSize);
          if (object !== 0) return { slab, object };
        } else if (taken === undefined) taken = { slab, object: this.acquire(n, slab) };
        else {
          this.freeze(n, slab);
          this.cpuSlabs.putCpuPartial(r.cache, slab, false);
          moved++;
        }
        if (!debug && moved > caches.cpuPartialSlabs(r.cache) >>> 1) break;
      }
      slab = next;
    }
    return taken;
  }
  /** acquire_slab with its objects: they are all taken */
  private acquire(n: number, slab: number): number {
    const { slabs, nodes } = this.p;
    const object = slabs.freelist(slab);
    slabs.setFreelist(slab, 0);
    const counters = slabs.counters(slab);
    slabs.setCounters(slab, withInuse(counters, objectsOf(counters)) | FROZEN);
    nodes.removePartial(n, slab);
    return object;
  }
  /** acquire_slab without them */
  private freeze(n: number, slab: number): void {
    const { slabs, nodes } = this.p;
    slabs.setCounters(slab, slabs.counters(slab) | FROZEN);
    nodes.removePartial(n, slab);
  }
  /**
   * get_any_partial: from another node, one that has more partial slabs than it keeps. The kernel leaves it out in a few cases of a hundred,
   * by its cycle counter; here it never does.
   */
  private getAnyPartial(r: SlubRequest, local: number): Taken | undefined {
    const { caches, nodes } = this.p;
    if (caches.remoteNodeDefragRatio(r.cache) === 0) return undefined;
    for (const nid of this.p.zonelistNodes(local, r.gfp)) {
      const n = caches.node(r.cache, nid);
      if (n === 0 || nodes.nrPartial(n) <= caches.minPartial(r.cache)) continue;
      const taken = this.getPartialNode(r, n);
      if (taken) return taken;
    }
    return undefined;
  }
}
