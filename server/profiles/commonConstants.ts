/**
 * Constants that every version with a profile shares and that the emulator's algorithms are written for. They are module constants, so
 * that the hot paths pay nothing for them. If a version changes one, it becomes a field of `Profile`.
 */

// include/linux/mmzone.h, numa.h: the largest order is below MAX_ORDER
export const MAX_ORDER = 11;
export const PAGE_ALLOC_COSTLY_ORDER = 3;
export const NUMA_NO_NODE = -1;
/** CONFIG_PCP_BATCH_SCALE_MAX of later kernels. Recorded CPUs of 6.1.176 stop there too: a batch of their page lists doubles at most so often */
export const PCP_BATCH_SCALE_MAX = 5;
/** mm/internal.h: a node whose kswapd has reclaimed nothing so often in a row is hopeless */
export const MAX_RECLAIM_RETRIES = 16;
/** enum zone_stat_item */
export const NR_FREE_PAGES = 0;
/** enum zone_watermarks */
export const WMARK_MIN = 0;
export const WMARK_LOW = 1;
export const WMARK_HIGH = 2;
export const WMARK_PROMO = 3;

// include/linux/preempt.h: the parts of preempt_count
export const PREEMPT_OFFSET = 1;
export const SOFTIRQ_OFFSET = 0x100;
export const SOFTIRQ_DISABLE_OFFSET = 2 * SOFTIRQ_OFFSET;
export const HARDIRQ_OFFSET = 0x10000;
export const NMI_OFFSET = 0x100000;
export const PREEMPT_MASK = 0xff;
export const SOFTIRQ_MASK = 0xff00;
export const HARDIRQ_MASK = 0xf0000;
export const NMI_MASK = 0xf00000;

// include/linux/sched.h: states and flags of a task
export const TASK_RUNNING = 0;
export const TASK_INTERRUPTIBLE = 1;
export const TASK_UNINTERRUPTIBLE = 2;
export const TASK_NORMAL = TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE;
export const TASK_DEAD = 0x80;
export const TASK_WAKEKILL = 0x100;
export const TASK_NOLOAD = 0x400;
export const TASK_KILLABLE = TASK_WAKEKILL | TASK_UNINTERRUPTIBLE;
export const TASK_IDLE = TASK_NOLOAD | TASK_UNINTERRUPTIBLE;
export const PF_EXITING = 4;
export const PF_WQ_WORKER = 0x20;
export const PF_MEMALLOC = 0x800;
export const PF_KSWAPD = 0x20000;
export const PF_MEMALLOC_NOFS = 0x40000;
export const PF_MEMALLOC_NOIO = 0x80000;
export const PF_KTHREAD = 0x200000;
export const PF_NO_SETAFFINITY = 0x4000000;

// include/linux/interrupt.h, timer.h, wait.h
export const HI_SOFTIRQ = 0;
export const TIMER_SOFTIRQ = 1;
export const TASKLET_SOFTIRQ = 6;
export const HRTIMER_SOFTIRQ = 8;
export const RCU_SOFTIRQ = 9;
export const NR_SOFTIRQS = 10;
export const IRQF_SHARED = 0x80;
export const IRQF_ONESHOT = 0x2000;
export const TIMER_DEFERRABLE = 0x80000;
export const TIMER_IRQSAFE = 0x200000;
export const WQ_FLAG_EXCLUSIVE = 1;
export const WQ_FLAG_WOKEN = 2;
export const WQ_FLAG_CUSTOM = 8;
export const WQ_FLAG_DONE = 0x10;

// arch/x86/include/asm/pgtable_types.h: flags in the low word of a page table's entry
export const _PAGE_PRESENT = 1;
export const _PAGE_RW = 2;
export const _PAGE_USER = 4;
export const _PAGE_PWT = 8;
export const _PAGE_PCD = 0x10;
export const _PAGE_ACCESSED = 0x20;
export const _PAGE_DIRTY = 0x40;
export const _PAGE_PSE = 0x80;
export const _PAGE_GLOBAL = 0x100;
/** of an entry that points to a table of the kernel's */
export const _KERNPG_TABLE = _PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY;

// include/linux/slab.h: what kmalloc(0) returns
export const ZERO_SIZE_PTR = 16;

// include/asm-generic/kmap_size.h: local mappings of a task
export const KM_MAX_IDX = 16;

// include/linux/hrtimer.h: enum hrtimer_mode; include/uapi/linux/time.h
export const HRTIMER_MODE_ABS = 0;
export const HRTIMER_MODE_REL = 1;
export const HRTIMER_MODE_PINNED = 2;
export const HRTIMER_MODE_SOFT = 4;
export const HRTIMER_MODE_HARD = 8;
export const CLOCK_REALTIME = 0;
export const CLOCK_MONOTONIC = 1;
export const CLOCK_BOOTTIME = 7;
export const CLOCK_TAI = 11;
