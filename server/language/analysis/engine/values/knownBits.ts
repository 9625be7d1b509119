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
  readonly free: number | undefined;
  /** the least and the greatest it can be, as an integer of its own type */
  readonly min: number | undefined;
  readonly max: number | undefined;
  /** values of which each is possible; there may be more */
  readonly oneOf: readonly Value[] | undefined;
  /** the function it points to */
  readonly target: FunctionSym | undefined;
  /** the variable, or the part of one, it points to */
  readonly at: PathId | undefined;
  /** where in the scenario the mask or constant was written; evidence only: two values that differ only in it are the same */
  readonly origin: Span | undefined;
}
/** What is known of a value; what is absent is not known. */
type Known = { readonly [K in keyof Value]?: Value[K] | undefined };

/** The value of which this is known. All values have one shape: they are made and read in every step. */
export const valueWith = (v: Known): Value => ({
  ones: v.ones ?? 0,
  zeros: v.zeros ?? 0,
  nonZero: v.nonZero ?? false,
  free: v.free,
  min: v.min,
  max: v.max,
  oneOf: v.oneOf,
  target: v.target,
  at: v.at,
  origin: v.origin,
});
/** The value `n` (an integer that fits 32 bits, signed or unsigned), written at `origin`. */
export const exactly = (n: number, origin?: Span): Value =>
  valueWith({ ones: n | 0, zeros: ~n, nonZero: (n | 0) !== 0, origin });
export const ZERO = exactly(0);
export const ONE = exactly(1);
export const NON_ZERO = valueWith({ nonZero: true });
/** A negative error code, −4095 to −1. */
export const ERRNO = valueWith({ ones: -4096, nonZero: true });
/** A value of which nothing is known any more, where another one would be assumed without a fact. */
export const UNKNOWN = valueWith({});
/** An integer from outside the program: nothing is known of it, and it can be anything. */
export const INPUT = valueWith({ free: -1 });
/** A condition that an input decides. */
export const EITHER = valueWith({ zeros: ~1, free: 1 });

/** The position of a node in the scenario's own text; undefined inside a macro's expansion. */
const inSource = (span: Span | undefined): Span | undefined => (span && span.file >= 0 ? span : undefined);
/** An exact constant; undefined where the value needs more than 32 bits (only its being non-zero is kept). */
export function ofConstant(value: bigint, origin?: Span): Value {
  const n = Number(value);
  return n >= -0x80000000 && n <= 0xffffffff ? exactly(n, inSource(origin)) : NON_ZERO;
}
export const pointsTo = (target: FunctionSym): Value => valueWith({ nonZero: true, target });
export const addressOf = (at: PathId): Value => valueWith({ nonZero: true, at });

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
/** The value with what follows from its parts; undefined if it says nothing. */
export function made(known: Known): Value | undefined {
  const { ones = 0, zeros = 0, nonZero = false, min, max, oneOf, target, at, origin } = known;
  const free = (known.free ?? 0) & ~(ones | zeros);
  if (ones === 0 && zeros === 0 && !nonZero && !free && min === undefined && max === undefined) {
    if (!oneOf && !target && at === undefined) return undefined;
  }
  return {
    ones,
    zeros,
    nonZero: nonZero || ones !== 0,
    free: free !== 0 ? free : undefined,
    min,
    max,
    oneOf,
    target,
    at,
    origin,
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
  return made({
    ones: a.ones & b.ones,
    zeros: a.zeros & b.zeros,
    nonZero: a.nonZero && b.nonZero,
    free: (a.free ?? 0) & (b.free ?? 0),
    min: least(a.min, b.min),
    max: greatest(a.max, b.max),
    target: a.target === b.target ? a.target : undefined,
    at: a.at === b.at ? a.at : undefined,
    origin: a.origin ?? b.origin,
  });
}
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
    return meetValues(
      { ...a, min, max },
      valueWith({ ones: min | 0, zeros: ~min, nonZero: (min | 0) !== 0, min, max }),
    );
  }
  const free = (a.free ?? 0) | (b.free ?? 0);
  const some = (a.oneOf ?? b.oneOf)?.filter((v) => (v.ones & zeros) === 0 && (v.zeros & ones) === 0);
  return (
    made({
      ones,
      zeros,
      nonZero,
      free,
      min: exact ? undefined : min,
      max: exact ? undefined : max,
      oneOf: some && some.length > 0 && !exact ? some : undefined,
      target: a.target ?? b.target,
      at: a.at ?? b.at,
      origin: a.origin ?? b.origin,
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
    origin,
  });
}
export function andValues(a: Value | undefined, b: Value | undefined): Value | undefined {
  const origin = a?.origin ?? b?.origin;
  return made({
    ones: (a?.ones ?? 0) & (b?.ones ?? 0),
    zeros: (a?.zeros ?? 0) | (b?.zeros ?? 0),
    nonZero: false,
    free: ((a?.free ?? 0) & ((b?.ones ?? 0) | (b?.free ?? 0))) | ((b?.free ?? 0) & ((a?.ones ?? 0) | (a?.free ?? 0))),
    origin,
  });
}
/** `a ^ b` */
export function xorValues(a: Value | undefined, b: Value | undefined): Value | undefined {
  if (!a || !b) return undefined;
  const known = (a.ones | a.zeros) & (b.ones | b.zeros);
  const ones = (a.ones ^ b.ones) & known;
  const origin = a.origin ?? b.origin;
  const free = ((a.free ?? 0) & (b.ones | b.zeros)) | ((b.free ?? 0) & (a.ones | a.zeros));
  return made({ ones, zeros: known & ~ones, free, origin });
}
export const notValue = (a: Value | undefined): Value | undefined =>
  a && made({ ones: a.zeros, zeros: a.ones, free: a.free, origin: a.origin });
/** true, false, or undefined if unknown */
export const truth = (v: Value | undefined): boolean | undefined =>
  isZero(v) ? false : isNonZero(v) ? true : undefined;
export const ofBoolean = (t: boolean | undefined): Value | undefined => (t === undefined ? undefined : t ? ONE : ZERO);
