/** Which colour of the theme, and which letter, a value of the map has. */
import { OWNER_KINDS, type OwnerKind } from '../../../server/debugger/inspector/shapes/common';
import { OWNER_SIGNS, type PhysicalMapAnswer } from '../../../server/debugger/inspector/shapes/physicalMap';

export interface Look {
  /** colour of the theme, without `--vscode-` */
  readonly colour: string;
  readonly sign: string;
}
/** What most of memory is has quiet colours. */
export const QUIET = 'list-inactiveSelectionBackground';
const OWNERS: Readonly<Record<OwnerKind, string>> = {
  free: QUIET,
  pcp: 'terminal-ansiBrightGreen',
  slab: 'terminal-ansiYellow',
  'page table': 'terminal-ansiMagenta',
  'kernel stack': 'terminal-ansiCyan',
  vmalloc: 'terminal-ansiGreen',
  'per-CPU': 'terminal-ansiBrightYellow',
  'page cache': 'terminal-ansiBrightBlue',
  anonymous: 'terminal-ansiBrightMagenta',
  mem_map: 'terminal-ansiBlue',
  'kernel image': 'terminal-ansiBrightBlack',
  reserved: 'disabledForeground',
  hole: 'editor-background',
  other: 'terminal-ansiRed',
};
const COLOURS = [
  'terminal-ansiBlue',
  'terminal-ansiYellow',
  'terminal-ansiGreen',
  'terminal-ansiMagenta',
  'terminal-ansiRed',
  'terminal-ansiCyan',
  'terminal-ansiBrightYellow',
  'terminal-ansiBrightBlue',
  'terminal-ansiBrightMagenta',
  'terminal-ansiBrightGreen',
  'terminal-ansiBrightRed',
  'terminal-ansiBrightCyan',
];
const SIGNS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
/** Values below 0 are for what the colour says nothing of: free, holes, what boot has kept. */
const NOTHING: Readonly<Record<number, Look>> = {
  [-1]: { colour: QUIET, sign: '.' },
  [-2]: { colour: 'editor-background', sign: ' ' },
};
const REST: Look = { colour: 'terminal-ansiBrightBlack', sign: '-' };

/** By value of the legend. */
export function looksOf({ colour, legend }: Pick<PhysicalMapAnswer, 'colour' | 'legend'>): Map<number, Look> {
  const own = legend.map(({ value }) => value).filter((value) => value >= 0);
  // the commonest site comes first; orders, ages, zones and types have an order of their own
  if (colour !== 'site') own.sort((a, b) => a - b);
  return new Map(
    legend.map(({ value }): [number, Look] => {
      const owner = colour === 'owner' ? OWNER_KINDS[value] : undefined;
      if (owner !== undefined) return [value, { colour: OWNERS[owner], sign: OWNER_SIGNS[owner] }];
      if (value < 0) return [value, NOTHING[value] ?? REST];
      const i = own.indexOf(value);
      return [value, { colour: COLOURS[i % COLOURS.length] as string, sign: SIGNS[i] ?? '+' }];
    }),
  );
}
