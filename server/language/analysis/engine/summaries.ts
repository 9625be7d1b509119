/**
 * Runs rules over a program through its calls. Each body is analysed once for every different way it is entered: the kind of context, what
 * is held, the values of the parameters that it uses. A summary says how it may return; the way it was first entered is kept as evidence
 * (`Instance.via`).
 */
import { orMake } from '../../../types/orMake';
import type { FunctionSym } from '../../check/context/program';
import type { Call, Expr } from '../../syntax/tree';
import { type Analysis, cfgOf, notExact } from './analysisContext';
import { type BodyWalk, type CallStep, type FunctionCall, isLoose } from './bodyScene';
import { BodyDomain, forgotten } from './bodyWalk';
import type { Body, CallGraph } from './callGraph';
import { afterContracts } from './contracts';
import { areDisjoint } from './doubt';
import { evaluate, type Scene, throughPointers } from './exprValue';
import { isLive } from './flow/cfg';
import { solve } from './flow/solver';
import { type Exit, type Instance, type Root, State } from './instance';
import { type Listeners, NOBODY } from './rule';
import { afterCallOf } from './staleLocks';
import { behindArgument, behindObject } from './values/behindArgument';
import { convert } from './values/convert';
import { type Fact, type Facts, factOf, factsKey, NO_FACTS, withFact } from './values/facts';
import { exactOf, NON_ZERO, UNKNOWN, type Value } from './values/knownBits';
import { casesOf, oneOf } from './values/possible';
import type { PathId, VarPath } from './values/varPaths';

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
  const known = orMake(analysis.summaries, body.sym, () => new Map());
  const key = `${entry.context.id};${factsKey(entry.facts)}`;
  const before = known.get(key);
  if (before) return before;
  if (listeners !== NOBODY && known.size < MOST_ENTRIES) return walkBody(analysis, body, entry, via, listeners, key);
  notExact(analysis, body.sym, `it is entered in more than ${MOST_ENTRIES} different states`);
  const general = `${entry.context.id}`;
  const alike = known.get(general);
  if (alike || known.size >= MOST_ENTRIES + MOST_CONTEXTS) return alike;
  return walkBody(analysis, body, new State(entry.context, NO_FACTS), via, NOBODY, general);
}
function walkBody(
  analysis: Analysis,
  body: Body,
  entry: State,
  via: Instance['via'],
  listeners: Listeners,
  key: string,
): Instance {
  const instance: Instance = { sym: body.sym, via, entry: entry.context, exits: [], open: true };
  orMake(analysis.summaries, body.sym, () => new Map()).set(key, instance);
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
  const { contexts, graph, locks, paths } = analysis;
  const body = graph.bodies.get(sym);
  if (!body) {
    const context = afterContracts(analysis, sym, step.call, state.context);
    return state.in(context).withFacts(withFact(state.facts, step.result, undefined));
  }
  const kept = keptAcross(walk, body, state.facts);
  const names = { contexts, paths, refs: locks.refs };
  const identity = state.in(afterCallOf(names, state.context, body)).withFacts(withFact(kept, step.result, undefined));
  if (!body.matters && !(tells(walk, step, body) && mayFollow(analysis, sym))) return identity;
  if (analysis.depth >= DEEPEST_CALLS) {
    notExact(analysis, sym, `it is called more than ${DEEPEST_CALLS} calls deep`);
    return identity;
  }
  const sight = locks.sightOf(step.call, sym);
  const entry = new State(
    contexts.inherited(state.context, sight),
    entryFacts(walk, state.facts, step.call, body, sym),
  );
  const isHelper = locks.isHelper(body);
  const returnsNothing = sym.type.kind === 'function' && sym.type.returns.kind === 'void';
  // what a helper does may go with what another one did
  const loose = isLoose(walk, state) || (isHelper && state.guessed) || walk.loops.isOfSeveral(step.call);
  const via = { caller: walk.instance, context: state.context, sight, loose, span: step.call.span };
  const instance = summarise(analysis, body, entry, via, walk.listeners);
  if (!instance) return identity;
  for (const rule of walk.listeners.called) rule.called?.(via, instance);
  if (instance.open) return identity;
  return instance.exits.map((exit) => {
    const guess = isGuess(instance.exits, exit, isHelper || !returnsNothing);
    // a result that is used may tell what the analysis does not see in it
    const mayTell = step.wanted !== false && !returnsNothing && exactOf(exit.value) === undefined;
    const facts = exit.facts.reduce<Facts>(
      (before, f) => told(walk, before, state.facts, step.call, sym, f),
      withFact(kept, step.result, exit.value),
    );
    const returned = afterCallOf(names, contexts.returned(exit.context, state.context, sight, step.call.span), body);
    const context = walk.loops.isOfSeveral(step.call) ? contexts.withSeveral(returned, state.context) : returned;
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
  return !known || (known.size < MOST_ENTRIES && ![...known.values()].some((instance) => instance.open));
}
/** A fact at the end of a callee as one of the caller. */
export function told(walk: Scene, facts: Facts, before: Facts, call: Call, sym: FunctionSym, fact: Fact): Facts {
  const path = walk.paths.get(fact.path);
  if (path.variable?.storage === 'global') return withFact(facts, fact.path, fact.value);
  const arg = path.variable && call.args[sym.params.indexOf(path.variable)];
  const places = arg ? behind(walk, before, arg, path) : [];
  return places.reduce(
    (all, place) => (places.length > 1 ? withFact(all, place, UNKNOWN) : withFact(all, place, fact.value)),
    facts,
  );
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
  return forgotten(
    walk,
    facts,
    facts.flatMap(({ path }) => (graph.mayChange(body, path) ? [path] : [])),
  );
}
/** What is known about the callee's parameters, what they point to, and the globals it uses. */
function entryFacts(walk: BodyWalk, facts: Facts, call: Call, body: Body, sym: FunctionSym): Facts {
  const { analysis, program } = walk;
  const cfg = cfgOf(analysis, body);
  let entry: Facts = NO_FACTS;
  for (const id of cfg.paths) {
    if (!isLive(cfg, 0, id)) continue;
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
  const values = behind(walk, facts, arg, path).map((place) => factOf(facts, place) ?? walk.constants.valueOf(place));
  const value = values.length > 1 ? oneOf(values) : values[0];
  const { at } = value ?? {};
  // where a variable of the caller lies says nothing to the callee
  return at !== undefined && walk.paths.get(at).variable?.storage !== 'global' ? NON_ZERO : value;
}
/** The paths of the caller that a callee's path, which begins with a parameter, may name. */
function behind(walk: Scene, facts: Facts, arg: Expr, path: VarPath): readonly PathId[] {
  const { paths, program } = walk;
  const named = behindArgument(program, paths, arg, path.members, path);
  if (named !== undefined && factOf(facts, named)) return [named];
  const pointer = evaluate(walk, facts, arg);
  const objects = pointer ? casesOf(pointer).flatMap((v) => v.at ?? []) : [];
  const places = objects.length > 0 ? objects.map((at) => behindObject(paths, at, path.members, path)) : [named];
  return places.flatMap((place) => (place === undefined ? [] : throughPointers(walk, facts, place)));
}
