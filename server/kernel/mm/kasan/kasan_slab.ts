/**
 * KASAN for slab objects (mm/kasan/common.c, generic.c, 6.1): redzones behind objects, freed objects in a quarantine, and who allocated and
 * freed each object, as the depot's handles behind and in it.
 */
import { SLAB_KMALLOC, SLAB_TYPESAFE_BY_RCU } from '../../../profiles/slabFlags';
import type { AllocTraces } from '../checks/alloc_traces';
import type { SlabObjects } from '../checks/slab_objects';
import type { CheckedCache, SlabSanitizer } from '../slab/slab_sanitizer';
import type { KasanReports } from './kasan_report';
import type { Quarantine } from './quarantine';
import {
  KASAN_PAGE_FREE,
  KASAN_PAGE_REDZONE,
  KASAN_SHADOW_SCALE_SIZE,
  KASAN_SLAB_FREE,
  KASAN_SLAB_FREETRACK,
  KASAN_SLAB_REDZONE,
  type KasanShadow,
} from './shadow';
import { AllocMeta } from './slab_meta';

/** KMALLOC_MAX_SIZE */
const MOST_BYTES = 1 << 22;
/** optimal_redzone: bytes behind objects up to a size */
const REDZONES: readonly (readonly [upTo: number, bytes: number])[] = [
  [64 - 16, 16],
  [128 - 32, 32],
  [512 - 64, 64],
  [4096 - 128, 128],
  [(1 << 14) - 256, 256],
  [(1 << 15) - 512, 512],
  [(1 << 16) - 1024, 1024],
];
const LARGEST_REDZONE = 2048;

const SAVE = ['kasan_save_stack', 'kasan_set_track'];
const SAVE_ALLOC = [...SAVE, 'kasan_save_alloc_info'];
/** the checks of an allocation and of a free, innermost first; the allocator's own functions follow */
const KMALLOC = [...SAVE_ALLOC, '____kasan_kmalloc', '__kasan_kmalloc'];
const CACHE_ALLOC = [...SAVE_ALLOC, '__kasan_slab_alloc'];
const FREE = ['____kasan_slab_free', '__kasan_slab_free'];
/** what calls it in SLUB; SLAB's hook is part of the function that frees */
const SLUB_HOOK = 'slab_free_freelist_hook';
const SAVE_FREE = [...SAVE, 'kasan_save_free_info', ...FREE];
/** the same of an element of a pool: mempool_free calls them */
const POOL = '__kasan_slab_free_mempool';
const FREE_TO_POOL = ['____kasan_slab_free', POOL];
const FREE_LARGE_TO_POOL = ['____kasan_kfree_large', POOL];
const LARGE = 'free_large_kmalloc';
const FREE_LARGE = ['__kasan_kfree_large', LARGE];
/** what kfree calls */
const KFREE_INNER = '__kmem_cache_free';

export const KASAN_TRACE_FUNCTIONS: readonly string[] = [
  ...new Set([...KMALLOC, ...CACHE_ALLOC, ...SAVE_FREE, SLUB_HOOK]),
];

const roundUp = (n: number): number => Math.ceil(n / KASAN_SHADOW_SCALE_SIZE) * KASAN_SHADOW_SCALE_SIZE;

interface KasanSlabPorts {
  pid(): number;
  /** gfpflags_allow_blocking */
  mayBlock(gfp: number): boolean;
  /** the kernel's functions on top of the scenario's, innermost first */
  functions(): readonly string[];
  /** the compound page that an address lies in: its first address, and its bytes */
  block(address: number): { readonly start: number; readonly bytes: number };
}

export class KasanSlab implements SlabSanitizer {
  constructor(
    private readonly objects: SlabObjects,
    private readonly meta: AllocMeta,
    private readonly shadow: KasanShadow,
    private readonly reports: KasanReports,
    private readonly quarantine: Quarantine,
    private readonly traces: AllocTraces,
    private readonly ports: KasanSlabPorts,
  ) {}

