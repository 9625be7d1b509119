/**
 * struct vmap_area, a range of the vmalloc space, and the trees and lists that it is in: busy, free and lazily freed ones, each a red-black
 * tree by address with a list in the same order (include/linux/vmalloc.h; mm/vmalloc.c: find_va_links, link_va, unlink_va,
 * merge_or_add_vmap_area, free_vmap_area_rb_augment_cb, 6.1). In the free tree each node has the size of the largest range in its subtree.
 */
import type { Lists } from '../../lib/list';
import { type Augment, checkDepth, RbTree } from '../../lib/rbtree';
import type { StructMemory } from '../../lib/struct_memory';

const TWO64 = 2 ** 64;
const BELOW_THE_KERNEL = 2 ** 50;
/** A size as an unsigned long: on x86_64 numbers are signed (types/address.ts). Rounded from 2^63 on. */
const unsigned = (size: number): number => (size < 0 ? size + TWO64 : size);
/** An address in the order of unsigned longs, exact: the kernel's negative numbers come after the others. Differences stay what they are. */
export const order = (address: number): number => (address < 0 ? address : address - BELOW_THE_KERNEL);

/** A tree of areas: the addresses of its rb_root and of its list's head. */
export interface AreaTree {
  readonly root: number;
  readonly list: number;
  /** the free tree, whose nodes know the largest range below them */
  readonly augmented: boolean;
}
/** Where a new area belongs: a free side of a node (0: at the root). */
interface Links {
  readonly parent: number;
  readonly side: 'left' | 'right';
}
/** WARN of find_va_links: two areas overlap. */
export type OverlapReport = (start: number, end: number, otherStart: number, otherEnd: number) => void;

export class VmapAreas implements Augment {
  private readonly startAt: number;
  private readonly endAt: number;
  private readonly nodeAt: number;
  private readonly listAt: number;
  /** subtree_max_size of free areas, vm of busy ones */
  private readonly unionAt: number;
  readonly plain: RbTree;
  readonly augmented: RbTree;

  constructor(
    readonly memory: StructMemory,
    private readonly lists: Lists,
    /** kmem_cache_free(vmap_area_cachep) */
    readonly free: (area: number) => void,
    private readonly overlaps: OverlapReport,
  ) {
    this.startAt = memory.offset('vmap_area', 'va_start');
    this.endAt = memory.offset('vmap_area', 'va_end');
    this.nodeAt = memory.offset('vmap_area', 'rb_node');
    this.listAt = memory.offset('vmap_area', 'list');
    this.unionAt = memory.offset('vmap_area', 'vm');
    this.plain = new RbTree(memory);
    this.augmented = new RbTree(memory, this);
  }

  // ---------------------------------------------------------------- fields
  start(area: number): number {
    return this.memory.getLong(area + this.startAt);
  }
  end(area: number): number {
    return this.memory.getLong(area + this.endAt);
  }
  setStart(area: number, address: number): void {
    this.memory.setLong(area + this.startAt, address);
  }
  setEnd(area: number, address: number): void {
    this.memory.setLong(area + this.endAt, address);
  }
  /** The vm_struct of a busy area; 0 for one of vm_map_ram. */
  vm(area: number): number {
    return this.memory.getLong(area + this.unionAt);
  }
  setVm(area: number, vm: number): void {
    this.memory.setLong(area + this.unionAt, vm);
  }
  nodeOf(area: number): number {
    return area + this.nodeAt;
  }
  /** The area around a node; 0 for 0. */
  ofNode(node: number): number {
    return node === 0 ? 0 : node - this.nodeAt;
  }
  entryOf(area: number): number {
    return area + this.listAt;
  }
  ofEntry(entry: number): number {
    return entry - this.listAt;
  }
  /** The areas of a list, by address; none before vmalloc_init. */
  all(tree: AreaTree): number[] {
    if (this.lists.next(tree.list) === 0) return [];
    return this.lists.entries(tree.list).map((entry) => this.ofEntry(entry));
  }

  // ---------------------------------------------------------------- the largest range of a subtree
  /** get_subtree_max_size of a node, as a number that can be compared. */
  largest(node: number): number {
    return node === 0 ? 0 : unsigned(this.memory.getLong(node - this.nodeAt + this.unionAt));
  }
  /** What subtree_max_size of a node is to be, from its children. */
  compute(node: number): number {
    const { memory } = this;
    const area = node - this.nodeAt;
    let largest = this.end(area) - this.start(area);
    for (const child of [memory.getLong(node + 2 * memory.wordSize), memory.getLong(node + memory.wordSize)]) {
      if (child === 0) continue;
      const below = memory.getLong(child - this.nodeAt + this.unionAt);
      if (unsigned(below) > unsigned(largest)) largest = below;
    }
    return largest;
  }
  copy(from: number, to: number): void {
    this.setVm(this.ofNode(to), this.vm(this.ofNode(from)));
  }
  rotate(down: number, up: number): void {
    this.copy(down, up);
    this.setVm(this.ofNode(down), this.compute(down));
  }
  propagate(node: number, stop: number): void {
    let depth = 0;
    for (let at = node; at !== stop; at = this.augmented.parent(at)) {
      checkDepth(depth++);
      const largest = this.compute(at);
      const area = this.ofNode(at);
      if (this.vm(area) === largest) return;
      this.setVm(area, largest);
    }
  }
  /** augment_tree_propagate_from */
  propagateFrom(area: number): void {
    this.propagate(this.nodeOf(area), 0);
  }

