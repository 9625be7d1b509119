/**
 * What a body does to its callers' objects, for each way out: what it frees, keeps and follows, what it stores and returns. Things of the
 * callee have the names of its own places; a caller reads them as what its arguments lead to.
 */
import type { FunctionSym } from '../../check/context/program';
import type { Call, Span } from '../../syntax/tree';
import { sourceText } from '../engine/evidence';
import { evaluate } from '../engine/exprValue';
import { told } from '../engine/summaries';
import { type Fact, type Facts, joinFacts, withFact } from '../engine/values/facts';
import { isNonZero, isZero, NON_ZERO, sameValue, type Value } from '../engine/values/knownBits';
import { freeThing, newThing, usePointer } from './objectCalls';
import type { ObjectState, ObjectWalk } from './objectContext';
import {
  ANYWHERE,
  type Cell,
  cellOf,
  changed,
  type Obj,
  type Objects,
  type Offset,
  objOf,
  ofCaller,
  type Pointer,
  partOf,
  pointerTo,
  sameObjects,
  withCell,
} from './objectState';
import { asks, becomes, learn } from './objectTests';
import { store } from './objectWalk';
import { behind, isPointer, type Pointed, pointerOf } from './pointers';
import { forgetBelow, giveAway } from './sharedObjects';
import {
  ERROR,
  isObject,
  type Made,
  NO_THING,
  type PlaceId,
  placeOfTemp,
  type ThingId,
  type Things,
  UNKNOWN,
} from './things';

/** One way out of a body. While the body is walked, ways like it are joined with it. */
interface ObjectExit {
  readonly objects: Objects;
  /** the objects of the caller, those that others hold first */
  readonly touched: readonly Obj[];
  /** the objects that the body has made */
  readonly made: readonly Obj[];
  /** the other things that its cells are about */
  readonly held: readonly ThingId[];
  asked: Facts;
  /** what integers that the caller can reach hold then */
  facts: Facts;
  returned: Pointer | undefined;
  value: Value | undefined;
  /** some run takes it, as far as this body says */
  sure: boolean;
}
export interface ObjectSummary {
  readonly exits: ObjectExit[];
  /** being made: a call of it is a recursion */
  open: boolean;
  /** it cannot be told what it does */
  unknown: boolean;
}
const MOST_EXITS = 8;

/** Adds a way out, unless there is one like it. */
export function addExit(
  things: Things,
  summary: ObjectSummary,
  { objects: all, asked, deciding, loose }: ObjectState,
  returned: Pointer | undefined,
  value: Value | undefined,
  facts: Facts,
): void {
  const objects = toldOutside(things, all, returned);
  const sure = !deciding && !loose;
  const { exits } = summary;
  const kind = classOf(value);
  for (const other of exits) {
    if (classOf(other.value) !== kind || !samePointer(other.returned, returned)) continue;
    if (!sameObjects(other.objects, objects)) continue;
    other.asked = commonFacts(other.asked, asked);
    other.facts = joinFacts(other.facts, facts);
    if (!other.returned?.failed) other.returned = returned;
    other.value = sameValue(other.value, value) ? value : errorsOf(other.value, value);
    other.sure &&= sure;
    return;
  }
  if (exits.length >= MOST_EXITS) {
    summary.unknown = true;
    return;
  }
  const made: Obj[] = [];
  const touched: Obj[] = [];
  for (const obj of objects.objs) {
    if (things.thing(obj.id).made) made.push(obj);
    else insertByDepth(things, touched, obj);
  }
  exits.push({ objects, touched, made, held: heldIn(things, objects), asked, facts, returned, value, sure });
}
/** The things that cells lead to or are members of, without the objects. */
function heldIn(things: Things, { objs, cells }: Objects): readonly ThingId[] {
  const held: ThingId[] = [];
  for (const { to, place } of cells) {
    const { thing } = things.place(place);
    if (isOther(objs, held, to)) held.push(to);
    if (thing !== undefined && isOther(objs, held, thing)) held.push(thing);
  }
  return held;
}
function isOther(objs: readonly Obj[], held: readonly ThingId[], id: ThingId): boolean {
  if (!isObject(id)) return false;
  for (const obj of objs) if (obj.id === id) return false;
  return !held.includes(id);
}
function insertByDepth(things: Things, list: Obj[], obj: Obj): void {
  const depth = depthOf(things, obj);
  let at = list.length;
  while (at > 0 && depthOf(things, list[at - 1] as Obj) < depth) at--;
  if (at === list.length) list.push(obj);
  else list.splice(at, 0, obj);
}
function depthOf(things: Things, { id }: Obj): number {
  const { at } = things.thing(id);
  return at === undefined ? 0 : things.place(at).depth;
}
/** What a caller can see of objects: what parameters and globals lead to, what is returned, and what these hold. */
function toldOutside(things: Things, { objs, cells }: Objects, returned: Pointer | undefined): Objects {
  const reached: ThingId[] = returned ? [returned.to] : [];
  for (const { place, to } of cells) if (things.place(place).isOutside) reached.push(to);
  const toldCells: Cell[] = [];
  for (const cell of cells) {
    const { isOutside, thing } = things.place(cell.place);
    if (!isOutside) {
      if (thing === undefined || !reached.includes(thing)) continue;
      reached.push(cell.to);
    }
    toldCells.push(cell);
  }
  const toldObjs: Obj[] = [];
  for (const obj of objs) if (reached.includes(obj.id) || isCallers(things, obj.id)) toldObjs.push(plain(obj));
  return partOf(toldObjs, toldCells);
}
/** Whether it is what a place of the caller led to. */
function isCallers(things: Things, id: ThingId): boolean {
  const { at, atEntry } = things.thing(id);
  return atEntry && at !== undefined && things.place(at).root?.storage !== 'local';
}
const plain = (obj: Obj): Obj => (obj.born ? ofCaller(obj, obj.id, obj.owned, obj.from) : obj);
const samePointer = (a: Pointer | undefined, b: Pointer | undefined): boolean =>
  a?.to === b?.to && a?.off === b?.off && a?.as === b?.as;
