/** What SLUB's structures hold, as plain data: for tools that show a cache or compare it with a recording. Nothing is changed. */
import type { SlubParts } from './slub_parts';
import { inuseOf, isFrozen, objectsOf } from './slub_slab';

export interface SlabView {
  /** pfn of its first page */
  readonly slab: number;
  readonly inuse: number;
  readonly objects: number;
  readonly frozen: boolean;
  /** objects on the slab's own freelist, by their place in the slab */
  readonly free: readonly number[];
  /** slabs of the CPU's chain from this one on, as it says; of other slabs without meaning */
  readonly slabs: number;
}
export interface CpuView {
  readonly slab: SlabView | undefined;
  /** objects on the CPU's freelist, by their place in the slab */
  readonly free: readonly number[];
  readonly partial: readonly SlabView[];
}
export interface NodeView {
  readonly nid: number;
  readonly nrPartial: number;
  readonly nrSlabs: number;
  readonly totalObjects: number;
  readonly partial: readonly SlabView[];
  readonly full: readonly SlabView[];
}
export interface CacheView {
  readonly cpus: readonly CpuView[];
  readonly nodes: readonly NodeView[];
}

/** A chain that has become a circle is followed for so many entries. */
const MAX_ENTRIES = 0x10000;

export class SlubViews {
  constructor(private readonly p: SlubParts) {}

  cache(cache: number): CacheView {
    const { caches, cpuCount, nodeIds } = this.p;
    return {
      cpus: Array.from({ length: cpuCount }, (_, cpu) => this.cpu(cache, caches.cpu(cache, cpu))),
      nodes: nodeIds.filter((nid) => caches.node(cache, nid) !== 0).map((nid) => this.node(cache, nid)),
    };
  }
  private cpu(cache: number, c: number): CpuView {
    const { cpus, slabs } = this.p;
    const pointer = cpus.slab(c);
    const slab = pointer === 0 ? -1 : slabs.ofPointer(pointer);
    const partial: SlabView[] = [];
    const first = cpus.partial(c);
    for (
      let at = first === 0 ? -1 : slabs.ofPointer(first);
      at >= 0 && partial.length < MAX_ENTRIES;
      at = slabs.next(at)
    )
      partial.push(this.slab(cache, at));
    return {
      slab: slab < 0 ? undefined : this.slab(cache, slab),
      free: slab < 0 ? [] : this.objects(cache, slab, cpus.freelist(c)),
      partial,
    };
  }
  private node(cache: number, nid: number): NodeView {
    const { caches, nodes } = this.p;
    const n = caches.node(cache, nid);
    return {
      nid,
      nrPartial: nodes.nrPartial(n),
      nrSlabs: nodes.nrSlabs(n),
      totalObjects: nodes.totalObjects(n),
      partial: nodes.partials(n).map((slab) => this.slab(cache, slab)),
      full: nodes.fulls(n).map((slab) => this.slab(cache, slab)),
    };
  }
  /** Objects of a cache that somebody has: /proc/slabinfo counts those on the CPUs' lists as well. */
  inUse(cache: number): number {
    const { caches, cpuCount, cpus, nodeIds, nodes, slabs } = this.p;
    let free = 0;
    for (let cpu = 0; cpu < cpuCount; cpu++) {
      const c = caches.cpu(cache, cpu);
      const pointer = cpus.slab(c);
      const slab = pointer === 0 ? -1 : slabs.ofPointer(pointer);
      if (slab >= 0)
        free +=
          this.objects(cache, slab, slabs.freelist(slab)).length + this.objects(cache, slab, cpus.freelist(c)).length;
      for (const { objects, inuse } of this.chain(cpus.partial(c))) free += objects - inuse;
    }
    let all = 0;
    for (const nid of nodeIds) {
      const n = caches.node(cache, nid);
      if (n === 0) continue;
      all += nodes.totalObjects(n);
      for (const slab of nodes.partials(n)) free += objectsOf(slabs.counters(slab)) - inuseOf(slabs.counters(slab));
    }
    return all - free;
  }
  /** The slabs of a CPU's chain, by their counters. */
  private *chain(first: number): Generator<{ objects: number; inuse: number }> {
    const { slabs } = this.p;
    let left = MAX_ENTRIES;
    for (let at = first === 0 ? -1 : slabs.ofPointer(first); at >= 0 && left > 0; at = slabs.next(at), left--) {
      const counters = slabs.counters(at);
      yield { objects: objectsOf(counters), inuse: inuseOf(counters) };
    }
  }
  slab(cache: number, slab: number): SlabView {
    const { slabs } = this.p;
    const counters = slabs.counters(slab);
    return {
      slab,
      inuse: inuseOf(counters),
      objects: objectsOf(counters),
      frozen: isFrozen(counters),
      free: this.objects(cache, slab, slabs.freelist(slab)),
      slabs: slabs.slabs(slab),
    };
  }
  /** __obj_to_index of the objects from one on. */
  private objects(cache: number, slab: number, first: number): number[] {
    const { pointers } = this.p;
    const found: number[] = [];
    for (let at = first; at !== 0 && found.length < MAX_ENTRIES; at = pointers.get(cache, at))
      found.push(this.index(cache, slab, at));
    return found;
  }
  /** The place of an object in its slab. */
  index(cache: number, slab: number, object: number): number {
    const { caches, slabs } = this.p;
    return Math.floor((object - slabs.address(slab) - caches.redLeftPad(cache)) / caches.size(cache));
  }
}
