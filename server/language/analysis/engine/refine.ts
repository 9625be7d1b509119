/** The facts that a taken branch adds, or that it cannot be taken. */
import type { Expr, Span } from '../../syntax/tree';
import { evaluate, type Scene } from './exprValue';
import { type Facts, factOf, withFact } from './values/facts';
import { exactOf, NON_ZERO, ONE, truth, type Value, ZERO } from './values/knownBits';
import type { PathId } from './values/varPaths';

/** The facts on the edge where `test` is true (`taken`) or false; undefined: that edge cannot be taken. */
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
/** Combines what is known about `path` with `value`. */
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