const classOf = (v: Value | undefined): string =>
  isZero(v) ? '0' : isNonZero(v) ? (v && v.ones < 0 ? '-' : '!') : '?';
const commonFacts = (a: Facts, b: Facts): Facts =>
  a.filter((f: Fact) => b.some((g) => g.path === f.path && sameValue(f.value, g.value)));
/** Two error codes are one. */
function errorsOf(a: Value | undefined, b: Value | undefined): Value | undefined {
  if (!a || !b || !isNonZero(a) || !isNonZero(b)) return undefined;
  return { ...NON_ZERO, ones: a.ones & b.ones };
}

/** The states after a call of a body: one for each way out that is possible here. `kept`: facts that the call leaves. */
export function applySummary(
  walk: ObjectWalk,
  state: ObjectState,
  kept: Facts,
  call: Call,
  result: number,
  sym: FunctionSym,
  summary: ObjectSummary,
): ObjectState[] {
  const before = state.withFacts(kept);
  const states: ObjectState[] = [];
  const resolved: Resolved[] = [];
  // which of several ways runs take may be for the function to say
  let unsure = 0;
  for (const exit of summary.exits) {
    const after = new Application(walk, before, state.facts, call, sym, exit, resolved).after(result);
    if (!after) continue;
    if (!exit.sure) unsure |= 1 << states.length;
    states.push(after);
  }
  if (states.length > 1 && unsure !== 0) {
    for (let i = 0; i < states.length; i++)
      if (unsure & (1 << i)) states[i] = (states[i] as ObjectState).decidedBy(undefined);
  }
  return states;
}
/** What a thing of a callee is to its caller. */
interface Resolved {
  readonly id: ThingId;
  to: Pointed | undefined;
  /** for this way out */
  exit: ObjectExit;
  /** in the state before the call, which is the same for all ways out */
  before: boolean;
}

class Application {
  /** nothing has changed so far */
  private isBefore = true;

  constructor(
    private readonly walk: ObjectWalk,
    private state: ObjectState,
    private readonly before: Facts,
    private readonly call: Call,
    private readonly sym: FunctionSym,
    private readonly exit: ObjectExit,
    /** the things of the callee that have been asked for */
    private readonly resolved: Resolved[],
  ) {}

