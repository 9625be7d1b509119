/** What calls of the kernel's API do to objects, by the catalogue, and what it means to follow a pointer. */
import type { Allocates, Frees, OrderOf } from '../../catalogue/form/entry';
import type { ApiSym } from '../../check/context/program';
import type { Call, Expr, Index, Span } from '../../syntax/tree';
import { sourceText } from '../engine/evidence';
import { evaluate } from '../engine/exprValue';
import { mayBeNull } from '../engine/flow/apiFacts';
import type { CallTarget, Step } from '../engine/flow/cfg';
import { withFact } from '../engine/values/facts';
import { exactOf } from '../engine/values/knownBits';
import { isNullAnyhow } from './decidingConditions';
import { failing, SUCCESS } from './failedCalls';
import { forgetThing, knownPlaces } from './knownPlaces';
import { forgetLinks } from './links';
import type { ObjectState, ObjectWalk } from './objectContext';
import { Allocated, type Free, Freed, Indexed, Lost, Passed, Used, type Written, writtenText } from './objectEvents';
import {
  ANYWHERE,
  cellOf,
  changed,
  isPointedTo,
  isThere,
  NOWHERE,
  named,
  newObj,
  type Obj,
  type Objects,
  type Order,
  objOf,
  objWith,
  type Pointer,
  pointerTo,
  renamed,
  withCell,
  withObj,
  withoutCells,
  withoutThing,
} from './objectState';
import { askedOf, learn } from './objectTests';
import { isPointer, mentionedWithin, type Pointed, placeOf, pointerOf } from './pointers';
import { giveAway, isAt, othersRun } from './sharedObjects';
import { ERROR, isObject, type Made, NO_THING, type PlaceId, placeOfTemp, type ThingId, UNKNOWN } from './things';

type CallStep = Step & { op: 'call' };
type ApiTarget = CallTarget & { kind: 'api' };
type States = ObjectState | readonly ObjectState[];

/** A pointer is followed: by an expression, or by the function `by`. */
export function useOf(
  walk: ObjectWalk,
  state: ObjectState,
  pointer: Expr,
  span: Span,
  by: string | undefined,
): ObjectState {
  const p = pointerOf(walk, state, pointer);
  return isPointer(p) ? usePointer(walk, state, p, pointer.span, span, by) : state;
}
export function usePointer(
  walk: ObjectWalk,
  state: ObjectState,
  p: Pointer,
  written: Written,
  span: Span,
  by: string | undefined,
): ObjectState {
  if (p.to === UNKNOWN || p.to === ERROR) return state;
  if (p.to === NO_THING) {
    tellUse(walk, state, p, written, span, by);
    // told once
    const { cells } = state.objects;
    const gone = p.failed ? cells.filter((c) => c.failed === p.failed) : [];
    return state.withObjects(gone.reduce((o, { place }) => withCell(o, place, ANYWHERE), state.objects));
  }
  const obj = objOf(state.objects, p.to);
  if (obj.error) {
    tellUse(walk, state, p, written, span, by);
    return state.withObjects(changed(state.objects, p.to, { error: false, nullness: 'no' }));
  }
  if (obj.status === 'freed') tellUse(walk, state, p, written, span, by);
  if (obj.nullness === 'maybe') {
    tellUse(walk, state, p, written, span, by);
    return state.withObjects(changed(state.objects, p.to, { nullness: 'used', used: span }));
  }
  if (obj.nullness === 'unknown' && isAskedLater(walk, state.objects, p.to)) {
    return state.withObjects(changed(state.objects, p.to, { nullness: 'used', used: span }));
  }
  return state;
}
function tellUse(
  walk: ObjectWalk,
  state: ObjectState,
  p: Pointer,
  written: Written,
  span: Span,
  by: string | undefined,
): void {
  const isNull = p.to === NO_THING;
  const sure = isNull && isNullAnyhow(walk, state, writtenText(walk.program, written), span);
  const made = walk.things.thing(p.to).made ?? p.failed;
  const event = new Used(walk, state, span, sure, objOf(state.objects, p.to), made, p, written, by, isNull);
  for (const rule of walk.listeners.used) rule.used?.(event);
}
/** Whether it matters that an object of the caller was followed: it is a parameter's, or a later condition asks for it. */
function isAskedLater({ things, cfg, paths }: ObjectWalk, objects: Objects, id: ThingId): boolean {
  const { at } = things.thing(id);
  if (at === undefined) return false;
  const { variable, members } = things.place(at);
  if (variable && members === '') return variable.storage !== 'local' || cfg.tested.has(paths.of(variable));
  return objects.cells.some((c) => {
    const { variable: local, members: below } = things.place(c.place);
    return c.to === id && c.off === 0 && local?.storage === 'local' && below === '' && cfg.tested.has(paths.of(local));
  });
}

