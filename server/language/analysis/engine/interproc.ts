/**
 * Runs rules over a program through its calls. Each body is analysed once for every different way it is entered: the kind of context, what
 * is held, the values of its parameters that it asks for. A summary says how it may return; the way it was first entered stays with it as evidence
 * (`Instance.via`). A rule is told of every call to the kernel's API with the state it is made in; it decides, it doesn't walk.
 */

import type { Effect } from '../../catalogue/entry';
import type { ApiSym, ContextSym, FunctionSym, Program, VarSym } from '../../check/program';
import type { Call, Expr, Span } from '../../syntax/tree';
import type { ApiFacts } from './apiFacts';
import { sleepBits } from './apiFacts';
import { buildCfg } from './buildCfg';
import type { Body, CallGraph } from './callGraph';
import type { Block, CallTarget, Cfg, PlaceId, Step } from './cfg';
import { isLive } from './cfg';
import { afterContracts } from './contracts';
import type { Context, Contexts } from './execContext';
import { answerOf } from './execContext';
import type { Fact, Facts, Scene } from './facts';
import {
  evaluate,
  factOf,
  factsKey,
  joinFacts,
  liveFacts,
  NO_FACTS,
  refine,
  weakerFacts,
  withFact,
  without,
} from './facts';
import type { Value } from './knownBits';
import { andValues, exactOf, joinValues, NON_ZERO, ofTruth, orValues, sameValue, ZERO } from './knownBits';
import type { CallEffects } from './lowerToCfg';
import type { Domain } from './solver';
import { solve } from './solver';
import type { Places } from './trackedPlaces';

/** A state: the context and what is known of places. */
export interface State {
  readonly context: Context;
  readonly facts: Facts;
}
/** How a body is entered from outside the scenario: by the kernel, or by nobody we know. */
export interface Root {
  readonly sym: FunctionSym | ContextSym;
  readonly context: Context;
  /** evidence: what makes it run in this context, and where that is written */
  readonly why: string;
  readonly span: Span;
  /** the kernel calls it and takes nothing back: it must leave nothing held */
  readonly closed?: boolean;
}
/** One way into a body. */
export interface Instance {
  readonly sym: FunctionSym | ContextSym;
  readonly via: Root | { readonly caller: Instance; readonly context: Context; readonly span: Span };
  readonly exits: Exit[];
  /** being analysed: a call to it now is a recursion */
  open: boolean;
}
export interface Exit {
  readonly context: Context;
  readonly value: Value | undefined;
  readonly facts: Facts;
}
/** A call to the kernel's API, or to a scenario function with contracts, in a state that can occur. */
export interface Site {
  readonly instance: Instance;
  readonly context: Context;
  readonly call: Call;
  readonly name: string;
  readonly api: ApiFacts | undefined;
  /** what is known of an argument */
  valueOf(arg: number): Value | undefined;
}
/** What a rule implements. */
export interface Rule {
  /** a call to the kernel's API, before its effects */
  apiCall?(site: Site, facts: ApiFacts): void;
  /** a call to a function of the scenario */
  functionCall?(site: Site, sym: FunctionSym): void;
  /** a body the kernel runs is left */
  leave?(instance: Instance, context: Context, block: Block): void;
  /** everything has been walked */
  finish?(): void;
}

const DEEPEST_CALLS = 200;
const MOST_EXITS = 12;

export const calleeText = (program: Program, e: Expr): string =>
  program.files[e.span.file]?.text.slice(e.span.start, e.span.end) ?? '';

export class Interproc implements CallEffects {
  private readonly cfgs = new Map<FunctionSym | ContextSym, Cfg>();
  private readonly summaries = new Map<FunctionSym | ContextSym, Map<string, Instance>>();
  readonly hasNmi: boolean;
  private depth = 0;

  constructor(
    readonly program: Program,
    readonly places: Places,
    readonly graph: CallGraph,
    readonly contexts: Contexts,
    readonly rules: readonly Rule[],
  ) {
    this.hasNmi = program.contexts.some((c) => c.word === 'nmi');
  }

  asked(target: CallTarget): readonly PlaceId[] {
    const body = target.kind === 'function' ? this.graph.bodies.get(target.sym) : undefined;
    return body?.matters ? [...body.asks] : [];
  }
  /** Does a branch of `body` itself test its parameter? */
  tests(body: Body, param: VarSym): boolean {
    return this.cfgOf(body).tested.has(this.places.of(param));
  }
  matters(sym: FunctionSym): boolean {
    const body = this.graph.bodies.get(sym);
    return body ? body.matters : true;
  }
  private cfgOf(body: Body): Cfg {
    const known = this.cfgs.get(body.sym);
    if (known) return known;
    const block = body.sym.def.body;
    if (!block) throw new Error(`no body: ${body.sym.name}`);
    const params = body.sym.kind === 'function' ? body.sym.params : [];
    const cfg = buildCfg(this.program, this.places, block, params, this, [...body.asks]);
    this.cfgs.set(body.sym, cfg);
    return cfg;
  }
  wasReached(sym: FunctionSym): boolean {
    return this.summaries.has(sym);
  }

