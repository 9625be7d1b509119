/**
 * Facts: what is known of variable paths on one way through a body, an immutable list sorted by path. Evaluating expressions under facts, and what a branch taken
 * adds to them (or that it can't be taken).
 */

import type { Program, VarSym } from '../../check/program';
import type { Expr, Span } from '../../syntax/tree';
import type { Cfg } from './flow/cfg';
import { isLive } from './flow/cfg';
import type { Value } from './values/knownBits';
import {
  andValues,
  exactly,
  exactOf,
  isNonZero,
  isZero,
  joinValues,
  NON_ZERO,
  notValue,
  ONE,
  ofConstant,
  ofTruth,
  orValues,
  pointsTo,
  sameValue,
  truth,
  ZERO,
} from './values/knownBits';
import type { PathId, VarPaths } from './values/varPaths';

export interface Fact {
  readonly path: PathId;
  readonly value: Value;
}
export type Facts = readonly Fact[];
export const NO_FACTS: Facts = [];

export function factOf(facts: Facts, path: PathId): Value | undefined {
  for (const fact of facts) if (fact.path === path) return fact.value;
  return undefined;
}
/** `facts` with `path` known to be `value`, or not known any more. */
export function withFact(facts: Facts, path: PathId, value: Value | undefined): Facts {
  let at = -1;
  for (let i = 0; i < facts.length; i++) {
    if ((facts[i] as Fact).path >= path) {
      at = i;
      break;
    }
  }
  const there = at >= 0 && facts[at]?.path === path;
  if (!value) return there ? facts.filter((f) => f.path !== path) : facts;
  if (there && facts[at]?.value === value) return facts;
  const copy = facts.slice();
  if (at < 0) copy.push({ path, value });
  else copy.splice(at, there ? 1 : 0, { path, value });
  return copy;
}
export function without(facts: Facts, paths: readonly PathId[]): Facts {
  return facts.some((f) => paths.includes(f.path)) ? facts.filter((f) => !paths.includes(f.path)) : facts;
}
export function liveFacts(facts: Facts, cfg: Cfg, block: number): Facts {
  for (const f of facts) if (!isLive(cfg, block, f.path)) return facts.filter((g) => isLive(cfg, block, g.path));
  return facts;
}

/** Does `a` say nothing that `b` doesn't say? */
export const weakerFacts = (a: Facts, b: Facts): boolean =>
  a === b || a.every((f) => sameValue(f.value, factOf(b, f.path)));

export function joinFacts(a: Facts, b: Facts): Facts {
  const both: Fact[] = [];
  for (const { path, value } of a) {
    const joined = joinValues(value, factOf(b, path));
    if (joined) both.push({ path, value: joined });
  }
  return both;
}
/** A key for tables of summaries; the same facts give the same text. */
export const factsKey = (facts: Facts): string =>
  facts
    .map(
      ({ path, value: v }) => `${path}:${v.ones}:${v.zeros}:${v.nonZero ? 1 : 0}${v.target ? `:${v.target.name}` : ''}`,
    )
    .join(',');

/** What never changes: inputs are unknown but fixed; a static that nothing assigns keeps its initial value. */
export interface Constants {
  valueOf(variable: VarSym, members: string): Value | undefined;
}
/** Everything that evaluating needs besides the facts. */
export interface Scene {
  readonly program: Program;
  readonly paths: VarPaths;
  readonly cfg: Cfg;
  readonly constants: Constants;
}

/** What is known of the value of `e`, whose calls and conditionals have been stepped already. Its origin is where it is written in the source, for evidence. */
export function evaluate(scene: Scene, facts: Facts, e: Expr): Value | undefined {
  const temp = scene.cfg.temps.get(e);
  if (temp !== undefined) return factOf(facts, temp);
  const means = scene.cfg.meaning.get(e);
  if (means) return evaluate(scene, facts, means);
  const constant = e.kind === 'assign' ? undefined : scene.program.constantOf(e);
  if (constant !== undefined) {
    if (e.kind === 'binary' && e.op === '|') {
      // each half keeps its own origin: GFP_KERNEL | __GFP_ZERO
      const [a, b] = [evaluate(scene, facts, e.left), evaluate(scene, facts, e.right)];
      if (a && b) return orValues(a, b, scene.program.profile.gfp.bits.__GFP_DIRECT_RECLAIM);
    }
    return ofConstant(constant, e.span);
  }
  switch (e.kind) {
    case 'int':
      return ofConstant(e.value, e.span);
    case 'string':
      return NON_ZERO;
    case 'ident':
    case 'member':
      return evaluatePath(scene, facts, e);
    case 'cast':
      return evaluate(scene, facts, e.operand);
    case 'assign':
      return evaluate(scene, facts, e.left);
    case 'unary': {
      if (e.op === '&') {
        const sym = e.operand.kind === 'ident' ? scene.program.symbolOf(e.operand) : undefined;
        return sym?.kind === 'function' ? pointsTo(sym) : NON_ZERO;
      }
      if (e.op === '*') {
        const target = evaluate(scene, facts, e.operand);
        return target?.target ? target : undefined;
      }
      const v = evaluate(scene, facts, e.operand);
      if (e.op === '~') return notValue(v);
      if (e.op === '!') return ofTruth(v && negate(truth(v)));
      const n = exactOf(v);
      if (e.op === '-' && n !== undefined) return exactly(-n);
      return e.op === '+' ? v : undefined;
    }
    case 'binary':
      return evaluateBinary(scene, facts, e);
    default:
      return undefined;
  }
}
const negate = (t: boolean | undefined): boolean | undefined => (t === undefined ? undefined : !t);

