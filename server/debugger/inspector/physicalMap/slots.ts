/** What lies in the frames of emulated memory that have been written: struct pages, and of which frames. */
import type { Kernel } from '../../../kernel/kernel';
import { PAGE_SIZE } from '../../../types/pageSize';
import { CHUNK_ORDER } from './frameChunk';

type SlotKernel = Pick<Kernel, 'mem' | 'memMap' | 'pages'>;
const FRAME_WORDS = PAGE_SIZE >> 2;

/** The slots of the arena, as the journal's entries name them. A slot stays what it is: this is a cache. */
export class Slots {
  /** frame in the slot */
  private pfns = new Int32Array(1024).fill(-1);
  /** first frame that a struct page in the slot's group describes, −1 where there are none; and the word of that struct page */
  private described = new Int32Array(1024).fill(-1);
  private bases = new Int32Array(1024);
  private chunks = new Int32Array(1024).fill(-1);
  private known = 1;

  constructor(private readonly k: SlotKernel) {}

  /** One past the last slot. */
  get end(): number {
    this.learn();
    return this.known;
  }
  /** The frame that a word is in. */
  pfn(word: number): number {
    const slot = word >>> 10;
    if (slot >= this.known) this.learn();
    return this.pfns[slot] as number;
  }
  /** The frame whose struct page a word is in; −1 for a word that is in none. */
  describes(word: number): number {
    const slot = word >>> 10;
    if (slot >= this.known) this.learn();
    const first = this.described[slot] as number;
    if (first < 0) return -1;
    return first + Math.floor((word - (this.bases[slot] as number)) / this.k.pages.words);
  }

  /** Number of the chunk (frameChunk.ts) whose struct pages are in a slot; −1 for none. */
  chunk(slot: number): number {
    if (slot >= this.known) this.learn();
    return this.chunks[slot] as number;
  }

  private learn(): void {
    const { mem } = this.k;
    const end = mem.materialised + 1;
    if (end > this.pfns.length) this.grow(end);
    for (; this.known < end; this.known++) this.learnSlot(this.known);
  }
  private learnSlot(slot: number): void {
    const { mem, memMap } = this.k;
    const pfn = Math.floor(mem.physOf(slot * FRAME_WORDS) / PAGE_SIZE);
    this.pfns[slot] = pfn;
    const run = memMap.runs.find(
      (r) => pfn * PAGE_SIZE >= r.phys && pfn * PAGE_SIZE < r.phys + (r.end - r.start) * memMap.pageSize,
    );
    if (!run) return;
    // struct pages of 40 bytes cross frames: 512 of them fill a group of five, whose slots are adjacent
    const frames = PAGE_SIZE % memMap.pageSize === 0 ? 1 : 5;
    const index = pfn - run.phys / PAGE_SIZE;
    const inGroup = index % frames;
    this.described[slot] = run.start + ((index - inGroup) * PAGE_SIZE) / memMap.pageSize;
    this.bases[slot] = (slot - inGroup) * FRAME_WORDS;
    // a frame of struct pages, and a group, lies in one chunk as a whole
    this.chunks[slot] = (this.described[slot] as number) >>> CHUNK_ORDER;
  }
  private grow(end: number): void {
    const length = 2 ** Math.ceil(Math.log2(end + 1));
    const copy = (old: Int32Array) => {
      const larger = new Int32Array(length).fill(-1);
      larger.set(old);
      return larger;
    };
    this.pfns = copy(this.pfns);
    this.described = copy(this.described);
    this.bases = copy(this.bases);
    this.chunks = copy(this.chunks);
  }
}
