/** The physical map: what every frame of the machine is used for, at the resolution that the question asks for. */
import * as v from 'valibot';
import { ADDRESS, ANSWER_HEAD, COUNT, described, OWNER_KIND, type OwnerKind, PFN, POSITION } from './common';

/** What cells are coloured by. */
export const MAP_COLOURS = ['owner', 'zone', 'migratetype', 'order', 'site', 'age'] as const;
export type MapColour = (typeof MAP_COLOURS)[number];

/** A letter for each kind of owner, for those who do not tell colours apart. */
export const OWNER_SIGNS: Readonly<Record<OwnerKind, string>> = {
  free: '.',
  pcp: 'p',
  slab: 's',
  'page table': 't',
  'kernel stack': 'k',
  vmalloc: 'v',
  'per-CPU': 'c',
  'page cache': 'f',
  anonymous: 'u',
  mem_map: 'm',
  'kernel image': 'K',
  reserved: 'r',
  hole: ' ',
  allocated: 'a',
};

/** Cells that are wanted unless a question says how many: a grid of 64 by 64, or 128 by 32. */
export const CELLS = 4096;
/** Most cells of an answer: it stays below 100 kB then. */
export const MOST_CELLS = 8192;
/** Most entries of a legend; what is rarer is in the last one. */
export const MOST_LEGEND = 100;

/** A number for each cell, in order. */
const series = v.union([
  v.strictObject({ plain: described(v.array(v.number()), 'a number for each cell') }),
  v.strictObject({ runs: described(v.array(v.number()), 'value and number of cells, value and number of cells …') }),
]);
export type Series = v.InferOutput<typeof series>;
/** The numbers of a series, one for each cell. */
export function valuesOf(numbers: Series): number[] {
  if ('plain' in numbers) return numbers.plain;
  const { runs } = numbers;
  return runs.flatMap((value, i) => (i % 2 === 0 ? Array<number>(runs[i + 1] ?? 0).fill(value) : []));
}

export const PHYSICAL_MAP_QUESTION = v.strictObject({
  colour: v.optional(
    described(
      v.picklist(MAP_COLOURS),
      'what the cells are coloured by; `owner` unless given. `order`: of the free block. `site`: the code that allocated it. `age`: statements since it was allocated',
    ),
  ),
  first: v.optional(described(PFN, 'first frame of the window; 0 unless given')),
  pages: v.optional(
    described(v.pipe(COUNT, v.minValue(1)), 'frames of the window; up to the end of memory unless given'),
  ),
  cells: v.optional(
    described(
      v.pipe(COUNT, v.minValue(1), v.maxValue(MOST_CELLS)),
      'most cells wanted, 4096 unless given. A cell is a power of two of frames, the smallest that so COUNT cells are enough for',
    ),
  ),
});
export type PhysicalMapQuestion = v.InferOutput<typeof PHYSICAL_MAP_QUESTION>;
/** All of memory, by owner: what is shown at first. */
export const WHOLE_MAP = { colour: 'owner', cells: CELLS } as const satisfies PhysicalMapQuestion;

export interface MapWindow {
  /** first frame of the first cell */
  readonly first: number;
  readonly pagesPerCell: number;
  readonly cells: number;
}
/** The cells for a question, on a machine with frames up to `end`: powers of two of frames, which begin at a multiple of their size. */
export function mapWindow(
  end: number,
  { first = 0, pages = end, cells = CELLS }: Pick<PhysicalMapQuestion, 'first' | 'pages' | 'cells'>,
): MapWindow {
  const from = Math.min(first, Math.max(0, end - 1));
  const wanted = Math.max(1, Math.min(pages, end - from));
  for (let pagesPerCell = 1; ; pagesPerCell *= 2) {
    const start = from - (from % pagesPerCell);
    const count = Math.ceil((Math.min(end, from + wanted) - start) / pagesPerCell);
    if (count <= cells) return { first: start, pagesPerCell, cells: count };
  }
}

const kindPages = v.array(v.strictObject({ kind: OWNER_KIND, pages: COUNT }));

