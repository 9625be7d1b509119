/** Moments at which the kernel's page tables can be looked at: a machine that has booted up to there, with nothing running on it. */
import type { MachineConfig } from '../profiles/machineConfig';
import type { Profile } from '../profiles/profile';
import { bootKernel, type Kernel, type KernelOptions } from './kernel';

export const BOOT_MOMENTS = {
  /** the provisional tables of the first instructions */
  head: { journal: false, allocators: false, provisionalTables: true },
  /** everything is mapped; text and read-only data are not protected yet */
  late_initcall: { journal: false },
  running: {},
} as const satisfies Record<string, KernelOptions>;
export type BootMoment = keyof typeof BOOT_MOMENTS;

/** Boots a machine up to a moment. @throws MachineError for a machine on which no kernel boots */
export const bootUntil = (config: MachineConfig, profile: Profile, moment: BootMoment): Kernel =>
  bootKernel(config, { ...BOOT_MOMENTS[moment], profile });
