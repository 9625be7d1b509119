/**
 * What an analysis knows about an integer or a pointer: bits that are certainly one, bits that are certainly zero, whether the whole is
 * certainly not zero, and the limits between which it lies. Masks (gfp_t), flags, error codes and NULL tests all live in the low 32 bits.
 * `undefined`: nothing is known, because the analysis does not follow the value. That is not the same as a value from outside the program,
 * which can be anything (`free`), or one of several (`oneOf`): of those a rule can say what may happen.
 */

import type { FunctionSym } from '../../../check/context/program';
import type { Span } from '../../../syntax/tree';
import type { PathId } from './varPaths';

export interface Value {
  /** bits that are one, as a signed 32-bit number */
  readonly ones: number;
  /** bits that are zero */
  readonly zeros: number;
  /** certainly not zero (also when no single bit is known) */
  readonly nonZero: boolean;
  /** bits that can be one and can be zero, in any combination: an input decides */
  readonly free?: number;
  /** the least and the greatest it can be, as an integer of its own type */
  readonly min?: number;
  readonly max?: number;
  /** values of which each is possible; there may be more */
  readonly oneOf?: readonly Value[];
  /** the function it points to */
  readonly target?: FunctionSym;
  /** the variable, or the part of one, it points to */
  readonly at?: PathId;
  /** where in the scenario the mask or constant was written; evidence only: two values that differ only in it are the same */
  readonly origin?: Span;
}

/** The value `n` (an integer that fits 32 bits, signed or unsigned), written at `origin`. */
export const exactly = (n: number, origin?: Span): Value => ({
  ones: n | 0,
  zeros: ~n,
  nonZero: (n | 0) !== 0,
  ...(origin ? { origin } : {}),
});
export const ZERO = exactly(0);
export const ONE = exactly(1);
export const NON_ZERO: Value = { ones: 0, zeros: 0, nonZero: true };
/** A value of which nothing is known any more, where another one would be assumed without a fact. */
export const UNKNOWN: Value = { ones: 0, zeros: 0, nonZero: false };
/** An integer from outside the program: nothing is known of it, and it can be anything. */
export const INPUT: Value = { ones: 0, zeros: 0, nonZero: false, free: -1 };
/** A condition that an input decides. */
export const EITHER: Value = { ones: 0, zeros: ~1, nonZero: false, free: 1 };

/** The position of a node in the scenario's own text; undefined inside a macro's expansion. */
const inSource = (span: Span | undefined): Span | undefined => (span && span.file >= 0 ? span : undefined);
/** An exact constant; undefined where the value needs more than 32 bits (only its being non-zero is kept). */
export function ofConstant(value: bigint, origin?: Span): Value {
  if (value >= -0x80000000n && value <= 0xffffffffn) return exactly(Number(value), inSource(origin));
  return NON_ZERO;
}
export const pointsTo = (target: FunctionSym): Value => ({ ones: 0, zeros: 0, nonZero: true, target });
export const addressOf = (at: PathId): Value => ({ ones: 0, zeros: 0, nonZero: true, at });

/** The number, when every bit is known. */
export const exactOf = (v: Value | undefined): number | undefined =>
  v && (v.ones | v.zeros) === -1 ? v.ones : undefined;
export const isZero = (v: Value | undefined): boolean => v !== undefined && v.zeros === -1;
export const isNonZero = (v: Value | undefined): boolean => v?.nonZero === true;

export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  if (a === b) return true;
  if (!a || !b) return false;
  if (a.ones !== b.ones || a.zeros !== b.zeros || a.nonZero !== b.nonZero || a.free !== b.free) return false;
  if (a.min !== b.min || a.max !== b.max || a.target !== b.target || a.at !== b.at) return false;
  if (a.oneOf === b.oneOf) return true;
  return a.oneOf?.length === b.oneOf?.length && !!a.oneOf?.every((v, i) => sameValue(v, b.oneOf?.[i]));
}
/** A text that is the same for the same values. */
export function valueKey(v: Value): string {
  const all = `${v.ones}:${v.zeros}:${v.nonZero ? 1 : 0}`;
  if (v.free === undefined && v.min === undefined && v.max === undefined && !v.target && !v.oneOf && v.at === undefined)
    return all;
  const rest = [v.free, v.min, v.max, v.target?.name, v.at, v.oneOf?.map(valueKey).join('/')];
  return `${all}:${rest.map((x) => x ?? '').join(':')}`;
}
/** The value with what follows from its parts; undefined if it says nothing. */
export function made(v: Value): Value | undefined {
  const { ones, zeros, nonZero, min, max, oneOf, target, at, origin } = v;
  const free = (v.free ?? 0) & ~(ones | zeros);
  if (ones === 0 && zeros === 0 && !nonZero && !free && min === undefined && max === undefined) {
    if (!oneOf && !target && at === undefined) return undefined;
  }
  return {
    ones,
    zeros,
    nonZero: nonZero || ones !== 0,
    ...(free !== 0 ? { free } : {}),
    ...(min !== undefined ? { min } : {}),
    ...(max !== undefined ? { max } : {}),
    ...(oneOf ? { oneOf } : {}),
    ...(target ? { target } : {}),
    ...(at !== undefined ? { at } : {}),
    ...(origin ? { origin } : {}),
  };
}
const least = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : Math.min(a, b);
const greatest = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : Math.max(a, b);