/** A call of the API, as far as the catalogue says that it is about memory. */
export function apiCall(walk: ObjectWalk, before: ObjectState, step: CallStep, { sym, facts }: ApiTarget): States {
  const { call, result } = step;
  const { memory } = facts;
  let state = before.withFacts(withFact(before.facts, result, undefined));
  if (memory.asserts !== undefined) {
    const condition = call.args[memory.asserts];
    return condition ? assume(walk, state, condition, true) : state;
  }
  if (memory.passed !== undefined) passed(walk, state, call.args[memory.passed], sym);
  for (const { arg, ifMember } of memory.follows) {
    const given = call.args[arg];
    if (given && (!ifMember || isMemberAddress(given))) state = useOf(walk, state, given, given.span, sym.name);
  }
  if (memory.othersRun) state = othersRun(walk, state);
  if (holdsPointees(walk, state.objects)) for (const arg of call.args) state = handedOut(walk, state, arg);
  for (const arg of memory.counts) state = counted(walk, state, call.args[arg]);
  const failed = memory.keepsOnSuccess ? failing(walk, state, step, memory.keeps) : undefined;
  for (const arg of memory.keeps) {
    const given = call.args[arg];
    if (given) state = state.withObjects(keepArgument(walk, state, given));
  }
  if (memory.relinks) state = state.withObjects(forgetLinks(walk, state.objects));
  if (failed) return [state.withFacts(withFact(state.facts, result, SUCCESS)), failed];
  for (const arg of memory.writes) state = written(walk, state, call.args[arg]);
  if (memory.frees) state = freeCall(walk, state, call, sym, memory.frees);
  if (result < 0) return state;
  if (memory.names) {
    const given = call.args[memory.names.arg];
    let p = given && pointerOf(walk, state, given);
    if (given && !p) [state, p] = withName(walk, state, given) ?? [state, p];
    if (isPointer(p) && isObject(p.to) && p.off === 0) {
      const cell = pointerTo(p.to, 0, memory.names.as);
      return state.withObjects(withCell(state.objects, placeOfTemp(result), cell));
    }
  }
  return memory.allocates ? allocation(walk, state, step, sym, memory.allocates) : state;
}
/** Tells the rules of an element that is read or stored to. */
export function indexed(walk: ObjectWalk, state: ObjectState, pointer: Expr, element: Index): void {
  const p = pointerOf(walk, state, pointer);
  if (!isPointer(p) || !isObject(p.to)) return;
  const event = new Indexed(walk, state, objOf(state.objects, p.to), walk.things.thing(p.to).made, element, p);
  for (const rule of walk.listeners.indexed) rule.indexed?.(event);
}
/** Tells the rules of a pointer that is given to a function which asks where its memory is. */
function passed(walk: ObjectWalk, state: ObjectState, given: Expr | undefined, sym: ApiSym): void {
  const p = given && pointerOf(walk, state, given);
  if (!given || !isPointer(p) || !isObject(p.to)) return;
  const event = new Passed(walk, state, given.span, objOf(state.objects, p.to), walk.things.thing(p.to).made, sym, p);
  for (const rule of walk.listeners.passed) rule.passed?.(event);
}
/** Whether something is known of what is stored where an address that a call is given may lead. */
function holdsPointees({ things }: ObjectWalk, { cells }: Objects): boolean {
  for (const { place } of cells) if (things.place(place).isPointee) return true;
  return false;
}
/** A variable whose address a call is given may have another value afterwards. */
function handedOut(walk: ObjectWalk, state: ObjectState, arg: Expr): ObjectState {
  const p = pointerOf(walk, state, arg);
  const cell = p && !isPointer(p) ? cellOf(state.objects, p.variable) : undefined;
  if (!cell) return state;
  const objects = giveAway(walk, state.objects, [cell.to]);
  return state.withObjects(withCell(objects, cell.place, ANYWHERE));
}
function isMemberAddress(arg: Expr): boolean {
  let e = arg;
  while (e.kind === 'cast') e = e.operand;
  return e.kind === 'unary' && e.op === '&' && e.operand.kind === 'member';
}
function keepArgument(walk: ObjectWalk, state: ObjectState, arg: Expr): Objects {
  const p = pointerOf(walk, state, arg);
  if (!p || isPointer(p)) return giveAway(walk, state.objects, p ? [p.to] : mentionedWithin(walk, state, arg));
  const below = state.objects.cells.flatMap((c) => (isAt(walk, p.variable, c.place) ? [c.to] : []));
  return giveAway(walk, state.objects, below);
}
function counted(walk: ObjectWalk, state: ObjectState, arg: Expr | undefined): ObjectState {
  const p = arg && pointerOf(walk, state, arg);
  if (!isPointer(p) || !isObject(p.to)) return state;
  return state.withObjects(changed(giveAway(walk, state.objects, [p.to]), p.to, { counted: true }));
}
/** What an argument points to gets other contents. */
function written(walk: ObjectWalk, state: ObjectState, arg: Expr | undefined): ObjectState {
  const p = arg && pointerOf(walk, state, arg);
  if (!p) return state;
  const isIn = (place: PlaceId): boolean =>
    isPointer(p) ? walk.things.place(place).thing === p.to : isAt(walk, p.variable, place);
  const held = state.objects.cells.filter((c) => isIn(c.place)).map((c) => c.to);
  let objects = giveAway(walk, state.objects, held);
  for (const place of knownPlaces(walk, state.objects)) if (isIn(place)) objects = withCell(objects, place, ANYWHERE);
  return state.withObjects(objects);
}
/** What holds where `condition` is true or false; none where it cannot be. */
function assume(walk: ObjectWalk, state: ObjectState, condition: Expr, is: boolean): States {
  const e = walk.cfg.meaning.get(condition) ?? condition;
  if (e.kind === 'cast') return assume(walk, state, e.operand, is);
  if (e.kind === 'unary' && e.op === '!') return assume(walk, state, e.operand, !is);
  if (e.kind === 'binary' && e.op === (is ? '&&' : '||')) {
    const left = assume(walk, state, e.left, is);
    return Array.isArray(left) ? left : assume(walk, left as ObjectState, e.right, is);
  }
  const answer = askedOf(walk, state, e);
  return (answer ? learn(walk, state, answer, is) : state) ?? [];
}

