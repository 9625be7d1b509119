import type { Expr, Span } from '../../syntax/tree';
import { withoutCasts } from '../../syntax/withoutCasts';
import { caseFacts, copies, factsAfter, liveFacts } from '../engine/bodyWalk';
import { evaluate } from '../engine/exprValue';
import { type Block, type Cfg, goesBack, isLive, type Step } from '../engine/flow/cfg';
import type { Domain } from '../engine/flow/solver';
import { refine } from '../engine/refine';
import { type Facts, factOf, joinFacts, weakerFacts, withFact } from '../engine/values/facts';
import { ERRNO, isNonZero, isZero, NON_ZERO, ONE, truth, type Value, ZERO } from '../engine/values/knownBits';
import type { PathId } from '../engine/values/varPaths';
import { apiCall, indexed, useOf, withName } from './objectCalls';
import { ObjectState, type ObjectWalk, SOMEWHERE } from './objectContext';
import { Lost } from './objectEvents';
import {
  ANYWHERE,
  type Cell,
  cellOf,
  changed,
  joinObjects,
  type Objects,
  objectsKey,
  objOf,
  type Pointer,
  pointerTo,
  sameObjects,
  withCell,
  withoutCells,
  withoutThing,
} from './objectState';
import { type Answer, askedOf, learn, tellTest } from './objectTests';
import { isLocal, isPointer, mentioned, NO_THINGS, type Pointed, placeOf, pointerOf } from './pointers';
import { forgetBelow, giveAway } from './sharedObjects';
import { isObject, NO_THING, type PlaceId, placeOfTemp, type ThingId, tempAt } from './things';

type States = ObjectState | readonly ObjectState[];
type Branch = Block['end'] & { readonly op: 'branch' };

export function objectDomain(walk: ObjectWalk): Domain<ObjectState> {
  let asked: Asked | undefined;
  return {
    partition: (state) => objectsKey(state.objects),
    covers: (a, b) =>
      sameObjects(a.objects, b.objects) && weakerFacts(a.facts, b.facts) && weakerFacts(a.asked, b.asked),
    join: joined,
    enter: (state, block) => enterBlock(walk, state, block),
    step: (state, step) => stepOf(walk, state, step),
    edge(state, block, taken) {
      const { end } = block;
      if (end.op !== 'branch') return state;
      if (asked?.state !== state || asked.block !== block) asked = askedAt(walk, state, block, end.test);
      return branchEdge(walk, asked, end, taken);
    },
    jump: (state, block, to) => (goesBack(walk.cfg, block.id, to) ? again(walk, state) : state),
    switchEdge(state, block, index) {
      const facts = caseFacts(walk, state.facts, block, index);
      const after = facts && state.withFacts(facts);
      return after && !walk.byInputs.has(block) ? after.decidedBy(block) : after;
    },
    leave: (state, block) => leaveBody(walk, state, block),
  };
}

function joined(a: ObjectState, b: ObjectState): ObjectState {
  const facts = joinFacts(a.facts, b.facts);
  const asked = joinFacts(a.asked, b.asked);
  const known = Math.max(a.facts.length, b.facts.length) + Math.max(a.asked.length, b.asked.length);
  const loose = a.loose || b.loose || facts.length + asked.length < known;
  const failed = a.failed === b.failed ? a.failed : undefined;
  const objects = joinObjects(a.objects, b.objects);
  const deciding = a.deciding === b.deciding ? a.deciding : SOMEWHERE;
  return new ObjectState(facts, objects, asked, a.trail, failed, loose, deciding);
}
/** Another round of a loop: a condition may turn out differently. */
function again(walk: ObjectWalk, state: ObjectState): ObjectState {
  return withoutAsked(state, (path) => walk.repeated.isOutcome(path));
}
function enterBlock({ cfg }: ObjectWalk, state: ObjectState, block: Block): ObjectState {
  const { id } = block;
  return state.known(liveFacts(state.facts, cfg, id), liveCells(state.objects, cfg, id), state.asked);
}
/** Without the values of calls and conditionals that are not needed any more. */
function liveCells(objects: Objects, cfg: Cfg, block: number): Objects {
  const isOver = ({ place }: Cell): boolean => {
    const temp = tempAt(place);
    return temp !== undefined && !isLive(cfg, block, temp);
  };
  // their places are the first in order
  for (const cell of objects.cells) {
    if (tempAt(cell.place) === undefined) return objects;
    if (isOver(cell)) return withoutCells(objects, isOver);
  }
  return objects;
}

