/** The view "Slabs": caches by memory, and how much of it holds nothing. */
import type { Kernel } from '../../../kernel/kernel';
import { SlabAllocator } from '../../../kernel/mm/slab/slab/slab_allocator';
import { CFLGS_OBJFREELIST_SLAB, CFLGS_OFF_SLAB } from '../../../kernel/mm/slab/slab/slab_geometry';
import { Slub } from '../../../kernel/mm/slub/slub';
import { ooObjects, ooOrder } from '../../../kernel/mm/slub/slub_geometry';
import { inuseOf, MAX_OBJECTS, MAX_SLABS, objectsOf } from '../../../kernel/mm/slub/slub_slab';
import { slabFlagNames } from '../../../profiles/slabFlags';
import { toBits } from '../../../types/address';
import { PAGE_SIZE } from '../../../types/pageSize';
import type { View } from '../../inspect/view';
import type { Session } from '../../session';
import type { Answerer } from '../asking';
import { momentOf } from '../moments';
import type { CacheRow, SlabsAnswer, SlabsQuestion } from '../shapes/slabs';
import { slabHeads, unlessDamaged } from './slabSearch';

/** Caches that an answer has at most. */
const MOST_CACHES = 200;

export const slabs: Answerer<SlabsQuestion, SlabsAnswer> = ({ session }) => {
  const { kernel } = session.target;
  const { allocator } = kernel.config;
  const all = kernel.allocators.slab.all();
  const rows = all.map((cache) => cacheRow(session.view, cache)).sort((a, b) => b.bytes - a.bytes || b.size - a.size);
  return {
    moment: momentOf(session),
    absent: absentOf(session),
    allocator,
    caches: rows.slice(0, MOST_CACHES),
    complete: rows.length <= MOST_CACHES,
    pages:
      allocator === 'slob' ? [...slabHeads(kernel)].length : rows.reduce((sum, row) => sum + row.bytes, 0) / PAGE_SIZE,
  };
};
export function absentOf({ target }: Session): SlabsAnswer['absent'] {
  if (target.kernel.config.allocator !== 'slob') return [];
  return [
    {
      what: 'slabs and objects by cache',
      why: 'SLOB has none: it hands out parts of pages that all caches and kmalloc share, and keeps no count of objects',
    },
  ];
}

/** One cache's row. A cache that a scenario has written over is shown as far as it can be read. */
export function cacheRow(view: View, cache: number): CacheRow {
  const { kernel } = view;
  const { backend, fields } = kernel.allocators.slab;
  const number = (field: string): number => Math.max(0, view.number(cache, 'kmem_cache', field) ?? 0);
  const info = unlessDamaged(() => backend.info(cache));
  const ready = unlessDamaged(() => readyObjects(kernel, cache));
  const [size, objectSize] = [number('size'), number('object_size')];
  const ctor = view.pointer(cache, 'kmem_cache', 'ctor') ?? 0;
  const objects = info?.numObjs ?? 0;
  const active = info?.activeObjs ?? 0;
  const used = Math.max(0, active - (ready ?? 0));
  const bytes = info ? bytesOf(kernel, cache, info.numSlabs, objects) : 0;
  return {
    address: view.hexBits(toBits(view.abi, cache)),
    name: unlessDamaged(() => fields.name(cache)) || 'a cache without a name',
    objectSize,
    size,
    order: info?.cacheOrder ?? 0,
    objectsPerSlab: info?.objectsPerSlab ?? 0,
    slabs: info?.numSlabs ?? 0,
    bytes,
    objects,
    active,
    used,
    waste: {
      free: Math.max(0, objects - used) * size,
      slack: used * Math.max(0, size - objectSize),
      ends: Math.max(0, bytes - objects * size),
    },
    flags: flagNames(kernel, number('flags')),
    ...(ctor === 0 ? {} : { ctor: view.symbolName(ctor, false) ?? view.hexBits(toBits(view.abi, ctor)) }),
    users: Math.max(1, number('refcount')),
    damaged: info === undefined || ready === undefined,
  };
}

/** The bits that allocators keep for themselves mean something else in each. */
function flagNames({ config }: Kernel, flags: number): string {
  if (config.allocator !== 'slab') return slabFlagNames(flags);
  const own = (['CFLGS_OBJFREELIST_SLAB', 'CFLGS_OFF_SLAB'] as const).filter((name) => flags & OWN_FLAGS[name]);
  const common = slabFlagNames(flags & ~(CFLGS_OBJFREELIST_SLAB | CFLGS_OFF_SLAB));
  return [...(common === 'none' && own.length > 0 ? [] : [common]), ...own].join('|');
}
const OWN_FLAGS = { CFLGS_OBJFREELIST_SLAB, CFLGS_OFF_SLAB };

/** Bytes of a cache's slabs. SLUB makes smaller ones where memory is short: how many follows from the number of objects. */
function bytesOf({ allocators }: Kernel, cache: number, count: number, objects: number): number {
  const { backend } = allocators.slab;
  if (!(backend instanceof Slub)) return count * 2 ** backend.info(cache).cacheOrder * PAGE_SIZE;
  const { caches } = backend.parts;
  const [oo, min] = [caches.oo(cache), caches.min(cache)];
  const missing = count * ooObjects(oo) - objects;
  const each = ooObjects(oo) - ooObjects(min);
  const small = each > 0 ? Math.min(count, Math.max(0, Math.round(missing / each))) : 0;
  return ((count - small) * 2 ** ooOrder(oo) + small * 2 ** ooOrder(min)) * PAGE_SIZE;
}

/** Free objects that CPUs and nodes hold ready, which /proc/slabinfo counts as in use. */
function readyObjects({ allocators, percpu }: Kernel, cache: number): number {
  const { backend } = allocators.slab;
  const cpus = Array.from({ length: percpu.cpus }, (_, cpu) => cpu);
  if (backend instanceof Slub) return cpus.reduce((sum, cpu) => sum + readyOfSlub(backend, cache, cpu), 0);
  if (!(backend instanceof SlabAllocator)) return 0;
  const { structs, arrays, nodeIds } = backend.p;
  const avail = (array: number) => (array === 0 ? 0 : Math.max(0, structs.avail(array)));
  const own = cpus.reduce((sum, cpu) => sum + avail(arrays.ofCpu(cache, cpu)), 0);
  return nodeIds.reduce((sum, node) => {
    const lists = structs.nodeOf(cache, node);
    if (lists === 0) return sum;
    const alien = nodeIds.reduce((n, other) => n + (other === node ? 0 : avail(arrays.alien(lists, other))), 0);
    return sum + avail(arrays.shared(lists)) + alien;
  }, own);
}
/** On a CPU's freelist, in its slab besides, and in the slabs of its chain. */
function readyOfSlub({ parts }: Slub, cache: number, cpu: number): number {
  const { caches, cpus, slabs: at, pointers } = parts;
  const c = caches.cpu(cache, cpu);
  const freeOf = (slab: number): number => objectsOf(at.counters(slab)) - inuseOf(at.counters(slab));
  let ready = 0;
  const slab = cpus.slab(c);
  if (slab !== 0) {
    ready += freeOf(at.ofPointer(slab));
    for (let object = cpus.freelist(c), n = 0; object !== 0 && n < MAX_OBJECTS; n++) {
      ready++;
      object = pointers.get(cache, object);
    }
  }
  const first = cpus.partial(c);
  for (let next = first === 0 ? -1 : at.ofPointer(first), n = 0; next >= 0 && n < MAX_SLABS; n++) {
    ready += freeOf(next);
    next = at.next(next);
  }
  return ready;
}
