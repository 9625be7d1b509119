/** Slabs from the page allocator and back to it (mm/slub.c, 6.1: allocate_slab, shuffle_freelist, discard_slab, free_slab). */
import { SLAB_CONSISTENCY_CHECKS, SLAB_RECLAIM_ACCOUNT, SLAB_TYPESAFE_BY_RCU } from '../../../profiles/slabFlags';
import { DivideError } from '../../arch/faults';
import { getOrder } from '../page_alloc/page_api';
import { ooObjects, ooOrder } from './slub_geometry';
import type { SlubParts } from './slub_parts';
import { countersOf, inuseOf, objectsOf } from './slub_slab';

export class NewSlabs {
  constructor(private readonly p: SlubParts) {}

  /** new_slab: its pfn, with all objects on its freelist, not counted on its node; −1 if there is no memory */
  newSlab(cache: number, flags: number, node: number): number {
    const { caches, gfp, masks, ports } = this.p;
    if (flags & masks.bug) flags = ports.fixFlags(flags);
    if (caches.ctor(cache) !== 0 && flags & gfp.zero) ports.warnZeroWithCtor();
    return this.allocateSlab(cache, flags & this.p.masks.passedOn, node);
  }
  private allocateSlab(cache: number, gfpflags: number, node: number): number {
    const { caches, slabs, gfp, masks, ports } = this.p;
    const flags = gfpflags | caches.allocflags(cache);
    let oo = caches.oo(cache);
    const min = caches.min(cache);
    // a large slab is a wish: no report, no reclaim, no reserves for it
    let wish = (flags | gfp.nowarn | gfp.noretry) & ~gfp.nofail;
    if (wish & gfp.directReclaim && ooOrder(oo) > ooOrder(min)) wish = (wish | gfp.nomemalloc) & ~masks.reclaim;
    let slab = this.allocSlabPage(wish, node, ooOrder(oo));
    if (slab < 0) {
      oo = min;
      slab = this.allocSlabPage(flags, node, ooOrder(oo));
      if (slab < 0) return -1;
    }
    const objects = ooObjects(oo);
    slabs.setCounters(slab, countersOf(0, objects, false));
    this.account(cache, slab, ooOrder(oo), 1);
    slabs.setCache(slab, cache);
    ports.sanitizer?.newSlab(cache, slab, ooOrder(oo));
    const checks = caches.isDebug(cache) ? ports.debug : undefined;
    checks?.setupSlab(cache, slab);
    const order = this.objectOrder(cache, slab, objects);
    if (checks) for (const object of order) checks.setupObject(cache, slab, object);
    this.linkObjects(cache, slab, order);
    return slab;
  }
  /** alloc_slab_page */
  private allocSlabPage(flags: number, node: number, order: number): number {
    const { ports, slabs } = this.p;
    const pfn = ports.pages.alloc(flags, order, node);
    if (pfn >= 0) slabs.setSlab(pfn);
    return pfn;
  }
  /** account_slab and unaccount_slab: `sign` 1 or −1 */
  private account(cache: number, slab: number, order: number, sign: number): void {
    const reclaimable = (this.p.caches.flags(cache) & SLAB_RECLAIM_ACCOUNT) !== 0;
    this.p.ports.account(slab, reclaimable, sign * 2 ** order);
  }

