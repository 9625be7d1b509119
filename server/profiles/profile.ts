/**
 * What one kernel version defines: the numbers, names and layouts that the emulated kernel, the language, the linter and the debugger
 * share. A profile is data, and the only place for such facts.
 */
import type { Abi, Arch } from '../types/ctype';
import type { KernelTypes, OwnStructs } from '../types/layout';
import type { ArchInfo } from './archInfo';
import type { Allocator, ConstantMachine, MachineConfig } from './machineConfig';

/** The single bits of gfp_t. */
export type GfpBit =
  | '__GFP_DMA'
  | '__GFP_HIGHMEM'
  | '__GFP_DMA32'
  | '__GFP_MOVABLE'
  | '__GFP_RECLAIMABLE'
  | '__GFP_HIGH'
  | '__GFP_IO'
  | '__GFP_FS'
  | '__GFP_ZERO'
  | '__GFP_ATOMIC'
  | '__GFP_DIRECT_RECLAIM'
  | '__GFP_KSWAPD_RECLAIM'
  | '__GFP_WRITE'
  | '__GFP_NOWARN'
  | '__GFP_RETRY_MAYFAIL'
  | '__GFP_NOFAIL'
  | '__GFP_NORETRY'
  | '__GFP_MEMALLOC'
  | '__GFP_COMP'
  | '__GFP_NOMEMALLOC'
  | '__GFP_HARDWALL'
  | '__GFP_THISNODE'
  | '__GFP_ACCOUNT'
  | '__GFP_ZEROTAGS';
/** Masks that the kernel makes of them. */
export type GfpMask =
  | '__GFP_RECLAIM'
  | 'GFP_KERNEL'
  | 'GFP_KERNEL_ACCOUNT'
  | 'GFP_ATOMIC'
  | 'GFP_NOWAIT'
  | 'GFP_NOIO'
  | 'GFP_NOFS'
  | 'GFP_USER'
  | 'GFP_HIGHUSER'
  | 'GFP_HIGHUSER_MOVABLE'
  | 'GFP_DMA'
  | 'GFP_DMA32'
  | 'GFP_TRANSHUGE_LIGHT'
  | 'GFP_TRANSHUGE';

/** Allocation masks (include/linux/gfp_types.h, include/trace/events/mmflags.h). */
export interface GfpFacts {
  /** lowest bit first; 0 for a bit that the version does not have */
  readonly bits: Readonly<Record<GfpBit, number>>;
  readonly masks: Readonly<Record<GfpMask, number>>;
  /** names in the order in which %pGg looks for them: a mask before its parts */
  readonly printed: readonly (GfpBit | GfpMask)[];
}

/** include/linux/poison.h */
export interface PoisonValues {
  /** POISON_POINTER_DELTA: what is added to the pointers below */
  readonly pointerDelta: Readonly<Record<Arch, bigint>>;
  /** LIST_POISON1, LIST_POISON2 and TAIL_MAPPING without the delta */
  readonly list1: number;
  readonly list2: number;
  readonly tailMapping: number;
  /** bytes: PAGE_POISON, and of a slab's objects POISON_INUSE, POISON_FREE and, as the last, POISON_END */
  readonly page: number;
  readonly inuse: number;
  readonly free: number;
  readonly end: number;
}

/** Error numbers that the emulated kernel's own functions return. */
type Errno = 'E2BIG' | 'EBUSY' | 'EINTR' | 'EINVAL' | 'ENOMEM' | 'ESRCH' | 'ETIME';

/** A constant's value, and the C type's text where it is not `int` (or the first integer type that holds the value). */
export interface ConstantValue {
  readonly value: bigint;
  readonly type?: string;
}

/** A flag of struct page by its name without `PG_`. */
export type PageFlag =
  | 'locked'
  | 'referenced'
  | 'uptodate'
  | 'dirty'
  | 'lru'
  | 'active'
  | 'workingset'
  | 'waiters'
  | 'error'
  | 'slab'
  | 'owner_priv_1'
  | 'arch_1'
  | 'reserved'
  | 'private'
  | 'private_2'
  | 'writeback'
  | 'head'
  | 'mappedtodisk'
  | 'reclaim'
  | 'swapbacked'
  | 'unevictable'
  | 'mlocked'
  | 'uncached'
  | 'hwpoison'
  | 'young'
  | 'idle';

/** Entries of a list or a tree: their structure, and the member that links them. */
export interface Linked {
  readonly record: string;
  readonly member: string;
}

export interface Profile {
  /** `6.1`: what `kernel = "…"` in a machine block selects */
  readonly version: string;
  /** structures, typedefs and enums */
  readonly types: KernelTypes;
  /** structures that depend on the slab allocator */
  allocatorStructs(allocator: Allocator, abi: Abi): OwnStructs;
  /** by variable, or as `structure.member` of the head: list_heads, and roots of red-black trees */
  readonly lists: Readonly<Record<string, Linked>>;
  readonly trees: Readonly<Record<string, Linked>>;
  /** the builds for the three machines */
  readonly arches: Readonly<Record<Arch, ArchInfo>>;
  readonly gfp: GfpFacts;
  /** enum pageflags: the flag at each bit, from bit 0 */
  readonly pageFlags: readonly PageFlag[];
  /** page_type: the bit that is clear in a page of the type */
  readonly pageTypes: Readonly<Record<'buddy', number>> & Readonly<Record<string, number>>;
  /** error numbers, positive, by name; of two names for one number the first is printed */
  readonly errno: Readonly<Record<Errno, number>> & Readonly<Record<string, number>>;
  /** MAX_ERRNO: the largest number that an error pointer holds */
  readonly maxErrno: number;
  readonly poison: PoisonValues;
  /** jiffies per second (CONFIG_HZ) */
  readonly hz: number;
  /** INITIAL_JIFFIES as the 32-bit counter holds it, unsigned */
  readonly initialJiffies: number;
  /** constants that none of the fields above defines */
  constants(machine: ConstantMachine): Readonly<Record<string, ConstantValue>>;
  readonly defaults: {
    /** the machine of a scenario without a machine block */
    readonly machine: Omit<MachineConfig, 'kernel'>;
    /** the kernel's command line: the parameters that kmem knows; `value`: an example, absent for one that takes none */
    readonly parameters: Readonly<Record<string, { readonly value?: string; readonly summary: string }>>;
    /** value after boot by sysctl; undefined where boot computes it */
    readonly sysctl: Readonly<Record<string, number | undefined>>;
  };
}
