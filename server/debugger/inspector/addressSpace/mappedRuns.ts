/** What the page tables map in a window, at its resolution. */
import { mappedRanges } from '../../../kernel/arch/ptdump';
import { flagNames } from '../../../kernel/proc/proc_layout';
import { PAGE_SIZE } from '../../../types/pageSize';
import type { View } from '../../inspect/view';
import type { MappedRun } from '../shapes/addressSpace';
import { rangeOf, type SpaceWindow } from './spaceWindow';

/** runs of an answer, at most */
const MOST_RUNS = 200;

/** Tables that cover less than can be told apart are not looked into, so that the work does not depend on how much is mapped. */
export function mappedRuns(view: View, { start, end, cellBytes }: SpaceWindow): MappedRun[] {
  for (let finest = cellBytes; ; finest *= 8) {
    const runs = runsAt(view, start, end, finest);
    if (runs) return runs;
  }
}
/** undefined: too many */
function runsAt(view: View, start: number, end: number, finest: number): MappedRun[] | undefined {
  const { pageTables } = view.kernel;
  const found: MappedRun[] = [];
  let last: { end: number; small: boolean } | undefined;
  for (const r of mappedRanges(pageTables, { start, end }, [], finest)) {
    if (r.flags === 0n) continue;
    const [from, to] = [Math.max(r.start, start), Math.min(r.end, end)];
    const small = to - from < finest;
    // neighbours that are too small to be told apart are one run
    if (last && small && last.small && from - last.end < finest) {
      const before = found.pop() as MappedRun;
      found.push({ ...joined(view, before, from, to) });
    } else {
      found.push({
        ...rangeOf(view, from, to),
        partly: r.partly,
        ...(r.partly ? {} : { pageBytes: pageTables.sizeOf(r.level) }),
        flags: r.partly ? [] : flagNames(r.flags),
        ...(r.contiguous && !r.partly ? { pfn: (r.phys + (from - r.start)) / PAGE_SIZE } : {}),
      });
    }
    last = { end: to, small };
    if (found.length > MOST_RUNS) return undefined;
  }
  return found;
}
function joined(view: View, before: MappedRun, from: number, to: number): MappedRun {
  const first = view.addressOf(BigInt(before.first)) ?? from;
  return { ...rangeOf(view, first, to), partly: true, flags: [] };
}
