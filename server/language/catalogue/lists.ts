// biome-ignore-all format: a table, one row per entry
/** Lists: include/linux/list.h, rculist.h, 6.1. The checks of CONFIG_DEBUG_LIST (lib/list_debug.c) are the vm's. */
import type { ApiEntry } from './entry';
import { declares, inNmi, keeps, loops, macro, needs, relinks, runs } from './make';

const LIST = 'include/linux/list.h';
const RCU = 'include/linux/rculist.h';
const deletes = needs('the entry must not be deleted in the loop’s body: use the _safe form for that');

const onList = { typed: { head: 'struct list_head *' } };
const onHashList = { typed: { head: 'struct hlist_head *' } };

export const lists = {
  LIST_HEAD: macro(LIST, 'LIST_HEAD(name)', 'Defines an empty list.', declares),
  INIT_LIST_HEAD: runs(LIST, 'void INIT_LIST_HEAD(struct list_head *list)', 'Makes an empty list: next and prev point at itself.', inNmi),
  LIST_HEAD_INIT: macro(LIST, 'LIST_HEAD_INIT(name)', 'Initialiser of an empty list inside a structure.'),
  list_add: runs(LIST, 'void list_add(struct list_head *new, struct list_head *head)', 'Puts an entry right after head: a stack.', inNmi, keeps(0), relinks(0, 1)),
  list_add_tail: runs(LIST, 'void list_add_tail(struct list_head *new, struct list_head *head)', 'Puts an entry right before head, at the end: a queue.', inNmi, keeps(0), relinks(0, 1)),
  list_del: runs(LIST, 'void list_del(struct list_head *entry)', 'Takes an entry off; its pointers become LIST_POISON1 and LIST_POISON2, so that later use faults.', inNmi, relinks(0)),
  list_del_init: runs(LIST, 'void list_del_init(struct list_head *entry)', 'Takes an entry off and makes it an empty list.', inNmi, relinks(0)),
  list_replace: runs(LIST, 'void list_replace(struct list_head *old, struct list_head *new)', 'Puts new in the place of old.', inNmi, keeps(0, 1), relinks(0, 1)),
  list_replace_init: runs(LIST, 'void list_replace_init(struct list_head *old, struct list_head *new)', 'Puts new in the place of old and makes old an empty list.', inNmi, keeps(0, 1), relinks(0, 1)),
  list_swap: runs(LIST, 'void list_swap(struct list_head *entry1, struct list_head *entry2)', 'Exchanges the places of two entries.', inNmi, keeps(0, 1), relinks(0, 1)),
  list_move: runs(LIST, 'void list_move(struct list_head *list, struct list_head *head)', 'Takes an entry off its list and puts it after head.', inNmi, keeps(0), relinks(0, 1)),
  list_move_tail: runs(LIST, 'void list_move_tail(struct list_head *list, struct list_head *head)', 'Takes an entry off its list and puts it before head.', inNmi, keeps(0), relinks(0, 1)),
  list_rotate_left: runs(LIST, 'void list_rotate_left(struct list_head *head)', 'Moves the first entry to the end.', inNmi, relinks(0)),
  list_empty: runs(LIST, 'int list_empty(const struct list_head *head)', 'True if the list has no entries.', inNmi),
  list_empty_careful: runs(LIST, 'int list_empty_careful(const struct list_head *head)', 'list_empty() that also looks whether another CPU is deleting the last entry.', inNmi),
  list_is_singular: runs(LIST, 'int list_is_singular(const struct list_head *head)', 'True if the list has exactly one entry.', inNmi),
  list_is_first: runs(LIST, 'int list_is_first(const struct list_head *list, const struct list_head *head)', 'True if it is the first entry.', inNmi),
  list_is_last: runs(LIST, 'int list_is_last(const struct list_head *list, const struct list_head *head)', 'True if it is the last entry.', inNmi),
  list_is_head: runs(LIST, 'int list_is_head(const struct list_head *list, const struct list_head *head)', 'True if it is the head itself.', inNmi),
  list_splice: runs(LIST, 'void list_splice(const struct list_head *list, struct list_head *head)', 'Joins a list’s entries in after head.', inNmi, keeps(0, 1), relinks(0, 1)),
  list_splice_tail: runs(LIST, 'void list_splice_tail(struct list_head *list, struct list_head *head)', 'Joins a list’s entries in before head.', inNmi, keeps(0, 1), relinks(0, 1)),
  list_splice_init: runs(LIST, 'void list_splice_init(struct list_head *list, struct list_head *head)', 'list_splice() that leaves the first list empty.', inNmi, keeps(0, 1), relinks(0, 1)),
  list_splice_tail_init: runs(LIST, 'void list_splice_tail_init(struct list_head *list, struct list_head *head)', 'list_splice_tail() that leaves the first list empty.', inNmi, keeps(0, 1), relinks(0, 1)),
  list_count_nodes: runs(LIST, 'size_t list_count_nodes(struct list_head *head)', 'Counts the entries.', inNmi, { since: '6.3' }),
  list_entry: macro(LIST, 'list_entry(ptr, type, member)', 'The structure around a list_head: container_of().', inNmi),
  list_first_entry: macro(LIST, 'list_first_entry(ptr, type, member)', 'The first entry of a list that is not empty.', inNmi, needs('the list is not empty'), { typed: { ptr: 'struct list_head *' } }),
  list_last_entry: macro(LIST, 'list_last_entry(ptr, type, member)', 'The last entry of a list that is not empty.', inNmi, needs('the list is not empty'), { typed: { ptr: 'struct list_head *' } }),
  list_first_entry_or_null: macro(LIST, 'list_first_entry_or_null(ptr, type, member)', 'The first entry, or NULL for an empty list.', inNmi, { typed: { ptr: 'struct list_head *' } }),
  list_next_entry: macro(LIST, 'list_next_entry(pos, member)', 'The entry after pos.', inNmi),
  list_prev_entry: macro(LIST, 'list_prev_entry(pos, member)', 'The entry before pos.', inNmi),
  list_entry_is_head: macro(LIST, 'list_entry_is_head(pos, head, member)', 'True if a walk has come back to the head.', inNmi, onList),
  list_for_each: macro(LIST, 'list_for_each(pos, head)', 'Loop over the list_heads of a list.', deletes, loops, onList),
  list_for_each_prev: macro(LIST, 'list_for_each_prev(pos, head)', 'Loop backwards over the list_heads of a list.', deletes, loops, onList),
  list_for_each_safe: macro(LIST, 'list_for_each_safe(pos, n, head)', 'Loop over the list_heads of a list; pos may be deleted.', loops, onList),
  list_for_each_entry: macro(LIST, 'list_for_each_entry(pos, head, member)', 'Loop over the structures on a list.', deletes, loops, onList),
  list_for_each_entry_reverse: macro(LIST, 'list_for_each_entry_reverse(pos, head, member)', 'Loop backwards over the structures on a list.', deletes, loops, onList),
  list_for_each_entry_safe: macro(LIST, 'list_for_each_entry_safe(pos, n, head, member)', 'Loop over the structures on a list; pos may be deleted, n holds the next.', loops, onList),
  list_for_each_entry_safe_reverse: macro(LIST, 'list_for_each_entry_safe_reverse(pos, n, head, member)', 'The same backwards.', loops, onList),
  list_for_each_entry_continue: macro(LIST, 'list_for_each_entry_continue(pos, head, member)', 'Continues a loop from the entry after pos.', deletes, loops, onList),
  list_for_each_entry_from: macro(LIST, 'list_for_each_entry_from(pos, head, member)', 'Continues a loop from pos itself.', deletes, loops, onList),
  list_for_each_entry_rcu: macro(RCU, 'list_for_each_entry_rcu(pos, head, member, ...)', 'Loop over an RCU-protected list, inside rcu_read_lock().', needs('inside rcu_read_lock()'), loops, onList),
  list_add_rcu: runs(RCU, 'void list_add_rcu(struct list_head *new, struct list_head *head)', 'list_add() on a list that readers walk at the same time.', keeps(0), relinks(0, 1)),
  list_add_tail_rcu: runs(RCU, 'void list_add_tail_rcu(struct list_head *new, struct list_head *head)', 'list_add_tail() on a list that readers walk at the same time.', keeps(0), relinks(0, 1)),
  list_del_rcu: runs(RCU, 'void list_del_rcu(struct list_head *entry)', 'Takes an entry off; readers may still be on it until a grace period has passed.', needs('free it only after synchronize_rcu() or by call_rcu(), kfree_rcu()'), relinks(0)),

  HLIST_HEAD: macro(LIST, 'HLIST_HEAD(name)', 'Defines an empty hash list.', declares),
  INIT_HLIST_HEAD: macro(LIST, 'INIT_HLIST_HEAD(ptr)', 'Makes an empty hash list.', inNmi),
  INIT_HLIST_NODE: runs(LIST, 'void INIT_HLIST_NODE(struct hlist_node *h)', 'Makes an hlist entry that is on no list.', inNmi),
  hlist_add_head: runs(LIST, 'void hlist_add_head(struct hlist_node *n, struct hlist_head *h)', 'Puts an entry first.', inNmi, keeps(0), relinks(0, 1)),
  hlist_add_before: runs(LIST, 'void hlist_add_before(struct hlist_node *n, struct hlist_node *next)', 'Puts an entry before another.', inNmi, keeps(0), relinks(0, 1)),
  hlist_add_behind: runs(LIST, 'void hlist_add_behind(struct hlist_node *n, struct hlist_node *prev)', 'Puts an entry after another.', inNmi, keeps(0), relinks(0, 1)),
  hlist_del: runs(LIST, 'void hlist_del(struct hlist_node *n)', 'Takes an entry off and poisons its pointers.', inNmi, relinks(0)),
  hlist_del_init: runs(LIST, 'void hlist_del_init(struct hlist_node *n)', 'Takes an entry off and marks it as being on no list.', inNmi, relinks(0)),
  hlist_empty: runs(LIST, 'int hlist_empty(const struct hlist_head *h)', 'True if the list has no entries.', inNmi),
  hlist_unhashed: runs(LIST, 'int hlist_unhashed(const struct hlist_node *h)', 'True if the entry is on no list.', inNmi),
  hlist_entry: macro(LIST, 'hlist_entry(ptr, type, member)', 'The structure around an hlist_node.', inNmi),
  hlist_entry_safe: macro(LIST, 'hlist_entry_safe(ptr, type, member)', 'hlist_entry(), NULL for NULL.', inNmi),
  hlist_for_each: macro(LIST, 'hlist_for_each(pos, head)', 'Loop over the nodes of a hash list.', deletes, loops, onHashList),
  hlist_for_each_entry: macro(LIST, 'hlist_for_each_entry(pos, head, member)', 'Loop over the structures on a hash list.', deletes, loops, onHashList),
  hlist_for_each_entry_safe: macro(LIST, 'hlist_for_each_entry_safe(pos, n, head, member)', 'Loop over the structures on a hash list; pos may be deleted.', loops, onHashList),
} as const satisfies Record<string, ApiEntry>;
