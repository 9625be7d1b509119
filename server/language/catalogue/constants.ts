// biome-ignore-all format: a table, one row an entry
/** Constants of the kernel that scenarios use, with their values in 6.1 (Debian's configuration): include/linux/gfp_types.h, mmzone.h, page-flags.h, sched.h, errno.h … */
import type { Arch } from '../../types/ctype';

export interface Constant {
  readonly value: bigint;
  /** text of the C type; absent: int, or the first integer type that holds the value */
  readonly type?: string;
  readonly words?: string;
}
type Row = readonly [value: number | bigint, words?: string];

/** name → value, by kind */
const GFP: Readonly<Record<string, Row>> = {

  __GFP_DMA: [0x1, 'from ZONE_DMA, the first 16 MiB'],
  __GFP_HIGHMEM: [0x2, 'may come from ZONE_HIGHMEM: no address until it is mapped'],
  __GFP_DMA32: [0x4, 'from below 4 GiB'],
  __GFP_MOVABLE: [0x8, 'the page can be moved: from movable pageblocks'],
  __GFP_RECLAIMABLE: [0x10, 'memory that reclaim can free: from reclaimable pageblocks'],
  __GFP_HIGH: [0x20, 'may use half of the reserve below the min watermark'],
  __GFP_IO: [0x40, 'reclaim may start I/O'],
  __GFP_FS: [0x80, 'reclaim may call into file systems'],
  __GFP_ZERO: [0x100, 'filled with zeros'],
  __GFP_ATOMIC: [0x200, 'the caller can’t wait and has high priority (gone in 6.3)'],
  __GFP_DIRECT_RECLAIM: [0x400, 'the caller may reclaim memory itself, and so sleep'],
  __GFP_KSWAPD_RECLAIM: [0x800, 'wake kswapd when the low watermark is reached'],
  __GFP_WRITE: [0x1000, 'the page will be written: spread dirty pages over zones'],
  __GFP_NOWARN: [0x2000, 'no report when it fails'],
  __GFP_RETRY_MAYFAIL: [0x4000, 'try hard, but fail rather than kill'],
  __GFP_NOFAIL: [0x8000, 'never fails: loops until it has the pages. Needs direct reclaim'],
  __GFP_NORETRY: [0x10000, 'one round of reclaim, then fail'],
  __GFP_MEMALLOC: [0x20000, 'may take the last page: for callers that free memory with it'],
  __GFP_COMP: [0x40000, 'make it a compound page'],
  __GFP_NOMEMALLOC: [0x80000, 'never from the reserves'],
  __GFP_HARDWALL: [0x100000, 'keep to the cpuset'],
  __GFP_THISNODE: [0x200000, 'from this node or not at all'],
  __GFP_ACCOUNT: [0x400000, 'charged to the memory cgroup'],
  __GFP_ZEROTAGS: [0x800000, 'clear memory tags as well'],
  __GFP_RECLAIM: [0xc00, 'direct reclaim and kswapd'],
  GFP_KERNEL: [0xcc0, 'the usual mask of code that may sleep'],
  GFP_KERNEL_ACCOUNT: [0x400cc0, 'GFP_KERNEL, charged to the memory cgroup'],
  GFP_ATOMIC: [0xa20, 'never sleeps, may use part of the reserve. For interrupts and spinlocks; not NMI'],
  GFP_NOWAIT: [0x800, 'never sleeps, no reserve: likely to fail, add __GFP_NOWARN if there is a fallback'],
  GFP_NOIO: [0xc00, 'sleeps, but starts no I/O'],
  GFP_NOFS: [0xc40, 'sleeps, but calls no file system'],
  GFP_USER: [0x100cc0, 'for user space, addressed by the kernel'],
  GFP_HIGHUSER: [0x100cc2, 'for user space, may be highmem'],
  GFP_HIGHUSER_MOVABLE: [0x100cca, 'for user space, may be highmem and moved'],
  GFP_DMA: [0x1, '__GFP_DMA alone: says nothing about reclaim, so it never sleeps. Usually meant: GFP_KERNEL | GFP_DMA'],
  GFP_DMA32: [0x4, '__GFP_DMA32 alone: says nothing about reclaim. Usually meant: GFP_KERNEL | GFP_DMA32'],
  GFP_TRANSHUGE_LIGHT: [0x1c20ca & ~0xc00, 'for huge pages, without reclaim'],
  GFP_TRANSHUGE: [(0x1c20ca & ~0xc00) | 0x400, 'for huge pages'],
};

