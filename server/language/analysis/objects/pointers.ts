/** Which object an expression points to, and which place it names. A place that nothing was stored in leads to what it led to at the entry. */
import { type CType, findField, sizeOf } from '../../../types/ctype';
import type { Program, VarSym } from '../../check/context/program';
import type { Call, Expr, Ident } from '../../syntax/tree';
import { withoutCasts } from '../../syntax/withoutCasts';
import { evaluate, type Scene } from '../engine/exprValue';
import { type Facts, factOf } from '../engine/values/facts';
import { isNonZero, isZero, type Value } from '../engine/values/knownBits';
import { type Cell, cellOf, NOWHERE, type Objects, type Offset, type Pointer, pointerTo } from './objectState';
import { ERROR, isObject, NO_THING, type PlaceId, placeOfTemp, type ThingId, type Things, UNKNOWN } from './things';

export interface ObjectScene extends Scene {
  readonly things: Things;
}
/** What is known where an expression is evaluated. */
export interface Known {
  readonly facts: Facts;
  readonly objects: Objects;
}
/** To an object, or to a variable or a member of one. */
export type Pointed = Pointer | { readonly variable: PlaceId };
export const isPointer = (p: Pointed | undefined): p is Pointer => p !== undefined && 'to' in p;

/** What `e` points to; undefined: nothing is known about it. */
export function pointerOf(scene: ObjectScene, known: Known, e: Expr): Pointed | undefined {
  const { program } = scene;
  switch (e.kind) {
    case 'cast':
      return pointerOf(scene, known, e.operand);
    case 'ident':
      return namedBy(scene, known, e);
    case 'member':
    case 'index': {
      const type = program.typeOf(e);
      if (isTooSmall(program, type)) return undefined;
      return type?.kind === 'array' ? addressOf(scene, known, e) : load(scene, known, placeOf(scene, known, e), e);
    }
    case 'unary': {
      const type = program.typeOf(e);
      if (isTooSmall(program, type)) return undefined;
      if (program.constantOf(e) === 0n) return NOWHERE;
      if (e.op === '&') return addressOf(scene, known, e.operand);
      return e.op === '*' && type?.kind !== 'array' ? load(scene, known, placeOf(scene, known, e), e) : undefined;
    }
    case 'call':
    case 'binary':
    case 'conditional':
    case 'comma':
    case 'stmtExpr':
      return computed(scene, known, e);
    case 'assign':
      return isTooSmall(program, program.typeOf(e)) ? undefined : pointerOf(scene, known, e.left);
    case 'int':
      return program.constantOf(e) === 0n ? NOWHERE : undefined;
    default:
      return !isTooSmall(program, program.typeOf(e)) && program.constantOf(e) === 0n ? NOWHERE : undefined;
  }
}
function namedBy(scene: ObjectScene, known: Known, e: Ident): Pointed | undefined {
  const { program, things } = scene;
  const sym = program.symbolOf(e);
  if (!sym || sym.kind === 'typedef' || isTooSmall(program, sym.type)) return undefined;
  if (sym.kind === 'const') return sym.value === 0n ? NOWHERE : undefined;
  if (sym.kind !== 'var' || sym.percpu) return undefined;
  const place = things.variable(sym);
  if (sym.type.kind === 'array') return { variable: place };
  const cell = cellOf(known.objects, place);
  if (cell && cell.to !== UNKNOWN) return cell;
  const path = scene.paths.of(sym);
  return loaded(scene, place, cell, factOf(known.facts, path) ?? scene.constants.valueOf(path));
}
/** What the value of a call or an operation points to. */
function computed(scene: ObjectScene, known: Known, e: Expr): Pointed | undefined {
  const { program, cfg } = scene;
  const temp = cfg.temps.get(e);
  if (temp !== undefined) return known_(cellOf(known.objects, placeOfTemp(temp)));
  const error = e.kind === 'call' ? errorOf(scene, known, e) : undefined;
  if (error) return error;
  const means = cfg.meaning.get(e);
  if (means) return pointerOf(scene, known, means);
  if (isTooSmall(program, program.typeOf(e))) return undefined;
  if (program.constantOf(e) === 0n) return NOWHERE;
  return e.kind === 'binary' ? moved(scene, known, e) : undefined;
}
/** Whether a value of a type cannot be an address. */
const isTooSmall = ({ abi }: Program, type: CType | undefined): boolean =>
  type?.kind === 'int' && type.size < abi.wordSize;
