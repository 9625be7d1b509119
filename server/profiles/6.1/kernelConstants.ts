// biome-ignore-all format: a table, rows by subject
/**
 * Constants of 6.1 (Debian's configuration) that no other file here defines: include/linux/mmzone.h, sched.h, interrupt.h, slab.h,
 * vmalloc.h, preempt.h … Enums that are not built in as types are listed here.
 */
import type { Arch } from '../../types/ctype';
import { PAGE_SHIFT, PAGE_SIZE } from '../../types/pageSize';
import {
  _KERNPG_TABLE,
  _PAGE_ACCESSED,
  _PAGE_DIRTY,
  _PAGE_GLOBAL,
  _PAGE_PCD,
  _PAGE_PRESENT,
  _PAGE_PSE,
  _PAGE_PWT,
  _PAGE_RW,
  _PAGE_USER,
  CLOCK_BOOTTIME,
  CLOCK_MONOTONIC,
  CLOCK_REALTIME,
  CLOCK_TAI,
  HARDIRQ_MASK,
  HARDIRQ_OFFSET,
  HI_SOFTIRQ,
  HRTIMER_MODE_ABS,
  HRTIMER_MODE_HARD,
  HRTIMER_MODE_PINNED,
  HRTIMER_MODE_REL,
  HRTIMER_MODE_SOFT,
  HRTIMER_SOFTIRQ,
  IRQF_ONESHOT,
  IRQF_SHARED,
  KM_MAX_IDX,
  MAX_ORDER,
  NMI_MASK,
  NMI_OFFSET,
  NR_SOFTIRQS,
  NUMA_NO_NODE,
  PAGE_ALLOC_COSTLY_ORDER,
  PF_EXITING,
  PF_KTHREAD,
  PF_MEMALLOC,
  PF_MEMALLOC_NOFS,
  PF_MEMALLOC_NOIO,
  PF_WQ_WORKER,
  PREEMPT_MASK,
  PREEMPT_OFFSET,
  RCU_SOFTIRQ,
  SOFTIRQ_DISABLE_OFFSET,
  SOFTIRQ_MASK,
  SOFTIRQ_OFFSET,
  TASK_DEAD,
  TASK_IDLE,
  TASK_INTERRUPTIBLE,
  TASK_KILLABLE,
  TASK_NOLOAD,
  TASK_NORMAL,
  TASK_RUNNING,
  TASK_UNINTERRUPTIBLE,
  TASK_WAKEKILL,
  TASKLET_SOFTIRQ,
  TIMER_DEFERRABLE,
  TIMER_IRQSAFE,
  TIMER_SOFTIRQ,
  WMARK_HIGH,
  WMARK_LOW,
  WMARK_MIN,
  WMARK_PROMO,
  WQ_FLAG_EXCLUSIVE,
  ZERO_SIZE_PTR,
} from '../commonConstants';
import type { Allocator, ConstantMachine } from '../machineConfig';
import type { ConstantValue } from '../profile';
import {
  SLAB_ACCOUNT,
  SLAB_CACHE_DMA,
  SLAB_CACHE_DMA32,
  SLAB_CONSISTENCY_CHECKS,
  SLAB_HWCACHE_ALIGN,
  SLAB_PANIC,
  SLAB_POISON,
  SLAB_RECLAIM_ACCOUNT,
  SLAB_RED_ZONE,
  SLAB_STORE_USER,
  SLAB_TYPESAFE_BY_RCU,
} from '../slabFlags';
import { debianKernels } from './debianKernels';
import { areaFlags, driverConstants, driverFlags } from './driverConstants';
import { enumConstants } from './kernelTypes';
import { maxNumnodes } from './slabStructs';
import { subsystemConstants, subsystemFlags, subsystemTimes } from './subsystems/subsystems';

type Values = Readonly<Record<string, number | bigint>>;
const numbered = (names: string): Record<string, number> => Object.fromEntries(names.split(' ').map((name, i) => [name, i]));