  /** Analyses a body as the kernel enters it. */
  enter(root: Root): void {
    const body = this.graph.bodies.get(root.sym);
    if (!body) return;
    if (!body.matters) return;
    this.summary(body, { context: root.context, facts: NO_FACTS }, root);
  }

  private summary(body: Body, entry: State, via: Instance['via']): Instance {
    let known = this.summaries.get(body.sym);
    if (!known) this.summaries.set(body.sym, (known = new Map()));
    const key = `${entry.context.id};${factsKey(entry.facts)}`;
    const before = known.get(key);
    if (before) return before;
    const instance: Instance = { sym: body.sym, via, exits: [], open: true };
    known.set(key, instance);
    this.depth++;
    solve(this.cfgOf(body), new Walk(this, body, this.cfgOf(body), instance), entry);
    this.depth--;
    instance.open = false;
    return instance;
  }

  /** The states after a call to `sym` in `state`, made by `caller`. */
  call(walk: Walk, state: State, step: Step & { op: 'call' }, sym: FunctionSym): State | readonly State[] {
    const span = step.call.span;
    const body = this.graph.bodies.get(sym);
    if (!body) {
      const context = afterContracts(this.program, this.contexts, sym, step.call, state.context);
      return { context, facts: withFact(state.facts, step.result, undefined) };
    }
    const kept = this.keptAcross(body, state.facts);
    const identity = { context: state.context, facts: withFact(kept, step.result, undefined) };
    if (!body.matters || this.depth >= DEEPEST_CALLS) return identity;
    const entry: State = {
      context: this.contexts.inherited(state.context),
      facts: this.entryFacts(walk, state.facts, step.call, body, sym),
    };
    const instance = this.summary(body, entry, { caller: walk.instance, context: state.context, span });
    if (instance.open) return identity;
    return instance.exits.map((exit) => ({
      context: this.contexts.returned(exit.context, state.context),
      facts: exit.facts.reduce<Facts>(
        (facts, f) => withFact(facts, f.place, f.value),
        withFact(kept, step.result, exit.value),
      ),
    }));
  }
  /** The caller's facts that the callee can't have changed. */
  private keptAcross(body: Body, facts: Facts): Facts {
    if (facts.length === 0 || (body.assigns.size === 0 && body.assignsFields.size === 0 && !body.callsPointers))
      return facts;
    return facts.filter(({ place }) => !this.mayChange(body, place));
  }
  private mayChange(body: Body, place: PlaceId): boolean {
    const { variable, field, of } = this.places.get(place);
    if (of.length > 0) return of.some((p) => this.mayChange(body, p));
    if (body.callsPointers && this.graph.isUnstable(place)) return true;
    return (variable !== undefined && body.assigns.has(variable)) || (field !== '' && body.assignsFields.has(field));
  }
  /** What is known of the callee's parameters, of what they point to, and of the globals it asks for. */
  private entryFacts(walk: Walk, facts: Facts, call: Call, body: Body, sym: FunctionSym): Facts {
    const cfg = this.cfgOf(body);
    let entry: Facts = NO_FACTS;
    for (const place of cfg.places) {
      if (!isLive(cfg, 0, place)) continue;
      const { variable, path, field } = this.places.get(place);
      if (!variable) continue;
      let value: Value | undefined;
      if (variable.storage === 'global') value = factOf(facts, place);
      else {
        const arg = call.args[sym.params.indexOf(variable)];
        if (arg) value = path === '' ? evaluate(walk, facts, arg) : this.behind(walk, facts, arg, path, field);
      }
      if (value) entry = withFact(entry, place, value);
    }
    return entry;
  }
  /** The value of `p->field` in the callee, when `p` is given as `arg`. */
  private behind(walk: Walk, facts: Facts, arg: Expr, path: string, field: string): Value | undefined {
    while (arg.kind === 'cast') arg = arg.operand;
    const taken = arg.kind === 'unary' && arg.op === '&';
    const named = arg.kind === 'unary' && taken ? arg.operand : arg;
    if (named.kind !== 'ident' && named.kind !== 'member') return undefined;
    const base = this.places.ofExpr(named);
    if (base === undefined) return undefined;
    const { variable, path: prefix } = this.places.get(base);
    if (!variable) return undefined;
    const full = taken ? `${prefix}.${path.replace(/^(->|\.)/, '')}` : prefix + path;
    const place = this.places.of(variable, full, field);
    const known = factOf(facts, place);
    if (known) return known;
    return variable.storage === 'global' ? walk.constants.valueOf(variable, full) : undefined;
  }
}

