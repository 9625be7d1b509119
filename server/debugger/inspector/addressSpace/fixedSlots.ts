/** Slots for single pages, in the order of their numbers: the fixmap, whose addresses count down, and the window of kmap(). */
import { flagsOf, type WalkStep } from '../../../kernel/arch/page_tables';
import { flagNames } from '../../../kernel/proc/proc_layout';
import { _PAGE_PRESENT, KM_MAX_IDX } from '../../../profiles/commonConstants';
import { PAGE_SIZE } from '../../../types/pageSize';
import { comm } from '../../inspect/values';
import type { View } from '../../inspect/view';
import type { Session } from '../../session';
import type { Target } from '../../target/target';
import { occurrenceAt } from '../moments';
import type { AddressSpaceAnswer, SpaceSlot } from '../shapes/addressSpace';
import { hexOf, rangeOf, type SpaceWindow } from './spaceWindow';

type Slots = AddressSpaceAnswer['slots'][number];
/** slots of a kind in an answer, at most */
const MOST_SLOTS = 60;

export function fixedSlots(session: Session, window: SpaceWindow): Slots[] {
  const { view, target } = session;
  const overlaps = ({ start, end }: { start: number; end: number }): boolean =>
    start < window.end && end > window.start;
  return [fixmap(view, target), ...(view.kernel.highmem ? [kmaps(session)] : [])].flatMap(
    ({ start, end, slots, name, list }) =>
      overlaps({ start, end })
        ? [{ name, ...rangeOf(view, start, end), slots, used: list.length, list: list.slice(0, MOST_SLOTS) }]
        : [],
  );
}
interface Found {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly slots: number;
  readonly list: readonly SpaceSlot[];
}

function fixmap(view: View, target: Target): Found {
  const { addresses } = view.kernel;
  const { fixaddrStart: start, fixaddrTop } = addresses;
  const slots = (fixaddrTop - start) / PAGE_SIZE;
  const list = Array.from({ length: slots }, (_, index) => {
    const address = fixaddrTop - index * PAGE_SIZE;
    const mapped = mappedAt(view, address);
    return mapped ? [{ index, address: hexOf(view, address), ...nameOfFixed(view, target, index), ...mapped }] : [];
  }).flat();
  return { name: 'fixmap', start, end: fixaddrTop + PAGE_SIZE, slots, list };
}
/** enum fixed_addresses, as far as kmem maps something there; a local mapping is the running task's. */
function nameOfFixed(view: View, target: Target, index: number): { name: string; by?: string } {
  const { addresses, arch, percpu } = view.kernel;
  const local = addresses.kmapBegin === 0 ? -1 : index - (addresses.fixaddrTop - addresses.kmapBegin) / PAGE_SIZE;
  if (local >= 0 && local < KM_MAX_IDX * percpu.cpus) {
    const cpu = Math.floor(local / KM_MAX_IDX);
    return { name: `local slot ${local % KM_MAX_IDX} of CPU ${cpu}`, by: comm(view, target.currentOf(cpu)) };
  }
  return { name: index === arch.fixmap.apic ? 'local APIC' : `fixed address ${index}` };
}

/** Slots of kmap(): in use, and those that nobody uses any more but are mapped until the next round. */
function kmaps(session: Session): Found {
  const { view } = session;
  const { addresses, symbols } = view.kernel;
  const { pkmapBase: start, pkmapEntries: slots } = addresses;
  const counts = symbols.address('pkmap_count');
  const list = Array.from({ length: slots }, (_, index): SpaceSlot[] => {
    const count = view.bits(counts + index * 4, 4) ?? 0n;
    const address = start + index * PAGE_SIZE;
    const mapped = count === 0n ? undefined : mappedAt(view, address);
    if (!mapped) return [];
    const users = Math.max(0, Number(BigInt.asIntN(32, count)) - 1);
    return [{ index, address: hexOf(view, address), name: `kmap slot ${index}`, ...mapped, users }];
  }).flat();
  const shown = list.slice(0, MOST_SLOTS);
  const raised = shown.length === 0 ? new Map() : lastRaised(view, counts, shown);
  const named = shown.map((slot) => {
    const position = raised.get(slot.index);
    if (position === undefined) return slot;
    const { label, place } = occurrenceAt(session, position);
    return { ...slot, by: label, ...(place ? { place } : {}), position };
  });
  return { name: 'pkmap', start, end: start + slots * PAGE_SIZE, slots, list: [...named, ...list.slice(MOST_SLOTS)] };
}
/** When the count of each slot was last raised, by kmap(): positions in the journal, as far as they are recorded. */
function lastRaised(view: View, counts: number, slots: readonly SpaceSlot[]): Map<number, number> {
  const { mem, direct } = view.kernel;
  const { journal } = mem;
  const words = new Map(slots.map(({ index }) => [mem.word(direct.pa(counts + index * 4)), index]));
  const frames = new Set([...words.keys()].map((word) => word >>> 10));
  const last = new Map<number, { position: number; before: number }>();
  const raised = new Map<number, number>();
  const becomes = (word: number, now: number): void => {
    const write = last.get(word);
    if (write && now > write.before) raised.set(words.get(word) as number, write.position);
  };
  journal.written(journal.horizon, journal.position, (word, _, position, before) => {
    if (!frames.has(word >>> 10) || !words.has(word)) return;
    becomes(word, before);
    last.set(word, { position, before });
  });
  for (const word of words.keys()) becomes(word, mem.words[word] as number);
  return raised;
}
/** The frame and the flags of a page that is mapped. */
function mappedAt(view: View, address: number): { pfn: number; flags: string[] } | undefined {
  const { pageTables } = view.kernel;
  const step = pageTables.walk(address).at(-1) as WalkStep;
  const pfn = pageTables.pfnAt(address);
  return step.low & _PAGE_PRESENT && pfn >= 0 ? { pfn, flags: flagNames(flagsOf(step)) } : undefined;
}
