/** Names of error numbers, for %pe, return values and the debugger. */
import type { Profile } from '../../profiles/profile';

/** Names by number: where a number has two names, the first. */
export function errnoNames(profile: Profile): ReadonlyMap<number, string> {
  return new Map(
    Object.entries(profile.errno)
      .map(([name, n]): [number, string] => [n, name])
      .reverse(),
  );
}
