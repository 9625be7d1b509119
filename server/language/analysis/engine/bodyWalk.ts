/**
 * The walk through one instance of a body: how each step changes a state, what branches add, and what is reported to the rules. The domain
 * of the solver.
 */
import type { Effect } from '../../catalogue/entry';
import type { ApiSym, FunctionSym } from '../../check/context/program';
import type { Call, Expr } from '../../syntax/tree';
import { withoutCasts } from '../../syntax/withoutCasts';
import { type Analysis, cfgOf } from './analysisContext';
import type { Body, CallGraph } from './callGraph';
import { lockText } from './contracts';
import { answerOf, type ExecContext, sleepsOnRt } from './execContext';
import { evaluate, type Scene } from './exprValue';
import { type ApiFacts, sleepBits } from './flow/apiFacts';
import { type Block, type Cfg, goesBack, isLive, type Step } from './flow/cfg';
import type { Domain } from './flow/solver';
import type { Instance, State } from './instance';
import { refine } from './refine';
import type { RuleHooks, Site } from './rule';
import { afterStore } from './staleLocks';
import { type Fact, type Facts, factOf, joinFacts, weakerFacts, withFact, without } from './values/facts';
import { andValues, exactOf, joinValues, NON_ZERO, ofBoolean, orValues, sameValue, ZERO } from './values/knownBits';
import type { PathId } from './values/varPaths';

const MOST_EXITS = 12;

type CallStep = Step & { op: 'call' };
type States = State | readonly State[];
/** The states after a call to a function of the scenario. Passed in, since it walks the callee. */
export type FunctionCall = (walk: BodyWalk, state: State, step: CallStep, sym: FunctionSym) => States;
export interface BodyWalk extends Scene {
  readonly analysis: Analysis;
  readonly constants: CallGraph;
  readonly body: Body;
  readonly instance: Instance;
  /** the rules that are told; none where the entry is only an approximation */
  readonly hooks: readonly RuleHooks[];
  readonly follow: FunctionCall;
}

/** The domain that the solver needs. */
export const bodyDomain = (walk: BodyWalk): Domain<State> => ({
  partition: (state) => state.context,
  covers: (a, b) => weakerFacts(a.facts, b.facts),
  join: (a, b) => ({ context: a.context, facts: joinFacts(a.facts, b.facts) }),
  enter: (state, block) => enterBlock(walk, state, block),
  step: (state, step) => stepOf(walk, state, step),
  edge: (state, block, taken) => branchEdge(walk, state, block, taken),
  jump: (state, block, to) => jumpTo(walk, state, block, to),
  switchEdge: (state, block, index) => switchEdge(walk, state, block, index),
  leave: (state, block) => leaveBody(walk, state, block),
});

/** The facts about paths that are live at the start of a block. */
function liveFacts(facts: Facts, cfg: Cfg, block: number): Facts {
  for (const f of facts) if (!isLive(cfg, block, f.path)) return facts.filter((g) => isLive(cfg, block, g.path));
  return facts;
}
function enterBlock(walk: BodyWalk, state: State, block: Block): State {
  const facts = liveFacts(state.facts, walk.cfg, block.id);
  return facts === state.facts ? state : { context: state.context, facts };
}

