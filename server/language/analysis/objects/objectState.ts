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
export interface Cell extends Pointer {
  readonly place: PlaceId;
}
export interface Objects {
  readonly objs: readonly Obj[];
  readonly cells: readonly Cell[];
  /** computed when first asked for */
  key: string | undefined;
}
const objectsOf = (objs: readonly Obj[], cells: readonly Cell[]): Objects => ({ objs, cells, key: undefined });
const NO_OBJS: readonly Obj[] = [];
const NO_CELLS: readonly Cell[] = [];
export const NO_OBJECTS = objectsOf(NO_OBJS, NO_CELLS);

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
/** An object that has just been made; it has no name yet. */
export const newObj = ({
  owned,
  nullness,
  error,
  order,
  from,
  born,
}: Pick<Obj, 'owned' | 'nullness' | 'error' | 'order' | 'from' | 'born'>): Obj => ({
  id: NO_THING,
  status: 'live',
  owned,
  kept: false,
  nullness,
  counted: false,
  error,
  order,
  from,
  freed: undefined,
  used: undefined,
  born,
});
/** The object under another name. */
export const named = (obj: Obj, id: ThingId): Obj => ofCaller(obj, id, obj.owned, obj.from, obj.born);
/** An object of a callee as its caller knows it. */
export const ofCaller = (obj: Obj, id: ThingId, owned: boolean, from: ThingId | undefined, born?: Trail): Obj => ({
  id,
  status: obj.status,
  owned,
  kept: obj.kept,
  nullness: obj.nullness,
  counted: obj.counted,
  error: obj.error,
  order: obj.order,
  from,
  freed: obj.freed,
  used: obj.used,
  born,
});
/** The object after a change. All objects have one shape, as they are made and read in every step. */
export const objWith = (obj: Obj, by: Change): Obj => ({
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
function thereOf({ objs }: Objects, id: ThingId): Obj | undefined {
  for (const obj of objs) if (obj.id === id) return obj;
  return undefined;
}
export const objOf = (o: Objects, id: ThingId): Obj => thereOf(o, id) ?? untouched(id);
export const isThere = (o: Objects, id: ThingId): boolean => thereOf(o, id) !== undefined;

export function withObj(o: Objects, obj: Obj): Objects {
  const { objs } = o;
  let at = objs.length;
  while (at > 0 && (objs[at - 1] as Obj).id >= obj.id) at--;
  return objectsOf(placed(objs, at, obj, objs[at]?.id === obj.id), o.cells);
}
/** The list with an item at a place, instead of the one there or in front of it; no longer than it has to be. */
function placed<T>(list: readonly T[], at: number, item: T, isInstead: boolean): readonly T[] {
  const copy = new Array<T>(isInstead ? list.length : list.length + 1);
  for (let i = 0; i < at; i++) copy[i] = list[i] as T;
  copy[at] = item;
  const moved = isInstead ? 0 : 1;
  for (let i = at + 1; i < copy.length; i++) copy[i] = list[i - moved] as T;
  return copy;
}
/** The object after a change; the same objects where that is known of it already. */
export function changed(o: Objects, id: ThingId, by: Change): Objects {
  const there = thereOf(o, id);
  if (!there) return withObj(o, objWith(untouched(id), by));
  const obj = objWith(there, by);
  return sameObj(obj, there) && obj.freed === there.freed && obj.used === there.used ? o : withObj(o, obj);
}
export function cellOf({ cells }: Objects, place: PlaceId): Cell | undefined {
  for (const cell of cells) if (cell.place === place) return cell;
  return undefined;
}
export function withCell(o: Objects, place: PlaceId, p: Pointer): Objects {
  const { to, off, as, failed } = p;
  const before = o.cells;
  let at = before.length;
  while (at > 0 && (before[at - 1] as Cell).place >= place) at--;
  const there = before[at];
  const isKnown = there?.place === place;
  if (isKnown && there.to === to && there.off === off && there.as === as && there.failed === failed) return o;
  return objectsOf(o.objs, placed(before, at, cellTo(place, p), isKnown));
}
export const withoutCells = (o: Objects, gone: (c: Cell) => boolean): Objects =>
  o.cells.some(gone)
    ? objectsOf(
        o.objs,
        o.cells.filter((c) => !gone(c)),
      )
    : o;
/** The objects and cells of a part of a state. */
export const partOf = (objs: readonly Obj[], cells: readonly Cell[]): Objects =>
  objs.length === 0 && cells.length === 0 ? NO_OBJECTS : objectsOf(objs, cells);
/** Whether a pointer leads to an object. */
export function isPointedTo({ cells }: Objects, id: ThingId): boolean {
  for (const c of cells) if (c.to === id) return true;
  return false;
}
const cellTo = (place: PlaceId, { to, off, as, failed }: Pointer): Cell => ({ place, to, off, as, failed });
/** Without all that is known of an object; what pointed to it leads anywhere. */
export function withoutThing(o: Objects, id: ThingId): Objects {
  const points = isPointedTo(o, id);
  const there = isThere(o, id);
  if (!points && !there) return o;
  return objectsOf(
    there ? o.objs.filter((obj) => obj.id !== id) : o.objs,
    points ? o.cells.map((c) => (c.to === id ? cellTo(c.place, ANYWHERE) : c)) : o.cells,
  );
}
/** `from` under the name `to`. */
export function renamed(o: Objects, from: ThingId, to: ThingId): Objects {
  const old = withoutThing(o, to);
  const objs = old.objs.filter((obj) => obj.id !== from);
  const cells = old.cells.map((c) => (c.to === from ? cellTo(c.place, pointerTo(to, c.off, c.as, c.failed)) : c));
  const moved = objectsOf(objs, cells);
  const there = thereOf(old, from);
  return there ? withObj(moved, named(there, to)) : moved;
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
  if (a.objs.length !== b.objs.length || a.cells.length !== b.cells.length) return false;
  for (let i = 0; i < a.objs.length; i++) {
    const x = a.objs[i] as Obj;
    const y = b.objs[i] as Obj;
    if (x !== y && !sameObj(x, y)) return false;
  }
  for (let i = 0; i < a.cells.length; i++) {
    const x = a.cells[i] as Cell;
    const y = b.cells[i] as Cell;
    if (x !== y && !sameCell(x, y)) return false;
  }
  return true;
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
  return objectsOf(objs, cells);
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
