/**
 * Where the pages of a machine with KASAN were last allocated and freed, for the notes of its reports. The kernel tells that of slab objects
 * only, unless page_owner is on; what is kept here is kmem's own: two instructions for each frame, in emulated memory behind the shadow.
 */
import type { Memory } from '../../../memory/memory';

/** the two words of a frame */
const PAGE_TRACK_BYTES = 8;

export class PageTrack {
  constructor(
    private readonly mem: Memory,
    /** physical address of the words of frame 0 */
    private readonly phys: number,
  ) {}

  /** Notes the instruction `pc` for each page of a block. */
  noteAllocated(pfn: number, order: number, pc: number): void {
    this.note(pfn, order, 0, pc);
  }
  noteFreed(pfn: number, order: number, pc: number): void {
    this.note(pfn, order, 1, pc);
  }
  /** The instructions that last allocated and freed a page; −1 where it has not happened. */
  of(pfn: number): { readonly allocated: number; readonly freed: number } {
    return { allocated: this.mem.readS32(this.at(pfn, 0)) - 1, freed: this.mem.readS32(this.at(pfn, 1)) - 1 };
  }
  /** Whether a page has been handed out since the scenario began. */
  wasAllocated(pfn: number): boolean {
    return this.mem.read32(this.at(pfn, 0)) !== 0;
  }
  private note(pfn: number, order: number, which: 0 | 1, pc: number): void {
    for (let i = 0; i < 1 << order; i++) this.mem.set(this.mem.word(this.at(pfn + i, which)), pc + 1);
  }
  private at(pfn: number, which: 0 | 1): number {
    return this.phys + pfn * PAGE_TRACK_BYTES + 4 * which;
  }
}
