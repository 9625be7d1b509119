/**
 * Making and releasing a SLAB cache: its geometry, its arrays and its nodes' lists (mm/slab.c, 6.1: __kmem_cache_create, setup_cpu_cache,
 * enable_cpucache, do_tune_cpucache, setup_kmem_cache_node, alloc_alien_cache, __kmem_cache_release).
 */

import { NUMA_NO_NODE } from '../../../../profiles/commonConstants';
import { SLAB_CACHE_DMA, SLAB_CACHE_DMA32, SLAB_RECLAIM_ACCOUNT } from '../../../../profiles/slabFlags';
import type { GfpMasks } from '../../gfp';
import { freelistRandomize } from '../slab_resources';
import type { SlabArrays } from './slab_arrays';
import { type SlabMachine, slabGeometry, slabTuning } from './slab_geometry';
import type { SlabLists } from './slab_lists';
import type { SlabPorts } from './slab_ports';
import type { SlabStructs } from './slab_structs';

/** most objects of another node that a node holds, of caches whose CPUs hold more than one */
const ALIEN_LIMIT = 12;
/** batchcount of the arrays that have no batches */
const NO_BATCH = 0xbaadf00d | 0;

export interface SlabCreateParts {
  readonly structs: SlabStructs;
  readonly lists: SlabLists;
  readonly arrays: SlabArrays;
  readonly machine: SlabMachine;
  readonly gfp: GfpMasks;
  readonly nodeIds: readonly number[];
  /** num_possible_cpus, and of them those of a node that are online */
  readonly cpus: number;
  cpusOfNode(node: number): number;
  nodeOfCpu(cpu: number): number;
  /** jiffies between two looks at a node's lists */
  readonly nodeTimeout: number;
  readonly errno: { readonly ENOMEM: number; readonly E2BIG: number };
  readonly ports: SlabPorts;
}

export class SlabCreation {
  private readonly structs: SlabStructs;

  readonly errno: SlabCreateParts['errno'];

  constructor(private readonly parts: SlabCreateParts) {
    this.structs = parts.structs;
    this.errno = parts.errno;
  }
  nodeOfCpu(cpu: number): number {
    return this.parts.nodeOfCpu(cpu);
  }

  // ---------------------------------------------------------------- geometry
  /** __kmem_cache_create, up to the arrays. False: no slab holds such objects. `size` and `align` of the struct are as asked for. */
  layOut(cache: number, flags: number): boolean {
    const { structs, parts } = this;
    const { cache: at } = structs;
    const geometry = slabGeometry(parts.machine, {
      objectSize: structs.get(cache + at.size),
      align: structs.get(cache + at.align),
      flags,
      constructor: structs.getLong(cache + at.ctor) !== 0,
    });
    if (!geometry) return false;
    structs.set(cache + at.align, geometry.align);
    structs.set(cache + at.colour_off, geometry.colourOff);
    structs.set(cache + at.num, geometry.num);
    structs.set(cache + at.gfporder, geometry.order);
    structs.setLong(cache + at.colour, geometry.colour);
    structs.set(cache + at.freelist_size, geometry.freelistSize);
    structs.set(cache + at.flags, geometry.flags);
    structs.set(cache + at.allocflags, this.allocFlags(flags));
    structs.set(cache + at.size, geometry.size);
    this.setReciprocal(cache, geometry.size);
    return true;
  }
  private allocFlags(flags: number): number {
    const { gfp } = this.parts;
    return (
      gfp.comp |
      (flags & SLAB_CACHE_DMA ? gfp.dma : 0) |
      (flags & SLAB_CACHE_DMA32 ? gfp.dma32 : 0) |
      (flags & SLAB_RECLAIM_ACCOUNT ? gfp.reclaimable : 0)
    );
  }
  /** reciprocal_value (lib/math/reciprocal_div.c), which the kernel divides by */
  private setReciprocal(cache: number, divisor: number): void {
    const { memory } = this.structs;
    const at = (field: string) => cache + memory.offset('kmem_cache', `reciprocal_buffer_size.${field}`);
    const bits = 32 - Math.clz32(divisor - 1);
    const m = ((2n ** 32n * (2n ** BigInt(bits) - BigInt(divisor))) / BigInt(divisor) + 1n) & 0xffffffffn;
    memory.set32(at('m'), Number(m) | 0);
    memory.space.write8(at('sh1'), Math.min(bits, 1));
    memory.space.write8(at('sh2'), Math.max(bits - 1, 0));
  }

