/** What a condition asks about a pointer, and what is known on either side of its branch. */
import type { Expr } from '../../syntax/tree';
import { evaluate } from '../engine/exprValue';
import { isComputed, meaningOf } from '../engine/flow/cfg';
import { withFact } from '../engine/values/facts';
import { exactOf, isZero, NON_ZERO, ZERO } from '../engine/values/knownBits';
import type { ObjectState, ObjectWalk } from './objectContext';
import { type Outcome, Tested } from './objectEvents';
import { changed, type Obj, type Objects, objOf, type Pointer, pointerTo, withCell, withoutThing } from './objectState';
import { isPointer, type Pointed, placeOf, pointerOf } from './pointers';
import { ERROR, isObject, NO_THING, type ThingId, UNKNOWN } from './things';

/** A question about a pointer; `yes`: the answer where the branch is taken. */
export interface Answer {
  readonly about: 'NULL' | 'error' | 'error or NULL' | 'kind' | 'equal';
  readonly pointer: Expr;
  /** what it points to where it is asked */
  readonly at: Pointed | undefined;
  /** what it is compared with */
  readonly other: Expr | undefined;
  readonly yes: boolean;
  /** a condition that holds is the errno of the pointer, not 1 */
  readonly errno: boolean;
}
export function asks(
  about: Answer['about'],
  pointer: Expr,
  at: Pointed | undefined,
  yes: boolean,
  { other, errno = false }: { readonly other?: Expr; readonly errno?: boolean } = NOTHING_ELSE,
): Answer {
  return { about, pointer, at, other, yes, errno };
}
const NOTHING_ELSE = {};

/** Whether an integer may be the answer to a question about a pointer. */
export const mayAnswer = (e: Expr): boolean =>
  isComputed(e) || e.kind === 'cast' || (e.kind === 'unary' && e.op === '!');
/** The question that a condition asks, if it asks one about a pointer. */
export function askedOf(walk: ObjectWalk, state: ObjectState, test: Expr): Answer | undefined {
  const { program, cfg } = walk;
  let e = test;
  let yes = true;
  for (;;) {
    if (e.kind === 'cast') e = e.operand;
    else if (e.kind === 'unary' && e.op === '!') {
      e = e.operand;
      yes = !yes;
    } else if (e.kind === 'call') {
      const sym = e.callee.kind === 'ident' ? program.symbolOf(e.callee) : undefined;
      const entry = sym?.kind === 'api' ? sym.entry : undefined;
      const tests = entry?.testsPointer ?? entry?.testsKind;
      const pointer = tests && e.args[tests.arg];
      if (pointer && entry?.testsPointer) {
        const { for: about, by } = entry.testsPointer;
        return asks(about, pointer, pointerOf(walk, state, pointer), yes, { errno: by === 'errno' && e === test });
      }
      if (pointer) return asks('kind', pointer, pointerOf(walk, state, pointer), yes);
      const means = cfg.meaning.get(e);
      if (!means) break;
      e = means;
    } else {
      const means = meaningOf(cfg, e);
      if (!means) break;
      e = means;
    }
  }
  if (e.kind === 'binary') {
    if (e.op !== '==' && e.op !== '!=') return undefined;
    const equal = e.op === '==';
    const isRightNull = program.constantOf(e.right) === 0n;
    if (isRightNull || program.constantOf(e.left) === 0n) {
      const pointer = isRightNull ? e.left : e.right;
      const at = pointerOf(walk, state, pointer);
      return isFollowed(walk, pointer, at) ? asks('NULL', pointer, at, equal === yes) : undefined;
    }
    const at = pointerOf(walk, state, e.left);
    if (!isFollowed(walk, e.left, at) && !isFollowed(walk, e.right, pointerOf(walk, state, e.right))) return undefined;
    return asks('equal', e.left, at, equal === yes, { other: e.right });
  }
  const at = pointerOf(walk, state, e);
  return isFollowed(walk, e, at) ? asks('NULL', e, at, !yes) : undefined;
}
function isFollowed({ program, things }: ObjectWalk, e: Expr, at: Pointed | undefined): boolean {
  if (at && !isPointer(at)) return true;
  return (at !== undefined && things.thing(at.to).made !== undefined) || program.typeOf(e)?.kind === 'pointer';
}

