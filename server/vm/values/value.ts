/**
 * C values. Integers of up to 32 bits are JS numbers, wrapped at their type's width. 64-bit integers, and pointers on x86_64, are JS
 * numbers where a double holds them exactly and bigints otherwise: one value has one form, so `===` compares, and any bit pattern is exact.
 * Pointers are signed on x86_64 (kernel addresses are negative numbers), unsigned on the 32-bit machines.
 */
import type { CType } from '../../types/ctype';

export type Value = number | bigint;

const MAX = Number.MAX_SAFE_INTEGER;
const MIN = Number.MIN_SAFE_INTEGER;
const TWO32 = 0x1_0000_0000;

/** How a scalar type is held: width in bytes, sign, and whether it is _Bool. */
export interface Shape {
  readonly size: 1 | 2 | 4 | 8;
  readonly signed: boolean;
  readonly bool: boolean;
  /** of 64 bits, how many the value has, for a bit-field's that is wider than int */
  readonly bits?: number;
}
const shape = (size: Shape['size'], signed: boolean, bool = false): Shape => ({ size, signed, bool });
const S8 = shape(1, true);
export const U8 = shape(1, false);
const S16 = shape(2, true);
export const U16 = shape(2, false);
export const S32 = shape(4, true);
export const U32 = shape(4, false);
export const S64 = shape(8, true);
export const U64 = shape(8, false);
const BOOL = shape(1, false, true);

/** by width */
const SIGNED_FIELDS = Array.from({ length: 64 }, (_, bits): Shape => ({ ...S64, bits }));
const UNSIGNED_FIELDS = Array.from({ length: 64 }, (_, bits): Shape => ({ ...U64, bits }));

/** The shape of a scalar type (arrays and functions count as pointers to them). */
export function shapeOf(type: CType, wordSize: 4 | 8): Shape {
  switch (type.kind) {
    case 'int':
    case 'enum':
      if (type.kind === 'int' && type.bool) return BOOL;
      if (type.kind === 'int' && type.bits !== undefined)
        return (type.signed ? SIGNED_FIELDS : UNSIGNED_FIELDS)[type.bits] as Shape;
      if (type.size === 8) return type.signed ? S64 : U64;
      if (type.size === 4) return type.signed ? S32 : U32;
      if (type.size === 2) return type.signed ? S16 : U16;
      return type.signed ? S8 : U8;
    default:
      return wordSize === 8 ? S64 : U32;
  }
}

/** A bigint in its one form. */
export function small(value: bigint): Value {
  return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value;
}
/** The signed 64-bit value of two words. */
export function signed64(low: number, high: number): Value {
  if (high >= -0x200000 && high < 0x200000) {
    const value = high * TWO32 + (low >>> 0);
    if (value >= MIN) return value;
  }
  return BigInt(high) * 4294967296n + BigInt(low >>> 0);
}
/** The unsigned 64-bit value of two words. */
export function unsigned64(low: number, high: number): Value {
  const top = high >>> 0;
  return top < 0x200000 ? top * TWO32 + (low >>> 0) : BigInt(top) * 4294967296n + BigInt(low >>> 0);
}
export const lowWord = (value: Value): number =>
  typeof value === 'number' ? value | 0 : Number(BigInt.asIntN(32, value));
export const highWord = (value: Value): number =>
  typeof value === 'number' ? Math.floor(value / TWO32) | 0 : Number(BigInt.asIntN(32, value >> 32n));

/** Any value as a value of a shape: C's conversion to an integer type. */
export function convert(value: Value, to: Shape): Value {
  if (to.bool) return value === 0 ? 0 : 1;
  if (typeof value === 'number') {
    switch (to.size) {
      case 4:
        return to.signed ? value | 0 : value >>> 0;
      case 8:
        if (to.bits !== undefined) break;
        if (to.signed || value >= 0) return value;
        return small(BigInt.asUintN(64, BigInt(value)));
      case 2:
        return to.signed ? (value << 16) >> 16 : value & 0xffff;
      case 1:
        return to.signed ? (value << 24) >> 24 : value & 0xff;
    }
  }
  const bits = to.bits ?? to.size * 8;
  return small(to.signed ? BigInt.asIntN(bits, BigInt(value)) : BigInt.asUintN(bits, BigInt(value)));
}
/** A function that converts to a shape, with fast paths for the common ones. */
export function converter(from: Shape, to: Shape): ((value: Value) => Value) | undefined {
  if (from === to) return undefined;
  if (to.bool) return (v) => (v === 0 ? 0 : 1);
  // widening that keeps the value
  if (to.size > from.size && (to.signed || !from.signed)) return undefined;
  if (to.size === 4 && from.size <= 4) return to.signed ? (v) => (v as number) | 0 : (v) => (v as number) >>> 0;
  return (v) => convert(v, to);
}
/** The conversion of a pointer. gcc extends one of 32 bits with its sign where the integer has 64. */
export const pointerConverter = (from: Shape, to: Shape): ((value: Value) => Value) | undefined =>
  to.size > from.size ? (v) => convert((v as number) | 0, to) : converter(from, to);

