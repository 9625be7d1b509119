/**
 * Types of the 6.1 kernel that the recorded layouts name but do not describe, and those that scenarios use besides the memory manager's:
 * typedefs, and structures laid out here by the ABI's rules from their fields. Those of drivers are in driverStructs.ts and subsystems/.
 */
import type { Abi, Arch } from '../../types/ctype';
import type { KernelTypes, RecordedStructs } from '../../types/layout';
import { driverStructs, driverTypedefs } from './driverStructs';
import recorded from './layouts.json';
import { subsystemStructs, subsystemTypedefs } from './subsystems/subsystems';

const longUnlessPae = (arch: Arch) => (arch === 'i386_pae' ? 'unsigned long long' : 'unsigned long');
/** Width of physical addresses: 64 bits where the page tables hold 64-bit entries. */
const physical = (arch: Arch) => (arch === 'i386' ? 'unsigned int' : 'unsigned long long');

/** typedef name → C type. Structures without a tag (`atomic_t`) are in `typedefStructs`. */
function typedefTexts(abi: Abi): Readonly<Record<string, string>> {
  const wide = abi.wordSize === 8;
  const phys = physical(abi.arch);
  return {
    u8: 'unsigned char',
    s8: 'signed char',
    u16: 'unsigned short',
    s16: 'short',
    u32: 'unsigned int',
    s32: 'int',
    u64: 'unsigned long long',
    s64: 'long long',
    __u8: 'unsigned char',
    __s8: 'signed char',
    __u16: 'unsigned short',
    __s16: 'short',
    __u32: 'unsigned int',
    __s32: 'int',
    __u64: 'unsigned long long',
    __s64: 'long long',
    uint8_t: 'unsigned char',
    int8_t: 'signed char',
    uint16_t: 'unsigned short',
    int16_t: 'short',
    uint32_t: 'unsigned int',
    int32_t: 'int',
    uint64_t: 'unsigned long long',
    int64_t: 'long long',
    __le16: 'unsigned short',
    __le32: 'unsigned int',
    __le64: 'unsigned long long',
    __be16: 'unsigned short',
    __be32: 'unsigned int',
    __be64: 'unsigned long long',
    uint: 'unsigned int',
    ulong: 'unsigned long',
    ushort: 'unsigned short',
    uintptr_t: 'unsigned long',
    intptr_t: 'long',
    size_t: wide ? 'unsigned long' : 'unsigned int',
    ssize_t: wide ? 'long' : 'int',
    ptrdiff_t: wide ? 'long' : 'int',
    loff_t: 'long long',
    off_t: 'long',
    pid_t: 'int',
    clockid_t: 'int',
    uid_t: 'unsigned int',
    gid_t: 'unsigned int',
    dev_t: 'unsigned int',
    umode_t: 'unsigned short',
    ino_t: 'unsigned long',
    time64_t: 'long long',
    ktime_t: 'long long',
    sector_t: 'unsigned long long',
    blkcnt_t: 'unsigned long long',
    gfp_t: 'unsigned int',
    fmode_t: 'unsigned int',
    slab_flags_t: 'unsigned int',
    vm_fault_t: 'unsigned int',
    vm_flags_t: 'unsigned long',
    pgoff_t: 'unsigned long',
    errseq_t: 'unsigned int',
    phys_addr_t: phys,
    dma_addr_t: phys,
    resource_size_t: phys,
    pteval_t: longUnlessPae(abi.arch),
    pmdval_t: longUnlessPae(abi.arch),
    pudval_t: longUnlessPae(abi.arch),
    p4dval_t: longUnlessPae(abi.arch),
    pgdval_t: longUnlessPae(abi.arch),
    pgprotval_t: longUnlessPae(abi.arch),
    pgtable_t: 'struct page *',
    // DECLARE_BITMAP: as long on all machines, in words of the machine's
    wheel_bitmap: wide ? 'unsigned long[9]' : 'unsigned long[18]',
    // a sequence counter on 32-bit machines, nothing on others
    u64_stats_words: wide ? 'unsigned int[0]' : 'unsigned int[1]',
    spinlock_t: 'struct spinlock',
    raw_spinlock_t: 'struct raw_spinlock',
    arch_spinlock_t: 'struct qspinlock',
    arch_rwlock_t: 'struct qrwlock',
    wait_queue_head_t: 'struct wait_queue_head',
    wait_queue_entry_t: 'struct wait_queue_entry',
    seqcount_t: 'struct seqcount',
    mempool_t: 'struct mempool_s',
    pg_data_t: 'struct pglist_data',
    cpumask_t: 'struct cpumask',
    irqreturn_t: 'enum irqreturn',
    irq_handler_t: 'enum irqreturn (*)(int irq, void *dev_id)',
    work_func_t: 'void (*)(struct work_struct *work)',
    ...driverTypedefs,
    ...subsystemTypedefs,
    wait_queue_func_t: 'int (*)(struct wait_queue_entry *entry, unsigned int mode, int flags, void *key)',
    rcu_callback_t: 'void (*)(struct callback_head *head)',
    // function types: the recordings have `mempool_alloc_t *`
    mempool_alloc_t: 'void *(gfp_t gfp_mask, void *pool_data)',
    mempool_free_t: 'void (void *element, void *pool_data)',
  };
}

