/** Brings the slabs of a cache into a recorded state: the structures are written as SLUB would have left them. */
import { countersOf } from '../../kernel/mm/slub/slub_slab';
import type { RecordedSlub } from './slub_machine';

/** A recorded slab: what it is called, and its free objects by their places. */
export interface SlabState {
  readonly id: number;
  readonly inuse: number;
  readonly objects: number;
  readonly frozen: boolean;
  readonly free: readonly number[];
}
export interface CacheState {
  readonly slabs: number;
  readonly objects: number;
  readonly cpus: readonly {
    readonly slab: SlabState | undefined;
    /** on the CPU's freelist */
    readonly free: readonly number[];
    readonly partial: readonly SlabState[];
  }[];
  readonly partial: readonly SlabState[];
}

/** What the cache has is forgotten: its slabs stay in use, on no list. */
export function loadCache(machine: RecordedSlub, cache: number, state: CacheState): void {
  const { slub } = machine;
  const { caches, cpus, nodes, slabs, cpuCount } = slub.parts;
  slub.shrink(cache);
  const n = caches.node(cache, 0);
  nodes.init(n);
  nodes.countSlabs(n, state.slabs, state.objects);
  for (let cpu = 0; cpu < cpuCount; cpu++) {
    const recorded = state.cpus[cpu];
    const c = caches.cpu(cache, cpu);
    if (!recorded?.slab) continue;
    const slab = loadSlab(machine, cache, recorded.slab);
    cpus.setSlab(c, slabs.pointer(slab));
    cpus.setFreelist(c, link(machine, cache, slab, recorded.free));
    let next = -1;
    // the first of the chain has the count of them all
    [...recorded.partial].reverse().forEach((is, i) => {
      const partial = loadSlab(machine, cache, is);
      slabs.setNext(partial, next);
      slabs.setSlabs(partial, i + 1);
      next = partial;
    });
    cpus.setPartial(c, next < 0 ? 0 : slabs.pointer(next));
  }
  for (const is of state.partial) nodes.addPartial(n, loadSlab(machine, cache, is), true);
}

/** A slab with these objects on its own freelist. */
function loadSlab(machine: RecordedSlub, cache: number, is: SlabState): number {
  const { slub, kernel } = machine;
  const { caches, slabs, gfp } = slub.parts;
  const slab = kernel.pageAlloc.allocPages(gfp.kernel | caches.allocflags(cache), caches.oo(cache) >>> 16);
  machine.call(slab, is.id);
  slabs.setSlab(slab);
  slabs.setCache(slab, cache);
  slabs.setCounters(slab, countersOf(is.inuse, is.objects, is.frozen));
  slabs.setFreelist(slab, link(machine, cache, slab, is.free));
  return slab;
}
/** Links objects by their places; the address of the first, 0 for none. */
function link(machine: RecordedSlub, cache: number, slab: number, free: readonly number[]): number {
  const { caches, slabs, pointers } = machine.slub.parts;
  const addresses = free.map((index) => slabs.address(slab) + index * caches.size(cache));
  addresses.forEach((object, i) => {
    pointers.set(cache, object, addresses[i + 1] ?? 0);
  });
  return addresses[0] ?? 0;
}
