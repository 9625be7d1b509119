/** Between which limits an integer lies, and how two of them compare. */
import { isInteger, promote, usualArithmetic } from '../../../../types/conversions';
import type { Abi, CType } from '../../../../types/ctype';
import { exactOf, type Value } from './knownBits';

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** The values of an integer type; without an end where a number cannot hold it exactly. */
function ofType(type: CType): Range | undefined {
  if (!isInteger(type)) return undefined;
  if (type.kind === 'int' && type.bool) return { min: 0, max: 1 };
  const signed = type.kind === 'int' ? type.signed : true;
  if (type.size === 8) return { min: signed ? -Infinity : 0, max: Infinity };
  const values = 2 ** (8 * type.size);
  return signed ? { min: -values / 2, max: values / 2 - 1 } : { min: 0, max: values - 1 };
}
/** The limits of a value of type `type`. */
export function rangeOf(v: Value | undefined, type: CType): Range | undefined {
  const whole = ofType(type);
  if (!whole || !v) return whole;
  let { min, max } = whole;
  const narrow = (low: number, high: number): void => {
    min = Math.max(min, low);
    max = Math.min(max, high);
  };
  const n = exactOf(v);
  if (n !== undefined) {
    // an exact number is one of 32 bits without a sign of its own
    const value = n < min ? n >>> 0 : n > max ? n : n;
    if (max > 0xffffffff && n < 0) narrow(min < 0 ? n : n >>> 0, n >>> 0);
    else narrow(value, value);
  } else if (max <= 0xffffffff && (min === 0 || v.zeros < 0)) narrow(v.ones >>> 0, ~v.zeros >>> 0);
  narrow(v.min ?? min, v.max ?? max);
  if (v.nonZero && min === 0) min = 1;
  if (v.nonZero && max === 0) max = -1;
  return min <= max ? { min, max } : undefined;
}
/** Whether a comparison of these types with values in these limits compares the integers that they are: no sign is lost. */
export function comparesIntegers(a: CType, b: CType, left: Range, right: Range, abi: Abi): boolean {
  const common = usualArithmetic(promote(a, abi), promote(b, abi), abi);
  if (common.kind !== 'int') return false;
  return common.signed || (left.min >= 0 && right.min >= 0);
}
/** Whether `left op right` holds for all values in the limits, for none, or for some (undefined). */
export function compareRanges(left: Range, op: string, right: Range): boolean | undefined {
  switch (op) {
    case '<':
      return left.max < right.min ? true : left.min >= right.max ? false : undefined;
    case '>=':
      return left.max < right.min ? false : left.min >= right.max ? true : undefined;
    case '>':
      return compareRanges(right, '<', left);
    case '<=':
      return compareRanges(right, '>=', left);
    case '==':
      return left.max < right.min || right.max < left.min ? false : undefined;
    case '!=':
      return left.max < right.min || right.max < left.min ? true : undefined;
    default:
      return undefined;
  }
}
/** The limits of the left side where `left op right` holds. */
export function limitedBy(left: Range, op: string, right: Range): Range {
  switch (op) {
    case '<':
      return { min: left.min, max: Math.min(left.max, right.max - 1) };
    case '<=':
      return { min: left.min, max: Math.min(left.max, right.max) };
    case '>':
      return { min: Math.max(left.min, right.min + 1), max: left.max };
    case '>=':
      return { min: Math.max(left.min, right.min), max: left.max };
    case '==':
      return { min: Math.max(left.min, right.min), max: Math.min(left.max, right.max) };
    case '!=': {
      const n = right.min === right.max ? right.min : undefined;
      return { min: left.min === n ? n + 1 : left.min, max: left.max === n ? n - 1 : left.max };
    }
    default:
      return left;
  }
}