const numbered = (names: string, from = 0): Record<string, Row> => Object.fromEntries(names.split(' ').map((name, i) => [name, [from + i]]));

const INTS: Readonly<Record<string, Row>> = {
  EPERM: [1, 'operation not permitted'], ENOENT: [2, 'no such entry'], EINTR: [4, 'interrupted by a signal'], EIO: [5, 'I/O error'], ENXIO: [6, 'no such device or address'], E2BIG: [7, 'too long'], EBADF: [9, 'bad file number'],
  ECHILD: [10, 'no child'], EAGAIN: [11, 'try again'], EWOULDBLOCK: [11, 'would have to wait'], ENOMEM: [12, 'out of memory'], EACCES: [13, 'permission denied'], EFAULT: [14, 'bad address'], EBUSY: [16, 'busy'], EEXIST: [17, 'exists already'],
  EXDEV: [18, 'other device'], ENODEV: [19, 'no such device'], ENOTDIR: [20, 'no directory'], EISDIR: [21, 'is a directory'], EINVAL: [22, 'invalid argument'], ENFILE: [23, 'too many files'], EMFILE: [24, 'too many open files'], ENOTTY: [25, 'no such ioctl'], EFBIG: [27, 'too large'], ENOSPC: [28, 'no space left'],
  ESPIPE: [29, 'cannot seek'], EROFS: [30, 'read only'], EMLINK: [31, 'too many links'], EPIPE: [32, 'nobody reads'], EDOM: [33, 'outside the domain'], ERANGE: [34, 'out of range'], EDEADLK: [35, 'would deadlock'], ENOSYS: [38, 'not implemented'], ENODATA: [61, 'no data'], ETIME: [62, 'timer expired'], EPROTO: [71, 'protocol error'],
  EOVERFLOW: [75, 'value too large'], EBADMSG: [74, 'not a message'], EILSEQ: [84, 'illegal bytes'], EMSGSIZE: [90, 'message too long'], EOPNOTSUPP: [95, 'not supported'], ENOBUFS: [105, 'no buffer space'], ENOTCONN: [107, 'not connected'], ETIMEDOUT: [110, 'timed out'], ECONNREFUSED: [111, 'refused'], EALREADY: [114, 'under way already'], EINPROGRESS: [115, 'under way'], ESTALE: [116, 'stale handle'],
  ECANCELED: [125, 'cancelled'], ERESTARTSYS: [512, 'a signal came: restart the system call'], ENOTSUPP: [524, 'not supported'], EPROBE_DEFER: [517, 'probe later'], MAX_ERRNO: [4095, 'the largest errno an error pointer holds'],
  PAGE_SHIFT: [12, 'log2 of PAGE_SIZE'], MAX_ORDER: [11, 'orders are below it (6.1: exclusive)'], MAX_ORDER_NR_PAGES: [1024, 'pages of the largest block'], PAGE_ALLOC_COSTLY_ORDER: [3, 'larger orders are costly: the allocator gives up sooner'],
  NUMA_NO_NODE: [-1, 'no node in particular'], HZ: [250, 'jiffies a second'], INT_MAX: [0x7fffffff], INT_MIN: [-0x80000000], S8_MAX: [127], U8_MAX: [255], S16_MAX: [32767], U16_MAX: [65535], SHRT_MAX: [32767], USHRT_MAX: [65535],
  ...numbered('WMARK_MIN WMARK_LOW WMARK_HIGH WMARK_PROMO NR_WMARK'),
  ...numbered('MIGRATE_UNMOVABLE MIGRATE_MOVABLE MIGRATE_RECLAIMABLE MIGRATE_PCPTYPES MIGRATE_ISOLATE MIGRATE_TYPES'), MIGRATE_HIGHATOMIC: [3],
  ...numbered('NR_FREE_PAGES NR_ZONE_INACTIVE_ANON NR_ZONE_ACTIVE_ANON NR_ZONE_INACTIVE_FILE NR_ZONE_ACTIVE_FILE NR_ZONE_UNEVICTABLE NR_ZONE_WRITE_PENDING NR_MLOCK NR_BOUNCE NR_ZSPAGES NR_FREE_CMA_PAGES NR_VM_ZONE_STAT_ITEMS'),
  ...numbered('PG_locked PG_referenced PG_uptodate PG_dirty PG_lru PG_active PG_workingset PG_waiters PG_error PG_slab PG_owner_priv_1 PG_arch_1 PG_reserved PG_private PG_private_2 PG_writeback PG_head PG_mappedtodisk PG_reclaim PG_swapbacked PG_unevictable PG_mlocked'),
  ...numbered('IRQ_NONE IRQ_HANDLED IRQ_WAKE_THREAD'),
  ...numbered('HI_SOFTIRQ TIMER_SOFTIRQ NET_TX_SOFTIRQ NET_RX_SOFTIRQ BLOCK_SOFTIRQ IRQ_POLL_SOFTIRQ TASKLET_SOFTIRQ SCHED_SOFTIRQ HRTIMER_SOFTIRQ RCU_SOFTIRQ NR_SOFTIRQS'),
  ...numbered('DMA_BIDIRECTIONAL DMA_TO_DEVICE DMA_FROM_DEVICE DMA_NONE'),
  TASK_RUNNING: [0], TASK_INTERRUPTIBLE: [1], TASK_UNINTERRUPTIBLE: [2], __TASK_STOPPED: [4], __TASK_TRACED: [8], TASK_DEAD: [0x80], TASK_WAKEKILL: [0x100], TASK_NOLOAD: [0x400], TASK_KILLABLE: [0x102], TASK_IDLE: [0x402], TASK_NORMAL: [3], TASK_COMM_LEN: [16],
  IRQF_TRIGGER_RISING: [1], IRQF_TRIGGER_FALLING: [2], IRQF_TRIGGER_HIGH: [4], IRQF_TRIGGER_LOW: [8], IRQF_SHARED: [0x80], IRQF_NO_SUSPEND: [0x4000], IRQF_ONESHOT: [0x2000], IRQF_NO_THREAD: [0x10000], IRQF_NO_AUTOEN: [0x80000],
  TIMER_DEFERRABLE: [0x80000], TIMER_PINNED: [0x100000], TIMER_IRQSAFE: [0x200000], WQ_UNBOUND: [2], WQ_FREEZABLE: [4], WQ_MEM_RECLAIM: [8], WQ_HIGHPRI: [16], WORK_STRUCT_PENDING_BIT: [0], WQ_FLAG_EXCLUSIVE: [1],
  KM_MAX_IDX: [16], KMALLOC_MAX_CACHE_SIZE: [8192], KMALLOC_MAX_SIZE: [4194304, 'the largest kmalloc(), 4 MiB'], KMALLOC_MIN_SIZE: [8], L1_CACHE_BYTES: [64], SMP_CACHE_BYTES: [64],
  PREEMPT_OFFSET: [1], SOFTIRQ_OFFSET: [0x100], SOFTIRQ_DISABLE_OFFSET: [0x200], HARDIRQ_OFFSET: [0x10000], NMI_OFFSET: [0x100000], PREEMPT_MASK: [0xff], SOFTIRQ_MASK: [0xff00], HARDIRQ_MASK: [0xf0000], NMI_MASK: [0xf00000],
};

