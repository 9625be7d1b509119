import type { Expr, Span } from '../../syntax/tree';
import { withoutCasts } from '../../syntax/withoutCasts';
import { copies, factsAfter, liveFacts } from '../engine/bodyWalk';
import { evaluate } from '../engine/exprValue';
import { type Block, type Cfg, goesBack, isLive, type Step } from '../engine/flow/cfg';
import type { Domain } from '../engine/flow/solver';
import { caseFacts, refineOpen } from '../engine/refine';
import { type Facts, factOf, joinFacts, weakerFacts, withFact } from '../engine/values/facts';
import { ERRNO, isNonZero, isZero, NON_ZERO, ONE, truth, type Value, ZERO } from '../engine/values/knownBits';
import type { PathId } from '../engine/values/varPaths';
import { apiCall, indexed, useOf, withName } from './objectCalls';
import { decidedBy, ObjectState, type ObjectWalk, SOMEWHERE } from './objectContext';
import { Lost } from './objectEvents';
import {
  ANYWHERE,
  cellOf,
  changed,
  joinObjects,
  type Objects,
  objectsKey,
  objOf,
  type Pointer,
  partOf,
  pointerTo,
  sameObjects,
  withCell,
  withoutThing,
} from './objectState';
import { type Answer, askedOf, learn, mayAnswer, tellTest } from './objectTests';
import { isLocal, isPointer, mentioned, mentionedWithin, NO_THINGS, placeOf, pointerOf } from './pointers';
import { forgetBelow, giveAway } from './sharedObjects';
import { isObject, NO_THING, type PlaceId, placeOfTemp, type ThingId, tempAt } from './things';

type States = ObjectState | readonly ObjectState[];
type Branch = Block['end'] & { readonly op: 'branch' };

/** The domain that the solver needs. */
export class ObjectDomain implements Domain<ObjectState> {
  /** what the branch at hand asks: its other side asks the same */
  private asked: Asked | undefined;

  constructor(private readonly walk: ObjectWalk) {}

