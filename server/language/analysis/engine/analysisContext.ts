/** The state of one analysis of a program: the call graph, the rules, and the flow graphs and summaries made so far. */

import { orMake } from '../../../types/orMake';
import { NodeTable } from '../../check/context/nodeTable';
import type { ContextSym, FunctionSym, Program } from '../../check/context/program';
import { type Body, CallGraph, type Extent } from './callGraph';
import type { Conditions } from './doubt';
import { type Cause, ExecContexts } from './execContext';
import { buildCfg } from './flow/buildCfg';
import type { Cfg } from './flow/cfg';
import { type Stands, standsIn } from './flow/lowering';
import type { Budget } from './flow/solver';
import type { Entered } from './instance';
import { LockScope } from './lockScope';
import { type Listeners, listenersOf, type RuleHooks } from './rule';
import { VarPaths } from './values/varPaths';
import { TreeVisits } from './visitTrees';

export interface Analysis {
  readonly program: Program;
  readonly paths: VarPaths;
  readonly graph: CallGraph;
  readonly contexts: ExecContexts;
  readonly locks: LockScope;
  readonly listeners: Listeners;
  readonly cfgs: Map<FunctionSym | ContextSym, Cfg>;
  readonly stands: Stands;
  /** per body, one for each state that it is entered in */
  readonly summaries: Map<FunctionSym | ContextSym, Entered[]>;
  /** bodies whose analysis had to stop being exact, and why */
  readonly inexact: Map<FunctionSym | ContextSym, string>;
  /** what is known of the conditions of a body */
  readonly conditions: Map<Cfg, Conditions>;
  /** the causes of the effects of each call, in their order; noted: where a release is kept in mind */
  readonly causes: Readonly<Record<'noted' | 'plain', NodeTable<(Cause | undefined)[]>>>;
  readonly budget: Budget;
  /** calls being followed */
  depth: number;
}

/** arrivals of states, on average, at each block that is reached; and those that any program may have */
const PER_BLOCK = 400;
const TO_BEGIN_WITH = 20_000;

export function analysisOf(program: Program, hooks: readonly RuleHooks[], extent: Extent = {}): Analysis {
  const paths = new VarPaths(program);
  const graph = new CallGraph(program, paths, extent, new TreeVisits(program, hooks));
  const contexts = new ExecContexts(program.machine.preempt === 'rt');
  return {
    program,
    paths,
    graph,
    contexts,
    locks: new LockScope(program, graph),
    listeners: listenersOf(hooks),
    cfgs: new Map(),
    stands: standsIn(program),
    summaries: new Map(),
    inexact: new Map(),
    conditions: new Map(),
    causes: { noted: new NodeTable(program.nodes), plain: new NodeTable(program.nodes) },
    budget: { left: TO_BEGIN_WITH, used: 0 },
    depth: 0,
  };
}

/** The control-flow graph of a body, built at the first request. */
export function cfgOf(analysis: Analysis, body: Body): Cfg {
  const known = analysis.cfgs.get(body.sym);
  if (known) return known;
  const { program, paths, graph } = analysis;
  const params = body.sym.kind === 'function' ? body.sym.params : [];
  // nobody asks what a task or a handler has left
  const shared = body.sym.kind === 'function' ? [...body.asks, ...graph.outputs(body)] : [];
  const cfg = buildCfg(
    program,
    paths,
    body.block,
    params,
    graph,
    shared,
    graph.followsObjects(body.sym),
    analysis.stands,
  );
  analysis.cfgs.set(body.sym, cfg);
  analysis.budget.left += PER_BLOCK * cfg.order.length;
  return cfg;
}
/** What is found in a body from now on may be incomplete: `why` has been reached. The first reason is kept. */
export function notExact(analysis: Analysis, sym: FunctionSym | ContextSym, why: string): void {
  orMake(analysis.inexact, sym, () => why);
}
