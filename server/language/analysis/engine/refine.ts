/** The facts that a taken branch adds, or that it cannot be taken. */
import { isInteger } from '../../../types/conversions';
import type { Expr } from '../../syntax/tree';
import { evaluate, type Scene } from './exprValue';
import { type Block, meaningOf, temporaryOf } from './flow/cfg';
import { type Facts, factOf, withFact } from './values/facts';
import {
  exactly,
  exactOf,
  isZero,
  meetValues,
  NON_ZERO,
  ONE,
  truth,
  UNKNOWN,
  type Value,
  valueWith,
  ZERO,
} from './values/knownBits';
import { comparesIntegers, limitedBy, rangeOf } from './values/ranges';
import type { PathId } from './values/varPaths';

/** The facts on the edge where `test` is true (`taken`) or false; undefined: that edge cannot be taken. */
export function refine(scene: Scene, facts: Facts, test: Expr, taken: boolean): Facts | undefined {
  if (test.kind === 'unary' && test.op === '!') return refine(scene, facts, test.operand, !taken);
  const known = truth(evaluate(scene, facts, test));
  if (known !== undefined) return known === taken ? facts : undefined;
  return refineOpen(scene, facts, test, taken);
}
/** The same for a test whose outcome the facts leave open. */
export function refineOpen(scene: Scene, facts: Facts, test: Expr, taken: boolean): Facts | undefined {
  const means = meaningOf(scene.cfg, test);
  if (means) return refine(scene, facts, means, taken);
  switch (test.kind) {
    case 'cast':
      return keepsValue(scene, test, test.operand) ? refine(scene, facts, test.operand, taken) : facts;
    case 'unary':
      if (test.op === '!') return refineOpen(scene, facts, test.operand, !taken);
      return test.op === '*' ? learnTruth(scene, facts, test, taken) : facts;
    case 'assign':
      return refine(scene, facts, test.left, taken);
    case 'ident':
    case 'member':
    case 'index':
    case 'call':
    case 'conditional':
      return learnTruth(scene, facts, test, taken);
    case 'binary': {
      const predicate = scene.cfg.predicates.get(test);
      if (!predicate) return refineBinary(scene, facts, test, taken);
      const holds = taken !== predicate.negated;
      const before = truth(factOf(facts, predicate.path));
      if (before !== undefined && before !== holds) return undefined;
      const refined = refineBinary(scene, facts, test, taken);
      return refined && withFact(refined, predicate.path, holds ? ONE : ZERO);
    }
    default:
      return facts;
  }
}
function learnTruth(scene: Scene, facts: Facts, e: Expr, taken: boolean): Facts | undefined {
  const path = pathOf(scene, e);
  return path === undefined ? facts : learn(scene, facts, path, taken ? NON_ZERO : ZERO);
}
/** The path whose value an expression is. */
function pathOf(scene: Scene, expr: Expr): PathId | undefined {
  let e = expr;
  for (;;) {
    const means = meaningOf(scene.cfg, e);
    if (means) e = means;
    else if (e.kind === 'assign') e = e.left;
    else if (e.kind === 'cast' && keepsValue(scene, e, e.operand)) e = e.operand;
    else break;
  }
  return temporaryOf(scene.cfg, e) ?? scene.paths.ofExpr(e);
}
function keepsValue({ program }: Scene, to: Expr, from: Expr): boolean {
  const [type, before] = [program.typeOf(to), program.typeOf(from)];
  if (!type || !before || !isInteger(type) || !isInteger(before)) return true;
  return type.size >= before.size && !(type.kind === 'int' && type.bool);
}
function refineBinary(scene: Scene, facts: Facts, test: Binary, taken: boolean): Facts | undefined {
  const left = pathOf(scene, test.left);
  const right = pathOf(scene, test.right);
  if (test.op === '&') return refineBits(scene, facts, test, left ?? right, left === undefined, taken);
  let known: Facts | undefined = facts;
  if (left !== undefined) known = refineSide(scene, known, test, left, false, taken);
  return known && right !== undefined ? refineSide(scene, known, test, right, true, taken) : known;
}
type Binary = Expr & { readonly kind: 'binary' };
function refineBits(
  scene: Scene,
  facts: Facts,
  test: Binary,
  path: PathId | undefined,
  swapped: boolean,
  taken: boolean,
): Facts | undefined {
  const n = exactOf(evaluate(scene, facts, swapped ? test.left : test.right));
  if (path === undefined || n === undefined) return facts;
  if (!taken) return learn(scene, facts, path, valueWith({ zeros: n }));
  return learn(scene, facts, path, valueWith({ ones: (n & (n - 1)) === 0 ? n : 0, nonZero: true }));
}
const OPPOSITE: Readonly<Record<string, string>> = {
  '==': '!=',
  '!=': '==',
  '<': '>=',
  '>=': '<',
  '>': '<=',
  '<=': '>',
};
const SWAPPED: Readonly<Record<string, string>> = { '<': '>', '>': '<', '<=': '>=', '>=': '<=' };