/** The state in which it was asked, where the answer is what it is if the branch is taken or not; undefined: it cannot be. */
export function learn(walk: ObjectWalk, state: ObjectState, answer: Answer, taken: boolean): ObjectState | undefined {
  const p = answer.at;
  const holds = answer.yes === taken;
  switch (answer.about) {
    case 'NULL':
    case 'error':
    case 'error or NULL':
      return noted(walk, pointerIs(walk, state, answer.pointer, answer.about, p, holds), answer, p, holds);
    case 'kind':
      return isOfKind(walk, state, answer, p, holds);
    case 'equal':
      return areEqual(walk, state, answer, p, holds);
  }
}
/** What a way through the body found to be NULL, or not, of what its caller gave it. */
function noted(
  { things, paths }: ObjectWalk,
  state: ObjectState | undefined,
  { about }: Answer,
  p: Pointed | undefined,
  holds: boolean,
): ObjectState | undefined {
  if (!state || about === 'error' || !isPointer(p) || !isObject(p.to) || p.off !== 0) return state;
  const { at, atEntry } = things.thing(p.to);
  if (about === 'error or NULL') {
    return atEntry && holds
      ? state.withAsked(withFact(state.asked, things.errorQuestion(p.to, paths), NON_ZERO))
      : state;
  }
  if (about !== 'NULL') return state;
  if (!atEntry || at === undefined || things.place(at).thing === undefined) return state;
  return state.withAsked(withFact(state.asked, things.question(p.to, paths), holds ? ZERO : NON_ZERO));
}
function outcomeOf(walk: ObjectWalk, state: ObjectState, pointer: Expr, p: Pointed | undefined): Outcome {
  if (!p) {
    const value = evaluate(walk, state.facts, pointer);
    if (isZero(value)) return 'NULL';
    return isErrorValue(exactOf(value) ?? value?.ones) ? 'error' : 'unknown';
  }
  if (!isPointer(p)) return 'unknown';
  if (p.to === NO_THING) return 'NULL';
  if (p.to === ERROR) return 'error';
  const obj = objOf(state.objects, p.to);
  if (obj.error) return 'maybe error';
  if (obj.status !== 'live') return 'unknown';
  switch (obj.nullness) {
    case 'unknown':
      return 'unknown';
    case 'maybe':
      return 'maybe NULL';
    case 'never':
      return 'never NULL';
    case 'no':
      return walk.things.thing(p.to).made ? 'valid' : 'unknown';
    case 'used':
      return 'used';
  }
}
const isErrorValue = (n: number | undefined): boolean => n !== undefined && n < 0 && n >= -4095;

/** Rules hear of a test. */
export function tellTest(walk: ObjectWalk, state: ObjectState, { pointer, about, at: p }: Answer): void {
  if (about === 'kind' || about === 'equal' || pointer.span.file < 0) return;
  const outcome = outcomeOf(walk, state, pointer, p);
  const before = walk.told.get(pointer);
  if (before?.outcomes.includes(outcome)) return;
  const subject =
    isPointer(p) && isObject(p.to)
      ? { obj: objOf(state.objects, p.to), made: walk.things.thing(p.to).made }
      : undefined;
  const told = before ?? { outcomes: [outcome], subject };
  if (before) {
    before.outcomes.push(outcome);
    before.subject ??= subject;
  } else walk.told.set(pointer, told);
  const event = new Tested(walk, state, pointer, about, outcome, told, subject);
  for (const rule of walk.listeners.tested) rule.tested?.(event);
}
/** Every pointer to `id` becomes `to`; nothing else is known of it any more. */
export function becomes(objects: Objects, id: ThingId, to: ThingId): Objects {
  let after = objects;
  for (const c of objects.cells)
    if (c.to === id) after = withCell(after, c.place, pointerTo(to, to === UNKNOWN ? undefined : 0));
  return withoutThing(after, id);
}
/** The pointer itself becomes `to`, also where nothing was stored in it. */
function setTo(walk: ObjectWalk, state: ObjectState, pointer: Expr, id: ThingId, to: ThingId): ObjectState {
  const place = placeOf(walk, state, walk.cfg.meaning.get(pointer) ?? pointer);
  const objects = becomes(state.objects, id, to);
  if (place === undefined) return state.withObjects(objects);
  return state.withObjects(withCell(objects, place, pointerTo(to, to === UNKNOWN ? undefined : 0)));
}