/** The pointer that a call makes of an errno. */
function errorOf(scene: ObjectScene, known: Known, e: Call): Pointer | undefined {
  if (e.callee.kind !== 'ident') return undefined;
  const sym = scene.program.symbolOf(e.callee);
  const arg = sym?.kind === 'api' && sym.entry.makesError !== undefined ? e.args[sym.entry.makesError] : undefined;
  if (!arg) return undefined;
  const certain = scene.program.typeOf(arg)?.kind === 'pointer' || isNonZero(evaluate(scene, known.facts, arg));
  return certain ? pointerTo(ERROR, 0) : undefined;
}
const known_ = (p: Pointer | undefined): Pointer | undefined => (p?.to === UNKNOWN ? undefined : p);

function load(scene: ObjectScene, known: Known, place: PlaceId | undefined, e: Expr): Pointed | undefined {
  if (place === undefined) return undefined;
  const cell = cellOf(known.objects, place);
  if (cell && cell.to !== UNKNOWN) return cell;
  return loaded(scene, place, cell, evaluate(scene, known.facts, e));
}
/** What a place leads to that holds a value, where its cell does not say it. */
function loaded(
  scene: ObjectScene,
  place: PlaceId,
  cell: Cell | undefined,
  value: Value | undefined,
): Pointed | undefined {
  const at = value?.at === undefined ? undefined : scene.paths.get(value.at);
  if (at?.variable) return { variable: scene.things.variable(at.variable, at.members) };
  if (cell) return undefined;
  if (isZero(value)) return NOWHERE;
  const to = scene.things.entry(place);
  return to === undefined ? undefined : pointerTo(to, 0);
}
const plus = (off: Offset, by: number): Offset => (typeof off === 'number' ? off + by : by === 0 ? off : undefined);

/** The address of what `e` names. */
function addressOf(scene: ObjectScene, known: Known, e: Expr): Pointed | undefined {
  const { program } = scene;
  switch (e.kind) {
    case 'cast':
      return addressOf(scene, known, e.operand);
    case 'ident': {
      const place = placeOf(scene, known, e);
      return place === undefined ? undefined : { variable: place };
    }
    case 'member': {
      const base = e.arrow ? pointerOf(scene, known, e.base) : addressOf(scene, known, e.base);
      if (!base) return undefined;
      if (!isPointer(base)) return { variable: scene.things.below(base.variable, scene.things.step(e.name.text)) };
      const type = program.typeOf(e.base);
      const record = type?.kind === 'pointer' ? type.to : type;
      const found = record?.kind === 'struct' || record?.kind === 'union' ? findField(record, e.name.text) : undefined;
      return pointerTo(base.to, found ? plus(base.off, found.offset) : undefined);
    }
    case 'index': {
      const array = program.typeOf(e.base)?.kind === 'array';
      const base = array ? addressOf(scene, known, e.base) : pointerOf(scene, known, e.base);
      if (!isPointer(base)) return base;
      const index = program.constantOf(e.index);
      return pointerTo(base.to, bytes(scene, base.off, index, e));
    }
    case 'unary':
      return e.op === '*' ? pointerOf(scene, known, e.operand) : undefined;
    default:
      return undefined;
  }
}
/** `off` and `n` elements more, each as large as `element`. */
function bytes({ program }: ObjectScene, off: Offset, n: bigint | undefined, element: Expr): Offset {
  if (n === undefined) return undefined;
  if (n === 0n) return off;
  const type = program.typeOf(element);
  if (!type || (type.kind === 'struct' && !type.fields)) return n > 0n && off !== undefined ? 'past' : undefined;
  return plus(off, Number(n) * Math.max(1, sizeOf(type) ?? 0));
}
/** Pointer arithmetic, and marks in the low bits of a pointer. */
function moved(scene: ObjectScene, known: Known, e: Expr & { kind: 'binary' }): Pointed | undefined {
  const { op } = e;
  if (op !== '+' && op !== '-' && op !== '|' && op !== '&') return undefined;
  const left = pointerOf(scene, known, e.left);
  const [base, other] = left || op === '-' ? [left, e.right] : [pointerOf(scene, known, e.right), e.left];
  if (!isPointer(base) || base.to === NO_THING) return undefined;
  if (op === '|' || op === '&') return pointerTo(base.to, undefined);
  if (op === '-' && scene.program.typeOf(e)?.kind !== 'pointer' && pointerOf(scene, known, other)) return undefined;
  const n = scene.program.constantOf(other);
  const by = n !== undefined && op === '-' ? -n : n;
  const type = scene.program.typeOf(e);
  if (by === undefined || by === 0n) {
    return pointerTo(base.to, by === undefined ? undefined : base.off, base.as, base.failed);
  }
  const size = type?.kind === 'pointer' && (type.to.kind !== 'struct' || type.to.fields) ? (sizeOf(type.to) ?? 1) : 1;
  return pointerTo(base.to, plus(base.off, Number(by) * Math.max(1, size)));
}

