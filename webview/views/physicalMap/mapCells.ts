/** The cells of a map as they lie on the screen, and what of memory is visible when the user zooms and pans. */
import {
  CELLS,
  type MapWindow,
  mapWindow,
  type PhysicalMapAnswer,
  valuesOf,
} from '../../../server/debugger/inspector/shapes/physicalMap';
import type { CellBox } from '../../ui/cellGrid';
import type { CellPlace } from '../../ui/gridKeys';

/** What is visible: frames from `first` on. */
export interface Visible {
  readonly first: number;
  readonly pages: number;
}
/** Fewest frames that fill the map. */
const CLOSEST = 64;
/** Cells that the first of a window is a multiple of. */
const ROUND = 16;

/** The answer's cells, decoded. */
export interface Cells extends MapWindow {
  readonly end: number;
  readonly values: readonly number[];
  /** free frames of 100; undefined where a cell is one frame */
  readonly free: readonly number[] | undefined;
  readonly changed: readonly number[];
}
export const cellsOf = ({ window, values, free, changed }: PhysicalMapAnswer): Cells => ({
  ...window,
  values: valuesOf(values),
  free: free && valuesOf(free),
  changed: valuesOf(changed),
});

export interface Layout {
  readonly columns: number;
  readonly rows: number;
  /** side of a cell, CSS pixels */
  readonly side: number;
}
/** Height that a map should not exceed, and the largest side of a cell, CSS pixels. */
const HEIGHT = 620;
const LARGEST = 24;
const SMALLEST = 4;
/**
 * The layout of a number of cells for a width, with cells as large as there is room for. Columns are a power of two, so that a column is
 * always the same bits of a pfn.
 */
export function layoutOf(width: number, cells: number): Layout {
  for (let columns = 16; ; columns *= 2) {
    const side = Math.max(SMALLEST, Math.min(LARGEST, Math.floor(width / columns)));
    const rows = Math.max(1, Math.ceil(cells / columns));
    if (rows * side <= HEIGHT || columns >= 256 || width / (2 * columns) < SMALLEST) return { columns, rows, side };
  }
}
export const indexOf = ({ columns }: Layout, { row, column }: CellPlace): number => row * columns + column;
export const placeOf = ({ columns }: Layout, index: number): CellPlace => ({
  row: Math.floor(index / columns),
  column: index % columns,
});
export const boxOf = ({ side }: Layout, { row, column }: CellPlace): CellBox => ({
  x: column * side,
  y: row * side,
  width: side,
  height: side,
});
/** First frame of a cell. */
export const firstOf = ({ first, pagesPerCell }: MapWindow, index: number): number => first + index * pagesPerCell;

// ---------------------------------------------------------------- zoom and pan
const clamped = (end: number, { first, pages }: Visible): Visible => {
  const wanted = Math.min(end, Math.max(Math.min(CLOSEST, end), pages));
  const from = Math.max(0, Math.min(first, end - wanted));
  // rows begin at round numbers
  const { pagesPerCell } = mapWindow(end, { first: from, pages: wanted, cells: CELLS });
  const rest = from % (ROUND * pagesPerCell);
  const isLast = rest > 0 && from === end - wanted;
  return { first: from - rest + (isLast ? ROUND * pagesPerCell : 0), pages: wanted };
};
/** Twice as near (`factor` 0.5) or as far (2); the frame `at` stays where it is. */
export function zoomed(end: number, { first, pages }: Visible, factor: number, at: number): Visible {
  const wanted = Math.max(Math.min(CLOSEST, end), Math.min(end, Math.round(pages * factor)));
  const share = (at - first) / pages;
  return clamped(end, { first: Math.round(at - share * wanted), pages: wanted });
}
/** Moved by a number of frames. */
export const panned = (end: number, { first, pages }: Visible, by: number): Visible =>
  clamped(end, { first: Math.round(first + by), pages });
/** A window around some frames: what is searched for is a part of it, with its surroundings. */
export function around(end: number, first: number, pages: number): Visible {
  const wanted = Math.max(CELLS, 2 ** Math.ceil(Math.log2(pages)));
  return clamped(end, { first: first - (first % wanted), pages: wanted });
}
/** What is known of the cells of another window: from the cells that are there, until the answer comes. */
export function preview(known: Cells, visible: Visible): Cells {
  const window = mapWindow(known.end, { ...visible, cells: CELLS });
  const pick = <T>(from: readonly T[], otherwise: T): T[] =>
    Array.from({ length: window.cells }, (_, i) => {
      const at = Math.floor((firstOf(window, i) - known.first) / known.pagesPerCell);
      return from[at] ?? otherwise;
    });
  return {
    ...window,
    end: known.end,
    values: pick(known.values, Number.NaN),
    free: known.free && pick(known.free, 0),
    changed: pick(known.changed, 0),
  };
}