const INTS: Values = {
  PAGE_SHIFT, MAX_ORDER, MAX_ORDER_NR_PAGES: 1 << (MAX_ORDER - 1), PAGE_ALLOC_COSTLY_ORDER,
  NUMA_NO_NODE, INT_MAX: 0x7fffffff, INT_MIN: -0x80000000, S8_MAX: 127, U8_MAX: 255, S16_MAX: 32767, U16_MAX: 65535, SHRT_MAX: 32767, USHRT_MAX: 65535,
  WMARK_MIN, WMARK_LOW, WMARK_HIGH, WMARK_PROMO, NR_WMARK: WMARK_PROMO + 1,
  ...numbered('NR_FREE_PAGES NR_ZONE_INACTIVE_ANON NR_ZONE_ACTIVE_ANON NR_ZONE_INACTIVE_FILE NR_ZONE_ACTIVE_FILE NR_ZONE_UNEVICTABLE NR_ZONE_WRITE_PENDING NR_MLOCK NR_BOUNCE NR_ZSPAGES NR_FREE_CMA_PAGES NR_VM_ZONE_STAT_ITEMS'),
  HI_SOFTIRQ, TIMER_SOFTIRQ, NET_TX_SOFTIRQ: 2, NET_RX_SOFTIRQ: 3, BLOCK_SOFTIRQ: 4, IRQ_POLL_SOFTIRQ: 5, TASKLET_SOFTIRQ, SCHED_SOFTIRQ: 7, HRTIMER_SOFTIRQ, RCU_SOFTIRQ, NR_SOFTIRQS,
  ...numbered('PG_LEVEL_NONE PG_LEVEL_4K PG_LEVEL_2M PG_LEVEL_1G PG_LEVEL_512G PG_LEVEL_NUM'),
  ...numbered('DMA_BIDIRECTIONAL DMA_TO_DEVICE DMA_FROM_DEVICE DMA_NONE'),
  TASK_RUNNING, TASK_INTERRUPTIBLE, TASK_UNINTERRUPTIBLE, __TASK_STOPPED: 4, __TASK_TRACED: 8, TASK_DEAD, TASK_WAKEKILL, TASK_NOLOAD, TASK_KILLABLE, TASK_IDLE, TASK_NORMAL, TASK_COMM_LEN: 16,
  IRQF_TRIGGER_RISING: 1, IRQF_TRIGGER_FALLING: 2, IRQF_TRIGGER_HIGH: 4, IRQF_TRIGGER_LOW: 8, IRQF_SHARED, IRQF_NO_SUSPEND: 0x4000, IRQF_ONESHOT, IRQF_NO_THREAD: 0x10000, IRQF_NO_AUTOEN: 0x80000,
  TIMER_DEFERRABLE, TIMER_PINNED: 0x100000, TIMER_IRQSAFE, WQ_UNBOUND: 2, WQ_FREEZABLE: 4, WQ_MEM_RECLAIM: 8, WQ_HIGHPRI: 16, WQ_CPU_INTENSIVE: 32, WQ_SYSFS: 64, WQ_POWER_EFFICIENT: 128, WQ_MAX_ACTIVE: 512, WQ_DFL_ACTIVE: 256, WORK_STRUCT_PENDING_BIT: 0, WQ_FLAG_EXCLUSIVE,
  HRTIMER_MODE_ABS, HRTIMER_MODE_REL, HRTIMER_MODE_PINNED, HRTIMER_MODE_SOFT, HRTIMER_MODE_HARD,
  HRTIMER_MODE_ABS_PINNED: HRTIMER_MODE_ABS | HRTIMER_MODE_PINNED, HRTIMER_MODE_REL_PINNED: HRTIMER_MODE_REL | HRTIMER_MODE_PINNED,
  HRTIMER_MODE_ABS_SOFT: HRTIMER_MODE_ABS | HRTIMER_MODE_SOFT, HRTIMER_MODE_REL_SOFT: HRTIMER_MODE_REL | HRTIMER_MODE_SOFT,
  HRTIMER_MODE_ABS_HARD: HRTIMER_MODE_ABS | HRTIMER_MODE_HARD, HRTIMER_MODE_REL_HARD: HRTIMER_MODE_REL | HRTIMER_MODE_HARD,
  CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_TAI,
  KM_MAX_IDX, L1_CACHE_BYTES: 64, SMP_CACHE_BYTES: 64,
  PREEMPT_OFFSET, SOFTIRQ_OFFSET, SOFTIRQ_DISABLE_OFFSET, HARDIRQ_OFFSET, NMI_OFFSET, PREEMPT_MASK, SOFTIRQ_MASK, HARDIRQ_MASK, NMI_MASK,
};
const UNSIGNED: Values = {
  UINT_MAX: 0xffffffff, U32_MAX: 0xffffffff,
  PF_KTHREAD, PF_MEMALLOC, PF_MEMALLOC_NOFS, PF_MEMALLOC_NOIO, PF_KSWAPD: 0x20000, PF_EXITING, PF_WQ_WORKER, PF_NO_SETAFFINITY: 0x4000000,
  SLAB_CONSISTENCY_CHECKS, SLAB_RED_ZONE, SLAB_POISON, SLAB_HWCACHE_ALIGN, SLAB_CACHE_DMA, SLAB_CACHE_DMA32, SLAB_STORE_USER, SLAB_RECLAIM_ACCOUNT, SLAB_PANIC, SLAB_TYPESAFE_BY_RCU, SLAB_ACCOUNT,
  SLAB_MEM_SPREAD: 0x100000, SLAB_NOLEAKTRACE: 0x800000,
};
const UNSIGNED_LONG: Values = {
  PAGE_SIZE,
  VM_IOREMAP: 1, VM_ALLOC: 2, VM_MAP: 4, VM_USERMAP: 8, VM_DMA_COHERENT: 0x10, VM_UNINITIALIZED: 0x20, VM_NO_GUARD: 0x40, VM_FLUSH_RESET_PERMS: 0x100, VM_MAP_PUT_PAGES: 0x200, VM_ALLOW_HUGE_VMAP: 0x400, VM_READ: 1, VM_WRITE: 2, VM_EXEC: 4, VM_SHARED: 8,
};

