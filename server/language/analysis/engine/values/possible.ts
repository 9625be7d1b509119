/** Values of which several are possible: the cases of one, what an operation makes of them, and what may be. */
import { isNonZero, joinValues, made, sameValue, UNKNOWN, type Value } from './knownBits';

/** What is known where a test holds, and where it does not. */
export type Outcome = readonly [holds: Value, not: Value];
/** more cases are not kept apart */
const MOST = 8;

/** The values that `v` can have as far as they are told apart: itself, if there is one only. */
export const casesOf = (v: Value): readonly Value[] => v.oneOf ?? [v];

/** One of `values`, each of which is possible. Those that are not known add nothing but doubt. */
export function oneOf(values: readonly (Value | undefined)[]): Value | undefined {
  const cases: Value[] = [];
  for (const value of values) {
    if (!value || value === UNKNOWN) continue;
    for (const one of casesOf(value)) if (!cases.some((c) => sameValue(c, one))) cases.push(one);
  }
  const [first, ...others] = values;
  const all = others.reduce((joined, v) => joinValues(joined, v), first);
  if (cases.length === 0 || cases.length > MOST) return all;
  if (cases.length === 1 && values.every((v) => v)) return cases[0];
  const { ones, zeros, nonZero } = all ?? { ones: 0, zeros: 0, nonZero: false };
  return made({ ones, zeros, nonZero, oneOf: cases });
}
type Operation = (a: Value | undefined, b: Value | undefined) => Value | undefined;
/** `operation` on values that may have several cases. */
export function eachCase(a: Value | undefined, b: Value | undefined, operation: Operation): Value | undefined {
  if (!a?.oneOf && !b?.oneOf) return operation(a, b);
  const all = operation(withoutCases(a), withoutCases(b));
  const [left, right] = [a ? casesOf(a) : [undefined], b ? casesOf(b) : [undefined]];
  if (left.length * right.length > MOST) return all;
  const cases = oneOf(left.flatMap((x) => right.map((y) => operation(x, y))));
  if (!cases?.oneOf) return all ?? (cases && made({ oneOf: [cases] }));
  const { ones, zeros, nonZero } = all ?? { ones: 0, zeros: 0, nonZero: false };
  return made({ ones, zeros, nonZero, oneOf: cases.oneOf });
}
function withoutCases(v: Value | undefined): Value | undefined {
  if (!v?.oneOf) return v;
  return made({ ...v, oneOf: undefined });
}

/** The case of `v` in which all of `bits` can be one; undefined: none that is known to be possible. */
export const withBits = (v: Value, bits: number): Value | undefined =>
  casesOf(v).find((c) => ((c.ones | (c.free ?? 0)) & bits) === bits);
/** Whether `v` can be other than zero, and that is not only because nothing is known of it. */
export const mayBeNonZero = (v: Value | undefined): boolean =>
  v !== undefined && casesOf(v).some((c) => isNonZero(c) || (c.free ?? 0) !== 0);
