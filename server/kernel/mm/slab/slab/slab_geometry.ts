/**
 * How SLAB lays out the objects of a cache, where it keeps the list of those that are free, and how large its arrays are (mm/slab.c, 6.1:
 * __kmem_cache_create, calculate_slab_order, set_objfreelist_slab_cache, set_off_slab_cache, set_on_slab_cache, enable_cpucache). Pure
 * arithmetic; sizes in bytes.
 */
import { MAX_ORDER } from '../../../../profiles/commonConstants';
import { SLAB_NOLEAKTRACE, SLAB_RECLAIM_ACCOUNT, SLAB_TYPESAFE_BY_RCU } from '../../../../profiles/slabFlags';
import { PAGE_SIZE } from '../../../../types/pageSize';
import type { CheckedCache } from '../slab_sanitizer';

/** Flags that mm/slab.c keeps in kmem_cache.flags for itself: where the list of a slab's free objects lies. Neither: at the slab's end. */
export const CFLGS_OBJFREELIST_SLAB = 0x40000000;
export const CFLGS_OFF_SLAB = 0x80000000 | 0;

/** sizeof(freelist_idx_t): an index is one byte */
export const INDEX_SIZE = 1;
const SLAB_OBJ_MAX_NUM = 255;
const SLAB_OBJ_MIN_SIZE = 16;
/** cache_line_size() */
const CACHE_LINE = 64;
/** SLAB_MAX_ORDER_HI and _LO: slab_max_order, with more than so many bytes of memory */
const MAX_ORDER_HI = 1;
const MANY_BYTES = 32 * 2 ** 20;

/** What the geometry of all caches of a machine depends on. */
export interface SlabMachine {
  readonly wordSize: 4 | 8;
  /** slab_max_order */
  readonly maxOrder: number;
  /** kasan_cache_create; undefined on a machine without it */
  readonly sizeWithMetadata?: ((cache: CheckedCache) => number) | undefined;
  /** The size of kmalloc's objects that hold `size` bytes, and whether their own slabs keep the list of free ones elsewhere; undefined before there are any. */
  kmallocCache(size: number): { readonly size: number; readonly offSlab: boolean } | undefined;
}

/** slab_max_order: of the command line, or by the number of the machine's RAM pages. */
export function slabMaxOrder(parameters: Readonly<Record<string, string>>, ramPages: number): number {
  const asked = Number.parseInt(parameters.slab_max_order ?? '', 10);
  if (asked >= 0) return Math.min(asked, MAX_ORDER - 1);
  return ramPages * PAGE_SIZE > MANY_BYTES ? MAX_ORDER_HI : 0;
}

export interface SlabRequest {
  readonly objectSize: number;
  /** after calculate_alignment */
  readonly align: number;
  readonly flags: number;
  readonly constructor: boolean;
}

/** The fields of struct kmem_cache that follow from the request. */
export interface SlabGeometry {
  /** with the flag of where the list of free objects lies */
  readonly flags: number;
  /** bytes from one object to the next */
  readonly size: number;
  readonly align: number;
  /** objects of a slab, and the order of its pages */
  readonly num: number;
  readonly order: number;
  /** how many places the first object can have, `colourOff` bytes apart */
  readonly colour: number;
  readonly colourOff: number;
  readonly freelistSize: number;
}

interface SlabOrder {
  readonly num: number;
  readonly order: number;
  /** bytes that no object takes */
  readonly left: number;
}

const alignUp = (n: number, to: number): number => Math.ceil(n / to) * to;

/** __kmem_cache_create, up to the arrays; undefined: no slab can hold such objects */
export function slabGeometry(machine: SlabMachine, request: SlabRequest): SlabGeometry | undefined {
  const { wordSize } = machine;
  const { objectSize, flags } = request;
  const align = Math.max(wordSize, request.align);
  const colourOff = Math.max(CACHE_LINE, align);
  const bare = alignUp(objectSize, wordSize);
  const checked = { objectSize, size: bare, flags, ctor: request.constructor };
  let size = alignUp(machine.sizeWithMetadata?.(checked) ?? bare, align);
  if (size < SLAB_OBJ_MIN_SIZE) size = alignUp(SLAB_OBJ_MIN_SIZE, align);
  const sizes = { machine, objectSize, size, flags };
  const is = (layout: number, { num, order, left }: SlabOrder): SlabGeometry => ({
    flags: flags | layout,
    size,
    align,
    num,
    order,
    colour: Math.floor(left / colourOff),
    colourOff,
    freelistSize: num * INDEX_SIZE,
  });
  if (!request.constructor && !(flags & SLAB_TYPESAFE_BY_RCU)) {
    const inObject = calculateSlabOrder(sizes, CFLGS_OBJFREELIST_SLAB);
    if (inObject && inObject.num * INDEX_SIZE <= objectSize) return is(CFLGS_OBJFREELIST_SLAB, inObject);
  }
  if (!(flags & SLAB_NOLEAKTRACE)) {
    const off = calculateSlabOrder(sizes, CFLGS_OFF_SLAB);
    // the slab has room for the list
    if (off && off.left < off.num * INDEX_SIZE) return is(CFLGS_OFF_SLAB, off);
  }
  const on = calculateSlabOrder(sizes, 0);
  return on && is(0, on);
}

interface Sizes {
  readonly machine: SlabMachine;
  readonly objectSize: number;
  readonly size: number;
  readonly flags: number;
}

/** calculate_slab_order, with the list of free objects where `layout` says */
function calculateSlabOrder({ machine, objectSize, size, flags }: Sizes, layout: number): SlabOrder | undefined {
  let found: SlabOrder | undefined;
  for (let order = 0; order < MAX_ORDER; order++) {
    const bytes = PAGE_SIZE * 2 ** order;
    const each = layout === 0 ? size + INDEX_SIZE : size;
    const num = Math.floor(bytes / each);
    if (num === 0) continue;
    if (num > SLAB_OBJ_MAX_NUM) break;
    if (layout === CFLGS_OFF_SLAB && !worthOffSlab(machine, objectSize, num)) continue;
    const left = bytes - num * each;
    found = { num, order, left };
    if (flags & SLAB_RECLAIM_ACCOUNT || order >= machine.maxOrder || left * 8 <= bytes) break;
  }
  return found;
}
/** Whether a list outside the slab costs no more than half an object. */
function worthOffSlab(machine: SlabMachine, objectSize: number, num: number): boolean {
  const cache = machine.kmallocCache(num * INDEX_SIZE);
  return cache !== undefined && !cache.offSlab && cache.size <= objectSize / 2;
}

/** How many objects a CPU's array holds and takes at once, and how many batches the array holds that CPUs share (enable_cpucache). */
export interface SlabTuning {
  readonly limit: number;
  readonly batchcount: number;
  readonly shared: number;
}
export function slabTuning(size: number, possibleCpus: number): SlabTuning {
  const limit = arrayLimit(size);
  const shared = size <= PAGE_SIZE && possibleCpus > 1 ? 8 : 0;
  return { limit, batchcount: (limit + 1) >> 1, shared };
}
function arrayLimit(size: number): number {
  if (size > 131072) return 1;
  if (size > PAGE_SIZE) return 8;
  if (size > 1024) return 24;
  return size > 256 ? 54 : 120;
}
