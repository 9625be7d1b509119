/** Sets of which most stay empty: they share one empty set, which nothing is added to. */
export const EMPTY: ReadonlySet<never> = new Set<never>();

/** `set` with one element more. */
export function added<T>(set: ReadonlySet<T>, one: T): ReadonlySet<T> {
  return ((set === EMPTY ? new Set<T>() : set) as Set<T>).add(one);
}
/** `set` with the elements of another. */
export function united<T>(set: ReadonlySet<T>, more: ReadonlySet<T>): ReadonlySet<T> {
  let all = set;
  for (const one of more) all = added(all, one);
  return all;
}
