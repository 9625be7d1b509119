/** Caches, pools and per-CPU memory: objects from them, and caches that live as long as a block. */
import type { Block } from './lockRegions';
import { braced, type Lines, leaving, type Maker, maskFor, type Place } from './maker';
import type { Kind } from './memoryStatements';

/** A cache of the unit, made before anything else. Sizes differ, so that none is merged with another, or with one of kmalloc(). */
function cacheOf(m: Maker, size: number): string {
  const cache = m.name('cache');
  m.global(`static struct kmem_cache *${cache};`);
  m.setup.push(`${cache} = kmem_cache_create("${cache}", ${size}, 0, 0, NULL);`, `if (!${cache})`, '\treturn;');
  return cache;
}
/** An object from a cache. */
export function cachedKind(m: Maker, place: Place): Kind {
  const cache = cacheOf(m, 40);
  const wrong = m.chance(30) ? cacheOf(m, 200) : undefined;
  return {
    type: 'char *',
    make: `kmem_cache_${m.dice.pick(['alloc', 'zalloc'])}(${cache}, ${maskFor(m, place)})`,
    free: (p) => `kmem_cache_free(${cache}, ${p});`,
    use: (p) => `${p}[0] = 1;`,
    wrong: wrong === undefined ? undefined : (p) => `kmem_cache_free(${wrong}, ${p});`,
    bytes: true,
  };
}
/** An element of a pool. */
export function pooledKind(m: Maker, place: Place): Kind {
  const pool = m.name('pool');
  m.global(`static mempool_t *${pool};`);
  m.setup.push(`${pool} = mempool_create_kmalloc_pool(2, 48);`, `if (!${pool})`, '\treturn;');
  return {
    type: 'char *',
    make: `mempool_alloc(${pool}, ${maskFor(m, place)})`,
    free: (p) => `mempool_free(${p}, ${pool});`,
    use: (p) => `${p}[0] = 1;`,
    wrong: undefined,
    bytes: true,
  };
}
/** A cache for a block, with one object. */
export function cacheRegion(m: Maker, place: Place, block: Block): Lines | undefined {
  if (!place.sleeps) return undefined;
  const cache = m.local('cache');
  const object = m.local('o');
  const ctor = m.chance(40) ? m.name('ctor') : undefined;
  if (ctor) m.function(`static void ${ctor}(void *object)`, ['*(int *)object = 1;']);
  const destroy = `kmem_cache_destroy(${cache});`;
  const free = `kmem_cache_free(${cache}, ${object});`;
  const gfp = maskFor(m, place);
  const zeros = ctor && m.mistake('zeros for an object with a constructor', 25) ? `${gfp} | __GFP_ZERO` : gfp;
  const inside: Place = { ...place, leave: [destroy, ...place.leave] };
  const holding: Place = { ...place, leave: [free, ...inside.leave] };
  const made = [
    `struct kmem_cache *${cache} = kmem_cache_create("${cache}", 72, 0, 0, ${ctor ?? 'NULL'});`,
    ...braced(`if (!${cache})`, leaving(place)),
    `int *${object} = kmem_cache_alloc(${cache}, ${zeros});`,
    ...(m.mistake('unchecked object', 10) ? [] : braced(`if (!${object})`, leaving(inside))),
    `*${object} = 2;`,
    ...block(m, holding, 1),
  ];
  if (m.mistake('destroyed too early', 15)) return [...made, destroy, free];
  if (m.mistake('destroyed with its object', 15)) return [...made, destroy];
  return [...made, free, destroy];
}
/** Per-CPU memory: of what happens to it the kernel sees little, so that the only mistakes are those of contexts, and a second free. */
export function percpuRegion(m: Maker, place: Place, block: Block): Lines | undefined {
  const p = m.local('counts');
  const made = place.sleeps && m.chance(50) ? 'alloc_percpu(int)' : `alloc_percpu_gfp(int, ${maskFor(m, place)})`;
  const free = `free_percpu(${p});`;
  m.fillsPercpu = true;
  const inside: Place = { ...place, leave: [free, ...place.leave] };
  return [
    `int __percpu *${p} = ${made};`,
    ...braced(`if (!${p})`, leaving(place)),
    ...percpuUse(m, place, p),
    ...block(m, inside, 2),
    free,
    ...(m.mistake('per-CPU memory freed twice', 10) ? [free] : []),
  ];
}
/** What is done to this CPU's copy: with preemption off where the operation asks for that, or a mistake. */
function percpuUse(m: Maker, { task, sleeps }: Place, p: string): Lines {
  const pinned = m.dice.pick([
    `__this_cpu_inc(*${p});`,
    `(*this_cpu_ptr(${p}))++;`,
    `__this_cpu_add(*${p}, smp_processor_id());`,
  ]);
  switch (m.dice.below(4)) {
    case 0:
      return ['preempt_disable();', pinned, 'preempt_enable();'];
    case 1:
      return ['migrate_disable();', pinned, 'migrate_enable();'];
    case 2:
      // what a task may sleep in, it may be moved in
      return !(task && sleeps) || m.mistake('on any CPU', 40) ? [pinned] : [`this_cpu_inc(*${p});`];
    default:
      return [`this_cpu_inc(*${p});`];
  }
}
