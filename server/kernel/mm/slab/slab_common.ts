/**
 * Caches, whatever slab allocator makes their slabs: creating, merging, destroying them, and those that boot makes
 * (mm/slab_common.c, 6.1). A cache is the address of its struct kmem_cache.
 */
import { SLAB_KMALLOC, SLAB_PANIC, SLAB_TYPESAFE_BY_RCU } from '../../../profiles/slabFlags';
import { PanicError } from '../../arch/faults';
import type { KernelRcu } from '../../lib/kernel_rcu';
import { Lists } from '../../lib/list';
import { NotEmulated } from '../../lib/not_emulated';
import { StructMemory } from '../../lib/struct_memory';
import { CacheFields } from './kmem_cache';
import type { SlabBackend } from './slab_backend';
import type { SlabKernel } from './slab_kernel';
import { alignUp, calculateAlignment, type FlagMasks, findMergeable, flagMasks } from './slab_merge';

/** enum slab_state: kmalloc works; everything does */
export const SLAB_UP = 3;
export const SLAB_FULL = 4;
/** ARCH_KMALLOC_MINALIGN */
const KMALLOC_MIN_ALIGN = 8;
const CREATE = 'kmem_cache_create_usercopy';

/** What the caller of kmem_cache_create asks for. */
export interface CacheRequest {
  /** address of the name */
  readonly name: number;
  readonly size: number;
  readonly align: number;
  readonly flags: number;
  /** the part of an object that user copies may touch */
  readonly useroffset: number;
  readonly usersize: number;
  /** address of the constructor; 0: none */
  readonly ctor: number;
}
/** Memory for the caches themselves. */
interface CacheMemory {
  /** kmem_cache_zalloc */
  cacheZalloc(cache: number, gfp: number): number;
  cacheFree(cache: number, object: number): void;
  kstrdup(text: number, gfp: number): number;
  kfree(address: number): void;
}

/** more caches than there ever are */
const MAX_CACHES = 0x10000;

export class SlabCaches {
  readonly memory: StructMemory;
  readonly fields: CacheFields;
  /** address of slab_caches, the list's head */
  private readonly head: number;
  /** address of the pointer to the cache of caches */
  private readonly kmemCacheAt: number;
  private readonly lists: Lists;
  private readonly masks: FlagMasks;
  private readonly nomerge: boolean;
  private readonly releaseFn: number;
  /** where the names of boot's caches lie; set before the run only */
  private constNames: number | undefined;
  private constEnd = 0;

  constructor(
    private readonly k: SlabKernel,
    private readonly backend: SlabBackend,
    private readonly own: CacheMemory,
    private readonly rcu: KernelRcu,
  ) {
    const released = (head: number): void => this.release(head - this.fields.list);
    this.releaseFn = rcu.define('slab_caches_to_rcu_destroy_workfn', released);
    const { space, abi, layouts, symbols, config } = k;
    this.memory = new StructMemory(space, abi, layouts);
    this.fields = new CacheFields(this.memory, k.mem, k.direct);
    this.lists = new Lists(this.memory, k.poison);
    this.masks = flagMasks(backend.name);
    this.head = symbols.define('slab_caches', layouts.parseType('struct list_head'));
    this.kmemCacheAt = symbols.define('kmem_cache', layouts.parseType('struct kmem_cache *'));
    symbols.define('slab_state', layouts.parseType('unsigned int'));
    this.nomerge = config.parameters.slab_nomerge !== undefined;
  }

