/** Lists and hash lists (include/linux/list.h, rculist.h, 6.1), over kernel/list.ts. */

import type { Builtin, Machine } from '../machine/machine';
import type { Value } from '../values/value';
import { bool, inline, plain } from './define';

// biome-ignore lint/suspicious/noConfusingVoidType: most return nothing
type Pointers = (m: Machine, first: number, second: number) => number | boolean | undefined | void;
const result = (value: ReturnType<Pointers>): number | undefined =>
  typeof value === 'boolean' ? bool(value) : (value ?? undefined);
const at = (m: Machine, value: Value | undefined): number => m.pointer(value);
/** Reads one or two entries. */
const looks = (call: Pointers): Builtin => inline((m, a) => result(call(m, at(m, a[0]), at(m, a[1]))));
/** Changes lists by one or two entries. */
const changes = (call: Pointers): Builtin => plain((m, a) => result(call(m, at(m, a[0]), at(m, a[1]))));

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
const spliced = (tail: boolean, init: boolean): Builtin =>
  changes(({ lists }, list, head) => {
    if (lists.empty(list)) return;
    if (tail) lists.splice(list, lists.prev(head), head);
    else lists.splice(list, head, lists.next(head));
    if (init) lists.init(list);
  });

/** The pointer to the node itself, in a struct hlist_node: after `next`. */
const pprevOf = (m: Machine, node: number): number => node + m.core.long;
function initNode(m: Machine, node: number): void {
  m.core.setLong(node, 0);
  m.core.setLong(pprevOf(m, node), 0);
}

export const lists = {
  INIT_LIST_HEAD: changes((m, list) => m.lists.init(list)),
  list_add: changes((m, entry, head) => m.lists.add(entry, head)),
  list_add_tail: changes((m, entry, head) => m.lists.addTail(entry, head)),
  list_del: changes((m, entry) => m.lists.del(entry)),
  list_del_init: changes((m, entry) => m.lists.delInit(entry)),
  list_replace: changes((m, old, entry) => m.lists.replace(old, entry)),
  list_replace_init: changes((m, old, entry) => {
    m.lists.replace(old, entry);
    m.lists.init(old);
  }),
  list_swap: changes(swap),
  list_move: changes((m, entry, head) => move(m, entry, false, head)),
  list_move_tail: changes((m, entry, head) => move(m, entry, true, head)),
  list_rotate_left: changes((m, head) => {
    if (!m.lists.empty(head)) move(m, m.lists.next(head), true, head);
  }),
  list_empty: looks((m, head) => m.lists.empty(head)),
  list_empty_careful: looks((m, head) => m.lists.empty(head) && m.lists.prev(head) === head),
  list_is_singular: looks((m, head) => !m.lists.empty(head) && m.lists.next(head) === m.lists.prev(head)),
  list_is_first: looks((m, entry, head) => m.lists.prev(entry) === head),
  list_is_last: looks((m, entry, head) => m.lists.next(entry) === head),
  list_is_head: inline((_m, a) => bool(a[0] === a[1])),
  list_splice: spliced(false, false),
  list_splice_tail: spliced(true, false),
  list_splice_init: spliced(false, true),
  list_splice_tail_init: spliced(true, true),
  list_count_nodes: looks((m, head) => m.lists.entries(head).length),
  list_add_rcu: changes((m, entry, head) => m.lists.add(entry, head)),
  list_add_tail_rcu: changes((m, entry, head) => m.lists.addTail(entry, head)),
  list_del_rcu: changes((m, entry) => {
    m.lists.unlink(entry);
    // readers may still go on from it: only the way back is poisoned
    m.lists.poisonPrev(entry);
  }),

  INIT_HLIST_NODE: changes(initNode),
  hlist_add_head: changes((m, node, head) => m.lists.hlistAddHead(node, head)),
  hlist_add_before: changes((m, node, next) => {
    const { core } = m;
    const pprev = core.getLong(pprevOf(m, next));
    core.setLong(pprevOf(m, node), pprev);
    core.setLong(node, next);
    core.setLong(pprevOf(m, next), node);
    core.setLong(pprev, node);
  }),
  hlist_add_behind: changes((m, node, prev) => {
    const { core } = m;
    const next = core.getLong(prev);
    core.setLong(node, next);
    core.setLong(prev, node);
    core.setLong(pprevOf(m, node), prev);
    if (next !== 0) core.setLong(pprevOf(m, next), node);
  }),
  hlist_del: changes((m, node) => m.lists.hlistDel(node)),
  hlist_del_init: changes((m, node) => {
    if (m.lists.hlistUnhashed(node)) return;
    m.lists.hlistUnlink(node);
    initNode(m, node);
  }),
  hlist_empty: looks((m, head) => m.core.getLong(head) === 0),
  hlist_unhashed: looks((m, node) => m.lists.hlistUnhashed(node)),
} satisfies Record<string, Builtin>;
