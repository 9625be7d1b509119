/** What the address space's picture shows: lanes of things with their places, in bytes from the window's first address. Without the DOM. */

import type { Answer } from '../../../server/dap/inspectorViews';
import type { Selection } from '../../../server/debugger/inspector/shapes/common';
import { bytesText } from '../../ui/words';

type Space = Answer<'addressSpace'>;
type Area = Space['areas'][number];

/** The visible part of the address space. */
export interface Visible {
  readonly first: bigint;
  readonly bytes: number;
}
export interface Thing {
  /** bytes from the first visible address; it may begin before and end behind what is visible */
  readonly from: number;
  readonly to: number;
  readonly label: string;
  /** in words, for a screen reader and under the pointer */
  readonly text: string;
  readonly colour: Colour;
  readonly first: string;
  readonly last: string;
  readonly select?: Selection;
}
export interface Lane {
  readonly name: string;
  readonly things: readonly Thing[];
}

/** Colours of the theme, with the sign that says the same. */
export const COLOURS = {
  region: { colour: 'charts-blue', label: 'region', sign: 'R' },
  part: { colour: 'charts-purple', label: 'part of a region', sign: 'p' },
  mapped: { colour: 'charts-green', label: 'mapped', sign: 'm' },
  partly: { colour: 'charts-yellow', label: 'mapped in part: zoom in', sign: '?' },
  area: { colour: 'charts-green', label: 'area in use', sign: 'A' },
  ram: { colour: 'symbolIcon-classForeground', label: 'area being made, or of vm_map_ram()', sign: 'v' },
  lazy: { colour: 'charts-red', label: 'freed lazily, not yet purged', sign: 'L' },
  cluster: { colour: 'charts-yellow', label: 'several areas: zoom in', sign: '+' },
  guard: { colour: 'descriptionForeground', label: 'guard page', sign: 'g' },
  hole: { colour: 'charts-blue', label: 'free addresses', sign: 'f' },
  slot: { colour: 'symbolIcon-classForeground', label: 'slot of the fixmap or of kmap()', sign: 's' },
  unit: { colour: 'charts-purple', label: "a CPU's part of a per-CPU chunk", sign: 'c' },
} as const;
export type Colour = keyof typeof COLOURS;

/** The lanes that have something to show, of things that are visible. */
export function lanesOf(space: Space, visible: Visible): Lane[] {
  const place = ({ first, last }: { readonly first: string; readonly last: string }) => ({
    from: Number(BigInt(first) - visible.first),
    to: Number(BigInt(last) - visible.first) + 1,
    first,
    last,
  });
  const thing = (
    range: { readonly first: string; readonly last: string; readonly bytes: number },
    label: string,
    colour: Colour,
    what: string,
    select: Selection = { by: 'address', address: range.first },
  ): Thing => ({
    ...place(range),
    label,
    colour,
    text: `${label}: ${what}${what ? ', ' : ''}${range.first}–${range.last}, ${bytesText(range.bytes)}`,
    select,
  });
  const lanes: Lane[] = [
    { name: 'Regions', things: space.regions.map((r) => thing(r, r.name, 'region', r.what)) },
    {
      name: 'Parts',
      things: space.regions.flatMap((r) => r.parts.map((p) => thing(p, p.name, 'part', `part of ${r.name}`))),
    },
    {
      name: 'Mapped',
      things: space.mapped.map((m) =>
        m.partly
          ? thing(m, 'partly mapped', 'partly', '')
          : thing(m, `pages of ${bytesText(m.pageBytes ?? 0)}`, 'mapped', m.flags.join(' ')),
      ),
    },
    { name: 'Areas', things: space.areas.flatMap((area) => areaThings(area, thing)) },
    { name: 'Free addresses', things: space.holes.map((hole) => thing(hole, 'free', 'hole', '')) },
    {
      name: 'Slots',
      things: space.slots.flatMap(({ list }) =>
        list.map((slot) => {
          const last = `0x${(BigInt(slot.address) + 0xfffn).toString(16)}`;
          const range = { first: slot.address, last, bytes: 4096 };
          return thing(range, slot.name, 'slot', slotText(slot), { by: 'pfn', pfn: slot.pfn });
        }),
      ),
    },
    {
      name: 'Per-CPU chunks',
      things: space.chunks.flatMap((chunk) =>
        chunk.units.map((unit) => thing(unit, `${chunk.name}, CPU ${unit.cpu}`, 'unit', chunk.standing)),
      ),
    },
  ];
  return lanes
    .map(({ name, things }) => ({
      name,
      things: things.filter((t) => t.to > 0 && t.from < visible.bytes).sort((a, b) => a.from - b.from),
    }))
    .filter(({ things }) => things.length > 0);
}
type MakeThing = (
  range: { readonly first: string; readonly last: string; readonly bytes: number },
  label: string,
  colour: Colour,
  what: string,
) => Thing;