/** The domain of the walk through one instance. */
class Walk implements Domain<State>, Scene {
  readonly program: Program;
  readonly places: Places;
  readonly constants: CallGraph;

  constructor(
    private readonly inter: Interproc,
    readonly body: Body,
    readonly cfg: Cfg,
    readonly instance: Instance,
  ) {
    this.program = inter.program;
    this.places = inter.places;
    this.constants = inter.graph;
  }
  partition(state: State): unknown {
    return state.context;
  }
  covers(a: State, b: State): boolean {
    return weakerFacts(a.facts, b.facts);
  }
  join(a: State, b: State): State {
    return { context: a.context, facts: joinFacts(a.facts, b.facts) };
  }
  enter(state: State, block: Block): State {
    const facts = liveFacts(state.facts, this.cfg, block.id);
    return facts === state.facts ? state : { context: state.context, facts };
  }

  step(state: State, step: Step): State | readonly State[] {
    switch (step.op) {
      case 'forget':
        return this.with(state, without(state.facts, step.places));
      case 'assign':
        return this.assign(state, step);
      case 'call':
        return this.call(state, step);
    }
  }
  private with(state: State, facts: Facts): State {
    return facts === state.facts ? state : { context: state.context, facts };
  }
  private assign(state: State, step: Step & { op: 'assign' }): State | readonly State[] {
    const { tested } = this.cfg;
    const source = step.assign === '=' && tested.has(step.place) ? this.copied(state.facts, step.value) : undefined;
    if (source === undefined || source === step.place || !tested.has(source)) {
      return this.with(state, this.assigned(state.facts, step));
    }
    // a copy of something unknown that is tested as well: one state for each answer keeps the two in step
    return [ZERO, NON_ZERO].map((value) => this.with(state, this.assigned(withFact(state.facts, source, value), step)));
  }
  /** The place of which `e` is a plain copy, if nothing is known of it. */
  private copied(facts: Facts, e: Expr): PlaceId | undefined {
    while (e.kind === 'cast') e = e.operand;
    if (e.kind !== 'ident' && e.kind !== 'member') return undefined;
    const place = this.places.ofExpr(e);
    return place === undefined || evaluate(this, facts, e) ? undefined : place;
  }
  /** A state for each answer to an argument that both the callee and something else test. */
  private split(state: State, call: Call, sym: FunctionSym): State | readonly State[] {
    const body = this.constants.bodies.get(sym);
    if (!body?.matters) return state;
    for (let i = 0; i < call.args.length; i++) {
      const arg = call.args[i];
      const param = sym.params[i];
      const source = arg && this.copied(state.facts, arg);
      if (source === undefined || !param || !(this.cfg.tested.has(source) || body.asks.has(source))) continue;
      if (!this.inter.tests(body, param)) continue;
      return [ZERO, NON_ZERO].map((value) => this.with(state, withFact(state.facts, source, value)));
    }
    return state;
  }
  private assigned(facts: Facts, step: Step & { op: 'assign' }): Facts {
    let value = evaluate(this, facts, step.value);
    if (step.assign !== '=') {
      const before = factOf(facts, step.place);
      value =
        step.assign === '|='
          ? orValues(before, value, this.program.profile.gfp.bits.__GFP_DIRECT_RECLAIM)
          : step.assign === '&='
            ? andValues(before, value)
            : undefined;
    }
    const left = step.touches.length > 0 ? without(facts, step.touches) : facts;
    return withFact(left, step.place, value);
  }

