/**
 * The fast paths: the first object of the CPU's freelist is taken, or one put in front of it, and what of the slow paths stays with the CPU
 * and with slabs that are on no list (mm/slub.c, 6.1: __slab_alloc_node, get_freelist, do_slab_free, __slab_free, put_cpu_partial). They work on words, without an address as a number: where a frame's words lie never changes, so that they are looked up
 * once (FastCache). What they cannot do they leave to the others, and change nothing.
 */
import type { Memory } from '../../../memory/memory';
import { PAGE_SIZE } from '../../../types/pageSize';
import { highWord } from '../list_head';
import type { PageTable } from '../page';
import { doubleFree, swab } from './slub_freelist';
import { SLAB_DEBUG_FLAGS } from './slub_geometry';
import type { SlubMemory } from './slub_memory';
import type { SlubOffsets } from './slub_offsets';
import { countersOf, FROZEN, inuseOf, isFrozen, MAX_SLABS, objectsOf, pfmemallocFlag, withInuse } from './slub_slab';

export interface FastParts {
  readonly m: SlubMemory;
  readonly pages: PageTable;
  readonly at: SlubOffsets;
  /** virtual address of pfn 0 */
  readonly base: number;
  readonly hardened: boolean;
  readonly tidStep: number;
  readonly cpuCount: number;
  percpuOffset(cpu: number): number;
  /** smp_processor_id */
  cpu(): number;
}
export interface FastPaths {
  /** The CPU's first free object, or the first of its partial slabs; 0: the slow path has to find one */
  alloc(cache: number): number;
  /** Whether the object has become the first of its freelist, the CPU's or the slab's own. @throws KernelBug if it is that already */
  free(cache: number, object: number): boolean;
}

/** Where the words of a cache and of its CPUs' structures lie. It follows from the two addresses that it begins with. */
interface FastCache {
  cache: number;
  /** words of cpu_slab when `cpus` was made */
  cpuLo: number;
  cpuHi: number;
  /** first word of struct kmem_cache; −1 where its fields are not all in one frame */
  word: number;
  /** by CPU, first word of struct kmem_cache_cpu; −1 where it lies across frames, or not in the direct map */
  readonly cpus: Int32Array;
}
/** caches are found by their address' lowest bits: a power of two */
const ENTRIES = 256;
const TWO32 = 0x1_0000_0000;
/** On x86_64 the high word of addresses in the direct map, up to 1 TiB, is 0 to 255 above that of its start. */
const MAX_HIGH = 256;