  sizeWithMetadata({ objectSize, size, flags, ctor }: CheckedCache): number {
    const { alloc, free } = AllocMeta;
    let bytes = size + alloc <= MOST_BYTES ? size + alloc : size;
    if (AllocMeta.freeIsOutside(flags, ctor, objectSize) && bytes + free <= MOST_BYTES) bytes += free;
    const redzone = REDZONES.find(([upTo]) => objectSize <= upTo)?.[1] ?? LARGEST_REDZONE;
    return Math.max(bytes, Math.min(objectSize + redzone, MOST_BYTES));
  }
  metadataSize(cache: number): number {
    const { objects } = this;
    const outside = AllocMeta.freeIsOutside(
      objects.flags(cache),
      objects.constructorOf(cache) !== 0,
      objects.objectSize(cache),
    );
    return AllocMeta.alloc + (outside ? AllocMeta.free : 0);
  }
  newSlab(_cache: number, pfn: number, order: number): void {
    this.shadow.poisonPages(pfn, order, KASAN_SLAB_REDZONE);
  }
  constructing(cache: number, object: number): void {
    this.shadow.unpoison(object, this.objects.objectSize(cache));
  }
  constructed(cache: number, object: number): void {
    this.shadow.poison(object, this.objects.objectSize(cache), KASAN_SLAB_REDZONE);
  }
  allocated(cache: number, object: number, size: number, gfp: number): void {
    const { objects, ports } = this;
    if (ports.mayBlock(gfp)) this.quarantine.reduce();
    const isKmalloc = (objects.flags(cache) & SLAB_KMALLOC) !== 0;
    this.setRedzone(object, size, objects.objectSize(cache));
    this.meta.setAlloc(cache, object, ports.pid(), this.traces.save(isKmalloc ? KMALLOC : CACHE_ALLOC));
  }
  private setRedzone(object: number, size: number, objectSize: number): void {
    this.shadow.unpoison(object, size);
    const end = roundUp(size);
    if (end < objectSize) this.shadow.poison(object + end, objectSize - end, KASAN_SLAB_REDZONE);
  }
  accessible(address: number, size: number): void {
    this.shadow.unpoison(address, size);
  }
  resized(address: number, size: number): void {
    const at = this.objects.at(address);
    if (at) this.setRedzone(address, size, this.objects.objectSize(at.cache));
    else this.largeAllocated(address, size);
  }
  freed(cache: number, object: number): boolean {
    const { shadow, objects, meta } = this;
    if (!this.mayBeFreed(object, FREE, this.inner())) return true;
    if (objects.flags(cache) & SLAB_TYPESAFE_BY_RCU) return false;
    shadow.poison(object, objects.objectSize(cache), KASAN_SLAB_FREE);
    meta.setFree(cache, object, this.ports.pid(), this.traces.save([...SAVE_FREE, ...this.inner()]));
    shadow.poison(object, KASAN_SHADOW_SCALE_SIZE, KASAN_SLAB_FREETRACK);
    this.quarantine.put(meta.link(cache, object), objects.field(cache, 'size'));
    return true;
  }
  freedToPool(address: number): void {
    const { shadow, objects } = this;
    const at = objects.at(address);
    if (at) {
      if (!this.mayBeFreed(address, FREE_TO_POOL, []) || objects.flags(at.cache) & SLAB_TYPESAFE_BY_RCU) return;
      shadow.poison(address, objects.objectSize(at.cache), KASAN_SLAB_FREE);
    } else if (this.largeMayBeFreed(address, FREE_LARGE_TO_POOL, this.ports.functions()[0] ?? POOL)) {
      const { start, bytes } = this.ports.block(address);
      shadow.poison(start, bytes, KASAN_PAGE_FREE);
    }
  }
  cacheShrinks(cache: number): void {
    this.quarantine.removeCache(cache);
  }
  /** An object leaves the quarantine: what tells of its free is overwritten from now on. */
  released(object: number): void {
    this.shadow.poison(object, KASAN_SHADOW_SCALE_SIZE, KASAN_SLAB_FREE);
  }
  largeAllocated(address: number, size: number): void {
    const { shadow } = this;
    const { start, bytes } = this.ports.block(address);
    shadow.unpoison(address, size);
    const end = roundUp(address + size);
    shadow.poison(end, start + bytes - end, KASAN_PAGE_REDZONE);
  }
  largeFreed(address: number): void {
    this.largeMayBeFreed(address, FREE_LARGE, LARGE);
  }
  /** ____kasan_kfree_large: false after a report. */
  private largeMayBeFreed(address: number, checks: readonly string[], code: string): boolean {
    const functions = [...checks, ...this.ports.functions()];
    const type = this.whyNotFreed(address, this.ports.block(address).start);
    if (type) this.reports.invalidFree(address, type, code, functions);
    return type === undefined;
  }
  /** The checks at the head of ____kasan_slab_free: false after a report, or where another had been made: the object is not freed. */
  private mayBeFreed(object: number, checks: readonly string[], inner: readonly string[]): boolean {
    const type = this.whyNotFreed(object, this.objects.at(object)?.object);
    const own = [...inner, ...this.ports.functions()];
    if (type)
      this.reports.invalidFree(object, type, own.find((fn) => fn !== SLUB_HOOK) ?? KFREE_INNER, [...checks, ...own]);
    return type === undefined;
  }
  private whyNotFreed(address: number, start: number | undefined): 'invalid-free' | 'double-free' | undefined {
    if (address !== start) return 'invalid-free';
    return this.shadow.byteOf(address) >= KASAN_SHADOW_SCALE_SIZE ? 'double-free' : undefined;
  }
  /** the allocator's functions between the check and the function of the API */
  private inner(): readonly string[] {
    const [outer] = this.ports.functions();
    const kfrees = outer?.startsWith('kfree') || outer === 'krealloc' || outer === undefined;
    return [...(this.objects.isSlub ? [SLUB_HOOK] : []), ...(kfrees ? [KFREE_INNER] : [])];
  }
}