// ---------------------------------------------------------------- 64-bit arithmetic
const wrap = (value: bigint, signed: boolean): Value =>
  small(signed ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value));

export function add64(a: Value, b: Value, signed: boolean): Value {
  if (typeof a === 'number' && typeof b === 'number') {
    const r = a + b;
    if (r <= MAX && r >= (signed ? MIN : 0)) return r;
  }
  return wrap(BigInt(a) + BigInt(b), signed);
}
export function sub64(a: Value, b: Value, signed: boolean): Value {
  if (typeof a === 'number' && typeof b === 'number') {
    const r = a - b;
    if (r <= MAX && r >= (signed ? MIN : 0)) return r;
  }
  return wrap(BigInt(a) - BigInt(b), signed);
}
export function mul64(a: Value, b: Value, signed: boolean): Value {
  if (typeof a === 'number' && typeof b === 'number') {
    const r = a * b;
    if (r <= MAX && r >= (signed ? MIN : 0)) return r === 0 ? 0 : r;
  }
  return wrap(BigInt(a) * BigInt(b), signed);
}
/** The divisor must not be zero. */
export function div64(a: Value, b: Value, signed: boolean): Value {
  if (typeof a === 'number' && typeof b === 'number') {
    const r = Math.trunc(a / b);
    // a quotient of safe integers may round up only where it is large
    if (Math.abs(a) < 2 ** 52) return r === 0 ? 0 : r;
  }
  return wrap(BigInt(a) / BigInt(b), signed);
}
export function mod64(a: Value, b: Value, signed: boolean): Value {
  if (typeof a === 'number' && typeof b === 'number') {
    const r = a % b;
    return r === 0 ? 0 : r;
  }
  return wrap(BigInt(a) % BigInt(b), signed);
}
export function and64(a: Value, b: Value, signed: boolean): Value {
  if (typeof a === 'number' && typeof b === 'number') {
    // a number below 2^31 masks everything above it away
    if ((a >= 0 && a <= 0x7fffffff) || (b >= 0 && b <= 0x7fffffff)) return a & b;
    const low = ((a | 0) & (b | 0)) >>> 0;
    const high = highWord(a) & highWord(b);
    return signed ? signed64(low, high) : unsigned64(low, high);
  }
  return wrap(BigInt(a) & BigInt(b), signed);
}
export function or64(a: Value, b: Value, signed: boolean): Value {
  if (typeof a === 'number' && typeof b === 'number') {
    if (a >= 0 && b >= 0 && a <= 0x7fffffff && b <= 0x7fffffff) return a | b;
    const low = a | 0 | (b | 0);
    const high = highWord(a) | highWord(b);
    return signed ? signed64(low, high) : unsigned64(low, high);
  }
  return wrap(BigInt(a) | BigInt(b), signed);
}
export function xor64(a: Value, b: Value, signed: boolean): Value {
  if (typeof a === 'number' && typeof b === 'number') {
    const low = (a | 0) ^ (b | 0);
    const high = highWord(a) ^ highWord(b);
    return signed ? signed64(low, high) : unsigned64(low, high);
  }
  return wrap(BigInt(a) ^ BigInt(b), signed);
}
export function not64(a: Value, signed: boolean): Value {
  if (signed && typeof a === 'number') return -a - 1;
  return wrap(~BigInt(a), signed);
}
export function neg64(a: Value, signed: boolean): Value {
  if (typeof a === 'number' && (signed || a === 0)) return a === 0 ? 0 : -a;
  return wrap(-BigInt(a), signed);
}
/** Counts are taken modulo 64, as the processor does. */
export function shl64(a: Value, count: number, signed: boolean): Value {
  const n = count & 63;
  if (typeof a === 'number' && n < 32) {
    const r = a * 2 ** n;
    if (r <= MAX && r >= (signed ? MIN : 0)) return r;
  }
  return wrap(BigInt(a) << BigInt(n), signed);
}
export function shr64(a: Value, count: number, signed: boolean): Value {
  const n = count & 63;
  if (typeof a === 'number') return Math.floor(a / 2 ** n);
  return wrap(BigInt(a) >> BigInt(n), signed);
}

/** The bit pattern of a value of `size` bytes. */
export const toBits = (value: Value, size: number): bigint => BigInt.asUintN(size * 8, BigInt(value));
