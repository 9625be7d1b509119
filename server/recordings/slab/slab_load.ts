/** Puts a cache of SLAB into a recorded state: every slab with its free objects, and the array of a CPU. */
import type { SlabAllocator } from '../../kernel/mm/slab/slab/slab_allocator';
import { TraceError } from '../trace_json';

/** A recorded slab: what the recording calls it, and how it is used. */
interface RecordedSlab {
  readonly name: number;
  readonly list: 'F' | 'P' | 'E';
  /** bytes to the first object */
  readonly first: number;
  readonly active: number;
  readonly free: readonly number[];
}

/** `0-3,7`: 0, 1, 2, 3, 7 */
function numbers(text: string): number[] {
  return text
    .split(',')
    .filter(Boolean)
    .flatMap((run) => {
      const [from = 0, to = from] = run.split('-').map(Number);
      return Array.from({ length: to - from + 1 }, (_, i) => from + i);
    });
}

/**
 * @param lines of one cache, from its `FULL` line on
 * @param named is told each slab and what the recording calls it
 */
export function loadSlabCache(
  allocator: SlabAllocator,
  cache: number,
  lines: readonly string[],
  gfp: number,
  named: (slab: number, name: number) => void,
): void {
  const { structs, lists, arrays, listHeads, objects } = allocator.p;
  const n = structs.nodeOf(cache, 0);
  const { node: at } = structs;
  const slabs = new Map<number, number>();
  const heads = { F: n + at.slabs_full, P: n + at.slabs_partial, E: n + at.slabs_free };
  for (const head of Object.values(heads)) listHeads.init(head);
  for (const line of lines) {
    const words = line.split(' ');
    if (words[0] === 'FULL') {
      const [total = 0, free = 0, freeObjects = 0, limit = 0, colour = 0, touched = 0] = words.slice(3).map(Number);
      structs.setLong(n + at.total_slabs, total);
      structs.setLong(n + at.free_slabs, free);
      structs.setLong(n + at.free_objects, freeObjects);
      lists.setFreeLimit(n, limit);
      structs.set(n + at.colour_next, colour);
      structs.set(n + at.free_touched, touched);
    } else if (words[0] === 'L') {
      const list = words[1];
      if (list !== 'F' && list !== 'P' && list !== 'E') throw new TraceError(`there is no list ${list}`);
      const [name = 0, first = 0, active = 0] = words.slice(2, 5).map(Number);
      const slab = loadSlab(allocator, cache, { name, list, first, active, free: numbers(words[5] ?? '') }, gfp);
      listHeads.addTail(slab + structs.slab.slab_list, heads[list]);
      slabs.set(name, slab);
      named(slab, name);
    }
  }
  for (const line of lines) {
    const [, cpu, touched, entries = ''] = /^E cpu(\d+) \d+ \d+ \d+ (\d):(.*)$/.exec(line) ?? [];
    if (cpu === undefined) continue;
    const array = arrays.ofCpu(cache, Number(cpu));
    structs.setAvail(array, 0);
    structs.setTouched(array, touched === '1' ? 1 : 0);
    for (const entry of entries.split(' ').filter(Boolean)) {
      const [name = 0, index = 0] = entry.split('.').map(Number);
      const slab = slabs.get(name);
      if (slab === undefined) throw new TraceError(`${entry}: there is no slab ${name}`);
      structs.push(array, objects.objectAt(cache, slab, index));
    }
  }
}

function loadSlab(allocator: SlabAllocator, cache: number, recorded: RecordedSlab, gfp: number): number {
  const { structs, folios, objects } = allocator.p;
  const flags = gfp | structs.get(cache + structs.cache.allocflags);
  const slab = folios.take(flags, structs.get(cache + structs.cache.gfporder), 0, false);
  if (slab === 0) throw new TraceError('the machine has too little memory for the recorded slabs');
  objects.init(cache, slab, recorded.first, gfp);
  const num = objects.num(cache);
  // all are taken, and those that are free come back, the one that is taken last first
  for (let i = 0; i < num; i++) objects.take(cache, slab);
  objects.full(cache, slab);
  for (const index of [...recorded.free].reverse()) objects.put(cache, slab, objects.objectAt(cache, slab, index));
  if (objects.active(slab) !== recorded.active)
    throw new TraceError(`slab ${recorded.name}: ${recorded.active} objects are not those that are not free`);
  return slab;
}
