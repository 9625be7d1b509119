/** A colour of the theme and a sign for each use of a frame, the same in every view. */
import type { OwnerKind } from '../../server/debugger/inspector/shapes/common';
import { OWNER_SIGNS } from '../../server/debugger/inspector/shapes/physicalMap';

export interface Look {
  /** colour of the theme, without `--vscode-` */
  readonly colour: string;
  /** a character that says the same */
  readonly sign: string;
}
/** What most of memory is has quiet colours: what is free, and what boot has kept. */
export const QUIET = 'list-inactiveSelectionBackground';
const COLOURS: Readonly<Record<OwnerKind, string>> = {
  free: QUIET,
  pcp: 'terminal-ansiBrightGreen',
  slab: 'terminal-ansiYellow',
  'page table': 'terminal-ansiMagenta',
  'kernel stack': 'terminal-ansiCyan',
  vmalloc: 'terminal-ansiGreen',
  'per-CPU': 'terminal-ansiBrightYellow',
  'page cache': 'terminal-ansiRed',
  anonymous: 'terminal-ansiBrightMagenta',
  mem_map: 'descriptionForeground',
  'kernel image': 'terminal-ansiBrightBlack',
  reserved: 'disabledForeground',
  hole: 'editor-background',
  allocated: 'terminal-ansiBrightBlue',
};
export const ownerLook = (kind: OwnerKind): Look => ({ colour: COLOURS[kind], sign: OWNER_SIGNS[kind] });
