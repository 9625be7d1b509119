/** sysctl: what a write to /proc/sys/vm does (mm/page_alloc.c: min_free_kbytes_sysctl_handler and its family, kernel/sysctl.c, 6.1). */
import type { Profile } from '../../profiles/profile';
import { MachineError } from '../arch/machine_config';
import type { MmKernel } from '../mm/mm_kernel';
import { setupPerZoneLowmemReserve, setupPerZoneWmarks, zonePcpUpdate } from '../mm/page_alloc/watermark_setup';

interface Sysctl {
  readonly variable: string;
  readonly min: number;
  readonly max: number;
  readonly array?: boolean;
  readonly effect?: (k: MmKernel) => void;
}

const updatePcp = (k: MmKernel): void => {
  for (const z of k.zones) zonePcpUpdate(k, z);
};
const INT_MAX = 2 ** 31 - 1;

/** Sysctls that the page allocator acts on. */
const SYSCTLS: Readonly<Record<string, Sysctl>> = {
  'vm.min_free_kbytes': {
    variable: 'min_free_kbytes',
    min: 0,
    max: INT_MAX,
    effect: (k) => {
      k.vars.write('user_min_free_kbytes', k.vars.read('min_free_kbytes'));
      setupPerZoneWmarks(k);
    },
  },
  'vm.watermark_scale_factor': { variable: 'watermark_scale_factor', min: 1, max: 3000, effect: setupPerZoneWmarks },
  'vm.watermark_boost_factor': { variable: 'watermark_boost_factor', min: 0, max: INT_MAX },
  'vm.lowmem_reserve_ratio': {
    variable: 'sysctl_lowmem_reserve_ratio',
    min: 0,
    max: INT_MAX,
    array: true,
    effect: setupPerZoneLowmemReserve,
  },
  'vm.percpu_pagelist_high_fraction': {
    variable: 'percpu_pagelist_high_fraction',
    min: 0,
    max: INT_MAX,
    effect: updatePcp,
  },
};
/** Sysctls that only set a variable: [variable, largest value]. */
const KEPT: Readonly<Record<string, readonly [variable: string, max: number]>> = {
  'vm.swappiness': ['vm_swappiness', 200],
  'vm.overcommit_memory': ['sysctl_overcommit_memory', 2],
  'vm.overcommit_ratio': ['sysctl_overcommit_ratio', INT_MAX],
  'vm.zone_reclaim_mode': ['node_reclaim_mode', INT_MAX],
  'vm.min_unmapped_ratio': ['sysctl_min_unmapped_ratio', 100],
  'vm.min_slab_ratio': ['sysctl_min_slab_ratio', 100],
  'vm.vfs_cache_pressure': ['sysctl_vfs_cache_pressure', INT_MAX],
  'vm.page-cluster': ['page_cluster', 31],
  'vm.compaction_proactiveness': ['sysctl_compaction_proactiveness', 100],
  'vm.extfrag_threshold': ['sysctl_extfrag_threshold', 1000],
  'vm.panic_on_oom': ['sysctl_panic_on_oom', 2],
  'vm.oom_kill_allocating_task': ['sysctl_oom_kill_allocating_task', INT_MAX],
  'vm.dirty_ratio': ['vm_dirty_ratio', 100],
  'vm.dirty_background_ratio': ['dirty_background_ratio', 100],
  'vm.user_reserve_kbytes': ['sysctl_user_reserve_kbytes', INT_MAX],
  'vm.admin_reserve_kbytes': ['sysctl_admin_reserve_kbytes', INT_MAX],
  'vm.max_map_count': ['sysctl_max_map_count', INT_MAX],
  'vm.mmap_min_addr': ['mmap_min_addr', INT_MAX],
  'kernel.panic_on_oops': ['panic_on_oops', 1],
  'kernel.panic_on_warn': ['panic_on_warn', 1],
};
/** Variables of the kept sysctls. */
export const keptVariables = (): readonly string[] => Object.values(KEPT).map(([name]) => name);

/** Variables of the sysctls whose value after boot the profile gives, with that value. */
export function sysctlDefaults(profile: Profile): readonly (readonly [variable: string, value: number])[] {
  return Object.entries(profile.defaults.sysctl).flatMap(([name, value]) => {
    const sysctl = sysctlOf(name);
    return sysctl === undefined || value === undefined ? [] : [[sysctl.variable, value] as const];
  });
}

function sysctlOf(name: string): Sysctl | undefined {
  const kept = Object.hasOwn(KEPT, name) ? KEPT[name] : undefined;
  if (kept) return { variable: kept[0], min: 0, max: kept[1] };
  return Object.hasOwn(SYSCTLS, name) ? SYSCTLS[name] : undefined;
}
/** Smaller fractions would make the lists too long (MIN_PERCPU_PAGELIST_HIGH_FRACTION). */
const MIN_HIGH_FRACTION = 8;

export const sysctlNames = (): string[] => [...Object.keys(SYSCTLS), ...Object.keys(KEPT)];

/** Writes one sysctl. Returns a description of what is wrong with the value, or undefined. */
export function writeSysctl(k: MmKernel, name: string, values: readonly number[]): string | undefined {
  const sysctl = sysctlOf(name);
  if (!sysctl) return `no sysctl ${name} here; there are ${sysctlNames().join(', ')}`;
  const limit = sysctl.array ? k.arch.zones.length : 1;
  if (values.length === 0 || values.length > limit) {
    return `${name} takes ${limit === 1 ? 'one number' : `up to ${limit} numbers`}, not ${values.length}`;
  }
  const bad = values.find((v) => !Number.isInteger(v) || v < sysctl.min || v > sysctl.max);
  if (bad !== undefined) return `${name} = ${bad}: must be a whole number from ${sysctl.min} to ${sysctl.max}`;
  if (name === 'vm.percpu_pagelist_high_fraction' && values[0] && values[0] < MIN_HIGH_FRACTION) {
    return `${name} = ${values[0]}: must be 0 or at least ${MIN_HIGH_FRACTION}`;
  }
  values.forEach((value, i) => {
    k.vars.write(sysctl.variable, value, i);
  });
  sysctl.effect?.(k);
  return undefined;
}

/** Writes a machine's sysctls in the order given. @throws MachineError for a name or value the kernel refuses */
export function applySysctls(k: MmKernel, values: Readonly<Record<string, readonly number[]>>): void {
  for (const [name, list] of Object.entries(values)) {
    const problem = writeSysctl(k, name, list);
    if (problem) throw new MachineError(`sysctl ${problem}`);
  }
}
