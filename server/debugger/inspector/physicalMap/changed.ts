/** Which frames the entries between two positions of the journal have written. */
import type { Journal } from '../../../memory/journal';
import type { Slots } from './slots';

export const CONTENTS = 1;
export const STRUCT_PAGE = 2;

/** By frame: CONTENTS where its own bytes were written, STRUCT_PAGE where its struct page was. */
export function changedFrames(journal: Journal, slots: Slots, since: number): Map<number, number> {
  const { position } = journal;
  const found = new Map<number, number>();
  const note = (pfn: number, how: number) => found.set(pfn, (found.get(pfn) ?? 0) | how);
  let slot = -1;
  journal.written(Math.min(since, position), Math.max(since, position), (word) => {
    const described = slots.describes(word);
    if (described >= 0) note(described, STRUCT_PAGE);
    if (word >>> 10 === slot) return;
    slot = word >>> 10;
    note(slots.pfn(word), CONTENTS);
  });
  return found;
}
