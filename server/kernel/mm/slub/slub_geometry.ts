/**
 * How SLUB lays out the objects of a cache and how large its slabs are (mm/slub.c, 6.1: calculate_sizes, calculate_order,
 * calc_slab_order, set_min_partial, set_cpu_partial). Pure arithmetic; sizes in bytes.
 */
import { MAX_ORDER } from '../../../profiles/commonConstants';
import {
  OBJECT_POISON,
  SLAB_CONSISTENCY_CHECKS,
  SLAB_KASAN,
  SLAB_KMALLOC,
  SLAB_POISON,
  SLAB_RED_ZONE,
  SLAB_STORE_USER,
  SLAB_TRACE,
  SLAB_TYPESAFE_BY_RCU,
} from '../../../profiles/slabFlags';
import { PAGE_SIZE } from '../../../types/pageSize';
import { getOrder } from '../page_alloc/page_api';
import type { CheckedCache } from '../slab/slab_sanitizer';

/** Flags of a cache whose objects are looked at when they come and go (kmem_cache_debug). */
export const SLAB_DEBUG_FLAGS = SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER | SLAB_TRACE | SLAB_CONSISTENCY_CHECKS;
/** Flags with which freelist and counters change under a lock. */
export const SLAB_NO_CMPXCHG = SLAB_CONSISTENCY_CHECKS | SLAB_STORE_USER | SLAB_TRACE;
/** struct kmem_cache_order_objects: the order above the number of objects, which has 15 bits in struct slab */
const OO_SHIFT = 16;
const OO_MASK = (1 << OO_SHIFT) - 1;
const MAX_OBJS_PER_PAGE = 32767;
/** PAGE_ALLOC_COSTLY_ORDER: slub_max_order unless the command line has one */
const COSTLY_ORDER = 3;
/** MIN_PARTIAL and MAX_PARTIAL */
const MIN_PARTIAL = 5;
const MAX_PARTIAL = 10;

/** The command line's slub_… parameters. */
export interface SlubParameters {
  readonly minOrder: number;
  readonly maxOrder: number;
  /** 0: by the number of CPUs */
  readonly minObjects: number;
}

/** @param parameters of the command line, by name */
export function slubParameters(parameters: Readonly<Record<string, string>>): SlubParameters {
  const number = (name: string, otherwise: number) => {
    const value = Number.parseInt(parameters[name] ?? '', 10);
    return Number.isNaN(value) ? otherwise : value;
  };
  return {
    minOrder: number('slub_min_order', 0),
    maxOrder: Math.min(number('slub_max_order', COSTLY_ORDER), MAX_ORDER - 1),
    minObjects: number('slub_min_objects', 0),
  };
}

/** What the geometry of all caches of a machine depends on. */
export interface SlubMachine extends SlubParameters {
  readonly wordSize: 4 | 8;
  /** num_present_cpus */
  readonly cpus: number;
  /** sizeof(struct track), of which SLAB_STORE_USER keeps two */
  readonly trackSize: number;
  /** kasan_cache_create; undefined on a machine without it */
  readonly sizeWithMetadata?: ((cache: CheckedCache) => number) | undefined;
}

export interface CacheRequest {
  readonly objectSize: number;
  /** after calculate_alignment */
  readonly align: number;
  readonly flags: number;
  readonly ctor: boolean;
}

/** The fields of struct kmem_cache that follow from the request. */
export interface CacheGeometry {
  readonly flags: number;
  /** bytes from one object to the next */
  readonly size: number;
  /** bytes of the object that the user may have, and of its right red zone */
  readonly inuse: number;
  /** where in a free object the pointer to the next one lies */
  readonly offset: number;
  readonly redLeftPad: number;
  /** orders and numbers of objects of a slab: what is wanted, and what must do when memory is short */
  readonly oo: number;
  readonly min: number;
}

export const ooMake = (order: number, size: number): number => (order << OO_SHIFT) + orderObjects(order, size);
export const ooOrder = (oo: number): number => oo >>> OO_SHIFT;
export const ooObjects = (oo: number): number => oo & OO_MASK;

const alignUp = (n: number, to: number): number => Math.ceil(n / to) * to;
const alignDown = (n: number, to: number): number => Math.floor(n / to) * to;
const orderObjects = (order: number, size: number): number => Math.floor((PAGE_SIZE * 2 ** order) / size);
/** fls: the number of the highest bit, from 1 */
const fls = (n: number): number => 32 - Math.clz32(n);

