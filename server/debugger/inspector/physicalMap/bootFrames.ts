/**
 * What boot made of the machine's frames, as runs: a terabyte is a few hundred of them. Frames whose struct page has not been written are
 * still so; the others are classified from memory (frameIndex.ts).
 */
import type { Kernel } from '../../../kernel/kernel';
import { MAX_ORDER } from '../../../profiles/commonConstants';
import { ALLOCATED, FREE, HOLE, IMAGE, MEM_MAP, PAGE_TABLE, PERCPU, RESERVED } from './kinds';

/** A run of frames that boot left alike. */
export interface BootRun {
  readonly start: number;
  /** one past the last */
  readonly end: number;
  readonly kind: number;
  /** of the free blocks that the run consists of; −1 where it is not free */
  readonly order: number;
  /** what early boot took it for, where it did */
  readonly name?: string;
}
type BootedFrames = Pick<Kernel, 'memory' | 'reserved' | 'free' | 'spans'>;

const TOP = MAX_ORDER - 1;
const TOP_PAGES = 1 << TOP;
/** What early boot's reservations are for, by their names. */
const RESERVATIONS: Readonly<Record<string, number>> = {
  mem_map: MEM_MAP,
  'kernel image': IMAGE,
  'page tables': PAGE_TABLE,
  'per-CPU first chunk': PERCPU,
};

/** All frames below the end of memory, as ascending runs without gaps. */
export function bootFrames(k: BootedFrames): BootRun[] {
  const reserved = [...k.reserved].sort((a, b) => a.start - b.start);
  const runs: BootRun[] = [];
  let at = 0;
  let next = 0;
  for (const part of k.memory.present) {
    if (part.start > at) runs.push({ start: at, end: part.start, kind: HOLE, order: -1 });
    at = part.start;
    while (at < part.end) {
      while ((reserved[next]?.end ?? Number.POSITIVE_INFINITY) <= at) next++;
      const taken = reserved[next];
      if (taken && taken.start <= at) {
        const end = Math.min(taken.end, part.end);
        runs.push({ start: at, end, kind: RESERVATIONS[taken.name] ?? RESERVED, order: -1, name: taken.name });
        at = end;
        continue;
      }
      const end = Math.min(part.end, taken?.start ?? part.end);
      freeRuns(k, at, end, runs);
      at = end;
    }
  }
  return runs;
}

/** The free blocks of a range that nothing was reserved in; on a machine whose free lists are loaded later, it is allocated. */
function freeRuns({ free, spans }: BootedFrames, start: number, end: number, runs: BootRun[]): void {
  for (let at = start; at < end; ) {
    const block = free.at(at);
    if (!block) {
      runs.push({ start: at, end, kind: ALLOCATED, order: -1 });
      return;
    }
    let next = Math.min(end, block.pfn + (1 << block.order));
    if (block.order === TOP) {
      // blocks of the largest order follow one another up to the end of the range in their zone
      const zone = spans.find((z) => at >= z.start && at < z.start + z.spanned);
      const last = Math.min(end, zone ? zone.start + zone.spanned : end);
      next = Math.max(next, last - (last % TOP_PAGES));
    }
    runs.push({ start: at, end: next, kind: FREE, order: block.order });
    at = next;
  }
}

/** Index of the run that a frame is in. */
export function runAt(runs: readonly BootRun[], pfn: number): number {
  let low = 0;
  let high = runs.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((runs[middle] as BootRun).start <= pfn) low = middle;
    else high = middle - 1;
  }
  return low;
}
