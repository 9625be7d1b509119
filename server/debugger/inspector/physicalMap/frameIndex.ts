/**
 * What every frame of the machine is used for, at the journal's cursor. Boot's runs say it for frames whose struct page has not been
 * written; the others are classified in chunks. When the cursor has moved, forwards or back, only the chunks are classified again whose
 * struct pages, page tables or per-CPU lists the entries between the two positions have written.
 *
 * Derived from memory, and kept by position: nothing here is state of the machine.
 */
import type { Kernel } from '../../../kernel/kernel';
import { isException } from '../../../kernel/oops/exceptions';
import { type BootRun, bootFrames, runAt } from './bootFrames';
import {
  CHUNK_ORDER,
  CHUNK_PAGES,
  type Chunk,
  classify,
  newChunk,
  TALLY,
  TALLY_MANAGED,
  TALLY_ORDERS,
  UNMANAGED,
} from './frameChunk';
import { ALLOCATED, FREE, HOLE } from './kinds';
import { MappedFrames } from './mappedFrames';
import { pcpPages } from './pcpPages';
import { Slots } from './slots';
import { stackFrames } from './stackFrames';

/** A frame, and the block that it is part of. */
export interface FrameState {
  readonly kind: number;
  /** of its free block; below 0 for a frame that is not free */
  readonly order: number;
  /** first frame of its block; of a frame that boot has left, the frame */
  readonly head: number;
  readonly managed: boolean;
}

interface Frameset {
  has(pfn: number): boolean;
  keys(): Iterable<number>;
}
/** more than there are */
const MOST_PROCESSES = 0x8000;

/** Adjacent frames that are alike: kind, how many, first frame of their block, whether the page allocator has them. */
type Piece = (kind: number, pages: number, head: number, managed: boolean) => void;
interface Pieces {
  /** frames that boot left alike */
  run(kind: number, pages: number): void;
  /** frames `from` … `to - 1` of a chunk */
  chunk(chunk: Chunk, number: number, from: number, to: number): void;
}

export class Frames {
  readonly runs: readonly BootRun[];
  readonly slots: Slots;
  private readonly chunks = new Map<number, Chunk>();
  private readonly stale = new Set<number>();
  /** numbers of `chunks`, ascending; undefined after one was added */
  private sorted: Int32Array | undefined;
  private mapped: MappedFrames;
  private pcp: ReadonlyMap<number, number> = new Map();
  private topLevels: ReadonlySet<number> = new Set();
  /** by frame of a kernel stack: the task */
  readonly stacks: ReadonlyMap<number, number>;
  private position: number;
  private cuts: number;

  constructor(private readonly k: Kernel) {
    this.runs = bootFrames(k);
    this.slots = new Slots(k);
    this.stacks = stackFrames(k);
    this.position = k.journal.position;
    this.cuts = k.journal.cuts;
    this.mapped = this.beginAnew();
  }
  /** One past the last frame. */
  get end(): number {
    return this.k.memory.endPfn;
  }

