/**
 * Pointers from one free object to the next, which lie in the objects (mm/slub.c, 6.1: get_freepointer, set_freepointer, freelist_ptr).
 * With CONFIG_SLAB_FREELIST_HARDENED a pointer is stored ^ kmem_cache.random ^ its own address, bytes swapped.
 */
import { KernelBug } from '../../lib/bug';
import { highWord } from '../list_head';
import type { SlubMemory } from './slub_memory';
import type { CacheOffsets } from './slub_offsets';

/** swab32 */
export const swab = (x: number): number => (x << 24) | ((x & 0xff00) << 8) | ((x >>> 8) & 0xff00) | (x >>> 24);

/** set_freepointer's BUG_ON(object == fp): the object is in front of its freelist already. On x86_64 kfree ends with a jump there. */
export const doubleFree = (wide: boolean): KernelBug =>
  new KernelBug({ at: 'mm/slub.c:419', fn: '__kmem_cache_free', ...(wide ? { functions: [] } : {}) });

export class FreePointers {
  /** The pointer that `read` has read, as two words: it may lead nowhere. For the time until the next call. */
  lo = 0;
  hi = 0;

  constructor(
    private readonly m: SlubMemory,
    private readonly at: CacheOffsets,
    readonly hardened: boolean,
  ) {}

  /** get_freepointer, into `lo` and `hi`. @throws PageFaultError for an object that is not in memory */
  read(cache: number, object: number): void {
    const { m } = this;
    const at = object + m.intAt(cache + this.at.offset);
    if (m.aligned(at)) {
      const word = m.word(at);
      this.lo = m.mem.words[word] as number;
      this.hi = m.wide ? (m.mem.words[(word + 1) | 0] as number) : 0;
    } else
      m.readAnywhere(at, (lo, hi) => {
        this.lo = lo | 0;
        this.hi = hi;
      });
    this.code(cache, at);
  }
  /** The same as an address. @throws GeneralProtectionError for a pointer that is not canonical */
  get(cache: number, object: number): number {
    this.read(cache, object);
    return this.m.address(this.lo, this.hi);
  }
  /** set_freepointer. @throws KernelBug if `next` is the object itself */
  set(cache: number, object: number, next: number): void {
    const { m } = this;
    if (this.hardened && object === next) throw doubleFree(m.wide);
    const at = object + m.intAt(cache + this.at.offset);
    this.lo = next | 0;
    this.hi = m.wide ? highWord(next) : 0;
    this.code(cache, at);
    if (!m.aligned(at)) m.writeAnywhere(at, this.lo, this.hi);
    else if (m.wide) m.mem.setPair(m.word(at), this.lo, this.hi);
    else m.mem.set(m.word(at), this.lo);
  }
  /** freelist_ptr, of `lo` and `hi`: the same both ways */
  private code(cache: number, at: number): void {
    if (!this.hardened) return;
    const { m } = this;
    const random = m.word(cache + this.at.random);
    const { words } = m.mem;
    if (m.wide) {
      this.lo ^= (words[random] as number) ^ swab(highWord(at));
      this.hi ^= (words[(random + 1) | 0] as number) ^ swab(at | 0);
    } else this.lo ^= (words[random] as number) ^ swab(at | 0);
  }
}