// ---------------------------------------------------------------- allocating
/** The order that a call names: a number, or the expression as it is written. */
function orderOf(walk: ObjectWalk, state: ObjectState, call: Call, order: OrderOf | undefined): Order {
  if (!order) return undefined;
  if ('is' in order) return order.is;
  const arg = call.args[order.arg];
  if (!arg) return undefined;
  const constant = walk.program.constantOf(arg);
  return constant === undefined
    ? (exactOf(evaluate(walk, state.facts, arg)) ?? sourceText(walk.program, arg.span))
    : Number(constant);
}
function thingOf(walk: ObjectWalk, state: ObjectState, arg: Expr | undefined): ThingId | undefined {
  const p = arg && pointerOf(walk, state, arg);
  return isPointer(p) && isObject(p.to) && p.off === 0 ? p.to : undefined;
}
function allocation(
  walk: ObjectWalk,
  state: ObjectState,
  step: CallStep,
  { entry, name }: ApiSym,
  allocates: Allocates,
): States {
  const { call } = step;
  const { profile } = walk.program;
  const made: Made = { call, allocates, entry, name, by: undefined };
  const given = entry.gfp && call.args[entry.gfp.arg];
  const mask = given && evaluate(walk, state.facts, given);
  const obj = newObj({
    owned: !allocates.managed,
    nullness: mayBeNull(profile, entry, mask),
    error: entry.result === 'may be ERR_PTR',
    order: orderOf(walk, state, call, allocates.order),
    from: thingOf(walk, state, allocates.from === undefined ? undefined : call.args[allocates.from]),
    born: state.trail,
  });
  const zeroed = allocates.zeroed === true || (mask !== undefined && (mask.ones & profile.gfp.bits.__GFP_ZERO) !== 0);
  const event = new Allocated(walk, state, made, obj.from, zeroed);
  for (const rule of walk.listeners.allocated) rule.allocated?.(event);
  const old = allocates.instead === undefined ? undefined : call.args[allocates.instead];
  const p = old && pointerOf(walk, state, old);
  if (!old || !isPointer(p) || p.to === NO_THING) return born(walk, state, step.result, made, obj);
  const freed = freed_(walk, state, call, { entry, name }, { arg: 0, kinds: [allocates.kind] }, old, p);
  const moved = born(walk, freed, step.result, made, objWith(obj, { nullness: 'no' }));
  const failed = state.withObjects(withCell(state.objects, placeOfTemp(step.result), NOWHERE));
  return [moved, failed];
}
/** A new object, to which the result of a call points. */
function born(walk: ObjectWalk, state: ObjectState, result: number, made: Made, obj: Obj): ObjectState {
  const [id, objects] = newThing(walk, state.objects, made, obj, NO_THING);
  return state.withObjects(withCell(objects, placeOfTemp(result), pointerTo(id, 0)));
}
/** Adds an object; an earlier one of the same call gets another name. */
export function newThing(
  walk: ObjectWalk,
  before: Objects,
  made: Made,
  obj: Obj,
  as: ThingId,
): readonly [ThingId, Objects] {
  const id = walk.things.madeBy(made.call, as, made);
  let objects = before;
  if (isThere(objects, id)) objects = renamed(objects, id, walk.things.before(id));
  return [id, withObj(withoutHeld(walk, objects, id), named(obj, id))];
}
/** Without what is known of the members of an object. */
function withoutHeld({ things }: ObjectWalk, objects: Objects, id: ThingId): Objects {
  for (const { place } of objects.cells)
    if (things.place(place).thing === id) return withoutCells(objects, (c) => things.place(c.place).thing === id);
  return objects;
}

