/** The machine that a scenario asks for and the kernel boots on. */
import type { Arch } from '../types/ctype';

/** The slab allocators: CONFIG_SLUB, CONFIG_SLAB, CONFIG_SLOB. */
export const ALLOCATORS = ['slub', 'slab', 'slob'] as const;
export type Allocator = (typeof ALLOCATORS)[number];
export const ARCHES = ['x86_64', 'i386', 'i386_pae'] as const satisfies readonly Arch[];
/** Preemption models: CONFIG_PREEMPT_NONE, _VOLUNTARY, CONFIG_PREEMPT, _RT. */
export const PREEMPTIONS = ['none', 'voluntary', 'full', 'rt'] as const;

/** One NUMA node of the machine: bytes of memory, and CPU numbers. */
interface NodeConfig {
  readonly id: number;
  readonly memory: number;
  readonly cpus: readonly number[];
}
/** A range of the memory map: byte addresses, end inclusive. */
interface RegionConfig {
  readonly type: 'usable' | 'reserved';
  readonly start: number;
  readonly end: number;
}
/** What the constants of a kernel depend on. */
export type ConstantMachine = Pick<MachineConfig, 'arch' | 'allocator' | 'config'>;

export interface MachineConfig {
  readonly arch: Arch;
  /** kernel version whose rules apply, `6.1` */
  readonly kernel: string;
  /** bytes of RAM (the sum over the nodes where nodes are given) */
  readonly memory: number;
  readonly cpus: number;
  readonly allocator: Allocator;
  /** parameters of the kernel's command line by name; '' for one without a value */
  readonly parameters: Readonly<Record<string, string>>;
  /** bytes of swap space */
  readonly swap: number;
  readonly preempt: (typeof PREEMPTIONS)[number];
  /** `vm.min_free_kbytes` → value(s), written after boot as by sysctl */
  readonly sysctl: Readonly<Record<string, readonly number[]>>;
  /** CONFIG names without the prefix */
  readonly config: Readonly<Record<string, boolean>>;
  /** empty: one node with everything */
  readonly nodes: readonly NodeConfig[];
  /** empty: the memory map that a PC's firmware gives */
  readonly regions: readonly RegionConfig[];
  readonly schedule: { readonly policy: 'sequential' | 'round_robin' | 'random'; readonly seed: number };
}
/** What settings may choose of the machine of a scenario that has no machine block. */
export type MachineChoice = { readonly [K in 'arch' | 'kernel' | 'preempt' | 'cpus']?: MachineConfig[K] | undefined };
