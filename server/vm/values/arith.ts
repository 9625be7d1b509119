/** Operators on values of one shape, as functions of two values. */
import { DivideError } from '../../kernel/arch/faults';
import {
  add64,
  and64,
  div64,
  lowWord,
  mod64,
  mul64,
  or64,
  type Shape,
  shl64,
  shr64,
  sub64,
  type Value,
  xor64,
} from './value';

export type Operator = (a: Value, b: Value) => Value;
export type ArithmeticOp = '*' | '/' | '%' | '+' | '-' | '<<' | '>>' | '&' | '^' | '|';

const INT_MIN = -0x80000000;
const LONG_MIN = -(1n << 63n);

function divide32(a: number, b: number, signed: boolean): number {
  if (b === 0 || (signed && a === INT_MIN && b === -1)) throw new DivideError();
  return signed ? (a / b) | 0 : Math.floor(a / b);
}
function modulo32(a: number, b: number, signed: boolean): number {
  if (b === 0 || (signed && a === INT_MIN && b === -1)) throw new DivideError();
  return signed ? (a % b) | 0 : a % b;
}
function check64(a: Value, b: Value, signed: boolean): void {
  if (b === 0 || (signed && b === -1 && a === LONG_MIN)) throw new DivideError();
}

/**
 * The operator on two values of `shape`, which is 32 or 64 bits wide. A shift count may have any shape and is taken modulo that width, as x86's
 * shl, shr and sar take it: `x << 33` shifts an int by 1. C leaves such a count undefined; the program and the debugger's expressions agree.
 */
export function arithmetic(op: ArithmeticOp, shape: Shape): Operator {
  const s = shape.signed;
  if (shape.size === 8) {
    switch (op) {
      case '+':
        return (a, b) => add64(a, b, s);
      case '-':
        return (a, b) => sub64(a, b, s);
      case '*':
        return (a, b) => mul64(a, b, s);
      case '/':
        return (a, b) => {
          check64(a, b, s);
          return div64(a, b, s);
        };
      case '%':
        return (a, b) => {
          check64(a, b, s);
          return mod64(a, b, s);
        };
      case '&':
        return (a, b) => and64(a, b, s);
      case '|':
        return (a, b) => or64(a, b, s);
      case '^':
        return (a, b) => xor64(a, b, s);
      case '<<':
        return (a, b) => shl64(a, lowWord(b), s);
      case '>>':
        return (a, b) => shr64(a, lowWord(b), s);
    }
  }
  type N = number;
  switch (op) {
    case '+':
      return s ? (a, b) => ((a as N) + (b as N)) | 0 : (a, b) => ((a as N) + (b as N)) >>> 0;
    case '-':
      return s ? (a, b) => ((a as N) - (b as N)) | 0 : (a, b) => ((a as N) - (b as N)) >>> 0;
    case '*':
      return s ? (a, b) => Math.imul(a as N, b as N) : (a, b) => Math.imul(a as N, b as N) >>> 0;
    case '/':
      return (a, b) => divide32(a as N, b as N, s);
    case '%':
      return (a, b) => modulo32(a as N, b as N, s);
    case '&':
      return s ? (a, b) => (a as N) & (b as N) : (a, b) => ((a as N) & (b as N)) >>> 0;
    case '|':
      return s ? (a, b) => (a as N) | (b as N) : (a, b) => ((a as N) | (b as N)) >>> 0;
    case '^':
      return s ? (a, b) => (a as N) ^ (b as N) : (a, b) => ((a as N) ^ (b as N)) >>> 0;
    case '<<':
      return s ? (a, b) => (a as N) << lowWord(b) : (a, b) => ((a as N) << lowWord(b)) >>> 0;
    case '>>':
      return s ? (a, b) => (a as N) >> lowWord(b) : (a, b) => (a as N) >>> lowWord(b);
  }
}

export type ComparisonOp = '<' | '>' | '<=' | '>=' | '==' | '!=';
/** `unsignedPointers`: x86_64 pointers are signed values that compare as unsigned. */
export function comparison(op: ComparisonOp, unsignedPointers: boolean): (a: Value, b: Value) => boolean {
  if (op === '==') return (a, b) => a === b;
  if (op === '!=') return (a, b) => a !== b;
  if (unsignedPointers) {
    const less = (a: Value, b: Value): boolean => (a >= 0 === b >= 0 ? a < b : a >= 0);
    switch (op) {
      case '<':
        return less;
      case '>':
        return (a, b) => less(b, a);
      case '<=':
        return (a, b) => !less(b, a);
      case '>=':
        return (a, b) => !less(a, b);
    }
  }
  switch (op) {
    case '<':
      return (a, b) => a < b;
    case '>':
      return (a, b) => a > b;
    case '<=':
      return (a, b) => a <= b;
    case '>=':
      return (a, b) => a >= b;
  }
}
