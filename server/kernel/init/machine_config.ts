/** What machine to boot. The same shape as the language's MachineSpec, which the vm hands over as it is. */
import type { Arch } from '../../types/ctype';

/** One NUMA node of the machine: bytes of memory, and CPU numbers. */
export interface NodeConfig {
  id: number;
  memory: number;
  cpus: readonly number[];
}
/** A range of the memory map: byte addresses, end inclusive. */
export interface RegionConfig {
  type: 'usable' | 'reserved';
  start: number;
  end: number;
}
export interface MachineConfig {
  arch: Arch;
  /** kernel version whose rules apply; the emulator has the profile of 6.1 */
  kernel: string;
  /** bytes of RAM (the sum over the nodes where nodes are given) */
  memory: number;
  cpus: number;
  slab: 'slub' | 'slab' | 'slob';
  /** bytes of swap space */
  swap: number;
  preempt: 'none' | 'voluntary' | 'full' | 'rt';
  /** `vm.min_free_kbytes` → value(s), written after boot as sysctl would */
  sysctl: Record<string, readonly number[]>;
  /** CONFIG names without the prefix */
  config: Record<string, boolean>;
  /** empty: one node with everything */
  nodes: NodeConfig[];
  /** empty: the memory map a PC's firmware gives */
  regions: RegionConfig[];
  schedule: { policy: 'sequential' | 'round_robin' | 'random'; seed: number };
}

/** The default machine: x86_64, 6.1, 1 GiB, 2 CPUs, one node; the debugging options that find bugs are on. */
export function defaultConfig(changes: Partial<MachineConfig> = {}): MachineConfig {
  return {
    arch: 'x86_64',
    kernel: '6.1',
    memory: 1 << 30,
    cpus: 2,
    slab: 'slub',
    swap: 0,
    preempt: 'voluntary',
    sysctl: {},
    config: {
      KASAN: true,
      DEBUG_ATOMIC_SLEEP: true,
      LOCKDEP: true,
      SLUB_DEBUG: true,
      DEBUG_PAGEALLOC: false,
      DEBUG_SHIRQ: false,
    },
    nodes: [],
    regions: [],
    schedule: { policy: 'sequential', seed: 0 },
    ...changes,
  };
}

/** A machine that no kernel could boot on; the message says why and what to change. */
export class MachineError extends Error {}