  // ---------------------------------------------------------------- arrays and nodes
  /** alloc_kmem_cache_cpus: an array per CPU; 0 if there is no memory */
  cpuArrays(entries: number, batch: number): number {
    const { structs, parts } = this;
    const arrays = parts.ports.percpu.alloc(structs.arraySize(entries), structs.wordSize);
    if (arrays === 0) return 0;
    for (let cpu = 0; cpu < parts.cpus; cpu++)
      structs.initArray(arrays + parts.ports.percpu.offset(cpu), entries, batch);
    return arrays;
  }
  setTuning(cache: number, limit: number, batchcount: number, shared: number): void {
    const { structs } = this;
    structs.set(cache + structs.cache.batchcount, batchcount);
    structs.set(cache + structs.cache.limit, limit);
    structs.set(cache + structs.cache.shared, shared);
  }
  /** enable_cpucache and do_tune_cpucache: 0 or a negative errno */
  enableArrays(cache: number, gfp: number): number {
    const { structs, parts } = this;
    const { cache: at } = structs;
    if (!this.createRandomSeq(cache, gfp)) return -parts.errno.ENOMEM;
    const { limit, batchcount, shared } = slabTuning(structs.get(cache + at.size), parts.cpus);
    const arrays = this.cpuArrays(limit, batchcount);
    if (arrays === 0) return -parts.errno.ENOMEM;
    const before = structs.getLong(cache + at.cpu_cache);
    structs.setLong(cache + at.cpu_cache, arrays);
    this.setTuning(cache, limit, batchcount, shared);
    if (before !== 0) {
      for (let cpu = 0; cpu < parts.cpus; cpu++)
        parts.arrays.drainAll(cache, before + parts.ports.percpu.offset(cpu), parts.nodeOfCpu(cpu));
      parts.ports.percpu.free(before);
    }
    return this.setUpNodes(cache, gfp);
  }
  /** cache_random_seq_create: false if there is no memory for it */
  private createRandomSeq(cache: number, gfp: number): boolean {
    const { structs, parts } = this;
    const { random } = parts.ports;
    const at = cache + structs.cache.random_seq;
    const count = structs.get(cache + structs.cache.num);
    if (!random || count < 2 || structs.getLong(at) !== 0) return true;
    const sequence = parts.ports.kmalloc(count * 4, gfp, NUMA_NO_NODE);
    if (sequence === 0) return false;
    freelistRandomize(random, count).forEach((index, i) => {
      structs.set(sequence + i * 4, index);
    });
    structs.setLong(at, sequence);
    return true;
  }
  /** cache_random_seq_destroy */
  private destroyRandomSeq(cache: number): void {
    const { structs, parts } = this;
    const at = cache + structs.cache.random_seq;
    const sequence = structs.getLong(at);
    if (sequence !== 0) parts.ports.kfree(sequence);
    structs.setLong(at, 0);
  }
  /** setup_kmem_cache_nodes: 0, or an error; of a cache that is on the list already, nodes stay as they are */
  private setUpNodes(cache: number, gfp: number): number {
    for (const node of this.parts.nodeIds) {
      const error = this.setUpNode(cache, node, gfp);
      if (error < 0) return error;
    }
    return 0;
  }
  /** setup_kmem_cache_node, with force_change */
  private setUpNode(cache: number, node: number, gfp: number): number {
    const { structs, parts } = this;
    const { cache: at } = structs;
    let alien = 0;
    if (parts.nodeIds.length > 1) {
      alien = this.alienArrays(node, structs.get(cache + at.limit), gfp);
      if (alien === 0) return -parts.errno.ENOMEM;
    }
    const entries = structs.get(cache + at.shared) * structs.get(cache + at.batchcount);
    let shared = 0;
    if (entries > 0) {
      shared = this.array(entries, gfp, node);
      if (shared === 0) return this.without([alien], 0);
    }
    const n = this.initNode(cache, node, gfp);
    if (n === 0) return this.without([alien], shared);
    const before = parts.arrays.shared(n);
    if (before !== 0) parts.arrays.drainAll(cache, before, node);
    structs.setLong(n + structs.node.shared, shared);
    if (structs.getLong(n + structs.node.alien) === 0) {
      structs.setLong(n + structs.node.alien, alien);
      alien = 0;
    }
    if (before !== 0) parts.ports.kfree(before);
    this.freeAlien(alien);
    return 0;
  }
  private without(alien: readonly number[], shared: number): number {
    if (shared !== 0) this.parts.ports.kfree(shared);
    for (const table of alien) this.freeAlien(table);
    return -this.parts.errno.ENOMEM;
  }
  /** init_cache_node: the node's lists, made unless the cache has them; 0 if there is no memory */
  private initNode(cache: number, node: number, gfp: number): number {
    const { structs, parts } = this;
    let n = structs.nodeOf(cache, node);
    if (n === 0) {
      n = parts.ports.kmalloc(structs.nodeSize, gfp, node);
      if (n === 0) return 0;
      parts.lists.init(n);
      this.startReaping(cache, n);
      structs.setNode(cache, node, n);
    }
    parts.lists.setFreeLimit(n, this.freeLimit(cache, parts.cpusOfNode(node)));
    return n;
  }
  /** Objects that may lie free in their slabs. */
  freeLimit(cache: number, cpus: number): number {
    const { structs } = this;
    return (1 + cpus) * structs.get(cache + structs.cache.batchcount) + structs.get(cache + structs.cache.num);
  }
  /** next_reap: at a time that depends on the cache's address, so that not all are looked at at once */
  startReaping(cache: number, n: number): void {
    const { structs, parts } = this;
    const skew = Number(BigInt.asUintN(structs.wordSize * 8, BigInt(cache)) % BigInt(parts.nodeTimeout));
    structs.setLong(n + structs.node.next_reap, parts.ports.jiffies() + parts.nodeTimeout + skew);
  }
  /** alloc_arraycache */
  private array(entries: number, gfp: number, node: number): number {
    const { structs, parts } = this;
    const array = parts.ports.kmalloc(structs.arraySize(entries), gfp, node);
    if (array !== 0) structs.initArray(array, entries, NO_BATCH);
    return array;
  }

