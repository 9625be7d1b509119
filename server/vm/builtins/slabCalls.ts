/** Caches of the slab allocators, over kernel/mm/slab/. A constructor runs on each object of a fresh slab before one is handed out. */
import { mutexFunction } from '../../kernel/locking/mutex';
import { CREATE_FRAMES } from '../../kernel/mm/allocation_frames';
import { Fresh } from '../../kernel/mm/slab/slab_backend';
import type { CacheRequest } from '../../kernel/mm/slab/slab_common';
import { CallRequest } from '../../kernel/sched/step';
import { T } from '../../kernel/sched/task';
import type { Machine, Outcome } from '../machine/machine';
import { type Implementations, inline, plain, wait } from './define';

const slab = (m: Machine) => m.kernel.allocators.slab;

// ---------------------------------------------------------------- allocating
/**
 * The scratch of an allocation whose constructors run: the new slab, which nobody else sees yet, the object that is constructed, how many
 * objects of a bulk there are already, and where in the allocation the slab is needed.
 */
const SLAB = 0;
const CONSTRUCTED = 8;
const TAKEN = 16;
const WHERE = 20;
/** The stage of such a call. */
const CONSTRUCTING = 1;

function construct(m: Machine, scratch: number, cache: number, object: number): CallRequest {
  slab(m).constructing(cache, object);
  m.core.setLong(scratch + CONSTRUCTED, object);
  m.tasks.set(m.core.current, T.stage, CONSTRUCTING);
  return new CallRequest(slab(m).fields.ctor(cache), [object]);
}
/** An object; a call of a constructor comes first where a slab has been made: `constructed` is asked for the next one. */
function takeObject(m: Machine, scratch: number, cache: number, gfp: number, node: number): number | CallRequest {
  if (slab(m).fields.ctor(cache) === 0) return slab(m).cacheAlloc(cache, gfp, node);
  const fresh = new Fresh();
  const object = slab(m).cacheAlloc(cache, gfp, node, fresh);
  return fresh.isPending ? constructSlab(m, scratch, cache, fresh) : object;
}
function constructSlab(m: Machine, scratch: number, cache: number, { slab, where, first }: Fresh): CallRequest {
  m.core.setLong(scratch + SLAB, slab);
  m.core.set32(scratch + WHERE, where);
  return construct(m, scratch, cache, first);
}
/** A constructor has returned: the next object of the slab, or the one that is handed out. */
function constructed(m: Machine, scratch: number, cache: number, gfp: number, node: number): number | CallRequest {
  const { core } = m;
  const last = core.getLong(scratch + CONSTRUCTED);
  slab(m).constructed(cache, last);
  const next = slab(m).backend.nextFresh(cache, last);
  if (next !== 0) return construct(m, scratch, cache, next);
  const fresh = new Fresh();
  const made = core.getLong(scratch + SLAB);
  const object = slab(m).cacheAllocFrom(made, core.get32(scratch + WHERE), cache, gfp, node, fresh);
  return fresh.isPending ? constructSlab(m, scratch, cache, fresh) : object;
}
const isConstructing = (m: Machine): boolean => m.tasks.get(m.core.current, T.stage) === CONSTRUCTING;
export function cacheAlloc(m: Machine, scratch: number, cache: number, gfp: number, node = -1): Outcome {
  return isConstructing(m) ? constructed(m, scratch, cache, gfp, node) : takeObject(m, scratch, cache, gfp, node);
}
/** kmem_cache_alloc_bulk: all objects or none. */
function allocBulk(m: Machine, scratch: number, cache: number, gfp: number, size: number, p: number): Outcome {
  const { core } = m;
  const at = (i: number): number => p + i * core.wordSize;
  const put = (objects: readonly number[]): number => {
    objects.forEach((object, i) => {
      core.setLong(at(i), object);
    });
    return objects.length;
  };
  if (slab(m).fields.ctor(cache) === 0) return put(slab(m).cacheAllocBulk(cache, gfp, size));
  const again = isConstructing(m);
  if (!again) core.set32(scratch + TAKEN, 0);
  let made = again ? constructed(m, scratch, cache, gfp, -1) : undefined;
  for (let i = core.get32(scratch + TAKEN); i < size; made = undefined) {
    made ??= takeObject(m, scratch, cache, gfp, -1);
    if (made instanceof CallRequest) return made;
    if (made === 0) {
      const taken = Array.from({ length: i }, (_, n) => core.getLong(at(n)));
      slab(m).cacheFreeBulk(cache, taken);
      return 0;
    }
    core.setLong(at(i++), made);
    core.set32(scratch + TAKEN, i);
  }
  return size;
}

// ---------------------------------------------------------------- caches
/** mutex_lock(&slab_mutex). `callers`: the kernel's functions below that of the API */
function lockSlabMutex(m: Machine, callers: readonly string[]): void {
  m.mutexes.mightSleep([mutexFunction(m.core, 'mutex_lock'), ...callers]);
}
/** cpus_read_lock */
function cpusReadLock(m: Machine): void {
  m.sleeping.mightSleep('include/linux/percpu-rwsem.h:49', ['cpus_read_lock']);
}
function create(m: Machine, request: CacheRequest, callers: readonly string[]): number {
  lockSlabMutex(m, callers);
  return m.current.within(callers, () => slab(m).create(request));
}

export const slabBuiltins = {
  kmem_cache_create: plain((m, name, size, align, flags, ctor) =>
    create(m, { name, size, align, flags, ctor, useroffset: 0, usersize: 0 }, CREATE_FRAMES),
  ),
  kmem_cache_create_usercopy: plain((m, name, size, align, flags, useroffset, usersize, ctor) =>
    create(m, { name, size, align, flags, ctor, useroffset, usersize }, []),
  ),
  kmem_cache_destroy: plain((m, s) => {
    if (s === 0) return;
    cpusReadLock(m);
    slab(m).caches.destroy(s);
  }),
  kmem_cache_shrink: plain((m, s) => {
    cpusReadLock(m);
    return slab(m).shrink(s);
  }),
  kmem_cache_size: inline((m, s) => slab(m).fields.objectSize(s)),
  kmem_cache_alloc: wait((m, scratch, s, flags) => cacheAlloc(m, scratch, s, flags)),
  kmem_cache_zalloc: wait((m, scratch, s, flags) => cacheAlloc(m, scratch, s, flags | m.kernel.gfp.zero)),
  kmem_cache_alloc_node: wait((m, scratch, s, gfpflags, node) => cacheAlloc(m, scratch, s, gfpflags, node)),
  kmem_cache_alloc_bulk: wait((m, scratch, s, flags, size, p) => allocBulk(m, scratch, s, flags, size, p)),
  kmem_cache_free: plain((m, s, x) => slab(m).cacheFree(s, x)),
  kmem_cache_free_bulk: plain((m, s, size, p) =>
    slab(m).cacheFreeBulk(
      s,
      Array.from({ length: size }, (_, i) => m.core.getLong(p + i * m.core.wordSize)),
    ),
  ),
} satisfies Partial<Implementations>;
