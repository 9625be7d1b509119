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
/** Eight colours that are far apart in every theme: "bright" ones are often the same as those without, and charts.orange is translucent or absent. */
export const APART = {
  blue: 'terminal-ansiBrightBlue',
  yellow: 'terminal-ansiYellow',
  green: 'terminal-ansiGreen',
  magenta: 'terminal-ansiMagenta',
  red: 'terminal-ansiRed',
  cyan: 'terminal-ansiCyan',
  orange: 'symbolIcon-classForeground',
  purple: 'charts-purple',
} as const;
const COLOURS: Readonly<Record<OwnerKind, string>> = {
  free: QUIET,
  pcp: APART.green,
  slab: APART.yellow,
  'page table': APART.magenta,
  'kernel stack': APART.cyan,
  vmalloc: APART.purple,
  'per-CPU': APART.orange,
  'page cache': APART.red,
  anonymous: 'terminal-ansiBrightMagenta',
  mem_map: 'descriptionForeground',
  'kernel image': 'terminal-ansiBrightBlack',
  reserved: 'disabledForeground',
  hole: 'editor-background',
  allocated: APART.blue,
};
export const ownerLook = (kind: OwnerKind): Look => ({ colour: COLOURS[kind], sign: OWNER_SIGNS[kind] });
