/** The value of an expression, and the variables or parts of them that it may name, as far as the facts determine them. */
import type { Program } from '../../check/context/program';
import type { Expr } from '../../syntax/tree';
import { withoutCasts } from '../../syntax/withoutCasts';
import { type Cfg, isComputed, meaningOf } from './flow/cfg';
import { binaryOf, unaryOf } from './values/arithmetic';
import { behindObject } from './values/behindArgument';
import { convert } from './values/convert';
import { type Facts, factOf } from './values/facts';
import { addressOf, NON_ZERO, ofConstant, orValues, pointsTo, type Value } from './values/knownBits';
import { casesOf, oneOf } from './values/possible';
import { rangeOf } from './values/ranges';
import type { PathId, VarPaths } from './values/varPaths';

/** What paths hold where a walk has not followed them: an initial value that nothing changes, an input, a value that is assigned somewhere. */
export interface Constants {
  valueOf(path: PathId): Value | undefined;
}
/** What evaluation needs besides the facts. */
export interface Scene {
  readonly program: Program;
  readonly paths: VarPaths;
  readonly cfg: Cfg;
  readonly constants: Constants;
}
const NONE: readonly PathId[] = [];
/** elements that an index that is not known may choose among */
const MOST_ELEMENTS = 8;

/**
 * What is known about the value of `e`, whose calls and conditionals have been stepped already. Its origin is where it is written in the
 * source, for evidence.
 */
export function evaluate(scene: Scene, facts: Facts, e: Expr): Value | undefined {
  switch (e.kind) {
    case 'ident':
    case 'member':
    case 'index':
      return valueAt(scene, facts, e);
    case 'int':
      return ofConstant(e.value, e.span);
    case 'string':
      return NON_ZERO;
    case 'assign':
      return evaluate(scene, facts, e.left);
    default:
      return computed(scene, facts, e);
  }
}
/** The value of a call or an operation. */
function computed(scene: Scene, facts: Facts, e: Expr): Value | undefined {
  const { program, cfg } = scene;
  if (isComputed(e)) {
    const temp = cfg.temps.get(e);
    if (temp !== undefined) return factOf(facts, temp);
    const means = cfg.meaning.get(e);
    if (means) return evaluate(scene, facts, means);
  }
  const constant = program.constantOf(e);
  if (constant !== undefined) {
    if (e.kind === 'binary' && e.op === '|') {
      // each half keeps its own origin: GFP_KERNEL | __GFP_ZERO
      const a = evaluate(scene, facts, e.left);
      const b = evaluate(scene, facts, e.right);
      if (a && b) return orValues(a, b, tellingBits(scene));
    }
    return ofConstant(constant, e.span);
  }
  switch (e.kind) {
    case 'cast': {
      const from = program.typeOf(e.operand);
      const to = program.typeOf(e);
      const value = evaluate(scene, facts, e.operand);
      return from && to ? convert(value, from, to) : value;
    }
    case 'unary': {
      if (e.op === '&') return addressValue(scene, facts, e.operand);
      const value = evaluate(scene, facts, e.operand);
      if (e.op !== '*') return unaryOf(e.op, value);
      return value && casesOf(value).some((v) => v.target) ? value : valueAt(scene, facts, e, () => pointees(value));
    }
    case 'binary':
      return binaryValue(scene, facts, e.op, e.left, e.right);
    default:
      return undefined;
  }
}
const tellingBits = ({ program }: Scene): number => program.profile.gfp.bits.__GFP_DIRECT_RECLAIM;
/** The value of `left op right`. */
export function binaryValue(scene: Scene, facts: Facts, op: string, left: Expr, right: Expr): Value | undefined {
  const { program } = scene;
  const a = { value: evaluate(scene, facts, left), type: program.typeOf(left) };
  const b = { value: evaluate(scene, facts, right), type: program.typeOf(right) };
  return binaryOf(op, a, b, { abi: program.abi, telling: tellingBits(scene) });
}
function addressValue(scene: Scene, facts: Facts, operand: Expr): Value {
  const sym = operand.kind === 'ident' ? scene.program.symbolOf(operand) : undefined;
  if (sym?.kind === 'function') return pointsTo(sym);
  const places = placesOf(scene, facts, operand);
  const only = places.length === 1 ? places[0] : undefined;
  return only === undefined ? NON_ZERO : addressOf(only);
}
/** The value of what `e` names; `dynamic` gives the paths that pointers and indices lead to, where they are known already. */
function valueAt(scene: Scene, facts: Facts, e: Expr, dynamic?: () => readonly PathId[]): Value | undefined {
  const { paths, program, constants } = scene;
  const id = paths.ofExpr(e);
  if (id !== undefined) {
    const known = factOf(facts, id);
    if (known) return known;
    if (e.kind === 'ident') {
      const { type } = paths.get(id);
      return type?.kind === 'array' ? addressOf(paths.element(id, 0, type.of)) : constants.valueOf(id);
    }
  }
  const type = program.typeOf(e);
  if (e.kind === 'ident') {
    const sym = program.symbolOf(e);
    if (sym?.kind === 'function') return pointsTo(sym);
    if (sym?.kind === 'const') return ofConstant(sym.value, e.span);
    return type?.kind === 'array' ? NON_ZERO : undefined;
  }
  const places = dynamic ? dynamic() : dynamicPlaces(scene, facts, e);
  const written = isElement(program, e) ? undefined : id;
  const only = places.length === 0 ? written : places.length === 1 ? places[0] : undefined;
  if (type?.kind === 'array') return only === undefined ? NON_ZERO : addressOf(paths.element(only, 0, type.of));
  if (only !== undefined) return factOf(facts, only) ?? constants.valueOf(only);
  return valueOfAny(scene, facts, places);
}
/** The value of one of `places`, each of which is possible. */
export function valueOfAny({ constants }: Scene, facts: Facts, places: readonly PathId[]): Value | undefined {
  const [first] = places;
  if (first === undefined) return undefined;
  if (places.length === 1) return factOf(facts, first) ?? constants.valueOf(first);
  return oneOf(places.map((p) => factOf(facts, p) ?? constants.valueOf(p)));
}

