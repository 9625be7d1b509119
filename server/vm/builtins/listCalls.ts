/** Lists and hash lists (include/linux/list.h, rculist.h, 6.1), over kernel/list.ts. */

import type { Machine } from '../machine/machine';
import { bool, byValue, type Implementations, inline, plain } from './define';

/** list_move: off its list, then after `prev` */
function move(m: Machine, entry: number, tail: boolean, head: number): void {
  m.lists.unlink(entry);
  if (tail) m.lists.addTail(entry, head);
  else m.lists.add(entry, head);
}
function swap({ lists }: Machine, first: number, second: number): void {
  let prev = lists.prev(second);
  lists.del(second);
  lists.replace(first, second);
  if (prev === first) prev = second;
  lists.add(first, prev);
}
/** The entries of `head` before `next` become those of `list`. */
function cut({ lists }: Machine, list: number, head: number, next: number): void {
  const [first, last] = [lists.next(head), lists.prev(next)];
  lists.join(list, first);
  lists.join(last, list);
  lists.join(head, next);
}
const spliced = (tail: boolean, init: boolean) =>
  plain(({ lists }, list: number, head: number) => {
    if (lists.empty(list)) return;
    if (tail) lists.splice(list, lists.prev(head), head);
    else lists.splice(list, head, lists.next(head));
    if (init) lists.init(list);
  });

/** The pointer to the node itself, in a struct hlist_node: after `next`. */
const pprevOf = (m: Machine, node: number): number => node + m.core.wordSize;
function initNode(m: Machine, node: number): void {
  m.core.setLong(node, 0);
  m.core.setLong(pprevOf(m, node), 0);
}

export const trees = {
  rb_insert_color: plain((m, node, root) => m.trees.colourInserted(root, node)),
  rb_erase: plain((m, node, root) => m.trees.erase(root, node)),
  rb_first: inline((m, root) => m.trees.end(root, 'left')),
  rb_last: inline((m, root) => m.trees.end(root, 'right')),
  rb_first_postorder: inline((m, root) => m.trees.firstPostorder(root)),
  rb_next_postorder: inline((m, node) => m.trees.nextPostorder(node)),
  rb_next: inline((m, node) => m.trees.next(node)),
  rb_prev: inline((m, node) => m.trees.prev(node)),
} satisfies Partial<Implementations>;

export const lists = {
  INIT_LIST_HEAD: plain((m, list) => m.lists.init(list)),
  list_add: plain((m, entry, head) => m.lists.add(entry, head)),
  list_add_tail: plain((m, entry, head) => m.lists.addTail(entry, head)),
  list_del: plain((m, entry) => m.lists.del(entry)),
  list_del_init: plain((m, entry) => m.lists.delInit(entry)),
  list_replace: plain((m, old, entry) => m.lists.replace(old, entry)),
  list_replace_init: plain((m, old, entry) => {
    m.lists.replace(old, entry);
    m.lists.init(old);
  }),
  list_swap: plain(swap),
  list_move: plain((m, list, head) => move(m, list, false, head)),
  list_move_tail: plain((m, list, head) => move(m, list, true, head)),
  list_rotate_left: plain((m, head) => {
    if (!m.lists.empty(head)) move(m, m.lists.next(head), true, head);
  }),
  list_empty: inline((m, head) => bool(m.lists.empty(head))),
  list_empty_careful: inline((m, head) => bool(m.lists.empty(head) && m.lists.prev(head) === head)),
  list_is_singular: inline((m, head) => bool(!m.lists.empty(head) && m.lists.next(head) === m.lists.prev(head))),
  list_is_first: inline((m, list, head) => bool(m.lists.prev(list) === head)),
  list_is_last: inline((m, list, head) => bool(m.lists.next(list) === head)),
  list_is_head: byValue(inline((_m, list, head) => bool(list === head))),
  list_splice: spliced(false, false),
  list_splice_tail: spliced(true, false),
  list_splice_init: spliced(false, true),
  list_splice_tail_init: spliced(true, true),
  list_count_nodes: inline((m, head) => m.lists.entries(head).length),
  list_add_rcu: plain((m, entry, head) => m.lists.add(entry, head)),
  list_add_tail_rcu: plain((m, entry, head) => m.lists.addTail(entry, head)),
  list_del_rcu: plain((m, entry) => {
    m.lists.unlink(entry);
    // readers may still continue from it: only the way back is poisoned
    m.lists.poisonPrev(entry);
  }),
  list_replace_rcu: plain((m, old, entry) => {
    m.lists.replace(old, entry);
    m.lists.poisonPrev(old);
  }),
  list_del_init_careful: plain((m, entry) => m.lists.delInit(entry)),
  list_bulk_move_tail: plain(({ lists }, head, first, last) => {
    const [before, after] = [lists.prev(first), lists.next(last)];
    lists.join(before, after);
    const tail = lists.prev(head);
    lists.join(tail, first);
    lists.join(last, head);
  }),
  list_cut_position: plain((m, list, head, entry) => {
    if (m.lists.empty(head)) return;
    if (entry === head) m.lists.init(list);
    else cut(m, list, head, m.lists.next(entry));
  }),
  list_cut_before: plain((m, list, head, entry) => {
    if (m.lists.next(head) === entry) m.lists.init(list);
    else cut(m, list, head, entry);
  }),

  INIT_HLIST_NODE: plain(initNode),
  hlist_add_head: plain((m, n, h) => m.lists.hlistAddHead(n, h)),
  hlist_add_before: plain((m, n, next) => {
    const { core } = m;
    const pprev = core.getLong(pprevOf(m, next));
    core.setLong(pprevOf(m, n), pprev);
    core.setLong(n, next);
    core.setLong(pprevOf(m, next), n);
    core.setLong(pprev, n);
  }),
  hlist_add_behind: plain((m, n, prev) => {
    const { core } = m;
    const next = core.getLong(prev);
    core.setLong(n, next);
    core.setLong(prev, n);
    core.setLong(pprevOf(m, n), prev);
    if (next !== 0) core.setLong(pprevOf(m, next), n);
  }),
  hlist_del: plain((m, n) => m.lists.hlistDel(n)),
  hlist_del_init: plain((m, n) => {
    if (m.lists.hlistUnhashed(n)) return;
    m.lists.hlistUnlink(n);
    initNode(m, n);
  }),
  hlist_add_head_rcu: plain((m, n, h) => m.lists.hlistAddHead(n, h)),
  hlist_del_rcu: plain((m, n) => m.lists.hlistDelRcu(n)),
  hlist_del_init_rcu: plain((m, n) => {
    if (m.lists.hlistUnhashed(n)) return;
    m.lists.hlistUnlink(n);
    m.core.setLong(pprevOf(m, n), 0);
  }),
  hlist_empty: inline((m, h) => bool(m.core.getLong(h) === 0)),
  hlist_unhashed: inline((m, h) => bool(m.lists.hlistUnhashed(h))),
} satisfies Partial<Implementations>;
