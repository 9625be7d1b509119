/** Constants of the kernel that scenarios use: the profile's values with the catalogue's words. */
import { constantTable } from '../../profiles/constantTable';
import type { ConstantValue, Profile } from '../../profiles/profile';
import type { Arch } from '../../types/ctype';
import { constantWords } from './constantWords';

export interface Constant extends ConstantValue {
  readonly words?: string;
}

/** A constant of a kernel version on one machine; undefined for a name that it doesn't define. */
export function lookupConstant(name: string, profile: Profile, arch: Arch): Constant | undefined {
  const constant = constantTable(profile, arch).get(name);
  const words = wordsOf(name);
  return constant && (words === undefined ? constant : { ...constant, words });
}
/** What a constant means, in a few words; undefined where its name says it all. */
export function wordsOf(name: string): string | undefined {
  return Object.hasOwn(constantWords, name) ? constantWords[name] : undefined;
}
/** Names of the constants that a kernel version defines on some machine. */
export function constantNames(profile: Profile): ReadonlySet<string> {
  return new Set([...constantTable(profile, 'x86_64').keys(), ...constantTable(profile, 'i386').keys()]);
}