/** typedef name → members of a structure that has no tag of its own. */
const typedefStructs: Readonly<Record<string, readonly string[]>> = {
  atomic_t: ['int counter'],
  atomic_long_t: ['long counter'],
  atomic64_t: ['s64 counter'],
  refcount_t: ['atomic_t refs'],
  seqcount_spinlock_t: ['seqcount_t seqcount', 'spinlock_t *lock'],
  seqlock_t: ['seqcount_t seqcount', 'spinlock_t lock'],
  rwlock_t: ['arch_rwlock_t raw_lock'],
  local_lock_t: [],
  u64_stats_t: ['u64 v'],
  kuid_t: ['uid_t val'],
  kgid_t: ['gid_t val'],
  pte_t: ['pteval_t pte'],
  pmd_t: ['pmdval_t pmd'],
  pud_t: ['pudval_t pud'],
  p4d_t: ['p4dval_t p4d'],
  pgd_t: ['pgdval_t pgd'],
  pgprot_t: ['pgprotval_t pgprot'],
  nodemask_t: ['unsigned long bits[16]'],
};

/** tag → members, for structures that are not recorded. */
const handMadeStructs: Readonly<Record<string, readonly string[]>> = {
  qspinlock: ['atomic_t val'],
  qrwlock: ['atomic_t cnts', 'arch_spinlock_t wait_lock'],
  seqcount: ['unsigned int sequence'],
  optimistic_spin_queue: ['atomic_t tail'],
  cpumask: ['unsigned long bits[4]'],
  hlist_node: ['struct hlist_node *next', 'struct hlist_node **pprev'],
  hlist_head: ['struct hlist_node *first'],
  llist_node: ['struct llist_node *next'],
  llist_head: ['struct llist_node *first'],
  rb_root_cached: ['struct rb_root rb_root', 'struct rb_node *rb_leftmost'],
  swait_queue_head: ['raw_spinlock_t lock', 'struct list_head task_list'],
  plist_node: ['int prio', 'struct list_head prio_list', 'struct list_head node_list'],
  rcuwait: ['struct task_struct *task'],
  timespec64: ['time64_t tv_sec', 'long tv_nsec'],
  deferred_split: ['spinlock_t split_queue_lock', 'struct list_head split_queue', 'unsigned long split_queue_len'],
  reciprocal_value: ['u32 m', 'u8 sh1', 'u8 sh2'],
  // mm/highmem.c
  page_address_map: ['struct page *page', 'void *virtual', 'struct list_head list'],
  page_address_slot: ['struct list_head lh', 'spinlock_t lock'],
  wait_page_queue: ['struct folio *folio', 'int bit_nr', 'wait_queue_entry_t wait'],
  semaphore: ['raw_spinlock_t lock', 'unsigned int count', 'struct list_head wait_list'],
  kref: ['refcount_t refcount'],
  // lockdep's: references are numbers of elements, and the lists are singly linked
  lock_class: [
    'unsigned long key',
    'unsigned int subclass',
    'unsigned int usage_mask',
    'unsigned int usage_traces[9]',
    'unsigned int kind',
    'unsigned int name_version',
    'unsigned int locks_after',
    'unsigned int locks_before',
    'unsigned int hash_next',
  ],
  lock_list: [
    'unsigned int class',
    'unsigned int trace',
    'unsigned int distance',
    'unsigned int dep',
    'unsigned int next',
  ],
  lock_chain: ['unsigned int chain_key[2]', 'unsigned int next'],
  kmem_lock_map: ['unsigned long lock', 'unsigned long key', 'unsigned int class_cache', 'unsigned int next'],
  // the CPUs of the 64-bit one are not described
  __call_single_node: ['struct llist_node llist', 'atomic_t a_flags'],
  timerqueue_node: ['struct rb_node node', 'ktime_t expires'],
  timerqueue_head: ['struct rb_root_cached rb_root'],
  hrtimer: [
    'struct timerqueue_node node',
    'ktime_t _softexpires',
    'enum hrtimer_restart (*function)(struct hrtimer *timer)',
    'struct hrtimer_clock_base *base',
    'u8 state',
    'u8 is_rel',
    'u8 is_soft',
    'u8 is_hard',
  ],
  hrtimer_clock_base: [
    'struct hrtimer_cpu_base *cpu_base',
    'unsigned int index',
    'clockid_t clockid',
    'seqcount_t seq',
    'struct hrtimer *running',
    'struct timerqueue_head active',
    'ktime_t (*get_time)(void)',
    'ktime_t offset',
  ],
  hrtimer_cpu_base: [
    'raw_spinlock_t lock',
    'unsigned int cpu',
    'unsigned int active_bases',
    'unsigned int clock_was_set_seq',
    'ktime_t expires_next',
    'struct hrtimer *next_timer',
    'ktime_t softirq_expires_next',
    'struct hrtimer *softirq_next_timer',
    'struct hrtimer_clock_base clock_base[8]',
  ],
  // kernel/time/timer.c, CONFIG_NO_HZ_COMMON
  timer_base: [
    'raw_spinlock_t lock',
    'struct timer_list *running_timer',
    'unsigned long clk',
    'unsigned long next_expiry',
    'unsigned int cpu',
    'bool next_expiry_recalc',
    'bool is_idle',
    'bool timers_pending',
    'wheel_bitmap pending_map',
    'struct hlist_head vectors[576]',
  ],
  // kernel/rcu/tree.h, as far as grace periods go
  rcu_state: ['unsigned long gp_seq', 'unsigned long gp_start', 'unsigned long jiffies_stall'],
  // mm/percpu-internal.h, CONFIG_MEMCG_KMEM
  pcpu_block_md: [
    'int scan_hint',
    'int scan_hint_start',
    'int contig_hint',
    'int contig_hint_start',
    'int left_free',
    'int right_free',
    'int first_free',
    'int nr_bits',
  ],
  pcpu_chunk: [
    'struct list_head list',
    'int free_bytes',
    'struct pcpu_block_md chunk_md',
    'void *base_addr',
    'unsigned long *alloc_map',
    'unsigned long *bound_map',
    'struct pcpu_block_md *md_blocks',
    'void *data',
    'bool immutable',
    'bool isolated',
    'int start_offset',
    'int end_offset',
    'struct obj_cgroup **obj_cgroups',
    'int nr_pages',
    'int nr_populated',
    'int nr_empty_pop_pages',
    'unsigned long populated[0]',
  ],
  delayed_work: ['struct work_struct work', 'struct timer_list timer', 'struct workqueue_struct *wq', 'int cpu'],
  rcu_work: ['struct work_struct work', 'struct callback_head rcu', 'struct workqueue_struct *wq'],
  // mm/vmalloc.c
  vfree_deferred: ['struct llist_head list', 'struct work_struct wq'],
  vmap_block_queue: ['spinlock_t lock', 'struct list_head free'],
  // instead of an xarray, by address, a list of all blocks: the last member is kmem's own
  vmap_block: [
    'spinlock_t lock',
    'struct vmap_area *va',
    'unsigned long free',
    'unsigned long dirty',
    'unsigned long dirty_min',
    'unsigned long dirty_max',
    'struct list_head free_list',
    'struct callback_head rcu_head',
    'struct list_head purge',
    'struct list_head kmem_all',
  ],
  workqueue_struct: ['struct list_head pwqs', 'struct list_head list', 'unsigned int flags', 'char name[24]'],
};

