/** A colour of the theme and a sign for each use of a frame, the same in every view. */
import type { OwnerKind } from '../../server/debugger/inspector/shapes/common';

export interface OwnerColour {
  /** colour of the theme, without `--vscode-` */
  readonly colour: string;
  /** a letter that says the same */
  readonly sign: string;
}
const colour = (name: string, sign: string): OwnerColour => ({ colour: name, sign });
export const OWNER_COLOURS: Readonly<Record<OwnerKind, OwnerColour>> = {
  free: colour('charts-green', 'F'),
  pcp: colour('terminal-ansiBrightGreen', 'c'),
  slab: colour('charts-blue', 'S'),
  'page table': colour('charts-purple', 'T'),
  'kernel stack': colour('terminal-ansiMagenta', 'K'),
  vmalloc: colour('charts-orange', 'V'),
  'per-CPU': colour('terminal-ansiCyan', 'P'),
  'page cache': colour('terminal-ansiBlue', 'C'),
  anonymous: colour('terminal-ansiYellow', 'A'),
  mem_map: colour('terminal-ansiBrightBlack', 'M'),
  'kernel image': colour('descriptionForeground', 'I'),
  reserved: colour('disabledForeground', 'R'),
  hole: colour('editor-background', '·'),
  other: colour('charts-red', 'O'),
};
/** Of a kind as an answer names it. */
export const ownerColour = (kind: string): OwnerColour => OWNER_COLOURS[kind as OwnerKind] ?? OWNER_COLOURS.other;
