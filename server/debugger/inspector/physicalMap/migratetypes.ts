/** Migratetypes of pageblocks, without reading those that boot has left: a terabyte's bits would have to be made for that. */
import { PAGES_PER_SECTION } from '../../../kernel/arch/arch';
import type { Kernel } from '../../../kernel/kernel';
import { MIGRATE_MOVABLE } from '../../../kernel/mm/migratetype';
import { PAGE_SIZE } from '../../../types/pageSize';

/** A section whose bits have not been looked for, and one that is not all memory of one zone. */
const UNKNOWN = 0;
const MIXED = -1;
const FRAME_WORDS = PAGE_SIZE >> 2;
/** bits of a section's pageblocks, in words; and such a word if all are movable */
const WORDS = 8;
const ALL_MOVABLE = MIGRATE_MOVABLE * 0x11111111;

export class Migratetypes {
  /** by section of sparse memory: where its bits begin, in words of physical memory */
  private readonly bits: Float64Array;

  /** @param isAlike whether frames are all memory of one zone */
  constructor(
    private readonly k: Pick<Kernel, 'arch' | 'mem' | 'pageblocks' | 'memory'>,
    private readonly isAlike: (first: number, end: number) => boolean,
    private readonly isMemory: (pfn: number) => boolean,
  ) {
    const sections = k.arch.sparse ? Math.ceil(k.memory.endPfn / PAGES_PER_SECTION) : 0;
    this.bits = new Float64Array(sections).fill(UNKNOWN);
  }

  /** Tells of the migratetypes in first … end − 1 and of how many frames have each; −1 where there is no memory. */
  each(first: number, end: number, visit: (migratetype: number, pages: number) => void): void {
    for (let at = first; at < end; ) {
      const section = Math.floor(at / PAGES_PER_SECTION);
      const next = Math.min(end, (section + 1) * PAGES_PER_SECTION);
      if (this.isMovable(section)) visit(MIGRATE_MOVABLE, next - at);
      else this.blocks(at, next, visit);
      at = next;
    }
  }
  private blocks(first: number, end: number, visit: (migratetype: number, pages: number) => void): void {
    const { pageblocks } = this.k;
    for (let at = first; at < end; ) {
      const next = Math.min(end, at - (at % pageblocks.pages) + pageblocks.pages);
      visit(this.isMemory(at) ? pageblocks.migratetype(at) : -1, next - at);
      at = next;
    }
  }
  /** Whether all of a section is memory of one zone, and movable: as boot has left it, mostly. */
  private isMovable(section: number): boolean {
    const known = this.bits[section];
    if (known === undefined || known === MIXED) return false;
    if (known === UNKNOWN) {
      this.bits[section] = this.bitsOf(section);
      return this.isMovable(section);
    }
    for (let word = known; word < known + WORDS; word++) {
      const { mem } = this.k;
      const frame = mem.touchedFrameWord(Math.floor(word / FRAME_WORDS));
      if (frame !== 0 && mem.words[frame + (word % FRAME_WORDS)] !== ALL_MOVABLE) return false;
    }
    return true;
  }
  private bitsOf(section: number): number {
    const first = section * PAGES_PER_SECTION;
    if (!this.isAlike(first, first + PAGES_PER_SECTION)) return MIXED;
    return this.k.pageblocks.bitAddress(first) / 32;
  }
}
