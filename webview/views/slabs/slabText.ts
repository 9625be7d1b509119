/** Slab caches, slabs and objects, in words. */
import type { Answer } from '../../../server/dap/inspectorViews';
import type { Place } from '../../../server/debugger/inspector/shapes/common';
import type { CacheRow, ObjectEvent, PageObject, SlabList } from '../../../server/debugger/inspector/shapes/slabs';
import { bytesText, placeText } from '../../ui/words';

export type Caches = Answer<'slabs'>;
export type Lists = Answer<'slabs/cache'>;
export type Page = Answer<'slabs/page'>;

export const CACHE_VIEW = 'slabs/cache';
export const PAGE_VIEW = 'slabs/page';

/** A slab by its frame, as the window of PAGE_VIEW has it. */
export const bySlab = (pfn: number) => ({ selection: { by: 'pfn' as const, pfn } });
const wasteOf = ({ waste: { free, slack, ends } }: CacheRow): number => free + slack + ends;

// ---------------------------------------------------------------- caches
/** How the caches can be sorted. */
export const ORDERS = {
  memory: { label: 'memory', key: ({ bytes }: CacheRow) => bytes },
  waste: { label: 'what holds nothing', key: wasteOf },
  objects: { label: 'objects in use', key: ({ used }: CacheRow) => used },
} as const;
export type Order = keyof typeof ORDERS;

export const CACHE_COLUMNS = [
  'cache',
  'memory',
  'holds nothing',
  'objects in use',
  'object',
  'in steps of',
  'slabs',
  'free objects',
  'slack',
  'ends of slabs',
] as const;
export const cacheCells = (cache: CacheRow): readonly string[] => [
  `${cache.name}${cache.damaged ? ' (a list was overwritten)' : ''}`,
  bytesText(cache.bytes),
  bytesText(wasteOf(cache)),
  `${cache.used} of ${cache.objects}`,
  bytesText(cache.objectSize),
  bytesText(cache.size),
  String(cache.slabs),
  bytesText(cache.waste.free),
  bytesText(cache.waste.slack),
  bytesText(cache.waste.ends),
];

// ---------------------------------------------------------------- lists of a cache
const OWNERS: Readonly<Record<SlabList['kind'], string>> = {
  'cpu slab': 'slab that it allocates from',
  'cpu partial': 'partial slabs',
  'cpu array': 'array of free objects',
  'shared array': 'array that its CPUs share',
  'alien array': 'array for objects of another node',
  partial: 'partial slabs',
  full: 'full slabs',
  free: 'free slabs',
  small: 'pages for small blocks',
  medium: 'pages for medium blocks',
  large: 'pages for large blocks',
};
/** `CPU 0: partial slabs` */
export function listTitle({ kind, cpu, node }: SlabList): string {
  if (cpu !== undefined) return `CPU ${cpu}: ${OWNERS[kind]}`;
  return node === undefined ? OWNERS[kind] : `Node ${node}: ${OWNERS[kind]}`;
}
export function listNote({ kind, count, slabs, ready, limit, searched }: SlabList): string {
  if (kind.endsWith('array')) return `${count} objects${limit === undefined ? '' : ` of at most ${limit}`}`;
  const shown = slabs.length < count ? `, the first ${slabs.length} are shown` : '';
  const held = ready > 0 ? `, ${ready} objects ready on the CPU’s freelist` : '';
  const found = searched && count > 0 ? '; no list has them: they were found by their struct pages' : '';
  return `${count}${shown}${held}${found}`;
}

// ---------------------------------------------------------------- objects
export const STATES: Readonly<Record<PageObject['state'], { label: string; colour: string; sign: string }>> = {
  used: { label: 'in use', colour: 'charts-blue', sign: 'U' },
  free: { label: 'free', colour: 'charts-green', sign: 'F' },
  kept: {
    label: 'freed, but kept (KASAN’s quarantine, a grace period)',
    colour: 'symbolIcon-classForeground',
    sign: 'K',
  },
};
export const placeOf = ({ places }: Page, event: ObjectEvent | undefined): Place | undefined =>
  event?.place === undefined ? undefined : places[event.place];

/** What an object is, for whoever does not see the picture. */
export function objectText(page: Page, object: PageObject): string {
  const { index, address, state, on, place, next, allocated, freed, damage } = object;
  const parts = [`object ${index} at ${address}`, STATES[state].label];
  if (on !== undefined) parts.push(`number ${(place ?? 0) + 1} on ${on}`);
  if (next) parts.push(nextText(next));
  if (state === 'used' && allocated) parts.push(`allocated by ${placeText(placeOf(page, allocated))}`);
  if (state !== 'used' && freed) parts.push(`freed by ${placeText(placeOf(page, freed))}`);
  for (const { what } of damage) parts.push(`${what} overwritten`);
  return parts.join(', ');
}
export function nextText(next: NonNullable<PageObject['next']>): string {
  if (next.index !== undefined) return `next is object ${next.index}`;
  if (next.valid) return 'the last of its freelist';
  return `next is ${next.address ?? next.stored}, which is not an object of this slab`;
}
export const OBJECT_COLUMNS = [
  'object',
  'address',
  'state',
  'freelist',
  'next',
  'allocated by',
  'freed by',
  'damage',
] as const;
export const objectCells = (page: Page, object: PageObject): readonly string[] => [
  String(object.index),
  object.address,
  STATES[object.state].label,
  object.on === undefined ? '' : `${(object.place ?? 0) + 1} on ${object.on}`,
  object.next ? nextText(object.next) : '',
  object.allocated ? placeText(placeOf(page, object.allocated)) : '',
  object.freed ? placeText(placeOf(page, object.freed)) : '',
  object.damage.map(({ what, bytes }) => `${what}: ${bytes} bytes`).join('; '),
];