  // ---------------------------------------------------------------- alien arrays
  /** alloc_alien_cache: a table by node, with arrays for all but its own; 0 if there is no memory */
  private alienArrays(node: number, cpuLimit: number, gfp: number): number {
    const { structs, parts } = this;
    const limit = cpuLimit > 1 ? ALIEN_LIMIT : cpuLimit;
    const table = this.zeroed((Math.max(...parts.nodeIds) + 1) * structs.wordSize, gfp, node);
    if (table === 0) return 0;
    const array = structs.memory.offset('alien_cache', 'ac');
    for (const other of parts.nodeIds) {
      if (other === node) continue;
      const alien = this.zeroed(array + structs.arraySize(limit), gfp, node);
      if (alien === 0) {
        this.freeAlien(table);
        return 0;
      }
      structs.initArray(alien + array, limit, NO_BATCH);
      structs.setLong(table + other * structs.wordSize, alien);
    }
    return table;
  }
  private zeroed(size: number, gfp: number, node: number): number {
    const { structs, parts } = this;
    const address = parts.ports.kmalloc(size, gfp, node);
    if (address !== 0) structs.memory.space.fill(address, size, 0);
    return address;
  }
  /** free_alien_cache */
  private freeAlien(table: number): void {
    const { structs, parts } = this;
    if (table === 0) return;
    for (const node of parts.nodeIds) {
      const alien = structs.getLong(table + node * structs.wordSize);
      if (alien !== 0) parts.ports.kfree(alien);
    }
    parts.ports.kfree(table);
  }

  // ---------------------------------------------------------------- the end
  /** __kmem_cache_release */
  release(cache: number): void {
    const { structs, parts } = this;
    this.destroyRandomSeq(cache);
    const arrays = structs.getLong(cache + structs.cache.cpu_cache);
    if (arrays !== 0) parts.ports.percpu.free(arrays);
    for (const node of parts.nodeIds) {
      const n = structs.nodeOf(cache, node);
      if (n === 0) continue;
      const shared = parts.arrays.shared(n);
      if (shared !== 0) parts.ports.kfree(shared);
      this.freeAlien(structs.getLong(n + structs.node.alien));
      parts.ports.kfree(n);
      structs.setNode(cache, node, 0);
    }
  }
}
