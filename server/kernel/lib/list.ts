/**
 * Doubly linked lists and hash lists in emulated memory, with the checks of CONFIG_DEBUG_LIST (include/linux/list.h, lib/list_debug.c, 6.1).
 * Addresses are virtual; a `head` is the address of a struct list_head.
 */
import { toBits } from '../../types/address';
import { type ListMemory, listAddError, listDelError } from './list_debug';
import type { PoisonPointer, PoisonPointers } from './poison';
import type { TypedMemory } from './typedMemory';

export class Lists {
  private readonly poison1: PoisonPointer;
  private readonly poison2: PoisonPointer;
  private readonly checked: ListMemory;

  constructor(
    private readonly memory: TypedMemory,
    poison: PoisonPointers,
  ) {
    this.poison1 = poison.list1;
    this.poison2 = poison.list2;
    this.checked = { space: memory.space, abi: memory.abi, poison };
  }

  next(entry: number): number {
    return this.memory.getLong(entry);
  }
  prev(entry: number): number {
    return this.memory.getLong(entry + this.memory.wordSize);
  }
  init(head: number): void {
    this.memory.setLong(head, head);
    this.memory.setLong(head + this.memory.wordSize, head);
  }
  empty(head: number): boolean {
    return this.next(head) === head;
  }
  /** Whether two entries point to each other; not if a pointer leads nowhere. */
  private linked(prev: number, next: number): boolean {
    const { space } = this.memory;
    if (space.translate(prev) < 0 || space.translate(next + this.memory.wordSize) < 0) return false;
    return this.next(prev) === next && this.prev(next) === prev;
  }
  /** __list_add. @throws KernelBug for neighbours that are not each other's */
  insert(entry: number, prev: number, next: number): void {
    const { memory } = this;
    const sound = prev !== 0 && next !== 0 && entry !== prev && entry !== next && this.linked(prev, next);
    if (!sound) {
      const bits = (address: number) => toBits(memory.abi, address);
      const error = listAddError(this.checked, bits(entry), bits(prev), bits(next));
      if (error) throw error;
    }
    memory.setLong(next + memory.wordSize, entry);
    memory.setLong(entry, next);
    memory.setLong(entry + memory.wordSize, prev);
    memory.setLong(prev, entry);
  }
  /** list_add */
  add(entry: number, head: number): void {
    this.insert(entry, head, this.next(head));
  }
  /** list_add_tail */
  addTail(entry: number, head: number): void {
    this.insert(entry, this.prev(head), head);
  }
  /** __list_del_entry. @throws KernelBug for an entry that its neighbours do not point to */
  unlink(entry: number): void {
    const { memory } = this;
    const next = this.next(entry);
    const prev = this.prev(entry);
    if (!(this.linked(prev, entry) && this.linked(entry, next))) {
      const error = listDelError(this.checked, entry);
      if (error) throw error;
    }
    memory.setLong(next + memory.wordSize, prev);
    memory.setLong(prev, next);
  }
  /** list_del: the entry's pointers become poison. */
  del(entry: number): void {
    this.unlink(entry);
    this.poisonNext(entry);
    this.poisonPrev(entry);
  }
  delInit(entry: number): void {
    this.unlink(entry);
    this.init(entry);
  }
  /** list_splice: the entries of `list` go between `prev` and `next`. */
  splice(list: number, prev: number, next: number): void {
    if (this.empty(list)) return;
    const { memory } = this;
    const first = this.next(list);
    const last = this.prev(list);
    memory.setLong(first + memory.wordSize, prev);
    memory.setLong(prev, first);
    memory.setLong(last, next);
    memory.setLong(next + memory.wordSize, last);
  }
  /** `next` follows `prev` from now on. */
  join(prev: number, next: number): void {
    this.memory.setLong(prev, next);
    this.memory.setLong(next + this.memory.wordSize, prev);
  }
  /** list_rotate_to_front: the list begins with `entry` */
  rotateToFront(entry: number, head: number): void {
    this.unlink(head);
    this.insert(head, this.prev(entry), entry);
  }
  /** list_replace */
  replace(old: number, entry: number): void {
    const { memory } = this;
    memory.setLong(entry, this.next(old));
    memory.setLong(this.next(entry) + memory.wordSize, entry);
    memory.setLong(entry + memory.wordSize, this.prev(old));
    memory.setLong(this.prev(entry), entry);
  }
  /** The entries, first to last; stops after `limit`. */
  entries(head: number, limit = 100000): number[] {
    const list: number[] = [];
    for (let at = this.next(head); at !== head && list.length < limit; at = this.next(at)) list.push(at);
    return list;
  }

  // ---------------------------------------------------------------- hlist: next, and the address of the pointer to it
  hlistAddHead(node: number, head: number): void {
    const { memory } = this;
    const first = memory.getLong(head);
    memory.setLong(node, first);
    if (first !== 0) memory.setLong(first + memory.wordSize, node);
    memory.setLong(head, node);
    memory.setLong(node + memory.wordSize, head);
  }
  /** __hlist_del */
  hlistUnlink(node: number): void {
    const { memory } = this;
    const next = memory.getLong(node);
    const pprev = memory.getLong(node + memory.wordSize);
    memory.setLong(pprev, next);
    if (next !== 0) memory.setLong(next + memory.wordSize, pprev);
  }
  /** hlist_move_list: `to` becomes the head of the list, `from` is empty. */
  hlistMoveList(from: number, to: number): void {
    const { memory } = this;
    const first = memory.getLong(from);
    memory.setLong(to, first);
    if (first !== 0) memory.setLong(first + memory.wordSize, to);
    memory.setLong(from, 0);
  }
  hlistDel(node: number): void {
    this.hlistUnlink(node);
    this.poisonNext(node);
    this.poisonPrev(node);
  }
  /** hlist_del_rcu: a reader may still go on from the entry. */
  hlistDelRcu(node: number): void {
    this.hlistUnlink(node);
    this.poisonPrev(node);
  }
  hlistUnhashed(node: number): boolean {
    return this.memory.getLong(node + this.memory.wordSize) === 0;
  }

  // ---------------------------------------------------------------- poison
  /** The entry's next becomes LIST_POISON1. */
  poisonNext(entry: number): void {
    this.setPoison(entry, this.poison1);
  }
  /** The entry's prev (pprev of a hlist) becomes LIST_POISON2. */
  poisonPrev(entry: number): void {
    this.setPoison(entry + this.memory.wordSize, this.poison2);
  }
  /** LIST_POISON2 where next is: what detach_timer leaves. */
  poisonNextAsPrev(entry: number): void {
    this.setPoison(entry, this.poison2);
  }
  private setPoison(at: number, poison: PoisonPointer): void {
    this.memory.set32(at, poison.low);
    if (this.memory.wordSize === 8) this.memory.set32(at + 4, poison.high);
  }
}