/** The place that `e` names; undefined where it may be one of several. */
export function placeOf(scene: ObjectScene, known: Known, e: Expr): PlaceId | undefined {
  const { program, things } = scene;
  switch (e.kind) {
    case 'cast':
      return placeOf(scene, known, e.operand);
    case 'ident': {
      const sym = program.symbolOf(e);
      return sym?.kind === 'var' && !sym.percpu ? things.variable(sym) : undefined;
    }
    case 'member': {
      const type = program.typeOf(e.base);
      if ((type?.kind === 'pointer' ? type.to : type)?.kind === 'union') return undefined;
      if (!e.arrow) {
        const base = placeOf(scene, known, e.base);
        return base === undefined ? undefined : things.below(base, things.step(e.name.text));
      }
      return behind(scene, pointerOf(scene, known, e.base), things.step(e.name.text));
    }
    case 'unary': {
      if (e.op !== '*') return undefined;
      const operand = withoutCasts(e.operand);
      if (operand.kind === 'unary' && operand.op === '&') return placeOf(scene, known, operand.operand);
      return behind(scene, pointerOf(scene, known, e.operand), '');
    }
    case 'index': {
      const index = program.constantOf(e.index);
      if (index === undefined) return undefined;
      if (program.typeOf(e.base)?.kind === 'array') {
        const base = placeOf(scene, known, e.base);
        return base === undefined ? undefined : things.below(base, `[${index}]`);
      }
      return index === 0n ? behind(scene, pointerOf(scene, known, e.base), '') : undefined;
    }
    default:
      return undefined;
  }
}
/** The member of what a pointer points to. */
export function behind({ things }: ObjectScene, p: Pointed | undefined, members: string): PlaceId | undefined {
  if (!p) return undefined;
  if (!isPointer(p)) return members === '' ? p.variable : things.below(p.variable, members);
  if (!isObject(p.to) || typeof p.off !== 'number') return undefined;
  return things.member(p.to, p.off === 0 ? members : `@${p.off}${members}`);
}
/** operators whose result is 0 or 1 */
const IS_TRUTH: ReadonlySet<string> = new Set(['==', '!=', '<', '>', '<=', '>=', '&&', '||']);
export const NO_THINGS: readonly ThingId[] = [];
/** The objects whose address may be part of the value of `e`. */
export function mentioned(
  scene: ObjectScene,
  known: Known,
  e: Expr,
  out: readonly ThingId[] = NO_THINGS,
): readonly ThingId[] {
  const p = pointerOf(scene, known, e);
  if (isPointer(p)) return isObject(p.to) && !out.includes(p.to) ? [...out, p.to] : out;
  return mentionedWithin(scene, known, e, out);
}
/** The same for an expression that does not point to an object itself. */
export function mentionedWithin(
  scene: ObjectScene,
  known: Known,
  e: Expr,
  out: readonly ThingId[] = NO_THINGS,
): readonly ThingId[] {
  switch (e.kind) {
    case 'cast':
    case 'postfix':
      return mentioned(scene, known, e.operand, out);
    case 'unary':
      return e.op === '!' || e.op === '*' || e.op === '&' ? out : mentioned(scene, known, e.operand, out);
    case 'assign':
      return mentioned(scene, known, e.right, out);
    case 'call':
    case 'binary':
    case 'conditional':
    case 'comma':
    case 'stmtExpr': {
      const means = scene.cfg.meaning.get(e);
      return means ? mentioned(scene, known, means, out) : mentionedByOperands(scene, known, e, out);
    }
    case 'compound': {
      let all = out;
      for (const { value } of e.init.items) if (value.kind !== 'initList') all = mentioned(scene, known, value, all);
      return all;
    }
    default:
      return out;
  }
}
function mentionedByOperands(scene: ObjectScene, known: Known, e: Expr, out: readonly ThingId[]): readonly ThingId[] {
  if (e.kind === 'binary') {
    return IS_TRUTH.has(e.op) ? out : mentioned(scene, known, e.right, mentioned(scene, known, e.left, out));
  }
  if (e.kind !== 'call') return out;
  const { program } = scene;
  const type = program.typeOf(e);
  if (type?.kind === 'void' || isTooSmall(program, type)) return out;
  let all = out;
  for (const arg of e.args) all = mentioned(scene, known, arg, all);
  return all;
}
/** Whether only this body can reach a variable. */
export const isLocal = (variable: VarSym): boolean => variable.storage !== 'global';
