/**
 * Slabs of caches whose objects are checked: objects come and go one by one, under the node's lock, and full slabs stay on a list where
 * the cache has SLAB_STORE_USER (mm/slub.c, 6.1: alloc_single_from_partial, alloc_single_from_new_slab, free_debug_processing).
 */
import { SLAB_STORE_USER } from '../../../profiles/slabFlags';
import { WHOLE_OBJECT } from '../slab/slab_backend';
import type { NewSlabs } from './slub_new_slab';
import type { SlubParts } from './slub_parts';
import { inuseOf, objectsOf, withInuse } from './slub_slab';

export class DebugSlabs {
  constructor(
    private readonly p: SlubParts,
    private readonly newSlabs: NewSlabs,
  ) {}

  /** alloc_single_from_partial: the object, or 0 if it does not pass: its slab is then on no list */
  allocFromPartial(cache: number, n: number, slab: number, originalSize: number): number {
    const { slabs, nodes } = this.p;
    const object = this.takeFirst(cache, slab);
    if (!this.passes(cache, slab, object, originalSize)) {
      nodes.removePartial(n, slab);
      return 0;
    }
    const counters = slabs.counters(slab);
    if (inuseOf(counters) === objectsOf(counters)) {
      nodes.removePartial(n, slab);
      this.addFull(cache, n, slab);
    }
    return object;
  }
  /** alloc_single_from_new_slab: likewise */
  allocFromNew(cache: number, slab: number, originalSize: number): number {
    const { caches, slabs, nodes } = this.p;
    const n = caches.node(cache, slabs.nid(slab));
    const object = this.takeFirst(cache, slab);
    if (!this.passes(cache, slab, object, originalSize)) return 0;
    const counters = slabs.counters(slab);
    const objects = objectsOf(counters);
    if (inuseOf(counters) === objects) this.addFull(cache, n, slab);
    else nodes.addPartial(n, slab, false);
    nodes.countSlabs(n, 1, objects);
    return object;
  }
  private takeFirst(cache: number, slab: number): number {
    const { slabs, pointers } = this.p;
    const object = slabs.freelist(slab);
    slabs.setFreelist(slab, pointers.get(cache, object));
    const counters = slabs.counters(slab);
    slabs.setCounters(slab, withInuse(counters, inuseOf(counters) + 1));
    return object;
  }
  private passes(cache: number, slab: number, object: number, originalSize: number): boolean {
    const { caches, ports } = this.p;
    const size = originalSize === WHOLE_OBJECT ? caches.objectSize(cache) : originalSize;
    return ports.debug === undefined || ports.debug.allocProcessing(cache, slab, object, size);
  }
  /** free_debug_processing: `count` objects, linked from `head` to `tail` */
  free(cache: number, slab: number, head: number, tail: number, count: number): void {
    const { caches, slabs, nodes, pointers, ports } = this.p;
    if (ports.debug && !ports.debug.freeProcessing(cache, slab, head, tail, count)) return;
    const n = caches.node(cache, slabs.nid(slab));
    const prior = slabs.freelist(slab);
    const counters = slabs.counters(slab);
    const inuse = inuseOf(counters) - count;
    slabs.setCounters(slab, withInuse(counters, inuse));
    pointers.set(cache, tail, prior);
    slabs.setFreelist(slab, head);
    const discard = inuse === 0 && nodes.nrPartial(n) >= caches.minPartial(cache);
    if (prior === 0) {
      if (caches.flags(cache) & SLAB_STORE_USER) nodes.removeFull(n, slab);
      if (!discard) nodes.addPartial(n, slab, true);
    } else if (discard) nodes.removePartial(n, slab);
    if (discard) this.newSlabs.discard(cache, slab);
  }
  private addFull(cache: number, n: number, slab: number): void {
    const { caches, nodes } = this.p;
    if (caches.flags(cache) & SLAB_STORE_USER) nodes.addFull(n, slab);
  }
}
