/** What cells are coloured by: for a range of frames, which values it has and how many frames have each. */
import { MIGRATE_NAMES } from '../../../kernel/mm/migratetype';
import { MAX_ORDER } from '../../../profiles/commonConstants';
import { OWNER_KINDS } from '../shapes/common';
import type { MapColour } from '../shapes/physicalMap';
import { UNKNOWN_EVENT } from './allocations';
import { type Chunk, TALLY, TALLY_ORDERS, UNMANAGED } from './frameChunk';
import { ALLOCATED, FREE, HOLE, KINDS, PCP } from './kinds';
import type { MapState } from './mapState';
import { UNKNOWN_SITE } from './sites';

/** Values that no colour has of its own. */
const NOT_ALLOCATED = -1;
const NO_MEMORY = -2;
const KEPT = -3;
const NAMES: Readonly<Record<number, string>> = {
  [NOT_ALLOCATED]: 'free',
  [NO_MEMORY]: 'no memory (hole)',
  [KEPT]: 'kept since early boot',
};

/** `add` is told of a value, and of how many frames more have it. */
type Add = (value: number, pages: number) => void;
export interface Colouring {
  /** the value of all frames first … end − 1, where that is plain to see */
  alike(first: number, end: number): number | undefined;
  /** values of the frames first … end − 1 */
  values(first: number, end: number, add: Add): void;
  name(value: number): string;
  /** whether a cell shows a value only if it has no other */
  isBackground(value: number): boolean;
}

export function colouring(state: MapState, colour: MapColour): Colouring {
  switch (colour) {
    case 'owner':
      return byOwner(state);
    case 'order':
      return byOrder(state);
    case 'zone':
      return byZone(state);
    case 'migratetype':
      return byMigratetype(state);
    default:
      return byAllocation(state, colour);
  }
}

function byOwner({ frames }: MapState): Colouring {
  const tally = new Int32Array(TALLY);
  return {
    alike: (first, end) => frames.alike(first, end)?.kind,
    values(first, end, add) {
      tally.fill(0);
      frames.count(first, end, tally);
      for (let kind = 0; kind < KINDS; kind++) if (tally[kind]) add(kind, tally[kind] as number);
    },
    name: (value) => OWNER_KINDS[value] ?? '',
    isBackground: (value) => value === HOLE,
  };
}
const NOT_FREE = -1;
function byOrder({ frames }: MapState): Colouring {
  const tally = new Int32Array(TALLY);
  return {
    alike(first, end) {
      const run = frames.alike(first, end);
      if (run?.kind === FREE) return run.order;
      return run && (run.kind === HOLE ? NO_MEMORY : NOT_FREE);
    },
    values(first, end, add) {
      tally.fill(0);
      frames.count(first, end, tally);
      for (let order = 0; order < MAX_ORDER; order++) {
        const pages = tally[TALLY_ORDERS + order] as number;
        if (pages) add(order, pages);
      }
      const holes = tally[HOLE] as number;
      if (holes) add(NO_MEMORY, holes);
      const taken = end - first - holes - (tally[FREE] as number);
      if (taken) add(NOT_FREE, taken);
    },
    name: (value) => (value >= 0 ? `order ${value}` : value === NOT_FREE ? 'not free' : (NAMES[value] ?? '')),
    isBackground: (value) => value < 0,
  };
}
function byZone(state: MapState): Colouring {
  const { zones, nodes } = state.kernel;
  return {
    alike(first, end) {
      const part = state.zoneParts[state.zonePartAt(first)];
      return part && part.end >= end ? part.zone : undefined;
    },
    values(first, end, add) {
      let holes = end - first;
      for (const { zone, start, end: stop } of state.zoneParts) {
        const pages = Math.min(end, stop) - Math.max(first, start);
        if (pages <= 0) continue;
        add(zone, pages);
        holes -= pages;
      }
      if (holes) add(NO_MEMORY, holes);
    },
    name(value) {
      const zone = zones[value];
      if (!zone) return NAMES[value] ?? '';
      return nodes.length > 1 ? `node ${zone.node}, ${zone.name}` : zone.name;
    },
    isBackground: (value) => value === NO_MEMORY,
  };
}
function byMigratetype({ migratetypes }: MapState): Colouring {
  return {
    alike: () => undefined,
    values: (first, end, add) =>
      migratetypes.each(first, end, (type, pages) => add(type < 0 ? NO_MEMORY : type, pages)),
    name: (value) => MIGRATE_NAMES[value] ?? NAMES[value] ?? `type ${value}`,
    isBackground: (value) => value === NO_MEMORY,
  };
}

/** By the code that allocated, or by how long ago that was. */
function byAllocation(state: MapState, colour: 'site' | 'age'): Colouring {
  const { frames, sites, kernel, allocations } = state;
  const { marks, position } = kernel.journal;
  const now = marks.lastAtOrBefore(position);
  const valueAt = (event: number): number => {
    if (event === UNKNOWN_EVENT) return colour === 'site' ? UNKNOWN_SITE : OLDEST;
    return colour === 'site' ? sites.of(allocations.statementOf(event)) : ageClass(now - allocations.markOf(event));
  };
  const unallocated = (kind: number, managed: boolean): number | undefined => {
    if (kind === FREE || kind === PCP) return NOT_ALLOCATED;
    if (managed) return undefined;
    return kind === HOLE ? NO_MEMORY : KEPT;
  };
  /** Frames that follow one another with the same value are told as one: there may be many thousands. */
  const ofChunk = ({ kind, order }: Chunk, events: Int32Array, from: number, to: number, add: Add) => {
    let start = from;
    let last = Number.NaN;
    let event = Number.NaN;
    let ofEvent = 0;
    for (let i = from; i < to; i++) {
      let value = unallocated(kind[i] as number, order[i] !== UNMANAGED);
      if (value === undefined) {
        if (events[i] !== event) {
          event = events[i] as number;
          ofEvent = valueAt(event);
        }
        value = ofEvent;
      }
      if (value === last) continue;
      if (i > start) add(last, i - start);
      start = i;
      last = value;
    }
    add(last, to - start);
  };
  return {
    alike(first, end) {
      const run = frames.alike(first, end);
      return run && unallocated(run.kind, run.kind === ALLOCATED);
    },
    values(first, end, add) {
      frames.pieces(first, end, {
        run: (kind, pages) => add(unallocated(kind, kind === ALLOCATED) ?? valueAt(UNKNOWN_EVENT), pages),
        chunk: (chunk, number, from, to) => ofChunk(chunk, state.eventsOf(chunk, number), from, to, add),
      });
    },
    name: (value) =>
      value < 0 ? (NAMES[value] ?? '') : colour === 'site' ? (sites.names[value] ?? '') : ageName(value),
    isBackground: (value) => value < 0,
  };
}
/** Ages are in powers of four. */
const OLDEST = 16;
const ageClass = (statements: number): number =>
  statements < 1 ? 0 : Math.min(OLDEST - 1, 1 + Math.floor(Math.log2(statements) / 2));
function ageName(value: number): string {
  if (value === OLDEST) return 'before the run, or before what is recorded';
  if (value === 0) return 'this statement';
  const [from, to] = [4 ** (value - 1), 4 ** value - 1];
  return value === OLDEST - 1 ? `${from} statements and more` : `${from} to ${to} statements`;
}
