/** The value of an expression, as far as the facts determine it. */
import type { Program, VarSym } from '../../check/context/program';
import type { Expr } from '../../syntax/tree';
import type { Cfg } from './flow/cfg';
import { type Facts, factOf } from './values/facts';
import {
  andValues,
  exactly,
  exactOf,
  isNonZero,
  isZero,
  NON_ZERO,
  notValue,
  ofBoolean,
  ofConstant,
  orValues,
  pointsTo,
  truth,
  type Value,
} from './values/knownBits';
import type { VarPaths } from './values/varPaths';

/** Values that never change: inputs are unknown but fixed; a static that nothing assigns keeps its initial value. */
export interface Constants {
  valueOf(variable: VarSym, members: string): Value | undefined;
}
/** What evaluation needs besides the facts. */
export interface Scene {
  readonly program: Program;
  readonly paths: VarPaths;
  readonly cfg: Cfg;
  readonly constants: Constants;
}

/**
 * What is known about the value of `e`, whose calls and conditionals have been stepped already. Its origin is where it is written in the
 * source, for evidence.
 */
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
      if (e.op === '!') return ofBoolean(v && negate(truth(v)));
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
      return ofBoolean(compareEqual(a, b));
    case '!=':
      return ofBoolean(negate(compareEqual(a, b)));
    default: {
      const [x, y] = [exactOf(a), exactOf(b)];
      if (x === undefined || y === undefined) return undefined;
      switch (e.op) {
        case '<':
          return ofBoolean(x < y);
        case '>':
          return ofBoolean(x > y);
        case '<=':
          return ofBoolean(x <= y);
        case '>=':
          return ofBoolean(x >= y);
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
