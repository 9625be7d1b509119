/**
 * Migratetypes as the allocator's algorithms know them (include/linux/mmzone.h, 6.1): those before MIGRATE_PCPTYPES have per-CPU lists
 * and fall back to one another. The numbers are constants for the hot paths; `checkEnums` compares a profile with them.
 */
import type { Profile } from '../../profiles/profile';
import type { Arch } from '../../types/ctype';

export const MIGRATE_UNMOVABLE = 0;
export const MIGRATE_MOVABLE = 1;
export const MIGRATE_RECLAIMABLE = 2;
export const MIGRATE_PCPTYPES = 3;
export const MIGRATE_HIGHATOMIC = 3;
export const MIGRATE_ISOLATE = 4;
export const MIGRATE_TYPES = 5;
/** The names that /proc/pagetypeinfo prints. */
export const MIGRATE_NAMES = ['Unmovable', 'Movable', 'Reclaimable', 'HighAtomic', 'Isolate'] as const;

/**
 * Compares a kernel version's enums with the order that the allocator and the machine's zones are written for.
 * @throws Error for a profile that this emulator cannot run
 */
export function checkEnums(profile: Profile, arch: Arch, zones: readonly string[]): void {
  const enums = profile.types.enumConstants(arch);
  const compare = (tag: string, prefix: string, names: readonly string[]): void => {
    const wanted = names.map((name) => prefix + name.toUpperCase()).join(', ');
    const given = (enums[tag] ?? []).join(', ');
    if (given !== wanted) throw new Error(`profile ${profile.version}: enum ${tag} is ${given}, not ${wanted}`);
  };
  compare('migratetype', 'MIGRATE_', MIGRATE_NAMES);
  compare('zone_type', 'ZONE_', zones);
}
