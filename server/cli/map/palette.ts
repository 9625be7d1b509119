/** How the values of a map look in a terminal and in a picture. */
import { OWNER_KINDS, type OwnerKind } from '../../debugger/inspector/shapes/common';
import type { MapColour, PhysicalMapAnswer } from '../../debugger/inspector/shapes/physicalMap';

export interface Look {
  /** one character */
  readonly sign: string;
  /** #rrggbb */
  readonly colour: string;
}
/** Colours that people with any colour vision can tell apart as far as possible (after Okabe and Ito), the rest by lightness. */
const OWNERS: Readonly<Record<OwnerKind, Look>> = {
  free: { sign: '.', colour: '#d9ead3' },
  pcp: { sign: 'p', colour: '#8fce00' },
  slab: { sign: 's', colour: '#e69f00' },
  'page table': { sign: 't', colour: '#cc79a7' },
  'kernel stack': { sign: 'k', colour: '#56b4e9' },
  vmalloc: { sign: 'v', colour: '#009e73' },
  'per-CPU': { sign: 'c', colour: '#f0e442' },
  'page cache': { sign: 'f', colour: '#7f6000' },
  anonymous: { sign: 'a', colour: '#741b47' },
  mem_map: { sign: 'm', colour: '#999999' },
  'kernel image': { sign: 'K', colour: '#434343' },
  reserved: { sign: 'r', colour: '#666666' },
  hole: { sign: ' ', colour: '#ffffff' },
  other: { sign: 'o', colour: '#d55e00' },
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
    if (owner !== undefined) looks.set(value, OWNERS[owner]);
    else if (value < 0) looks.set(value, NOTHING[value] ?? REST);
    else {
      const i = own.indexOf(value);
      looks.set(value, { sign: SIGNS[i] ?? '+', colour: COLOURS[i % COLOURS.length] as string });
    }
  }
  return looks;
}
/** The numbers of a series, one for each cell. */
export function plain(series: NonNullable<PhysicalMapAnswer['free']>): number[] {
  if ('plain' in series) return series.plain;
  const values: number[] = [];
  for (let i = 0; i < series.runs.length; i += 2)
    for (let n = 0; n < (series.runs[i + 1] as number); n++) values.push(series.runs[i] as number);
  return values;
}
/** Frames from a cell on, as the first column has it. */
export const pfnText = (pfn: number, end: number): string =>
  `0x${pfn.toString(16).padStart(Math.max(4, end.toString(16).length), '0')}`;
