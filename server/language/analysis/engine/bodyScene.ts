/** What the walk through one instance of a body has at hand, and what it tells rules of a call. */
import type { ApiSym, FunctionSym, Related } from '../../check/context/program';
import type { Call } from '../../syntax/tree';
import type { Analysis } from './analysisContext';
import type { Body, CallGraph } from './callGraph';
import { contracted } from './contracts';
import { decisions } from './decisions';
import { doubtOf } from './doubt';
import type { ExecContext, Hold } from './execContext';
import { evaluate, type Scene } from './exprValue';
import type { ApiFacts } from './flow/apiFacts';
import type { Block, Step } from './flow/cfg';
import type { Instance, State } from './instance';
import type { LockRef } from './locks/lockRef';
import type { ReleasingLoops } from './locks/releasingLoops';
import { type Waited, waitedFor } from './locks/waited';
import type { Contracted, EffectStep, Leaving, Listeners, Site } from './rule';
import type { Value } from './values/knownBits';

export type CallStep = Step & { op: 'call' };
/** The states after a call to a function of the scenario. Passed in, since it walks the callee. */
export type FunctionCall = (walk: BodyWalk, state: State, step: CallStep, sym: FunctionSym) => State | readonly State[];
export interface BodyWalk extends Scene {
  readonly analysis: Analysis;
  readonly constants: CallGraph;
  readonly body: Body;
  readonly instance: Instance;
  readonly loops: ReleasingLoops;
  /** the rules that are told; none where the entry is only an approximation */
  readonly listeners: Listeners;
  readonly follow: FunctionCall;
}

/** Whether it may be that no run reaches this state. */
export function isLoose({ analysis, cfg, instance }: BodyWalk, { loose, trail }: State): boolean {
  if (loose || ('caller' in instance.via && instance.via.loose)) return true;
  return doubtOf(analysis, cfg, trail) === 'contradicting';
}

/** A call in one state. What rules seldom ask for is found when they do. */
export class CallSite implements Site {
  readonly instance: Instance;
  readonly context: ExecContext;
  readonly name: string;

  constructor(
    private readonly walk: BodyWalk,
    private readonly state: State,
    readonly call: Call,
    private readonly callee: ApiSym | FunctionSym,
    readonly api: ApiFacts | undefined,
    readonly effects: readonly EffectStep[],
  ) {
    this.instance = walk.instance;
    this.context = state.context;
    this.name = callee.name;
  }

  get loose(): boolean {
    return isLoose(this.walk, this.state);
  }
  decisions(): readonly Related[] {
    return decisions(this.walk.program, this.walk.cfg, this.state.trail, this.call);
  }
  contracts(): readonly Contracted[] {
    return this.callee.kind === 'function' ? contracted(this.walk.analysis, this.callee, this.call) : [];
  }
  waited(): Waited | undefined {
    const { program, analysis } = this.walk;
    return this.api && waitedFor(program, analysis.locks.refs, this.api.entry, this.call);
  }
  isUnset(flags: LockRef): boolean {
    return this.walk.analysis.locks.refs.isUnset(flags);
  }
  valueOf(arg: number): Value | undefined {
    const given = this.call.args[arg];
    return given ? evaluate(this.walk, this.state.facts, given) : undefined;
  }
}
/** What rules may ask of a state in which a body is left. */
export class Exiting implements Leaving {
  constructor(
    private readonly walk: BodyWalk,
    private readonly state: State,
    private readonly block: Block,
    readonly value: Value | undefined,
    readonly loose: boolean,
  ) {}

  contracts(): readonly Contracted[] {
    const { analysis, instance } = this.walk;
    return instance.sym.kind === 'function' ? contracted(analysis, instance.sym) : [];
  }
  mayEnd(hold: Hold): boolean {
    return this.walk.analysis.locks.mayEnd(this.walk.body, hold);
  }
  decisions(): readonly Related[] {
    return decisions(this.walk.program, this.walk.cfg, this.state.trail, this.block);
  }
}
