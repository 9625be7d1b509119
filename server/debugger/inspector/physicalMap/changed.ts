/** Which frames the entries between two positions of the journal have written. */
import type { Journal } from '../../../memory/journal';
import type { Slots } from './slots';

export const CONTENTS = 1;
export const STRUCT_PAGE = 2;
/** most struct pages that lie in a frame of memory, in part: 4096 bytes, 40 each */
const MOST_IN_FRAME = 104;

export class ChangedFrames {
  private frames: ReadonlyMap<number, number> = new Map();
  /** what `frames` is for */
  private known = '';

  constructor(
    private readonly journal: Journal,
    private readonly slots: Slots,
  ) {}

  /** By frame, from a position up to the cursor or back: CONTENTS where its own bytes were written, STRUCT_PAGE where its struct page was. */
  since(since: number): ReadonlyMap<number, number> {
    const { position, cuts } = this.journal;
    const wanted = `${since} ${position} ${cuts}`;
    if (wanted !== this.known) {
      this.frames = this.read(Math.min(since, position), Math.max(since, position));
      this.known = wanted;
    }
    return this.frames;
  }
  private read(from: number, to: number): Map<number, number> {
    const { slots } = this;
    const isWritten = new Uint8Array(slots.end);
    /** by slot with struct pages: which of them */
    const described: (Uint8Array | undefined)[] = [];
    this.journal.written(from, to, (word) => {
      const slot = word >>> 10;
      if (isWritten[slot] === 0) {
        isWritten[slot] = 1;
        if (slots.chunk(slot) >= 0) described[slot] = new Uint8Array(MOST_IN_FRAME);
      }
      const pages = described[slot];
      if (pages !== undefined) pages[slots.describes(word) - slots.describes(slot << 10)] = 1;
    });
    const found = new Map<number, number>();
    const note = (pfn: number, how: number) => found.set(pfn, (found.get(pfn) ?? 0) | how);
    isWritten.forEach((written, slot) => {
      if (written === 0) return;
      note(slots.pfn(slot << 10), CONTENTS);
      const first = slots.describes(slot << 10);
      described[slot]?.forEach((isChanged, i) => {
        if (isChanged) note(first + i, STRUCT_PAGE);
      });
    });
    return found;
  }
}
