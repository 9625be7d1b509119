/**
 * The slab that a CPU takes from and its chain of partial slabs, and how they go back to their nodes (mm/slub.c, 6.1: deactivate_slab,
 * put_cpu_partial, __unfreeze_partials, flush_all).
 */
import type { NewSlabs } from './slub_new_slab';
import type { SlubParts } from './slub_parts';
import { FROZEN, inuseOf, MAX_OBJECTS, MAX_SLABS, noEnd, withInuse } from './slub_slab';

export class CpuSlabs {
  constructor(
    private readonly p: SlubParts,
    private readonly fresh: NewSlabs,
  ) {}

  /** this_cpu_ptr(s->cpu_slab) */
  here(cache: number): number {
    return this.p.caches.cpu(cache, this.p.ports.cpu());
  }
  /** deactivate_slab: a slab that a CPU gives up, with the free objects that the CPU had of it */
  deactivate(cache: number, slab: number, freelist: number): void {
    const { slabs, nodes, caches, pointers } = this.p;
    const n = caches.node(cache, slabs.nid(slab));
    const theirs = slabs.freelist(slab);
    let count = 0;
    let last = 0;
    for (let object = freelist; object !== 0; object = pointers.get(cache, object)) {
      last = object;
      if (++count > MAX_OBJECTS) throw noEnd('free objects');
    }
    let counters = slabs.counters(slab);
    let first = theirs;
    if (last !== 0) {
      counters = withInuse(counters, inuseOf(counters) - count);
      pointers.set(cache, last, theirs);
      first = freelist;
    }
    counters &= ~FROZEN;
    slabs.setFreelist(slab, first);
    slabs.setCounters(slab, counters);
    if (inuseOf(counters) === 0 && nodes.nrPartial(n) >= caches.minPartial(cache)) this.fresh.discard(cache, slab);
    // to the tail if other CPUs have freed objects of it
    else if (first !== 0) nodes.addPartial(n, slab, theirs !== 0);
  }
  /** put_cpu_partial: a frozen slab goes to the head of this CPU's chain. `drain`: a chain that is long enough goes to the nodes first */
  putCpuPartial(cache: number, slab: number, drain: boolean): void {
    const { slabs, cpus, caches } = this.p;
    const c = this.here(cache);
    const first = cpus.partial(c);
    let old = first === 0 ? -1 : slabs.ofPointer(first);
    let unfreeze = -1;
    let count = 0;
    if (old >= 0) {
      if (drain && slabs.slabs(old) >= caches.cpuPartialSlabs(cache)) {
        unfreeze = old;
        old = -1;
      } else count = slabs.slabs(old);
    }
    slabs.setSlabs(slab, count + 1);
    slabs.setNext(slab, old);
    cpus.setPartial(c, slabs.pointer(slab));
    if (unfreeze >= 0) this.unfreezeChain(cache, unfreeze);
  }
  /** __unfreeze_partials: a chain of partial slabs goes to the tails of the nodes' lists, without empty ones that a node has no use for */
  private unfreezeChain(cache: number, chain: number): void {
    const { slabs, nodes, caches } = this.p;
    const discarded: number[] = [];
    let left = MAX_SLABS;
    for (let slab = chain; slab >= 0; ) {
      if (--left < 0) throw noEnd('partial slabs');
      const next = slabs.next(slab);
      const n = caches.node(cache, slabs.nid(slab));
      const counters = slabs.counters(slab) & ~FROZEN;
      slabs.setCounters(slab, counters);
      if (inuseOf(counters) === 0 && nodes.nrPartial(n) >= caches.minPartial(cache)) {
        slabs.setNext(slab, discarded.at(-1) ?? -1);
        discarded.push(slab);
      } else nodes.addPartial(n, slab, true);
      slab = next;
    }
    for (const slab of discarded.reverse()) this.fresh.discard(cache, slab);
  }
  /** flush_slab: the slab that a CPU takes from goes back. `c`: its struct kmem_cache_cpu */
  flushSlab(cache: number, c: number): void {
    const { slabs, cpus } = this.p;
    const slab = slabs.ofPointer(cpus.slab(c));
    const freelist = cpus.freelist(c);
    cpus.setSlab(c, 0);
    cpus.setFreelist(c, 0);
    cpus.nextTid(c);
    this.deactivate(cache, slab, freelist);
  }
  /** __flush_cpu_slab: all slabs of a CPU go back. `c`: its struct kmem_cache_cpu */
  flush(cache: number, c: number): void {
    const { slabs, cpus } = this.p;
    if (cpus.slab(c) !== 0) this.flushSlab(cache, c);
    const partial = cpus.partial(c);
    if (partial !== 0) {
      cpus.setPartial(c, 0);
      this.unfreezeChain(cache, slabs.ofPointer(partial));
    }
  }
  /** flush_all: on every CPU that has something of the cache; which comes first is a race on the real kernel */
  flushAll(cache: number, order = [...Array(this.p.cpuCount).keys()] as readonly number[]): void {
    const { caches } = this.p;
    for (const cpu of order) this.flush(cache, caches.cpu(cache, cpu));
  }
}