  // ---------------------------------------------------------------- boot
  /** The first caches; returns the size of the kmalloc cache that has to come before the others, 0 for none. */
  bootstrap(): number {
    const { lists, backend } = this;
    lists.init(this.head);
    const { kmemCache, caches, firstKmalloc } = backend.bootstrap(this);
    for (const cache of caches) this.add(cache);
    this.memory.setLong(this.kmemCacheAt, kmemCache);
    return firstKmalloc ?? 0;
  }
  /** slab_is_available: kmalloc works */
  get isUp(): boolean {
    return this.k.vars.read('slab_state') >= SLAB_UP;
  }
  /** slab_state: how far boot is */
  setState(state: number): void {
    this.k.vars.write('slab_state', state);
  }
  /** The cache of caches. */
  get kmemCache(): number {
    return this.memory.getLong(this.kmemCacheAt);
  }
  /** A name in the kernel's read-only data. Before the run. */
  constName(name: string): number {
    const { symbols, space } = this.k;
    const at = symbols.rodata(name.length + 1);
    this.constNames ??= at;
    this.constEnd = at + name.length + 1;
    space.writeBytes(
      at,
      Uint8Array.from(`${name}\0`, (c) => c.charCodeAt(0)),
    );
    return at;
  }
  /** create_boot_cache */
  createBootCache(cache: number, name: string, size: number, flags: number, usersize = 0): void {
    // a power of two is aligned to itself
    const least = (size & (size - 1)) === 0 ? Math.max(KMALLOC_MIN_ALIGN, size) : KMALLOC_MIN_ALIGN;
    const align = this.alignment(flags, least, size);
    this.fields.describe(cache, { name: this.constName(name), size, align, ctor: 0, useroffset: 0, usersize });
    const error = this.backend.create(cache, flags);
    if (error !== 0) throw new PanicError(`Creation of kmalloc slab ${name} size=${size} failed. Reason ${error}`);
    // no other cache may become this one
    this.fields.setRefcount(cache, -1);
  }
  /** create_kmalloc_cache */
  createKmallocCache(name: string, size: number, flags: number): number {
    const cache = this.own.cacheZalloc(this.kmemCache, this.k.gfp.kswapdReclaim);
    if (cache === 0) throw new PanicError(`Out of memory when creating slab ${name}`);
    this.createBootCache(cache, name, size, flags | SLAB_KMALLOC, size);
    this.add(cache);
    this.fields.setRefcount(cache, 1);
    return cache;
  }

  // ---------------------------------------------------------------- the list
  /** list_add to slab_caches */
  add(cache: number): void {
    this.lists.add(cache + this.fields.list, this.head);
  }
  /** Caches in the order of slab_caches, the newest first. */
  newestFirst(): Generator<number> {
    return this.along((entry) => this.lists.next(entry));
  }
  private oldestFirst(): Generator<number> {
    return this.along((entry) => this.lists.prev(entry));
  }
  /** @throws NotEmulated for a list that has become a circle without its head */
  private *along(next: (entry: number) => number): Generator<number> {
    let left = MAX_CACHES;
    for (let at = next(this.head); at !== this.head; at = next(at)) {
      if (left-- === 0) throw new NotEmulated('the kernel follows a list of slab caches that has no end');
      yield at - this.fields.list;
    }
  }

