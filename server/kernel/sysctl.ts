/** sysctl: what a write to /proc/sys/vm does (mm/page_alloc.c: min_free_kbytes_sysctl_handler and its family, kernel/sysctl.c, 6.1). */
import { MachineError } from './config';
import type { Kernel } from './kernel';
import { setupPerZoneLowmemReserve, setupPerZoneWmarks, zonePcpUpdate } from './watermark_setup';

interface Sysctl {
  readonly variable: string;
  readonly min: number;
  readonly max: number;
  readonly array?: boolean;
  readonly effect?: (k: Kernel) => void;
}

const updatePcp = (k: Kernel): void => {
  for (const z of k.zones) zonePcpUpdate(k, z);
};
const INT_MAX = 2 ** 31 - 1;

/** Every sysctl that the emulator acts on or keeps. */
const SYSCTLS: Readonly<Record<string, Sysctl>> = {
  'vm.min_free_kbytes': {
    variable: 'min_free_kbytes',
    min: 0,
    max: INT_MAX,
    effect: (k) => {
      k.writeVar('user_min_free_kbytes', k.readVar('min_free_kbytes'));
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
  'vm.swappiness': { variable: 'vm_swappiness', min: 0, max: 200 },
  'vm.overcommit_memory': { variable: 'sysctl_overcommit_memory', min: 0, max: 2 },
};
/** Lists shorter than this are too many pages a CPU (MIN_PERCPU_PAGELIST_HIGH_FRACTION). */
const MIN_HIGH_FRACTION = 8;

export const sysctlNames = (): string[] => Object.keys(SYSCTLS);

/** Writes one sysctl. Returns what is wrong with the value, in words, or undefined. */
export function writeSysctl(k: Kernel, name: string, values: readonly number[]): string | undefined {
  const sysctl = SYSCTLS[name];
  if (!sysctl) return `no sysctl ${name} here; there are ${sysctlNames().join(', ')}`;
  const room = sysctl.array ? k.arch.zones.length : 1;
  if (values.length === 0 || values.length > room) {
    return `${name} takes ${room === 1 ? 'one number' : `up to ${room} numbers`}, not ${values.length}`;
  }
  const bad = values.find((v) => !Number.isInteger(v) || v < sysctl.min || v > sysctl.max);
  if (bad !== undefined) return `${name} = ${bad}: must be a whole number from ${sysctl.min} to ${sysctl.max}`;
  if (name === 'vm.percpu_pagelist_high_fraction' && values[0] && values[0] < MIN_HIGH_FRACTION) {
    return `${name} = ${values[0]}: must be 0 or at least ${MIN_HIGH_FRACTION}`;
  }
  values.forEach((value, i) => {
    // a ratio below 1 switches the protection off
    k.writeVar(sysctl.variable, value, i);
  });
  sysctl.effect?.(k);
  return undefined;
}

/** Writes a machine's sysctls in the order given. @throws MachineError for a name or value the kernel refuses */
export function applySysctls(k: Kernel, values: Readonly<Record<string, readonly number[]>>): void {
  for (const [name, list] of Object.entries(values)) {
    const problem = writeSysctl(k, name, list);
    if (problem) throw new MachineError(`sysctl ${problem}`);
  }
}