  after(result: number): ObjectState | undefined {
    const { walk, exit } = this;
    const { things } = walk;
    // what the arguments lead to is asked before anything changes
    for (const { id } of exit.objects.objs) this.resolve(id);
    for (const { path } of exit.asked) {
      const about = things.askedAbout(path) ?? things.errorAskedAbout(path);
      if (about !== undefined) this.resolve(about);
    }
    for (const id of exit.held) this.resolve(id);
    this.isBefore = false;
    if (!this.possible()) return undefined;
    // what an object holds is freed before the object
    for (const obj of exit.touched) this.touch(obj);
    for (const obj of exit.made) this.add(obj);
    for (const cell of exit.objects.cells) this.put(cell.place, cell);
    let { facts } = this.state;
    for (const fact of exit.facts) facts = told(walk, facts, this.before, this.call, this.sym, fact);
    if (result < 0) return this.state.withFacts(facts);
    facts = withFact(facts, result, exit.value);
    const { returned } = exit;
    const p = returned && this.resolve(returned.to);
    if (!isPointer(p)) return this.state.withFacts(facts);
    const to = pointerTo(p.to, sum(p.off, returned?.off), returned?.as ?? p.as, this.failed());
    if (isObject(p.to)) {
      const { nullness, error } = objOf(this.state.objects, p.to);
      if (nullness === 'no' && !error) facts = withFact(facts, result, NON_ZERO);
    }
    return this.state.known(facts, withCell(this.state.objects, placeOfTemp(result), to), this.state.asked);
  }
  /** The allocation of the callee whose failure it tells by NULL. */
  private failed(): Made | undefined {
    const made = this.exit.returned?.failed;
    if (!made) return undefined;
    const { allocates, entry, name } = made;
    return { call: this.call, allocates, entry, name, by: { sym: this.sym, made } };
  }
  /** What a thing of the callee is to the caller. */
  private resolve(id: ThingId): Pointed | undefined {
    if (id === NO_THING || id === ERROR) return pointerTo(id, 0);
    if (id === UNKNOWN) return undefined;
    const { exit, isBefore } = this;
    const known = this.known(id);
    if (known?.exit === exit) return known.to;
    if (known?.before && isBefore) known.exit = exit;
    else if (known) {
      known.to = this.look(id);
      known.exit = exit;
      known.before = isBefore;
    } else {
      const to = this.look(id);
      this.resolved.push({ id, to, exit, before: isBefore });
      return to;
    }
    return known.to;
  }
  private known(id: ThingId): Resolved | undefined {
    for (const one of this.resolved) if (one.id === id) return one;
    return undefined;
  }
  private look(id: ThingId): Pointed | undefined {
    const { walk, call } = this;
    const { things } = walk;
    const { at, atEntry, made } = things.thing(id);
    if (made) {
      const { allocates, entry, name } = made;
      return pointerTo(things.madeBy(call, id, { call, allocates, entry, name, by: { sym: this.sym, made } }), 0);
    }
    if (at === undefined || !atEntry) return undefined;
    const { variable, members } = things.place(at);
    if (variable?.storage === 'param') {
      const arg = members === '' ? call.args[this.sym.params.indexOf(variable)] : undefined;
      return arg && pointerOf(walk, this.state, arg);
    }
    const place = this.placeOf(at);
    if (place === undefined) return undefined;
    const cell = cellOf(this.state.objects, place);
    if (cell) return cell.to === UNKNOWN ? undefined : cell;
    const to = things.entry(place);
    return to === undefined ? undefined : pointerTo(to, 0);
  }
  private placeOf(id: PlaceId): PlaceId | undefined {
    const { variable, thing, members } = this.walk.things.place(id);
    if (variable) return variable.storage === 'global' ? id : undefined;
    if (thing === undefined) return undefined;
    return behind(this.walk, this.resolve(thing), members);
  }
  /** Whether what this way out asked of the parameters can hold here; the state then knows it. */
  private possible(): boolean {
    const { walk, call, sym } = this;
    for (const { path, value } of this.exit.asked) {
      const about = walk.things.askedAbout(path);
      if (about !== undefined) {
        if (!this.agrees(about, isZero(value))) return false;
        continue;
      }
      const failed = walk.things.errorAskedAbout(path);
      if (failed !== undefined) {
        if (!this.hasFailed(failed)) return false;
        continue;
      }
      const at = walk.paths.get(path);
      const arg = at.variable && at.members === '' ? call.args[sym.params.indexOf(at.variable)] : undefined;
      if (!arg) continue;
      const known = evaluate(walk, this.state.facts, arg);
      if ((isZero(known) && isNonZero(value)) || (isNonZero(known) && isZero(value))) return false;
      const p = pointerOf(walk, this.state, arg);
      if (walk.program.typeOf(arg)?.kind === 'pointer' || isPointer(p)) {
        const after = learn(walk, this.state, asks('NULL', arg, p, true), isZero(value));
        if (!after) return false;
        this.state = after;
      }
      const own = walk.paths.ofExpr(arg);
      if (own !== undefined && walk.cfg.bitOf.has(own)) {
        this.state = this.state.withFacts(withFact(this.state.facts, own, known ?? value));
      }
    }
    return true;
  }
  /** Whether a thing of the callee can be nothing, or something; the state then knows it. */
  private agrees(id: ThingId, isNull: boolean): boolean {
    const p = this.resolve(id);
    if (!isPointer(p)) return true;
    if (p.to === NO_THING) return isNull;
    if (!isObject(p.to)) return true;
    const { nullness } = objOf(this.state.objects, p.to);
    if (!isNull) {
      if (nullness === 'maybe')
        this.state = this.state.withObjects(changed(this.state.objects, p.to, { nullness: 'no' }));
      return true;
    }
    if (nullness === 'no' || nullness === 'never' || p.off !== 0) return false;
    if (nullness === 'maybe') this.state = this.state.withObjects(becomes(this.state.objects, p.to, NO_THING));
    return true;
  }
  /** Whether a thing of the callee can be nothing, or an error; the state then knows it. */
  private hasFailed(id: ThingId): boolean {
    const p = this.resolve(id);
    if (!isPointer(p) || !isObject(p.to)) return true;
    const { objects } = this.state;
    const { error, nullness } = objOf(objects, p.to);
    if (!error && (nullness === 'no' || nullness === 'never' || nullness === 'used')) return false;
    if (error) this.state = this.state.withObjects(becomes(objects, p.to, ERROR));
    else if (nullness === 'maybe') this.state = this.state.withObjects(becomes(objects, p.to, NO_THING));
    return true;
  }
  /** What happened to an object of the caller. */
  private touch(obj: Obj): void {
    const { walk, call, sym } = this;
    const p = this.resolve(obj.id);
    if (!isPointer(p)) return;
    if (obj.nullness === 'used') this.state = usePointer(walk, this.state, p, this.textOf(obj.id), call.span, sym.name);
    if (!isObject(p.to)) return;
    if (obj.kept || obj.counted) {
      // and all that it holds with it
      const given = giveAway(walk, this.state.objects, [p.to]);
      const counted = obj.counted || objOf(given, p.to).counted;
      this.state = this.state.withObjects(changed(given, p.to, { owned: false, kept: true, counted }));
    }
    const { freed } = obj;
    if ((obj.status === 'freed' || obj.status === 'queued') && freed?.entry.frees) {
      this.state = freeThing(walk, this.state, {
        call,
        by: { name: freed.by, entry: freed.entry, span: freed.span },
        frees: freed.entry.frees,
        pointer: pointerTo(p.to, sum(p.off, freed.off), p.as, p.failed),
        written: this.textOf(obj.id),
        order: typeof freed.order === 'number' ? freed.order : undefined,
        from: undefined,
      });
    } else if (obj.status !== 'live') {
      this.state = this.state.withObjects(changed(this.state.objects, p.to, { status: 'unknown', owned: false }));
    }
  }
  private textOf(id: ThingId): string {
    const { walk, call, sym } = this;
    const { at } = walk.things.thing(id);
    if (at === undefined) return '';
    const { variable, thing, members } = walk.things.place(at);
    if (variable) {
      const arg = call.args[sym.params.indexOf(variable)];
      return arg ? sourceText(walk.program, arg.span) : variable.name + members;
    }
    const base = thing === undefined ? '' : this.textOf(thing);
    if (base.startsWith('&')) return base.slice(1) + members;
    return members === '' ? `*${base}` : `${base}->${members.slice(1)}`;
  }
  /** An object that the callee made is the caller's. */
  private add(obj: Obj): void {
    const { walk } = this;
    const p = this.resolve(obj.id);
    const { made } = walk.things.thing(isPointer(p) ? p.to : NO_THING);
    if (!made) return;
    const owned = obj.status === 'live' && !obj.kept && !made.allocates.managed;
    const from = obj.from === undefined ? undefined : this.resolve(obj.from);
    const own = ofCaller(obj, obj.id, owned, isPointer(from) ? from.to : undefined, this.state.trail);
    const [, objects] = newThing(walk, this.state.objects, made, own, obj.id);
    this.state = this.state.withObjects(objects);
  }
  /** What the callee stored. */
  private put(at: PlaceId, value: Pointer): void {
    const { walk, call } = this;
    const place = this.placeIn(at);
    const p = this.resolve(value.to);
    if (place === undefined) {
      // stored where this caller cannot follow it
      if (isPointer(p)) this.state = this.state.withObjects(giveAway(walk, this.state.objects, [p.to]));
      return;
    }
    const to = isPointer(p) ? pointerTo(p.to, sum(p.off, value.off), p.as, p.failed) : undefined;
    const same = cellOf(this.state.objects, place);
    if (to && same?.to === to.to && same.off === to.off) return;
    const span: Span = call.span;
    if (!to) {
      const objects = forgetBelow(walk, this.state.objects, place, true);
      this.state = this.state.withObjects(withCell(objects, place, ANYWHERE));
    } else this.state = store(walk, this.state, place, to, [], span);
  }
  private placeIn(at: PlaceId): PlaceId | undefined {
    const { thing, members } = this.walk.things.place(at);
    if (thing === undefined) return this.placeOf(at);
    return behind(this.walk, this.resolve(thing), members);
  }
}
function sum(a: Offset, b: Offset): Offset {
  if (a === 0) return b;
  if (b === 0) return a;
  return typeof a === 'number' && typeof b === 'number' ? a + b : undefined;
}
