/** Roots and logarithms (lib/math/int_sqrt.c, include/linux/log2.h, 6.1). */
import type { Builtin, Machine } from '../machine/machine';
import { convert, shl64, sub64, U32, U64, type Value } from '../values/value';
import { fls64 } from './bitCalls';
import { inline } from './define';

/** 1UL << count; counts wrap at the width, as the processor's do. */
const bitOfLong = (m: Machine, count: number): Value =>
  m.core.long === 8 ? shl64(1, count, false) : (1 << (count & 31)) >>> 0;
/** fls_long(x − 1) */
const flsBelow = (m: Machine, x: Value): number =>
  fls64(m.core.long === 8 ? convert(sub64(x, 1, false), U64) : convert(Number(x) - 1, U32));

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
  int_sqrt: inline((_m, a) => squareRoot(a[0] ?? 0)),
  ilog2: inline((_m, a) => fls64(a[0] ?? 0) - 1),
  order_base_2: inline((m, a) => ((a[0] ?? 0) > 1 ? flsBelow(m, a[0] ?? 0) : 0)),
  // of 0, where the kernel promises nothing: a shift by the whole width
  roundup_pow_of_two: inline((m, a) => bitOfLong(m, flsBelow(m, a[0] ?? 0))),
  rounddown_pow_of_two: inline((m, a) => bitOfLong(m, fls64(a[0] ?? 0) - 1)),
} satisfies Record<string, Builtin>;