function stepOf(walk: ObjectWalk, state: ObjectState, step: Step): States {
  switch (step.op) {
    case 'deref':
      if (step.at.kind === 'index') indexed(walk, state, step.pointer, step.at);
      return useOf(walk, state, step.pointer, step.at.span, undefined);
    case 'store':
      return storeStep(walk, state, step);
    case 'call':
      if (step.target.kind === 'api') return apiCall(walk, state, step, step.target);
      return walk.follow(walk, state, step);
    case 'assign':
      return withEach(state, copies(walk, state.facts, step));
    default:
      return state.withFacts(factsAfter(walk, state.facts, step));
  }
}
function withEach(state: ObjectState, all: readonly Facts[]): States {
  const only = all.length === 1 ? all[0] : undefined;
  return only ? state.withFacts(only) : all.map((facts) => state.withFacts(facts));
}
/** `&dev->priv` is part of what `dev` leads to: that has a name then. */
function nameHolder(walk: ObjectWalk, state: ObjectState, value: Expr | undefined): ObjectState {
  let e = value && withoutCasts(value);
  if (e?.kind !== 'unary' || e.op !== '&') return state;
  e = withoutCasts(e.operand);
  while (e.kind === 'member' && !e.arrow) e = withoutCasts(e.base);
  const base = e.kind === 'member' && e.base.kind === 'ident' ? e.base : undefined;
  if (!base || pointerOf(walk, state, base)) return state;
  return withName(walk, state, base)?.[0] ?? state;
}
function storeStep(walk: ObjectWalk, before: ObjectState, step: Step & { op: 'store' }): ObjectState {
  const { things, program } = walk;
  const { to, value, span } = step;
  const state = nameHolder(walk, before, value);
  const p = value && pointerOf(walk, state, value);
  let place: PlaceId | undefined;
  if (typeof to === 'number') {
    const path = walk.paths.get(to);
    place = path.variable ? things.variable(path.variable, path.members) : placeOfTemp(to);
  } else {
    place = placeOf(walk, state, to);
    const type = program.typeOf(to);
    if (type?.kind === 'struct' || type?.kind === 'union') {
      const out = value ? mentionedBelow(walk, state, value) : NO_THINGS;
      const objects = giveAway(walk, state.objects, out);
      return state.withObjects(place === undefined ? objects : forgetBelow(walk, objects, place, false));
    }
  }
  const fixed = asksOf(walk, state, place);
  if (place === undefined) {
    const out = value ? mentioned(walk, state, value) : NO_THINGS;
    return fixed.withObjects(giveAway(walk, state.objects, out));
  }
  const kept = isPointer(p) ? [p.to] : value ? mentioned(walk, state, value) : NO_THINGS;
  // p++ and p += n still point to the object, behind its start
  const old = value || typeof to === 'number' ? undefined : pointerOf(walk, state, to);
  if (isPointer(old) && isObject(old.to)) {
    const off = old.off === 0 || old.off === 'past' ? 'past' : undefined;
    return fixed.withObjects(withCell(state.objects, place, pointerTo(old.to, off, old.as, old.failed)));
  }
  return store(walk, fixed, place, isPointer(p) ? p : undefined, kept, span);
}
/** The objects that the members of a structure point to. */
function mentionedBelow(walk: ObjectWalk, state: ObjectState, value: Expr): readonly ThingId[] {
  const place = placeOf(walk, state, value);
  if (place === undefined) return mentioned(walk, state, value);
  const { variable, thing, members } = walk.things.place(place);
  return state.objects.cells.flatMap((c) => {
    const at = walk.things.place(c.place);
    return at.variable === variable && at.thing === thing && at.members.startsWith(members) ? [c.to] : [];
  });
}
/** Without what repeated conditions told about a variable that changes. */
function asksOf(walk: ObjectWalk, state: ObjectState, place: PlaceId | undefined): ObjectState {
  if (state.asked.length === 0 || place === undefined) return state;
  const { variable } = walk.things.place(place);
  return variable ? withoutAsked(state, (path) => walk.repeated.isAbout(path, variable)) : state;
}
function withoutAsked(state: ObjectState, isGone: (path: PathId) => boolean): ObjectState {
  for (const { path } of state.asked)
    if (isGone(path)) return state.withAsked(state.asked.filter((f) => !isGone(f.path)));
  return state;
}

