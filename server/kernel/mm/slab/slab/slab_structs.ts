/**
 * The structures of SLAB in memory (include/linux/slab_def.h, mm/slab.h, mm/slab.c, 6.1): struct kmem_cache, kmem_cache_node, array_cache
 * and slab, by address. Offsets are read once.
 */
import { NotEmulated } from '../../../lib/not_emulated';
import type { StructMemory } from '../../../lib/struct_memory';

/** More objects than any array or slab has. */
export const MOST_OBJECTS = 65536;
/**
 * A number of objects that are gone through one by one. Where a scenario has overwritten it, the kernel would run over all memory, itself
 * included.
 */
export function bounded(objects: number): number {
  if (objects > MOST_OBJECTS)
    throw new NotEmulated(
      `SLAB goes through ${objects} objects, as an overwritten count tells it, over whatever lies there`,
    );
  return objects;
}

/** Byte offsets of fields of a structure. */
function offsets<K extends string>(
  memory: StructMemory,
  tag: string,
  fields: readonly K[],
): Readonly<Record<K, number>> {
  return Object.fromEntries(fields.map((field) => [field, memory.offset(tag, field)])) as Record<K, number>;
}

export class SlabStructs {
  readonly wordSize: number;
  /** kmem_cache */
  readonly cache;
  /** kmem_cache_node */
  readonly node;
  readonly slab;
  /** bytes of a kmem_cache_node */
  readonly nodeSize: number;
  // array_cache
  private readonly limit: number;
  private readonly batchcount: number;
  private readonly touched: number;
  private readonly entry: number;

  constructor(
    readonly memory: StructMemory,
    sizeOf: (tag: string) => number,
  ) {
    this.wordSize = memory.wordSize;
    this.cache = offsets(memory, 'kmem_cache', [
      'cpu_cache',
      'batchcount',
      'limit',
      'shared',
      'size',
      'flags',
      'num',
      'gfporder',
      'allocflags',
      'colour',
      'colour_off',
      'freelist_size',
      'ctor',
      'object_size',
      'align',
      'random_seq',
      'node',
    ]);
    this.node = offsets(memory, 'kmem_cache_node', [
      'slabs_partial',
      'slabs_full',
      'slabs_free',
      'total_slabs',
      'free_slabs',
      'free_objects',
      'free_limit',
      'colour_next',
      'shared',
      'alien',
      'next_reap',
      'free_touched',
    ]);
    this.slab = offsets(memory, 'slab', ['slab_list', 'callback_head', 'slab_cache', 'freelist', 's_mem', 'active']);
    this.nodeSize = sizeOf('kmem_cache_node');
    const array = offsets(memory, 'array_cache', ['limit', 'batchcount', 'touched', 'entry']);
    this.limit = array.limit;
    this.batchcount = array.batchcount;
    this.touched = array.touched;
    this.entry = array.entry;
  }

  get(address: number): number {
    return this.memory.get32(address);
  }
  set(address: number, value: number): void {
    this.memory.set32(address, value);
  }
  getLong(address: number): number {
    return this.memory.getLong(address);
  }
  setLong(address: number, value: number): void {
    this.memory.setLong(address, value);
  }
  /** Adds to an unsigned int, or to an unsigned long. */
  add(address: number, by: number): void {
    this.memory.set32(address, this.memory.get32(address) + by);
  }
  addLong(address: number, by: number): void {
    this.memory.setLong(address, this.memory.getLong(address) + by);
  }

  // ---------------------------------------------------------------- kmem_cache
  /** get_node: the address of a node's lists; 0 if the cache has none there */
  nodeOf(cache: number, node: number): number {
    return this.getLong(cache + this.cache.node + node * this.wordSize);
  }
  setNode(cache: number, node: number, lists: number): void {
    this.setLong(cache + this.cache.node + node * this.wordSize, lists);
  }

  // ---------------------------------------------------------------- array_cache
  /** Bytes of an array with room for so many objects. */
  arraySize(entries: number): number {
    return this.entry + entries * this.wordSize;
  }
  /** init_arraycache */
  initArray(array: number, limit: number, batch: number): void {
    this.set(array, 0);
    this.set(array + this.limit, limit);
    this.set(array + this.batchcount, batch);
    this.set(array + this.touched, 0);
  }
  avail(array: number): number {
    return this.get(array);
  }
  setAvail(array: number, avail: number): void {
    this.set(array, avail);
  }
  arrayLimit(array: number): number {
    return this.get(array + this.limit);
  }
  arrayBatch(array: number): number {
    return this.get(array + this.batchcount);
  }
  isTouched(array: number): boolean {
    return this.get(array + this.touched) !== 0;
  }
  setTouched(array: number, touched: 0 | 1): void {
    this.set(array + this.touched, touched);
  }
  /** The object at a place of the array, the oldest at 0. */
  entryOf(array: number, index: number): number {
    return this.getLong(array + this.entry + index * this.wordSize);
  }
  setEntry(array: number, index: number, object: number): void {
    this.setLong(array + this.entry + index * this.wordSize, object);
  }
  /** ac->entry[ac->avail++] = object */
  push(array: number, object: number): void {
    const avail = this.avail(array);
    this.setEntry(array, avail, object);
    this.setAvail(array, avail + 1);
  }
  /** ac->entry[--ac->avail] */
  pop(array: number): number {
    const avail = this.avail(array) - 1;
    this.setAvail(array, avail);
    return this.entryOf(array, avail);
  }
  /** transfer_objects: up to `max` of the newest objects go from one array to another, in the same order. Returns how many. */
  transfer(to: number, from: number, max: number): number {
    const has = this.avail(from);
    const avail = this.avail(to);
    const n = Math.min(has, max, this.arrayLimit(to) - avail);
    if (bounded(n) <= 0) return 0;
    for (let i = 0; i < n; i++) this.setEntry(to, avail + i, this.entryOf(from, has - n + i));
    this.setAvail(from, has - n);
    this.setAvail(to, avail + n);
    return n;
  }
  /** The oldest `n` objects have been taken: the others move down. */
  dropOldest(array: number, n: number): void {
    const left = bounded(this.avail(array) - n);
    this.setAvail(array, left);
    for (let i = 0; i < left; i++) this.setEntry(array, i, this.entryOf(array, i + n));
  }
}