/** The paths that `e` may name, each of which is possible; none: not known. */
export function placesOf(scene: Scene, facts: Facts, expr: Expr): readonly PathId[] {
  const e = meaningOf(scene.cfg, expr) ?? (expr.kind === 'cast' ? withoutCasts(expr) : expr);
  return placesFrom(scene, e, dynamicPlaces(scene, facts, e));
}
function placesFrom({ paths, program }: Scene, e: Expr, found: readonly PathId[]): readonly PathId[] {
  if (found.length > 0 || e.kind === 'ident' || isElement(program, e)) return found;
  const id = paths.ofExpr(e);
  return id === undefined ? NONE : [id];
}
/** Whether it is an element of an array: without its index it can be any of them. */
const isElement = ({ typeOf }: Program, e: Expr): boolean => e.kind === 'index' && typeOf(e.base)?.kind === 'array';
function dynamicPlaces(scene: Scene, facts: Facts, e: Expr): readonly PathId[] {
  const { paths, program } = scene;
  switch (e.kind) {
    case 'ident': {
      const id = paths.ofExpr(e);
      return id === undefined ? NONE : [id];
    }
    case 'member': {
      const bases = e.arrow ? pointees(evaluate(scene, facts, e.base)) : placesOf(scene, facts, e.base);
      return bases.length === 0 ? NONE : bases.flatMap((base) => paths.member(base, e.name.text, program.typeOf(e)));
    }
    case 'unary':
      return e.op === '*' ? pointees(evaluate(scene, facts, e.operand)) : NONE;
    case 'index':
      return elementsOf(scene, facts, e);
    default:
      return NONE;
  }
}
/** What a pointer may lead to; none: not known. */
export function pointees(v: Value | undefined): readonly PathId[] {
  if (!v) return NONE;
  if (!v.oneOf) return v.at === undefined ? NONE : [v.at];
  return v.oneOf.flatMap((one) => (one.at === undefined ? NONE : [one.at]));
}
function elementsOf(scene: Scene, facts: Facts, e: Expr & { kind: 'index' }): readonly PathId[] {
  const { paths, program } = scene;
  const [base, indexType, type] = [program.typeOf(e.base), program.typeOf(e.index), program.typeOf(e)];
  const index = indexType && rangeOf(evaluate(scene, facts, e.index), indexType);
  if (!index) return NONE;
  if (base?.kind === 'array') {
    const numbers = range(Math.max(index.min, 0), Math.min(index.max, (base.length ?? 1) - 1));
    return placesOf(scene, facts, e.base).flatMap((array) => numbers.map((i) => paths.element(array, i, type)));
  }
  const numbers = range(index.min, index.max);
  return pointees(evaluate(scene, facts, e.base)).flatMap((at) => numbers.flatMap((i) => paths.offset(at, i)));
}
const range = (from: number, to: number): readonly number[] =>
  to - from < MOST_ELEMENTS ? Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i) : [];
/** A path that leads through pointers that are known, as the path of what it leads to. */
export function throughPointers(scene: Scene, facts: Facts, id: PathId): readonly PathId[] {
  const path = scene.paths.get(id);
  const { variable, members } = path;
  const arrow = members.indexOf('->', 1);
  if (!variable || arrow < 0 || factOf(facts, id)) return [id];
  const [pointer] = scene.paths.named(variable, members.slice(0, arrow), '', undefined);
  const objects = pointer === undefined ? NONE : pointees(factOf(facts, pointer) ?? scene.constants.valueOf(pointer));
  if (objects.length === 0) return [id];
  return objects.flatMap((at) => {
    const place = behindObject(scene.paths, at, members.slice(arrow), path);
    return place === undefined ? NONE : throughPointers(scene, facts, place);
  });
}
