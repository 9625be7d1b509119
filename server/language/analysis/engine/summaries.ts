/**
 * Runs rules over a program through its calls. Each body is analysed once for every different way it is entered: the kind of context, what
 * is held, the values of the parameters that it uses. A summary says how it may return; the way it was first entered is kept as evidence
 * (`Instance.via`).
 */
import type { FunctionSym } from '../../check/context/program';
import type { Call, Expr } from '../../syntax/tree';
import { type Analysis, cfgOf, notExact } from './analysisContext';
import { type BodyWalk, type CallStep, type FunctionCall, isLoose } from './bodyScene';
import { BodyDomain, forgotten } from './bodyWalk';
import type { Body, CallGraph } from './callGraph';
import { afterContracts } from './contracts';
import { areDisjoint } from './doubt';
import type { ExecContext } from './execContext';
import { evaluate, pointees, type Scene, throughPointers, valueOfAny } from './exprValue';
import { solve } from './flow/solver';
import { type Entered, type Exit, type Instance, type Root, State } from './instance';
import { type Listeners, NOBODY } from './rule';
import { afterCallOf } from './staleLocks';
import { behindArgument, behindObject } from './values/behindArgument';
import { convert } from './values/convert';
import { type Fact, type Facts, factOf, NO_FACTS, sameFacts, withFact } from './values/facts';
import { exactOf, NON_ZERO, UNKNOWN, type Value } from './values/knownBits';
import type { PathId, VarPath } from './values/varPaths';

const NO_PATHS: readonly PathId[] = [];
const DEEPEST_CALLS = 200;
/** ways into a body that are walked each on its own */
const MOST_ENTRIES = 64;
/** and contexts beyond those in which it is walked with nothing known of its arguments */
const MOST_CONTEXTS = 32;

/** Analyses a body as the kernel enters it. */
export function enter(analysis: Analysis, root: Root): void {
  const body = analysis.graph.bodies.get(root.sym);
  if (body?.matters) summarise(analysis, body, new State(root.context, NO_FACTS), root, analysis.listeners);
}
/** Whether this function has been entered. */
export const wasReached = (analysis: Analysis, sym: FunctionSym): boolean => analysis.summaries.has(sym);

/**
 * The instance of a body for one way in. Past `MOST_ENTRIES` it is one for its context alone, in which the rules are not told anything
 * (`NOBODY` listens there, and in what it calls): facts that hold in no run would be findings. Undefined past `MOST_CONTEXTS` of those.
 */
function summarise(
  analysis: Analysis,
  body: Body,
  entry: State,
  via: Instance['via'],
  listeners: Listeners,
): Instance | undefined {
  let known = analysis.summaries.get(body.sym);
  if (!known) analysis.summaries.set(body.sym, (known = []));
  const { context, facts } = entry;
  const before = find(known, context, facts);
  if (before) return before;
  if (listeners !== NOBODY && known.length < MOST_ENTRIES) {
    const instance = opened(body, via, context);
    known.push({ context, facts, instance });
    return walkBody(analysis, body, entry, instance, listeners);
  }
  notExact(analysis, body.sym, `it is entered in more than ${MOST_ENTRIES} different states`);
  const alike = find(known, context, undefined);
  if (alike || known.length >= MOST_ENTRIES + MOST_CONTEXTS) return alike;
  const instance = opened(body, via, context);
  known.push({ context, facts: undefined, instance });
  return walkBody(analysis, body, new State(context, NO_FACTS), instance, NOBODY);
}
function find(known: readonly Entered[], context: ExecContext, facts: Facts | undefined): Instance | undefined {
  for (const one of known) {
    if (one.context !== context) continue;
    if (facts && one.facts ? sameFacts(facts, one.facts) : facts === one.facts) return one.instance;
  }
  return undefined;
}
const opened = ({ sym }: Body, via: Instance['via'], entry: ExecContext): Instance => ({
  sym,
  via,
  entry,
  exits: [],
  open: true,
});
function walkBody(analysis: Analysis, body: Body, entry: State, instance: Instance, listeners: Listeners): Instance {
  const { program, paths, graph } = analysis;
  const cfg = cfgOf(analysis, body);
  const loops = analysis.locks.loopsOf(body, paths, cfg);
  const walk = { analysis, program, paths, constants: graph, body, cfg, loops, instance, listeners, follow };
  analysis.depth++;
  if (!solve(cfg, new BodyDomain(walk), entry, analysis.budget))
    notExact(analysis, body.sym, 'there are too many ways through it');
  analysis.depth--;
  instance.open = false;
  return instance;
}

