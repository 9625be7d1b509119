/** Which colour of the theme, and which letter, a value of the map has. */
import { OWNER_KINDS } from '../../../server/debugger/inspector/shapes/common';
import type { PhysicalMapAnswer } from '../../../server/debugger/inspector/shapes/physicalMap';
import { APART, type Look, ownerLook, QUIET } from '../../ui/ownerColours';

const COLOURS: readonly string[] = [
  ...Object.values(APART),
  'terminal-ansiBrightYellow',
  'terminal-ansiBrightGreen',
  'terminal-ansiBrightMagenta',
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
      if (owner !== undefined) return [value, ownerLook(owner)];
      if (value < 0) return [value, NOTHING[value] ?? REST];
      const i = own.indexOf(value);
      return [value, { colour: COLOURS[i % COLOURS.length] as string, sign: SIGNS[i] ?? '+' }];
    }),
  );
}