/** `place` points to `p` from now on. `kept`: objects that the stored value is made of. */
export function store(
  walk: ObjectWalk,
  state: ObjectState,
  place: PlaceId,
  p: Pointer | undefined,
  kept: readonly ThingId[],
  span: Span,
): ObjectState {
  const { things } = walk;
  const before = cellOf(state.objects, place);
  let objects = forgetBelow(walk, state.objects, place, true);
  objects = withCell(objects, place, p ?? ANYWHERE);
  const { variable, thing } = things.place(place);
  const temp = tempAt(place);
  const local =
    temp !== undefined || (variable ? isLocal(variable) : thing !== undefined && isOwn(walk, objects, thing));
  if (!local && !p) objects = giveAway(walk, objects, kept);
  else if (!local && p) objects = variable ? giveAway(walk, objects, [p.to]) : lend(walk, objects, p.to);
  else if (!p) objects = giveAway(walk, objects, kept);
  const after = state.withObjects(objects);
  if (!before || temp !== undefined || kept.includes(before.to) || !isObject(before.to)) return after;
  const obj = objOf(state.objects, before.to);
  if (!obj.owned || obj.status !== 'live') return after;
  if (objects.cells.some((c) => c.to === before.to && !isOver(walk, c.place, span))) return after;
  const { made } = things.thing(before.to);
  const text = variable ? variable.name + things.place(place).members : '';
  const event = new Lost(walk, state, span, obj, made, 'overwritten', text);
  for (const rule of walk.listeners.lost) rule.lost?.(event);
  return after.withObjects(withoutThing(objects, before.to));
}
/** Whether a place is the result of a call in a statement before this one. */
function isOver({ paths }: ObjectWalk, place: PlaceId, { file, start }: Span): boolean {
  const temp = tempAt(place);
  const span = temp === undefined ? undefined : paths.get(temp).value?.span;
  return span !== undefined && span.file === file && span.end <= start;
}
/** Stored in an object of the caller: it is the caller's. */
function lend(walk: ObjectWalk, objects: Objects, id: ThingId): Objects {
  const { made } = walk.things.thing(id);
  return made && objOf(objects, id).owned ? changed(objects, id, { owned: false }) : giveAway(walk, objects, [id]);
}
/** Whether an object belongs to this body alone: what is stored in it is not given away. */
export const isOwn = (walk: ObjectWalk, objects: Objects, thing: ThingId): boolean =>
  walk.things.thing(thing).made !== undefined && objOf(objects, thing).owned;

/** What a branch asks in a state: the same on both of its sides. */
interface Asked {
  readonly state: ObjectState;
  readonly block: Block;
  /** of a pointer */
  readonly answer: Answer | undefined;
  /** of something else, of which nothing is known */
  readonly isUnknown: boolean;
  /** whether runs get to either side is for its condition to say */
  readonly decides: boolean;
}
function askedAt(walk: ObjectWalk, state: ObjectState, block: Block, test: Expr): Asked {
  const answer = askedOf(walk, state, test);
  const isUnknown = !answer && truth(evaluate(walk, state.facts, test)) === undefined;
  const decides = !walk.byInputs.has(block) && (answer ? !isDecided(walk, state, answer) : isUnknown);
  return { state, block, answer, isUnknown, decides };
}
function branchEdge(
  walk: ObjectWalk,
  { state, block, answer, isUnknown, decides }: Asked,
  end: Branch,
  taken: boolean,
): ObjectState | undefined {
  const { test } = end;
  let after: ObjectState | undefined = state;
  if (answer && taken) tellTest(walk, state, answer);
  if (answer) after = learn(walk, state, answer, taken);
  if (!after) return undefined;
  const facts = refine(walk, after.facts, test, taken);
  if (!facts) return undefined;
  after = after.withFacts(facts);
  after = learnAsked(walk, after, answer, test, taken);
  if (!after) return undefined;
  if (isUnknown && !isOpen(walk, state, block)) after = passedGuard(walk, after, block, taken);
  // whether a failure leads this way is for the condition to say
  if (isUnknown) after = after.withFailed(undefined);
  if (decides) after = after.decidedBy(block);
  if (goesBack(walk.cfg, block.id, taken ? end.yes : end.no)) after = again(walk, after);
  return after.withTrail({ span: test.span, taken, before: state.trail });
}
/** Whether an allocation, which may fail, decides about a question, or NULL that was stored. */
function isDecided(walk: ObjectWalk, state: ObjectState, { about, at }: Answer): boolean {
  const p = about === 'NULL' ? at : undefined;
  if (!isPointer(p) || p.to === NO_THING) return isPointer(p);
  // whether one of a pool fails is for its mask to say
  return walk.things.thing(p.to).made !== undefined && objOf(state.objects, p.to).nullness !== 'unknown';
}
/** Whether the condition of a guard can turn out either way here. */
function isOpen({ open }: ObjectWalk, { loose }: ObjectState, block: Block): boolean {
  const alone = open.get(block);
  return alone === true || (alone === false && !loose);
}
/** What a branch says of a parameter, or of a condition that is tested again. */
function learnAsked(
  walk: ObjectWalk,
  state: ObjectState,
  answer: Answer | undefined,
  test: Expr,
  taken: boolean,
): ObjectState | undefined {
  const outcome = answer ? undefined : walk.repeated.pathOf(test);
  if (outcome !== undefined) {
    const before = factOf(state.asked, outcome);
    if (taken ? isZero(before) : isNonZero(before)) return undefined;
    return state.withAsked(withFact(state.asked, outcome, taken ? NON_ZERO : ZERO));
  }
  if (answer && answer.about !== 'NULL') return state;
  const nonZero = answer ? answer.yes !== taken : taken;
  const path = walk.paths.ofExpr(withoutCasts(answer?.pointer ?? test));
  if (path === undefined) return state;
  const { variable, members } = walk.paths.get(path);
  if (variable?.storage !== 'param' || members !== '' || !walk.isFixed(variable)) return state;
  return state.withAsked(withFact(state.asked, path, nonZero ? NON_ZERO : ZERO));
}
/** A condition of which nothing is known lets this path pass by a free: whether that is right cannot be told. */
function passedGuard(walk: ObjectWalk, state: ObjectState, block: Block, taken: boolean): ObjectState {
  const freed = walk.guards.freedOn(block, !taken);
  let objects = state.objects;
  for (const pointer of freed) {
    const p = pointerOf(walk, state, pointer);
    if (isPointer(p) && isObject(p.to)) objects = changed(objects, p.to, { owned: false, kept: true });
  }
  return state.withObjects(objects);
}

