/** What a conversion makes of a value. */
import { isInteger } from '../../../../types/conversions';
import type { CType } from '../../../../types/ctype';
import { EITHER, made, ofBoolean, truth, type Value } from './knownBits';
import { eachCase } from './possible';
import { rangeOf } from './ranges';

/** The value of type `from` as one of type `to`. */
export function convert(v: Value | undefined, from: CType, to: CType): Value | undefined {
  if (!v || from === to) return v;
  if (to.kind === 'int' && to.bool) {
    return eachCase(v, undefined, (x) => {
      const t = truth(x);
      return t === undefined ? (x?.free ? EITHER : undefined) : ofBoolean(t);
    });
  }
  if (!isInteger(to) || !isInteger(from)) return v;
  const signed = to.kind === 'int' ? to.signed : true;
  if (to.size >= 4) {
    if (v.min === undefined && v.max === undefined) return v;
    // the limits stay if every value between them is one of the new type too
    const [before, after] = [rangeOf(v, from), rangeOf(undefined, to)];
    if (before && after && before.min >= after.min && before.max <= after.max) return v;
    return made({ ...v, min: undefined, max: undefined });
  }
  return eachCase(v, undefined, (x) => x && narrowed(x, 8 * to.size, signed));
}
/** The low bits of a value, extended again. */
function narrowed(v: Value, bits: number, signed: boolean): Value | undefined {
  const mask = (1 << bits) - 1;
  const extend = (n: number): number => (signed ? ((n & mask) << (32 - bits)) >> (32 - bits) : n & mask);
  const ones = extend(v.ones);
  const zeros = signed ? extend(v.zeros) : v.zeros | ~mask;
  const exact = (v.ones | v.zeros) === -1;
  return made({
    ones,
    zeros,
    nonZero: ones !== 0,
    free: (v.free ?? 0) & mask,
    origin: exact ? v.origin : undefined,
  });
}
