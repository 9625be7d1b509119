/** The description of a machine to boot, and the error for one that cannot boot. */
import type { MachineConfig } from '../../profiles/machineConfig';
import { defaultMachine } from '../../profiles/profiles';

/** The default machine of kmem's default kernel version with some settings changed. */
export function defaultConfig(changes: Partial<MachineConfig> = {}): MachineConfig {
  return { ...defaultMachine(), ...changes };
}

/** A machine on which no kernel can boot. The message says why, and what to change. */
export class MachineError extends Error {}