function stepOf(walk: BodyWalk, state: State, step: Step): States {
  switch (step.op) {
    case 'forget':
      return stateWith(unnamed(walk, state, step), without(state.facts, step.paths));
    case 'assign':
      return assignStep(walk, unnamed(walk, state, step), step);
    case 'call':
      return callStep(walk, state, step);
  }
}
function stateWith(state: State, facts: Facts): State {
  return facts === state.facts ? state : { context: state.context, facts };
}
/** The state with the locks that a store gives other names to. */
function unnamed({ analysis, paths }: BodyWalk, state: State, step: Exclude<Step, CallStep>): State {
  const { contexts, locks } = analysis;
  const context = afterStore({ contexts, paths, refs: locks.refs }, state.context, step);
  return context === state.context ? state : { context, facts: state.facts };
}
function assignStep(walk: BodyWalk, state: State, step: Step & { op: 'assign' }): States {
  const { tested } = walk.cfg;
  const source = step.assign === '=' && tested.has(step.path) ? copied(walk, state.facts, step.value) : undefined;
  if (source === undefined || source === step.path || !tested.has(source)) {
    return stateWith(state, assigned(walk, state.facts, step));
  }
  // a copy of an unknown value that is tested too: one state for each outcome keeps the two consistent
  return [ZERO, NON_ZERO].map((value) => stateWith(state, assigned(walk, withFact(state.facts, source, value), step)));
}
/** The path that `e` is a plain copy of, if its value is unknown. */
function copied(walk: BodyWalk, facts: Facts, expr: Expr): PathId | undefined {
  const e = withoutCasts(expr);
  if (e.kind !== 'ident' && e.kind !== 'member') return undefined;
  const path = walk.paths.ofExpr(e);
  return path === undefined || evaluate(walk, facts, e) ? undefined : path;
}
/** One state for each outcome of an argument that both the callee and other code test. */
function split(walk: BodyWalk, state: State, call: Call, sym: FunctionSym): States {
  const body = walk.constants.bodies.get(sym);
  if (!body?.matters) return state;
  for (let i = 0; i < call.args.length; i++) {
    const arg = call.args[i];
    const param = sym.params[i];
    const source = arg && copied(walk, state.facts, arg);
    if (source === undefined || !param || !(walk.cfg.tested.has(source) || body.asks.has(source))) continue;
    if (!cfgOf(walk.analysis, body).tested.has(walk.paths.of(param))) continue;
    return [ZERO, NON_ZERO].map((value) => stateWith(state, withFact(state.facts, source, value)));
  }
  return state;
}
function assigned(walk: BodyWalk, facts: Facts, step: Step & { op: 'assign' }): Facts {
  let value = evaluate(walk, facts, step.value);
  if (step.assign !== '=') {
    const before = factOf(facts, step.path);
    value =
      step.assign === '|='
        ? orValues(before, value, walk.program.profile.gfp.bits.__GFP_DIRECT_RECLAIM)
        : step.assign === '&='
          ? andValues(before, value)
          : undefined;
  }
  const left = step.touches.length > 0 ? without(facts, step.touches) : facts;
  return withFact(left, step.path, value);
}

function callStep(walk: BodyWalk, state: State, step: CallStep): States {
  const { call, target } = step;
  for (const rule of walk.hooks) rule.call?.(walk.instance, state.context, call);
  switch (target.kind) {
    case 'api':
      return apiCall(walk, state, step, target.sym, target.facts);
    case 'function':
      return functionCall(walk, state, step, target.sym);
    case 'pointer': {
      const sym = evaluate(walk, state.facts, target.expr)?.target;
      if (sym) return functionCall(walk, state, step, sym);
      return stateWith(state, withFact(stable(walk, state.facts), step.result, undefined));
    }
  }
}
function siteOf(walk: BodyWalk, state: State, call: Call, name: string, api: ApiFacts | undefined): Site {
  return {
    instance: walk.instance,
    context: state.context,
    call,
    name,
    api,
    valueOf: (arg) => {
      const given = call.args[arg];
      return given ? evaluate(walk, state.facts, given) : undefined;
    },
  };
}
function functionCall(walk: BodyWalk, state: State, step: CallStep, sym: FunctionSym): States {
  if (sym.def.modifiers.contracts.length > 0) {
    const site = siteOf(walk, state, step.call, sym.name, undefined);
    for (const rule of walk.hooks) rule.functionCall?.(site, sym);
  }
  const states = split(walk, state, step.call, sym);
  if (!Array.isArray(states)) return walk.follow(walk, state, step, sym);
  return states.flatMap((one: State) => walk.follow(walk, one, step, sym));
}
function apiCall(walk: BodyWalk, state: State, step: CallStep, sym: ApiSym, api: ApiFacts): States {
  const { call, result } = step;
  if (api.matters || state.context.entry === 'nmi') {
    const site = siteOf(walk, state, call, sym.name, api);
    for (const rule of walk.hooks) rule.apiCall?.(site, api);
  }
  let facts = withFact(state.facts, result, undefined);
  const { asks, effects, family, sleeps, takes } = api.entry;
  if (asks) {
    const answer =
      asks === 'gfpflags_allow_blocking' ? allowsBlocking(walk, state.facts, call, api) : answerOf(asks, state.context);
    return stateWith(state, withFact(facts, result, ofBoolean(answer)));
  }
  if (sleeps !== 'never' || family === 'simulator') facts = stable(walk, facts);
  if (!effects) return stateWith(state, facts);
  const after = afterEffects(walk, state.context, effects, call, sym.name);
  if (!takes) return { context: after, facts };
  const [taken, not] = takes.when === 'nonzero' ? [NON_ZERO, ZERO] : [ZERO, NON_ZERO];
  return [
    { context: after, facts: withFact(facts, result, taken) },
    { context: state.context, facts: withFact(facts, result, not) },
  ];
}
function allowsBlocking(walk: BodyWalk, facts: Facts, call: Call, { entry }: ApiFacts): boolean | undefined {
  const arg = entry.gfp && call.args[entry.gfp.arg];
  const mask = arg && evaluate(walk, facts, arg);
  if (!mask) return undefined;
  const bits = sleepBits(walk.program.profile, entry);
  return (mask.ones & bits) === bits ? true : mask.zeros & bits ? false : undefined;
}
function afterEffects(
  { analysis, program }: BodyWalk,
  context: ExecContext,
  effects: readonly Effect[],
  call: Call,
  by: string,
): ExecContext {
  const { contexts, locks } = analysis;
  const spins = effects.some((e) => e.on === 'lock' && sleepsOnRt(e.lock));
  for (const effect of effects) {
    const arg = 'arg' in effect && effect.arg !== undefined ? call.args[effect.arg] : undefined;
    const lock = arg && (effect.on === 'lock' ? locks.refs.ofLock(arg) : locks.refs.ofVariable(arg));
    const notOnRt = spins && effect.on === 'irq';
    const text = arg ? lockText(program, arg) : '';
    context = contexts.after(context, effect, { lock, text, by, span: call.span, notOnRt });
  }
  return context;
}
/** Facts that another context cannot change meanwhile. */
function stable(walk: BodyWalk, facts: Facts): Facts {
  return facts.some((f) => walk.constants.isUnstable(f.path))
    ? facts.filter((f) => !walk.constants.isUnstable(f.path))
    : facts;
}

