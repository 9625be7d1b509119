/**
 * SLAB: objects come from an array of the CPU, which is filled from slabs in batches and emptied into them (mm/slab.c, 6.1:
 * ____cache_alloc, cache_alloc_refill, ____cache_alloc_node, fallback_alloc, ___cache_free, __kmem_cache_shrink, get_slabinfo). A cache is
 * the address of its struct kmem_cache, an object its address. How it begins is in slab_boot.ts.
 */
import { NUMA_NO_NODE } from '../../../../profiles/commonConstants';
import { SLAB_HWCACHE_ALIGN } from '../../../../profiles/slabFlags';
import { KernelBug } from '../../../lib/bug';
import { allocOneByOne, freeOneByOne } from '../bulk';
import type { BootCaches, BootstrappedCaches, Fresh, SlabBackend, SlabInfo } from '../slab_backend';
import type { SlabBoot } from './slab_boot';
import type { SlabParts } from './slab_parts';
import type { SlabReaper } from './slab_reap';
import type { SlabReapWork } from './slab_reap_work';
import { bounded } from './slab_structs';
import { SlabViews } from './slab_view';

/** BATCHREFILL_LIMIT: objects that an array which has not been used lately takes at once */
const BATCHREFILL_LIMIT = 16;

/** where a new slab is needed (Fresh.where): for a node, for whichever has memory, or for an array, then the number of objects */
const IN_NODE = -1;
const IN_FALLBACK = -2;

const REFILL_FRAMES: readonly string[] = ['cache_alloc_refill'];
const NODE_FRAMES: readonly string[] = ['____cache_alloc_node'];
const FALLBACK_FRAMES: readonly string[] = ['fallback_alloc', ...NODE_FRAMES];

export class SlabAllocator implements SlabBackend {
  readonly name = 'slab';
  readonly views: SlabViews;
  readonly kmallocFlags = SLAB_HWCACHE_ALIGN;

  constructor(
    /** the parts that it works with, for whoever looks at its state */
    readonly p: SlabParts,
    private readonly boot: SlabBoot,
    readonly reaper: SlabReaper,
    readonly reapWork: SlabReapWork,
  ) {
    this.views = new SlabViews(p);
  }

  // ---------------------------------------------------------------- caches
  cacheFlags(_size: number, flags: number): number {
    return flags;
  }
  bootstrap(boot: BootCaches): BootstrappedCaches {
    return this.boot.bootstrap(boot);
  }
  finishBoot(caches: readonly number[]): void {
    this.boot.finish(caches);
    this.reaper.init(this.p.cpus);
    this.reapWork.start(this.p.ports.jiffies());
  }
  create(cache: number, flags: number): number {
    const { creation } = this.p;
    if (!creation.layOut(cache, flags)) return -creation.errno.E2BIG;
    const error = this.boot.setUpArrays(cache);
    if (error < 0) creation.release(cache);
    return error;
  }
  shrink(cache: number): number {
    const { structs, lists, arrays, nodeIds } = this.p;
    arrays.drainEverything(cache);
    let used = 0;
    for (const node of nodeIds) {
      const n = structs.nodeOf(cache, node);
      if (n === 0) continue;
      lists.drainFree(cache, n, Number.MAX_SAFE_INTEGER);
      if (lists.inUse(n)) used = 1;
    }
    return used;
  }
  shutdown(cache: number): boolean {
    return this.shrink(cache) === 0;
  }
  release(cache: number): void {
    this.p.creation.release(cache);
  }
  usableSize(cache: number): number {
    return this.p.structs.get(cache + this.p.structs.cache.object_size);
  }
  info(cache: number): SlabInfo {
    const { structs, objects, arrays, nodeIds } = this.p;
    const { cache: at, node: n } = structs;
    let slabs = 0;
    let free = 0;
    let freeObjects = 0;
    let sharedAvail = 0;
    for (const lists of nodeIds.map((node) => structs.nodeOf(cache, node)).filter((lists) => lists !== 0)) {
      slabs += structs.getLong(lists + n.total_slabs);
      free += structs.getLong(lists + n.free_slabs);
      freeObjects += structs.getLong(lists + n.free_objects);
      const shared = arrays.shared(lists);
      if (shared !== 0) sharedAvail += structs.avail(shared);
    }
    const objectsPerSlab = objects.num(cache);
    const numObjs = slabs * objectsPerSlab;
    return {
      activeObjs: numObjs - freeObjects,
      numObjs,
      activeSlabs: slabs - free,
      numSlabs: slabs,
      sharedAvail,
      limit: structs.get(cache + at.limit),
      batchcount: structs.get(cache + at.batchcount),
      shared: structs.get(cache + at.shared),
      objectsPerSlab,
      cacheOrder: structs.get(cache + at.gfporder),
    };
  }

