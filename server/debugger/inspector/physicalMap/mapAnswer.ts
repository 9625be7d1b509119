/** The physical map: what every frame of the machine is used for, a cell for so many frames as the question's window says. */
import { fragmentationIndex, unusableFreeIndex, zoneIndexes } from '../../../kernel/proc/extfrag';
import type { Session } from '../../session';
import type { Asking } from '../asking';
import { momentOf } from '../moments';
import { OWNER_KINDS, type OwnerKind } from '../shapes/common';
import {
  type MapWindow,
  MOST_LEGEND,
  mapWindow,
  type PhysicalMapAnswer,
  type PhysicalMapQuestion,
  type Series,
} from '../shapes/physicalMap';
import { type Colouring, colouring } from './colours';
import { TALLY, TALLY_MANAGED } from './frameChunk';
import { FREE, HOLE, KINDS } from './kinds';
import { type MapState, mapState } from './mapState';

/** User memory is not emulated: nothing ever has these. */
export const NOT_EMULATED: PhysicalMapAnswer['absent'] = [
  {
    what: 'page cache',
    why: 'kmem emulates no files: no frame is one’s, unless the scenario itself writes page->mapping',
  },
  {
    what: 'anonymous memory',
    why: 'kmem emulates no user memory: processes have page tables, and nothing mapped by them',
  },
];

export function physicalMap({ session }: Pick<Asking, 'session'>, question: PhysicalMapQuestion): PhysicalMapAnswer {
  const state = mapState(session);
  const { frames, kernel } = state;
  const { colour = 'owner' } = question;
  const window = mapWindow(frames.end, question);
  const { values, legend } = coloured(colouring(state, colour), window, frames.end);
  return {
    moment: momentOf(session),
    absent: [...NOT_EMULATED],
    colour,
    window: { ...window, end: frames.end, pageblockPages: kernel.pageblocks.pages },
    legend,
    values: series(values),
    ...(window.pagesPerCell > 1 ? { free: series(freeShares(state, window)) } : {}),
    changed: series(changedCells(session, state, window)),
    since: session.timeline.leftFrom,
    zones: zones(state),
    indices: indices(state),
  };
}

/** The value that each cell shows, and what the values mean: the commonest first. */
function coloured(
  by: Colouring,
  { first, pagesPerCell, cells }: MapWindow,
  end: number,
): { values: number[]; legend: PhysicalMapAnswer['legend'] } {
  const values: number[] = [];
  const all = new Map<number, number>();
  const here = new Map<number, number>();
  const add = (value: number, pages: number) => here.set(value, (here.get(value) ?? 0) + pages);
  for (let cell = 0; cell < cells; cell++) {
    const start = first + cell * pagesPerCell;
    const stop = Math.min(end, start + pagesPerCell);
    const value = by.alike(start, stop);
    if (value !== undefined) {
      all.set(value, (all.get(value) ?? 0) + stop - start);
      values.push(value);
      continue;
    }
    here.clear();
    by.values(start, stop, add);
    let shown: number | undefined;
    for (const [value, pages] of here) {
      all.set(value, (all.get(value) ?? 0) + pages);
      if (shown === undefined || prefers(by, here, value, shown)) shown = value;
    }
    values.push(shown ?? 0);
  }
  const legend = [...all]
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .map(([value, pages]) => ({ value, name: by.name(value), pages }));
  return { values, legend: shortened(legend, values) };
}
function prefers(by: Colouring, pages: ReadonlyMap<number, number>, value: number, over: number): boolean {
  const [back, overBack] = [by.isBackground(value), by.isBackground(over)];
  if (back !== overBack) return overBack;
  return (pages.get(value) as number) > (pages.get(over) as number);
}
/** What is rare shares the last entry. */
function shortened(legend: PhysicalMapAnswer['legend'], values: number[]): PhysicalMapAnswer['legend'] {
  if (legend.length <= MOST_LEGEND) return legend;
  const kept = legend.slice(0, MOST_LEGEND - 1);
  const rest = legend.slice(MOST_LEGEND - 1);
  const shared = rest[0]?.value ?? 0;
  const known = new Set(kept.map(({ value }) => value));
  values.forEach((value, i) => {
    if (!known.has(value)) values[i] = shared;
  });
  const pages = rest.reduce((sum, entry) => sum + entry.pages, 0);
  return [...kept, { value: shared, name: `${rest.length} others`, pages }];
}

/** Free frames of 100, by cell: 0 for none and 100 for all, and nothing else is rounded to these. */
function freeShares({ frames }: MapState, { first, pagesPerCell, cells }: MapWindow): number[] {
  const tally = new Int32Array(TALLY);
  return Array.from({ length: cells }, (_, cell) => {
    const start = first + cell * pagesPerCell;
    const end = Math.min(frames.end, start + pagesPerCell);
    const run = frames.alike(start, end);
    if (run) return run.kind === FREE ? 100 : 0;
    tally.fill(0);
    frames.count(start, end, tally);
    const there = end - start - (tally[HOLE] as number);
    const free = tally[FREE] as number;
    if (free === 0 || there === 0) return 0;
    return free === there ? 100 : Math.min(99, Math.max(1, Math.round((free * 100) / there)));
  });
}
function changedCells(session: Session, state: MapState, { first, pagesPerCell, cells }: MapWindow): number[] {
  const changed = new Array<number>(cells).fill(0);
  for (const [pfn, how] of state.changed.since(session.timeline.leftFrom)) {
    const cell = Math.floor((pfn - first) / pagesPerCell);
    if (cell >= 0 && cell < cells) changed[cell] = (changed[cell] as number) | how;
  }
  return changed;
}

/** The frames of each kind in a tally. */
export function kindPages(tally: Int32Array): { kind: OwnerKind; pages: number }[] {
  return OWNER_KINDS.slice(0, KINDS).flatMap((kind, i) => (tally[i] ? [{ kind, pages: tally[i] as number }] : []));
}
function zones({ kernel, frames, zoneParts }: MapState): PhysicalMapAnswer['zones'] {
  return kernel.zones.flatMap((zone, i) => {
    const span = kernel.spans[i];
    if (!zone.populated || !span) return [];
    const tally = new Int32Array(TALLY);
    for (const part of zoneParts) if (part.zone === i) frames.count(part.start, part.end, tally);
    return [
      {
        node: zone.node,
        zone: zone.name,
        first: span.start,
        pages: span.spanned,
        managed: tally[TALLY_MANAGED] as number,
        frames: kindPages(tally),
      },
    ];
  });
}
function indices({ kernel }: MapState): PhysicalMapAnswer['indices'] {
  const fragmentation = zoneIndexes(kernel, fragmentationIndex);
  return zoneIndexes(kernel, unusableFreeIndex).map(({ node, zone, index }, i) => ({
    node,
    zone,
    unusable: [...index],
    fragmentation: [...(fragmentation[i]?.index ?? [])],
  }));
}

/** The shorter of the two ways to say it. */
export function series(values: number[]): Series {
  const runs: number[] = [];
  for (let i = 0; i < values.length; ) {
    let next = i + 1;
    while (next < values.length && values[next] === values[i]) next++;
    runs.push(values[i] as number, next - i);
    i = next;
  }
  return runs.length < values.length ? { runs } : { plain: values };
}
