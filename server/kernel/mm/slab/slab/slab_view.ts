/** What SLAB's structures say, read for whoever shows or compares them: arrays, lists and slabs of a cache. Writes nothing. */
import type { SlabParts } from './slab_parts';
import { MOST_OBJECTS } from './slab_structs';

export interface ArrayView {
  readonly avail: number;
  readonly limit: number;
  readonly batchcount: number;
  readonly touched: boolean;
  /** the oldest first */
  readonly objects: readonly number[];
}
export interface SlabView {
  /** address of its struct */
  readonly slab: number;
  /** address of the first object */
  readonly firstObject: number;
  readonly active: number;
  /** numbers of the free objects, the next to be taken first */
  readonly free: readonly number[];
}
export interface NodeView {
  readonly totalSlabs: number;
  readonly freeSlabs: number;
  readonly freeObjects: number;
  readonly freeLimit: number;
  readonly colourNext: number;
  readonly freeTouched: number;
  readonly nextReap: number;
  readonly shared: ArrayView | undefined;
  readonly full: readonly SlabView[];
  readonly partial: readonly SlabView[];
  readonly free: readonly SlabView[];
}

export class SlabViews {
  constructor(private readonly p: SlabParts) {}

  array(array: number): ArrayView {
    const { structs } = this.p;
    const avail = structs.avail(array);
    return {
      avail,
      limit: structs.arrayLimit(array),
      batchcount: structs.arrayBatch(array),
      touched: structs.isTouched(array),
      objects: Array.from({ length: Math.min(avail, MOST_OBJECTS) }, (_, i) => structs.entryOf(array, i)),
    };
  }
  ofCpu(cache: number, cpu: number): ArrayView {
    return this.array(this.p.arrays.ofCpu(cache, cpu));
  }
  /** A node's lists; undefined if the cache has none there. */
  node(cache: number, node: number): NodeView | undefined {
    const { structs, arrays } = this.p;
    const n = structs.nodeOf(cache, node);
    if (n === 0) return undefined;
    const { node: at } = structs;
    const shared = arrays.shared(n);
    return {
      totalSlabs: structs.getLong(n + at.total_slabs),
      freeSlabs: structs.getLong(n + at.free_slabs),
      freeObjects: structs.getLong(n + at.free_objects),
      freeLimit: structs.get(n + at.free_limit),
      colourNext: structs.get(n + at.colour_next),
      freeTouched: structs.get(n + at.free_touched),
      nextReap: structs.getLong(n + at.next_reap),
      shared: shared === 0 ? undefined : this.array(shared),
      full: this.slabs(cache, n + at.slabs_full),
      partial: this.slabs(cache, n + at.slabs_partial),
      free: this.slabs(cache, n + at.slabs_free),
    };
  }
  private slabs(cache: number, head: number): SlabView[] {
    const { structs, objects } = this.p;
    return this.p.listHeads.entries(head).map((entry): SlabView => {
      const slab = entry - structs.slab.slab_list;
      const active = objects.active(slab);
      const length = Math.min(MOST_OBJECTS, Math.max(0, objects.num(cache) - active));
      return {
        slab,
        firstObject: structs.getLong(slab + structs.slab.s_mem),
        active,
        free: Array.from({ length }, (_, i) => objects.freeIndex(slab, active + i)),
      };
    });
  }
}
