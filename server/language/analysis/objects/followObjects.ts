/** Walks every body that allocates or frees, once, callees first; what they do to their callers' objects is kept as summaries. */
import type { ContextSym, FunctionSym, Program, VarSym } from '../../check/context/program';
import type { Call, Expr } from '../../syntax/tree';
import { walkTree } from '../../syntax/visitor';
import { type Analysis, cfgOf } from '../engine/analysisContext';
import type { Body, CallGraph } from '../engine/callGraph';
import { evaluate } from '../engine/exprValue';
import { type Block, blockAt, type Cfg, type Step } from '../engine/flow/cfg';
import { type Budget, solve } from '../engine/flow/solver';
import { keptAcross } from '../engine/summaries';
import { withFact } from '../engine/values/facts';
import { casesOf } from '../engine/values/possible';
import { forgetLinks } from './links';
import { AT_ENTRY, type ObjectState, type ObjectWalk, type Repeated } from './objectContext';
import { listenersOf, type ObjectHooks, type ObjectListeners } from './objectEvents';
import { addExit, applySummary, type ObjectSummary } from './objectSummary';
import { objectDomain } from './objectWalk';
import { afterUnknown } from './sharedObjects';
import { Things } from './things';

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
  private readonly things = new Things();
  private readonly summaries = new Map<FunctionSym | ContextSym, ObjectSummary>();
  private readonly conditions = new Map<string, number>();
  private readonly hasInputs: boolean;
  private depth = 0;

  constructor(
    private readonly analysis: Analysis,
    private readonly listeners: ObjectListeners,
  ) {
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
    const guards = guardsIn(analysis, cfg);
    const walk: ObjectWalk = {
      program,
      paths,
      constants: graph,
      cfg,
      things,
      body: body.sym,
      end: { start: span.end - 1, end: span.end, file: span.file },
      listeners: this.listeners,
      told: new Map(),
      changing: new Map(),
      fixed: fixedParameters(this.analysis, cfg),
      repeated: this.repeatedIn(cfg),
      guards,
      ...(this.hasInputs ? openGuards(analysis, cfg, guards) : NO_INPUTS),
      follow: (w, state, step) => this.follow(w, body, state, step),
      leave(state, returned, value) {
        const facts = state.facts.filter((f) => graph.isTold(body, f.path));
        addExit(things, summary, state, { returned, value, facts });
      },
    };
    const budget: Budget = { left: PER_BLOCK * (cfg.order.length + 8), used: 0 };
    this.depth++;
    if (!solve(cfg, objectDomain(walk), AT_ENTRY, budget)) {
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
    const targets =
      target.kind === 'function'
        ? [target.sym]
        : target.kind === 'pointer'
          ? targetsOf(walk, graph, state, target.expr)
          : [];
    if (targets.length === 0 || targets.length > MOST_TARGETS)
      return this.unknownCall(walk, caller, state, call, result);
    const states = targets.flatMap((sym) => {
      const body = graph.bodies.get(sym);
      if (!body?.followsObjects || this.depth > DEEPEST_CALLS)
        return this.unknownCall(walk, body ?? caller, state, call, result);
      const summary = this.summaryOf(body);
      if (summary.open || summary.unknown) return this.unknownCall(walk, body, state, call, result);
      const facts = withFact(keptAcross(walk, body, state.facts), result, undefined);
      const after = applySummary(walk, state, facts, call, result, sym, summary);
      return body.relinks ? after.map((s) => s.withObjects(forgetLinks(walk, s.objects))) : after;
    });
    return states;
  }
  private unknownCall(walk: ObjectWalk, body: Body, state: ObjectState, call: Call, result: number): ObjectState {
    const facts = withFact(keptAcross(walk, body, state.facts), result, undefined);
    return afterUnknown(walk, state, call.args).withFacts(facts);
  }
  /** Conditions that are written more than once in a body. */
  private repeatedIn(cfg: Cfg): Map<Expr, Repeated> {
    const { program, paths } = this.analysis;
    const byText = new Map<string, Expr[]>();
    for (const id of cfg.order) {
      const { end } = blockAt(cfg, id);
      if (end.op !== 'branch' || end.test.span.file < 0 || end.test.kind === 'ident') continue;
      const { start, end: to, file } = end.test.span;
      const text = program.files[file]?.text.slice(start, to) ?? '';
      const alike = byText.get(text);
      if (alike) alike.push(end.test);
      else byText.set(text, [end.test]);
    }
    const found = new Map<Expr, Repeated>();
    for (const [text, tests] of byText) {
      if (tests.length < 2) continue;
      let path = this.conditions.get(text);
      if (path === undefined) {
        path = paths.temporary();
        this.conditions.set(text, path);
      }
      for (const test of tests) found.set(test, { path, variables: variablesIn(this.analysis, test) });
    }
    return found;
  }
}
/** The functions that a call through a pointer may lead to. */
function targetsOf(walk: ObjectWalk, graph: CallGraph, state: ObjectState, pointer: Expr): readonly FunctionSym[] {
  const value = evaluate(walk, state.facts, pointer);
  const known = value ? casesOf(value).flatMap((v) => v.target ?? []) : [];
  return known.length > 0 ? known : graph.targetsOf(pointer);
}
function variablesIn(analysis: Analysis, e: Expr, out: VarSym[] = []): VarSym[] {
  switch (e.kind) {
    case 'ident': {
      const sym = analysis.program.symbolOf(e);
      if (sym?.kind === 'var' && sym.storage !== 'global') out.push(sym);
      break;
    }
    case 'cast':
    case 'unary':
    case 'postfix':
      variablesIn(analysis, e.operand, out);
      break;
    case 'binary':
    case 'assign':
      variablesIn(analysis, e.left, out);
      variablesIn(analysis, e.right, out);
      break;
    case 'member':
      variablesIn(analysis, e.base, out);
      break;
    case 'index':
      variablesIn(analysis, e.base, out);
      variablesIn(analysis, e.index, out);
      break;
    case 'call':
      for (const arg of e.args) variablesIn(analysis, arg, out);
      break;
    default:
      break;
  }
  return out;
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
/** Branches around nothing but code that frees: `if (c) kfree(p);`. For each side, the pointers it frees. */
function guardsIn(analysis: Analysis, cfg: Cfg): Map<Block, Map<boolean, readonly Expr[]>> {
  const { graph } = analysis;
  const found = new Map<Block, Map<boolean, readonly Expr[]>>();
  const freedBy = (from: number, other: number): Expr[] => {
    const freed: Expr[] = [];
    let block = blockAt(cfg, from);
    for (let i = 0; i < 4; i++) {
      for (const step of block.steps) {
        if (step.op !== 'call' || step.target.kind === 'pointer') continue;
        const { target } = step;
        const frees = target.kind === 'api' ? target.sym.entry.frees : undefined;
        const given =
          target.kind === 'api'
            ? frees && [step.call.args[frees.arg]]
            : graph.bodies.get(target.sym)?.onMemory && step.call.args;
        for (const arg of given || []) if (arg) freed.push(arg);
      }
      if (block.end.op !== 'jump') return [];
      if (block.end.to === other || otherEnds(block.end.to, other)) return freed;
      block = blockAt(cfg, block.end.to);
    }
    return [];
  };
  /** whether the other side goes on at the same block */
  const otherEnds = (to: number, other: number): boolean => {
    let block = blockAt(cfg, other);
    for (let i = 0; i < 4 && block.end.op === 'jump'; i++) {
      if (block.end.to === to) return true;
      block = blockAt(cfg, block.end.to);
    }
    return false;
  };
  for (const id of cfg.order) {
    const block = blockAt(cfg, id);
    const { end } = block;
    if (end.op !== 'branch') continue;
    const sides = new Map<boolean, readonly Expr[]>();
    for (const side of [true, false]) {
      const [here, there] = side ? [end.yes, end.no] : [end.no, end.yes];
      const freed = freedBy(here, there);
      if (freed.length > 0) sides.set(side, freed);
    }
    if (sides.size > 0) found.set(block, sides);
  }
  return found;
}
type ByInputs = Pick<ObjectWalk, 'open' | 'byInputs'>;
const NO_INPUTS: ByInputs = { open: new Map(), byInputs: new Set() };
/** The branches that inputs decide, and nothing else; of the guards among them, whether one is the only one that asks of these inputs. */
function openGuards({ program }: Analysis, cfg: Cfg, guards: ReadonlyMap<Block, unknown>): ByInputs {
  const open = new Map<Block, boolean>();
  const byInputs = new Set<Block>();
  const asks = new Map<VarSym, number>();
  const asked = cfg.blocks.map((block) => ({ block, ...variablesAsked(program, block) }));
  for (const { inputs } of asked) for (const sym of inputs) asks.set(sym, (asks.get(sym) ?? 0) + 1);
  for (const { block, inputs, alone } of asked) {
    if (alone) byInputs.add(block);
    const once = [...inputs].every((sym) => asks.get(sym) === 1);
    if (alone && guards.has(block)) open.set(block, once);
  }
  return { open, byInputs };
}
/** The inputs that a block's condition asks of; alone: it asks of nothing else. */
function variablesAsked(program: Program, { end }: Block): { inputs: ReadonlySet<VarSym>; alone: boolean } {
  const inputs = new Set<VarSym>();
  const test = end.op === 'branch' ? end.test : end.op === 'switch' ? end.value : undefined;
  let alone = true;
  if (test) {
    walkTree(test, (node) => {
      const sym = node.kind === 'ident' ? program.symbolOf(node) : undefined;
      if (sym?.kind === 'var' && sym.input) inputs.add(sym);
      else if (sym?.kind === 'var' || node.kind === 'call') alone = false;
    });
  }
  return { inputs, alone: alone && inputs.size > 0 };
}
