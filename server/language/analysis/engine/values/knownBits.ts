/**
 * What an analysis knows about an integer or a function pointer: bits that are certainly one, bits that are certainly zero, and whether
 * the whole is certainly not zero. Masks (gfp_t), flags, error codes and NULL tests all live in the low 32 bits. `undefined`: nothing is
 * known.
 */

import type { FunctionSym } from '../../../check/context/program';
import type { Span } from '../../../syntax/tree';

export interface Value {
  /** bits that are one, as a signed 32-bit number */
  readonly ones: number;
  /** bits that are zero */
  readonly zeros: number;
  /** certainly not zero (also when no single bit is known) */
  readonly nonZero: boolean;
  /** the function it points to */
  readonly target?: FunctionSym;
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

/** The position of a node in the scenario's own text; undefined inside a macro's expansion. */
const inSource = (span: Span | undefined): Span | undefined => (span && span.file >= 0 ? span : undefined);
/** An exact constant; undefined where the value needs more than 32 bits (only its being non-zero is kept). */
export function ofConstant(value: bigint, origin?: Span): Value {
  if (value >= -0x80000000n && value <= 0xffffffffn) return exactly(Number(value), inSource(origin));
  return NON_ZERO;
}
export const pointsTo = (target: FunctionSym): Value => ({ ones: 0, zeros: 0, nonZero: true, target });

/** The number, when every bit is known. */
export const exactOf = (v: Value | undefined): number | undefined =>
  v && (v.ones | v.zeros) === -1 ? v.ones : undefined;
export const isZero = (v: Value | undefined): boolean => v !== undefined && v.zeros === -1;
export const isNonZero = (v: Value | undefined): boolean => v?.nonZero === true;

export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  if (a === b) return true;
  if (!a || !b) return false;
  return a.ones === b.ones && a.zeros === b.zeros && a.nonZero === b.nonZero && a.target === b.target;
}
/** Least upper bound: what holds for both. */
export function joinValues(a: Value | undefined, b: Value | undefined): Value | undefined {
  if (!a || !b) return undefined;
  if (sameValue(a, b)) return a;
  const ones = a.ones & b.ones;
  const zeros = a.zeros & b.zeros;
  const nonZero = a.nonZero && b.nonZero;
  if (ones === 0 && zeros === 0 && !nonZero) return undefined;
  const origin = a.origin ?? b.origin;
  return { ones, zeros, nonZero, ...(origin ? { origin } : {}) };
}
const made = (ones: number, zeros: number, nonZero: boolean, origin: Span | undefined): Value | undefined =>
  ones === 0 && zeros === 0 && !nonZero
    ? undefined
    : { ones, zeros, nonZero: nonZero || ones !== 0, ...(origin ? { origin } : {}) };

/**
 * `a | b`. The origin is the operand's that has bits of `telling` (the bits a rule asks for), so that evidence shows where they came from.
 */
export function orValues(a: Value | undefined, b: Value | undefined, telling = 0): Value | undefined {
  const origin = a && a.ones & telling ? a.origin : b && b.ones & telling ? b.origin : (a?.origin ?? b?.origin);
  return made((a?.ones ?? 0) | (b?.ones ?? 0), (a?.zeros ?? 0) & (b?.zeros ?? 0), isNonZero(a) || isNonZero(b), origin);
}
export function andValues(a: Value | undefined, b: Value | undefined): Value | undefined {
  return made((a?.ones ?? 0) & (b?.ones ?? 0), (a?.zeros ?? 0) | (b?.zeros ?? 0), false, a?.origin ?? b?.origin);
}
export const notValue = (a: Value | undefined): Value | undefined => a && made(a.zeros, a.ones, false, a.origin);
/** true, false, or undefined if unknown */
export const truth = (v: Value | undefined): boolean | undefined =>
  isZero(v) ? false : isNonZero(v) ? true : undefined;
export const ofBoolean = (t: boolean | undefined): Value | undefined => (t === undefined ? undefined : t ? ONE : ZERO);
