// biome-ignore-all format: a table, one row per entry
/**
 * Lock-less lists, red-black trees, numbers, counters, notifiers, static keys, and SRCU: include/linux/llist.h, rbtree.h, idr.h, xarray.h,
 * percpu_counter.h, notifier.h, jump_label.h, srcu.h; 6.1.
 */
import type { ApiEntry } from './entry';
import { contexts, type Detail, declares, freed, inNmi, isObject, keeps, keepsAnyhow, known, knownMacro, loops, macro, mustCheck, needs, relinks, runs, sleeping, sleepsByGfp } from './make';

const LLIST = 'include/linux/llist.h';
const RB = 'include/linux/rbtree.h';
const RBC = 'lib/rbtree.c';
const IDRH = 'include/linux/idr.h';
const XAH = 'include/linux/xarray.h';
const NOTIFIER = 'kernel/notifier.c';
const NOTIFIERH = 'include/linux/notifier.h';
const COUNTER = 'include/linux/percpu_counter.h';
const KEY = 'include/linux/jump_label.h';
const SWAB = 'include/uapi/linux/swab.h';
const error = { result: 'error code' } as const;
const mayFail = { result: 'may be NULL' } as const;
const chained: Detail = { ...sleeping, ...error, ...keepsAnyhow(1) };

