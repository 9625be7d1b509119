// biome-ignore-all format: a table, one row per macro
/** Bodies of macros of lists, trees, numbers, counters, notifiers and static keys: include/linux/llist.h, rbtree.h … 6.1. */

const SWAB32 = '(((v) << 24) | (((v) & 0xff00U) << 8) | (((v) >> 8) & 0xff00U) | ((v) >> 24))';
const swab16 = '({ u16 v = (x); (u16)((v << 8) | (v >> 8)); })';
const swab32 = `({ u32 v = (x); ${SWAB32}; })`;
const swab64 = '({ u64 w = (x); ((u64)swab32((u32)w) << 32) | swab32((u32)(w >> 32)); })';
const isOn = '(atomic_read(&(x)->key.enabled) > 0)';

export const containerExpressions: Readonly<Record<string, string>> = {
  'init_llist_head(list)': '((void)((list)->first = NULL))',
  'llist_add(new, head)': '({ struct llist_node *node = (new); struct llist_head *list = (head); node->next = list->first; list->first = node; (bool)(node->next == NULL); })',
  'llist_del_all(head)': '({ struct llist_head *list = (head); struct llist_node *node = list->first; list->first = NULL; node; })',
  'llist_del_first(head)': '({ struct llist_head *list = (head); struct llist_node *node = list->first; if (node) list->first = node->next; node; })',
  'llist_empty(head)': '((bool)((head)->first == NULL))',
  'llist_next(node)': '((node)->next)',
  'llist_entry(ptr, type, member)': 'container_of(ptr, type, member)',
  'llist_reverse_order(head)': '({ struct llist_node *left = (head); struct llist_node *turned = NULL; while (left) { struct llist_node *node = left; left = left->next; node->next = turned; turned = node; } turned; })',
  'RB_ROOT()': '(struct rb_root){ NULL }',
  'RB_ROOT_CACHED()': '(struct rb_root_cached){ { NULL }, NULL }',
  'RB_EMPTY_ROOT(root)': '((root)->rb_node == NULL)',
  'RB_EMPTY_NODE(node)': '((node)->__rb_parent_color == (unsigned long)(node))',
  'RB_CLEAR_NODE(node)': '((void)((node)->__rb_parent_color = (unsigned long)(node)))',
  'rb_entry(ptr, type, member)': 'container_of(ptr, type, member)',
  'rb_entry_safe(ptr, type, member)': '({ struct rb_node *node = (ptr); node ? rb_entry(node, type, member) : NULL; })',
  'rb_parent(r)': '((struct rb_node *)((r)->__rb_parent_color & ~3UL))',
  'rb_link_node(node, parent, rb_link)': '({ struct rb_node *added = (node); added->__rb_parent_color = (unsigned long)(parent); added->rb_left = NULL; added->rb_right = NULL; *(rb_link) = added; })',
  'rb_first_cached(root)': '((root)->rb_leftmost)',
  'xa_limit_32b()': 'XA_LIMIT(0, UINT_MAX)',
  'xa_limit_31b()': 'XA_LIMIT(0, INT_MAX)',
  'XA_LIMIT(_min, _max)': '(struct xa_limit){ .min = (_min), .max = (_max) }',
  'notifier_from_errno(err)': '({ int e = (err); e ? NOTIFY_STOP_MASK | (NOTIFY_OK - e) : NOTIFY_OK; })',
  'notifier_to_errno(ret)': '({ int r = (ret) & ~NOTIFY_STOP_MASK; r > NOTIFY_OK ? NOTIFY_OK - r : 0; })',
  'static_branch_likely(x)': isOn,
  'static_branch_unlikely(x)': isOn,
  'static_key_enabled(x)': isOn,
  'static_branch_enable(x)': '({ might_sleep(); atomic_set(&(x)->key.enabled, 1); })',
  'static_branch_disable(x)': '({ might_sleep(); atomic_set(&(x)->key.enabled, 0); })',
  'static_branch_inc(x)': '({ might_sleep(); atomic_inc(&(x)->key.enabled); })',
  'static_branch_dec(x)': '({ might_sleep(); atomic_dec(&(x)->key.enabled); })',
  'srcu_dereference(p, ssp)': '({ (void)(ssp); READ_ONCE(p); })',
  'FIELD_GET(_mask, _reg)': '(((_reg) & (_mask)) / ((_mask) & -(_mask)))',
  'FIELD_PREP(_mask, _val)': '(((_val) * ((_mask) & -(_mask))) & (_mask))',
  'rol32(word, shift)': '({ u32 w = (word); unsigned int n = (shift) & 31; (w << n) | (w >> (-n & 31)); })',
  'ror32(word, shift)': '({ u32 w = (word); unsigned int n = (shift) & 31; (w >> n) | (w << (-n & 31)); })',
  'ktime_get_ns()': '((u64)ktime_get())',
  'ktime_add(lhs, rhs)': '((ktime_t)((lhs) + (rhs)))',
  'ktime_sub(lhs, rhs)': '((ktime_t)((lhs) - (rhs)))',
  'ktime_to_us(kt)': '((s64)(kt) / 1000)',
  'ktime_to_ms(kt)': '((s64)(kt) / 1000000)',
  'ktime_us_delta(later, earlier)': 'ktime_to_us(ktime_sub(later, earlier))',
  'ktime_ms_delta(later, earlier)': 'ktime_to_ms(ktime_sub(later, earlier))',
  'swab16(x)': swab16,
  'swab32(x)': swab32,
  'swab64(x)': swab64,
  'cpu_to_be64(x)': 'swab64(x)',
  'be64_to_cpu(x)': 'swab64(x)',
  'htons(x)': 'swab16(x)',
  'htonl(x)': 'swab32(x)',
  'ntohs(x)': 'swab16(x)',
  'ntohl(x)': 'swab32(x)',
};

