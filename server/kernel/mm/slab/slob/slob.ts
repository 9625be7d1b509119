/**
 * SLOB: first fit in pages of three lists, by the size of the request (mm/slob.c, 6.1: slob_alloc, slob_free, __do_kmalloc_node, kfree,
 * __ksize, __kmem_cache_create, slob_alloc_node, kmem_cache_free).
 */
import { SLAB_PANIC, SLAB_TYPESAFE_BY_RCU } from '../../../../profiles/slabFlags';
import { PAGE_SIZE } from '../../../../types/pageSize';
import type { Lists } from '../../../lib/list';
import { NotEmulated } from '../../../lib/not_emulated';
import type { StructMemory } from '../../../lib/struct_memory';
import type { GfpMasks } from '../../gfp';
import { getOrder } from '../../page_alloc/page_api';
import { allocOneByOne, freeOneByOne } from '../bulk';
import type { CacheFields } from '../kmem_cache';
import type { BlockAllocator, BootCaches, BootstrappedCaches, Fresh, SlabBackend, SlabInfo } from '../slab_backend';
import { PAGE_UNITS, type SlobBlocks, type SlobPage, UNIT, unitsOf } from './slob_page';
import type { SlobPages } from './slob_pages';

/** SLOB_BREAK1 and SLOB_BREAK2: requests below them come from the small and the medium pages */
const BREAK1 = 256;
const BREAK2 = 1024;
/** ARCH_KMALLOC_MINALIGN: bytes in front of a block of kmalloc, which begin with its size */
const MINALIGN = 8;

export interface SlobParts {
  readonly memory: StructMemory;
  readonly fields: CacheFields;
  readonly lists: Lists;
  readonly pages: SlobPages;
  readonly blocks: SlobBlocks;
  readonly gfp: GfpMasks;
  /** free_slob_small, free_slob_medium, free_slob_large */
  readonly heads: readonly [number, number, number];
  /** address of kmem_cache_boot */
  readonly kmemCache: number;
  /** CONFIG_NUMA */
  readonly numa: boolean;
  /** bytes of a struct kmem_cache, and of a struct slob_rcu */
  readonly cacheBytes: number;
  readonly rcuBytes: number;
  /** call_rcu(&slob_rcu->head, kmem_rcu_free) */
  callRcu(head: number): void;
  /** WARN_ON_ONCE of slob_alloc_node: an object with a constructor cannot be asked for cleared */
  warnZeroWithCtor(): void;
}

export class Slob implements SlabBackend {
  readonly name = 'slob';
  readonly blocks: BlockAllocator;
  private readonly rcuSize: number;

  constructor(readonly p: SlobParts) {
    this.rcuSize = p.memory.offset('slob_rcu', 'size');
    this.blocks = {
      alloc: (size, gfp, node) => this.kmalloc(size, gfp, node),
      free: (block) => this.kfree(block),
      usableSize: (block) => this.ksize(block),
    };
  }

  // ---------------------------------------------------------------- blocks
  /** The list of the pages for requests of so many bytes. */
  private listFor(size: number): number {
    const [small, medium, large] = this.p.heads;
    return size < BREAK1 ? small : size < BREAK2 ? medium : large;
  }
  /** slob_alloc: bytes so that the address `lead` bytes behind their start is aligned; 0 if there is no memory */
  private takeBlock(size: number, gfp: number, align: number, node: number, lead: number): number {
    const { pages, blocks } = this.p;
    const head = this.listFor(size);
    const found = this.search(head, size, align, node, lead);
    if (found !== 0) return found;
    const slab = pages.takeSlab(gfp & ~this.p.gfp.zero, node);
    if (slab === 0) return 0;
    const page = pages.read(slab);
    blocks.init(page);
    pages.enlist(slab, head);
    return this.take(slab, page, size, align, lead);
  }
  /** A page of the list with room for the request; the next search of the list begins with it. */
  private search(head: number, size: number, align: number, node: number, lead: number): number {
    const { lists, pages, numa } = this.p;
    let pagesLeft = pages.count;
    for (let entry = lists.next(head); entry !== head; entry = lists.next(entry)) {
      if (pagesLeft-- < 0) throw new NotEmulated('SLOB follows a list of pages that has no end, with interrupts off');
      const slab = pages.ofEntry(entry);
      if (numa && node >= 0 && pages.nodeOf(slab) !== node) continue;
      const page = pages.read(slab);
      if (page.units < unitsOf(size)) continue;
      const block = this.take(slab, page, size, align, lead);
      if (block === 0) continue;
      if (page.units > 0 && lists.prev(entry) !== head) lists.rotateToFront(entry, head);
      return block;
    }
    return 0;
  }
  /** slob_page_alloc, and a page that has nothing left leaves its list */
  private take(slab: number, page: SlobPage, size: number, align: number, lead: number): number {
    const { pages, blocks } = this.p;
    const block = blocks.take(page, size, align, lead);
    if (block === 0) return 0;
    pages.write(slab, page);
    if (page.units === 0) pages.delist(slab);
    return block;
  }
  /** slob_free */
  private freeBlock(block: number, size: number): void {
    const { pages, blocks } = this.p;
    const slab = pages.slabOf(block);
    const page = pages.read(slab);
    const units = unitsOf(size);
    const listed = pages.isListed(slab);
    if (page.units + units === PAGE_UNITS) {
      if (listed) pages.delist(slab);
      pages.giveBackSlab(slab);
      return;
    }
    if (listed) blocks.give(page, block, units);
    else blocks.giveFirst(page, block, units);
    pages.write(slab, page);
    if (!listed) pages.enlist(slab, this.listFor(size));
  }

