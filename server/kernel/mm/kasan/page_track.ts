/**
 * The call traces by which the pages of a machine with KASAN were last allocated and freed, for the notes of its reports
 * (mm/kasan/common.c: kasan_save_stack, 6.1). The kernel keeps those of slab objects only, unless page_owner is on; that it keeps those of
 * pages too is kmem's own. Two words for each frame, in emulated memory behind the RAM.
 */
import type { Memory } from '../../../memory/memory';
import type { BeyondRam } from '../../arch/beyond_ram';
import type { StackDepot } from '../../lib/stackdepot';

/** in the first word of the first frame of a block, above the handle: its order and 1 */
const ORDER_SHIFT = 26;
const HANDLE_MASK = (1 << ORDER_SHIFT) - 1;
/** the two words of a frame */
const PAGE_TRACK_BYTES = 8;

/** The call traces of a page, innermost function first; undefined for what has not happened. Empty where the depot had no room. */
interface PageHistory {
  readonly allocated: readonly number[] | undefined;
  readonly freed: readonly number[] | undefined;
}

export class PageTrack {
  /** physical address of the words of frame 0 */
  private readonly words: number;

  /** @param endPfn one past the last frame of the machine's RAM */
  constructor(
    private readonly mem: Memory,
    private readonly depot: StackDepot,
    beyond: BeyondRam,
    endPfn: number,
  ) {
    this.words = beyond.take(endPfn * PAGE_TRACK_BYTES);
  }

  /** Notes the call trace for each page of a block. */
  noteAllocated(pfn: number, order: number, trace: readonly number[]): void {
    this.note(pfn, order, 0, trace);
    const word = this.mem.word(this.at(pfn, 0));
    this.mem.set(word, (this.mem.words[word] as number) | ((order + 1) << ORDER_SHIFT));
  }
  noteFreed(pfn: number, order: number, trace: readonly number[]): void {
    this.note(pfn, order, 1, trace);
  }
  of(pfn: number): PageHistory {
    return { allocated: this.traceIn(this.at(pfn, 0)), freed: this.traceIn(this.at(pfn, 1)) };
  }
  /** The order with which the block that begins with a frame was last allocated; undefined if none did. */
  orderOf(pfn: number): number | undefined {
    const order = this.mem.read32(this.at(pfn, 0)) >>> ORDER_SHIFT;
    return order === 0 ? undefined : order - 1;
  }
  /** Whether a page has been handed out since the scenario began. */
  wasAllocated(pfn: number): boolean {
    return this.mem.read32(this.at(pfn, 0)) !== 0;
  }
  /** A word is 0 if nothing has happened, else one more than the handle. */
  private note(pfn: number, order: number, which: 0 | 1, trace: readonly number[]): void {
    const value = this.depot.save(trace) + 1;
    for (let i = 0; i < 1 << order; i++) this.mem.set(this.mem.word(this.at(pfn + i, which)), value);
  }
  private traceIn(phys: number): readonly number[] | undefined {
    const value = this.mem.read32(phys) & HANDLE_MASK;
    return value === 0 ? undefined : this.depot.fetch(value - 1);
  }
  private at(pfn: number, which: 0 | 1): number {
    return this.words + pfn * PAGE_TRACK_BYTES + 4 * which;
  }
}
