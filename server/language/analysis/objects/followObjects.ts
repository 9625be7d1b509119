/** Walks every body that allocates or frees, once, callees first; what they do to their callers' objects is kept as summaries. */
import { NodeTable } from '../../check/context/nodeTable';
import type { ContextSym, FunctionSym, VarSym } from '../../check/context/program';
import type { Call, Expr } from '../../syntax/tree';
import { type Analysis, cfgOf } from '../engine/analysisContext';
import type { Body, CallGraph } from '../engine/callGraph';
import { evaluate } from '../engine/exprValue';
import type { Cfg, Step } from '../engine/flow/cfg';
import { type Budget, solve } from '../engine/flow/solver';
import { keptAcross } from '../engine/summaries';
import { type Fact, type Facts, NO_FACTS, withFact } from '../engine/values/facts';
import { casesOf } from '../engine/values/possible';
import { countingTests } from './countingLoops';
import { decidedByInputs, Guards, withoutInputs } from './guards';
import { forgetLinks } from './links';
import { AT_ENTRY, type ObjectState, type ObjectWalk } from './objectContext';
import { listenersOf, type ObjectHooks, type ObjectListeners } from './objectEvents';
import { addExit, applySummary, type ObjectSummary } from './objectSummary';
import { ObjectDomain } from './objectWalk';
import { RepeatedConditions } from './repeatedConditions';
import { afterUnknown } from './sharedObjects';
import { Things } from './things';

const NO_TARGETS: readonly FunctionSym[] = [];
const DEEPEST_CALLS = 100;
/** functions that one pointer may lead to */
const MOST_TARGETS = 3;
/** arrivals of states, on average, at each block of a body */
const PER_BLOCK = 100;

/** Tells rules what happens to objects. */
export function followObjects(analysis: Analysis, hooks: readonly ObjectHooks[]): void {
  const follower = new Follower(analysis, listenersOf(hooks));
  for (const body of analysis.graph.bodies.values()) if (body.onMemory || body.asksLate) follower.summaryOf(body);
}

class Follower {
  private readonly things: Things;
  private readonly summaries = new Map<FunctionSym | ContextSym, ObjectSummary>();
  private readonly told: ObjectWalk['told'];
  private readonly hasInputs: boolean;
  private depth = 0;

  constructor(
    private readonly analysis: Analysis,
    private readonly listeners: ObjectListeners,
  ) {
    this.things = new Things((variable) => analysis.graph.isHandedOut(variable));
    this.told = new NodeTable(analysis.program.nodes);
    this.hasInputs = analysis.program.globals.some((variable) => variable.input);
  }

  summaryOf(body: Body): ObjectSummary {
    const known = this.summaries.get(body.sym);
    if (known) return known;
    const summary: ObjectSummary = { exits: [], open: true, unknown: false };
    this.summaries.set(body.sym, summary);
    const { analysis, things } = this;
    const { program, paths, graph } = analysis;
    const cfg = cfgOf(analysis, body);
    const { span } = body.block;
    const guards = new Guards(graph, cfg);
    const counting = countingTests(program, paths, graph, cfg);
    const { byInputs, open } = this.hasInputs
      ? decidedByInputs(program, cfg, guards, counting)
      : withoutInputs(counting);
    let fixed: ReadonlySet<VarSym> | undefined;
    const walk: ObjectWalk = {
      program,
      paths,
      constants: graph,
      cfg,
      things,
      body: body.sym,
      own: body,
      end: { start: span.end - 1, end: span.end, file: span.file },
      listeners: this.listeners,
      told: this.told,
      isFixed: (param) => (fixed ??= fixedParameters(this.analysis, cfg)).has(param),
      repeated: new RepeatedConditions(program, paths, cfg),
      guards,
      byInputs,
      open,
      follow: (w, state, step) => this.follow(w, body, state, step),
      leave(state, returned, value) {
        addExit(things, summary, state, returned, value, toldFacts(graph, body, state.facts));
      },
    };
    const budget: Budget = { left: PER_BLOCK * (cfg.order.length + 8), used: 0 };
    this.depth++;
    if (!solve(cfg, new ObjectDomain(walk), AT_ENTRY, budget)) {
      summary.unknown = true;
    }
    this.depth--;
    summary.open = false;
    return summary;
  }
  private follow(
    walk: ObjectWalk,
    caller: Body,
    state: ObjectState,
    step: Step & { op: 'call' },
  ): ObjectState | readonly ObjectState[] {
    const { analysis } = this;
    const { graph } = analysis;
    const { call, target, result } = step;
    if (target.kind === 'function') return this.called(walk, caller, state, call, result, target.sym);
    const targets = target.kind === 'pointer' ? targetsOf(walk, graph, state, target.expr) : NO_TARGETS;
    if (targets.length === 0 || targets.length > MOST_TARGETS)
      return this.unknownCall(walk, caller, state, call, result);
    return targets.flatMap((sym) => this.called(walk, caller, state, call, result, sym));
  }
  /** The states after a call of a function of the scenario. */
  private called(
    walk: ObjectWalk,
    caller: Body,
    state: ObjectState,
    call: Call,
    result: number,
    sym: FunctionSym,
  ): readonly ObjectState[] {
    const body = this.analysis.graph.bodies.get(sym);
    if (!body?.followsObjects || this.depth > DEEPEST_CALLS)
      return [this.unknownCall(walk, body ?? caller, state, call, result)];
    const summary = this.summaryOf(body);
    if (summary.open || summary.unknown) return [this.unknownCall(walk, body, state, call, result)];
    const facts = withFact(keptAcross(walk, body, state.facts), result, undefined);
    const after = applySummary(walk, state, facts, call, result, sym, summary);
    return body.relinks ? after.map((s) => s.withObjects(forgetLinks(walk, s.objects))) : after;
  }
  private unknownCall(walk: ObjectWalk, body: Body, state: ObjectState, call: Call, result: number): ObjectState {
    const facts = withFact(keptAcross(walk, body, state.facts), result, undefined);
    return afterUnknown(walk, state, call.args).withFacts(facts);
  }
}
/** What callers of a body are told. */
function toldFacts(graph: CallGraph, body: Body, facts: Facts): Facts {
  let told: Fact[] | undefined;
  for (const fact of facts) if (graph.isTold(body, fact.path)) (told ??= []).push(fact);
  return told ?? NO_FACTS;
}
/** The functions that a call through a pointer may lead to. */
function targetsOf(walk: ObjectWalk, graph: CallGraph, state: ObjectState, pointer: Expr): readonly FunctionSym[] {
  const value = evaluate(walk, state.facts, pointer);
  const known = value ? casesOf(value).flatMap((v) => v.target ?? []) : [];
  return known.length > 0 ? known : graph.targetsOf(pointer);
}
/** Parameters that nothing is stored in, and whose address is not taken. */
function fixedParameters({ program }: Analysis, cfg: Cfg): Set<VarSym> {
  const fixed = new Set(cfg.params);
  for (const { steps } of cfg.blocks) {
    for (const step of steps) {
      if (step.op !== 'store' || typeof step.to === 'number' || step.to.kind !== 'ident') continue;
      const sym = program.symbolOf(step.to);
      if (sym?.kind === 'var') fixed.delete(sym);
    }
  }
  return fixed;
}
