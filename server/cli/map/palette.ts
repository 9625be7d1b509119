/** How the values of a map look in a terminal and in a picture. */
import { OWNER_KINDS, type OwnerKind } from '../../debugger/inspector/shapes/common';
import { type MapColour, OWNER_SIGNS, type PhysicalMapAnswer } from '../../debugger/inspector/shapes/physicalMap';

export interface Look {
  /** one character */
  readonly sign: string;
  /** #rrggbb */
  readonly colour: string;
}
/** Colours that people with any colour vision can tell apart as far as possible (after Okabe and Ito), the rest by lightness. */
const OWNERS: Readonly<Record<OwnerKind, string>> = {
  free: '#d9ead3',
  pcp: '#8fce00',
  slab: '#e69f00',
  'page table': '#cc79a7',
  'kernel stack': '#56b4e9',
  vmalloc: '#009e73',
  'per-CPU': '#f0e442',
  'page cache': '#7f6000',
  anonymous: '#741b47',
  mem_map: '#999999',
  'kernel image': '#434343',
  reserved: '#666666',
  hole: '#ffffff',
  allocated: '#d55e00',
};
const SIGNS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const COLOURS = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#cc79a7',
  '#d55e00',
  '#56b4e9',
  '#f0e442',
  '#7f6000',
  '#741b47',
  '#434343',
];
/** Values below 0 are for what the colour says nothing of: free, holes, what boot has kept. */
const NOTHING: Readonly<Record<number, Look>> = {
  [-1]: { sign: '.', colour: '#d9ead3' },
  [-2]: { sign: ' ', colour: '#ffffff' },
};
const REST: Look = { sign: '-', colour: '#bbbbbb' };

/** The look of each value of a map's legend. */
export function looksOf(colour: MapColour, legend: PhysicalMapAnswer['legend']): Map<number, Look> {
  const looks = new Map<number, Look>();
  const own = legend.map((entry) => entry.value).filter((value) => value >= 0);
  if (colour !== 'site') own.sort((a, b) => a - b);
  for (const { value } of legend) {
    const owner = colour === 'owner' ? OWNER_KINDS[value] : undefined;
    if (owner !== undefined) looks.set(value, { sign: OWNER_SIGNS[owner], colour: OWNERS[owner] });
    else if (value < 0) looks.set(value, NOTHING[value] ?? REST);
    else {
      const i = own.indexOf(value);
      looks.set(value, { sign: SIGNS[i] ?? '+', colour: COLOURS[i % COLOURS.length] as string });
    }
  }
  return looks;
}
/** Frames from a cell on, as the first column has it. */
export const pfnText = (pfn: number, end: number): string =>
  `0x${pfn.toString(16).padStart(Math.max(4, end.toString(16).length), '0')}`;
