/** Constants of the kernel that scenarios use: the profile's values with the catalogue's descriptions. */
import { constantTable } from '../../profiles/constantTable';
import type { ConstantMachine } from '../../profiles/machineConfig';
import type { ConstantValue, Profile } from '../../profiles/profile';
import { constantMeanings } from './constantMeanings';

export interface Constant extends ConstantValue {
  readonly summary?: string;
}

/** A constant of a kernel version on one machine; undefined for a name that it does not define. */
export function lookupConstant(name: string, profile: Profile, machine: ConstantMachine): Constant | undefined {
  const constant = constantTable(profile, machine).get(name);
  const summary = meaningOf(name);
  return constant && (summary === undefined ? constant : { ...constant, summary });
}
/** What a constant means, in a short phrase; undefined where its name says enough. */
export function meaningOf(name: string): string | undefined {
  return Object.hasOwn(constantMeanings, name) ? constantMeanings[name] : undefined;
}
