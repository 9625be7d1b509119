/** Freeing (mm/slub.c, 6.1: slab_free, do_slab_free, __slab_free, build_detached_freelist). */
import type { CpuSlabs } from './slub_cpu';
import type { DebugSlabs } from './slub_debug_slabs';
import type { NewSlabs } from './slub_new_slab';
import type { SlubParts } from './slub_parts';
import { FROZEN, inuseOf, isFrozen, withInuse } from './slub_slab';

/** build_detached_freelist looks so many objects of other slabs ahead. */
const LOOKAHEAD = 3;

export class Freeing {
  constructor(
    private readonly p: SlubParts,
    private readonly cpuSlabs: CpuSlabs,
    private readonly newSlabs: NewSlabs,
    private readonly debug: DebugSlabs,
  ) {}

  /** do_slab_free: objects of one slab that are linked from `head` to `tail`. To the CPU's list if it takes from this slab. */
  free(cache: number, slab: number, head: number, tail: number, count: number): void {
    const { cpus, slabs, pointers } = this.p;
    const c = this.cpuSlabs.here(cache);
    if (cpus.slab(c) !== slabs.pointer(slab)) {
      this.slowFree(cache, slab, head, tail, count);
      return;
    }
    pointers.set(cache, tail, cpus.freelist(c));
    cpus.setFreelist(c, head);
    cpus.nextTid(c);
  }
  /** __slab_free: to the slab's own list. A slab that was full becomes one of this CPU's partial slabs, an empty one may go. */
  private slowFree(cache: number, slab: number, head: number, tail: number, count: number): void {
    const { caches, slabs, nodes, pointers } = this.p;
    if (caches.isDebug(cache)) {
      this.debug.free(cache, slab, head, tail, count);
      return;
    }
    const prior = slabs.freelist(slab);
    const before = slabs.counters(slab);
    pointers.set(cache, tail, prior);
    const inuse = inuseOf(before) - count;
    const freezes = prior === 0 && !isFrozen(before);
    slabs.setFreelist(slab, head);
    slabs.setCounters(slab, withInuse(before, inuse) | (freezes ? FROZEN : 0));
    if (freezes) this.cpuSlabs.putCpuPartial(cache, slab, true);
    else if (inuse === 0 && !isFrozen(before)) {
      const n = caches.node(cache, slabs.nid(slab));
      if (nodes.nrPartial(n) < caches.minPartial(cache)) return;
      nodes.removePartial(n, slab);
      this.newSlabs.discard(cache, slab);
    }
  }

  /** kmem_cache_free_bulk, from the last object to the first: those of one slab that lie near each other go together. */
  freeBulk(cache: number, given: readonly number[], slabOf: (object: number) => number): void {
    const { pointers } = this.p;
    const objects = [...given];
    for (let size = objects.length; size > 0; ) {
      const tail = objects[--size] as number;
      const slab = slabOf(tail);
      let head = tail;
      let count = 1;
      let left = LOOKAHEAD;
      // objects below `same` are of other slabs
      let same = size;
      pointers.set(cache, tail, 0);
      while (size > 0) {
        const object = objects[--size] as number;
        if (slabOf(object) === slab) {
          pointers.set(cache, object, head);
          head = object;
          count++;
          same--;
          objects[size] = objects[same] as number;
          objects[same] = object;
        } else if (--left === 0) break;
      }
      size = same;
      this.freeDetached(cache, slab, head, tail, count);
    }
  }
  /** slab_free of a chain: slab_free_freelist_hook turns it round, and leaves out what the sanitizer keeps. */
  private freeDetached(cache: number, slab: number, head: number, tail: number, count: number): void {
    const { pointers, ports } = this.p;
    let first = 0;
    let last = 0;
    let kept = 0;
    for (let object = head, next = 0; ; object = next) {
      next = pointers.get(cache, object);
      if (ports.sanitizer?.freed(cache, object)) kept++;
      else {
        pointers.set(cache, object, first);
        first = object;
        last ||= object;
      }
      if (object === tail) break;
    }
    if (first !== 0) this.free(cache, slab, first, last, count - kept);
  }
}
