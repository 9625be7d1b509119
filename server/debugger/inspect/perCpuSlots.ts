/** What a list of per-CPU chunks says of them. */
import type { ChunkSlots } from '../../kernel/mm/percpu/chunk_slots';

/** ` (wholly free)`, '' for a list that only tells the size of the largest free run */
function slotText(slots: ChunkSlots, slot: number): string {
  if (slot === slots.free) return ' (wholly free)';
  if (slot === slots.sidelined) return ' (sidelined)';
  if (slot === slots.toDepopulate) return ' (to lose pages)';
  return slot === 0 ? ' (full)' : '';
}
export const standingOf = (slots: ChunkSlots, slot: number): string => `slot ${slot}${slotText(slots, slot)}`;
