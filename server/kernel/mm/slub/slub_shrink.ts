/** Giving slabs back on demand, and at the end of a cache (mm/slub.c, 6.1: __kmem_cache_do_shrink, __kmem_cache_shutdown). */
import type { CpuSlabs } from './slub_cpu';
import type { NewSlabs } from './slub_new_slab';
import type { SlubParts } from './slub_parts';
import { inuseOf, objectsOf } from './slub_slab';

/** SHRINK_PROMOTE_MAX: slabs with up to so many free objects are sorted */
const PROMOTE_MAX = 32;

export class Shrinking {
  constructor(
    private readonly p: SlubParts,
    private readonly cpuSlabs: CpuSlabs,
    private readonly newSlabs: NewSlabs,
  ) {}

  /** __kmem_cache_shrink: whether slabs are left */
  shrink(cache: number, order?: readonly number[]): boolean {
    const { caches, nodes, nodeIds } = this.p;
    this.cpuSlabs.flushAll(cache, order);
    let left = false;
    for (const nid of nodeIds) {
      const n = caches.node(cache, nid);
      if (n === 0) continue;
      this.shrinkNode(cache, n);
      if (nodes.nrSlabs(n) > 0) left = true;
    }
    return left;
  }
  /** Empty slabs go; the others are sorted, those with the fewest free objects first. */
  private shrinkNode(cache: number, n: number): void {
    const { slabs, nodes } = this.p;
    const discard: number[] = [];
    const promote: number[][] = Array.from({ length: PROMOTE_MAX }, () => []);
    for (const slab of nodes.partials(n)) {
      const counters = slabs.counters(slab);
      const free = objectsOf(counters) - inuseOf(counters);
      if (free === objectsOf(counters)) {
        discard.push(slab);
        nodes.removePartial(n, slab);
        nodes.countSlabs(n, -1, -objectsOf(counters));
      } else if (free <= PROMOTE_MAX) promote[free - 1]?.push(slab);
    }
    // each list is built at its head, and spliced to the head of the node's: the fewest free objects come last, and so first
    for (const list of promote.reverse()) {
      for (const slab of list) this.toHead(n, slab);
    }
    for (const slab of discard.reverse()) this.newSlabs.freeSlab(cache, slab);
  }
  private toHead(n: number, slab: number): void {
    const { nodes } = this.p;
    nodes.removePartial(n, slab);
    nodes.addPartial(n, slab, false);
  }

  /** __kmem_cache_shutdown: gives all slabs back; false if there are objects, which are reported */
  shutdown(cache: number): boolean {
    const { caches, nodes, nodeIds } = this.p;
    this.cpuSlabs.flushAll(cache);
    for (const nid of nodeIds) {
      const n = caches.node(cache, nid);
      if (n === 0) continue;
      this.freePartial(cache, n);
      if (nodes.nrPartial(n) > 0 || nodes.nrSlabs(n) > 0) return false;
    }
    return true;
  }
  /** free_partial */
  private freePartial(cache: number, n: number): void {
    const { slabs, nodes, ports } = this.p;
    const discard: number[] = [];
    for (const slab of nodes.partials(n)) {
      if (inuseOf(slabs.counters(slab)) === 0) {
        nodes.removePartial(n, slab);
        discard.push(slab);
      } else
        ports.listObjects(cache, slab, `Objects remaining in ${ports.cacheName(cache)} on __kmem_cache_shutdown()`);
    }
    for (const slab of discard.reverse()) this.newSlabs.discard(cache, slab);
  }
}