  /** The objects of a new slab in the order of its freelist: shuffle_freelist, or by address. */
  private objectOrder(cache: number, slab: number, objects: number): number[] {
    const { caches, slabs } = this.p;
    const start = slabs.address(slab) + caches.redLeftPad(cache);
    const size = caches.size(cache);
    const sequence = caches.randomSeq(cache);
    return objects < 2 || sequence === 0
      ? Array.from({ length: objects }, (_, i) => start + i * size)
      : this.shuffled(cache, sequence, start, objects * size);
  }
  /** The cache's sequence from a random place on, without the objects that a smaller slab does not have. */
  private shuffled(cache: number, sequence: number, start: number, bytes: number): number[] {
    const { caches, m, ports } = this.p;
    const count = ooObjects(caches.oo(cache));
    if (count === 0) throw new DivideError();
    const first = (ports.random.u32() >>> 0) % count;
    const order: number[] = [];
    for (let i = 0; i < count; i++) {
      const offset = m.intAt(sequence + ((first + i) % count) * 4);
      if (offset < bytes) order.push(start + offset);
    }
    return order;
  }
  private linkObjects(cache: number, slab: number, order: readonly number[]): void {
    const { slabs, pointers } = this.p;
    // a cache that has been written over may say that no object fits
    slabs.setFreelist(slab, order[0] ?? 0);
    order.forEach((object, i) => {
      pointers.set(cache, object, order[i + 1] ?? 0);
    });
  }

  // ---------------------------------------------------------------- back
  /** discard_slab: the slab leaves its node's count, and goes. */
  discard(cache: number, slab: number): void {
    const { caches, nodes, slabs } = this.p;
    nodes.countSlabs(caches.node(cache, slabs.nid(slab)), -1, -objectsOf(slabs.counters(slab)));
    this.freeSlab(cache, slab);
  }
  /** free_slab: at once, or after a grace period */
  freeSlab(cache: number, slab: number): void {
    const { caches, ports, slabs } = this.p;
    const flags = caches.flags(cache);
    if (flags & SLAB_CONSISTENCY_CHECKS) ports.debug?.checkFreedSlab(cache, slab);
    if (flags & SLAB_TYPESAFE_BY_RCU) ports.callRcu(slabs.rcuHead(slab));
    else this.freeSlabPages(cache, slab);
  }
  /** rcu_free_slab: a grace period after free_slab */
  rcuFreeSlab(head: number): void {
    const { slabs } = this.p;
    const slab = slabs.ofRcuHead(head);
    this.freeSlabPages(slabs.cache(slab), slab);
  }
  /** __free_slab */
  private freeSlabPages(cache: number, slab: number): void {
    const { slabs, ports } = this.p;
    const order = ports.pages.order(slab);
    slabs.clearSlab(slab);
    this.account(cache, slab, order, -1);
    ports.pages.free(slab, order);
  }

  /** slab_out_of_memory */
  outOfMemory(cache: number, flags: number, node: number): void {
    const { caches, nodes, ports, gfp, nodeIds } = this.p;
    if (flags & gfp.nowarn) return;
    ports.outOfMemory(() => {
      const oo = caches.oo(cache);
      const min = caches.min(cache);
      const objectSize = caches.objectSize(cache);
      return [
        `SLUB: Unable to allocate memory on node ${node}, gfp=0x${(flags >>> 0).toString(16)}(${gfp.names(flags)})`,
        `  cache: ${ports.cacheName(cache)}, object size: ${objectSize}, buffer size: ${caches.size(cache)}, default order: ${ooOrder(oo)}, min order: ${ooOrder(min)}`,
        ...(ooOrder(min) > getOrder(objectSize)
          ? [`  ${ports.cacheName(cache)} debugging increased min order, use slub_debug=O to disable.`]
          : []),
        ...nodeIds.flatMap((nid) => {
          const n = caches.node(cache, nid);
          if (n === 0) return [];
          const free = this.countFree(n);
          return [`  node ${nid}: slabs: ${nodes.nrSlabs(n)}, objs: ${nodes.totalObjects(n)}, free: ${free}`];
        }),
      ];
    });
  }
  /** count_partial(n, count_free): free objects of a node's partial slabs */
  countFree(n: number): number {
    const { nodes, slabs } = this.p;
    let free = 0;
    for (const slab of nodes.partials(n)) {
      const counters = slabs.counters(slab);
      free += objectsOf(counters) - inuseOf(counters);
    }
    return free;
  }
}