/** The kernel's `#define rcu_head callback_head` and the like: another tag for the same structure. */
const tagAliases: Readonly<Record<string, string>> = { rcu_head: 'callback_head' };

/** enum tag → its constants in order from 0. */
export function enumConstants(arch: Arch): Readonly<Record<string, readonly string[]>> {
  return {
    zone_type:
      arch === 'x86_64'
        ? ['ZONE_DMA', 'ZONE_DMA32', 'ZONE_NORMAL', 'ZONE_MOVABLE', 'ZONE_DEVICE']
        : ['ZONE_DMA', 'ZONE_NORMAL', 'ZONE_HIGHMEM', 'ZONE_MOVABLE'],
    migratetype: [
      'MIGRATE_UNMOVABLE',
      'MIGRATE_MOVABLE',
      'MIGRATE_RECLAIMABLE',
      'MIGRATE_HIGHATOMIC',
      'MIGRATE_ISOLATE',
    ],
    hrtimer_restart: ['HRTIMER_NORESTART', 'HRTIMER_RESTART'],
    irqreturn: ['IRQ_NONE', 'IRQ_HANDLED', 'IRQ_WAKE_THREAD'],
  };
}

/** Alignments in bytes that the kernel asks for with attributes, beyond those of the fields. */
function askedAlignment(name: string, abi: Abi): number {
  switch (name) {
    case 'page':
    case 'slab':
      return abi.wordSize === 8 ? 16 : 4;
    case 'zone':
    case 'per_cpu_pages':
    case 'pglist_data':
    case 'task_struct':
    case 'timer_base':
    case 'hrtimer_clock_base':
    case 'page_address_slot':
      return 64;
    // aligned to its size on every machine
    case 'atomic64_t':
      return 8;
    default:
      return 1;
  }
}

export const kernelTypes: KernelTypes = {
  recorded: recorded.layouts as Readonly<Record<Arch, RecordedStructs>>,
  handMadeStructs: { ...handMadeStructs, ...driverStructs, ...subsystemStructs },
  subsystemTags: new Set(Object.keys(subsystemStructs)),
  typedefStructs,
  tagAliases,
  typedefTexts,
  enumConstants,
  askedAlignment,
};
