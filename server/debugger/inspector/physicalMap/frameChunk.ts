/**
 * The frames of one block of the largest order, classified from their struct pages. A free block, a slab and any other block of the page
 * allocator lies in one chunk as a whole.
 */
import type { Kernel } from '../../../kernel/kernel';
import { MAX_ORDER } from '../../../profiles/commonConstants';
import { PAGE_SIZE } from '../../../types/pageSize';
import { type BootRun, runAt } from './bootFrames';
import { ALLOCATED, ANONYMOUS, FREE, HOLE, KINDS, PAGE_CACHE, PAGE_TABLE, PCP, RESERVED, SLAB, STACK } from './kinds';

export const CHUNK_ORDER = MAX_ORDER - 1;
export const CHUNK_PAGES = 1 << CHUNK_ORDER;
/** Where a tally has what: pages by kind, free pages by the order of their block, pages that the page allocator was given. */
export const TALLY_ORDERS = KINDS;
export const TALLY_MANAGED = KINDS + MAX_ORDER;
export const TALLY = TALLY_MANAGED + 1;

export interface Chunk {
  /** by frame */
  readonly kind: Uint8Array;
  /** by frame: order of its free block; −1 for one that is not free, UNMANAGED for one that the page allocator was not given */
  readonly order: Int8Array;
  /** by frame: distance of the first frame of its block from the chunk's first */
  readonly head: Uint16Array;
  readonly tally: Int32Array;
  /** by frame: which event allocated its block (allocations.ts), as far as somebody has asked; undefined since it was classified */
  events: Int32Array | undefined;
}
/** What is known of frames besides their struct pages. */
export interface Known {
  readonly runs: readonly BootRun[];
  /** order of the block, by first frame */
  readonly pcp: ReadonlyMap<number, number>;
  readonly stacks: ReadonlyMap<number, number>;
  readonly mapped: ReadonlyMap<number, number>;
  readonly topLevels: ReadonlySet<number>;
}
type ChunkKernel = Pick<Kernel, 'mem' | 'pages' | 'memMap' | 'memory'>;

/** flags in the lowest bits of page->mapping (include/linux/page-flags.h) */
const PAGE_MAPPING_ANON = 1;
const PAGE_MAPPING_MOVABLE = 2;

export const newChunk = (): Chunk => ({
  kind: new Uint8Array(CHUNK_PAGES),
  order: new Int8Array(CHUNK_PAGES),
  head: new Uint16Array(CHUNK_PAGES),
  tally: new Int32Array(TALLY),
  events: undefined,
});

/** Classifies the frames of chunk `number` anew. */
export function classify(k: ChunkKernel, known: Known, number: number, chunk: Chunk): void {
  new Classifier(k, known, number * CHUNK_PAGES, chunk).run();
}

class Classifier {
  private readonly end: number;
  private at = 0;
  /** up to which frame of the chunk it is known whether struct pages have been written, and whether they have */
  private known64 = 0;
  private isTouched = false;

  constructor(
    private readonly k: ChunkKernel,
    private readonly known: Known,
    private readonly base: number,
    private readonly chunk: Chunk,
  ) {
    this.end = Math.min(CHUNK_PAGES, k.memory.endPfn - base);
  }

