/** Layouts of a profile's structures on one machine. */

import { ABIS, type Arch } from '../types/ctype';
import { Layouts } from '../types/layout';
import { orMake } from '../types/orMake';
import type { Profile } from './profile';

const made = new WeakMap<Profile, Map<Arch, Layouts>>();

/** The struct layouts of a kernel version on one architecture; made once. */
export function layoutsFor(profile: Profile, arch: Arch): Layouts {
  const byArch = orMake(made, profile, () => new Map());
  const layouts = orMake(byArch, arch, () => new Layouts(ABIS[arch], profile.types));
  return layouts;
}
