/** The fields of struct kmem_cache that SLUB, SLAB and SLOB have in common (mm/slab.h, 6.1). */
import type { Memory } from '../../../memory/memory';
import { PAGE_SIZE } from '../../../types/pageSize';
import type { DirectMap } from '../../arch/direct_map';
import type { StructMemory } from '../../lib/struct_memory';

/** Reads and writes the common fields. A cache is the address of its struct. */
export class CacheFields {
  /** offset of `list` */
  readonly list: number;
  private readonly at: Readonly<
    Record<'flags' | 'size' | 'object_size' | 'align' | 'refcount' | 'ctor' | 'name', number>
  >;
  private readonly useroffset: number;
  private readonly usersize: number;

  /** bytes from the start of the struct to the end of the fields that are read on each allocation */
  private readonly hotBytes: number;
  /** where the words of caches lie, by the lowest bits of their addresses: it follows from the address alone */
  private readonly known = Array.from({ length: KNOWN }, (): KnownCache => ({ cache: 0, word: -1 }));

  constructor(
    private readonly memory: StructMemory,
    private readonly mem: Memory,
    private readonly direct: DirectMap,
  ) {
    const at = (field: string) => memory.offset('kmem_cache', field);
    this.list = at('list');
    this.at = {
      flags: at('flags'),
      size: at('size'),
      object_size: at('object_size'),
      align: at('align'),
      refcount: at('refcount'),
      ctor: at('ctor'),
      name: at('name'),
    };
    this.hotBytes = Math.max(at('flags') + 4, at('object_size') + 4, at('ctor') + memory.wordSize);
    this.useroffset = at('useroffset');
    this.usersize = at('usersize');
  }

  /** Index in mem.words of a cache's struct; −1 where its fields are not all in one frame of the direct map. */
  private word(cache: number): number {
    const known = this.known[((cache | 0) >>> 6) & (KNOWN - 1)] as KnownCache;
    if (known.cache !== cache) {
      const phys = this.direct.pa(cache);
      const first = phys < 0 || (phys & 3) !== 0 ? -1 : this.mem.word(phys);
      const inOne = first >= 0 && (phys % PAGE_SIZE) + this.hotBytes <= PAGE_SIZE;
      known.cache = cache;
      known.word = inOne ? first : -1;
    }
    return known.word;
  }
  flags(cache: number): number {
    const word = this.word(cache);
    return word < 0
      ? this.memory.get32(cache + this.at.flags)
      : (this.mem.words[word + (this.at.flags >> 2)] as number);
  }
  /** bytes from one object to the next */
  size(cache: number): number {
    return this.memory.get32(cache + this.at.size);
  }
  /** bytes that were asked for */
  objectSize(cache: number): number {
    const word = this.word(cache);
    return word < 0
      ? this.memory.get32(cache + this.at.object_size)
      : (this.mem.words[word + (this.at.object_size >> 2)] as number);
  }
  align(cache: number): number {
    return this.memory.get32(cache + this.at.align);
  }
  refcount(cache: number): number {
    return this.memory.get32(cache + this.at.refcount);
  }
  ctor(cache: number): number {
    return this.memory.getLong(cache + this.at.ctor);
  }
  hasCtor(cache: number): boolean {
    const word = this.word(cache);
    if (word < 0) return this.ctor(cache) !== 0;
    const at = word + (this.at.ctor >> 2);
    return this.mem.words[at] !== 0 || (this.memory.wordSize === 8 && this.mem.words[at + 1] !== 0);
  }
  /** address of the name */
  nameAt(cache: number): number {
    return this.memory.getLong(cache + this.at.name);
  }
  /** The name as far as it can be read. */
  name(cache: number): string {
    const at = this.nameAt(cache);
    return at === 0 ? '(null)' : this.memory.string(at, MAX_NAME);
  }
  userRegion(cache: number): { readonly offset: number; readonly size: number } {
    const { memory } = this;
    return { offset: memory.get32(cache + this.useroffset), size: memory.get32(cache + this.usersize) };
  }

  setFlags(cache: number, flags: number): void {
    this.memory.set32(cache + this.at.flags, flags);
  }
  setObjectSize(cache: number, size: number): void {
    this.memory.set32(cache + this.at.object_size, size);
  }
  setRefcount(cache: number, count: number): void {
    this.memory.set32(cache + this.at.refcount, count);
  }
  /** What create_cache and create_boot_cache fill in of a zeroed struct. */
  describe(cache: number, is: CacheDescription): void {
    const { memory, at } = this;
    memory.setLong(cache + at.name, is.name);
    memory.set32(cache + at.size, is.size);
    memory.set32(cache + at.object_size, is.size);
    memory.set32(cache + at.align, is.align);
    memory.setLong(cache + at.ctor, is.ctor);
    memory.set32(cache + this.useroffset, is.useroffset);
    memory.set32(cache + this.usersize, is.usersize);
  }
}
/** caches whose place is remembered: a power of two */
const KNOWN = 64;
interface KnownCache {
  cache: number;
  word: number;
}
/** bytes of a name that are read */
const MAX_NAME = 64;

interface CacheDescription {
  /** address of the name */
  readonly name: number;
  /** bytes of an object */
  readonly size: number;
  readonly align: number;
  /** address of the constructor; 0: none */
  readonly ctor: number;
  readonly useroffset: number;
  readonly usersize: number;
}