function branchEdge(walk: BodyWalk, state: State, block: Block, taken: boolean): State | undefined {
  const end = block.end;
  if (end.op !== 'branch') return state;
  const refined = refine(walk, state.facts, end.test, taken);
  if (!refined) return undefined;
  const back = goesBack(walk.cfg, block.id, taken ? end.yes : end.no);
  return stateWith(state, back ? stable(walk, refined) : refined);
}
function jumpTo(walk: BodyWalk, state: State, block: Block, to: number): State {
  return goesBack(walk.cfg, block.id, to) ? stateWith(state, stable(walk, state.facts)) : state;
}
function switchEdge(walk: BodyWalk, state: State, block: Block, index: number | undefined): State | undefined {
  const end = block.end;
  if (end.op !== 'switch') return state;
  const value = evaluate(walk, state.facts, end.value);
  const n = exactOf(value);
  const matches = (i: number): boolean => {
    const c = end.cases[i];
    // an exact number is one of 32 bits without a sign of its own
    return n !== undefined && c !== undefined && [n, n >>> 0].some((v) => BigInt(v) >= c.from && BigInt(v) <= c.to);
  };
  if (index === undefined) return end.cases.some((_, i) => matches(i)) ? undefined : state;
  const c = end.cases[index];
  if (!c || c.from > c.to || n !== undefined) return !c || c.from > c.to || matches(index) ? state : undefined;
  if (c.from !== c.to) return state;
  const path = walk.cfg.temps.get(end.value) ?? walk.paths.ofExpr(end.value);
  const wide = c.from < -0x80000000n || c.from > 0xffffffffn;
  if (path === undefined || wide) return state;
  const bits = Number(BigInt.asIntN(32, c.from));
  if (value && ((value.zeros & bits) !== 0 || (value.ones & ~bits) !== 0)) return undefined;
  return stateWith(state, withFact(state.facts, path, { ones: bits, zeros: ~bits, nonZero: bits !== 0 }));
}

function leaveBody(walk: BodyWalk, state: State, block: Block): void {
  const end = block.end;
  const value = end.op === 'return' && end.value ? evaluate(walk, state.facts, end.value) : undefined;
  const facts = state.facts.filter((f: Fact) => walk.body.asks.has(f.path));
  for (const rule of walk.hooks) rule.leave?.(walk.instance, state.context, block);
  const { exits } = walk.instance;
  for (const exit of exits) {
    if (exit.context === state.context && sameValue(exit.value, value) && weakerFacts(exit.facts, facts)) return;
  }
  if (exits.length < MOST_EXITS) {
    exits.push({ context: state.context, value, facts });
    return;
  }
  const at = exits.findIndex((exit) => exit.context === state.context);
  const old = exits[at];
  if (old) {
    exits[at] = {
      context: old.context,
      value: joinValues(old.value, value),
      facts: joinFacts(old.facts, facts),
    };
  }
}