  /** Follows the cursor. */
  update(): void {
    const { journal } = this.k;
    const { position } = journal;
    const [from, to] = [Math.min(position, this.position), Math.max(position, this.position)];
    if (journal.cuts !== this.cuts || from < journal.horizon) this.mapped = this.beginAnew();
    else if (from < to) this.follow(from, to);
    this.position = position;
    this.cuts = journal.cuts;
    this.settle();
  }
  /** Everything that has been written is read again. */
  private beginAnew(): MappedFrames {
    const { slots } = this;
    for (let slot = 1; slot < slots.end; slot++) this.stain(slots.describes(slot << 10));
    this.mapped = new MappedFrames(this.k, (pfn) => this.stain(pfn));
    this.settle();
    return this.mapped;
  }
  private follow(from: number, to: number): void {
    const { slots, mapped, stale } = this;
    const { endPfn } = this.k.memory;
    let last = -1;
    this.k.journal.written(from, to, (word) => {
      const slot = word >>> 10;
      if (slot === last) return;
      last = slot;
      const number = slots.chunk(slot);
      if (number >= 0) {
        if (number << CHUNK_ORDER < endPfn) stale.add(number);
        return;
      }
      const pfn = slots.pfn(word);
      if (mapped.isTable(pfn)) mapped.note(pfn);
    });
  }
  /** What is known of a frame may have changed. */
  private stain(pfn: number): void {
    if (pfn >= 0 && pfn < this.k.memory.endPfn) this.stale.add(pfn >>> CHUNK_ORDER);
  }
  private stainDifference(now: Frameset, before: Frameset): void {
    for (const pfn of now.keys()) if (!before.has(pfn)) this.stain(pfn);
    for (const pfn of before.keys()) if (!now.has(pfn)) this.stain(pfn);
  }
  private settle(): void {
    this.mapped.update();
    const pcp = pcpPages(this.k);
    const topLevels = this.processTables();
    this.stainDifference(pcp, this.pcp);
    this.stainDifference(topLevels, this.topLevels);
    this.pcp = pcp;
    this.topLevels = topLevels;
    const known = {
      runs: this.runs,
      pcp,
      stacks: this.stacks,
      mapped: this.mapped.kinds,
      topLevels,
    };
    for (const number of this.stale) classify(this.k, known, number, this.chunk(number));
    this.stale.clear();
  }
  private chunk(number: number): Chunk {
    const found = this.chunks.get(number);
    if (found) return found;
    const made = newChunk();
    this.chunks.set(number, made);
    this.sorted = undefined;
    return made;
  }
  /** The top levels of processes' page tables, as pgd_list has them; with PAE they lie in slabs. */
  private processTables(): Set<number> {
    const { symbols, pages, vars } = this.k;
    const found = new Set<number>();
    const head = symbols.lookup('pgd_list')?.va;
    if (head === undefined) return found;
    try {
      for (let at = vars.readField(head, 'list_head', 'next'); at !== head && found.size < MOST_PROCESSES; ) {
        found.add(pages.pfnOf(at - pages.lruOffset));
        at = vars.readField(at, 'list_head', 'next');
      }
    } catch (error) {
      // a pointer that has been overwritten leads nowhere
      if (!isException(error)) throw error;
    }
    return found;
  }