/** The states after a call to a function of the scenario: by its summary, its contracts, or what it cannot have changed. */
const follow: FunctionCall = (walk, state, step, sym) => {
  const { analysis } = walk;
  const { contexts, graph, locks } = analysis;
  const body = graph.bodies.get(sym);
  if (!body) {
    const context = afterContracts(analysis, sym, step.call, state.context);
    return state.in(context, withFact(state.facts, step.result, undefined));
  }
  const kept = keptAcross(walk, body, state.facts);
  /** where the body is not followed */
  const passed = (): State =>
    state.in(afterCallOf(analysis, state.context, body), withFact(kept, step.result, undefined));
  if (!body.matters && !(tells(walk, step, body) && mayFollow(analysis, sym))) return passed();
  if (analysis.depth >= DEEPEST_CALLS) {
    notExact(analysis, sym, `it is called more than ${DEEPEST_CALLS} calls deep`);
    return passed();
  }
  const sight = locks.sightOf(step.call, sym);
  const entry = new State(
    contexts.inherited(state.context, sight),
    entryFacts(walk, state.facts, step.call, body, sym),
  );
  const isHelper = locks.isHelper(body);
  const returnsNothing = sym.type.kind === 'function' && sym.type.returns.kind === 'void';
  const isOfSeveral = walk.loops.isOfSeveral(step.call);
  // what a helper does may go with what another one did
  const loose = isLoose(walk, state) || (isHelper && state.guessed) || isOfSeveral;
  const via = { caller: walk.instance, context: state.context, sight, loose, span: step.call.span };
  const instance = summarise(analysis, body, entry, via, walk.listeners);
  if (!instance) return passed();
  for (const tell of walk.listeners.called) tell(via, instance);
  if (instance.open) return passed();
  return instance.exits.map((exit) => {
    const guess = isGuess(instance.exits, exit, isHelper || !returnsNothing);
    // a result that is used may tell what the analysis does not see in it
    const mayTell = step.wanted !== false && !returnsNothing && exactOf(exit.value) === undefined;
    let facts = withFact(kept, step.result, exit.value);
    for (const f of exit.facts) facts = told(walk, facts, state.facts, step.call, sym, f);
    const returned = afterCallOf(analysis, contexts.returned(exit.context, state.context, sight, step.call.span), body);
    const context = isOfSeveral ? contexts.withSeveral(returned, state.context) : returned;
    const loose = state.loose || exit.loose || (guess && (state.guessed || mayTell));
    return new State(context, facts, state.trail, loose, state.guessed || guess);
  });
};
/** Whether the call of a body that is relevant to no rule has a result or an effect that the caller asks for. */
function tells({ analysis, cfg }: BodyWalk, step: CallStep, body: Body): boolean {
  return step.wanted === true || cfg.paths.some((path) => analysis.graph.mayChange(body, path));
}
/** Bodies that are followed only for what they tell are not followed into recursion, nor for ever more arguments. */
function mayFollow({ summaries }: Analysis, sym: FunctionSym): boolean {
  const known = summaries.get(sym);
  return !known || (known.length < MOST_ENTRIES && !known.some(({ instance }) => instance.open));
}
/** A fact at the end of a callee as one of the caller. */
export function told(walk: Scene, facts: Facts, before: Facts, call: Call, sym: FunctionSym, fact: Fact): Facts {
  const path = walk.paths.get(fact.path);
  if (path.variable?.storage === 'global') return withFact(facts, fact.path, fact.value);
  const arg = path.variable && call.args[sym.params.indexOf(path.variable)];
  if (!arg) return facts;
  const places = behind(walk, before, arg, path);
  const value = places.length > 1 ? UNKNOWN : fact.value;
  let all = facts;
  for (const place of places) all = withFact(all, place, value);
  return all;
}

