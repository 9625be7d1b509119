/** Which lines of an edited text are lines of the text before, unchanged: a longest common subsequence of the two. */

/** Product of the two lengths up to which the lines between the first and the last change are compared one by one. */
const MOST_COMPARED = 4_000_000;

/** As the language's Lines counts them. */
const LINE_END = /\r\n?|\n/;

export interface LineMap {
  /** The line of the old text that a line of the new one is, unchanged; undefined for one that is new. Lines are counted from 1. */
  toOld(line: number): number | undefined;
  /** The line of the new text that a line of the old one is, unchanged; undefined for one that is gone. */
  toNew(line: number): number | undefined;
}

/**
 * Compares two texts line by line; how lines end does not matter. If the part between the first and the last change is very long in both,
 * all of it counts as changed.
 */
export function lineMap(oldText: string, newText: string): LineMap {
  const [before, now] = [oldText.split(LINE_END), newText.split(LINE_END)];
  const toNew = new Map<number, number>();
  const toOld = new Map<number, number>();
  const same = (a: number, b: number) => {
    toNew.set(a + 1, b + 1);
    toOld.set(b + 1, a + 1);
  };
  const shorter = Math.min(before.length, now.length);
  let head = 0;
  for (; head < shorter && before[head] === now[head]; head++) same(head, head);
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === now.at(-1 - tail)) {
    tail++;
    same(before.length - tail, now.length - tail);
  }
  const pairs = inCommon(before.slice(head, before.length - tail), now.slice(head, now.length - tail));
  for (const [a, b] of pairs) same(head + a, head + b);
  return { toOld: (line) => toOld.get(line), toNew: (line) => toNew.get(line) };
}

/** A longest common subsequence, as pairs of indices. */
function inCommon(a: readonly string[], b: readonly string[]): [number, number][] {
  if (a.length * b.length > MOST_COMPARED) return [];
  const width = b.length + 1;
  // length[i * width + j]: of the longest one from a[i] and b[j] on
  const length = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number) => length[i * width + j] as number;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      length[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; )
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  return pairs;
}