  /** kmem_rcu_free: a grace period after a slab was destroyed. `head`: address of its rcu_head */
  rcuFreeSlab(head: number): void {
    this.p.lists.rcuFree(head);
  }

  // ---------------------------------------------------------------- allocating
  /** __do_cache_alloc */
  alloc(cache: number, gfp: number, node: number, _originalSize: number, fresh?: Fresh): number {
    const { structs, ports, nodeOfCpu, numa } = this.p;
    const cpu = ports.cpu();
    const local = nodeOfCpu(cpu);
    if (numa && node !== NUMA_NO_NODE && node !== local) {
      if (structs.nodeOf(cache, node) === 0) return this.fallback(cache, gfp, local, fresh);
      return this.allocNode(cache, gfp, node, local, fresh);
    }
    const object = this.allocFromCpu(cache, gfp, cpu, local, fresh);
    return this.orOfNode(object, cache, gfp, local, fresh);
  }
  /** Where the CPU's array and its node's slabs have not served, other nodes are asked. */
  private orOfNode(object: number, cache: number, gfp: number, local: number, fresh: Fresh | undefined): number {
    return object !== 0 || !this.p.numa || fresh?.isPending ? object : this.allocNode(cache, gfp, local, local, fresh);
  }
  allocFrom(slab: number, where: number, cache: number, gfp: number, _node: number, fresh: Fresh): number {
    const { ports, nodeOfCpu } = this.p;
    const cpu = ports.cpu();
    const local = nodeOfCpu(cpu);
    if (where === IN_NODE) return this.takeFromNew(cache, slab);
    if (where === IN_FALLBACK) return this.fallbackFrom(cache, gfp, slab, fresh);
    const object = this.refillFrom(cache, cpu, slab, where);
    return this.orOfNode(object, cache, gfp, local, fresh);
  }
  /** ____cache_alloc */
  private allocFromCpu(cache: number, gfp: number, cpu: number, local: number, fresh: Fresh | undefined): number {
    const { structs, arrays } = this.p;
    const array = arrays.ofCpu(cache, cpu);
    if (structs.avail(array) === 0) return this.refill(cache, array, gfp, cpu, local, fresh);
    structs.setTouched(array, 1);
    return structs.pop(array);
  }
  /** cache_alloc_refill: fills an empty array from the shared one, or from slabs, or from a new slab, and takes an object from it. */
  private refill(
    cache: number,
    array: number,
    gfp: number,
    cpu: number,
    node: number,
    fresh: Fresh | undefined,
  ): number {
    const { structs, arrays, lists } = this.p;
    let batch = structs.arrayBatch(array);
    if (!structs.isTouched(array) && batch > BATCHREFILL_LIMIT) batch = BATCHREFILL_LIMIT;
    const n = structs.nodeOf(cache, node);
    const shared = arrays.shared(n);
    if (lists.freeObjects(n) !== 0 || (shared !== 0 && structs.avail(shared) !== 0)) {
      if (shared !== 0 && structs.transfer(array, shared, batch) !== 0) structs.setTouched(shared, 1);
      else batch = this.takeFromSlabs(cache, array, n, batch);
    }
    if (structs.avail(array) === 0) {
      const slab = lists.growBegin(cache, this.exactNode(gfp), node, REFILL_FRAMES);
      if (slab === 0 || fresh?.stopAt(slab, this.p.objects.objectAt(cache, slab, 0), batch)) return 0;
      return this.refillFrom(cache, cpu, slab, batch);
    }
    structs.setTouched(array, 1);
    return structs.pop(array);
  }
  /** The array may have been filled by an interrupt while a constructor ran. */
  private refillFrom(cache: number, cpu: number, slab: number, batch: number): number {
    const { structs, arrays, lists } = this.p;
    const array = arrays.ofCpu(cache, cpu);
    if (structs.avail(array) === 0) this.takeBlock(cache, array, slab, batch);
    lists.growEnd(cache, slab);
    structs.setTouched(array, 1);
    return structs.pop(array);
  }
  /** Objects of partial slabs, then of free ones, into an array. What of `batch` is missing is returned. */
  private takeFromSlabs(cache: number, array: number, n: number, batch: number): number {
    const { structs, lists } = this.p;
    let left = batch;
    while (left > 0) {
      const slab = lists.first(n);
      if (slab === 0) break;
      left = this.takeBlock(cache, array, slab, left);
      lists.fixup(cache, n, slab);
    }
    lists.addFreeObjects(n, -structs.avail(array));
    return left;
  }
  /**
   * alloc_block: as many objects of a slab as it has, up to `batch`. What is missing is returned. @throws KernelBug for one that has none,
   * where it should not be
   */
  private takeBlock(cache: number, array: number, slab: number, batch: number): number {
    const { structs, objects } = this.p;
    const num = objects.num(cache);
    const active = objects.active(slab);
    if (active < 0 || active >= num) throw new KernelBug({ at: 'mm/slab.c', fn: 'cache_alloc_refill' });
    const n = Math.min(batch, num - active);
    for (let i = 0; i < bounded(n); i++) structs.push(array, objects.take(cache, slab));
    return batch - n;
  }
  /** gfp_exact_node: from that node or not at all, without reclaim where another node could help */
  private exactNode(flags: number): number {
    const { gfp, numa } = this.p;
    if (!numa) return flags & ~gfp.nofail;
    return (flags | gfp.thisnode | gfp.nowarn) & ~(gfp.directReclaim | gfp.kswapdReclaim | gfp.nofail);
  }
  /** ____cache_alloc_node: an object of a node's, past the CPU's array. `local`: the CPU's node */
  private allocNode(cache: number, flags: number, node: number, local: number, fresh: Fresh | undefined): number {
    const object = this.objectOfNode(cache, this.exactNode(flags), node, fresh);
    return object !== 0 || fresh?.isPending ? object : this.fallback(cache, flags, local, fresh);
  }
  private objectOfNode(cache: number, exact: number, node: number, fresh: Fresh | undefined): number {
    const { structs, objects, lists } = this.p;
    const n = structs.nodeOf(cache, node);
    let slab = lists.first(n);
    if (slab !== 0) {
      const object = objects.take(cache, slab);
      lists.addFreeObjects(n, -1);
      lists.fixup(cache, n, slab);
      return object;
    }
    slab = lists.growBegin(cache, exact, node, NODE_FRAMES);
    if (slab === 0 || fresh?.stopAt(slab, objects.objectAt(cache, slab, 0), IN_NODE)) return 0;
    return this.takeFromNew(cache, slab);
  }
  private takeFromNew(cache: number, slab: number): number {
    const object = this.p.objects.take(cache, slab);
    this.p.lists.growEnd(cache, slab);
    return object;
  }
  /** fallback_alloc: an object of whichever node has one, else a new slab from wherever the page allocator finds pages for it. */
  private fallback(cache: number, flags: number, local: number, fresh: Fresh | undefined): number {
    const { structs, lists, objects, gfp, zonelistNodes } = this.p;
    if (flags & gfp.thisnode) return 0;
    const exact = this.exactNode(flags);
    for (const node of zonelistNodes(local, flags)) {
      const n = structs.nodeOf(cache, node);
      if (n === 0 || lists.freeObjects(n) === 0) continue;
      const object = this.objectOfNode(cache, exact, node, fresh);
      if (object !== 0 || fresh?.isPending) return object;
    }
    const slab = lists.growBegin(cache, flags, local, FALLBACK_FRAMES);
    if (slab === 0 || fresh?.stopAt(slab, objects.objectAt(cache, slab, 0), IN_FALLBACK)) return 0;
    return this.fallbackFrom(cache, flags, slab, fresh);
  }
  private fallbackFrom(cache: number, flags: number, slab: number, fresh: Fresh | undefined): number {
    const { lists, folios } = this.p;
    lists.growEnd(cache, slab);
    return this.objectOfNode(cache, this.exactNode(flags), folios.nodeOf(slab), fresh);
  }
  nextFresh(cache: number, object: number): number {
    const { structs, folios, objects } = this.p;
    const slab = folios.slabOf(object);
    const next = objects.indexOf(cache, slab, object) + 1;
    return next < objects.num(cache) ? object + structs.get(cache + structs.cache.size) : 0;
  }

  // ---------------------------------------------------------------- freeing
  /** __cache_free */
  free(cache: number, object: number): void {
    if (this.p.ports.sanitizer?.freed(cache, object)) return;
    this.freeKept(cache, object);
  }
  freeKept(cache: number, object: number): void {
    this.p.arrays.free(cache, object, this.p.ports.cpu());
  }
  allocBulk(cache: number, gfp: number, count: number): readonly number[] {
    return allocOneByOne(this, cache, gfp, count);
  }
  freeBulk(cache: number, objects: readonly number[]): void {
    freeOneByOne(this, cache, objects);
  }
}
