/** Which machine to boot, and what is said of one that can't be. */
import type { MachineConfig } from '../../profiles/machineConfig';
import { defaultMachine } from '../../profiles/profiles';

/** The default machine of kmem's default kernel version with some settings changed. */
export function defaultConfig(changes: Partial<MachineConfig> = {}): MachineConfig {
  return { ...defaultMachine(), ...changes };
}

/** A machine that no kernel could boot on; the message says why and what to change. */
export class MachineError extends Error {}