  // ---------------------------------------------------------------- kmem_cache_create
  private alignment(flags: number, align: number, size: number): number {
    return calculateAlignment(flags, align, size, this.memory.wordSize);
  }
  /**
   * kmem_cache_create_usercopy: the cache; 0 if it could not be made, which has been reported. A name in the kernel's read-only data is not
   * copied: `constant`. @throws PanicError with SLAB_PANIC
   */
  create(wanted: CacheRequest, constant = false): number {
    const made = this.tryCreate(this.checkedRegion(wanted), constant);
    if (typeof made === 'number') return made;
    const name = this.memory.string(wanted.name);
    if (wanted.flags & SLAB_PANIC)
      throw new PanicError(`${CREATE}: Failed to create slab '${name}'. Error ${-made.errno}`);
    const { log, pageAlloc } = this.k;
    log.print(`${CREATE}(${name}) failed with error ${-made.errno}`);
    for (const line of pageAlloc.caller.dumpStack()) log.print(line);
    return 0;
  }
  private tryCreate(wanted: CacheRequest, constant: boolean): number | { readonly errno: number } {
    const { k, backend, own } = this;
    const { EINVAL, ENOMEM } = k.profile.errno;
    if (wanted.flags & ~this.masks.permitted) return { errno: EINVAL };
    const flags = wanted.flags & this.masks.create;
    const alias = wanted.usersize === 0 ? this.alias({ ...wanted, flags }) : 0;
    if (alias !== 0) return alias;
    const name = constant ? wanted.name : own.kstrdup(wanted.name, k.gfp.kernel);
    if (name === 0) return { errno: ENOMEM };
    const cache = own.cacheZalloc(this.kmemCache, k.gfp.kernel);
    let error = -ENOMEM;
    if (cache !== 0) {
      const { size, ctor, useroffset, usersize } = wanted;
      const align = this.alignment(flags, wanted.align, size);
      this.fields.describe(cache, { name, size, align, ctor, useroffset, usersize });
      error = backend.create(cache, flags);
      if (error === 0) {
        this.fields.setRefcount(cache, 1);
        this.add(cache);
        return cache;
      }
      own.cacheFree(this.kmemCache, cache);
    }
    if (!constant) own.kfree(name);
    return { errno: -error };
  }
  /** The part that user copies may touch, if it lies within the object; none, with a warning, if it does not. */
  private checkedRegion(wanted: CacheRequest): CacheRequest {
    const { size, useroffset, usersize } = wanted;
    const fits = useroffset <= size && usersize <= size - useroffset;
    if (fits && (usersize !== 0 || useroffset === 0)) return wanted;
    const why = `useroffset ${useroffset} and usersize ${usersize} are not a part of ${size} bytes: none of them may be copied`;
    this.k.pageAlloc.caller.warn({ fn: CREATE, at: 'mm/slab_common.c' }, '', [why]);
    return { ...wanted, useroffset: 0, usersize: 0 };
  }
  /** __kmem_cache_alias: the cache that the new one becomes another name of; 0 if there is none. SLOB has no aliases. */
  private alias(wanted: CacheRequest): number {
    const { fields, memory, backend } = this;
    if (backend.name === 'slob') return 0;
    const flags = backend.cacheFlags(wanted.size, wanted.flags, memory.string(wanted.name));
    const { wordSize } = memory;
    const search = {
      fields,
      wordSize,
      allocator: backend.name,
      nomerge: this.nomerge,
      oldestFirst: () => this.oldestFirst(),
    };
    const cache = findMergeable(search, { ...wanted, flags });
    if (cache === 0) return 0;
    fields.setRefcount(cache, fields.refcount(cache) + 1);
    // kzalloc has to clear the larger of the objects
    fields.setObjectSize(cache, Math.max(fields.objectSize(cache), wanted.size));
    if (backend.name === 'slub') {
      const inuse = cache + memory.offset('kmem_cache', 'inuse');
      memory.set32(inuse, Math.max(memory.get32(inuse), alignUp(wanted.size, wordSize)));
    }
    return cache;
  }

  // ---------------------------------------------------------------- the end of a cache
  /** kmem_cache_destroy: ends a cache that nobody else uses; one with objects stays, which is reported. */
  destroy(cache: number): void {
    const { fields, backend, lists, k } = this;
    if (cache === 0) return;
    const count = fields.refcount(cache) - 1;
    fields.setRefcount(cache, count);
    if (count !== 0) return;
    const fn = 'kmem_cache_destroy';
    k.sanitizer?.cacheShrinks(cache);
    if (!backend.shutdown(cache)) {
      const { caller } = k.pageAlloc;
      const message = `${fn} ${fields.name(cache)}: Slab cache still has objects when called from ${caller.symbol()}`;
      caller.warn({ fn, at: 'mm/slab_common.c:493' }, message, []);
      return;
    }
    lists.del(cache + fields.list);
    // the slabs are freed after a grace period, and the cache after them; the entry of the list becomes the rcu_head
    if (fields.flags(cache) & SLAB_TYPESAFE_BY_RCU) this.rcu.call(cache + fields.list, this.releaseFn);
    else this.release(cache);
  }
  /** slab_kmem_cache_release: the struct and its name are freed. */
  private release(cache: number): void {
    const name = this.fields.nameAt(cache);
    this.backend.release(cache);
    // kfree_const
    if (name < (this.constNames ?? 0) || name >= this.constEnd) this.own.kfree(name);
    this.own.cacheFree(this.kmemCache, cache);
  }
}
