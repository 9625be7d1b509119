/** What is known about objects at one point of one path: immutable, sorted lists. */
import type { ApiEntry, MemoryKind } from '../../catalogue/form/entry';
import type { Span } from '../../syntax/tree';
import { ERROR, type Made, NO_THING, type PlaceId, type ThingId, UNKNOWN } from './things';

/** queued: it is freed after a grace period · unknown: freed on one way that leads here, or by other code, or not */
export type Status = 'live' | 'freed' | 'queued' | 'unknown';
/**
 * unknown · maybe: an allocation that nobody has checked · no · never: an allocation that cannot fail · used: followed before any check, so
 * that a check comes too late
 */
export type Nullness = 'unknown' | 'maybe' | 'no' | 'never' | 'used';

/** The branches taken on the way, the latest first. Evidence only. */
export interface Trail {
  readonly span: Span;
  readonly taken: boolean;
  /** not a branch: a call that has failed */
  readonly failed?: boolean;
  readonly before: Trail | undefined;
}
/** A block's order: a number, or the text that says it. */
export type Order = number | string | undefined;

/** Where an object was freed, by which function of the kernel, and the offset of the pointer it was given. */
export interface FreedAt {
  readonly span: Span;
  readonly by: string;
  readonly entry: ApiEntry;
  readonly off: Offset;
  readonly order: Order;
}
export interface Obj {
  readonly id: ThingId;
  readonly status: Status;
  /** this body must free it or pass it on */
  readonly owned: boolean;
  readonly nullness: Nullness;
  /** other code can reach it */
  readonly kept: boolean;
  /** references to it are counted: who frees it cannot be told */
  readonly counted: boolean;
  /** it may be an error pointer that nobody has checked */
  readonly error: boolean;
  readonly order: Order;
  /** the cache or the pool it comes from */
  readonly from: ThingId | undefined;
  // evidence: two objects that differ in it only are the same
  readonly freed: FreedAt | undefined;
  readonly used: Span | undefined;
  readonly born: Trail | undefined;
}
/** What happens to an object. */
export type Change = Partial<
  Pick<Obj, 'status' | 'owned' | 'kept' | 'nullness' | 'counted' | 'error' | 'freed' | 'used'>
>;
/** Bytes from the start; past: behind it, who knows how far; undefined: anywhere. */
export type Offset = number | 'past' | undefined;
/** A pointer to an object. */
export interface Pointer {
  readonly to: ThingId;
  readonly off: Offset;
  /** what it is the address of, where that is not what was allocated: page_address(page) */
  readonly as: MemoryKind | undefined;
  /** evidence: it is NULL because this allocation has failed */
  readonly failed: Made | undefined;
}
export const pointerTo = (to: ThingId, off: Offset, as?: MemoryKind, failed?: Made): Pointer => ({
  to,
  off,
  as,
  failed,
});
/** Nothing is known of what it points to. */
export const ANYWHERE = pointerTo(UNKNOWN, undefined);
export const NOWHERE = pointerTo(NO_THING, 0);
interface Cell extends Pointer {
  readonly place: PlaceId;
}
export interface Objects {
  readonly objs: readonly Obj[];
  readonly cells: readonly Cell[];
  /** computed when first asked for */
  key?: string;
}
export const NO_OBJECTS: Objects = { objs: [], cells: [] };

/** What is known of an object that has not been touched. */
const untouched = (id: ThingId): Obj => ({
  id,
  status: 'live',
  owned: false,
  kept: false,
  nullness: 'unknown',
  counted: false,
  error: false,
  order: undefined,
  from: undefined,
  freed: undefined,
  used: undefined,
  born: undefined,
});
/** The object after a change. All objects have one shape, as they are made and read in every step. */
const objWith = (obj: Obj, by: Change): Obj => ({
  id: obj.id,
  status: by.status ?? obj.status,
  owned: by.owned ?? obj.owned,
  kept: by.kept ?? obj.kept,
  nullness: by.nullness ?? obj.nullness,
  counted: by.counted ?? obj.counted,
  error: by.error ?? obj.error,
  order: obj.order,
  from: obj.from,
  freed: by.freed ?? obj.freed,
  used: by.used ?? obj.used,
  born: obj.born,
});
export const objOf = (o: Objects, id: ThingId): Obj => o.objs.find((obj) => obj.id === id) ?? untouched(id);
export const isThere = (o: Objects, id: ThingId): boolean => o.objs.some((obj) => obj.id === id);