export const PHYSICAL_MAP_ANSWER = v.strictObject({
  ...ANSWER_HEAD,
  colour: v.picklist(MAP_COLOURS),
  window: v.strictObject({
    first: described(PFN, 'first frame of the first cell'),
    pagesPerCell: described(COUNT, 'frames in a cell'),
    cells: described(COUNT, 'number of cells; the last may be filled in part'),
    end: described(COUNT, "one past the machine's last frame"),
    pageblockPages: described(COUNT, 'frames in a pageblock'),
  }),
  legend: described(
    v.array(
      v.strictObject({
        value: described(v.number(), 'what `values` has for it'),
        name: v.string(),
        pages: described(COUNT, 'frames of the window that are so'),
      }),
    ),
    'what the values mean; only what is in the window',
  ),
  values: described(series, 'by cell: what most of its frames are'),
  free: described(
    v.optional(series),
    'by cell: how many of 100 frames are free, of those that exist; absent where a cell is one frame',
  ),
  changed: described(series, 'by cell, since `since`: 1 contents of frames were written, 2 struct pages, 3 both'),
  since: described(POSITION, 'where the last motion of the debugger began'),
  zones: described(
    v.array(
      v.strictObject({
        node: COUNT,
        zone: v.string(),
        first: PFN,
        pages: described(COUNT, 'spanned, holes included'),
        managed: described(COUNT, 'frames that the page allocator was given'),
        frames: described(kindPages, 'what its frames are used for'),
      }),
    ),
    'zones with memory, in order of node and zone; their borders',
  ),
  indices: described(
    v.array(
      v.strictObject({
        node: COUNT,
        zone: v.string(),
        unusable: described(
          v.array(v.number()),
          'unusable_index by order, in thousandths: the share of free memory that a request of the order cannot use',
        ),
        fragmentation: described(
          v.array(v.number()),
          'extfrag_index by order, in thousandths: towards 0 a request would fail for lack of memory, towards 1000 for fragmentation; −1000: it would not fail',
        ),
      }),
    ),
    "how far the zones' free memory is of use, as the kernel computes it",
  ),
});
export type PhysicalMapAnswer = v.InferOutput<typeof PHYSICAL_MAP_ANSWER>;

/** A cell in words, for a tooltip and for screen readers. */
export const MAP_CELL_QUESTION = v.strictObject({
  first: described(PFN, 'first frame of the cell'),
  pages: described(v.pipe(COUNT, v.minValue(1)), 'frames in it'),
});
export type MapCellQuestion = v.InferOutput<typeof MAP_CELL_QUESTION>;
export const MAP_CELL_ANSWER = v.strictObject({
  ...ANSWER_HEAD,
  title: described(v.string(), 'which frames they are'),
  lines: described(v.array(v.string()), 'what is known of them, a sentence each'),
  frames: described(kindPages, 'what they are used for'),
  address: v.optional(described(ADDRESS, 'physical address of the first byte')),
});
export type MapCellAnswer = v.InferOutput<typeof MAP_CELL_ANSWER>;

export const MAP_SEARCH_QUESTION = v.strictObject({
  text: described(
    v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(200)),
    'a pfn, an address (physical, direct map, vmalloc or another that is mapped), a symbol or another C expression, a kind of owner, a cache, or the code that allocated it',
  ),
});
export type MapSearchQuestion = v.InferOutput<typeof MAP_SEARCH_QUESTION>;
/** Most results of a search. */
export const MOST_FOUND = 50;
export const MAP_SEARCH_ANSWER = v.strictObject({
  ...ANSWER_HEAD,
  found: described(
    v.array(
      v.strictObject({
        first: described(PFN, 'first frame'),
        pages: described(COUNT, 'adjacent frames'),
        what: described(v.string(), 'how the text names them'),
      }),
    ),
    `at most ${MOST_FOUND}`,
  ),
  more: described(v.boolean(), 'whether there are more'),
});
export type MapSearchAnswer = v.InferOutput<typeof MAP_SEARCH_ANSWER>;
