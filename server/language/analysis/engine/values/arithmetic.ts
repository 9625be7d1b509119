/** What operators make of values, case by case. */
import type { Abi, CType } from '../../../../types/ctype';
import {
  andValues,
  EITHER,
  exactly,
  exactOf,
  isNonZero,
  isZero,
  made,
  notValue,
  ofBoolean,
  orValues,
  truth,
  type Value,
  xorValues,
} from './knownBits';
import { eachCase } from './possible';
import { compareRanges, comparesIntegers, rangeOf } from './ranges';

/** A value and its type, as far as they are known. */
export interface Operand {
  readonly value: Value | undefined;
  readonly type: CType | undefined;
}
/** What the operators need to know: the ABI, and the bits by which the origin of a mask is told. */
export interface Rules {
  readonly abi: Abi;
  readonly telling: number;
}

export function unaryOf(op: string, value: Value | undefined): Value | undefined {
  return eachCase(value, undefined, (v) => {
    switch (op) {
      case '~':
        return notValue(v);
      case '!': {
        const t = truth(v);
        return t === undefined ? (v?.free ? EITHER : undefined) : ofBoolean(!t);
      }
      case '-': {
        const n = exactOf(v);
        return n !== undefined ? exactly(-n) : v?.free ? made({ free: -1 }) : undefined;
      }
      default:
        return op === '+' ? v : undefined;
    }
  });
}
export function binaryOf(op: string, a: Operand, b: Operand, rules: Rules): Value | undefined {
  return eachCase(a.value, b.value, (x, y) => {
    switch (op) {
      case '|':
        return orValues(x, y, rules.telling);
      case '&':
        return andValues(x, y);
      case '^':
        return xorValues(x, y);
      case '==':
      case '!=':
      case '<':
      case '>':
      case '<=':
      case '>=': {
        const known = compare(op, { value: x, type: a.type }, { value: y, type: b.type }, rules.abi);
        return known !== undefined ? ofBoolean(known) : x?.free || y?.free ? EITHER : undefined;
      }
      default:
        return arithmetic(op, x, y);
    }
  });
}
function compare(op: string, a: Operand, b: Operand, abi: Abi): boolean | undefined {
  if (op === '==' || op === '!=') {
    const equal = compareEqual(a.value, b.value);
    if (equal !== undefined) return equal === (op === '==');
  }
  if (!a.type || !b.type) return undefined;
  const [left, right] = [rangeOf(a.value, a.type), rangeOf(b.value, b.type)];
  if (!left || !right || !comparesIntegers(a.type, b.type, left, right, abi)) return undefined;
  return compareRanges(left, op, right);
}
function compareEqual(a: Value | undefined, b: Value | undefined): boolean | undefined {
  if (!a || !b) return undefined;
  if (a.target && b.target) return a.target === b.target;
  if (a.at !== undefined && a.at === b.at) return true;
  if ((a.ones & b.zeros) !== 0 || (a.zeros & b.ones) !== 0) return false;
  if ((isZero(a) && isNonZero(b)) || (isZero(b) && isNonZero(a))) return false;
  const [x, y] = [exactOf(a), exactOf(b)];
  return x !== undefined && y !== undefined ? x === y : undefined;
}
function arithmetic(op: string, a: Value | undefined, b: Value | undefined): Value | undefined {
  const [x, y] = [exactOf(a), exactOf(b)];
  if (x === undefined || y === undefined) {
    if (op === '%' && y !== undefined && y > 1) {
      return made({ min: 1 - y, max: y - 1, free: a?.free ? 1 : undefined });
    }
    // an input and something known: what comes of it can be anything as well
    return a && b && (a.free || b.free) ? made({ free: -1 }) : undefined;
  }
  const signless = x >= 0 && y >= 0;
  switch (op) {
    case '+':
      return exactly(x + y);
    case '-':
      return exactly(x - y);
    case '*':
      return exactly(Math.imul(x, y));
    case '<<':
      return y >= 0 && y < 32 ? exactly(x << y) : undefined;
    case '>>':
      return signless && y < 32 ? exactly(x >> y) : undefined;
    case '/':
      return signless && y > 0 ? exactly(Math.trunc(x / y)) : undefined;
    case '%':
      return signless && y > 0 ? exactly(x % y) : undefined;
    default:
      return undefined;
  }
}
