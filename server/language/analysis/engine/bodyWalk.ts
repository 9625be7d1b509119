/**
 * The walk through one instance of a body: how each step changes a state, what branches add, and what is reported to the rules. The domain
 * of the solver.
 */
import type { ApiEntry, Effect, Question } from '../../catalogue/form/entry';
import type { ApiSym, FunctionSym } from '../../check/context/program';
import type { Call, Expr } from '../../syntax/tree';
import { withoutCasts } from '../../syntax/withoutCasts';
import { cfgOf } from './analysisContext';
import { type BodyWalk, CallSite, type CallStep, Exiting } from './bodyScene';
import type { Body, CallGraph } from './callGraph';
import { lockText } from './contracts';
import { doubtOf } from './doubt';
import { sourceText } from './evidence';
import { answerOf, type Cause, type ExecContext, isAtomic, sleepsOnRt } from './execContext';
import { binaryValue, evaluate, placesOf, type Scene, throughPointers } from './exprValue';
import { type ApiFacts, mayBeNull, sleepBits } from './flow/apiFacts';
import { type Block, type Cfg, goesBack, isLive, type Step } from './flow/cfg';
import type { Domain } from './flow/solver';
import { State } from './instance';
import { caseFacts, refine } from './refine';
import type { EffectStep } from './rule';
import { afterStore, type StoreStep } from './staleLocks';
import { convert } from './values/convert';
import { type Fact, type Facts, factOf, joinFacts, weakerFacts, withFact, without } from './values/facts';
import {
  exactOf,
  joinValues,
  meetValues,
  NON_ZERO,
  ONE,
  ofBoolean,
  sameValue,
  truth,
  UNKNOWN,
  type Value,
  valueWith,
  ZERO,
} from './values/knownBits';
import { casesOf, type Outcome, oneOf, withBits } from './values/possible';
import type { PathId } from './values/varPaths';

const MOST_EXITS = 12;
const NO_PATHS: readonly PathId[] = [];
const EITHER_WAY: readonly Outcome[] = [[ZERO, NON_ZERO]];
const isKnown = (v: Value): boolean => (v.ones | v.zeros) !== 0;

type States = State | readonly State[];

/** The domain that the solver needs. */
export class BodyDomain implements Domain<State> {
  constructor(private readonly walk: BodyWalk) {}

  partition(state: State): ExecContext {
    return state.context;
  }
  covers(a: State, b: State): boolean {
    return weakerFacts(a.facts, b.facts);
  }
  join(a: State, b: State): State {
    return joined(a, b);
  }
  enter(state: State, block: Block): State {
    return state.withFacts(liveFacts(state.facts, this.walk.cfg, block.id));
  }
  step(state: State, step: Step): States {
    return stepOf(this.walk, state, step);
  }
  edge(state: State, block: Block, taken: boolean): State | undefined {
    return branchEdge(this.walk, state, block, taken);
  }
  jump(state: State, block: Block, to: number): State {
    return jumpTo(this.walk, state, block, to);
  }
  switchEdge(state: State, block: Block, index: number | undefined): State | undefined {
    return switchEdge(this.walk, state, block, index);
  }
  leave(state: State, block: Block): void {
    leaveBody(this.walk, state, block);
  }
}

function joined(a: State, b: State): State {
  const facts = joinFacts(a.facts, b.facts);
  const loose = a.loose || b.loose || facts.length < Math.max(a.facts.length, b.facts.length);
  return new State(a.context, facts, a.trail, loose, a.guessed || b.guessed);
}
/** The facts about paths that are live at the start of a block. */
export function liveFacts(facts: Facts, cfg: Cfg, block: number): Facts {
  for (let i = 0; i < facts.length; i++) {
    if (isLive(cfg, block, (facts[i] as Fact).path)) continue;
    const live = facts.slice(0, i);
    for (let j = i + 1; j < facts.length; j++) {
      const fact = facts[j] as Fact;
      if (isLive(cfg, block, fact.path)) live.push(fact);
    }
    return live;
  }
  return facts;
}

