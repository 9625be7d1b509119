/**
 * The arrays of objects that are free but not in their slabs: one per CPU, one per node that its CPUs share, and on machines with several
 * nodes one for each other node, whose objects they hold (mm/slab.c, 6.1: cache_flusharray, drain_array, __cache_free_alien, reap_alien,
 * drain_cpu_caches).
 */

import type { SlabFolios } from './slab_folios';
import type { SlabLists } from './slab_lists';
import type { SlabPorts } from './slab_ports';
import { bounded, type SlabStructs } from './slab_structs';

export interface SlabArrayParts {
  readonly structs: SlabStructs;
  readonly lists: SlabLists;
  readonly folios: SlabFolios;
  /** nodes of the machine */
  readonly nodeIds: readonly number[];
  readonly cpus: number;
  nodeOfCpu(cpu: number): number;
  readonly ports: Pick<SlabPorts, 'percpu' | 'hardened' | 'warnFreedTwice'>;
}

export class SlabArrays {
  private readonly structs: SlabStructs;
  /** bytes from an alien_cache to its array_cache */
  private readonly alienArray: number;

  constructor(private readonly parts: SlabArrayParts) {
    this.structs = parts.structs;
    this.alienArray = parts.structs.memory.offset('alien_cache', 'ac');
  }

  /** cpu_cache_get, of a CPU */
  ofCpu(cache: number, cpu: number): number {
    const { structs } = this;
    return structs.getLong(cache + structs.cache.cpu_cache) + this.parts.ports.percpu.offset(cpu);
  }
  /** n->shared; 0: none */
  shared(n: number): number {
    return this.structs.getLong(n + this.structs.node.shared);
  }
  /** The array, in a node's lists, for objects of another node; 0: none. */
  alien(n: number, other: number): number {
    const { structs } = this;
    const table = structs.getLong(n + structs.node.alien);
    const alien = table === 0 ? 0 : structs.getLong(table + other * structs.wordSize);
    return alien === 0 ? 0 : alien + this.alienArray;
  }

  // ---------------------------------------------------------------- freeing
  /** ___cache_free, on a CPU */
  free(cache: number, object: number, cpu: number): void {
    const { structs, parts } = this;
    const array = this.ofCpu(cache, cpu);
    if (parts.nodeIds.length > 1) {
      const node = parts.nodeOfCpu(cpu);
      const home = parts.folios.nodeOf(parts.folios.slabOf(object));
      if (home !== node) {
        this.freeAlien(cache, object, node, home);
        return;
      }
    }
    if (structs.avail(array) >= structs.arrayLimit(array)) this.flush(cache, array, parts.nodeOfCpu(cpu));
    this.put(array, object);
  }
  /** __free_one, with the check of CONFIG_SLAB_FREELIST_HARDENED */
  private put(array: number, object: number): void {
    const { structs } = this;
    const { ports } = this.parts;
    const avail = structs.avail(array);
    if (ports.hardened && avail > 0 && structs.entryOf(array, avail - 1) === object) ports.warnFreedTwice();
    else structs.push(array, object);
  }
  /** cache_flusharray: the oldest objects of a full array go to the shared array, or else to their slabs. */
  private flush(cache: number, array: number, node: number): void {
    const { structs, parts } = this;
    const n = structs.nodeOf(cache, node);
    const shared = this.shared(n);
    const room = shared === 0 ? 0 : structs.arrayLimit(shared) - structs.avail(shared);
    let batch = structs.arrayBatch(array);
    if (room !== 0) {
      batch = Math.min(batch, room);
      for (let i = 0; i < bounded(batch); i++) structs.push(shared, structs.entryOf(array, i));
      structs.dropOldest(array, batch);
      return;
    }
    const oldest = this.oldest(array, batch);
    structs.dropOldest(array, batch);
    parts.lists.freeBlock(cache, n, oldest);
  }
  /** __cache_free_alien: an object of another node */
  private freeAlien(cache: number, object: number, node: number, home: number): void {
    const { structs, parts } = this;
    const array = this.alien(structs.nodeOf(cache, node), home);
    if (array === 0) {
      parts.lists.freeBlock(cache, structs.nodeOf(cache, home), [object]);
      return;
    }
    if (structs.avail(array) === structs.arrayLimit(array)) this.drainAlien(cache, array, home);
    this.put(array, object);
  }
  private oldest(array: number, n: number): number[] {
    return Array.from({ length: bounded(n) }, (_, i) => this.structs.entryOf(array, i));
  }

  // ---------------------------------------------------------------- draining
  /** __drain_alien_cache: to the shared array of the node where the objects belong, as far as it has room, else to their slabs */
  private drainAlien(cache: number, array: number, home: number): void {
    const { structs } = this;
    if (structs.avail(array) === 0) return;
    const shared = this.shared(structs.nodeOf(cache, home));
    if (shared !== 0) structs.transfer(shared, array, structs.arrayLimit(array));
    this.drainAll(cache, array, home);
  }
  /** free_block of a whole array (do_drain) */
  drainAll(cache: number, array: number, node: number): void {
    const { structs } = this;
    const objects = this.oldest(array, structs.avail(array));
    structs.setAvail(array, 0);
    this.parts.lists.freeBlock(cache, structs.nodeOf(cache, node), objects);
  }
  /** drain_array: of an array that has not been used since the last time, the oldest fifth of its limit */
  reap(cache: number, array: number, node: number): void {
    const { structs } = this;
    if (array === 0) return;
    const avail = structs.avail(array);
    if (avail === 0) return;
    if (structs.isTouched(array)) {
      structs.setTouched(array, 0);
      return;
    }
    let n = Math.trunc((structs.arrayLimit(array) + 4) / 5);
    if (n > avail) n = (avail + 1) >> 1;
    const objects = this.oldest(array, n);
    structs.dropOldest(array, n);
    this.parts.lists.freeBlock(cache, structs.nodeOf(cache, node), objects);
  }
  /** reap_alien: what a node holds of another's objects */
  reapAlien(cache: number, n: number, other: number): void {
    const array = this.alien(n, other);
    if (array !== 0) this.drainAlien(cache, array, other);
  }
  /** drain_cpu_caches: every array of the cache is emptied, those of the CPUs in their order. */
  drainEverything(cache: number): void {
    const { structs, parts } = this;
    for (let cpu = 0; cpu < parts.cpus; cpu++) this.drainAll(cache, this.ofCpu(cache, cpu), parts.nodeOfCpu(cpu));
    for (const node of parts.nodeIds) {
      const n = structs.nodeOf(cache, node);
      for (const other of n === 0 ? [] : parts.nodeIds) this.reapAlien(cache, n, other);
    }
    for (const node of parts.nodeIds) {
      const n = structs.nodeOf(cache, node);
      const shared = n === 0 ? 0 : this.shared(n);
      if (shared !== 0) this.drainAll(cache, shared, node);
    }
  }
}
