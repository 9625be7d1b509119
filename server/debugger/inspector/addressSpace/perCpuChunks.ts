/** The chunks of per-CPU memory: where they lie for each CPU, and what of a unit is in use. */
import { PCPU_MIN_ALLOC_SIZE } from '../../../kernel/mm/percpu/pcpu_units';
import { PAGE_SIZE } from '../../../types/pageSize';
import { standingOf } from '../../inspect/perCpuSlots';
import type { View } from '../../inspect/view';
import type { SpaceChunk } from '../shapes/addressSpace';
import { hexOf, rangeOf } from './spaceWindow';

/** chunks of an answer, CPUs of a chunk, and runs of a unit, at most */
const MOST_CHUNKS = 8;
const MOST_CPUS = 8;
const MOST_RUNS = 40;

type Run = SpaceChunk['runs'][number];

/** @throws PageFaultError for a list whose pointers have been overwritten */
export function perCpuChunks(view: View): SpaceChunk[] {
  const { pool } = view.kernel.allocators.percpu;
  const listed = pool.slots.all().map(({ slot, chunk }) => ({ chunk, standing: standingOf(pool.slots, slot) }));
  const all = pool.reserved === 0 ? listed : [...listed, { chunk: pool.reserved, standing: 'kept for modules' }];
  const first = (chunk: number) => chunk === pool.first || chunk === pool.reserved;
  return all
    .sort((a, b) => Number(first(b.chunk)) - Number(first(a.chunk)))
    .slice(0, MOST_CHUNKS)
    .map(({ chunk, standing }, i) =>
      chunkOf(view, chunk, standing, chunk === pool.first ? 'first chunk' : `chunk ${i}`),
    );
}
function chunkOf(view: View, chunk: number, standing: string, name: string): SpaceChunk {
  const { pool } = view.kernel.allocators.percpu;
  const { chunks, units } = pool;
  const pages = pagesOf(view, chunk);
  const runs = runsOf(view, chunk);
  return {
    name: chunk === pool.reserved ? 'reserved chunk' : name,
    chunk: hexOf(view, chunk),
    units: Array.from({ length: Math.min(units.cpus, MOST_CPUS) }, (_, cpu) => {
      const start = pool.address(chunk, cpu);
      return { cpu, ...rangeOf(view, start, start + pages * PAGE_SIZE) };
    }),
    standing,
    freeBytes: chunks.freeBytes(chunk),
    largestBytes: chunks.hints.getContig(chunks.md(chunk)) * PCPU_MIN_ALLOC_SIZE,
    pages,
    backed: chunks.backed(chunk),
    runs: runs.slice(0, MOST_RUNS),
    cut: runs.length > MOST_RUNS,
  };
}
/** Pages of a unit of the chunk; no more than a unit can have, whatever has been written there. */
function pagesOf(view: View, chunk: number): number {
  const { chunks, slots } = view.kernel.allocators.percpu.pool;
  return Math.max(0, Math.min(chunks.pages(chunk), slots.unitPages));
}
/** By its bitmaps: steps that are allocated, and pages that have memory. */
function runsOf(view: View, chunk: number): Run[] {
  const { chunks } = view.kernel.allocators.percpu.pool;
  const { bitmaps } = chunks;
  const perPage = PAGE_SIZE / PCPU_MIN_ALLOC_SIZE;
  const runs: Run[] = [];
  const add = (from: number, to: number, state: Run['state']): void => {
    const last = runs.at(-1);
    const [offset, bytes] = [from * PCPU_MIN_ALLOC_SIZE, (to - from) * PCPU_MIN_ALLOC_SIZE];
    if (last?.state === state) runs[runs.length - 1] = { ...last, bytes: last.bytes + bytes };
    else runs.push({ offset, bytes, state });
  };
  const [allocMap, populated] = [chunks.allocMap(chunk), chunks.populated(chunk)];
  for (let page = 0; page < pagesOf(view, chunk) && runs.length <= MOST_RUNS; page++) {
    const end = (page + 1) * perPage;
    const backed = bitmaps.test(populated, page);
    for (let at = page * perPage; at < end; ) {
      const used = bitmaps.test(allocMap, at);
      const next = used ? bitmaps.nextZero(allocMap, end, at) : bitmaps.next(allocMap, end, at);
      add(at, next, used ? 'in use' : backed ? 'free' : 'not backed');
      at = next;
    }
  }
  return runs;
}
