/** Lists of which most stay empty: they share one empty array, which nothing is pushed to. */

/** `list` with one element more. */
export function appended<T>(list: T[], one: T): T[] {
  if (list.length === 0) return [one];
  list.push(one);
  return list;
}
/** `list` with more elements. */
export function extended<T>(list: T[], more: readonly T[]): T[] {
  return more.length === 0 ? list : [...list, ...more];
}
