/** Layouts of a profile's structures on one machine. */

import { ABIS } from '../types/ctype';
import { Layouts } from '../types/layout';
import { orMake } from '../types/orMake';
import { ALLOCATORS, type MachineConfig } from './machineConfig';
import type { Profile } from './profile';

/** The machines that a structure's layout depends on. */
export type LayoutMachine = Pick<MachineConfig, 'arch' | 'allocator'>;

const made = new WeakMap<Profile, Map<string, Layouts>>();

/** The struct layouts of a kernel version on a machine; made once for each architecture and slab allocator. */
export function layoutsFor(profile: Profile, { arch, allocator }: LayoutMachine): Layouts {
  const byMachine = orMake(made, profile, () => new Map());
  const abi = ABIS[arch];
  return orMake(
    byMachine,
    `${arch} ${allocator}`,
    () => new Layouts(abi, profile.types, profile.allocatorStructs(allocator, abi)),
  );
}
/** Those of every machine that the version runs on. */
export function allLayouts(profile: Profile): Layouts[] {
  return Object.values(ABIS).flatMap(({ arch }) =>
    ALLOCATORS.map((allocator) => layoutsFor(profile, { arch, allocator })),
  );
}
