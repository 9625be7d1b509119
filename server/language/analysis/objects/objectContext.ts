/** The state of a walk that follows objects, and what the walk is through. */
import type { ContextSym, FunctionSym, Program, VarSym } from '../../check/context/program';
import type { Expr, Span } from '../../syntax/tree';
import type { Block, Step } from '../engine/flow/cfg';
import { type Facts, NO_FACTS } from '../engine/values/facts';
import type { Value } from '../engine/values/knownBits';
import type { ObjectHooks, ObjectSite, Outcome } from './objectEvents';
import { NO_OBJECTS, type Objects, type Pointer, type Trail } from './objectState';
import type { ObjectScene } from './pointers';
import type { Made } from './things';

export interface ObjectState {
  readonly facts: Facts;
  readonly objects: Objects;
  /** what the way here asked of parameters that never change */
  readonly asked: Facts;
  readonly trail: Trail | undefined;
  /** evidence: the allocation that was found to have failed last */
  readonly failed?: Made | undefined;
  /** states with other facts were joined on the way: two of its conditions may contradict each other */
  readonly loose?: boolean;
  /** a condition on the way was about more than inputs and pointers: whether runs get here is for it to say */
  readonly asks?: boolean;
}
export const AT_ENTRY: ObjectState = { facts: NO_FACTS, objects: NO_OBJECTS, asked: NO_FACTS, trail: undefined };
export interface ObjectWalk extends ObjectScene {
  readonly program: Program;
  readonly body: FunctionSym | ContextSym;
  readonly end: Span;
  readonly hooks: readonly ObjectHooks[];
  /** what rules have heard of each test of a pointer: an outcome is told once */
  readonly told: Map<Expr, Set<Outcome>>;
  /** parameters that the body never assigns */
  readonly fixed: ReadonlySet<VarSym>;
  /** conditions that are tested more than once and that nothing is known about, by their text */
  readonly repeated: ReadonlyMap<Expr, Repeated>;
  /** branches whose one side frees what a variable points to */
  readonly guards: ReadonlyMap<Block, ReadonlyMap<boolean, readonly Expr[]>>;
  /** those whose condition inputs decide: they can turn out either way; true: even where states were joined, since no other condition asks of the same */
  readonly open: ReadonlyMap<Block, boolean>;
  /** branches that inputs decide, and nothing else */
  readonly byInputs: ReadonlySet<Block>;
  /** calls of functions of the scenario, and through pointers */
  readonly follow: (
    walk: ObjectWalk,
    state: ObjectState,
    step: Step & { op: 'call' },
  ) => ObjectState | readonly ObjectState[];
  readonly leave: (state: ObjectState, returned: Pointer | undefined, value: Value | undefined) => void;
}
/** A condition that occurs again: the path that says how it turned out, and the variables in it. */
export interface Repeated {
  readonly path: number;
  readonly variables: readonly VarSym[];
}

export const siteOf = (walk: ObjectWalk, state: ObjectState, span: Span): ObjectSite => ({
  program: walk.program,
  things: walk.things,
  body: walk.body,
  objects: state.objects,
  trail: state.trail,
  sure: !state.loose && !state.asks,
  span,
});
export const withFacts = (s: ObjectState, facts: Facts): ObjectState => (facts === s.facts ? s : { ...s, facts });
export const withObjects = (s: ObjectState, objects: Objects): ObjectState =>
  objects === s.objects ? s : { ...s, objects };