  run(): void {
    const { chunk, known, base } = this;
    chunk.tally.fill(0);
    chunk.events = undefined;
    let index = runAt(known.runs, base);
    for (this.at = 0; this.at < this.end; ) {
      const pfn = base + this.at;
      while ((known.runs[index + 1]?.start ?? Number.POSITIVE_INFINITY) <= pfn) index++;
      this.frame(pfn, known.runs[index] as BootRun);
    }
  }
  /** The frame at `at`, and those that go with it. */
  private frame(pfn: number, boot: BootRun): void {
    if (boot.kind === HOLE) {
      this.put(Math.min(boot.end - pfn, this.end - this.at), HOLE, -1, false);
      return;
    }
    if (this.at >= this.known64) this.look(pfn);
    if (this.isTouched) this.touched(pfn, boot);
    else this.untouched(pfn, boot);
  }
  /** Struct pages are written to, or not, 64 at a time or more. */
  private look(pfn: number): void {
    const { mem, memMap } = this.k;
    this.isTouched = mem.touchedFrameWord(Math.floor(memMap.physOf(pfn) / PAGE_SIZE)) !== 0;
    this.known64 = this.at - (pfn % 64) + 64;
  }
  private touched(pfn: number, boot: BootRun): void {
    const { mem, pages } = this.k;
    const { words } = mem;
    const word = pages.word(pfn);
    if (pages.pageFlags.isBuddy(words[word + pages.mapcount] as number)) {
      this.block(words[word + pages.private] as number, FREE);
      return;
    }
    const isUsed = (words[word + pages.refcount] as number) !== 0;
    // what is on a CPU's list has no reference
    const listed = isUsed ? undefined : this.known.pcp.get(pfn);
    if (listed !== undefined) this.block(listed, PCP);
    else if ((words[word] as number) & pages.pageFlags.reserved)
      this.put(1, boot.kind === FREE || boot.kind === ALLOCATED ? RESERVED : boot.kind, -1, false);
    else if ((words[word + pages.lru] as number) & 1) this.tail(pages.headOr(pfn, pfn) - this.base);
    else if (isUsed) this.one(this.kindOf(pfn, word), this.at);
    else this.tail(this.headOfTail());
  }
  /** A frame whose struct page is as boot left it. */
  private untouched(pfn: number, boot: BootRun): void {
    if (boot.kind === FREE) {
      if ((pfn - boot.start) % (1 << boot.order) === 0) this.block(boot.order, FREE);
      else this.tail(this.headOfTail());
    } else if (boot.kind === ALLOCATED) this.one(ALLOCATED, this.at);
    else this.put(1, boot.kind, -1, false);
  }
  /** Of an allocated frame, whose struct page is at a word. */
  private kindOf(pfn: number, word: number): number {
    const { mem, pages } = this.k;
    const { stacks, mapped, topLevels } = this.known;
    if ((mem.words[word] as number) & pages.pageFlags.slab) return SLAB;
    if (stacks.has(pfn)) return STACK;
    if (topLevels.has(pfn) || pages.pageFlags.isType(mem.words[word + pages.mapcount] as number, 'table'))
      return PAGE_TABLE;
    const kind = mapped.get(pfn);
    if (kind !== undefined) return kind;
    const mapping = mem.words[word + pages.mapping] as number;
    if (mapping === 0) return ALLOCATED;
    return mapping & PAGE_MAPPING_ANON ? ANONYMOUS : mapping & PAGE_MAPPING_MOVABLE ? ALLOCATED : PAGE_CACHE;
  }
  /** A free block from here on; one that does not fit here has been damaged, and counts for a page. */
  private block(order: number, kind: number): void {
    const { at, base } = this;
    const fits = order >= 0 && order <= CHUNK_ORDER && ((base + at) & ((1 << order) - 1)) === 0;
    this.put(fits ? Math.min(1 << order, this.end - at) : 1, kind, fits ? order : 0, true);
  }
  /** A tail of the block that begins at `head`; −1 if no block is known. */
  private tail(head: number): void {
    const { chunk, at } = this;
    const isKnown = head >= 0 && head < at;
    const own = this.known.mapped.get(this.base + at);
    this.one(own ?? (isKnown ? (chunk.kind[head] as number) : ALLOCATED), isKnown ? head : at);
  }
  /**
   * Where the block begins that a frame without a reference is a tail of: blocks are aligned, and none lies in another, so it is the nearest
   * first frame of a block that this one can be in.
   */
  private headOfTail(): number {
    const { chunk, at, base } = this;
    for (let order = 1; order <= CHUNK_ORDER; order++) {
      const head = at - ((base + at) & ((1 << order) - 1));
      if (head < 0) break;
      if (head === at) continue;
      const kind = chunk.kind[head] as number;
      if (chunk.head[head] === head && kind !== FREE && kind !== PCP && this.isManaged(head)) return head;
    }
    return -1;
  }
  private isManaged(offset: number): boolean {
    return (this.chunk.order[offset] as number) !== UNMANAGED;
  }
  /** An allocated frame, of the block that begins at `head`. */
  private one(kind: number, head: number): void {
    const { chunk, at } = this;
    const { tally } = chunk;
    chunk.kind[at] = kind;
    chunk.order[at] = -1;
    chunk.head[at] = head;
    tally[kind] = (tally[kind] as number) + 1;
    tally[TALLY_MANAGED] = (tally[TALLY_MANAGED] as number) + 1;
    this.at = at + 1;
  }
  /** `count` frames are of a kind, and one block. */
  private put(count: number, kind: number, order: number, managed: boolean): void {
    const { chunk, at } = this;
    const { tally } = chunk;
    const stored = order < 0 && !managed ? UNMANAGED : order;
    chunk.kind.fill(kind, at, at + count);
    chunk.order.fill(stored, at, at + count);
    chunk.head.fill(at, at, at + count);
    tally[kind] = (tally[kind] as number) + count;
    if (kind === FREE) tally[TALLY_ORDERS + order] = (tally[TALLY_ORDERS + order] as number) + count;
    if (managed) tally[TALLY_MANAGED] = (tally[TALLY_MANAGED] as number) + count;
    this.at += count;
  }
}
/** `Chunk.order` of a frame that the page allocator was not given. */
export const UNMANAGED = -2;