const UNSIGNED: Readonly<Record<string, Row>> = {
  UINT_MAX: [0xffffffff], U32_MAX: [0xffffffff],
  PF_KTHREAD: [0x200000, 'a kernel thread'], PF_MEMALLOC: [0x800, 'frees memory: may use all reserves, never reclaims'], PF_MEMALLOC_NOFS: [0x40000, 'allocations behave as GFP_NOFS'], PF_MEMALLOC_NOIO: [0x80000, 'allocations behave as GFP_NOIO'], PF_KSWAPD: [0x20000, 'a kswapd'], PF_EXITING: [4], PF_WQ_WORKER: [0x20], PF_NO_SETAFFINITY: [0x4000000],
  SLAB_CONSISTENCY_CHECKS: [0x100], SLAB_RED_ZONE: [0x400], SLAB_POISON: [0x800], SLAB_HWCACHE_ALIGN: [0x2000, 'objects begin at a cache line'], SLAB_CACHE_DMA: [0x4000], SLAB_CACHE_DMA32: [0x8000], SLAB_STORE_USER: [0x10000], SLAB_RECLAIM_ACCOUNT: [0x20000, 'objects that reclaim can free'], SLAB_PANIC: [0x40000], SLAB_TYPESAFE_BY_RCU: [0x80000, 'slabs, not objects, wait for an RCU grace period'], SLAB_ACCOUNT: [0x4000000],
};
const UNSIGNED_LONG: Readonly<Record<string, Row>> = {
  PAGE_SIZE: [4096, 'bytes of a page'],
  VM_IOREMAP: [1], VM_ALLOC: [2], VM_MAP: [4], VM_USERMAP: [8], VM_DMA_COHERENT: [0x10], VM_NO_GUARD: [0x40], VM_MAP_PUT_PAGES: [0x100], VM_READ: [1], VM_WRITE: [2], VM_EXEC: [4], VM_SHARED: [8],
};

