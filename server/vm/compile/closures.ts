/** Closures made of closures: operators on compiled operands, and stores. */

import type { Access, Eval, Lvalue } from '../values/access';
import { type ArithmeticOp, arithmetic, type ComparisonOp, comparison } from '../values/arith';
import {
  add64,
  convert,
  converter,
  mul64,
  neg64,
  not64,
  S64,
  type Shape,
  small,
  U64,
  type Value,
} from '../values/value';

export type Effect = () => void;

/** An effect as a value. */
export function thenZero(run: Effect): Eval {
  return () => {
    run();
    return 0;
  };
}
/** base + index · step, as a pointer of `wordSize` bytes. */
export function advance(base: Eval, index: Eval, step: number, wordSize: 4 | 8): Eval {
  if (wordSize === 8) {
    return () => {
      const b = base();
      const i = index();
      if (typeof b === 'number' && typeof i === 'number') {
        const r = b + i * step;
        if (r <= Number.MAX_SAFE_INTEGER && r >= Number.MIN_SAFE_INTEGER) return r;
      }
      return add64(b, mul64(i, step, true), true);
    };
  }
  return () => ((base() as number) + Math.imul(Number(BigInt.asIntN(32, BigInt(index()))), step)) >>> 0;
}
/** The distance of two pointers in objects of `size` bytes. */
export function difference(a: Eval, b: Eval, size: number, wordSize: 4 | 8): Eval {
  if (wordSize === 4) return () => Math.trunc((((a() as number) - (b() as number)) | 0) / size) | 0;
  return () => small(BigInt.asIntN(64, BigInt(a()) - BigInt(b())) / BigInt(size));
}
/** Unary + − ~ on a promoted operand. */
export function unaryArithmetic(op: '+' | '-' | '~', value: Eval, shape: Shape): Eval {
  const { size, signed } = shape;
  if (op === '+') return value;
  if (shape.bits !== undefined) {
    const wide = unaryArithmetic(op, value, signed ? S64 : U64);
    return () => convert(wide(), shape);
  }
  if (size === 8) return op === '-' ? () => neg64(value(), signed) : () => not64(value(), signed);
  if (op === '-') return signed ? () => -(value() as number) | 0 : () => -(value() as number) >>> 0;
  return signed ? () => ~(value() as number) : () => ~(value() as number) >>> 0;
}
/** Both operands have `shape`; a shift count has any. */
export function binaryArithmetic(op: ArithmeticOp, a: Eval, b: Eval, shape: Shape): Eval {
  if (shape.size === 4 && shape.signed) {
    if (op === '+') return () => ((a() as number) + (b() as number)) | 0;
    if (op === '-') return () => ((a() as number) - (b() as number)) | 0;
    if (op === '&') return () => (a() as number) & (b() as number);
  }
  if (shape.bits !== undefined) {
    const wide = arithmetic(op, shape);
    return () => convert(wide(a(), b()), shape);
  }
  const operator = arithmetic(op, shape);
  return () => operator(a(), b());
}
/** Compares two integers of one shape. */
export function compareIntegers(op: ComparisonOp, a: Eval, b: Eval): () => boolean {
  if (op === '==') return () => a() === b();
  if (op === '!=') return () => a() !== b();
  if (op === '<') return () => a() < b();
  const test = comparison(op, false);
  return () => test(a(), b());
}
export function comparePointers(op: ComparisonOp, a: Eval, b: Eval, wordSize: 4 | 8): () => boolean {
  const test = comparison(op, wordSize === 8);
  return () => test(a(), b());
}

// ---------------------------------------------------------------- writing
/** Computes, converts, stores; the value is what the lvalue holds afterwards. */
export function storing(
  access: Access,
  target: Lvalue,
  shape: Shape,
  value: Eval,
  begin?: Effect,
  from: Shape = shape,
): Eval {
  const store = access.store(target, shape);
  const convert = converter(from, shape);
  const reload = target.bits ? access.load(target, shape) : undefined;
  return () => {
    begin?.();
    let v = value();
    if (convert) v = convert(v);
    store(v);
    return reload ? reload() : v;
  };
}
/** An lvalue whose address is computed once: `*p++ += 1`. */
export function once(target: Lvalue): { target: Lvalue; begin: Effect | undefined } {
  if (target.kind !== 'dynamic') return { target, begin: undefined };
  let address: Value = 0;
  const { base } = target;
  return {
    target: { kind: 'dynamic', base: () => address, offset: target.offset, bits: target.bits },
    begin: () => {
      address = base();
    },
  };
}
/** ++ and −− by `by`; `old`: the result is the value from before. */
export function stepping(access: Access, operand: Lvalue, shape: Shape, by: number, old: boolean): Eval {
  const { target, begin } = once(operand);
  const load = access.load(target, shape);
  const store = access.store(target, shape);
  const next = (before: Value): Value => {
    if (shape.bool) return by > 0 || before === 0 ? 1 : 0;
    return shape.size === 8 ? add64(before, by, shape.signed) : convert((before as number) + by, shape);
  };
  return () => {
    begin?.();
    const before = load();
    const after = next(before);
    store(after);
    return old ? before : target.bits ? load() : after;
  };
}
/** Copies the bytes of a structure. */
export function copying(access: Access, to: Lvalue, from: Lvalue, size: number): Effect {
  const target = access.address(to);
  const source = access.address(from);
  return () => {
    const { space } = access;
    const at = access.pointer(source(), size);
    space.access(at, size, false);
    const bytes = space.readBytes(at, size);
    const to = access.pointer(target(), size, true);
    space.access(to, size, true);
    space.writeBytes(to, bytes);
  };
}
/** Copies a scalar of a shape. */
export function copyingScalar(access: Access, to: Lvalue, from: Lvalue, shape: Shape): Effect {
  const load = access.load(from, shape);
  const store = access.store(to, shape);
  return () => store(load());
}
/** Effects as one: the elements of a long range are not an instruction each. */
export const inTurn = (effects: readonly Effect[]): Effect => {
  return () => {
    for (const run of effects) run();
  };
};
/** Fills an object with zeros. */
export function zeroing(access: Access, target: Lvalue, size: number): Effect {
  const address = access.address(target);
  return () => access.space.fill(access.pointer(address(), size, true), size, 0);
}
/** The bytes of a string literal, with the zero at its end. */
export const bytesOf = (text: string): Uint8Array => Uint8Array.from(`${text}\0`, (c) => c.charCodeAt(0));
/** Writes a string literal into an array of `size` bytes, as much of it as fits. */
export function writingString(access: Access, target: Lvalue, size: number, text: string): Effect {
  const bytes = bytesOf(text).subarray(0, size);
  const address = access.address(target);
  return () => access.space.writeBytes(access.pointer(address(), bytes.length, true), bytes);
}
/** An lvalue that is valid once `first` has run. */
export function after(access: Access, effects: readonly Effect[], target: Lvalue): Lvalue {
  const address = access.address(target);
  return {
    kind: 'dynamic',
    base: () => {
      for (const e of effects) e();
      return address();
    },
    offset: 0,
    bits: target.bits,
  };
}