function stepOf(walk: BodyWalk, state: State, step: Step): States {
  switch (step.op) {
    case 'deref':
    case 'store':
      return state;
    case 'forget':
      return state.in(unnamed(walk, state, step), factsAfter(walk, state.facts, step));
    case 'copy':
      return state.in(unnamed(walk, state, step), copied(walk, state.facts, step));
    case 'assign':
      return assignStep(walk, state, step);
    case 'state': {
      const cause = {
        lock: undefined,
        text: '',
        by: sourceText(walk.program, step.call.callee.span),
        span: step.call.span,
      };
      const effect: Effect = step.waits ? { on: 'state', op: 'set', arg: 0 } : { on: 'state', op: 'running' };
      return state.in(walk.analysis.contexts.after(state.context, effect, cause));
    }
    case 'call':
      return callStep(walk, state, step);
  }
}
/** The context with other names for the locks that a store gives them to. */
function unnamed({ analysis }: BodyWalk, { context }: State, step: StoreStep): ExecContext {
  return context.holds.length === 0 ? context : afterStore(analysis, context, step);
}
function assignStep(walk: BodyWalk, state: State, step: AssignStep): States {
  const context = unnamed(walk, state, step);
  const source = copiedFrom(walk, state.facts, step);
  if (source === undefined) return state.in(context, assigned(walk, state.facts, step));
  return eitherOf(walk, state.facts, source).map((one) => state.in(context, assigned(walk, one, step)));
}
type AssignStep = Step & { op: 'assign' };
/** The facts after a store: of a copy of an unknown value that is tested too, those for each outcome, which keeps the two consistent. */
export function copies(walk: Scene, facts: Facts, step: AssignStep): readonly Facts[] {
  const source = copiedFrom(walk, facts, step);
  if (source === undefined) return [assigned(walk, facts, step)];
  return eitherOf(walk, facts, source).map((one) => assigned(walk, one, step));
}
/** The path whose unknown value is copied to one that is tested too. */
function copiedFrom(walk: Scene, facts: Facts, step: AssignStep): PathId | undefined {
  const { tested } = walk.cfg;
  const source = step.assign === '=' && tested.has(step.path) ? copyOf(walk, facts, step.value) : undefined;
  return source !== undefined && source !== step.path && tested.has(source) ? source : undefined;
}
/** The facts where a path is zero, and where it is not; or with either outcome of another test. */
function eitherOf(walk: Scene, facts: Facts, path: PathId, outcome: Outcome = [ZERO, NON_ZERO]): readonly Facts[] {
  const before = factOf(facts, path) ?? walk.constants.valueOf(path) ?? UNKNOWN;
  return outcome.flatMap((value) => {
    const both = meetValues(before, value);
    return both ? [withFact(facts, path, both)] : [];
  });
}
/** The path that `e` is a plain copy of, if it is not known whether it is zero. */
function copyOf(walk: Scene, facts: Facts, expr: Expr): PathId | undefined {
  const e = withoutCasts(expr);
  if (e.kind !== 'ident' && e.kind !== 'member') return undefined;
  const path = walk.paths.ofExpr(e);
  return path === undefined || truth(evaluate(walk, facts, e)) !== undefined ? undefined : path;
}
/** One state for each outcome of an argument that both the callee and other code test. */
function split(walk: BodyWalk, state: State, call: Call, sym: FunctionSym): States {
  const body = walk.constants.bodies.get(sym);
  if (!body?.matters) return state;
  for (let i = 0; i < call.args.length; i++) {
    const arg = call.args[i];
    const param = sym.params[i];
    const source = arg && copyOf(walk, state.facts, arg);
    if (source === undefined || !param || !(walk.cfg.tested.has(source) || body.asks.has(source))) continue;
    const callee = cfgOf(walk.analysis, body);
    if (!callee.tested.has(walk.paths.of(param))) continue;
    const outcomes = callee.outcomes.get(param) ?? EITHER_WAY;
    return outcomes
      .reduce((all, outcome) => all.flatMap((facts) => eitherOf(walk, facts, source, outcome)), [state.facts])
      .map((facts) => state.withFacts(facts));
  }
  return state;
}
/** The facts after a step that is not a call, for a walk that follows something else. */
export function factsAfter(scene: Scene, facts: Facts, step: Exclude<Step, CallStep>): Facts {
  switch (step.op) {
    case 'forget':
      return step.next ? counted(scene, facts, step) : forgotten(scene, facts, step.paths);
    case 'copy':
      return copied(scene, facts, step);
    case 'assign':
      return assigned(scene, facts, step);
    default:
      return facts;
  }
}
/** A counter that was 0 is at least 1 from then on: the second round of a loop is not its first. */
function counted(walk: Scene, facts: Facts, step: Step & { op: 'forget' }): Facts {
  const left = forgotten(walk, facts, step.paths);
  const [path = -1] = step.stored;
  const { type } = walk.paths.get(path);
  const before = factOf(facts, path);
  const goesOn = exactOf(before) === 0 || (before?.min ?? 0) >= 1;
  return goesOn && type?.kind === 'int' && type.size >= 4 ? withFact(left, path, COUNTED) : left;
}
const COUNTED = valueWith({ nonZero: true, min: 1 });
function assigned(walk: Scene, facts: Facts, step: Step & { op: 'assign' }): Facts {
  const { type } = walk.paths.get(step.path);
  let value = evaluate(walk, facts, step.value);
  if (step.assign !== '=' && step.place) {
    value = binaryValue(walk, facts, step.assign.slice(0, -1), step.place, step.value);
  } else if (value && type) {
    const from = walk.program.typeOf(step.value);
    if (from) value = convert(value, from, type);
  }
  const places = step.place ? placesOf(walk, facts, step.place) : NO_PATHS;
  const left = withFact(forgotten(walk, facts, step.touches), step.path, value ?? lost(walk, step.path));
  const place = places[0];
  return place !== undefined && places.length === 1 && place !== step.path ? withFact(left, place, value) : left;
}
/** What becomes of a structure that is copied, or filled with zeros. */
function copied(walk: Scene, facts: Facts, step: Step & { op: 'copy' }): Facts {
  let after = forgotten(walk, facts, step.touches);
  for (const [to, from] of step.pairs) {
    const value = from === -1 ? ZERO : from < 0 ? undefined : valueThrough(walk, facts, from);
    if (value) after = withFact(after, to, value);
  }
  return after;
}
function valueThrough(walk: Scene, facts: Facts, path: PathId): Value | undefined {
  const values = throughPointers(walk, facts, path).map((p) => factOf(facts, p) ?? walk.constants.valueOf(p));
  return values.length === 1 ? values[0] : oneOf(values);
}
/** The facts without those about `paths`, about which nothing is known any more. */
export function forgotten(walk: Scene, facts: Facts, paths: readonly PathId[]): Facts {
  let left = paths.length > 0 ? without(facts, paths) : facts;
  for (const path of paths) {
    const unknown = lost(walk, path);
    if (unknown) left = withFact(left, path, unknown);
  }
  return left;
}
/** What is known of a path that has just been changed: not even that it holds one of the values that are assigned to it somewhere. */
const lost = (walk: Scene, path: PathId): Value | undefined =>
  walk.constants.valueOf(path) && walk.paths.get(path).variable ? UNKNOWN : undefined;

