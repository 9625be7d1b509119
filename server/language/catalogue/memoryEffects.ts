/**
 * What a call does to memory, as the linter follows it: what it allocates and frees, and whom an object belongs to afterwards. An argument
 * that is in none of these fields stays as it was: whoever owned what it points to still does.
 */

/** Kinds of memory and mappings: a function frees objects of the kinds that its entry names. */
export type MemoryKind =
  | 'kmalloc'
  /** kstrdup_const(): kmalloc memory, or the string itself */
  | 'const string'
  | 'nolock'
  | 'vmalloc'
  | 'kvmalloc'
  /** a struct page */
  | 'pages'
  /** the address of pages in the direct map */
  | 'page address'
  | 'exact pages'
  | 'percpu'
  | 'cache'
  | 'cache object'
  | 'pool'
  | 'pool element'
  /** freed when the device is detached */
  | 'devm'
  | 'vmap'
  | 'ram map'
  | 'address range'
  | 'ioremap'
  | 'coherent DMA'
  | 'DMA pool'
  | 'DMA pool block'
  | 'workqueue';

/** The order of a block of pages: an argument, or always the same. */
export type OrderOf = { readonly arg: number } | { readonly is: number };

/** The result is memory of this kind. */
export interface Allocates {
  readonly kind: MemoryKind;
  readonly order?: OrderOf;
  /** the cache or the pool it comes from */
  readonly from?: number;
  /** the memory of this argument is freed, unless the result is NULL */
  readonly instead?: number;
  /** freed without the caller's doing */
  readonly managed?: true;
  /** never NULL with a mask that direct-reclaims */
  readonly waits?: true;
  /** a cache whose objects this argument constructs */
  readonly ctor?: number;
  /** filled with zeros */
  readonly zeroed?: true;
}
/** It frees the object of an argument. */
export interface Frees {
  readonly arg: number;
  readonly kinds: readonly MemoryKind[];
  readonly order?: OrderOf;
  readonly from?: number;
  /** after a grace period: readers may use it until then */
  readonly later?: true;
}
export interface MemoryEffects {
  readonly allocates?: Allocates;
  readonly frees?: Frees;
  /** Arguments whose memory other code can reach from now on: it is on a list, registered, stored. */
  readonly keeps?: readonly number[];
  /** Arguments whose memory is counted: how many references there are decides when it is freed. */
  readonly counts?: readonly number[];
  /** The result is the memory of this argument under another name: its address, or its struct page. */
  readonly names?: { readonly arg: number; readonly as: MemoryKind };
  /** The result tells whether a pointer is an error. */
  readonly testsPointer?: { readonly arg: number; readonly for: 'error' | 'error or NULL' };
  /** The result tells whether a pointer is to memory of this kind. */
  readonly testsKind?: { readonly arg: number; readonly kind: MemoryKind };
  /** The run is over where this argument is zero. */
  readonly asserts?: number;
  /** The kernel marks it __must_check. */
  readonly mustCheck?: true;
}
