/** The kernel's names for the checker, from the catalogue and the profile of a kernel version. */

import type { Profile } from '../../profiles/profile';
import { allNames, insteadOf, lookupApi, lookupKernelVar, lookupMacro, macroNames } from '../catalogue/catalogue';
import { lookupConstant } from '../catalogue/constants';
import { callbackForms, callForm } from '../catalogue/otherVersions';
import type { KernelNames } from './context/builtinNames';

const made = new WeakMap<Profile, KernelNames>();

/** The names of a kernel version; made once. */
export function kernelNames(profile: Profile): KernelNames {
  let names = made.get(profile);
  if (!names) {
    names = {
      api: lookupApi,
      macro: lookupMacro,
      macroNames,
      constant: (name, machine) => lookupConstant(name, profile, machine),
      kernelVar: lookupKernelVar,
      insteadOf,
      callbackForms,
      callForm,
      names: () => allNames(profile),
    };
    made.set(profile, names);
  }
  return names;
}
