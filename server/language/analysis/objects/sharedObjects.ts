/** What other code can reach, and what it may have done meanwhile: objects that are given away, places that it may store in. */
import type { Expr } from '../../syntax/tree';
import { stable } from '../engine/bodyWalk';
import type { ObjectState, ObjectWalk } from './objectContext';
import { ANYWHERE, type Change, changed, type Objects, objOf, withCell } from './objectState';
import { isLocal, isPointer, mentioned, NO_THINGS, pointerOf } from './pointers';
import { isObject, type PlaceId, type ThingId, tempAt, UNKNOWN } from './things';

const GIVEN: Change = { owned: false, kept: true };
/** Objects that other code can reach from now on, with all that they point to. */
export function giveAway(walk: ObjectWalk, objects: Objects, ids: readonly ThingId[]): Objects {
  let after = objects;
  for (const id of reachedFrom(walk, objects, ids)) {
    const { owned, kept } = objOf(after, id);
    if (owned || !kept) after = changed(after, id, GIVEN);
  }
  return after;
}
/** Without what is known of the places below one, and of those that may be the same under another name. */
export function forgetBelow(walk: ObjectWalk, objects: Objects, place: PlaceId, aliases: boolean): Objects {
  const { things } = walk;
  const { variable, thing, members, field } = things.place(place);
  if (variable && !things.hasParts(variable)) return objects;
  const alike = aliases && thing !== undefined && !objOf(objects, thing).owned ? field : undefined;
  let after = objects;
  for (const { place: other } of objects.cells) {
    if (other === place || tempAt(other) !== undefined) continue;
    const at = things.place(other);
    const isGone =
      at.variable === variable && at.thing === thing
        ? at.members.startsWith(members)
        : alike !== undefined && at.thing !== undefined && at.field === alike && !objOf(objects, at.thing).owned;
    if (isGone) after = withCell(after, other, ANYWHERE);
  }
  return after;
}
/** The objects that arguments lead to, and the variables whose address they are. */
function reached(walk: ObjectWalk, state: ObjectState, args: readonly Expr[]): [readonly ThingId[], PlaceId[]] {
  let ids = NO_THINGS;
  const variables: PlaceId[] = [];
  for (const arg of args) {
    const p = pointerOf(walk, state, arg);
    if (p && !isPointer(p)) variables.push(p.variable);
    else ids = mentioned(walk, state, arg, ids);
  }
  const held = state.objects.cells.filter((c) => variables.some((v) => isAt(walk, v, c.place)));
  return [held.length === 0 ? ids : [...ids, ...held.map((c) => c.to)], variables];
}
/** All that an unknown call may change: objects that it can reach, and what others can reach. */
export function afterUnknown(walk: ObjectWalk, state: ObjectState, args: readonly Expr[]): ObjectState {
  const [ids, variables] = reached(walk, state, args);
  let objects = giveAway(walk, state.objects, ids);
  for (const id of reachedFrom(walk, objects, ids)) objects = changed(objects, id, { status: 'unknown' });
  objects = forgetShared(walk, objects);
  for (const c of objects.cells) {
    if (variables.some((v) => isAt(walk, v, c.place))) objects = withCell(objects, c.place, ANYWHERE);
  }
  return state.withObjects(objects);
}
/** Other code may have run, or may run from now on, and stored in what it can reach. */
export function othersRun(walk: ObjectWalk, state: ObjectState): ObjectState {
  return state.known(stable(walk, walk.own, state.facts), forgetShared(walk, state.objects), state.asked);
}
/** Other contexts may have stored in what they can reach; what was stored there before is theirs. */
export function forgetShared(walk: ObjectWalk, objects: Objects): Objects {
  let after = objects;
  for (const c of objects.cells) {
    if (c.to === UNKNOWN || !isShared(walk, objects, c.place)) continue;
    after = withCell(giveAway(walk, after, [c.to]), c.place, ANYWHERE);
  }
  for (const { id } of objects.objs) {
    const { at } = walk.things.thing(id);
    if (at !== undefined && isShared(walk, objects, at)) after = withCell(after, at, ANYWHERE);
  }
  return after;
}
function isShared(walk: ObjectWalk, objects: Objects, place: PlaceId): boolean {
  const { variable, thing } = walk.things.place(place);
  if (variable) return !isLocal(variable) && isChangedByOthers(walk, place);
  return thing !== undefined && !objOf(objects, thing).owned;
}
/** Whether other code than the task that runs this body may store in a global, or a part of it. */
function isChangedByOthers({ things, paths, constants, own }: ObjectWalk, place: PlaceId): boolean {
  const { variable, members } = things.place(place);
  const path = variable && paths.known(variable, members);
  return path === undefined || constants.isChangedMeanwhile(path, own);
}
export function isAt({ things }: ObjectWalk, top: PlaceId, place: PlaceId): boolean {
  const [a, b] = [things.place(top), things.place(place)];
  return a.variable === b.variable && a.thing === b.thing && b.members.startsWith(a.members);
}
/** These objects, and those that they lead to. */
function reachedFrom({ things }: ObjectWalk, { cells }: Objects, ids: readonly ThingId[]): readonly ThingId[] {
  if (ids.length === 0) return NO_THINGS;
  const found: ThingId[] = [];
  for (const id of ids) if (isObject(id) && !found.includes(id)) found.push(id);
  for (const id of found)
    for (const { place, to } of cells)
      if (isObject(to) && things.place(place).thing === id && !found.includes(to)) found.push(to);
  return found;
}
