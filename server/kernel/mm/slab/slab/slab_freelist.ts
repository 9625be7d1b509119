/**
 * The objects of a slab, and the list of those that are free: an array of their numbers, of which the first `active` have been taken
 * (mm/slab.c, 6.1: alloc_slabmgmt, cache_init_objs, shuffle_freelist, slab_get_obj, slab_put_obj). A slab is the address of its struct.
 */

import type { SlabFolios } from './slab_folios';
import { CFLGS_OBJFREELIST_SLAB, CFLGS_OFF_SLAB, INDEX_SIZE } from './slab_geometry';
import type { SlabPorts } from './slab_ports';
import { bounded, type SlabStructs } from './slab_structs';

/** What a new slab's objects need besides pages. */
export interface SlabObjectParts {
  readonly structs: SlabStructs;
  readonly folios: SlabFolios;
  readonly ports: Pick<SlabPorts, 'kmalloc' | 'random'>;
}

export class SlabObjects {
  private readonly structs: SlabStructs;

  constructor(private readonly parts: SlabObjectParts) {
    this.structs = parts.structs;
  }

  // ---------------------------------------------------------------- fields
  num(cache: number): number {
    return this.structs.get(cache + this.structs.cache.num);
  }
  active(slab: number): number {
    return this.structs.get(slab + this.structs.slab.active);
  }
  setActive(slab: number, active: number): void {
    this.structs.set(slab + this.structs.slab.active, active);
  }
  private freelist(slab: number): number {
    return this.structs.getLong(slab + this.structs.slab.freelist);
  }
  private setFreelist(slab: number, freelist: number): void {
    this.structs.setLong(slab + this.structs.slab.freelist, freelist);
  }
  private has(cache: number, layout: number): boolean {
    return (this.structs.get(cache + this.structs.cache.flags) & layout) !== 0;
  }
  isOffSlab(cache: number): boolean {
    return this.has(cache, CFLGS_OFF_SLAB);
  }
  /** get_free_obj, set_free_obj: the number at a place of the list */
  freeIndex(slab: number, place: number): number {
    return this.structs.memory.space.read8(this.freelist(slab) + place * INDEX_SIZE);
  }
  private setFreeIndex(slab: number, place: number, index: number): void {
    this.structs.memory.space.write8(this.freelist(slab) + place * INDEX_SIZE, index);
  }
  /** index_to_obj */
  objectAt(cache: number, slab: number, index: number): number {
    const { structs } = this;
    return structs.getLong(slab + structs.slab.s_mem) + index * structs.get(cache + structs.cache.size);
  }
  /** obj_to_index: of an address anywhere in the object; the difference has 32 bits */
  indexOf(cache: number, slab: number, object: number): number {
    const { structs } = this;
    const distance = (object - structs.getLong(slab + structs.slab.s_mem)) >>> 0;
    return Math.floor(distance / structs.get(cache + structs.cache.size));
  }

  // ---------------------------------------------------------------- taking and giving back
  /** slab_get_obj */
  take(cache: number, slab: number): number {
    const active = this.active(slab);
    const object = this.objectAt(cache, slab, this.freeIndex(slab, active));
    this.setActive(slab, active + 1);
    return object;
  }
  /** slab_put_obj */
  put(cache: number, slab: number, object: number): void {
    const active = this.active(slab) - 1;
    const index = this.indexOf(cache, slab, object);
    this.setActive(slab, active);
    // a list that lies in an object lies in the first one that becomes free
    if (this.freelist(slab) === 0) this.setFreelist(slab, object);
    this.setFreeIndex(slab, active, index);
  }
  /** The last object has been taken: a list that lies in an object is no longer there. */
  full(cache: number, slab: number): void {
    if (this.has(cache, CFLGS_OBJFREELIST_SLAB)) this.setFreelist(slab, 0);
  }

  // ---------------------------------------------------------------- a new slab
  /**
   * alloc_slabmgmt, slab_map_pages and cache_init_objs: pages become a slab whose objects begin `offset` bytes behind their start. False:
   * there is no memory for its list.
   */
  init(cache: number, slab: number, offset: number, gfp: number): boolean {
    const { structs, parts } = this;
    const start = parts.folios.address(slab);
    structs.setLong(slab + structs.slab.s_mem, start + offset);
    this.setActive(slab, 0);
    const size = structs.get(cache + structs.cache.freelist_size);
    let freelist = 0;
    if (this.isOffSlab(cache)) {
      freelist = parts.ports.kmalloc(size, gfp, parts.folios.nodeOf(slab));
      if (freelist === 0) return false;
    } else if (!this.has(cache, CFLGS_OBJFREELIST_SLAB)) {
      freelist = start + parts.folios.bytes(structs.get(cache + structs.cache.gfporder)) - size;
    }
    structs.setLong(slab + structs.slab.slab_cache, cache);
    this.setFreelist(slab, freelist);
    if (!this.shuffle(cache, slab)) this.inOrder(cache, slab);
    return true;
  }
  private inOrder(cache: number, slab: number): void {
    const num = bounded(this.num(cache));
    if (this.has(cache, CFLGS_OBJFREELIST_SLAB)) this.setFreelist(slab, this.objectAt(cache, slab, num - 1));
    for (let i = 0; i < num; i++) this.setFreeIndex(slab, i, i);
  }
  /**
   * shuffle_freelist: the numbers in an order of chance, that of the cache's random_seq from a place of chance on. False: in none.
   */
  private shuffle(cache: number, slab: number): boolean {
    const { structs } = this;
    const { random } = this.parts.ports;
    let count = bounded(this.num(cache));
    if (!random || count < 2) return false;
    const sequence = structs.getLong(cache + structs.cache.random_seq);
    const total = count;
    let at = (random.u32() >>> 0) % total;
    const nextSlot = () => {
      const index = structs.get(sequence + at * 4);
      at = (at + 1) % total;
      return index;
    };
    const inObject = this.has(cache, CFLGS_OBJFREELIST_SLAB);
    let last = total - 1;
    if (inObject) {
      if (sequence !== 0) last = nextSlot();
      this.setFreelist(slab, this.objectAt(cache, slab, last));
      count--;
    }
    if (sequence !== 0) for (let i = 0; i < count; i++) this.setFreeIndex(slab, i, nextSlot());
    else {
      for (let i = 0; i < count; i++) this.setFreeIndex(slab, i, i);
      for (let i = count - 1; i > 0; i--) this.swap(slab, i, (random.u32() >>> 0) % (i + 1));
    }
    if (inObject) this.setFreeIndex(slab, total - 1, last);
    return true;
  }
  private swap(slab: number, a: number, b: number): void {
    const index = this.freeIndex(slab, a);
    this.setFreeIndex(slab, a, this.freeIndex(slab, b));
    this.setFreeIndex(slab, b, index);
  }
}