/** An area, and behind it its guard page. */
function areaThings(area: Area, thing: MakeThing): Thing[] {
  if (!('state' in area)) return [thing(area, `${area.areas} areas`, 'cluster', bytesText(area.areaBytes))];
  const colour = area.state === 'in use' ? 'area' : area.state === 'lazily freed' ? 'lazy' : 'ram';
  const label = area.state === 'in use' ? area.flags.join(' ') || 'area' : area.state;
  const whole = thing(area, label, colour, areaText(area));
  if (area.guardBytes === 0) return [whole];
  const first = `0x${(BigInt(area.last) - BigInt(area.guardBytes) + 1n).toString(16)}`;
  const guard = { first, last: area.last, bytes: area.guardBytes };
  return [
    { ...whole, to: whole.to - area.guardBytes },
    thing(guard, 'guard', 'guard', 'nothing is mapped, so that an access behind the area faults'),
  ];
}
export function areaText(area: Extract<Area, { state: string }>): string {
  return [
    area.caller ? `by ${area.caller}` : '',
    area.pages === undefined ? '' : `${area.pages} page${area.pages === 1 ? '' : 's'}`,
    area.physical ? `physical ${area.physical}` : '',
  ]
    .filter((part) => part !== '')
    .join(', ');
}
export function slotText(slot: Space['slots'][number]['list'][number]): string {
  const users = slot.users === undefined ? '' : slot.users === 0 ? ', no user: still mapped' : `, ${slot.users} users`;
  const line = slot.place ? `, line ${slot.place.line}` : '';
  return `pfn 0x${slot.pfn.toString(16)}${users}${slot.by ? `, by ${slot.by}${line}` : ''}`;
}

// ---------------------------------------------------------------- the window
/** As small as it gets: 16 pages. */
const LEAST = 65_536n;

const bigMin = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const bigMax = (a: bigint, b: bigint): bigint => (a > b ? a : b);
/** The window of a size with an address at a share of its width, within the whole; at page borders. */
export function windowAround(
  whole: { readonly first: string; readonly last: string },
  centre: bigint,
  share: number,
  bytes: number,
): { first: string; last: string } | undefined {
  const [low, high] = [BigInt(whole.first), BigInt(whole.last)];
  const size = bigMin(bigMax(BigInt(Math.round(bytes)), LEAST), high - low + 1n) & ~0xfffn;
  if (size > high - low) return undefined;
  const from = (centre - BigInt(Math.round(Number(size) * share))) & ~0xfffn;
  const first = bigMin(bigMax(from, low), high + 1n - size);
  return { first: `0x${first.toString(16)}`, last: `0x${(first + size - 1n).toString(16)}` };
}
/** A window in which a range can be seen with something on both sides. */
export function windowOver(
  whole: { readonly first: string; readonly last: string },
  range: { readonly first: string; readonly last: string },
): { first: string; last: string } | undefined {
  const [first, last] = [BigInt(range.first), BigInt(range.last)];
  return windowAround(whole, first + (last - first) / 2n, 0.5, Number(last - first + 1n) * 1.1);
}