/** calculate_sizes; undefined for objects that no slab can hold */
export function calculateSizes(machine: SlubMachine, request: CacheRequest): CacheGeometry | undefined {
  const { wordSize } = machine;
  const { objectSize, ctor } = request;
  let { flags } = request;
  let size = alignUp(objectSize, wordSize);
  const touchedWhileFree = ctor || (flags & SLAB_TYPESAFE_BY_RCU) !== 0;
  if (flags & SLAB_POISON && !touchedWhileFree) flags |= OBJECT_POISON;
  else flags &= ~OBJECT_POISON;
  // a red zone needs at least one byte behind the object
  if (flags & SLAB_RED_ZONE && size === objectSize) size += wordSize;
  const inuse = size;
  let offset = alignDown(objectSize >>> 1, wordSize);
  if (touchedWhileFree || flags & SLAB_POISON || (flags & SLAB_RED_ZONE && objectSize < wordSize)) {
    offset = size;
    size += wordSize;
  }
  if (flags & SLAB_STORE_USER) {
    size += 2 * machine.trackSize;
    // the size that kmalloc was asked for
    if (flags & SLAB_KMALLOC) size += 4;
  }
  if (machine.sizeWithMetadata) size = machine.sizeWithMetadata({ objectSize, size, flags, ctor });
  if (machine.sizeWithMetadata) flags |= SLAB_KASAN;
  let redLeftPad = 0;
  if (flags & SLAB_RED_ZONE) {
    redLeftPad = alignUp(wordSize, request.align);
    size += wordSize + redLeftPad;
  }
  size = alignUp(size, request.align);
  const order = calculateOrder(machine, size);
  if (order < 0) return undefined;
  const oo = ooMake(order, size);
  return ooObjects(oo) === 0
    ? undefined
    : { flags, size, inuse, offset, redLeftPad, oo, min: ooMake(getOrder(size), size) };
}

/** calculate_order: the order of a slab; −1 if there is none */
function calculateOrder(machine: SlubMachine, size: number): number {
  const { maxOrder } = machine;
  const wanted = machine.minObjects || 4 * (fls(machine.cpus) + 1);
  for (let objects = Math.min(wanted, orderObjects(maxOrder, size)); objects > 1; objects--) {
    for (let fraction = 16; fraction >= 4; fraction /= 2) {
      const order = calcSlabOrder(machine, size, objects, maxOrder, fraction);
      if (order <= maxOrder) return order;
    }
  }
  // one object in a slab, first of an order that is wanted, then of any
  const single = calcSlabOrder(machine, size, 1, maxOrder, 1);
  if (single <= maxOrder) return single;
  const any = calcSlabOrder(machine, size, 1, MAX_ORDER, 1);
  return any < MAX_ORDER ? any : -1;
}
/** calc_slab_order: the lowest order at which no more than 1/`fraction` of a slab is left over; above `maxOrder` if none is */
function calcSlabOrder(
  { minOrder }: SlubParameters,
  size: number,
  minObjects: number,
  maxOrder: number,
  fraction: number,
): number {
  if (orderObjects(minOrder, size) > MAX_OBJS_PER_PAGE) return getOrder(size * MAX_OBJS_PER_PAGE) - 1;
  let order = Math.max(minOrder, getOrder(minObjects * size));
  for (; order <= maxOrder; order++) {
    const bytes = PAGE_SIZE * 2 ** order;
    if (bytes % size <= bytes / fraction) break;
  }
  return order;
}

/** set_min_partial: partial slabs that a node keeps though they are empty */
export function minPartial(size: number): number {
  const log = fls(size) - 1;
  return Math.min(MAX_PARTIAL, Math.max(MIN_PARTIAL, Math.floor(log / 2)));
}
/** set_cpu_partial: objects that a CPU's partial slabs may hold; 0 for a cache with checks, which has none */
export function cpuPartial(size: number, debug: boolean): number {
  if (debug) return 0;
  if (size >= PAGE_SIZE) return 6;
  if (size >= 1024) return 24;
  return size >= 256 ? 52 : 120;
}
/** slub_set_cpu_partial: the same in slabs, which are taken to be half full */
export const cpuPartialSlabs = (objects: number, perSlab: number): number => Math.ceil((objects * 2) / perSlab);
