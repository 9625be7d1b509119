/**
 * Runs rules over a program through its calls. Each body is analysed once for every different way it is entered: the kind of context, what
 * is held, the values of the parameters that it uses. A summary says how it may return; the way it was first entered is kept as evidence
 * (`Instance.via`).
 */
import { orMake } from '../../../types/orMake';
import type { FunctionSym } from '../../check/context/program';
import type { Call, Expr } from '../../syntax/tree';
import { withoutCasts } from '../../syntax/withoutCasts';
import { type Analysis, cfgOf, notExact } from './analysisContext';
import { type BodyWalk, bodyDomain, type FunctionCall } from './bodyWalk';
import type { Body } from './callGraph';
import { afterContracts } from './contracts';
import { evaluate } from './exprValue';
import { isLive } from './flow/cfg';
import { solve } from './flow/solver';
import type { Instance, Root, State } from './instance';
import type { RuleHooks } from './rule';
import { afterCallOf } from './staleLocks';
import { type Facts, factOf, factsKey, NO_FACTS, withFact } from './values/facts';
import type { Value } from './values/knownBits';
import type { PathId } from './values/varPaths';

const DEEPEST_CALLS = 200;
/** ways into a body that are walked each on its own */
const MOST_ENTRIES = 64;
/** and contexts beyond those in which it is walked with nothing known of its arguments */
const MOST_CONTEXTS = 32;

/** Analyses a body as the kernel enters it. */
export function enter(analysis: Analysis, root: Root): void {
  const body = analysis.graph.bodies.get(root.sym);
  if (body?.matters) summarise(analysis, body, { context: root.context, facts: NO_FACTS }, root, analysis.hooks);
}
/** Whether this function has been entered. */
export const wasReached = (analysis: Analysis, sym: FunctionSym): boolean => analysis.summaries.has(sym);

/**
 * The instance of a body for one way in. Past `MOST_ENTRIES` it is one for its context alone, in which the rules are not told anything
 * (`hooks` is empty there, and in what it calls): facts that hold in no run would be findings. Undefined past `MOST_CONTEXTS` of those.
 */
function summarise(
  analysis: Analysis,
  body: Body,
  entry: State,
  via: Instance['via'],
  hooks: readonly RuleHooks[],
): Instance | undefined {
  const known = orMake(analysis.summaries, body.sym, () => new Map());
  const key = `${entry.context.id};${factsKey(entry.facts)}`;
  const before = known.get(key);
  if (before) return before;
  if (hooks.length > 0 && known.size < MOST_ENTRIES) return walkBody(analysis, body, entry, via, hooks, key);
  notExact(analysis, body.sym, `it is entered in more than ${MOST_ENTRIES} different states`);
  const general = `${entry.context.id}`;
  const alike = known.get(general);
  if (alike || known.size >= MOST_ENTRIES + MOST_CONTEXTS) return alike;
  return walkBody(analysis, body, { context: entry.context, facts: NO_FACTS }, via, [], general);
}
function walkBody(
  analysis: Analysis,
  body: Body,
  entry: State,
  via: Instance['via'],
  hooks: readonly RuleHooks[],
  key: string,
): Instance {
  const instance: Instance = { sym: body.sym, via, exits: [], open: true };
  orMake(analysis.summaries, body.sym, () => new Map()).set(key, instance);
  const { program, paths, graph } = analysis;
  const cfg = cfgOf(analysis, body);
  const domain = bodyDomain({ analysis, program, paths, constants: graph, body, cfg, instance, hooks, follow });
  analysis.depth++;
  if (!solve(cfg, domain, entry, analysis.budget)) notExact(analysis, body.sym, 'there are too many ways through it');
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
    return { context, facts: withFact(state.facts, step.result, undefined) };
  }
  const kept = keptAcross(analysis, body, state.facts);
  const names = { contexts, paths, refs: locks.refs };
  const identity = { context: afterCallOf(names, state.context, body), facts: withFact(kept, step.result, undefined) };
  if (!body.matters) return identity;
  if (analysis.depth >= DEEPEST_CALLS) {
    notExact(analysis, sym, `it is called more than ${DEEPEST_CALLS} calls deep`);
    return identity;
  }
  const sight = locks.sightOf(step.call, sym);
  const entry: State = {
    context: contexts.inherited(state.context, sight),
    facts: entryFacts(walk, state.facts, step.call, body, sym),
  };
  const via = { caller: walk.instance, context: state.context, sight, span: step.call.span };
  const instance = summarise(analysis, body, entry, via, walk.hooks);
  if (!instance || instance.open) return identity;
  return instance.exits.map((exit) => ({
    context: afterCallOf(names, contexts.returned(exit.context, state.context, sight), body),
    facts: exit.facts.reduce<Facts>(
      (facts, f) => withFact(facts, f.path, f.value),
      withFact(kept, step.result, exit.value),
    ),
  }));
};

/** The caller's facts that the callee cannot have changed. */
function keptAcross(analysis: Analysis, body: Body, facts: Facts): Facts {
  if (facts.length === 0 || (body.assigns.size === 0 && body.assignsFields.size === 0 && !body.callsPointers))
    return facts;
  return facts.filter(({ path }) => !mayChange(analysis, body, path));
}
function mayChange(analysis: Analysis, body: Body, path: PathId): boolean {
  const { variable, field, of } = analysis.paths.get(path);
  if (of.length > 0) return of.some((p) => mayChange(analysis, body, p));
  if (body.callsPointers && analysis.graph.isUnstable(path)) return true;
  return (variable !== undefined && body.assigns.has(variable)) || (field !== '' && body.assignsFields.has(field));
}
/** What is known about the callee's parameters, what they point to, and the globals it uses. */
function entryFacts(walk: BodyWalk, facts: Facts, call: Call, body: Body, sym: FunctionSym): Facts {
  const { analysis } = walk;
  const cfg = cfgOf(analysis, body);
  let entry: Facts = NO_FACTS;
  for (const path of cfg.paths) {
    if (!isLive(cfg, 0, path)) continue;
    const { variable, members, field } = analysis.paths.get(path);
    if (!variable) continue;
    let value: Value | undefined;
    if (variable.storage === 'global') value = factOf(facts, path);
    else {
      const arg = call.args[sym.params.indexOf(variable)];
      if (arg) value = members === '' ? evaluate(walk, facts, arg) : behind(walk, facts, arg, members, field);
    }
    if (value) entry = withFact(entry, path, value);
  }
  return entry;
}
/** The value of `p->field` in the callee, when `arg` is passed for `p`. */
function behind(walk: BodyWalk, facts: Facts, arg: Expr, members: string, field: string): Value | undefined {
  const { paths, constants } = walk;
  const given = withoutCasts(arg);
  const taken = given.kind === 'unary' && given.op === '&';
  const named = given.kind === 'unary' && taken ? given.operand : given;
  if (named.kind !== 'ident' && named.kind !== 'member') return undefined;
  const base = paths.ofExpr(named);
  if (base === undefined) return undefined;
  const { variable, members: prefix } = paths.get(base);
  if (!variable) return undefined;
  const full = taken ? `${prefix}.${members.replace(/^(->|\.)/, '')}` : prefix + members;
  const known = factOf(facts, paths.of(variable, full, field));
  if (known) return known;
  return variable.storage === 'global' ? constants.valueOf(variable, full) : undefined;
}