/** A body is left. Where what it returns is the answer to a question about a pointer, in one way for each answer. */
function leaveBody(walk: ObjectWalk, state: ObjectState, block: Block): void {
  const { end } = block;
  const value = end.op === 'return' ? end.value : undefined;
  const type = value && walk.program.typeOf(value);
  const answer =
    value && type?.kind === 'int' && type.size < walk.program.abi.wordSize ? askedOf(walk, state, value) : undefined;
  if (!value || !answer) {
    leaveWith(walk, state, block, value && evaluate(walk, state.facts, value));
    return;
  }
  tellTest(walk, state, answer);
  for (const is of [true, false]) {
    const known = learn(walk, state, answer, is);
    const after = known && learnAsked(walk, known, answer, value, is);
    if (after) leaveWith(walk, after, block, is ? (answer.errno ? ERRNO : ONE) : ZERO);
  }
}
function leaveWith(walk: ObjectWalk, state: ObjectState, block: Block, result: Value | undefined): void {
  const end = block.end;
  const value = end.op === 'return' ? end.value : undefined;
  const p = value && pointerOf(walk, state, value);
  const given = value ? mentioned(walk, state, value) : NO_THINGS;
  const span = (end.op === 'return' && end.span) || walk.end;
  const { objects } = state;
  const escaped = giveAway(walk, objects, given);
  for (const obj of escaped.objs) {
    if (!obj.owned || obj.status !== 'live' || obj.id === NO_THING) continue;
    const { made } = walk.things.thing(obj.id);
    if (!made || isHeld(walk, objects, obj.id)) continue;
    const dropped = !objects.cells.some((c) => c.to === obj.id && tempAt(c.place) === undefined);
    const how = dropped ? 'dropped' : 'return';
    const event = new Lost(walk, state, dropped ? made.call.span : span, obj, made, how, '');
    for (const rule of walk.listeners.lost) rule.lost?.(event);
  }
  const returned = isPointer(p) ? p : undefined;
  const failed =
    returned?.to === NO_THING
      ? pointerTo(NO_THING, returned.off, returned.as, returned.failed ?? state.failed)
      : returned;
  walk.leave(state.withObjects(giveOthers(walk, state, given, p)), failed, result);
}
/** What is returned as part of another value is out of reach of this analysis. */
function giveOthers(walk: ObjectWalk, state: ObjectState, given: readonly ThingId[], p: Pointed | undefined): Objects {
  const others = given.filter((id) => !isPointer(p) || id !== p.to);
  return giveAway(walk, state.objects, others);
}
/** Whether another object that is not lost by itself points to it. */
function isHeld({ things }: ObjectWalk, objects: Objects, id: ThingId): boolean {
  return objects.cells.some((c) => c.to === id && things.place(c.place).thing !== undefined);
}
