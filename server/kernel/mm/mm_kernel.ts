/** The booted kernel, as far as the memory manager's set-up and reports need it: kernel.ts has it all. */
import type { Memory } from '../../memory/memory';
import type { ArchInfo } from '../../profiles/archInfo';
import type { MachineConfig } from '../../profiles/machineConfig';
import type { NodePlace } from './node';
import type { Pageblocks } from './pageblock';
import type { Zone } from './zone';

export interface MmKernel {
  readonly config: MachineConfig;
  readonly arch: ArchInfo;
  readonly mem: Memory;
  readonly percpu: { readonly cpus: number; va(cpu: number, address: number): number };
  readonly nodes: readonly NodePlace[];
  readonly zones: readonly Zone[];
  readonly pageblocks: Pageblocks;
  /** An integer variable of the kernel, or element `index` of an array. */
  readVar(name: string, index?: number, cpu?: number): number;
  writeVar(name: string, value: number, index?: number, cpu?: number): void;
  /** A field of a structure at `addr`. */
  readField(addr: number, tag: string, path: string): number;
  writeField(addr: number, tag: string, path: string, value: number): void;
}
