/** View "Compare": two moments of a run, and what differs between them. */
import * as v from 'valibot';
import { ADDRESS, ANSWER_HEAD, COUNT, described, MOMENT, OWNER_KIND, PFN, PLACE, POSITION } from './common';

const NAMED = ['now', 'start', 'end'] as const;
export const MOMENT_REF = v.variant('at', [
  v.strictObject({ at: v.literal('position'), position: POSITION }),
  v.strictObject({
    at: described(
      v.picklist(NAMED),
      '`now`: where the debugger is; `start` and `end`: the oldest and the newest moment that is recorded',
    ),
  }),
  v.strictObject({
    at: v.literal('endOf'),
    task: described(v.pipe(v.string(), v.maxLength(100)), "the scenario's name of a task or process"),
  }),
]);
export type MomentRef = v.InferOutput<typeof MOMENT_REF>;

/** Most cells of the map. */
const MOST_CELLS = 4096;
export const MOST_CELLS_UNASKED = 1024;

export const COMPARE_QUESTION = v.strictObject({
  a: described(MOMENT_REF, 'one moment'),
  b: described(MOMENT_REF, 'the other; it may be the earlier one'),
  first: v.optional(described(PFN, 'first frame of the map; 0 unless given')),
  pages: v.optional(described(v.pipe(COUNT, v.minValue(1)), 'frames of the map; up to the end of memory unless given')),
  cells: v.optional(
    described(
      v.pipe(COUNT, v.minValue(1), v.maxValue(MOST_CELLS)),
      'most cells of the map, 1024 unless given; a cell is a power of two of frames',
    ),
  ),
});
export type CompareQuestion = v.InferOutput<typeof COMPARE_QUESTION>;

const SUM = v.strictObject({ count: COUNT, bytes: COUNT });
export type Sum = v.InferOutput<typeof SUM>;
const SITE = v.strictObject({
  place: v.optional(
    described(
      PLACE,
      "the scenario's statement that allocated; absent for what the kernel did, or before what is recorded",
    ),
  ),
  who: described(v.string(), 'function, task or handler that the statement is in'),
  call: v.optional(described(v.string(), "the kernel's function that it called")),
  allocator: described(v.picklist(['pages', 'kmalloc', 'cache', 'vmalloc', 'percpu']), 'which allocator it is from'),
  kind: described(v.string(), "the cache, kmalloc's class, the order of the pages"),
  came: described(SUM, 'allocated at b and not at a: what leaked, if b is the end'),
  went: described(SUM, 'allocated at a and not at b'),
  stayed: described(SUM, 'allocated at both, the same allocation'),
  passed: described(SUM, 'allocated and freed between the two'),
  examples: described(
    v.array(
      v.strictObject({
        block: described(v.string(), 'the address, or the pfn'),
        position: described(POSITION, 'when it was allocated'),
        change: v.picklist(['came', 'went']),
      }),
    ),
    'some of what came and went, the oldest first',
  ),
});
export type CompareSite = v.InferOutput<typeof SITE>;

const KIND_CHANGE = v.strictObject({
  from: described(OWNER_KIND, 'what frames are used for at a'),
  to: described(OWNER_KIND, 'what they are used for at b'),
  pages: COUNT,
});

export const COMPARE_ANSWER = v.strictObject({
  ...ANSWER_HEAD,
  a: described(MOMENT, 'the one moment'),
  b: described(MOMENT, 'the other'),
  named: described(
    v.array(v.strictObject({ ref: MOMENT_REF, label: v.string(), position: POSITION })),
    'moments with names, which can be asked for',
  ),
  map: v.strictObject({
    first: described(PFN, 'first frame of the first cell'),
    pagesPerCell: described(v.pipe(COUNT, v.minValue(1)), 'frames of a cell'),
    cells: COUNT,
    end: described(PFN, "one past the machine's last frame"),
    kinds: described(
      v.array(v.strictObject({ kind: OWNER_KIND, a: COUNT, b: COUNT })),
      'frames of each kind in the window at both moments',
    ),
    changes: described(v.array(KIND_CHANGE), 'how the use of frames in the window has changed, the commonest first'),
    runs: described(
      v.array(
        v.strictObject({
          cell: described(COUNT, 'first cell'),
          cells: described(COUNT, 'how many cells are alike'),
          change: described(COUNT, 'index in `changes` of what most changed frames have done'),
          pages: described(COUNT, 'frames that have changed'),
        }),
      ),
      'the cells in which something has changed',
    ),
  }),
  counters: described(
    v.array(
      v.strictObject({
        group: described(v.string(), 'whose counter it is'),
        name: described(v.string(), 'as the kernel calls it'),
        unit: v.picklist(['pages', 'blocks', 'areas', 'count']),
        a: v.number(),
        b: v.number(),
      }),
    ),
    'counters of the kernel that differ',
  ),
  caches: described(
    v.array(
      v.strictObject({
        name: v.string(),
        cache: v.optional(described(ADDRESS, 'its struct kmem_cache')),
        objectBytes: COUNT,
        aObjects: described(COUNT, 'objects in use at a; with SLAB, those on the lists of CPUs as well'),
        bObjects: COUNT,
        aSlabs: described(COUNT, 'slabs at a'),
        bSlabs: COUNT,
        slabBytes: described(COUNT, 'bytes of a slab'),
      }),
    ),
    'caches whose objects or slabs differ in number',
  ),
  sites: described(v.array(SITE), 'by the code that allocated, what came first'),
  came: described(SUM, 'all that is allocated at b and not at a'),
  went: described(SUM, 'all that is allocated at a and not at b'),
  passed: described(SUM, 'all that was allocated and freed between the two'),
  backing: described(
    v.strictObject({ came: SUM, went: SUM }),
    'what allocators took and gave back for slabs, areas, chunks and tables; it is not in the sites',
  ),
  cut: described(v.boolean(), 'there are more sites, counters or caches than are listed'),
});
export type CompareAnswer = v.InferOutput<typeof COMPARE_ANSWER>;