  private call(state: State, step: Step & { op: 'call' }): State | readonly State[] {
    const { target } = step;
    switch (target.kind) {
      case 'api':
        return this.apiCall(state, step, target.sym, target.facts);
      case 'function':
        return this.functionCall(state, step, target.sym);
      case 'pointer': {
        const sym = evaluate(this, state.facts, target.expr)?.target;
        if (sym) return this.functionCall(state, step, sym);
        return this.with(state, withFact(this.stable(state.facts), step.result, undefined));
      }
    }
  }
  private site(state: State, call: Call, name: string, api: ApiFacts | undefined): Site {
    return {
      instance: this.instance,
      context: state.context,
      call,
      name,
      api,
      valueOf: (arg) => {
        const given = call.args[arg];
        return given ? evaluate(this, state.facts, given) : undefined;
      },
    };
  }
  private functionCall(state: State, step: Step & { op: 'call' }, sym: FunctionSym): State | readonly State[] {
    if (sym.def.marks.contracts.length > 0) {
      const site = this.site(state, step.call, sym.name, undefined);
      for (const rule of this.inter.rules) rule.functionCall?.(site, sym);
    }
    const states = this.split(state, step.call, sym);
    if (!Array.isArray(states)) return this.inter.call(this, state, step, sym);
    return states.flatMap((one: State) => this.inter.call(this, one, step, sym));
  }
  private apiCall(state: State, step: Step & { op: 'call' }, sym: ApiSym, api: ApiFacts): State | readonly State[] {
    const { call, result } = step;
    if (api.matters || state.context.entry === 'nmi') {
      const site = this.site(state, call, sym.name, api);
      for (const rule of this.inter.rules) rule.apiCall?.(site, api);
    }
    let facts = withFact(state.facts, result, undefined);
    const { asks, effects, family, sleeps, takes } = api.entry;
    if (asks) {
      const answer =
        asks === 'gfpflags_allow_blocking'
          ? this.allowsBlocking(state.facts, call, api)
          : answerOf(asks, state.context);
      return this.with(state, withFact(facts, result, ofTruth(answer)));
    }
    if (sleeps !== 'never' || family === 'simulator') facts = this.stable(facts);
    if (!effects) return this.with(state, facts);
    const after = this.after(state.context, effects, call);
    if (!takes) return { context: after, facts };
    const [taken, not] = takes.when === 'nonzero' ? [NON_ZERO, ZERO] : [ZERO, NON_ZERO];
    return [
      { context: after, facts: withFact(facts, result, taken) },
      { context: state.context, facts: withFact(facts, result, not) },
    ];
  }
  private allowsBlocking(facts: Facts, call: Call, { entry }: ApiFacts): boolean | undefined {
    const arg = entry.gfp && call.args[entry.gfp.arg];
    const mask = arg && evaluate(this, facts, arg);
    if (!mask) return undefined;
    const bits = sleepBits(this.program.profile, entry);
    return (mask.ones & bits) === bits ? true : mask.zeros & bits ? false : undefined;
  }
  private after(context: Context, effects: readonly Effect[], call: Call): Context {
    for (const effect of effects) {
      const arg = 'arg' in effect && effect.arg !== undefined ? call.args[effect.arg] : undefined;
      context = this.inter.contexts.after(context, effect, arg ? this.text(arg) : '', call.span);
    }
    return context;
  }
  private text(e: Expr): string {
    while (e.kind === 'cast') e = e.operand;
    return calleeText(this.program, e.kind === 'unary' && e.op === '&' ? e.operand : e);
  }
  /** Facts that another context can't change meanwhile. */
  private stable(facts: Facts): Facts {
    return facts.some((f) => this.constants.isUnstable(f.place))
      ? facts.filter((f) => !this.constants.isUnstable(f.place))
      : facts;
  }

  edge(state: State, block: Block, taken: boolean): State | undefined {
    const end = block.end;
    if (end.op !== 'branch') return state;
    const refined = refine(this, state.facts, end.test, taken);
    if (!refined) return undefined;
    const back = (this.cfg.rank[taken ? end.yes : end.no] as number) <= (this.cfg.rank[block.id] as number);
    return this.with(state, back ? this.stable(refined) : refined);
  }
  jump(state: State, block: Block, to: number): State {
    const back = (this.cfg.rank[to] as number) <= (this.cfg.rank[block.id] as number);
    return back ? this.with(state, this.stable(state.facts)) : state;
  }
  switchEdge(state: State, block: Block, index: number | undefined): State | undefined {
    const end = block.end;
    if (end.op !== 'switch') return state;
    const value = evaluate(this, state.facts, end.value);
    const n = exactOf(value);
    const matches = (i: number): boolean => {
      const c = end.cases[i];
      return n !== undefined && c !== undefined && BigInt(n) >= c.from && BigInt(n) <= c.to;
    };
    if (index === undefined) return end.cases.some((_, i) => matches(i)) ? undefined : state;
    const c = end.cases[index];
    if (!c || c.from > c.to || n !== undefined) return !c || c.from > c.to || matches(index) ? state : undefined;
    if (c.from !== c.to) return state;
    const place = this.cfg.temps.get(end.value) ?? this.places.ofExpr(end.value);
    const wide = c.from < -0x80000000n || c.from > 0xffffffffn;
    if (place === undefined || wide) return state;
    const bits = Number(BigInt.asIntN(32, c.from));
    if (value && ((value.zeros & bits) !== 0 || (value.ones & ~bits) !== 0)) return undefined;
    return this.with(state, withFact(state.facts, place, { ones: bits, zeros: ~bits, nonZero: bits !== 0 }));
  }

  leave(state: State, block: Block): void {
    const end = block.end;
    const value = end.op === 'return' && end.value ? evaluate(this, state.facts, end.value) : undefined;
    const facts = state.facts.filter((f: Fact) => this.body.asks.has(f.place));
    for (const rule of this.inter.rules) rule.leave?.(this.instance, state.context, block);
    const { exits } = this.instance;
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
}