function callStep(walk: BodyWalk, state: State, step: CallStep): States {
  const { call, target } = step;
  for (const tell of walk.listeners.call) tell(walk.instance, state.context, call);
  switch (target.kind) {
    case 'api':
      return apiCall(walk, state, step, target.sym, target.facts);
    case 'function':
      return functionCall(walk, state, step, target.sym);
    case 'pointer': {
      const pointer = evaluate(walk, state.facts, target.expr);
      const known = pointer ? casesOf(pointer).flatMap((v) => v.target ?? []) : [];
      const targets = known.length > 0 ? known : walk.constants.targetsOf(target.expr);
      if (targets.length > 0) return targets.flatMap((sym) => functionCall(walk, state, step, sym));
      return state.withFacts(withFact(stable(walk, walk.body, state.facts), step.result, undefined));
    }
  }
}
const NO_EFFECTS: readonly EffectStep[] = [];
function functionCall(walk: BodyWalk, state: State, step: CallStep, sym: FunctionSym): States {
  if (sym.def.modifiers.contracts.length > 0) {
    const site = new CallSite(walk, state, step.call, sym, undefined, NO_EFFECTS);
    for (const tell of walk.listeners.functionCall) tell(site, sym);
  }
  const states = split(walk, state, step.call, sym);
  if (!Array.isArray(states)) return walk.follow(walk, state, step, sym);
  return states.flatMap((one: State) => walk.follow(walk, one, step, sym));
}
function apiCall(walk: BodyWalk, state: State, step: CallStep, sym: ApiSym, api: ApiFacts): States {
  const { call, result } = step;
  const steps = api.entry.effects ? effectsOf(walk, state, call, sym.name, api.entry) : NO_EFFECTS;
  if (api.matters || api.spins || state.context.entry === 'nmi') {
    const site = new CallSite(walk, state, call, sym, api, steps);
    for (const tell of walk.listeners.apiCall) tell(site, api);
  }
  let facts = withFact(state.facts, result, undefined);
  const { allocates, asks, effects, family, takes } = api.entry;
  if (asks) return state.withFacts(withFact(facts, result, answerTo(walk, state, call, api, asks)));
  if (family === 'simulator' || letsOthersRun(walk, state, call, api)) facts = stable(walk, walk.body, facts);
  // what waits until it succeeds is not NULL
  if (result >= 0 && allocates && nullness(walk, state, call, api) === 'never')
    facts = withFact(facts, result, NON_ZERO);
  if (!effects) return state.withFacts(facts);
  facts = followedForLock(walk, facts, call, effects);
  const after = steps.at(-1)?.after ?? state.context;
  if (!takes) return state.in(after, facts);
  const [taken, not] = takes.when === 'nonzero' ? [ONE, ZERO] : [ZERO, NON_ZERO];
  return [state.in(after, withFact(facts, result, taken)), state.withFacts(withFact(facts, result, not))];
}
/** Who takes or releases `&p->lock` has followed `p`: it is not NULL. */
function followedForLock(walk: BodyWalk, facts: Facts, call: Call, effects: readonly Effect[]): Facts {
  let known = facts;
  for (const effect of effects) {
    if (effect.on !== 'lock') continue;
    let e: Expr | undefined = call.args[effect.arg];
    e = e && withoutCasts(e);
    e = e?.kind === 'unary' && e.op === '&' ? withoutCasts(e.operand) : undefined;
    while (e?.kind === 'member' && !e.arrow) e = withoutCasts(e.base);
    const path = e?.kind === 'member' ? walk.paths.ofExpr(withoutCasts(e.base)) : undefined;
    if (path !== undefined && truth(factOf(known, path)) === undefined) known = withFact(known, path, NON_ZERO);
  }
  return known;
}
function nullness(walk: BodyWalk, { facts }: State, call: Call, { entry }: ApiFacts): ReturnType<typeof mayBeNull> {
  const arg = entry.gfp && call.args[entry.gfp.arg];
  return mayBeNull(walk.program.profile, entry, arg && evaluate(walk, facts, arg));
}
/** Whether other contexts may run during a call because it sleeps. Where that is wrong it is reported, and what follows is as if it did not. */
function letsOthersRun(walk: BodyWalk, state: State, call: Call, { entry }: ApiFacts): boolean {
  if (entry.sleeps === 'never' || isAtomic(state.context)) return false;
  const given = entry.gfp && call.args[entry.gfp.arg];
  const mask = given && evaluate(walk, state.facts, given);
  return !mask || withBits(mask, sleepBits(walk.program.profile, entry)) !== undefined || !isKnown(mask);
}
/** What a call answers that asks for the context, or for a lock; undefined: it cannot be told. */
function answerTo(
  walk: BodyWalk,
  { context, facts }: State,
  call: Call,
  api: ApiFacts,
  asks: Question,
): Value | undefined {
  switch (asks) {
    case 'gfpflags_allow_blocking':
      return ofBoolean(allowsBlocking(walk, facts, call, api));
    case 'preempt_count':
      return answerOf('in_atomic', context, walk.analysis.contexts.rt) ? NON_ZERO : ZERO;
    case 'spin_is_locked': {
      const lock = call.args[0] && walk.analysis.locks.refs.ofLock(call.args[0]);
      return lock?.base && context.holds.some((h) => h.lock === lock) ? ONE : undefined;
    }
    default:
      return ofBoolean(answerOf(asks, context, walk.analysis.contexts.rt));
  }
}
function allowsBlocking(walk: BodyWalk, facts: Facts, call: Call, { entry }: ApiFacts): boolean | undefined {
  const arg = entry.gfp && call.args[entry.gfp.arg];
  const mask = arg && evaluate(walk, facts, arg);
  if (!mask) return undefined;
  const bits = sleepBits(walk.program.profile, entry);
  return (mask.ones & bits) === bits ? true : mask.zeros & bits ? false : undefined;
}
/** A state that is not certainly other than TASK_RUNNING counts as that. */
function inState(walk: BodyWalk, facts: Facts, call: Call, effect: Effect): Effect {
  if (effect.on !== 'state' || effect.op !== 'set') return effect;
  const arg = call.args[effect.arg];
  return arg && truth(evaluate(walk, facts, arg)) === true ? effect : { on: 'state', op: 'running' };
}
/** The effects of a call one by one, each with its cause and the contexts before and after it. */
function effectsOf(
  walk: BodyWalk,
  { context, facts }: State,
  call: Call,
  by: string,
  entry: ApiEntry,
): readonly EffectStep[] {
  const { effects = [] } = entry;
  const { analysis, instance } = walk;
  const { contexts } = analysis;
  // where nobody can hold a lock already, a release without it is told anyhow
  const noted = 'caller' in instance.via || !instance.via.closed;
  const table = noted ? analysis.causes.noted : analysis.causes.plain;
  let causes = table.get(call);
  if (!causes) table.set(call, (causes = new Array(effects.length)));
  const steps: EffectStep[] = new Array(effects.length);
  for (let i = 0; i < effects.length; i++) {
    const effect = inState(walk, facts, call, effects[i] as Effect);
    const cause = (causes[i] ??= causeOf(walk, call, effect, entry, by, noted));
    const after = contexts.after(context, effect, cause);
    steps[i] = { effect, cause, before: context, after };
    context = after;
  }
  return steps;
}
/** The cause of one effect of a call: one object, whenever the call is met. */
function causeOf(
  { analysis, program, loops }: BodyWalk,
  call: Call,
  effect: Effect,
  { effects = [], freedWith }: ApiEntry,
  by: string,
  noted: boolean,
): Cause {
  const { refs } = analysis.locks;
  const arg = 'arg' in effect && effect.arg !== undefined ? call.args[effect.arg] : undefined;
  const named = arg && (effect.on === 'lock' ? refs.ofLock(arg) : refs.ofVariable(arg));
  const several = effect.on === 'lock' && loops.isOfSeveral(call);
  const spins = effect.on === 'irq' && effects.some((e) => e.on === 'lock' && sleepsOnRt(e.lock));
  return {
    lock: several ? refs.unknown(named?.cls) : named,
    text: arg ? lockText(program, arg) : '',
    by,
    span: call.span,
    notOnRt: spins || (effect.on === 'preempt' && effect.onRt !== undefined),
    noted,
    undoneBy: freedWith,
    ofSeveral: several,
    uncounted: loops.takesSeveral(named?.cls),
  };
}
/** Facts that another context cannot change meanwhile. */
export function stable(walk: Scene & { readonly constants: CallGraph }, body: Body, facts: Facts): Facts {
  let changed: PathId[] | undefined;
  for (const { path } of facts) if (walk.constants.isChangedMeanwhile(path, body)) (changed ??= []).push(path);
  return changed ? forgotten(walk, facts, changed) : facts;
}

