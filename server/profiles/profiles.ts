/** The kernel versions that kmem has a profile of. */
import { linux61 } from './6.1/linux61';
import type { MachineConfig } from './machineConfig';
import type { Profile } from './profile';

export const PROFILES: readonly Profile[] = [linux61];
/** The version of a machine that names none. */
export const DEFAULT_PROFILE: Profile = linux61;

/** `6.1.4` → 6001: versions in their order. */
function rank(version: string): number {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10) || 0);
  return major * 1000 + minor;
}

/** The profile of a kernel version, or of the version nearest to it. `more`: profiles besides kmem's own. */
export function profileFor(version: string, more: readonly Profile[] = []): Profile {
  const distance = (p: Profile): number => Math.abs(rank(p.version) - rank(version));
  return [...PROFILES, ...more].reduce((best, p) => (distance(p) < distance(best) ? p : best), DEFAULT_PROFILE);
}

/** A version's default machine: x86_64, 1 GiB, 2 CPUs, one node; the debugging options that find bugs are on. */
export function defaultMachine(profile: Profile = DEFAULT_PROFILE): MachineConfig {
  return { ...profile.defaults.machine, kernel: profile.version };
}