function evaluatePath(scene: Scene, facts: Facts, e: Expr): Value | undefined {
  if (e.kind === 'ident') {
    const sym = scene.program.symbolOf(e);
    if (sym?.kind === 'function') return pointsTo(sym);
    if (sym?.kind === 'const') return ofConstant(sym.value, e.span);
  }
  const id = scene.paths.ofExpr(e);
  if (id === undefined) return undefined;
  const known = factOf(facts, id);
  if (known) return known;
  const { variable, members } = scene.paths.get(id);
  return variable?.storage === 'global' ? scene.constants.valueOf(variable, members) : undefined;
}

function evaluateBinary(scene: Scene, facts: Facts, e: Expr & { kind: 'binary' }): Value | undefined {
  const a = evaluate(scene, facts, e.left);
  const b = evaluate(scene, facts, e.right);
  switch (e.op) {
    case '|':
      return orValues(a, b, scene.program.profile.gfp.bits.__GFP_DIRECT_RECLAIM);
    case '&':
      return andValues(a, b);
    case '==':
      return ofTruth(compareEqual(a, b));
    case '!=':
      return ofTruth(negate(compareEqual(a, b)));
    default: {
      const [x, y] = [exactOf(a), exactOf(b)];
      if (x === undefined || y === undefined) return undefined;
      switch (e.op) {
        case '<':
          return ofTruth(x < y);
        case '>':
          return ofTruth(x > y);
        case '<=':
          return ofTruth(x <= y);
        case '>=':
          return ofTruth(x >= y);
        case '+':
          return exactly(x + y);
        case '-':
          return exactly(x - y);
        case '^':
          return exactly(x ^ y);
        default:
          return undefined;
      }
    }
  }
}
function compareEqual(a: Value | undefined, b: Value | undefined): boolean | undefined {
  if (!a || !b) return undefined;
  if (a.target && b.target) return a.target === b.target;
  if ((a.ones & b.zeros) !== 0 || (a.zeros & b.ones) !== 0) return false;
  if ((isZero(a) && isNonZero(b)) || (isZero(b) && isNonZero(a))) return false;
  const [x, y] = [exactOf(a), exactOf(b)];
  return x !== undefined && y !== undefined ? x === y : undefined;
}

/** The facts on the edge where `test` is true (`taken`) or false; undefined: that edge can't be taken. */
export function refine(scene: Scene, facts: Facts, test: Expr, taken: boolean): Facts | undefined {
  const known = truth(evaluate(scene, facts, test));
  if (known !== undefined) return known === taken ? facts : undefined;
  const means = scene.cfg.meaning.get(test);
  if (means) return refine(scene, facts, means, taken);
  switch (test.kind) {
    case 'cast':
      return refine(scene, facts, test.operand, taken);
    case 'unary':
      return test.op === '!' ? refine(scene, facts, test.operand, !taken) : facts;
    case 'assign':
      return refine(scene, facts, test.left, taken);
    case 'ident':
    case 'member':
    case 'call':
    case 'conditional': {
      const path = pathOf(scene, test);
      return path === undefined ? facts : learn(facts, path, taken ? NON_ZERO : ZERO);
    }
    case 'binary': {
      const predicate = scene.cfg.predicates.get(test);
      if (!predicate) return refineBinary(scene, facts, test, taken);
      const holds = taken !== predicate.negated;
      const before = truth(factOf(facts, predicate.path));
      if (before !== undefined && before !== holds) return undefined;
      return withFact(refineBinary(scene, facts, test, taken), predicate.path, holds ? ONE : ZERO);
    }
    default:
      return facts;
  }
}
const pathOf = (scene: Scene, e: Expr): PathId | undefined => {
  while (e.kind === 'cast' || e.kind === 'assign') e = e.kind === 'cast' ? e.operand : e.left;
  return scene.cfg.temps.get(e) ?? scene.paths.ofExpr(e);
};
function refineBinary(scene: Scene, facts: Facts, test: Expr & { kind: 'binary' }, taken: boolean): Facts {
  const left = pathOf(scene, test.left);
  const right = pathOf(scene, test.right);
  const [path, other] = left !== undefined ? [left, test.right] : [right, test.left];
  if (path === undefined) return facts;
  const value = evaluate(scene, facts, other);
  const n = exactOf(value);
  switch (test.op) {
    case '==':
    case '!=': {
      const equal = (test.op === '==') === taken;
      if (equal) return value ? learn(facts, path, value) : facts;
      return n === 0 ? learn(facts, path, NON_ZERO) : facts;
    }
    case '&': {
      if (n === undefined) return facts;
      if (!taken) return learn(facts, path, { ones: 0, zeros: n, nonZero: false });
      return learn(facts, path, { ones: (n & (n - 1)) === 0 ? n : 0, zeros: 0, nonZero: true });
    }
    case '<':
    case '>':
      return taken && n === 0 ? learn(facts, path, NON_ZERO) : facts;
    default:
      return facts;
  }
}
/** Adds what `value` says of `path` to what is known of it. */
function learn(facts: Facts, path: PathId, value: Value): Facts {
  const before = factOf(facts, path);
  if (!before) return withFact(facts, path, value);
  const origin: Span | undefined = before.origin ?? value.origin;
  const target = before.target ?? value.target;
  return withFact(facts, path, {
    ones: before.ones | value.ones,
    zeros: before.zeros | value.zeros,
    nonZero: before.nonZero || value.nonZero,
    ...(origin ? { origin } : {}),
    ...(target ? { target } : {}),
  });
}