/** What a comparison tells of the path on one of its sides. */
function refineSide(
  scene: Scene,
  facts: Facts,
  test: Binary,
  path: PathId,
  isRight: boolean,
  taken: boolean,
): Facts | undefined {
  const [own, other] = isRight ? [test.right, test.left] : [test.left, test.right];
  const holds = taken ? test.op : OPPOSITE[test.op];
  if (holds === undefined) return facts;
  const op = isRight ? (SWAPPED[holds] ?? holds) : holds;
  const value = evaluate(scene, facts, other);
  let known: Facts | undefined = facts;
  if (op === '==' && value && !value.oneOf) known = learn(scene, facts, path, value);
  else if (op === '!=' && exactOf(value) === 0) known = learn(scene, facts, path, NON_ZERO);
  const { program } = scene;
  const [ownType, otherType] = [program.typeOf(own), program.typeOf(other)];
  if (!known || !ownType || !otherType || own.kind === 'cast') return known;
  if (exactOf(factOf(known, path)) !== undefined) return known;
  const [mine, theirs] = [rangeOf(evaluate(scene, known, own), ownType), rangeOf(value, otherType)];
  if (!mine || !theirs || !comparesIntegers(ownType, otherType, mine, theirs, program.abi)) return known;
  const { min, max } = limitedBy(mine, op, theirs);
  if (min === mine.min && max === mine.max) return known;
  return learn(
    scene,
    known,
    path,
    valueWith({
      nonZero: min > 0 || max < 0,
      min: min > mine.min ? min : undefined,
      max: max < mine.max ? max : undefined,
    }),
  );
}
/** Combines what is known about `path` with `value`; undefined: they contradict each other. */
function learn({ constants, paths }: Scene, facts: Facts, path: PathId, value: Value): Facts | undefined {
  const before = factOf(facts, path) ?? (paths.get(path).variable && constants.valueOf(path));
  if (!before) return withFact(facts, path, value);
  const both = meetValues(before, value);
  return both && withFact(facts, path, both);
}
/** The facts on the edge to a case (undefined: no case matches); undefined: it cannot be taken. */
export function caseFacts(walk: Scene, facts: Facts, block: Block, index: number | undefined): Facts | undefined {
  const end = block.end;
  if (end.op !== 'switch') return facts;
  const value = evaluate(walk, facts, end.value);
  const n = exactOf(value);
  const matches = (i: number): boolean => {
    const c = end.cases[i];
    // an exact number is one of 32 bits without a sign of its own
    return n !== undefined && c !== undefined && [n, n >>> 0].some((v) => BigInt(v) >= c.from && BigInt(v) <= c.to);
  };
  if (index === undefined) return end.cases.some((_, i) => matches(i)) ? undefined : otherwise(walk, facts, end);
  const c = end.cases[index];
  if (!c || c.from > c.to || n !== undefined) return !c || c.from > c.to || matches(index) ? facts : undefined;
  const type = walk.program.typeOf(end.value);
  const within = type && rangeOf(value, type);
  if (within && (Number(c.to) < within.min || Number(c.from) > within.max)) return undefined;
  if (c.from !== c.to) return facts;
  const path = temporaryOf(walk.cfg, end.value) ?? walk.paths.ofExpr(end.value);
  const wide = c.from < -0x80000000n || c.from > 0xffffffffn;
  if (path === undefined || wide) return facts;
  const both = meetValues(value ?? UNKNOWN, exactly(Number(BigInt.asIntN(32, c.from))));
  return both && withFact(facts, path, both);
}
/** Where no case matches: not zero, if there is a case for zero. */
function otherwise(walk: Scene, facts: Facts, end: Block['end'] & { op: 'switch' }): Facts | undefined {
  if (!end.cases.some((c) => c.from <= 0n && c.to >= 0n)) return facts;
  const value = evaluate(walk, facts, end.value);
  const path = temporaryOf(walk.cfg, end.value) ?? walk.paths.ofExpr(end.value);
  if (path === undefined) return isZero(value) ? undefined : facts;
  const both = meetValues(value ?? UNKNOWN, NON_ZERO);
  return both && withFact(facts, path, both);
}