/** Bits of a page table entry (arch/x86/include/asm/pgtable_types.h); those that a machine does not have are 0. */
function pageBits(arch: Arch): Values {
  const wide = arch !== 'i386';
  // __PHYSICAL_MASK: 52 bits in entries of 64
  const pfnMask = ((1n << (wide ? 52n : 32n)) - 1n) & ~BigInt(PAGE_SIZE - 1);
  return {
    _PAGE_PRESENT, _PAGE_RW, _PAGE_USER, _PAGE_PWT, _PAGE_PCD, _PAGE_ACCESSED, _PAGE_DIRTY, _PAGE_PSE, _PAGE_PAT: 0x80,
    _PAGE_GLOBAL, _PAGE_PROTNONE: 0x100, _PAGE_SPECIAL: 0x200, _PAGE_SOFT_DIRTY: arch === 'x86_64' ? 0x800 : 0, _PAGE_NX: wide ? 1n << 63n : 0, PTE_PFN_MASK: pfnMask,
    _KERNPG_TABLE, _PAGE_TABLE: _KERNPG_TABLE | _PAGE_USER,
  };
}

/** Levels of the page tables (arch/x86/include/asm/pgtable_64_types.h, pgtable-2level_types.h, pgtable-3level_types.h): a folded one has one entry. */
function tableLevels(arch: Arch): Values {
  const [pmdShift, pgdirShift] = { x86_64: [21, 39], i386_pae: [21, 30], i386: [22, 22] }[arch] as [number, number];
  const entries = arch === 'i386' ? 1024 : 512;
  return {
    PGDIR_SHIFT: pgdirShift, P4D_SHIFT: pgdirShift, PUD_SHIFT: 30 > pgdirShift ? pgdirShift : 30, PMD_SHIFT: pmdShift,
    PTRS_PER_PGD: arch === 'i386_pae' ? 4 : entries, PTRS_PER_P4D: 1, PTRS_PER_PUD: arch === 'x86_64' ? entries : 1,
    PTRS_PER_PMD: arch === 'i386' ? 1 : entries, PTRS_PER_PTE: entries,
  };
}
/** Bytes that an entry covers, and masks of addresses. */
function tableSizes(arch: Arch): Values {
  const ones = (1n << (arch === 'x86_64' ? 64n : 32n)) - 1n;
  const { PGDIR_SHIFT = 0, P4D_SHIFT = 0, PUD_SHIFT = 0, PMD_SHIFT = 0 } = tableLevels(arch);
  const shifts = { PGDIR: PGDIR_SHIFT, P4D: P4D_SHIFT, PUD: PUD_SHIFT, PMD: PMD_SHIFT };
  return Object.fromEntries(Object.entries(shifts).flatMap(([name, shift]) => {
    const size = 1n << BigInt(shift);
    return [[`${name}_SIZE`, size], [`${name}_MASK`, ones - size + 1n]];
  }));
}