export function fastPaths(parts: FastParts): FastPaths {
  const { m, pages, at, base, hardened, tidStep, cpuCount, cpu: thisCpu } = parts;
  const mem: Memory = m.mem;
  const { wide } = m;
  const baseLo = base | 0;
  const baseHigh = wide ? highWord(base) : 0;
  const mask = m.wordSize - 1;
  const cpuSlab = at.cache.cpuSlab >> 2;
  const offsetAt = at.cache.offset >> 2;
  const randomAt = at.cache.random >> 2;
  // freelist is first, and tid behind it
  const tidAt = at.cpu.tid >> 2;
  const slabAt = at.cpu.slab >> 2;
  const flagsAt = at.cache.flags >> 2;
  const countersAt = at.slab.counters;
  const freelistAt = at.slab.freelist;
  const nextAt = at.slab.next;
  const slabsAt = at.slab.slabs;
  const partialAt = at.cpu.partial >> 2;
  const cpuPartialSlabsAt = at.cache.cpuPartialSlabs >> 2;
  const reserveFlag = pfmemallocFlag(pages);
  const { lru } = pages;
  const entries = Array.from(
    { length: ENTRIES },
    (): FastCache => ({ cache: 0, cpuLo: 0, cpuHi: 0, word: -1, cpus: new Int32Array(cpuCount) }),
  );

  function entryOf(cache: number): FastCache {
    const entry = entries[((cache | 0) >>> 6) & (ENTRIES - 1)] as FastCache;
    if (entry.cache !== cache) lookUp(entry, cache);
    return entry;
  }
  function lookUp(entry: FastCache, cache: number): void {
    entry.cache = cache;
    entry.word = m.isDirect(cache) ? together(cache, at.cache.node) : -1;
    entry.cpuLo = 0;
    entry.cpuHi = 0;
  }
  /** First word of a structure; −1 if it lies across frames */
  function together(va: number, bytes: number): number {
    const first = m.word(va);
    return m.word(va + bytes - 4) - first === (bytes >> 2) - 1 ? first : -1;
  }
  /** First word of this CPU's struct kmem_cache_cpu; −1 if that, or the cache, lies across frames. */
  function cpuWord(entry: FastCache): number {
    const { word } = entry;
    if (word < 0) return -1;
    const { words } = mem;
    const lo = words[word + cpuSlab] as number;
    const hi = wide ? (words[word + cpuSlab + 1] as number) : 0;
    if (lo !== entry.cpuLo || hi !== entry.cpuHi) lookUpCpus(entry, lo, hi);
    return entry.cpus[thisCpu()] as number;
  }
  function lookUpCpus(entry: FastCache, lo: number, hi: number): void {
    const address = m.address(lo, hi);
    for (let cpu = 0; cpu < cpuCount; cpu++) {
      const c = parts.percpuOffset(cpu) + address;
      entry.cpus[cpu] = m.isDirect(c) ? together(c, at.cpu.bytes) : -1;
    }
    entry.cpuLo = lo;
    entry.cpuHi = hi;
  }
  /** The word of an address of the direct map, given as two words; 0 for any other, and for one that is not aligned. */
  function wordOf(lo: number, hi: number): number {
    if ((lo & mask) !== 0) return 0;
    let pfn = 0;
    if (wide) {
      const high = (hi - baseHigh) | 0;
      if (high >>> 0 >= MAX_HIGH) return 0;
      pfn = (high << 20) | (lo >>> 12);
    } else pfn = ((lo - baseLo) | 0) >>> 12;
    const frame = mem.touchedFrameWord(pfn);
    return frame === 0 ? 0 : frame | ((lo & (PAGE_SIZE - 1)) >>> 2);
  }
  /** next_tid */
  function nextTid(c: number): void {
    const old = mem.words[c + tidAt] as number;
    const tid = (old + tidStep) | 0;
    mem.set(c + tidAt, tid);
    if (wide && tid >>> 0 < old >>> 0) mem.set(c + tidAt + 1, ((mem.words[c + tidAt + 1] as number) + 1) | 0);
  }

  function alloc(cache: number): number {
    const entry = entryOf(cache);
    const c = cpuWord(entry);
    if (c < 0) return 0;
    const { words } = mem;
    const lo = words[c] as number;
    const hi = wide ? (words[c + 1] as number) : 0;
    const slab = wide
      ? (words[c + slabAt] as number) | (words[c + slabAt + 1] as number)
      : (words[c + slabAt] as number);
    if ((lo | hi) === 0) return refill(entry.word, c);
    return slab === 0 ? 0 : load(entry.word, c, lo, hi);
  }
  /** The object is handed out, and what is linked behind it becomes the CPU's freelist. 0, and nothing is done, if it cannot be read. */
  function load(word: number, c: number, lo: number, hi: number): number {
    const { words } = mem;
    // an object does not lie across 4 GiB
    const pointer = (lo + (words[word + offsetAt] as number)) | 0;
    const from = wordOf(pointer, hi);
    if (from === 0) return 0;
    let nextLo = words[from] as number;
    if (!wide) {
      if (hardened) nextLo ^= (words[word + randomAt] as number) ^ swab(pointer);
      mem.set(c, nextLo);
      nextTid(c);
      return lo >>> 0;
    }
    let nextHi = words[from + 1] as number;
    if (hardened) {
      nextLo ^= (words[word + randomAt] as number) ^ swab(hi);
      nextHi ^= (words[word + randomAt + 1] as number) ^ swab(pointer);
    }
    mem.setPair(c, nextLo, nextHi);
    nextTid(c);
    return hi * TWO32 + (lo >>> 0);
  }

  /** The pfn of the slab that the `struct slab *` at a word points to; −1 for NULL, −2 for what is not a slab's address */
  function slabOf(pointer: number): number {
    const { words } = mem;
    const lo = words[pointer] as number;
    const hi = wide ? (words[pointer + 1] as number) : 0;
    if ((lo | hi) === 0) return -1;
    const slab = pages.pfnOfLru((lo + pages.lruOffset) | 0, hi);
    return slab < 0 ? -2 : slab;
  }
  function copyPointer(from: number, to: number): void {
    const { words } = mem;
    if (wide) mem.setPair(to, words[from] as number, words[from + 1] as number);
    else mem.set(to, words[from] as number);
  }
  function clearPointer(at: number): void {
    if (wide) mem.setPair(at, 0, 0);
    else mem.set(at, 0);
  }
  /**
   * The CPU's freelist is empty: what others have freed of its slab, or the next of its partial slabs that has free objects; a slab without
   * any is left. 0: there are none, and the slow path looks at the nodes.
   */
  function refill(word: number, c: number): number {
    for (let left = MAX_SLABS; left > 0; left--) {
      const slab = slabOf(c + slabAt);
      if (slab === -2) return 0;
      if (slab >= 0) {
        const page = pages.word(slab);
        const { words } = mem;
        if ((words[page] as number) & reserveFlag) return 0;
        const list = page + freelistAt;
        const lo = words[list] as number;
        const hi = wide ? (words[list + 1] as number) : 0;
        const objects = objectsOf(words[page + countersAt] as number);
        if ((lo | hi) !== 0) {
          const object = load(word, c, lo, hi);
          if (object === 0) return 0;
          clearPointer(list);
          mem.set(page + countersAt, countersOf(objects, objects, true));
          return object;
        }
        mem.set(page + countersAt, countersOf(objects, objects, false));
        clearPointer(c + slabAt);
        nextTid(c);
      }
      const next = slabOf(c + partialAt);
      if (next < 0) return 0;
      copyPointer(c + partialAt, c + slabAt);
      copyPointer(pages.word(next) + nextAt, c + partialAt);
    }
    return 0;
  }

  function free(cache: number, object: number): boolean {
    const entry = entryOf(cache);
    const c = cpuWord(entry);
    if (c < 0) return false;
    const lo = object | 0;
    const hi = wide ? highWord(object) : 0;
    const pfn = ((object - base) / PAGE_SIZE) | 0;
    if (!pages.has(pfn)) return false;
    const page = pages.word(pfn);
    const { words } = mem;
    // the slab that the object is in: `struct page *` of its first page, as two words
    let slabLo = words[page + lru] as number;
    let slabHi = wide ? (words[page + lru + 1] as number) : 0;
    if (slabLo & 1) slabLo = (slabLo - 1) | 0;
    else {
      slabLo = (pages.lruLo(pfn) - pages.lruOffset) | 0;
      slabHi = pages.lruHi(pfn);
    }
    const { word } = entry;
    if (slabLo !== words[c + slabAt] || (wide && slabHi !== words[c + slabAt + 1]))
      return toItsSlab(word, c, slabLo, slabHi, lo, hi);
    if (!putFirst(word, c, lo, hi)) return false;
    nextTid(c);
    return true;
  }
  /** An object becomes the first of the freelist that begins with the pointer at a word. False, and nothing is done, if it is not aligned. */
  function putFirst(word: number, list: number, lo: number, hi: number): boolean {
    const { words } = mem;
    const pointer = (lo + (words[word + offsetAt] as number)) | 0;
    const to = wordOf(pointer, hi);
    if (to === 0) return false;
    let firstLo = words[list] as number;
    if (!wide) {
      if (hardened && firstLo === lo) throw doubleFree(wide);
      if (hardened) firstLo ^= (words[word + randomAt] as number) ^ swab(pointer);
      mem.setTwo(to, firstLo, list, lo);
      return true;
    }
    let firstHi = words[list + 1] as number;
    if (hardened) {
      if (firstLo === lo && firstHi === hi) throw doubleFree(wide);
      firstLo ^= (words[word + randomAt] as number) ^ swab(hi);
      firstHi ^= (words[word + randomAt + 1] as number) ^ swab(pointer);
    }
    mem.setPair(to, firstLo, firstHi);
    mem.setPair(list, lo, hi);
    return true;
  }
  /**
   * The part of __slab_free that changes no node: the slab is frozen, or it has free objects before and objects in use after it, or it was
   * full and finds room in this CPU's chain.
   */
  function toItsSlab(word: number, c: number, slabLo: number, slabHi: number, lo: number, hi: number): boolean {
    const slab = pages.pfnOfLru((slabLo + pages.lruOffset) | 0, slabHi);
    if (slab < 0) return false;
    const page = pages.word(slab);
    const { words } = mem;
    const counters = words[page + countersAt] as number;
    const list = page + freelistAt;
    const prior = wide ? (words[list] as number) | (words[list + 1] as number) : (words[list] as number);
    const inuse = inuseOf(counters) - 1;
    if ((words[word + flagsAt] as number) & SLAB_DEBUG_FLAGS) return false;
    if (isFrozen(counters) || (prior !== 0 && inuse !== 0)) {
      if (!putFirst(word, list, lo, hi)) return false;
      mem.set(page + countersAt, withInuse(counters, inuse));
      return true;
    }
    if (prior !== 0) return false;
    const first = slabOf(c + partialAt);
    if (first === -2) return false;
    const before = first < 0 ? 0 : (words[pages.word(first) + slabsAt] as number);
    if (first >= 0 && before >= (words[word + cpuPartialSlabsAt] as number)) return false;
    if (!putFirst(word, list, lo, hi)) return false;
    mem.set(page + countersAt, withInuse(counters, inuse) | FROZEN);
    // put_cpu_partial
    mem.set(page + slabsAt, before + 1);
    copyPointer(c + partialAt, page + nextAt);
    if (wide) mem.setPair(c + partialAt, slabLo, slabHi);
    else mem.set(c + partialAt, slabLo);
    return true;
  }
  return { alloc, free };
}