export const containers = {
  LLIST_HEAD: macro(LLIST, 'LLIST_HEAD(name)', 'Defines an empty lock-less list.', declares),
  init_llist_head: macro(LLIST, 'void init_llist_head(struct llist_head *list)', 'Makes an empty lock-less list.', inNmi),
  llist_add: macro(LLIST, 'bool llist_add(struct llist_node *new, struct llist_head *head)', 'Puts an entry first on a lock-less list; true if it was empty.', inNmi, keeps(0)),
  llist_del_all: macro(LLIST, 'struct llist_node *llist_del_all(struct llist_head *head)', 'Takes the whole lock-less list: the newest entry first.', inNmi),
  llist_del_first: macro('lib/llist.c', 'struct llist_node *llist_del_first(struct llist_head *head)', 'Takes the newest entry off; one caller at a time.', inNmi),
  llist_empty: macro(LLIST, 'bool llist_empty(const struct llist_head *head)', 'True if it has no entries.', inNmi),
  llist_next: macro(LLIST, 'struct llist_node *llist_next(struct llist_node *node)', 'The entry after this one, or NULL.', inNmi),
  llist_entry: macro(LLIST, 'llist_entry(ptr, type, member)', 'The structure around an llist_node.', inNmi),
  llist_reverse_order: macro('lib/llist.c', 'struct llist_node *llist_reverse_order(struct llist_node *head)', 'Turns a list that was taken around: the oldest entry first.', inNmi),
  llist_for_each_entry: macro(LLIST, 'llist_for_each_entry(pos, node, member)', 'Loop over the structures on a list that was taken.', loops),
  llist_for_each_entry_safe: macro(LLIST, 'llist_for_each_entry_safe(pos, n, node, member)', 'Loop over the structures on a list that was taken; pos may be freed.', loops),

  RB_ROOT: macro(RB, 'RB_ROOT()', 'An empty red-black tree, as a value.', inNmi, isObject),
  RB_ROOT_CACHED: macro(RB, 'RB_ROOT_CACHED()', 'An empty red-black tree that knows its first node, as a value.', inNmi, isObject),
  RB_EMPTY_ROOT: macro(RB, 'RB_EMPTY_ROOT(root)', 'True if a tree has no nodes.', inNmi),
  RB_EMPTY_NODE: macro(RB, 'RB_EMPTY_NODE(node)', 'True after RB_CLEAR_NODE().', inNmi),
  RB_CLEAR_NODE: macro(RB, 'RB_CLEAR_NODE(node)', 'Marks a node as being in no tree.', inNmi),
  rb_entry: macro(RB, 'rb_entry(ptr, type, member)', 'The structure around a node.', inNmi),
  rb_entry_safe: macro(RB, 'rb_entry_safe(ptr, type, member)', 'rb_entry(), NULL for NULL.', inNmi),
  rb_parent: macro(RB, 'rb_parent(r)', 'The node above.', inNmi),
  rb_link_node: macro(RB, 'void rb_link_node(struct rb_node *node, struct rb_node *parent, struct rb_node **rb_link)', 'Links a node into the tree; rb_insert_color() must follow.', inNmi, keeps(0)),
  rb_insert_color: runs(RBC, 'void rb_insert_color(struct rb_node *node, struct rb_root *root)', 'Balances the tree after rb_link_node().', inNmi, relinks(0, 1)),
  rb_erase: runs(RBC, 'void rb_erase(struct rb_node *node, struct rb_root *root)', 'Takes a node out of a red-black tree.', inNmi, relinks(0, 1)),
  rb_first: runs(RBC, 'struct rb_node *rb_first(const struct rb_root *root)', 'The leftmost node, or NULL.', mayFail, inNmi),
  rb_last: runs(RBC, 'struct rb_node *rb_last(const struct rb_root *root)', 'The rightmost node, or NULL.', mayFail, inNmi),
  rb_next: runs(RBC, 'struct rb_node *rb_next(const struct rb_node *node)', 'The next node, or NULL.', mayFail, inNmi),
  rb_prev: runs(RBC, 'struct rb_node *rb_prev(const struct rb_node *node)', 'The node before, or NULL.', mayFail, inNmi),
  rb_replace_node: known(RBC, 'void rb_replace_node(struct rb_node *victim, struct rb_node *new, struct rb_root *root)', 'Puts a node in the place of another.', inNmi, keeps(1), relinks(0, 1)),
  rb_first_cached: macro(RB, 'rb_first_cached(root)', 'The leftmost node of a tree that knows it.', inNmi),
  rb_insert_color_cached: known(RB, 'void rb_insert_color_cached(struct rb_node *node, struct rb_root_cached *root, bool leftmost)', 'rb_insert_color() for a tree that knows its first node.', inNmi, relinks(0, 1)),
  rb_erase_cached: known(RB, 'void rb_erase_cached(struct rb_node *node, struct rb_root_cached *root)', 'rb_erase() for a tree that knows its first node.', inNmi, relinks(0, 1)),
  rb_first_postorder: runs(RBC, 'struct rb_node *rb_first_postorder(const struct rb_root *root)', 'The first node of a walk where children come before their parents, or NULL.', inNmi),
  rb_next_postorder: runs(RBC, 'struct rb_node *rb_next_postorder(const struct rb_node *node)', 'The next node of that walk, or NULL.', inNmi),
  rbtree_postorder_for_each_entry_safe: macro(RB, 'rbtree_postorder_for_each_entry_safe(pos, n, root, field)', 'Loop over a tree, children first; pos may be freed.', loops),

  DEFINE_IDA: macro(IDRH, 'DEFINE_IDA(name)', 'Defines an IDA, which gives out numbers.', declares),
  ida_init: known(IDRH, 'void ida_init(struct ida *ida)', 'Makes an IDA usable.'),
  ida_alloc_min: known(IDRH, 'int ida_alloc_min(struct ida *ida, unsigned int min, gfp_t gfp)', 'A free number from min on, or a negative errno.', sleepsByGfp(2), error, freed('ida_free')),
  ida_alloc_max: known(IDRH, 'int ida_alloc_max(struct ida *ida, unsigned int max, gfp_t gfp)', 'A free number up to max, or a negative errno.', sleepsByGfp(2), error, freed('ida_free')),
  ida_alloc_range: known('lib/idr.c', 'int ida_alloc_range(struct ida *ida, unsigned int min, unsigned int max, gfp_t gfp)', 'A free number from min to max, or a negative errno.', sleepsByGfp(3), error, freed('ida_free')),
  ida_simple_get: known(IDRH, 'int ida_simple_get(struct ida *ida, unsigned int start, unsigned int end, gfp_t gfp)', 'A free number in [start, end), end 0: no limit.', sleepsByGfp(3), error, freed('ida_simple_remove')),
  ida_simple_remove: known(IDRH, 'void ida_simple_remove(struct ida *ida, unsigned int id)', 'Takes a number back.'),
  ida_destroy: known('lib/idr.c', 'void ida_destroy(struct ida *ida)', 'Frees the IDA’s own memory.'),
  ida_is_empty: known(IDRH, 'bool ida_is_empty(const struct ida *ida)', 'True if no number is given out.', inNmi),
  idr_init_base: known(IDRH, 'void idr_init_base(struct idr *idr, int base)', 'Makes an IDR usable whose numbers begin at base.'),
  idr_is_empty: known(IDRH, 'bool idr_is_empty(const struct idr *idr)', 'True if no number is given out.', inNmi),
  idr_get_next: known('lib/idr.c', 'void *idr_get_next(struct idr *idr, int *nextid)', 'The next pointer from *nextid on, or NULL.', mayFail),
  idr_for_each: known('lib/idr.c', 'int idr_for_each(const struct idr *idr, int (*fn)(int id, void *p, void *data), void *data)', 'Calls fn for each pointer, until it returns something else than 0.', { registers: [{ arg: 1, context: 'task' }] }),
  xa_limit_32b: macro(XAH, 'xa_limit_32b()', 'All indices of 32 bits, for xa_alloc().', inNmi, isObject),
  xa_limit_31b: macro(XAH, 'xa_limit_31b()', 'All indices that are not negative as an int, for xa_alloc().', inNmi, isObject),
  XA_LIMIT: macro(XAH, 'XA_LIMIT(_min, _max)', 'Indices from min to max, for xa_alloc().', inNmi),
  xa_alloc_cyclic: known(XAH, 'int xa_alloc_cyclic(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit, u32 *next, gfp_t gfp)', 'xa_alloc() that continues from the last index; 1 where it began anew.', sleepsByGfp(5), error, keeps(2), mustCheck),
  xa_cmpxchg: known(XAH, 'void *xa_cmpxchg(struct xarray *xa, unsigned long index, void *old, void *entry, gfp_t gfp)', 'Exchanges an entry if it is still old; returns what was there.', sleepsByGfp(4), keeps(3)),
  DEFINE_XARRAY_ALLOC1: macro(XAH, 'DEFINE_XARRAY_ALLOC1(name)', 'Defines an empty XArray that gives out indices from 1 on.', declares),
  DEFINE_XARRAY_FLAGS: macro(XAH, 'DEFINE_XARRAY_FLAGS(name, flags)', 'Defines an empty XArray with XA_FLAGS_ flags.', declares),

  percpu_counter_init: knownMacro(COUNTER, 'percpu_counter_init(fbc, value, gfp)', 'Makes a counter with a part for each CPU.', { sleeps: 'gfp', contexts: contexts('yyggggyn'), gfp: { arg: 2 } }, error, freed('percpu_counter_destroy')),
  percpu_counter_destroy: known('lib/percpu_counter.c', 'void percpu_counter_destroy(struct percpu_counter *fbc)', 'Frees a counter.'),
  percpu_counter_add: known(COUNTER, 'void percpu_counter_add(struct percpu_counter *fbc, s64 amount)', 'Adds on this CPU; the sum is right after a batch.'),
  percpu_counter_sub: known(COUNTER, 'void percpu_counter_sub(struct percpu_counter *fbc, s64 amount)', 'Subtracts on this CPU.'),
  percpu_counter_inc: known(COUNTER, 'void percpu_counter_inc(struct percpu_counter *fbc)', 'Adds 1 on this CPU.'),
  percpu_counter_dec: known(COUNTER, 'void percpu_counter_dec(struct percpu_counter *fbc)', 'Subtracts 1 on this CPU.'),
  percpu_counter_set: known('lib/percpu_counter.c', 'void percpu_counter_set(struct percpu_counter *fbc, s64 amount)', 'Sets the counter, on all CPUs.'),
  percpu_counter_read: known(COUNTER, 's64 percpu_counter_read(struct percpu_counter *fbc)', 'The sum without what CPUs have not handed in yet.', inNmi),
  percpu_counter_read_positive: known(COUNTER, 's64 percpu_counter_read_positive(struct percpu_counter *fbc)', 'The same, 0 for what is below.', inNmi),
  percpu_counter_sum: known(COUNTER, 's64 percpu_counter_sum(struct percpu_counter *fbc)', 'The exact sum: asks every CPU’s part.'),
  percpu_counter_compare: known(COUNTER, 'int percpu_counter_compare(struct percpu_counter *fbc, s64 rhs)', 'Compares the sum with a number: -1, 0 or 1.'),

  ATOMIC_NOTIFIER_HEAD: macro(NOTIFIERH, 'ATOMIC_NOTIFIER_HEAD(name)', 'Defines a chain whose callbacks must not sleep.', declares),
  BLOCKING_NOTIFIER_HEAD: macro(NOTIFIERH, 'BLOCKING_NOTIFIER_HEAD(name)', 'Defines a chain whose callbacks may sleep.', declares),
  RAW_NOTIFIER_HEAD: macro(NOTIFIERH, 'RAW_NOTIFIER_HEAD(name)', 'Defines a chain that its users lock themselves.', declares),
  atomic_notifier_chain_register: known(NOTIFIER, 'int atomic_notifier_chain_register(struct atomic_notifier_head *nh, struct notifier_block *nb)', 'Adds a callback to a chain.', error, keepsAnyhow(1), freed('atomic_notifier_chain_unregister')),
  atomic_notifier_chain_unregister: known(NOTIFIER, 'int atomic_notifier_chain_unregister(struct atomic_notifier_head *nh, struct notifier_block *nb)', 'Takes a callback off a chain, and waits for readers.', sleeping, error),
  atomic_notifier_call_chain: known(NOTIFIER, 'int atomic_notifier_call_chain(struct atomic_notifier_head *nh, unsigned long val, void *v)', 'Calls the callbacks of a chain under rcu_read_lock().'),
  blocking_notifier_chain_register: known(NOTIFIER, 'int blocking_notifier_chain_register(struct blocking_notifier_head *nh, struct notifier_block *nb)', 'Adds a callback to a chain.', chained, freed('blocking_notifier_chain_unregister')),
  blocking_notifier_chain_unregister: known(NOTIFIER, 'int blocking_notifier_chain_unregister(struct blocking_notifier_head *nh, struct notifier_block *nb)', 'Takes a callback off a chain.', sleeping, error),
  blocking_notifier_call_chain: known(NOTIFIER, 'int blocking_notifier_call_chain(struct blocking_notifier_head *nh, unsigned long val, void *v)', 'Calls the callbacks of a chain, which may sleep.', sleeping),
  register_reboot_notifier: known('kernel/reboot.c', 'int register_reboot_notifier(struct notifier_block *nb)', 'Is told of a reboot.', { ...sleeping, ...error, ...keepsAnyhow(0) }, freed('unregister_reboot_notifier')),
  unregister_reboot_notifier: known('kernel/reboot.c', 'int unregister_reboot_notifier(struct notifier_block *nb)', 'Ends register_reboot_notifier().', sleeping, error),
  notifier_from_errno: macro(NOTIFIERH, 'int notifier_from_errno(int err)', 'What a callback returns for an errno.', inNmi),
  notifier_to_errno: macro(NOTIFIERH, 'int notifier_to_errno(int ret)', 'The errno in the result of a chain.', inNmi),

  DEFINE_STATIC_KEY_TRUE: macro(KEY, 'DEFINE_STATIC_KEY_TRUE(name)', 'Defines a switch that is on.', declares),
  DEFINE_STATIC_KEY_FALSE: macro(KEY, 'DEFINE_STATIC_KEY_FALSE(name)', 'Defines a switch that is off.', declares),
  DECLARE_STATIC_KEY_TRUE: macro(KEY, 'DECLARE_STATIC_KEY_TRUE(name)', 'Declares a switch of another file.', declares),
  DECLARE_STATIC_KEY_FALSE: macro(KEY, 'DECLARE_STATIC_KEY_FALSE(name)', 'Declares a switch of another file.', declares),
  static_branch_likely: macro(KEY, 'static_branch_likely(x)', 'True if the switch is on; in the kernel a jump that is patched.', inNmi),
  static_branch_unlikely: macro(KEY, 'static_branch_unlikely(x)', 'True if the switch is on; in the kernel a jump that is patched.', inNmi),
  static_key_enabled: macro(KEY, 'static_key_enabled(x)', 'True if the switch is on.', inNmi),
  static_branch_enable: macro(KEY, 'static_branch_enable(x)', 'Switches on: patches the code on all CPUs.', sleeping),
  static_branch_disable: macro(KEY, 'static_branch_disable(x)', 'Switches off.', sleeping),
  static_branch_inc: macro(KEY, 'static_branch_inc(x)', 'One more user that needs it on.', sleeping),
  static_branch_dec: macro(KEY, 'static_branch_dec(x)', 'One user less.', sleeping),

  DEFINE_SRCU: macro('include/linux/srcutree.h', 'DEFINE_SRCU(name)', 'Defines an SRCU domain.', declares),
  DEFINE_STATIC_SRCU: macro('include/linux/srcutree.h', 'DEFINE_STATIC_SRCU(name)', 'Defines an SRCU domain of this file.', declares),
  srcu_dereference: macro('include/linux/srcu.h', 'srcu_dereference(p, ssp)', 'Loads a pointer that SRCU protects, in a reader.', needs('inside srcu_read_lock()')),
  synchronize_srcu_expedited: known('kernel/rcu/srcutree.c', 'void synchronize_srcu_expedited(struct srcu_struct *ssp)', 'synchronize_srcu() that hurries.', sleeping),
  srcu_read_lock_held: known('include/linux/srcu.h', 'int srcu_read_lock_held(const struct srcu_struct *ssp)', 'True in a reader, for checks.', inNmi),

  FIELD_GET: macro('include/linux/bitfield.h', 'FIELD_GET(_mask, _reg)', 'The value of a field of a register, moved down to bit 0.', inNmi),
  FIELD_PREP: macro('include/linux/bitfield.h', 'FIELD_PREP(_mask, _val)', 'A value moved up to where a field of a register is.', inNmi),
  rol32: macro('include/linux/bitops.h', 'u32 rol32(u32 word, unsigned int shift)', 'The bits turned to the left.', inNmi),
  ror32: macro('include/linux/bitops.h', 'u32 ror32(u32 word, unsigned int shift)', 'The bits turned to the right.', inNmi),
  ktime_get_ns: macro('include/linux/timekeeping.h', 'u64 ktime_get_ns(void)', 'Monotonic time in nanoseconds, as a number.', inNmi),
  ktime_add: macro('include/linux/ktime.h', 'ktime_add(lhs, rhs)', 'The sum of two times.', inNmi),
  ktime_sub: macro('include/linux/ktime.h', 'ktime_sub(lhs, rhs)', 'The difference of two times.', inNmi),
  ktime_to_us: macro('include/linux/ktime.h', 's64 ktime_to_us(const ktime_t kt)', 'A time in microseconds.', inNmi),
  ktime_to_ms: macro('include/linux/ktime.h', 's64 ktime_to_ms(const ktime_t kt)', 'A time in milliseconds.', inNmi),
  ktime_us_delta: macro('include/linux/ktime.h', 's64 ktime_us_delta(const ktime_t later, const ktime_t earlier)', 'The microseconds between two times.', inNmi),
  ktime_ms_delta: macro('include/linux/ktime.h', 's64 ktime_ms_delta(const ktime_t later, const ktime_t earlier)', 'The milliseconds between two times.', inNmi),
  swab16: macro(SWAB, 'u16 swab16(u16 x)', 'The bytes in the other order.', inNmi),
  swab32: macro(SWAB, 'u32 swab32(u32 x)', 'The bytes in the other order.', inNmi),
  swab64: macro(SWAB, 'u64 swab64(u64 x)', 'The bytes in the other order.', inNmi),
  cpu_to_be64: macro('include/linux/byteorder/generic.h', 'u64 cpu_to_be64(u64 x)', 'To big endian: swaps the bytes.', inNmi),
  be64_to_cpu: macro('include/linux/byteorder/generic.h', 'u64 be64_to_cpu(u64 x)', 'From big endian: swaps the bytes.', inNmi),
  htons: macro('include/linux/byteorder/generic.h', 'u16 htons(u16 x)', 'To the byte order of networks.', inNmi),
  htonl: macro('include/linux/byteorder/generic.h', 'u32 htonl(u32 x)', 'To the byte order of networks.', inNmi),
  ntohs: macro('include/linux/byteorder/generic.h', 'u16 ntohs(u16 x)', 'From the byte order of networks.', inNmi),
  ntohl: macro('include/linux/byteorder/generic.h', 'u32 ntohl(u32 x)', 'From the byte order of networks.', inNmi),
} as const satisfies Record<string, ApiEntry>;