/** What kmalloc takes from a cache at most, and at all (include/linux/slab.h: KMALLOC_SHIFT_HIGH and MAX). */
function kmallocSizes(allocator: Allocator): Values {
  return {
    KMALLOC_MAX_CACHE_SIZE: allocator === 'slob' ? PAGE_SIZE : 2 * PAGE_SIZE,
    KMALLOC_MAX_SIZE: 2 ** (MAX_ORDER - 1 + PAGE_SHIFT),
  };
}
/**
 * Bytes of a kernel stack (arch/x86/include/asm/page_64_types.h, page_32_types.h): four pages on x86_64, twice as many with KASAN, whose
 * redzones need room (KASAN_STACK_ORDER); two on i386. `config 4KSTACKS` is an option of kernels up to 2.6.36: a single page.
 */
function threadSize({ arch, config }: ConstantMachine): number {
  if (arch === 'x86_64') return (config.KASAN === true ? 8 : 4) * PAGE_SIZE;
  return (config['4KSTACKS'] === true ? 1 : 2) * PAGE_SIZE;
}

/** The constants by name, on one machine. */
export function constants(machine: ConstantMachine): Readonly<Record<string, ConstantValue>> {
  const { arch, allocator } = machine;
  const wide = arch === 'x86_64';
  const { pageblockOrder } = debianKernels[arch];
  const bits = wide ? 64n : 32n;
  const ones = (1n << bits) - 1n;
  const { zone_type: zones = [], migratetype: migratetypes = [] } = enumConstants(arch);
  const table: Record<string, ConstantValue> = {};
  const put = (values: Values, type?: string): void => {
    for (const [name, value] of Object.entries(values)) table[name] = { value: BigInt(value), ...(type === undefined ? {} : { type }) };
  };
  put(INTS);
  put({ ...kmallocSizes(allocator), THREAD_SIZE: threadSize(machine) }, 'unsigned long');
  // members of enum migratetype besides those that a pageblock can have
  put({ MIGRATE_PCPTYPES: migratetypes.indexOf('MIGRATE_HIGHATOMIC'), MIGRATE_TYPES: migratetypes.length });
  put(driverConstants);
  put(subsystemConstants);
  put({ ...driverFlags, ...subsystemFlags }, 'unsigned int');
  put(subsystemTimes, 'long long');
  put(areaFlags, 'unsigned long');
  // code that is built in has no module
  put({ THIS_MODULE: 0 }, 'struct module *');
  put(UNSIGNED, 'unsigned int');
  put({ ...UNSIGNED_LONG, SHRINK_STOP: ones, SHRINK_EMPTY: ones - 1n, PAGE_MASK: ones - BigInt(PAGE_SIZE - 1), ULONG_MAX: ones, pageblock_nr_pages: 1 << pageblockOrder }, 'unsigned long');
  put({ PAGE_OFFSET: BigInt.asUintN(wide ? 64 : 32, BigInt(debianKernels[arch].pageOffset)) }, 'unsigned long');
  put(pageBits(arch), 'pteval_t');
  put(tableLevels(arch));
  put(tableSizes(arch), 'unsigned long');
  put({ SIZE_MAX: ones }, 'size_t');
  put({ U64_MAX: (1n << 64n) - 1n, ULLONG_MAX: (1n << 64n) - 1n }, 'unsigned long long');
  put({ S64_MAX: (1n << 63n) - 1n, LLONG_MAX: (1n << 63n) - 1n, LLONG_MIN: -(1n << 63n) }, 'long long');
  put({ MSEC_PER_SEC: 1000, USEC_PER_MSEC: 1000, NSEC_PER_USEC: 1000, NSEC_PER_MSEC: 1e6, USEC_PER_SEC: 1e6, NSEC_PER_SEC: 1e9 }, 'long');
  put({ LONG_MAX: ones >> 1n, LONG_MIN: -(ones >> 1n) - 1n, MAX_SCHEDULE_TIMEOUT: ones >> 1n }, 'long');
  put({
    __MAX_NR_ZONES: zones.length, MAX_NR_ZONES: zones.length, BITS_PER_LONG: bits, pageblock_order: pageblockOrder,
    KMALLOC_MIN_SIZE: allocator === 'slab' ? 32 : 8, NR_CPUS: wide ? 8192 : 32, MAX_NUMNODES: maxNumnodes(arch),
  });
  put({ NULL: 0, ZERO_SIZE_PTR }, 'void *');
  put({ true: 1, false: 0 }, 'bool');
  return table;
}