  partition({ objects }: ObjectState): string {
    return objectsKey(objects);
  }
  covers(a: ObjectState, b: ObjectState): boolean {
    return sameObjects(a.objects, b.objects) && weakerFacts(a.facts, b.facts) && weakerFacts(a.asked, b.asked);
  }
  join(a: ObjectState, b: ObjectState): ObjectState {
    return joined(a, b);
  }
  enter(state: ObjectState, block: Block): ObjectState {
    return enterBlock(this.walk, state, block);
  }
  step(state: ObjectState, step: Step): States {
    return stepOf(this.walk, state, step);
  }
  edge(state: ObjectState, block: Block, taken: boolean): ObjectState | undefined {
    const { walk, asked } = this;
    const { end } = block;
    if (end.op !== 'branch') return state;
    if (asked?.state === state && asked.block === block) return branchEdge(walk, asked, end, taken);
    return branchEdge(walk, (this.asked = askedAt(walk, state, block, end.test)), end, taken);
  }
  jump(state: ObjectState, block: Block, to: number): ObjectState {
    const { walk } = this;
    return goesBack(walk.cfg, block.id, to) ? state.withAsked(withoutOutcomes(walk, state.asked)) : state;
  }
  switchEdge(state: ObjectState, block: Block, index: number | undefined): ObjectState | undefined {
    const { walk } = this;
    const facts = caseFacts(walk, state.facts, block, index);
    const after = facts && state.withFacts(facts);
    return after && !walk.byInputs.has(block) ? after.decidedBy(block) : after;
  }
  leave(state: ObjectState, block: Block): void {
    leaveBody(this.walk, state, block);
  }
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
function withoutOutcomes(walk: ObjectWalk, asked: Facts): Facts {
  return walk.repeated.isEmpty ? asked : withoutAsked(asked, (path) => walk.repeated.isOutcome(path));
}
function enterBlock({ cfg }: ObjectWalk, state: ObjectState, block: Block): ObjectState {
  const { id } = block;
  return state.known(liveFacts(state.facts, cfg, id), liveCells(state.objects, cfg, id), state.asked);
}
/** Without the values of calls and conditionals that are not needed any more. */
function liveCells(objects: Objects, cfg: Cfg, block: number): Objects {
  // their places are the first in order
  for (const { place } of objects.cells) {
    const temp = tempAt(place);
    if (temp === undefined) return objects;
    if (!isLive(cfg, block, temp)) return withoutOver(objects, cfg, block);
  }
  return objects;
}
function withoutOver({ objs, cells }: Objects, cfg: Cfg, block: number): Objects {
  return partOf(
    objs,
    cells.filter(({ place }) => {
      const temp = tempAt(place);
      return temp === undefined || isLive(cfg, block, temp);
    }),
  );
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
  const kept = isPointer(p) ? [p.to] : value ? mentionedWithin(walk, state, value) : NO_THINGS;
  if (place === undefined) return fixed.withObjects(giveAway(walk, state.objects, kept));
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
  const { asked } = state;
  if (asked.length === 0 || place === undefined || walk.repeated.isEmpty) return state;
  const { variable } = walk.things.place(place);
  return variable ? state.withAsked(withoutAsked(asked, (path) => walk.repeated.isAbout(path, variable))) : state;
}
function withoutAsked(asked: Facts, isGone: (path: PathId) => boolean): Facts {
  return asked.some((f) => isGone(f.path)) ? asked.filter((f) => !isGone(f.path)) : asked;
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
  /** how it turns out, where the facts say that */
  readonly known: boolean | undefined;
  readonly kept: Kept | undefined;
  /** whether runs get to either side is for its condition to say */
  readonly decides: boolean;
}
function askedAt(walk: ObjectWalk, state: ObjectState, block: Block, test: Expr): Asked {
  const answer = askedOf(walk, state, test);
  const known = truth(evaluate(walk, state.facts, test));
  const decides = !walk.byInputs.has(block) && (answer ? !isDecided(walk, state, answer) : known === undefined);
  return { state, block, answer, known, kept: keptOf(walk, answer, test), decides };
}
function branchEdge(
  walk: ObjectWalk,
  { state, block, answer, known, kept, decides }: Asked,
  { test, yes, no }: Branch,
  taken: boolean,
): ObjectState | undefined {
  if (answer && taken) tellTest(walk, state, answer);
  const learnt = answer ? learn(walk, state, answer, taken) : state;
  if (!learnt || known === !taken) return undefined;
  const facts = known === undefined ? refineOpen(walk, learnt.facts, test, taken) : learnt.facts;
  const asked = facts && askedAfter(learnt.asked, kept, taken);
  if (!asked) return undefined;
  const isUnknown = !answer && known === undefined;
  const isGuard = isUnknown && !isOpen(walk, state, block);
  const objects = isGuard ? passedGuard(walk, facts, learnt.objects, block, taken) : learnt.objects;
  const isAgain = goesBack(walk.cfg, block.id, taken ? yes : no);
  return new ObjectState(
    facts,
    objects,
    isAgain ? withoutOutcomes(walk, asked) : asked,
    { span: test.span, taken, before: state.trail },
    // whether a failure leads this way is for the condition to say
    isUnknown ? undefined : learnt.failed,
    learnt.loose,
    decides && !succeeds(walk, answer, taken) ? decidedBy(learnt.deciding, block) : learnt.deciding,
  );
}
/** Whether an allocation, which may fail, decides about a question, or NULL that was stored. */
function isDecided(walk: ObjectWalk, state: ObjectState, { about, at }: Answer): boolean {
  const p = about === 'NULL' ? at : undefined;
  if (!isPointer(p) || p.to === NO_THING) return isPointer(p);
  // whether one of a pool fails is for its mask to say
  return walk.things.thing(p.to).made !== undefined && objOf(state.objects, p.to).nullness !== 'unknown';
}
/** Whether a side of a branch is where an allocation has not failed, which may always be. */
function succeeds(walk: ObjectWalk, answer: Answer | undefined, taken: boolean): boolean {
  if (answer?.about !== 'NULL' || answer.yes === taken || !isPointer(answer.at) || answer.at.to === NO_THING)
    return false;
  return walk.things.thing(answer.at.to).made !== undefined;
}
/** Whether the condition of a guard can turn out either way here. */
function isOpen({ open }: ObjectWalk, { loose }: ObjectState, block: Block): boolean {
  const alone = open.get(block);
  return alone === true || (alone === false && !loose);
}
/** What is kept in mind of how a test turns out: of a parameter that never changes, or of a condition that is tested again. */
interface Kept {
  readonly path: PathId;
  /** the condition turns out as before */
  readonly isAgain: boolean;
  /** whether the path is not zero where the test is true */
  readonly yes: boolean;
}
function keptOf(walk: ObjectWalk, answer: Answer | undefined, test: Expr): Kept | undefined {
  const outcome = answer ? undefined : walk.repeated.pathOf(test);
  if (outcome !== undefined) return { path: outcome, isAgain: true, yes: true };
  if (answer && answer.about !== 'NULL') return undefined;
  const path = walk.paths.ofExpr(withoutCasts(answer?.pointer ?? test));
  if (path === undefined) return undefined;
  const { variable, members } = walk.paths.get(path);
  if (variable?.storage !== 'param' || members !== '' || !walk.isFixed(variable)) return undefined;
  return { path, isAgain: false, yes: !answer?.yes };
}
/** With what a test says that is kept in mind; undefined: that cannot be. */
function askedAfter(asked: Facts, kept: Kept | undefined, taken: boolean): Facts | undefined {
  if (!kept) return asked;
  const { path, isAgain, yes } = kept;
  const before = isAgain ? factOf(asked, path) : undefined;
  if (taken ? isZero(before) : isNonZero(before)) return undefined;
  return withFact(asked, path, yes === taken ? NON_ZERO : ZERO);
}
/** A condition of which nothing is known lets this path pass by a free: whether that is right cannot be told. */
function passedGuard(walk: ObjectWalk, facts: Facts, before: Objects, block: Block, taken: boolean): Objects {
  let objects = before;
  for (const pointer of walk.guards.freedOn(block, !taken)) {
    const p = pointerOf(walk, { facts, objects: before }, pointer);
    if (isPointer(p) && isObject(p.to)) objects = changed(objects, p.to, { owned: false, kept: true });
  }
  return objects;
}

/** A body is left. Where what it returns is the answer to a question about a pointer, in one way for each answer. */
function leaveBody(walk: ObjectWalk, state: ObjectState, block: Block): void {
  const { end } = block;
  const value = end.op === 'return' ? end.value : undefined;
  const type = value && mayAnswer(value) ? walk.program.typeOf(value) : undefined;
  const answer =
    value && type?.kind === 'int' && type.size < walk.program.abi.wordSize ? askedOf(walk, state, value) : undefined;
  if (!value || !answer) {
    leaveWith(walk, state, block, value && evaluate(walk, state.facts, value));
    return;
  }
  tellTest(walk, state, answer);
  const kept = keptOf(walk, answer, value);
  for (const is of [true, false]) {
    const known = learn(walk, state, answer, is);
    const asked = known && askedAfter(known.asked, kept, is);
    if (asked) leaveWith(walk, known.withAsked(asked), block, is ? (answer.errno ? ERRNO : ONE) : ZERO);
  }
}
function leaveWith(walk: ObjectWalk, state: ObjectState, block: Block, result: Value | undefined): void {
  const end = block.end;
  const value = end.op === 'return' ? end.value : undefined;
  const p = value && pointerOf(walk, state, value);
  const returned = isPointer(p) ? p : undefined;
  const given = returned ? [returned.to] : value ? mentionedWithin(walk, state, value) : NO_THINGS;
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
  const failed =
    returned?.to === NO_THING
      ? pointerTo(NO_THING, returned.off, returned.as, returned.failed ?? state.failed)
      : returned;
  // what is returned as part of another value is out of reach of this analysis
  walk.leave(returned ? state : state.withObjects(giveAway(walk, objects, given)), failed, result);
}
/** Whether another object that is not lost by itself points to it. */
function isHeld({ things }: ObjectWalk, objects: Objects, id: ThingId): boolean {
  return objects.cells.some((c) => c.to === id && things.place(c.place).thing !== undefined);
}