/** `list` with `item` in its place, instead of one with the same key. */
function placed<T>(list: readonly T[], item: T, key: (t: T) => number): readonly T[] {
  const at = list.findIndex((t) => key(t) >= key(item));
  const copy = list.slice();
  if (at < 0) copy.push(item);
  else copy.splice(at, key(list[at] as T) === key(item) ? 1 : 0, item);
  return copy;
}
export const withObj = (o: Objects, obj: Obj): Objects => ({
  objs: placed(o.objs, obj, (t) => t.id),
  cells: o.cells,
});
export const changed = (o: Objects, id: ThingId, by: Change): Objects => withObj(o, objWith(objOf(o, id), by));
export const cellOf = (o: Objects, place: PlaceId): Pointer | undefined => o.cells.find((c) => c.place === place);
export const withCell = (o: Objects, place: PlaceId, { to, off, as, failed }: Pointer): Objects => ({
  objs: o.objs,
  cells: placed(o.cells, { place, to, off, as, failed }, (t) => t.place),
});
export function withoutCells(o: Objects, gone: (c: Cell) => boolean): Objects {
  return o.cells.some(gone) ? { objs: o.objs, cells: o.cells.filter((c) => !gone(c)) } : o;
}
/** Without all that is known of an object; what pointed to it leads anywhere. */
export function withoutThing(o: Objects, id: ThingId): Objects {
  const points = o.cells.some((c) => c.to === id);
  if (!points && !isThere(o, id)) return o;
  return {
    objs: o.objs.filter((obj) => obj.id !== id),
    cells: points ? o.cells.map((c) => (c.to === id ? { place: c.place, ...ANYWHERE } : c)) : o.cells,
  };
}
/** `from` under the name `to`. */
export function renamed(o: Objects, from: ThingId, to: ThingId): Objects {
  const old = withoutThing(o, to);
  const objs = old.objs.filter((obj) => obj.id !== from);
  const moved = { objs, cells: old.cells.map((c) => (c.to === from ? { ...c, to } : c)) };
  return isThere(old, from) ? withObj(moved, { ...objOf(old, from), id: to }) : moved;
}

const sameObj = (a: Obj, b: Obj): boolean =>
  a.id === b.id &&
  a.status === b.status &&
  a.owned === b.owned &&
  a.nullness === b.nullness &&
  a.kept === b.kept &&
  a.counted === b.counted &&
  a.error === b.error &&
  a.order === b.order &&
  a.from === b.from;
const sameCell = (a: Cell, b: Cell): boolean =>
  a.place === b.place && a.to === b.to && a.off === b.off && a.as === b.as;
export function sameObjects(a: Objects, b: Objects): boolean {
  if (a === b) return true;
  return (
    a.objs.length === b.objs.length &&
    a.cells.length === b.cells.length &&
    a.objs.every((obj, i) => sameObj(obj, b.objs[i] as Obj)) &&
    a.cells.every((cell, i) => sameCell(cell, b.cells[i] as Cell))
  );
}
/** What holds of both. An object that is freed in one of them only is neither freed nor to be freed. */
export function joinObjects(a: Objects, b: Objects): Objects {
  if (sameObjects(a, b)) return a;
  const ids = new Set([...a.objs, ...b.objs].map((obj) => obj.id));
  const objs = [...ids]
    .sort((x, y) => x - y)
    .map((id): Obj => {
      const [x, y] = [objOf(a, id), objOf(b, id)];
      if (sameObj(x, y)) return x;
      return {
        ...x,
        status: x.status === y.status && isThere(a, id) === isThere(b, id) ? x.status : 'unknown',
        owned: x.owned && y.owned,
        nullness: x.nullness === y.nullness ? x.nullness : 'unknown',
        kept: x.kept || y.kept,
        counted: x.counted || y.counted,
        error: false,
        order: x.order === y.order ? x.order : undefined,
        from: x.from === y.from ? x.from : undefined,
      };
    });
  const cells = [...a.cells, ...b.cells.filter((c) => !cellOf(a, c.place))]
    .sort((x, y) => x.place - y.place)
    .map((c): Cell => {
      const [x, y] = [cellOf(a, c.place), cellOf(b, c.place)];
      return x && y && x.to === y.to && x.off === y.off && x.as === y.as
        ? c
        : { place: c.place, to: UNKNOWN, off: undefined, as: undefined, failed: undefined };
    });
  return { objs, cells };
}
/** States with the same key are joined where there are many of them. */
export function objectsKey(o: Objects): string {
  if (o.key !== undefined) return o.key;
  let key = '';
  for (const { id, status, owned } of o.objs) {
    if (owned || status !== 'live') key += `${id}${status[0]}${owned ? '!' : ''},`;
  }
  for (const c of o.cells) if (c.to === ERROR) key += `e${c.place},`;
  o.key = key;
  return key;
}
