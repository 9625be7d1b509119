/** How bodies are entered and left: roots, instances, exits. */
import type { ContextSym, FunctionSym } from '../../check/context/program';
import type { Span } from '../../syntax/tree';
import type { ExecContext, Sight } from './execContext';
import type { Block } from './flow/cfg';
import type { Facts } from './values/facts';
import type { Value } from './values/knownBits';

/** The branches that a state has taken in its body, the latest first. */
export interface Trail {
  readonly block: Block;
  /** the block that came next */
  readonly to: number;
  readonly before: Trail | undefined;
  /** see doubt.ts; computed when first asked for */
  doubt: 'none' | 'opaque' | 'contradicting' | undefined;
}
/** A state of the walk, immutable: the context, and the facts about variable paths. All have one shape: they are made and read in every step. */
export class State {
  constructor(
    readonly context: ExecContext,
    readonly facts: Facts,
    /** evidence: the branches taken so far in this body */
    readonly trail: Trail | undefined = undefined,
    /** states with other facts were joined on the way: two of its conditions may contradict each other */
    readonly loose = false,
    /** a call on the way returned in one of several contexts, and nothing tells which: of a second such call, not all outcomes go with it */
    readonly guessed = false,
  ) {}

  withFacts(facts: Facts): State {
    return facts === this.facts ? this : new State(this.context, facts, this.trail, this.loose, this.guessed);
  }
  in(context: ExecContext, facts = this.facts): State {
    if (context === this.context && facts === this.facts) return this;
    return new State(context, facts, this.trail, this.loose, this.guessed);
  }
  /** After one more branch. */
  after(block: Block, to: number, context: ExecContext, facts: Facts): State {
    const trail = { block, to, before: this.trail, doubt: undefined };
    return new State(context, facts, trail, this.loose, this.guessed);
  }
}
/** How a body is entered from outside the scenario: by the kernel, or by unknown code. */
export interface Root {
  readonly sym: FunctionSym | ContextSym;
  readonly context: ExecContext;
  /** evidence: the reason why it runs in this context, and its position */
  readonly why: string;
  readonly span: Span;
  /** the kernel calls it: it must not return with anything held */
  readonly closed?: boolean;
  /** it is a work: its thread is bound to a CPU, unless its workqueue is unbound */
  readonly onKworker?: boolean;
}
/** A call, in the caller's context. */
export interface Via {
  readonly caller: Instance;
  readonly context: ExecContext;
  readonly sight: Sight;
  /** see `State.loose`: of the caller's state, and of those before it */
  readonly loose: boolean;
  readonly span: Span;
}
/** One way into a body. `via` is the way it was first entered: evidence. */
export interface Instance {
  readonly sym: FunctionSym | ContextSym;
  readonly via: Root | Via;
  /** the context that it begins in */
  readonly entry: ExecContext;
  readonly exits: Exit[];
  /** being analysed: a call to it is a recursion */
  open: boolean;
}
/** A body that has been entered. */
export interface Entered {
  readonly context: ExecContext;
  /** what was known then; undefined: it is walked with nothing known, for all that enter it in this context */
  readonly facts: Facts | undefined;
  readonly instance: Instance;
}
/** One way a body may return. */
export interface Exit {
  readonly context: ExecContext;
  readonly value: Value | undefined;
  readonly facts: Facts;
  readonly loose: boolean;
  /** conditions that the analysis cannot follow lead to it */
  readonly opaque: boolean;
}
