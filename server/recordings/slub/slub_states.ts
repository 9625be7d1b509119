/** States of SLUB's caches as the recordings of small kernels write them: one line after some operations, many at both ends. */
import type { CacheView, SlabView } from '../../kernel/mm/slub/slub_view';
import { TraceError } from '../trace_json';
import type { CacheState, SlabState } from './slub_load';

type NameOf = (pfn: number) => number;

/** `0 cpu #2:21/21/1:10 cp #5:0/1 n 11 231 0 partial #7:3/0`; slabs that have numbers, not frames, with the `#` */
export function stateLine(number: number, view: CacheView, nameOf: (pfn: number) => string): string {
  const words = view.cpus.flatMap(({ slab, free, partial }) => [
    slab ? `cpu ${nameOf(slab.slab)}:${slab.inuse}/${slab.objects}/${+slab.frozen}:${free.length}` : 'cpu -',
    'cp',
    ...partial.map((s) => short(s, nameOf)),
  ]);
  const [node] = view.nodes;
  const partial = (node?.partial ?? []).map((s) => short(s, nameOf));
  const counts = `n ${node?.nrSlabs} ${node?.totalObjects} ${node?.nrPartial}`;
  return [number, ...words, counts, 'partial', ...partial].join(' ');
}
const short = (s: SlabView, nameOf: (pfn: number) => string): string => `${nameOf(s.slab)}:${s.inuse}/${+s.frozen}`;

/** `FULL …` and the lines behind it: C is a CPU's slab, Q one of its partial slabs, P one of the node's. */
export function fullLines(number: number, view: CacheView, nameOf: NameOf): string[] {
  const line = (kind: string, s: SlabView) =>
    `L ${kind} ${nameOf(s.slab)} ${s.inuse} ${s.objects} ${+s.frozen} ${ranges(s.free)}`;
  const [node] = view.nodes;
  return [
    `FULL ${number} n ${node?.nrSlabs} ${node?.totalObjects} ${node?.nrPartial}`,
    ...view.cpus.flatMap(({ slab, free, partial }, cpu) => [
      ...(slab ? [`E cpu${cpu} ${nameOf(slab.slab)} ${ranges(free)}`, line('C', slab)] : []),
      ...partial.flatMap((s) => [`E partial${cpu}`, line('Q', s)]),
    ]),
    ...(node?.partial ?? []).map((s) => line('P', s)),
  ];
}
/** `3-5,9,8`: neighbours that ascend are one range */
function ranges(list: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < list.length; ) {
    let end = i;
    while (list[end + 1] === (list[end] as number) + 1) end++;
    parts.push(end > i ? `${list[i]}-${list[end]}` : `${list[i]}`);
    i = end + 1;
  }
  return parts.join(',');
}
function fromRanges(text: string): number[] {
  return text
    .split(',')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const [first = 0, last = first] = part.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });
}

/** Reads `fullLines`: states by the caches' numbers. @throws TraceError */
export function readFull(lines: readonly string[], cpus: number): Map<number, CacheState> {
  const found = new Map<number, CacheState>();
  let state: ReturnType<typeof emptyState> | undefined;
  let cpu = 0;
  for (const line of lines) {
    const words = line.split(' ');
    if (words[0] === 'FULL') {
      state = emptyState(cpus, Number(words[3]), Number(words[4]));
      found.set(Number(words[1]), state);
      continue;
    }
    if (!state) throw new TraceError(`"${line}" stands before the cache that it belongs to`);
    const where = /^(?:cpu|partial)(\d+)$/.exec(words[1] ?? '');
    if (words[0] === 'E' && where) {
      cpu = Number(where[1]);
      if (line.startsWith('E cpu')) (state.cpus[cpu] as (typeof state.cpus)[number]).free = fromRanges(words[3] ?? '');
      continue;
    }
    const on = state.cpus[cpu];
    const slab: SlabState = {
      id: Number(words[2]),
      inuse: Number(words[3]),
      objects: Number(words[4]),
      frozen: words[5] === '1',
      free: fromRanges(words[6] ?? ''),
    };
    if (words[1] === 'P') state.partial.push(slab);
    else if (on && words[1] === 'Q') on.partial.push(slab);
    else if (on && words[1] === 'C') on.slab = slab;
    else throw new TraceError(`"${line}" is not a line of a state`);
  }
  return found;
}
function emptyState(cpus: number, slabs: number, objects: number) {
  return {
    slabs,
    objects,
    cpus: Array.from({ length: cpus }, () => ({
      slab: undefined as SlabState | undefined,
      free: [] as number[],
      partial: [] as SlabState[],
    })),
    partial: [] as SlabState[],
  };
}