export const containerLoops: Readonly<Record<string, string>> = {
  'llist_for_each_entry(pos, node, member)': 'for ((pos) = llist_entry(node, typeof(*(pos)), member); &(pos)->member != NULL; (pos) = llist_entry((pos)->member.next, typeof(*(pos)), member))',
  'rbtree_postorder_for_each_entry_safe(pos, n, root, field)':
    'for ((pos) = rb_entry_safe(rb_first_postorder(root), typeof(*(pos)), field); (pos) && ({ (n) = rb_entry_safe(rb_next_postorder(&(pos)->field), typeof(*(n)), field); 1; }); (pos) = (n))',
  'llist_for_each_entry_safe(pos, n, node, member)':
    'for ((pos) = llist_entry(node, typeof(*(pos)), member); &(pos)->member != NULL && ({ (n) = llist_entry((pos)->member.next, typeof(*(n)), member); 1; }); (pos) = (n))',
};

export const containerDeclarations: Readonly<Record<string, string>> = {
  'LLIST_HEAD(name)': 'struct llist_head name = { NULL };',
  'DEFINE_IDA(name)': 'struct ida name = { };',
  'DEFINE_XARRAY_ALLOC1(name)': 'struct xarray name = { };',
  'DEFINE_XARRAY_FLAGS(name, flags)': 'struct xarray name = { .xa_flags = (flags) };',
  'ATOMIC_NOTIFIER_HEAD(name)': 'struct atomic_notifier_head name = { .head = NULL };',
  'BLOCKING_NOTIFIER_HEAD(name)': 'struct blocking_notifier_head name = { .rwsem = { .wait_list = { &name.rwsem.wait_list, &name.rwsem.wait_list } } };',
  'RAW_NOTIFIER_HEAD(name)': 'struct raw_notifier_head name = { NULL };',
  'DEFINE_STATIC_KEY_TRUE(name)': 'struct static_key_true name = { .key = { .enabled = { 1 } } };',
  'DEFINE_STATIC_KEY_FALSE(name)': 'struct static_key_false name = { .key = { .enabled = { 0 } } };',
  'DECLARE_STATIC_KEY_TRUE(name)': 'extern struct static_key_true name;',
  'DECLARE_STATIC_KEY_FALSE(name)': 'extern struct static_key_false name;',
  'DEFINE_SRCU(name)': 'struct srcu_struct name = { };',
  'DEFINE_STATIC_SRCU(name)': 'static struct srcu_struct name = { };',
  'DEFINE_RT_MUTEX(mutexname)': 'struct rt_mutex mutexname = { };',
  'DEFINE_WW_CLASS(classname)': 'struct ww_class classname = { .is_wait_die = 0 };',
  'DEFINE_WD_CLASS(classname)': 'struct ww_class classname = { .is_wait_die = 1 };',
};
