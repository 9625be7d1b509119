/** Layouts of a profile's structures on one machine. */
import { ABIS, type Arch } from '../types/ctype';
import { Layouts } from '../types/layout';
import type { Profile } from './profile';

const made = new WeakMap<Profile, Map<Arch, Layouts>>();

/** The struct layouts of a kernel version on one architecture; made once. */
export function layoutsFor(profile: Profile, arch: Arch): Layouts {
  let byArch = made.get(profile);
  if (!byArch) made.set(profile, (byArch = new Map()));
  let layouts = byArch.get(arch);
  if (!layouts) byArch.set(arch, (layouts = new Layouts(ABIS[arch], profile.types)));
  return layouts;
}
