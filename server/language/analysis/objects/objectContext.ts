/** The state of a walk that follows objects, and what the walk is through. */
import type { NodeTable } from '../../check/context/nodeTable';
import type { ContextSym, FunctionSym, Program, VarSym } from '../../check/context/program';
import type { Span } from '../../syntax/tree';
import type { Body, CallGraph } from '../engine/callGraph';
import type { Block, Step } from '../engine/flow/cfg';
import { type Facts, NO_FACTS } from '../engine/values/facts';
import type { Value } from '../engine/values/knownBits';
import type { ByInputs, Guards } from './guards';
import type { ObjectListeners, Outcome, Subject } from './objectEvents';
import { NO_OBJECTS, type Objects, type Pointer, type Trail } from './objectState';
import type { ObjectScene } from './pointers';
import type { RepeatedConditions } from './repeatedConditions';
import type { Made } from './things';

/** Conditions that decide whether runs get here (decidingConditions.ts), the latest first. */
export interface Deciding {
  /** undefined: it is asked in a function that was called, or differs between states that were joined */
  readonly block: Block | undefined;
  readonly before: Deciding | undefined;
}
export const SOMEWHERE: Deciding = { block: undefined, before: undefined };
/** These, and the condition at the end of a block. */
export const decidedBy = (before: Deciding | undefined, block: Block | undefined): Deciding =>
  before && before.block === block ? before : { block, before };

/** A state of the walk, immutable. All have one shape: states are made and read in every step. */
export class ObjectState {
  constructor(
    readonly facts: Facts,
    readonly objects: Objects,
    /** what the way here asked of parameters that never change */
    readonly asked: Facts,
    readonly trail: Trail | undefined,
    /** evidence: the allocation that was found to have failed last */
    readonly failed: Made | undefined,
    /** states with other facts were joined on the way: two of its conditions may contradict each other */
    readonly loose: boolean,
    /** conditions on the way that were about more than inputs and pointers: whether runs get here is for them to say */
    readonly deciding: Deciding | undefined,
  ) {}

  withFacts(facts: Facts): ObjectState {
    return this.known(facts, this.objects, this.asked);
  }
  withObjects(objects: Objects): ObjectState {
    return this.known(this.facts, objects, this.asked);
  }
  withAsked(asked: Facts): ObjectState {
    return this.known(this.facts, this.objects, asked);
  }
  /** The state in which this is known. */
  known(facts: Facts, objects: Objects, asked: Facts): ObjectState {
    if (facts === this.facts && objects === this.objects && asked === this.asked) return this;
    return new ObjectState(facts, objects, asked, this.trail, this.failed, this.loose, this.deciding);
  }
  withTrail(trail: Trail): ObjectState {
    return new ObjectState(this.facts, this.objects, this.asked, trail, this.failed, this.loose, this.deciding);
  }
  withFailed(failed: Made | undefined): ObjectState {
    if (failed === this.failed) return this;
    return new ObjectState(this.facts, this.objects, this.asked, this.trail, failed, this.loose, this.deciding);
  }
  /** The same behind a condition that decides whether runs get here. */
  decidedBy(block: Block | undefined): ObjectState {
    const deciding = decidedBy(this.deciding, block);
    if (deciding === this.deciding) return this;
    return new ObjectState(this.facts, this.objects, this.asked, this.trail, this.failed, this.loose, deciding);
  }
}
export const AT_ENTRY = new ObjectState(NO_FACTS, NO_OBJECTS, NO_FACTS, undefined, undefined, false, undefined);
export interface ObjectWalk extends ObjectScene, ByInputs {
  readonly constants: CallGraph;
  readonly program: Program;
  readonly body: FunctionSym | ContextSym;
  readonly own: Body;
  readonly end: Span;
  readonly listeners: ObjectListeners;
  /** what rules have heard of each test of a pointer, in any body: an outcome is told once */
  readonly told: NodeTable<{ readonly outcomes: Outcome[]; subject: Subject | undefined }>;
  /** whether the body never assigns a parameter */
  readonly isFixed: (param: VarSym) => boolean;
  readonly repeated: RepeatedConditions;
  /** branches whose one side frees what a variable points to */
  readonly guards: Guards;
  /** calls of functions of the scenario, and through pointers */
  readonly follow: (
    walk: ObjectWalk,
    state: ObjectState,
    step: Step & { op: 'call' },
  ) => ObjectState | readonly ObjectState[];
  readonly leave: (state: ObjectState, returned: Pointer | undefined, value: Value | undefined) => void;
}