  // ---------------------------------------------------------------- trees
  private tree({ augmented }: AreaTree): RbTree {
    return augmented ? this.augmented : this.plain;
  }
  /** find_va_links, from a node on; undefined, after a warning, for an area that overlaps another one. */
  private links(area: number, from: number): Links | undefined {
    const start = order(this.start(area));
    const end = order(this.end(area));
    let parent = 0;
    let side: Links['side'] = 'left';
    let depth = 0;
    for (let node = from; node !== 0; node = this.plain.child(parent, side)) {
      checkDepth(depth++);
      const other = this.ofNode(node);
      parent = node;
      if (end <= order(this.start(other))) side = 'left';
      else if (start >= order(this.end(other))) side = 'right';
      else {
        this.overlaps(this.start(area), this.end(area), this.start(other), this.end(other));
        return undefined;
      }
    }
    return { parent, side };
  }
  /** link_va, link_va_augment */
  private link(area: number, tree: AreaTree, { parent, side }: Links): void {
    let before = tree.list;
    if (parent !== 0) {
      const entry = this.entryOf(this.ofNode(parent));
      before = side === 'right' ? entry : this.lists.prev(entry);
    }
    this.tree(tree).insertAt(tree.root, this.nodeOf(area), parent, side);
    // the new size is put in from below, once the node is in its place
    if (tree.augmented) this.setVm(area, 0);
    this.lists.add(this.entryOf(area), before);
  }
  /** Puts an area behind the others in a list. */
  append(area: number, tree: AreaTree): void {
    this.lists.addTail(this.entryOf(area), tree.list);
  }
  /** unlink_va, unlink_va_augment */
  unlink(area: number, tree: AreaTree): void {
    const node = this.nodeOf(area);
    this.tree(tree).erase(tree.root, node);
    this.lists.delInit(this.entryOf(area));
    // RB_CLEAR_NODE: its own parent
    this.memory.setLong(node, node);
  }
  /** insert_vmap_area, insert_vmap_area_augment. `from`: a node of the tree to begin at; unless given, its root */
  insert(area: number, tree: AreaTree, from = this.memory.getLong(tree.root)): void {
    const links = this.links(area, from);
    if (!links) return;
    this.link(area, tree, links);
    if (tree.augmented) this.propagateFrom(area);
  }
  /**
   * merge_or_add_vmap_area(_augment): a range that adjoins others becomes one with them. The area that it is part of then; 0, after a
   * warning, if it overlaps one.
   */
  mergeOrAdd(given: number, tree: AreaTree): number {
    const { lists } = this;
    const links = this.links(given, this.memory.getLong(tree.root));
    if (!links) return 0;
    let area = given;
    let merged = false;
    if (links.parent !== 0) {
      const entry = this.entryOf(this.ofNode(links.parent));
      const next = links.side === 'right' ? lists.next(entry) : entry;
      if (next !== tree.list) {
        const sibling = this.ofEntry(next);
        if (this.start(sibling) === this.end(area)) {
          this.setStart(sibling, this.start(area));
          this.free(area);
          area = sibling;
          merged = true;
        }
      }
      const prev = lists.prev(next);
      if (prev !== tree.list) {
        const sibling = this.ofEntry(prev);
        if (this.end(sibling) === this.start(area)) {
          // the next one leaves first: it is in the tree with the size that it had
          if (merged) this.unlink(area, tree);
          this.setEnd(sibling, this.end(area));
          this.free(area);
          area = sibling;
          merged = true;
        }
      }
    }
    if (!merged) this.link(area, tree, links);
    if (tree.augmented) this.propagateFrom(area);
    return area;
  }
  /** __find_vmap_area: the area of a tree that an address is in; 0 if there is none. */
  find(address: number, tree: AreaTree): number {
    const at = order(address);
    let node = this.memory.getLong(tree.root);
    for (let depth = 0; node !== 0; depth++) {
      checkDepth(depth);
      const area = this.ofNode(node);
      if (at < order(this.start(area))) node = this.plain.child(node, 'left');
      else if (at >= order(this.end(area))) node = this.plain.child(node, 'right');
      else return area;
    }
    return 0;
  }
}
