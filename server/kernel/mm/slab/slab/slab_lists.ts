/**
 * A node's lists of slabs: full, partial, free (mm/slab.c, 6.1: kmem_cache_node_init, get_first_slab, fixup_slab_list, cache_grow_begin,
 * cache_grow_end, free_block, drain_freelist, slab_destroy). `n` is the address of a struct kmem_cache_node.
 */

import { SLAB_RECLAIM_ACCOUNT, SLAB_TYPESAFE_BY_RCU } from '../../../../profiles/slabFlags';
import type { Lists } from '../../../lib/list';
import type { GfpMasks } from '../../gfp';
import type { SlabFolios } from './slab_folios';
import type { SlabObjects } from './slab_freelist';
import type { SlabPorts } from './slab_ports';
import type { SlabStructs } from './slab_structs';

export interface SlabListParts {
  readonly structs: SlabStructs;
  readonly objects: SlabObjects;
  readonly folios: SlabFolios;
  readonly lists: Lists;
  readonly ports: Pick<SlabPorts, 'kfree' | 'callRcu' | 'fixFlags' | 'warnZeroWithCtor' | 'sanitizer'>;
  readonly gfp: GfpMasks;
}

export class SlabLists {
  private readonly structs: SlabStructs;
  private readonly lists: Lists;

  constructor(private readonly parts: SlabListParts) {
    this.structs = parts.structs;
    this.lists = parts.lists;
  }

  /** kmem_cache_node_init, of memory that may hold anything */
  init(n: number): void {
    const { structs, lists } = this;
    const { node } = structs;
    structs.memory.space.fill(n, structs.nodeSize, 0);
    for (const head of [node.slabs_full, node.slabs_partial, node.slabs_free]) lists.init(n + head);
  }

  // ---------------------------------------------------------------- fields
  freeObjects(n: number): number {
    return this.structs.getLong(n + this.structs.node.free_objects);
  }
  addFreeObjects(n: number, by: number): void {
    this.structs.addLong(n + this.structs.node.free_objects, by);
  }
  setFreeLimit(n: number, limit: number): void {
    this.structs.set(n + this.structs.node.free_limit, limit);
  }
  private entry(slab: number): number {
    return slab + this.structs.slab.slab_list;
  }
  private slabAt(entry: number): number {
    return entry - this.structs.slab.slab_list;
  }
  /** Whether objects of the node are in use: a slab is full or partial. */
  inUse(n: number): boolean {
    const { node } = this.structs;
    return !this.lists.empty(n + node.slabs_full) || !this.lists.empty(n + node.slabs_partial);
  }

  // ---------------------------------------------------------------- taking
  /** get_first_slab: the slab to take objects from; 0 if none has any. It stays on its list. */
  first(n: number): number {
    const { structs, lists } = this;
    const { node } = structs;
    if (!lists.empty(n + node.slabs_partial)) return this.slabAt(lists.next(n + node.slabs_partial));
    structs.set(n + node.free_touched, 1);
    if (lists.empty(n + node.slabs_free)) return 0;
    structs.addLong(n + node.free_slabs, -1);
    return this.slabAt(lists.next(n + node.slabs_free));
  }
  /** fixup_slab_list: objects have been taken from a slab, which comes to the head of the list where it belongs now. */
  fixup(cache: number, n: number, slab: number): void {
    this.lists.del(this.entry(slab));
    this.enlist(cache, n, slab);
  }
  private enlist(cache: number, n: number, slab: number): void {
    const { objects } = this.parts;
    const { node } = this.structs;
    if (objects.active(slab) === objects.num(cache)) {
      this.lists.add(this.entry(slab), n + node.slabs_full);
      objects.full(cache, slab);
    } else this.lists.add(this.entry(slab), n + node.slabs_partial);
  }

