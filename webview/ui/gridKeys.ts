/** The keys that walk through a grid, as screen readers and their users know them from tables (ARIA, role grid). */

export interface CellPlace {
  readonly row: number;
  readonly column: number;
}
/** rows that Page Up and Page Down skip */
const PAGE = 10;

/**
 * Where a key leads from a cell; 'choose' for Enter and the space bar; undefined for other keys. The place may lie outside the grid: the
 * grid keeps it inside.
 * @param columns of the cell's row
 */
export function afterKey(
  { row, column }: CellPlace,
  { key, ctrlKey }: Pick<KeyboardEvent, 'key' | 'ctrlKey'>,
  rows: number,
  columns: number,
): CellPlace | 'choose' | undefined {
  switch (key) {
    case 'ArrowDown':
      return { row: row + 1, column };
    case 'ArrowUp':
      return { row: row - 1, column };
    case 'ArrowRight':
      return { row, column: column + 1 };
    case 'ArrowLeft':
      return { row, column: column - 1 };
    case 'PageDown':
      return { row: row + PAGE, column };
    case 'PageUp':
      return { row: row - PAGE, column };
    case 'Home':
      return { row: ctrlKey ? 0 : row, column: 0 };
    case 'End':
      return { row: ctrlKey ? rows - 1 : row, column: columns - 1 };
    case 'Enter':
    case ' ':
      return 'choose';
    default:
      return undefined;
  }
}
