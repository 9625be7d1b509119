/** The fields of struct kmem_cache that SLUB, SLAB and SLOB have in common (mm/slab.h, 6.1). */
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

  constructor(private readonly memory: StructMemory) {
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
    this.useroffset = at('useroffset');
    this.usersize = at('usersize');
  }

  flags(cache: number): number {
    return this.memory.get32(cache + this.at.flags);
  }
  /** bytes from one object to the next */
  size(cache: number): number {
    return this.memory.get32(cache + this.at.size);
  }
  /** bytes that were asked for */
  objectSize(cache: number): number {
    return this.memory.get32(cache + this.at.object_size);
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
