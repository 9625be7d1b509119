/** The booted kernel, as far as the memory manager's set-up and reports need it: kernel.ts has it all. */
import type { Memory } from '../../memory/memory';
import type { ArchInfo } from '../../profiles/archInfo';
import type { MachineConfig } from '../../profiles/machineConfig';
import type { KernelVariables } from '../lib/kernel_variables';
import type { NodeInfo } from './node';
import type { Pageblocks } from './pageblock';
import type { Zone } from './zone';

export interface MmKernel {
  readonly config: MachineConfig;
  readonly arch: ArchInfo;
  readonly mem: Memory;
  readonly percpu: { readonly cpus: number; va(cpu: number, address: number): number };
  readonly nodes: readonly NodeInfo[];
  readonly zones: readonly Zone[];
  readonly pageblocks: Pageblocks;
  readonly vars: KernelVariables;
}
