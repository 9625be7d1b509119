/** Roots and logarithms (lib/math/int_sqrt.c, include/linux/log2.h, 6.1). */
import type { Machine } from '../machine/machine';
import { convert, shl64, sub64, U32, U64, type Value } from '../values/value';
import { fls64 } from './bitCalls';
import { type Implementations, inline } from './define';

/** 1UL << count; counts wrap at the width, as the processor's do. */
const bitOfLong = (m: Machine, count: number): Value =>
  m.core.wordSize === 8 ? shl64(1, count, false) : (1 << (count & 31)) >>> 0;
/** fls_long(x − 1) */
const flsBelow = (m: Machine, x: Value): number =>
  fls64(m.core.wordSize === 8 ? convert(sub64(x, 1, false), U64) : convert(Number(x) - 1, U32));

/** Square root, rounded down. */
function squareRoot(x: Value): number {
  const target = BigInt(x);
  let root = BigInt(Math.floor(Math.sqrt(Number(x))));
  // a double's root may be off by one beyond 2^53
  while (root * root > target) root--;
  while ((root + 1n) * (root + 1n) <= target) root++;
  return Number(root);
}

export const helpers = {
  int_sqrt: inline((_m, x) => squareRoot(x)),
  ilog2: inline((_m, n) => fls64(n) - 1),
  order_base_2: inline((m, n) => (n > 1 ? flsBelow(m, n) : 0)),
  // of 0, where the kernel promises nothing: a shift by the whole width
  roundup_pow_of_two: inline((m, n) => bitOfLong(m, flsBelow(m, n))),
  rounddown_pow_of_two: inline((m, n) => bitOfLong(m, fls64(n) - 1)),
} satisfies Partial<Implementations>;