/** Whether the caller cannot know which context it has got: neither by the result, nor by a condition that the analysis follows. */
const isGuess = (exits: readonly Exit[], exit: Exit, always: boolean): boolean =>
  (exit.opaque || always) &&
  exits.some((o) => o.context !== exit.context && !areDisjoint(o.value, exit.value) && !differ(o.facts, exit.facts));
/** Whether a fact about a path rules one about the same path out. */
const differ = (a: Facts, b: Facts): boolean => a.some((f) => areDisjoint(f.value, factOf(b, f.path)));

/** The caller's facts that the callee cannot have changed. */
export function keptAcross(walk: Scene & { readonly constants: CallGraph }, body: Body, facts: Facts): Facts {
  const graph = walk.constants;
  const { assigns, assignsFields, assignsThrough, callsPointers } = body;
  if (facts.length === 0) return facts;
  if (assigns.size === 0 && assignsFields.size === 0 && assignsThrough.size === 0 && !callsPointers) return facts;
  let changed: PathId[] | undefined;
  for (const { path } of facts) if (graph.mayChange(body, path)) (changed ??= []).push(path);
  return changed ? forgotten(walk, facts, changed) : facts;
}
/** What is known about the callee's parameters, what they point to, and the globals it uses. */
function entryFacts(walk: BodyWalk, facts: Facts, call: Call, body: Body, sym: FunctionSym): Facts {
  const { analysis, program } = walk;
  const cfg = cfgOf(analysis, body);
  let entry: Facts = NO_FACTS;
  for (const id of cfg.entry) {
    const path = analysis.paths.get(id);
    const { variable, members, type } = path;
    if (!variable) continue;
    let value: Value | undefined;
    if (variable.storage === 'global') value = factOf(facts, id);
    else {
      const arg = call.args[sym.params.indexOf(variable)];
      if (arg && members === '') {
        const from = program.typeOf(arg);
        value = evaluate(walk, facts, arg);
        if (from && type) value = convert(value, from, type);
        if (value?.at !== undefined) value = value.nonZero ? NON_ZERO : undefined;
      } else if (arg) value = valueBehind(walk, facts, arg, path);
    }
    if (value) entry = withFact(entry, id, value);
  }
  return entry;
}
/** The value of `p->field` in the callee, when `arg` is passed for `p`. */
function valueBehind(walk: BodyWalk, facts: Facts, arg: Expr, path: VarPath): Value | undefined {
  const value = valueOfAny(walk, facts, behind(walk, facts, arg, path));
  const at = value?.at;
  // where a variable of the caller lies says nothing to the callee
  return at !== undefined && walk.paths.get(at).variable?.storage !== 'global' ? NON_ZERO : value;
}
/** The paths of the caller that a callee's path, which begins with a parameter, may name. */
function behind(walk: Scene, facts: Facts, arg: Expr, path: VarPath): readonly PathId[] {
  const { paths, program } = walk;
  const named = behindArgument(program, paths, arg, path.members, path);
  if (named !== undefined && factOf(facts, named)) return [named];
  const objects = pointees(evaluate(walk, facts, arg));
  if (objects.length === 0) return named === undefined ? NO_PATHS : throughPointers(walk, facts, named);
  return objects.flatMap((at) => {
    const place = behindObject(paths, at, path.members, path);
    return place === undefined ? NO_PATHS : throughPointers(walk, facts, place);
  });
}