  // ---------------------------------------------------------------- kmalloc
  /** __do_kmalloc_node, of more than no bytes */
  private kmalloc(size: number, gfp: number, node: number): number {
    if (size >= PAGE_SIZE - MINALIGN) {
      const order = getOrder(size);
      return this.p.pages.takePages(order > 0 ? gfp | this.p.gfp.comp : gfp, order, node);
    }
    const align = (size & (size - 1)) === 0 ? Math.max(MINALIGN, size) : MINALIGN;
    const header = this.takeBlock(size + MINALIGN, gfp, align, node, MINALIGN);
    if (header === 0) return 0;
    this.p.memory.set32(header, size);
    return header + MINALIGN;
  }
  private kfree(block: number): void {
    const { pages, memory } = this.p;
    const slab = pages.slabOf(block);
    if (pages.isSlab(slab)) {
      const header = block - MINALIGN;
      this.freeBlock(header, (memory.get32(header) >>> 0) + MINALIGN);
    } else pages.giveBackFolio(slab);
  }
  /** __ksize */
  private ksize(block: number): number {
    const { pages, memory } = this.p;
    const slab = pages.slabOf(block);
    if (!pages.isSlab(slab)) return pages.folioBytes(slab);
    return unitsOf(memory.get32(block - MINALIGN) >>> 0) * UNIT;
  }

  // ---------------------------------------------------------------- caches
  cacheFlags(_size: number, flags: number): number {
    return flags;
  }
  /** kmem_cache_init: the cache of caches, which is on no list */
  bootstrap(_boot: BootCaches): BootstrappedCaches {
    const { lists, heads, kmemCache, memory, cacheBytes } = this.p;
    for (const head of heads) lists.init(head);
    const set = (field: string, value: number) => memory.setField32(kmemCache, 'kmem_cache', field, value);
    set('size', cacheBytes);
    set('object_size', cacheBytes);
    set('flags', SLAB_PANIC);
    set('align', MINALIGN);
    return { kmemCache, caches: [] };
  }
  finishBoot(): void {}
  create(cache: number, flags: number): number {
    const { fields, memory, rcuBytes } = this.p;
    const size = fields.size(cache) + (flags & SLAB_TYPESAFE_BY_RCU ? rcuBytes : 0);
    memory.setField32(cache, 'kmem_cache', 'size', unitsOf(size) * UNIT);
    fields.setFlags(cache, flags);
    return 0;
  }
  /** slob_alloc_node: an object is handed out once, so that its constructor runs on it each time. */
  alloc(cache: number, gfp: number, node: number, _originalSize: number, fresh?: Fresh): number {
    const { fields, pages } = this.p;
    const size = fields.size(cache);
    const object =
      size < PAGE_SIZE
        ? this.takeBlock(size, gfp, fields.align(cache), node, 0)
        : pages.takePages(gfp, getOrder(size), node);
    if (object === 0 || fields.ctor(cache) === 0) return object;
    if (gfp & this.p.gfp.zero) this.p.warnZeroWithCtor();
    return fresh?.stopAt(object, object) ? 0 : object;
  }
  nextFresh(): number {
    return 0;
  }
  allocFrom(object: number): number {
    return object;
  }
  /** kmem_cache_free */
  free(cache: number, object: number): void {
    const { fields, memory, rcuBytes } = this.p;
    const size = fields.size(cache);
    if (fields.flags(cache) & SLAB_TYPESAFE_BY_RCU) {
      const footer = object + size - rcuBytes;
      memory.set32(footer + this.rcuSize, size);
      this.p.callRcu(footer);
    } else this.freeObject(object, size);
  }
  freeKept(cache: number, object: number): void {
    this.free(cache, object);
  }
  /** __kmem_cache_free */
  private freeObject(object: number, size: number): void {
    if (size < PAGE_SIZE) this.freeBlock(object, size);
    else this.p.pages.giveBackPages(object, getOrder(size));
  }
  /** kmem_rcu_free: a grace period after an object was freed. `head`: address of its footer's rcu_head */
  rcuFreeObject(head: number): void {
    const { memory, rcuBytes } = this.p;
    const size = memory.get32(head + this.rcuSize);
    this.freeObject(head + rcuBytes - size, size);
  }
  allocBulk(cache: number, gfp: number, count: number): readonly number[] {
    return allocOneByOne(this, cache, gfp, count);
  }
  freeBulk(cache: number, objects: readonly number[]): void {
    freeOneByOne(this, cache, objects);
  }
  /** __kmem_cache_shrink and __kmem_cache_shutdown: caches have no slabs of their own */
  shrink(): number {
    return 0;
  }
  shutdown(): boolean {
    return true;
  }
  release(): void {}
  usableSize(cache: number): number {
    return this.p.fields.size(cache);
  }
  /** There is no slabinfo with SLOB. */
  info(): SlabInfo {
    return NO_INFO;
  }
}
const NO_INFO: SlabInfo = {
  activeObjs: 0,
  numObjs: 0,
  activeSlabs: 0,
  numSlabs: 0,
  sharedAvail: 0,
  limit: 0,
  batchcount: 0,
  shared: 0,
  objectsPerSlab: 0,
  cacheOrder: 0,
};