  // ---------------------------------------------------------------- growing
  /** cache_grow_begin: a new slab, which is on no list yet; 0 if there is no memory. `frames`: the functions around it */
  growBegin(cache: number, gfp: number, node: number, frames: readonly string[]): number {
    const { structs, parts } = this;
    const fixed = parts.ports.fixFlags(gfp, ['cache_grow_begin', ...frames]);
    if (structs.getLong(cache + structs.cache.ctor) !== 0 && fixed & parts.gfp.zero) parts.ports.warnZeroWithCtor();
    const local = fixed & parts.gfp.slabPassesOn;
    const order = structs.get(cache + structs.cache.gfporder);
    const flags = local | structs.get(cache + structs.cache.allocflags);
    const slab = parts.folios.take(flags, order, node, this.isReclaimable(cache));
    if (slab === 0) return 0;
    const n = structs.nodeOf(cache, parts.folios.nodeOf(slab));
    const offset = this.nextColour(cache, n) * structs.get(cache + structs.cache.colour_off);
    parts.ports.sanitizer?.newSlab(cache, parts.folios.pfn(slab), order);
    if (!parts.objects.init(cache, slab, offset, local & ~parts.gfp.thisnode)) {
      this.giveBack(cache, slab);
      return 0;
    }
    return slab;
  }
  private isReclaimable(cache: number): boolean {
    return (this.structs.get(cache + this.structs.cache.flags) & SLAB_RECLAIM_ACCOUNT) !== 0;
  }
  private giveBack(cache: number, slab: number): void {
    const order = this.structs.get(cache + this.structs.cache.gfporder);
    this.parts.folios.giveBack(slab, order, this.isReclaimable(cache));
  }
  /** Where the first object of a new slab begins, in steps of colour_off. */
  private nextColour(cache: number, n: number): number {
    const { structs } = this;
    const colours = structs.getLong(cache + structs.cache.colour);
    const at = n + structs.node.colour_next;
    const next = structs.get(at) + 1;
    structs.set(at, next >= colours ? 0 : next);
    return next >= colours ? 0 : next;
  }
  /** cache_grow_end: a new slab, of which objects may have been taken, comes on its list. */
  growEnd(cache: number, slab: number): void {
    const { structs, lists, parts } = this;
    const { node } = structs;
    const n = structs.nodeOf(cache, parts.folios.nodeOf(slab));
    const entry = this.entry(slab);
    const active = parts.objects.active(slab);
    lists.init(entry);
    structs.addLong(n + node.total_slabs, 1);
    if (active === 0) {
      lists.addTail(entry, n + node.slabs_free);
      structs.addLong(n + node.free_slabs, 1);
    } else this.fixup(cache, n, slab);
    this.addFreeObjects(n, parts.objects.num(cache) - active);
  }

  // ---------------------------------------------------------------- giving back
  /**
   * free_block and slabs_destroy: objects go back to their slabs on the node. While too many are free, the slab that has been free longest
   * is given back; so many go at once that the last of them is destroyed first.
   */
  freeBlock(cache: number, n: number, objects: readonly number[]): void {
    const { structs, lists, parts } = this;
    const { node } = structs;
    this.addFreeObjects(n, objects.length);
    for (const object of objects) {
      const slab = parts.folios.slabOf(object);
      const entry = this.entry(slab);
      lists.del(entry);
      parts.objects.put(cache, slab, object);
      if (parts.objects.active(slab) === 0) {
        lists.add(entry, n + node.slabs_free);
        structs.addLong(n + node.free_slabs, 1);
      } else lists.addTail(entry, n + node.slabs_partial);
    }
    const limit = structs.get(n + node.free_limit);
    const surplus: number[] = [];
    while (this.freeObjects(n) > limit && !lists.empty(n + node.slabs_free))
      surplus.unshift(this.takeLastFree(cache, n));
    for (const slab of surplus) this.destroy(cache, slab);
  }
  private takeLastFree(cache: number, n: number): number {
    const { structs, lists, parts } = this;
    const { node } = structs;
    const entry = lists.prev(n + node.slabs_free);
    lists.del(entry);
    structs.addLong(n + node.free_slabs, -1);
    structs.addLong(n + node.total_slabs, -1);
    this.addFreeObjects(n, -parts.objects.num(cache));
    return this.slabAt(entry);
  }
  /** drain_freelist: gives back up to `most` free slabs. */
  drainFree(cache: number, n: number, most: number): void {
    const { lists, structs } = this;
    for (let i = 0; i < most && !lists.empty(n + structs.node.slabs_free); i++)
      this.destroy(cache, this.takeLastFree(cache, n));
  }
  /** slab_destroy */
  private destroy(cache: number, slab: number): void {
    const { structs, parts } = this;
    const freelist = structs.getLong(slab + structs.slab.freelist);
    if (structs.get(cache + structs.cache.flags) & SLAB_TYPESAFE_BY_RCU)
      parts.ports.callRcu(slab + structs.slab.callback_head);
    else this.giveBack(cache, slab);
    if (parts.objects.isOffSlab(cache)) parts.ports.kfree(freelist);
  }
  /** kmem_rcu_free: the grace period is over. `head`: address of the slab's rcu_head */
  rcuFree(head: number): void {
    const slab = head - this.structs.slab.callback_head;
    this.giveBack(this.structs.getLong(slab + this.structs.slab.slab_cache), slab);
  }
}
