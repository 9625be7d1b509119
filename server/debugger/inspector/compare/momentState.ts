/** The kernel's counters and caches at the journal's cursor, as numbers that can be compared. */
import type { Kernel } from '../../../kernel/kernel';
import { Slub } from '../../../kernel/mm/slub/slub';
import { ZONE_STAT_NAMES } from '../../../kernel/mm/vmstat_names';
import { MAX_ORDER } from '../../../kernel/mm/zone';
import { isException } from '../../../kernel/oops/exceptions';
import { vmstatFields } from '../../../kernel/proc/proc_vmstat';
import { PAGE_SIZE } from '../../../types/pageSize';
import type { View } from '../../inspect/view';
import type { CompareAnswer } from '../shapes/compare';

type Counter = CompareAnswer['counters'][number];
type Cache = CompareAnswer['caches'][number];
/** of an answer, at most */
const MOST_COUNTERS = 250;
const MOST_CACHES = 100;

interface Counted {
  readonly group: string;
  readonly name: string;
  readonly unit: Counter['unit'];
  readonly value: number;
}
interface CacheState {
  readonly name: string;
  readonly objectBytes: number;
  readonly slabBytes: number;
  readonly objects: number;
  readonly slabs: number;
}
export interface MomentState {
  readonly counters: ReadonlyMap<string, Counted>;
  /** by address */
  readonly caches: ReadonlyMap<number, CacheState>;
}

export function momentState(view: View): MomentState {
  const { kernel } = view;
  const counters = new Map<string, Counted>();
  for (const counter of [...zoneCounters(kernel), ...wholeCounters(kernel)])
    counters.set(`${counter.group}\0${counter.name}`, counter);
  return { counters, caches: cacheStates(kernel) };
}
function zoneCounters(kernel: Kernel): Counted[] {
  return kernel.zones
    .filter((zone) => zone.populated)
    .flatMap((zone) => {
      const group = `zone ${zone.name}, node ${zone.node}`;
      const one = (name: string, value: number, unit: Counter['unit'] = 'pages'): Counted => ({
        group,
        name,
        unit,
        value,
      });
      const pcp = Array.from({ length: zone.cpus }, (_, cpu) => zone.onCpu(cpu).count).reduce((a, b) => a + b, 0);
      return [
        ...ZONE_STAT_NAMES.map((name, i) => one(name, zone.vmStatOf(i))),
        one('pages on the lists of CPUs', pcp),
        one('watermark_boost', zone.watermarkBoost),
        one('nr_reserved_highatomic', zone.nrReservedHighatomic),
        ...Array.from({ length: MAX_ORDER }, (_, order) =>
          one(`free blocks of order ${order}`, zone.nrFreeBlocks(order), 'blocks'),
        ),
      ];
    });
}
const ZONE_COUNTERS: ReadonlySet<string> = new Set(ZONE_STAT_NAMES);
function wholeCounters(kernel: Kernel): Counted[] {
  const { vmalloc, percpu } = kernel.allocators;
  const machine = Object.entries(vmstatFields(kernel))
    .filter(([name]) => !ZONE_COUNTERS.has(name))
    .map(
      ([name, value]): Counted => ({
        group: 'machine',
        name,
        unit: name.startsWith('numa') ? 'count' : 'pages',
        value,
      }),
    );
  const one = (group: string, name: string, unit: Counter['unit'], value: number): Counted => ({
    group,
    name,
    unit,
    value,
  });
  const areas = (tree: 'busy' | 'purged'): number =>
    readable(() => vmalloc.allocator.areas.all(vmalloc.allocator[tree]).length) ?? 0;
  return [
    ...machine,
    one('vmalloc', 'areas', 'areas', areas('busy')),
    one('vmalloc', 'areas freed lazily', 'areas', areas('purged')),
    one('vmalloc', 'nr_vmalloc_pages', 'pages', vmalloc.pages),
    one('vmalloc', 'vmap_lazy_nr', 'pages', vmalloc.allocator.lazyPages),
    one('per-CPU memory', 'pcpu_nr_populated', 'pages', percpu.pool.slots.populatedPages),
    one('per-CPU memory', 'pcpu_nr_empty_pop_pages', 'pages', percpu.pool.slots.emptyPages),
  ];
}
function cacheStates(kernel: Kernel): Map<number, CacheState> {
  const { slab } = kernel.allocators;
  const { backend } = slab;
  const found = new Map<number, CacheState>();
  for (const cache of readable(() => slab.all()) ?? []) {
    const state = readable((): CacheState => {
      const info = backend.info(cache);
      return {
        name: slab.fields.name(cache),
        objectBytes: slab.fields.objectSize(cache),
        slabBytes: PAGE_SIZE * 2 ** info.cacheOrder,
        objects: backend instanceof Slub ? backend.views.inUse(cache) : info.activeObjs,
        slabs: info.numSlabs,
      };
    });
    if (state && isSound(state)) found.set(cache, state);
  }
  return found;
}
/** Whether the numbers of a cache can be true: it may have been overwritten. */
const isSound = ({ objectBytes, slabBytes, objects, slabs }: CacheState): boolean =>
  [objectBytes, slabBytes, objects, slabs].every((n) => Number.isSafeInteger(n) && n >= 0) &&
  slabBytes < PAGE_SIZE * 2 ** MAX_ORDER;
/** undefined where a pointer that has been overwritten leads nowhere */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isException(error)) return undefined;
    throw error;
  }
}

/** The counters that differ. */
export function counterDifference(a: MomentState, b: MomentState): { counters: Counter[]; cut: boolean } {
  const all = [...a.counters].flatMap(([key, { group, name, unit, value }]): Counter[] => {
    const then = b.counters.get(key)?.value ?? 0;
    return value === then ? [] : [{ group, name, unit, a: value, b: then }];
  });
  return { counters: all.slice(0, MOST_COUNTERS), cut: all.length > MOST_COUNTERS };
}
/** The caches that differ; one that does not exist at a moment has nothing there. */
export function cacheDifference(view: View, a: MomentState, b: MomentState): { caches: Cache[]; cut: boolean } {
  const all = [...new Set([...a.caches.keys(), ...b.caches.keys()])].flatMap((cache): Cache[] => {
    const [x, y] = [a.caches.get(cache), b.caches.get(cache)];
    const known = x ?? y;
    if (!known || (x?.objects === y?.objects && x?.slabs === y?.slabs)) return [];
    return [
      {
        name: known.name,
        cache: `0x${BigInt.asUintN(view.abi.wordSize * 8, BigInt(cache)).toString(16)}`,
        objectBytes: known.objectBytes,
        aObjects: x?.objects ?? 0,
        bObjects: y?.objects ?? 0,
        aSlabs: x?.slabs ?? 0,
        bSlabs: y?.slabs ?? 0,
        slabBytes: known.slabBytes,
      },
    ];
  });
  const grown = ({ aSlabs, bSlabs, slabBytes }: Cache): number => Math.abs(bSlabs - aSlabs) * slabBytes;
  const sorted = all.sort((x, y) => grown(y) - grown(x) || (x.name < y.name ? -1 : 1));
  return { caches: sorted.slice(0, MOST_CACHES), cut: sorted.length > MOST_CACHES };
}
