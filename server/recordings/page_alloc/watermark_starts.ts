/**
 * Where the free blocks lay when the recorder of `experiments.wmark` began. It printed how many there were of each order, not their
 * lists. Those of other runs on the same machines (`hiatomic`, `buddy`) were printed; they were moved about until all 23 requests came out
 * as recorded, with every count and every free_area. It is one placement of several that agree.
 */
import { type JsonObject, TraceError } from '../trace_json';

type List = readonly [order: number, migratetype: number, ...pfns: readonly number[]];
interface Start {
  /** free blocks of DMA32 by order: what the recording says of it */
  readonly counts: readonly number[];
  /** migratetypes of its pageblocks */
  readonly blocks: string;
  readonly lists: readonly List[];
  /** pageblocks whose pages in use are user memory or files */
  readonly lru: readonly number[];
}

const BLOCK = 512;
const blocksFrom = (pfn: number, count: number): number[] => Array.from({ length: count }, (_, i) => pfn + i * 1024);

const STARTS: readonly Start[] = [
  {
    counts: [10, 6, 4, 0, 1, 3, 1, 2, 3, 2, 35],
    blocks: `${'1'.repeat(28)}0022002222${'0'.repeat(8)}${'1'.repeat(74)}`,
    lists: [
      [0, 1, 10701, 10705, 10709, 10713, 10717, 10721, 12401, 12405, 12409, 12413],
      [1, 0, 25558],
      [1, 1, 10600, 10604, 10608, 12500],
      [1, 2, 22694],
      [2, 0, 25560, 25568, 25576],
      [2, 2, 22748],
      [4, 1, 12560],
      [5, 0, 27168],
      [5, 1, 12640],
      [5, 2, 22752],
      [6, 0, 27200],
      [7, 0, 27264],
      [7, 1, 12672],
      [8, 0, 27392],
      [8, 1, 17152],
      [8, 2, 22784],
      [9, 1, 17920],
      [9, 2, 23040],
      [10, 1, ...blocksFrom(27648, 35)],
    ],
    lru: [10240],
  },
  {
    counts: [9, 6, 4, 4, 1, 2, 1, 1, 3, 2, 98],
    blocks: `${'1'.repeat(28)}0022002222${'0'.repeat(8)}${'1'.repeat(196)}000001`,
    lists: [
      [0, 1, 10701, 10705, 10709, 10713, 10717, 12401, 12405, 12409, 12413],
      [1, 0, 26902, 25130],
      [1, 1, 10600, 10604, 12500],
      [1, 2, 22694],
      [2, 0, 25244],
      [2, 1, 12600, 12608],
      [2, 2, 22696],
      [3, 0, 24752, 25312, 26904],
      [3, 1, 12640],
      [4, 0, 25296],
      [5, 0, 26912],
      [5, 2, 22752],
      [6, 0, 26944],
      [7, 0, 27008],
      [8, 1, 17152, 18176],
      [8, 2, 22784],
      [9, 0, 27136],
      [9, 2, 23040],
      [10, 1, ...blocksFrom(27648, 98)],
    ],
    lru: [10240, 12288],
  },
];

const DMA_BLOCKS = '01111111';
const DMA_LISTS: readonly List[] = [
  [5, 0, 288],
  [6, 0, 320],
  [7, 0, 384],
  [9, 1, 512],
  [10, 1, 1024, 2048, 3072],
];

/** The lines that the recorder would have printed of the free lists. @throws TraceError for a machine that is not known */
export function startLines(snaps: readonly JsonObject[], tag: string): JsonObject[] {
  const dma32 = snaps.find((snap) => snap.zone === 'DMA32');
  const counts = JSON.stringify(dma32?.fa);
  const start = STARTS.find((s) => JSON.stringify(s.counts) === counts);
  if (!dma32 || !start)
    throw new TraceError(
      'the free lists at the beginning are not recorded, and kmem knows them for the machines of 256 and 512 MB only',
    );
  const first = Number(dma32.start);
  const free = new Set(start.lists.flatMap(([order, , ...pfns]) => pfns.flatMap((pfn) => range(pfn, 1 << order))));
  const used = start.lru.flatMap((pfn) => range(pfn, BLOCK)).filter((pfn) => !free.has(pfn));
  const of = (kind: string, zone: string, rest: JsonObject): JsonObject => ({ kind, tag, node: 0, zone, ...rest });
  const lists = (zone: string, all: readonly List[]): JsonObject[] =>
    all.map(([order, mt, ...pfns]) => of('freelist', zone, { order, mt, pfns }));
  return [
    ...lists('DMA', DMA_LISTS),
    of('blocks', 'DMA', { start: 1, mts: DMA_BLOCKS }),
    ...lists('DMA32', start.lists),
    of('blocks', 'DMA32', { start: first, mts: start.blocks }),
    of('lru', 'DMA32', { pfns: used }),
  ];
}
const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);