/** Least upper bound: what holds for both. */
export function joinValues(a: Value | undefined, b: Value | undefined): Value | undefined {
  if (!a || !b) return undefined;
  if (sameValue(a, b)) return a;
  const origin = a.origin ?? b.origin;
  return made({
    ones: a.ones & b.ones,
    zeros: a.zeros & b.zeros,
    nonZero: a.nonZero && b.nonZero,
    free: (a.free ?? 0) & (b.free ?? 0),
    ...limits(least(a.min, b.min), greatest(a.max, b.max)),
    ...(a.target && a.target === b.target ? { target: a.target } : {}),
    ...(a.at !== undefined && a.at === b.at ? { at: a.at } : {}),
    ...(origin ? { origin } : {}),
  });
}
const limits = (min: number | undefined, max: number | undefined): { min?: number; max?: number } => ({
  ...(min !== undefined ? { min } : {}),
  ...(max !== undefined ? { max } : {}),
});
/** Both are known of one value: everything that either says; undefined: they contradict each other. */
export function meetValues(a: Value, b: Value): Value | undefined {
  const ones = a.ones | b.ones;
  const zeros = a.zeros | b.zeros;
  let min = a.min === undefined ? b.min : b.min === undefined ? a.min : Math.max(a.min, b.min);
  let max = a.max === undefined ? b.max : b.max === undefined ? a.max : Math.min(a.max, b.max);
  const nonZero = a.nonZero || b.nonZero || ones !== 0;
  if (nonZero && min === 0) min = 1;
  if (nonZero && max === 0) max = -1;
  if ((ones & zeros) !== 0 || (nonZero && zeros === -1)) return undefined;
  if (min !== undefined && max !== undefined && min > max) return undefined;
  const exact = (ones | zeros) === -1;
  if (!exact && min !== undefined && min === max && min >= -0x80000000 && min <= 0xffffffff) {
    return meetValues({ ...a, min, max }, { ...exactly(min), min, max });
  }
  const free = (a.free ?? 0) | (b.free ?? 0);
  const some = (a.oneOf ?? b.oneOf)?.filter((v) => (v.ones & zeros) === 0 && (v.zeros & ones) === 0);
  const target = a.target ?? b.target;
  const at = a.at ?? b.at;
  const origin = a.origin ?? b.origin;
  return (
    made({
      ones,
      zeros,
      nonZero,
      free,
      ...(exact ? {} : limits(min, max)),
      ...(some && some.length > 0 && !exact ? { oneOf: some } : {}),
      ...(target ? { target } : {}),
      ...(at !== undefined ? { at } : {}),
      ...(origin ? { origin } : {}),
    }) ?? a
  );
}

/**
 * `a | b`. The origin is the operand's that has bits of `telling` (the bits a rule asks for), so that evidence shows where they came from.
 */
export function orValues(a: Value | undefined, b: Value | undefined, telling = 0): Value | undefined {
  const told = (v: Value): number => (v.ones | (v.free ?? 0)) & telling;
  const origin = a && told(a) ? a.origin : b && told(b) ? b.origin : (a?.origin ?? b?.origin);
  return made({
    ones: (a?.ones ?? 0) | (b?.ones ?? 0),
    zeros: (a?.zeros ?? 0) & (b?.zeros ?? 0),
    nonZero: isNonZero(a) || isNonZero(b),
    free: ((a?.free ?? 0) & ((b?.zeros ?? 0) | (b?.free ?? 0))) | ((b?.free ?? 0) & ((a?.zeros ?? 0) | (a?.free ?? 0))),
    ...(origin ? { origin } : {}),
  });
}
export function andValues(a: Value | undefined, b: Value | undefined): Value | undefined {
  const origin = a?.origin ?? b?.origin;
  return made({
    ones: (a?.ones ?? 0) & (b?.ones ?? 0),
    zeros: (a?.zeros ?? 0) | (b?.zeros ?? 0),
    nonZero: false,
    free: ((a?.free ?? 0) & ((b?.ones ?? 0) | (b?.free ?? 0))) | ((b?.free ?? 0) & ((a?.ones ?? 0) | (a?.free ?? 0))),
    ...(origin ? { origin } : {}),
  });
}
/** `a ^ b` */
export function xorValues(a: Value | undefined, b: Value | undefined): Value | undefined {
  if (!a || !b) return undefined;
  const known = (a.ones | a.zeros) & (b.ones | b.zeros);
  const ones = (a.ones ^ b.ones) & known;
  const origin = a.origin ?? b.origin;
  const free = ((a.free ?? 0) & (b.ones | b.zeros)) | ((b.free ?? 0) & (a.ones | a.zeros));
  return made({ ones, zeros: known & ~ones, nonZero: false, free, ...(origin ? { origin } : {}) });
}
export const notValue = (a: Value | undefined): Value | undefined =>
  a &&
  made({
    ones: a.zeros,
    zeros: a.ones,
    nonZero: false,
    ...(a.free ? { free: a.free } : {}),
    ...(a.origin ? { origin: a.origin } : {}),
  });
/** true, false, or undefined if unknown */
export const truth = (v: Value | undefined): boolean | undefined =>
  isZero(v) ? false : isNonZero(v) ? true : undefined;
export const ofBoolean = (t: boolean | undefined): Value | undefined => (t === undefined ? undefined : t ? ONE : ZERO);