function pointerIs(
  walk: ObjectWalk,
  state: ObjectState,
  pointer: Expr,
  about: 'NULL' | 'error' | 'error or NULL',
  p: Pointed | undefined,
  holds: boolean,
): ObjectState | undefined {
  if (!p) {
    if (about === 'NULL') return state;
    const value = evaluate(walk, state.facts, pointer);
    const error = isErrorValue(value?.ones);
    return error && !holds ? undefined : state;
  }
  if (!isPointer(p)) return holds ? undefined : state;
  if (p.to === NO_THING) {
    if ((about === 'error') === holds) return undefined;
    return p.failed ? state.withFailed(p.failed) : state;
  }
  if (p.to === ERROR) return (about === 'NULL') === holds ? undefined : state;
  const obj = objOf(state.objects, p.to);
  const { made } = walk.things.thing(p.to);
  if (p.off !== 0) return holds && made ? undefined : state;
  if (!holds) return state.withObjects(changed(state.objects, p.to, isNot(obj, about)));
  if (obj.error)
    return about === 'NULL' ? undefined : setTo(walk, state, pointer, p.to, about === 'error' ? ERROR : UNKNOWN);
  if (about === 'error') return made ? undefined : setTo(walk, state, pointer, p.to, ERROR);
  if (obj.nullness === 'no' || obj.nullness === 'never' || obj.nullness === 'used') return undefined;
  if (about !== 'NULL') return setTo(walk, state, pointer, p.to, UNKNOWN);
  // a condition before the call may say that callers do not get here
  const failed = made && obj.nullness === 'maybe' && obj.born === undefined ? made : undefined;
  return setTo(walk, state, pointer, p.to, NO_THING).withFailed(failed);
}
/** What is known of an object whose pointer is not NULL, or not an error. */
function isNot(obj: Obj, about: 'NULL' | 'error' | 'error or NULL'): Partial<Obj> {
  const nullness = obj.nullness === 'never' ? 'never' : 'no';
  if (about === 'NULL') return obj.error ? {} : { nullness };
  if (about === 'error' && !obj.error) return {};
  return { error: false, nullness };
}
function isOfKind(
  walk: ObjectWalk,
  state: ObjectState,
  answer: Answer,
  p: Pointed | undefined,
  holds: boolean,
): ObjectState | undefined {
  if (!isPointer(p) || !isObject(p.to)) return state;
  const kind = walk.things.thing(p.to).made?.allocates.kind;
  const place = placeOf(walk, state, answer.pointer);
  if (kind === 'vmalloc') return holds ? state : undefined;
  if (kind === 'kvmalloc' && place !== undefined) {
    return state.withObjects(
      withCell(state.objects, place, pointerTo(p.to, p.off, holds ? 'vmalloc' : 'kmalloc', p.failed)),
    );
  }
  return kind !== undefined && kind !== 'kvmalloc' && kind !== 'vmap' && kind !== 'ioremap' && holds
    ? undefined
    : state;
}
function areEqual(
  walk: ObjectWalk,
  state: ObjectState,
  { pointer, other }: Answer,
  p: Pointed | undefined,
  holds: boolean,
): ObjectState | undefined {
  const q = other && pointerOf(walk, state, other);
  const fresh = (x: Pointed | undefined): boolean =>
    isPointer(x) && isObject(x.to) && walk.things.thing(x.to).made !== undefined && objOf(state.objects, x.to).owned;
  if (isPointer(p) && isPointer(q)) {
    if (p.to === q.to && typeof p.off === 'number' && typeof q.off === 'number' && isObject(p.to)) {
      return (p.off === q.off) === holds ? state : undefined;
    }
    if (p.to === NO_THING || q.to === NO_THING) {
      return p.to === NO_THING
        ? pointerIs(walk, state, other ?? pointer, 'NULL', q, holds)
        : pointerIs(walk, state, pointer, 'NULL', p, holds);
    }
  }
  if (!holds) return state;
  if ((fresh(p) && q && !isPointer(q)) || (fresh(q) && p && !isPointer(p))) return undefined;
  let objects = state.objects;
  // two names of one object: who has to free it cannot be told
  for (const x of [p, q]) if (isPointer(x) && isObject(x.to)) objects = shared(objects, x);
  return state.withObjects(objects);
}
const shared = (objects: Objects, { to }: Pointer): Objects =>
  changed(objects, to, { owned: false, kept: true, counted: true });
