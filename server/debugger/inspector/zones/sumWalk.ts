/** Sums of words of memory over time, at the moments at which they have changed: from the journal's entries, the cursor stays. */
import type { Memory } from '../../../memory/memory';
import { wordHistory } from '../../../memory/wordHistory';

/** A word's part in a sum: the signed number in it, or in one of its bytes, times `weight`. */
export interface Term {
  readonly word: number;
  readonly weight: number;
  /** which byte holds the number; the whole word unless given */
  readonly byte?: number;
}
/** What a walk tells of. */
interface Listener {
  /** The first moment at which at least one sum is another than at the moment told of before; the first of all is told too. */
  moment(position: number, sums: readonly number[]): void;
  /** A write to a word that is watched by itself; `position` is behind it, in the middle of a statement perhaps. */
  write(position: number, word: number, value: number): void;
}

/** Where a word goes: pairs of sum and term. */
interface Part {
  readonly sum: number;
  readonly weight: number;
  /** bits to shift up, then down with the sign */
  readonly up: number;
  readonly down: number;
}
const partOf = (sum: number, { weight, byte }: Term): Part =>
  byte === undefined ? { sum, weight, up: 0, down: 0 } : { sum, weight, up: 24 - 8 * byte, down: 24 };

/**
 * Follows the sums from one position to another; `watched` are words whose every write is told of. A statement's writes count together: what a
 * sum is between two moments nobody can see, and a number that moves from one word to another would be there twice.
 */
export function walkSums(
  mem: Memory,
  sums: readonly (readonly Term[])[],
  watched: readonly number[],
  range: { readonly from: number; readonly to: number },
  listener: Listener,
): void {
  const { from, to } = range;
  const words = [...new Set([...sums.flatMap((terms) => terms.map(({ word }) => word)), ...watched])];
  const indexOf = new Map(words.map((word, index) => [word, index]));
  const parts: Part[][] = words.map(() => []);
  sums.forEach((terms, sum) => {
    for (const term of terms) parts[indexOf.get(term.word) as number]?.push(partOf(sum, term));
  });
  const alone = new Set(watched.map((word) => indexOf.get(word) as number));
  const history = wordHistory(mem, words, from, to);
  const held = history.initial.slice();
  const now = sums.map(() => 0);
  const add = (which: number, value: number, times: number) => {
    for (const { sum, weight, up, down } of parts[which] as Part[])
      now[sum] = (now[sum] as number) + times * weight * ((value << up) >> down);
  };
  held.forEach((value, which) => {
    add(which, value, 1);
  });
  const { marks } = mem.journal;
  let mark = marks.firstAtOrAfter(from);
  let changed = true;
  const { count } = history;
  for (let n = 0; n < count; n++) {
    const position = history.positionOf(n);
    if (changed && mark < marks.end && marks.positionOf(mark) < position) {
      listener.moment(marks.positionOf(mark), now);
      changed = false;
    }
    const which = history.wordOf(n);
    const value = history.valueOf(n);
    if (alone.size > 0 && alone.has(which)) listener.write(position, words[which] as number, value);
    if (held[which] === value) continue;
    add(which, held[which] as number, -1);
    add(which, value, 1);
    held[which] = value;
    if (!changed) mark = marks.firstAtOrAfter(position, mark);
    changed = true;
    // moments before the change are not moments after it
    if (mark < marks.end && marks.positionOf(mark) < position) mark = marks.firstAtOrAfter(position, mark);
  }
  if (changed && mark < marks.end && marks.positionOf(mark) <= to) listener.moment(marks.positionOf(mark), now);
}