function put(into: Map<string, Constant>, rows: Readonly<Record<string, Row>>, type?: string): void {
  for (const [name, [value, words]] of Object.entries(rows))
    into.set(name, { value: BigInt(value), ...(type === undefined ? {} : { type }), ...(words === undefined ? {} : { words }) });
}

function tableOf(arch: Arch): Map<string, Constant> {
  const table = new Map<string, Constant>();
  const wide = arch === 'x86_64';
  const bits = wide ? 64n : 32n;
  const ones = (1n << bits) - 1n;
  put(table, GFP, 'gfp_t');
  put(table, INTS);
  put(table, UNSIGNED, 'unsigned int');
  put(table, UNSIGNED_LONG, 'unsigned long');
  put(table, {
    PAGE_MASK: [ones - 4095n, 'clears the offset in a page'], ULONG_MAX: [ones],
    pageblock_nr_pages: [arch === 'i386' ? 1024 : 512, 'pages of a pageblock'],
  }, 'unsigned long');
  put(table, { SIZE_MAX: [ones] }, 'size_t');
  put(table, { U64_MAX: [(1n << 64n) - 1n], ULLONG_MAX: [(1n << 64n) - 1n] }, 'unsigned long long');
  put(table, { S64_MAX: [(1n << 63n) - 1n], LLONG_MAX: [(1n << 63n) - 1n], LLONG_MIN: [-(1n << 63n)] }, 'long long');
  put(table, { LONG_MAX: [ones >> 1n], LONG_MIN: [-(ones >> 1n) - 1n], MAX_SCHEDULE_TIMEOUT: [ones >> 1n, 'without limit'] }, 'long');
  const zones = wide
    ? 'ZONE_DMA ZONE_DMA32 ZONE_NORMAL ZONE_MOVABLE ZONE_DEVICE __MAX_NR_ZONES'
    : 'ZONE_DMA ZONE_NORMAL ZONE_HIGHMEM ZONE_MOVABLE __MAX_NR_ZONES';
  put(table, {
    ...numbered(zones), MAX_NR_ZONES: [wide ? 5 : 4],
    BITS_PER_LONG: [bits], pageblock_order: [arch === 'i386' ? 10 : 9, 'order of a pageblock'],
    THREAD_SIZE: [wide ? 16384 : 8192, 'bytes of a kernel stack'], NR_CPUS: [wide ? 8192 : 32], MAX_NUMNODES: [wide ? 1024 : 1],
  });
  table.set('NULL', { value: 0n, type: 'void *' });
  table.set('ZERO_SIZE_PTR', { value: 16n, type: 'void *', words: 'what kmalloc(0) returns' });
  const poison = wide ? 0xdead000000000000n : 0n;
  table.set('LIST_POISON1', { value: poison + 0x100n, type: 'void *', words: 'next of a list entry after list_del()' });
  table.set('LIST_POISON2', { value: poison + 0x122n, type: 'void *', words: 'prev of a list entry after list_del()' });
  table.set('true', { value: 1n, type: 'bool' });
  table.set('false', { value: 0n, type: 'bool' });
  return table;
}

const tables = new Map<Arch, ReadonlyMap<string, Constant>>();
/** The kernel's constants on one machine, by name. */
export function constantsOf(arch: Arch): ReadonlyMap<string, Constant> {
  let table = tables.get(arch);
  if (!table) tables.set(arch, (table = tableOf(arch)));
  return table;
}

/** The value of a gfp mask by its name. @throws RangeError if there is none */
export function gfpValue(name: string): number {
  const row = GFP[name];
  if (!row) throw new RangeError(`${name} is not a gfp mask`);
  return Number(row[0]);
}
/** The single bits of gfp_t, lowest first: for decoding a mask in a hover. */
export const gfpBits: readonly { readonly name: string; readonly bit: number; readonly words: string }[] = Object.entries(GFP)
  .filter(([name, [value]]) => name.startsWith('__GFP_') && (Number(value) & (Number(value) - 1)) === 0)
  .map(([name, [value, words]]) => ({ name, bit: Number(value), words: words ?? '' }))
  .sort((a, b) => a.bit - b.bit);
/** Composite masks, those with the most bits first. */
export const gfpMasks: readonly { readonly name: string; readonly mask: number }[] = Object.entries(GFP)
  .filter(([name]) => name.startsWith('GFP_'))
  .map(([name, [value]]) => ({ name, mask: Number(value) }));
