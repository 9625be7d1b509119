/** The places of which a state knows where they lead to. */
import type { ObjectWalk } from './objectContext';
import { type Objects, withoutCells, withoutThing } from './objectState';
import { isObject, type PlaceId, type ThingId, type Things } from './things';

/** Those that something was stored in, and those that led to an object of the state at the entry. */
export function knownPlaces({ things }: ObjectWalk, objects: Objects): Set<PlaceId> {
  const places = new Set<PlaceId>();
  const leads = (id: number): void => {
    const { at } = things.thing(id);
    if (at !== undefined) places.add(at);
  };
  for (const c of objects.cells) {
    places.add(c.place);
    if (isObject(c.to)) leads(c.to);
  }
  for (const { id } of objects.objs) leads(id);
  return places;
}

/** Without an object and what it led to: its name is another one's from now on. */
export function forgetThing(things: Things, objects: Objects, id: ThingId): Objects {
  const gone = new Set<ThingId>([id]);
  const isBelow = (place: PlaceId): boolean => {
    const { thing } = things.place(place);
    if (thing === undefined) return false;
    const { at } = things.thing(thing);
    return gone.has(thing) || (at !== undefined && isBelow(at));
  };
  for (const { id: other } of objects.objs) {
    const { at } = things.thing(other);
    if (at !== undefined && isBelow(at)) gone.add(other);
  }
  for (const c of objects.cells)
    if (isObject(c.to) && !gone.has(c.to)) {
      const { at } = things.thing(c.to);
      if (at !== undefined && isBelow(at)) gone.add(c.to);
    }
  let after = withoutCells(objects, (c) => isBelow(c.place));
  for (const other of gone) after = withoutThing(after, other);
  return after;
}