function branchEdge(walk: BodyWalk, state: State, block: Block, taken: boolean): State | undefined {
  const end = block.end;
  if (end.op !== 'branch') return state;
  const refined = refine(walk, state.facts, end.test, taken);
  if (!refined) return undefined;
  const to = taken ? end.yes : end.no;
  const facts = goesBack(walk.cfg, block.id, to) ? stable(walk, walk.body, refined) : refined;
  return state.after(block, to, behindLoop(walk, state.context, block, to), facts);
}
function jumpTo(walk: BodyWalk, state: State, block: Block, to: number): State {
  if (goesBack(walk.cfg, block.id, to)) return state.withFacts(stable(walk, walk.body, state.facts));
  return state.in(behindLoop(walk, state.context, block, to));
}
/** Behind a loop that has released several locks none of them is held. */
function behindLoop({ analysis, loops }: BodyWalk, context: ExecContext, block: Block, to: number): ExecContext {
  let behind = context;
  if (behind.holds.length === 0) return behind;
  for (const cls of loops.leaves(block.id, to))
    behind = analysis.contexts.withoutClass(behind, cls, !loops.takesSeveral(cls));
  return behind;
}
function switchEdge(walk: BodyWalk, state: State, block: Block, index: number | undefined): State | undefined {
  const facts = caseFacts(walk, state.facts, block, index);
  const { end } = block;
  const to = end.op !== 'switch' ? undefined : index === undefined ? end.otherwise : end.cases[index]?.block;
  if (!facts || to === undefined) return facts && state.withFacts(facts);
  return state.after(block, to, behindLoop(walk, state.context, block, to), facts);
}
/** The facts of which callers are told. */
function toldFacts({ constants, body }: BodyWalk, facts: Facts): Facts {
  for (const f of facts)
    if (!constants.isTold(body, f.path)) return facts.filter((g) => constants.isTold(body, g.path));
  return facts;
}
function leaveBody(walk: BodyWalk, state: State, block: Block): void {
  const end = block.end;
  const value = end.op === 'return' && end.value ? evaluate(walk, state.facts, end.value) : undefined;
  const facts = toldFacts(walk, state.facts);
  const opaque = doubtOf(walk.analysis, walk.cfg, state.trail);
  const loose = state.loose || opaque === 'contradicting';
  const exit = new Exiting(walk, state, block, value, loose);
  for (const tell of walk.listeners.leave) tell(walk.instance, state.context, block, exit);
  const { exits } = walk.instance;
  const context = walk.analysis.contexts.left(state.context);
  for (const exit of exits) {
    if (exit.context === context && sameValue(exit.value, value) && weakerFacts(exit.facts, facts)) return;
  }
  if (exits.length < MOST_EXITS) {
    exits.push({ context, value, facts, loose, opaque: opaque !== 'none' });
    return;
  }
  const at = exits.findIndex((exit) => exit.context === context);
  const old = exits[at];
  if (old) {
    exits[at] = {
      context: old.context,
      value: joinValues(old.value, value),
      facts: joinFacts(old.facts, facts),
      loose: true,
      opaque: old.opaque,
    };
  }
}
