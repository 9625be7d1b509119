/** The places of which a state knows where they lead to. */
import type { ObjectWalk } from './objectContext';
import type { Objects } from './objectState';
import { isObject, type PlaceId } from './things';

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
