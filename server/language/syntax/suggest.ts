/** "Did you mean": the nearest of some names. */

/** Optimal string alignment distance, given up (limit + 1) once it exceeds `limit`. */
export function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1);
      let cost = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + (same ? 0 : 1));
      if (
        i > 1 &&
        j > 1 &&
        a.charCodeAt(i - 1) === b.charCodeAt(j - 2) &&
        a.charCodeAt(i - 2) === b.charCodeAt(j - 1)
      ) {
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      }
      row.push(cost);
      if (cost < least) least = cost;
    }
    if (least > limit) return limit + 1;
    before = previous;
    previous = row;
  }
  return previous[b.length] ?? limit + 1;
}

/**
 * The candidate nearest to `name`, if one is near enough to be meant. A member that lacks only a leading underscore counts as near; with
 * more than one slip, the first letters must agree: `nosuch` does not mean `touch`.
 */
export function suggest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length < 2) return undefined;
  const limit = name.length <= 4 ? 1 : name.length <= 8 ? 2 : 3;
  let best: string | undefined;
  let least = limit + 1;
  const plain = name.replace(/^_+/, '').toLowerCase();
  for (const candidate of candidates) {
    if (candidate === name) continue;
    const other = candidate.replace(/^_+/, '').toLowerCase();
    const most = other.charAt(0) === plain.charAt(0) ? limit : 1;
    const d = other === plain ? 1 : distance(name, candidate, Math.min(most, least));
    if (d < least && d <= most) {
      least = d;
      best = candidate;
    }
  }
  return best;
}
