/**
 * Which object of which cache an address lies in (mm/slab.h: virt_to_slab; include/linux/slub_def.h, slab_def.h: nearest_obj, 6.1), for the
 * checks of memory: it reads what the allocators keep, and trusts nothing of it.
 */
import { SLAB_KMALLOC, SLAB_RED_ZONE, SLAB_STORE_USER } from '../../../profiles/slabFlags';
import { PAGE_SIZE } from '../../../types/pageSize';
import type { DirectMap } from '../../arch/direct_map';
import type { StructMemory } from '../../lib/struct_memory';
import type { PageTable } from '../page';

export interface SlabObject {
  readonly cache: number;
  /** pfn of the slab's first page */
  readonly slab: number;
  /** the address that the object's user has */
  readonly object: number;
}
type CacheField = 'size' | 'object_size' | 'flags' | 'red_left_pad' | 'inuse' | 'offset' | 'num' | 'name' | 'ctor';
type SlabField = 'slab_cache' | 's_mem' | 'counters';
interface Where {
  readonly pages: PageTable;
  readonly direct: DirectMap;
}

/** 15 bits of struct slab's counters, above the number of objects in use */
const OBJECTS_SHIFT = 16;
const OBJECTS_MASK = 0x7fff;

export class SlabObjects {
  readonly isSlub: boolean;
  /** offsets in struct kmem_cache and struct slab; −1 for what the allocator does not have */
  private readonly offsets: Readonly<Record<CacheField | SlabField, number>>;

  constructor(
    private readonly where: Where,
    readonly m: StructMemory,
    allocator: 'slub' | 'slab' | 'slob',
    /** sizeof(struct track) */
    readonly trackSize: number,
  ) {
    this.isSlub = allocator === 'slub';
    const offset = (tag: string, field: string) => (m.has(tag, field) ? m.offset(tag, field) : -1);
    const cache = (field: CacheField) => offset('kmem_cache', field);
    this.offsets = {
      size: cache('size'),
      object_size: cache('object_size'),
      flags: cache('flags'),
      red_left_pad: cache('red_left_pad'),
      inuse: cache('inuse'),
      offset: cache('offset'),
      num: cache('num'),
      name: cache('name'),
      ctor: cache('ctor'),
      slab_cache: offset('slab', 'slab_cache'),
      s_mem: offset('slab', 's_mem'),
      counters: offset('slab', 'counters'),
    };
  }
  /** The object that an address lies in, or is nearest to in its slab; undefined for what is not a slab's. */
  at(address: number): SlabObject | undefined {
    const { pages, direct } = this.where;
    const phys = direct.pa(address);
    const pfn = Math.floor(phys / PAGE_SIZE);
    if (phys < 0 || !pages.has(pfn)) return undefined;
    const slab = pages.headOr(pfn, -1);
    if (slab < 0 || !pages.isSlab(slab)) return undefined;
    const cache = this.cacheOf(slab);
    const size = this.field(cache, 'size');
    if (size <= 0) return undefined;
    const start = this.firstObject(slab);
    const index = Math.floor((address - start) / size);
    const last = this.objects(cache, slab) - 1;
    const nearest = start + Math.max(0, Math.min(index, last)) * size;
    return { cache, slab, object: nearest + this.leftPad(cache) };
  }
  /** slab->slab_cache */
  cacheOf(slab: number): number {
    return this.m.getLong(this.where.pages.pageAddr(slab) + this.offsets.slab_cache);
  }
  private firstObject(slab: number): number {
    const { pages, direct } = this.where;
    return this.isSlub ? direct.va(slab * PAGE_SIZE) : this.m.getLong(pages.pageAddr(slab) + this.offsets.s_mem);
  }
  private objects(cache: number, slab: number): number {
    if (!this.isSlub) return this.field(cache, 'num');
    const counters = this.m.get32(this.where.pages.pageAddr(slab) + this.offsets.counters);
    return (counters >>> OBJECTS_SHIFT) & OBJECTS_MASK;
  }
  /** fixup_red_left: bytes between the start of an object's place and the object */
  leftPad(cache: number): number {
    return this.isSlub && this.flags(cache) & SLAB_RED_ZONE ? this.field(cache, 'red_left_pad') : 0;
  }
  /** An unsigned int of struct kmem_cache. */
  field(cache: number, name: CacheField): number {
    return this.m.get32(cache + this.offsets[name]);
  }
  flags(cache: number): number {
    return this.field(cache, 'flags');
  }
  objectSize(cache: number): number {
    return this.field(cache, 'object_size');
  }
  name(cache: number): string {
    return this.m.string(this.m.getLong(cache + this.offsets.name), 64);
  }
  constructorOf(cache: number): number {
    return this.m.getLong(cache + this.offsets.ctor);
  }
  /** get_info_end: bytes of an object before what the checks keep in it */
  infoEnd(cache: number): number {
    const { wordSize } = this.m;
    if (!this.isSlub) return Math.ceil(this.objectSize(cache) / wordSize) * wordSize;
    const inuse = this.field(cache, 'inuse');
    return this.field(cache, 'offset') >= inuse ? inuse + wordSize : inuse;
  }
  /** The same behind who allocated and freed it. */
  tracksEnd(cache: number): number {
    const flags = this.flags(cache);
    const tracks = this.isSlub && flags & SLAB_STORE_USER ? 2 * this.trackSize + (flags & SLAB_KMALLOC ? 4 : 0) : 0;
    return this.infoEnd(cache) + tracks;
  }
}