// ---------------------------------------------------------------- freeing
function freeCall(walk: ObjectWalk, state: ObjectState, call: Call, sym: ApiSym, frees: Frees): ObjectState {
  const arg = call.args[frees.arg];
  if (!arg) return state;
  let p: Pointed | undefined = pointerOf(walk, state, arg);
  if (!p) {
    const named = withName(walk, state, arg);
    if (!named) return state.withObjects(giveAway(walk, state.objects, mentionedWithin(walk, state, arg)));
    [state, p] = named;
  }
  return isPointer(p) && isObject(p.to) ? freed_(walk, state, call, sym, frees, arg, p) : state;
}
/** What an unknown value leads to has a name from now on; of a member, what holds it has one first. */
export function withName(walk: ObjectWalk, before: ObjectState, e: Expr): [ObjectState, Pointer] | undefined {
  const named = stripped(walk, e);
  let state = before;
  let place = placeOf(walk, state, named);
  const holder = place === undefined ? holderOf(walk, named) : undefined;
  if (holder && !pointerOf(walk, state, holder)) {
    state = withName(walk, state, holder)?.[0] ?? state;
    place = placeOf(walk, state, named);
  }
  const to = place === undefined ? undefined : walk.things.stored(place);
  if (place === undefined || to === undefined) return undefined;
  const p = pointerTo(to, 0);
  return [state.withObjects(withCell(forgetThing(walk.things, state.objects, to), place, p)), p];
}
/** The pointer through which a member is reached. */
function holderOf(walk: ObjectWalk, member: Expr): Expr | undefined {
  let e = member;
  while (e.kind === 'member' && !e.arrow) e = stripped(walk, e.base);
  return e.kind === 'member' ? stripped(walk, e.base) : undefined;
}
function stripped(walk: ObjectWalk, e: Expr): Expr {
  for (;;) {
    const means = walk.cfg.meaning.get(e);
    if (means) e = means;
    else if (e.kind === 'cast') e = e.operand;
    else return e;
  }
}
function freed_(
  walk: ObjectWalk,
  state: ObjectState,
  call: Call,
  { name, entry }: Pick<ApiSym, 'name' | 'entry'>,
  frees: Frees,
  arg: Expr,
  p: Pointer,
): ObjectState {
  return freeThing(walk, state, {
    call,
    by: { name, entry, span: call.span },
    frees,
    pointer: p,
    written: arg.span,
    order: orderOf(walk, state, call, frees.order),
    from: thingOf(walk, state, frees.from === undefined ? undefined : call.args[frees.from]),
  });
}
/** An object is freed: rules are told, and of what only it led to. */
export function freeThing(walk: ObjectWalk, state: ObjectState, free: Free): ObjectState {
  const { call, by, frees, pointer, written, order } = free;
  const obj = objOf(state.objects, pointer.to);
  const event = new Freed(walk, state, obj, walk.things.thing(pointer.to).made, free);
  for (const rule of walk.listeners.freed) rule.freed?.(event);
  if (obj.counted || pointer.off === undefined) {
    return state.withObjects(changed(state.objects, pointer.to, { status: 'unknown', owned: false }));
  }
  let after = state;
  let objects = changed(state.objects, pointer.to, {
    status: frees.later ? 'queued' : 'freed',
    owned: false,
    freed: { span: by.span, by: by.name, entry: by.entry, off: pointer.off, order },
  });
  const without = withoutHeld(walk, objects, pointer.to);
  if (without !== objects) {
    const below = objects.cells.filter((c) => walk.things.place(c.place).thing === pointer.to);
    objects = without;
    for (const { to } of below) {
      const held = objOf(objects, to);
      if (!held.owned || held.status !== 'live' || isPointedTo(objects, to)) continue;
      const { made } = walk.things.thing(to);
      const lost = new Lost(walk, state, call.span, held, made, 'holder', written);
      for (const rule of walk.listeners.lost) rule.lost?.(lost);
      objects = withoutThing(objects, to);
    }
    after = state.withObjects(objects);
  }
  return after.withObjects(objects);
}
