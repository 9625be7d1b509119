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

/** Where a word goes: a sum, its weight in it, and the bits to shift up, then down with the sign. */
interface Part {
  readonly sum: number;
  readonly weight: number;
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
  const alone = new Uint8Array(words.length);
  for (const word of watched) alone[indexOf.get(word) as number] = 1;
  const history = wordHistory(mem, words, from, to);
  const held = history.initial.slice();
  const now = sums.map(() => 0);
  /** The word's number has become another. */
  const replace = (which: number, old: number, value: number) => {
    const all = parts[which] as Part[];
    for (let i = 0; i < all.length; i++) {
      const { sum, weight, up, down } = all[i] as Part;
      now[sum] = (now[sum] as number) + weight * (((value << up) >> down) - ((old << up) >> down));
    }
  };
  held.forEach((value, which) => {
    replace(which, 0, value);
  });
  const { marks } = mem.journal;
  let mark = marks.firstAtOrAfter(from);
  /** position of the first moment from which the sums hold; Infinity where they have been told of */
  let next = mark < marks.end ? marks.positionOf(mark) : Number.POSITIVE_INFINITY;
  const { count } = history;
  for (let n = 0; n < count; n++) {
    const position = history.positionOf(n);
    if (next < position) {
      listener.moment(next, now);
      next = Number.POSITIVE_INFINITY;
    }
    const which = history.wordOf(n);
    const value = history.valueOf(n);
    if (alone[which] === 1) listener.write(position, words[which] as number, value);
    const old = held[which] as number;
    if (old === value) continue;
    replace(which, old, value);
    held[which] = value;
    if (next >= position && next !== Number.POSITIVE_INFINITY) continue;
    mark = marks.firstAtOrAfter(position, mark);
    next = mark < marks.end ? marks.positionOf(mark) : Number.POSITIVE_INFINITY;
  }
  if (next <= to) listener.moment(next, now);
}
