/** Where the parts of an object are that slub_debug looks at (mm/slub.c, 6.1: get_info_end, size_from_object, check_valid_pointer). */
import { SLAB_KASAN, SLAB_KMALLOC, SLAB_RED_ZONE, SLAB_STORE_USER } from '../../../profiles/slabFlags';
import type { SlubParts } from '../slub/slub_parts';
import { objectsOf } from '../slub/slub_slab';

/** the size that kmalloc was asked for, an unsigned int */
const ORIG_SIZE = 4;

export class SlubLayout {
  constructor(
    private readonly p: Pick<SlubParts, 'm' | 'at' | 'caches' | 'slabs' | 'pointers'>,
    /** sizeof(struct track) */
    readonly trackSize: number,
    /** kasan_metadata_size: bytes that a sanitizer keeps behind an object */
    private readonly metadata: (cache: number) => number,
  ) {}

  /** get_info_end: bytes up to who allocated and freed the object */
  infoEnd(cache: number): number {
    const { m, at, caches } = this.p;
    const inuse = caches.inuse(cache);
    return m.intAt(cache + at.cache.offset) >= inuse ? inuse + m.wordSize : inuse;
  }
  /** freeptr_outside_object */
  pointerIsOutside(cache: number): boolean {
    const { m, at, caches } = this.p;
    return m.intAt(cache + at.cache.offset) >= caches.inuse(cache);
  }
  /** bytes that something is kept in; what follows is padding */
  dataEnd(cache: number): number {
    const flags = this.p.caches.flags(cache);
    const tracks = flags & SLAB_STORE_USER ? 2 * this.trackSize : 0;
    const size = flags & SLAB_STORE_USER && flags & SLAB_KMALLOC ? ORIG_SIZE : 0;
    return this.infoEnd(cache) + tracks + size + (flags & SLAB_KASAN ? this.metadata(cache) : 0);
  }
  /** Where the size is that kmalloc was asked for; undefined in a cache that does not keep it. */
  origSizeAt(cache: number): number | undefined {
    const flags = this.p.caches.flags(cache);
    return flags & SLAB_STORE_USER && flags & SLAB_KMALLOC ? this.infoEnd(cache) + 2 * this.trackSize : undefined;
  }
  /** size_from_object: bytes from an object to the left red zone of the next */
  sizeFromObject(cache: number): number {
    const { caches } = this.p;
    return caches.size(cache) - (caches.flags(cache) & SLAB_RED_ZONE ? caches.redLeftPad(cache) : 0);
  }
  /** The address of the first object of a slab. */
  private first(cache: number, slab: number): number {
    const { caches, slabs } = this.p;
    return slabs.address(slab) + (caches.flags(cache) & SLAB_RED_ZONE ? caches.redLeftPad(cache) : 0);
  }
  objects(cache: number, slab: number): number[] {
    const { caches, slabs } = this.p;
    const size = caches.size(cache);
    const start = this.first(cache, slab);
    return Array.from({ length: objectsOf(slabs.counters(slab)) }, (_, i) => start + i * size);
  }
  /** check_valid_pointer, of an address that is not NULL */
  isObject(cache: number, slab: number, object: number): boolean {
    const { caches, slabs } = this.p;
    const distance = object - this.first(cache, slab);
    const size = caches.size(cache);
    return distance >= 0 && distance < objectsOf(slabs.counters(slab)) * size && distance % size === 0;
  }
  /** The free pointer; undefined for what is not an address. */
  nextOf(cache: number, object: number): number | undefined {
    const { pointers, m } = this.p;
    pointers.read(cache, object);
    if (!m.wide) return pointers.lo >>> 0;
    const { lo, hi } = pointers;
    return hi < 0x8000 && hi >= -0x8000 ? hi * 2 ** 32 + (lo >>> 0) : undefined;
  }
}
