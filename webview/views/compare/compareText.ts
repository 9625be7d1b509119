/** A comparison as text: rows of its tables, moments that can be chosen, cells of the map in words. Without the DOM. */
import type { Answer, Question } from '../../../server/dap/inspectorViews';
import type { OwnerKind } from '../../../server/debugger/inspector/shapes/common';
import { bytesText } from '../../ui/words';

export type Comparison = Answer<'compare'>;
export type MomentRef = Question<'compare'>['a'];
type Site = Comparison['sites'][number];

/** `3 with 192 bytes`, `0` */
export const sumText = ({ count, bytes }: Comparison['came']): string =>
  count === 0 ? '0' : `${count} with ${bytesText(bytes)}`;
/** +3, −2 */
export const signed = (n: number): string => (n > 0 ? `+${n}` : n < 0 ? `−${-n}` : '0');

/** A moment as the option of a list. */
export const keyOf = (ref: MomentRef): string =>
  ref.at === 'position' ? `position ${ref.position}` : ref.at === 'endOf' ? `endOf ${ref.task}` : ref.at;
export function refOf(key: string): MomentRef {
  const [word = '', ...rest] = key.split(' ');
  if (word === 'position') return { at: 'position', position: Number(rest[0]) };
  if (word === 'endOf') return { at: 'endOf', task: rest.join(' ') };
  return { at: word === 'start' || word === 'end' ? word : 'now' };
}
/** The moments that can be chosen: those with names, and the chosen one if it has none. */
export function optionsOf(named: Comparison['named'], chosen: MomentRef): { key: string; label: string }[] {
  const options = named.map(({ ref, label, position }) => ({ key: keyOf(ref), label: `${label} (${position})` }));
  const key = keyOf(chosen);
  return options.some((option) => option.key === key)
    ? options
    : [...options, { key, label: chosen.at === 'position' ? `position ${chosen.position}` : key }];
}

export const placeText = ({ place, who }: Pick<Site, 'place' | 'who'>): string =>
  place ? `${place.path.slice(place.path.lastIndexOf('/') + 1)}:${place.line}` : who;
export const SITE_COLUMNS = ['line', 'statement', 'in', 'from', 'came', 'went', 'stayed', 'passed'];
export const siteRow = (site: Site): string[] => [
  placeText(site),
  site.place?.text ?? '',
  site.who,
  `${site.call ?? site.allocator}, ${site.kind}`,
  sumText(site.came),
  sumText(site.went),
  sumText(site.stayed),
  sumText(site.passed),
];
export const COUNTER_COLUMNS = ['of', 'counter', 'A', 'B', 'change', 'unit'];
export const counterRow = ({ group, name, a, b, unit }: Comparison['counters'][number]): string[] => [
  group,
  name,
  String(a),
  String(b),
  signed(b - a),
  unit,
];
export const CACHE_COLUMNS = [
  'cache',
  'bytes of an object',
  'objects at A',
  'at B',
  'change',
  'slabs at A',
  'at B',
  'change in bytes',
];
export const cacheRow = (c: Comparison['caches'][number]): string[] => [
  c.name,
  String(c.objectBytes),
  String(c.aObjects),
  String(c.bObjects),
  signed(c.bObjects - c.aObjects),
  String(c.aSlabs),
  String(c.bSlabs),
  signed((c.bSlabs - c.aSlabs) * c.slabBytes),
];
export const KIND_COLUMNS = ['use of frames', 'pages at A', 'at B', 'change'];
export const kindRow = ({ kind, a, b }: Comparison['map']['kinds'][number]): string[] => [
  kind,
  String(a),
  String(b),
  signed(b - a),
];

/** What a cell of the map says; undefined where nothing has changed. */
export interface ChangedCell {
  readonly from: OwnerKind;
  readonly to: OwnerKind;
  readonly pages: number;
}
export function changedCells({ runs, changes }: Comparison['map']): Map<number, ChangedCell> {
  const cells = new Map<number, ChangedCell>();
  for (const run of runs) {
    const change = changes[run.change];
    if (!change) continue;
    for (let i = 0; i < run.cells; i++)
      cells.set(run.cell + i, { from: change.from, to: change.to, pages: run.pages / run.cells });
  }
  return cells;
}
export function cellText(
  { first, pagesPerCell }: Comparison['map'],
  cell: number,
  changed: ChangedCell | undefined,
): string {
  const start = first + cell * pagesPerCell;
  const frames = `pfn 0x${start.toString(16)}–0x${(start + pagesPerCell - 1).toString(16)}`;
  if (!changed) return `${frames}: as before`;
  const pages = changed.pages === 1 ? '1 page' : `${changed.pages} pages`;
  return `${frames}: ${pages} changed, most from ${changed.from} to ${changed.to}`;
}
