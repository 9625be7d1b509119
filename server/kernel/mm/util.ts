/**
 * Copies in memory from kmalloc, and kvmalloc (mm/util.c, 6.1: kmemdup, kstrdup, kstrndup, kmemdup_nul, kvmalloc_node). Addresses are
 * virtual; 0 is NULL.
 */
import type { AddressSpace } from '../../memory/space';
import { PAGE_SIZE } from '../../types/pageSize';
import type { KernelPlace } from '../printk/reports';
import { KVMALLOC_FRAMES } from './allocation_frames';
import type { GfpMasks } from './gfp';

interface Copying {
  readonly space: AddressSpace;
  kmalloc(size: number, gfp: number): number;
}

/** kmemdup */
export function kmemdup({ space, kmalloc }: Copying, source: number, length: number, gfp: number): number {
  const copy = kmalloc(length, gfp);
  if (copy !== 0 && length > 0) space.writeBytes(copy, space.readBytes(source, length));
  return copy;
}
/** kmemdup_nul: `length` bytes and a zero behind them. */
export function kmemdupNul({ space, kmalloc }: Copying, source: number, length: number, gfp: number): number {
  const copy = kmalloc(length + 1, gfp);
  if (copy === 0) return 0;
  space.writeBytes(copy, space.readBytes(source, length));
  space.write8(copy + length, 0);
  return copy;
}
/** kstrdup: NULL of NULL. */
export function kstrdup(copying: Copying, text: number, gfp: number): number {
  return kstrndup(copying, text, Number.POSITIVE_INFINITY, gfp);
}
/** kstrndup: of at most `max` characters. */
export function kstrndup(copying: Copying, text: number, max: number, gfp: number): number {
  if (text === 0) return 0;
  return kmemdupNul(copying, text, stringLength(copying.space, text, max), gfp);
}
/** strnlen */
function stringLength(space: AddressSpace, text: number, max: number): number {
  let length = 0;
  while (length < max && space.read8(text + length) !== 0) length++;
  return length;
}

/** Where kvmalloc asks. */
interface KvSources {
  readonly gfp: GfpMasks;
  /** page_alloc/caller.ts */
  readonly caller: {
    within<T>(functions: readonly string[], body: () => T): T;
    warn(place: KernelPlace, message: string, notes: readonly string[]): void;
  };
  kmalloc(size: number, gfp: number, node: number): number;
  /** __vmalloc_node_range */
  vmalloc(size: number, gfp: number, node: number): number;
}
/** the largest size that is not a mistake: INT_MAX */
const KVMALLOC_MAX = 0x7fffffff;

/** kvmalloc_node: kmalloc that does not try hard above a page, else vmalloc where the mask lets it sleep. */
export function kvmallocNode(
  { gfp, caller, kmalloc, vmalloc }: KvSources,
  size: number,
  mask: number,
  node: number,
): number {
  let first = mask;
  if (size > PAGE_SIZE) {
    first |= gfp.nowarn;
    if ((first & gfp.retryMayfail) === 0) first |= gfp.noretry;
    // vmalloc is what does not fail
    first &= ~gfp.nofail;
  }
  const address = caller.within(KVMALLOC_FRAMES, () => kmalloc(size, first, node));
  if (address !== 0 || size <= PAGE_SIZE || (mask & gfp.directReclaim) === 0) return address;
  if (size > KVMALLOC_MAX) {
    const why = `${size} bytes are more than INT_MAX: that is taken for a mistake, and NULL is returned`;
    if ((mask & gfp.nowarn) === 0) caller.warn({ fn: 'kvmalloc_node', at: 'mm/util.c', functions: [] }, '', [why]);
    return 0;
  }
  return vmalloc(size, mask, node);
}
