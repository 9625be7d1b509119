/** Error numbers in words, for %pe, return values and the debugger. */
import type { Profile } from '../../profiles/profile';

/** Names by number: of two names for one number the first. */
export function errnoNames(profile: Profile): ReadonlyMap<number, string> {
  return new Map(
    Object.entries(profile.errno)
      .map(([name, n]): [number, string] => [n, name])
      .reverse(),
  );
}