  // ---------------------------------------------------------------- questions
  /** Numbers of the chunks that are not as boot left them, ascending. */
  get written(): Int32Array {
    this.sorted ??= Int32Array.from(this.chunks.keys()).sort();
    return this.sorted;
  }
  at(pfn: number): FrameState {
    const number = pfn >>> CHUNK_ORDER;
    const chunk = this.chunks.get(number);
    if (chunk) {
      const i = pfn & (CHUNK_PAGES - 1);
      const order = chunk.order[i] as number;
      const head = (number << CHUNK_ORDER) + (chunk.head[i] as number);
      return { kind: chunk.kind[i] as number, order, head, managed: order !== UNMANAGED };
    }
    const run = this.runs[runAt(this.runs, pfn)];
    if (!run || pfn >= run.end) return { kind: HOLE, order: UNMANAGED, head: pfn, managed: false };
    const managed = run.kind === FREE || run.kind === ALLOCATED;
    const head = run.kind === FREE ? pfn - ((pfn - run.start) % (1 << run.order)) : pfn;
    return { kind: run.kind, order: managed ? run.order : UNMANAGED, head, managed };
  }
  /** What boot has made of all frames first … end − 1, if they are alike and as boot left them. */
  alike(first: number, end: number): BootRun | undefined {
    const { written } = this;
    const chunk = written[firstAtLeast(written, first >>> CHUNK_ORDER)];
    if (chunk !== undefined && chunk * CHUNK_PAGES < end) return undefined;
    const run = this.runs[runAt(this.runs, first)];
    return run && run.end >= end ? run : undefined;
  }
  /** Adds the frames first … end − 1 to a tally (frameChunk.ts). */
  count(first: number, end: number, tally: Int32Array): void {
    const { written } = this;
    let at = first;
    let next = firstAtLeast(written, first >>> CHUNK_ORDER);
    while (at < end) {
      const number = written[next] ?? Number.POSITIVE_INFINITY;
      const clean = Math.min(end, number * CHUNK_PAGES);
      if (at < clean) this.countRuns(at, clean, tally);
      at = Math.max(at, clean);
      if (at >= end) return;
      const stop = Math.min(end, (number + 1) * CHUNK_PAGES);
      this.countChunk(number, at, stop, tally);
      at = stop;
      next++;
    }
  }
  /** The frames first … end − 1 in pieces that are alike. */
  each(first: number, end: number, visit: Piece): void {
    let at = first;
    this.pieces(first, end, {
      run(kind, pages) {
        visit(kind, pages, at, kind === FREE || kind === ALLOCATED);
        at += pages;
      },
      chunk: (chunk, number, from, to) => {
        eachOfChunk(chunk, number * CHUNK_PAGES, from, to, visit);
        at += to - from;
      },
    });
  }
  /** The frames first … end − 1: parts of boot's runs, and parts of chunks. */
  pieces(first: number, end: number, visit: Pieces): void {
    const { written, runs } = this;
    let next = firstAtLeast(written, first >>> CHUNK_ORDER);
    for (let at = first; at < end; ) {
      const number = written[next] ?? Number.POSITIVE_INFINITY;
      const base = number * CHUNK_PAGES;
      if (at >= base) {
        const to = Math.min(end - base, CHUNK_PAGES);
        visit.chunk(this.chunks.get(number) as Chunk, number, at - base, to);
        at = base + to;
        next++;
        continue;
      }
      const run = runs[runAt(runs, at)];
      const isInside = run !== undefined && run.end > at;
      const stop = Math.min(end, isInside ? run.end : end, base);
      visit.run(isInside ? run.kind : HOLE, stop - at);
      at = stop;
    }
  }
  private countRuns(first: number, end: number, tally: Int32Array): void {
    const { runs } = this;
    for (let i = runAt(runs, first); i < runs.length; i++) {
      const { start, end: stop, kind, order } = runs[i] as BootRun;
      if (start >= end) return;
      const pages = Math.min(stop, end) - Math.max(start, first);
      add(tally, kind, pages);
      if (kind === FREE) add(tally, TALLY_ORDERS + order, pages);
      if (kind === FREE || kind === ALLOCATED) add(tally, TALLY_MANAGED, pages);
    }
  }
  private countChunk(number: number, first: number, end: number, tally: Int32Array): void {
    const chunk = this.chunks.get(number) as Chunk;
    const base = number * CHUNK_PAGES;
    if (end - first === CHUNK_PAGES) {
      for (let i = 0; i < TALLY; i++) tally[i] = (tally[i] as number) + (chunk.tally[i] as number);
      return;
    }
    for (let i = first - base; i < end - base; i++) {
      const kind = chunk.kind[i] as number;
      const order = chunk.order[i] as number;
      add(tally, kind, 1);
      if (kind === FREE) add(tally, TALLY_ORDERS + order, 1);
      if (order !== UNMANAGED) add(tally, TALLY_MANAGED, 1);
    }
  }
}
function eachOfChunk({ kind, head, order }: Chunk, base: number, from: number, to: number, visit: Piece): void {
  for (let i = from; i < to; ) {
    let alike = i + 1;
    while (alike < to && head[alike] === head[i] && kind[alike] === kind[i]) alike++;
    visit(kind[i] as number, alike - i, base + (head[i] as number), order[i] !== UNMANAGED);
    i = alike;
  }
}
const add = (tally: Int32Array, i: number, pages: number): void => {
  tally[i] = (tally[i] as number) + pages;
};
function firstAtLeast(sorted: Int32Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
