/** What frames were used for at two moments, and where that differs, at the resolution of a window. */
import { OWNER_KINDS, type OwnerKind } from '../shapes/common';
import type { CompareAnswer } from '../shapes/compare';

type MapPart = CompareAnswer['map'];
/** runs of cells of an answer, at most */
const MOST_RUNS = 500;

/** Frames from the end of the piece before it, that are used for one thing. */
export interface Piece {
  readonly end: number;
  readonly kind: OwnerKind;
}
export interface MapWindow {
  readonly first: number;
  readonly stop: number;
  /** most cells */
  readonly cells: number;
  /** one past the machine's last frame */
  readonly end: number;
}
/** Frames that have changed alike. */
interface Changed {
  readonly start: number;
  readonly end: number;
  readonly change: number;
}

/** @param a the pieces from the window's first frame on, and as many frames in `b` */
export function mapDifference(window: MapWindow, a: readonly Piece[], b: readonly Piece[]): MapPart {
  const changes: { from: OwnerKind; to: OwnerKind; pages: number }[] = [];
  const numbers = new Map<string, number>();
  const changed: Changed[] = [];
  eachPart(window.first, a, b, (start, end, from, to) => {
    if (from === to) return;
    const key = `${from}\0${to}`;
    const number = numbers.get(key) ?? changes.push({ from, to, pages: 0 }) - 1;
    numbers.set(key, number);
    (changes[number] as { pages: number }).pages += end - start;
    changed.push({ start, end, change: number });
  });
  const sorted = changes.map((change, i) => ({ change, i })).sort((x, y) => y.change.pages - x.change.pages);
  const place = new Map(sorted.map(({ i }, rank) => [i, rank]));
  const shown = changed.map((c) => ({ ...c, change: place.get(c.change) as number }));
  let pagesPerCell = 1;
  while (Math.ceil((window.stop - window.first) / pagesPerCell) > window.cells) pagesPerCell *= 2;
  let runs = runsOf(window.first, shown, pagesPerCell);
  while (runs.length > MOST_RUNS) {
    pagesPerCell *= 2;
    runs = runsOf(window.first, shown, pagesPerCell);
  }
  return {
    first: window.first,
    pagesPerCell,
    cells: Math.ceil((window.stop - window.first) / pagesPerCell),
    end: window.end,
    kinds: kindTotals(window.first, a, b),
    changes: sorted.map(({ change }) => change),
    runs,
  };
}
/** Frames that are alike at both moments, in order. */
function eachPart(
  first: number,
  a: readonly Piece[],
  b: readonly Piece[],
  visit: (start: number, end: number, from: OwnerKind, to: OwnerKind) => void,
): void {
  let at = first;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const [x, y] = [a[i] as Piece, b[j] as Piece];
    const end = Math.min(x.end, y.end);
    if (end > at) visit(at, end, x.kind, y.kind);
    at = end;
    if (x.end === end) i++;
    if (y.end === end) j++;
  }
}
function kindTotals(first: number, a: readonly Piece[], b: readonly Piece[]): MapPart['kinds'] {
  const totals = new Map<OwnerKind, { kind: OwnerKind; a: number; b: number }>();
  for (const [moment, pieces] of [
    ['a', a],
    ['b', b],
  ] as const) {
    let at = first;
    for (const { end, kind } of pieces) {
      const total = totals.get(kind) ?? { kind, a: 0, b: 0 };
      total[moment] += end - at;
      totals.set(kind, total);
      at = end;
    }
  }
  const rank = ({ kind }: { kind: OwnerKind }): number => OWNER_KINDS.indexOf(kind);
  return [...totals.values()].sort((x, y) => y.a + y.b - (x.a + x.b) || rank(x) - rank(y));
}
/** Cells in which something has changed: how many frames, and what most of them have done. Neighbours that are alike are one run. */
function runsOf(first: number, changed: readonly Changed[], pagesPerCell: number): MapPart['runs'] {
  const cells = new Map<number, Map<number, number>>();
  for (const { start, end, change } of changed) {
    for (let at = start; at < end; ) {
      const cell = Math.floor((at - first) / pagesPerCell);
      const stop = Math.min(end, first + (cell + 1) * pagesPerCell);
      const counts = cells.get(cell) ?? new Map<number, number>();
      counts.set(change, (counts.get(change) ?? 0) + stop - at);
      cells.set(cell, counts);
      at = stop;
    }
  }
  const runs: { cell: number; cells: number; change: number; pages: number; each: number }[] = [];
  for (const [cell, counts] of [...cells].sort((x, y) => x[0] - y[0])) {
    const [change] = [...counts].reduce((most, one) =>
      one[1] > most[1] || (one[1] === most[1] && one[0] < most[0]) ? one : most,
    );
    const pages = [...counts.values()].reduce((sum, n) => sum + n, 0);
    const last = runs.at(-1);
    if (last && last.cell + last.cells === cell && last.change === change && last.each === pages) {
      last.cells++;
      last.pages += pages;
    } else runs.push({ cell, cells: 1, change, pages, each: pages });
  }
  return runs.map(({ each: _, ...run }) => run);
}
