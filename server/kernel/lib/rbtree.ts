/**
 * Red-black trees in emulated memory (include/linux/rbtree_types.h, lib/rbtree.c, 6.1). A struct rb_node is its parent's address with its
 * own colour in bit 0, then its right and its left child. A node's shape in the tree is the kernel's: the textbook's algorithm, where a
 * node with two children is replaced by its successor.
 */
import { NotEmulated } from './not_emulated';
import type { TypedMemory } from './typedMemory';

/** More than any path of a tree has nodes: 2 · 64 levels. */
const MAX_DEPTH = 128;
/** @throws NotEmulated on the way through a tree that a scenario has damaged: the kernel would go around in it with interrupts off */
export function checkDepth(depth: number): void {
  if (depth > MAX_DEPTH) throw new NotEmulated('the kernel follows a red-black tree that has no end');
}

const RED = 0;
const BLACK = 1;
/** A child of a node: the offset of its pointer in words. */
const RIGHT = 1;
const LEFT = 2;
type Side = typeof RIGHT | typeof LEFT;
const other = (side: Side): Side => (side === RIGHT ? LEFT : RIGHT);

/**
 * What a tree keeps in its nodes besides (struct rb_augment_callbacks, include/linux/rbtree_augmented.h): a value of a node that follows from
 * the node and its subtree.
 */
export interface Augment {
  /** `to` gets the value of `from`, whose place it takes */
  copy(from: number, to: number): void;
  /** `up` has taken the place of `down`, which is its child now: `up` gets the value of `down`, whose own is computed anew */
  rotate(down: number, up: number): void;
  /** the values of a node and of those above it are computed anew, up to `stop`, which is left as it is, or to one that does not change */
  propagate(node: number, stop: number): void;
}

/** `root`: the address of the pointer to a tree's root (struct rb_root). Nodes are addresses; 0 where there is no node. */
export class RbTree {
  constructor(
    private readonly memory: TypedMemory,
    private readonly augment?: Augment,
  ) {}

  // ---------------------------------------------------------------- the words of a node
  parent(node: number): number {
    const word = this.memory.getLong(node);
    return word - (word & 1);
  }
  private colour(node: number): number {
    return node === 0 ? BLACK : this.memory.get32(node) & 1;
  }
  private setParent(node: number, parent: number): void {
    this.memory.setLong(node, parent + this.colour(node));
  }
  private setColour(node: number, colour: number): void {
    this.memory.setLong(node, this.parent(node) + colour);
  }
  child(node: number, side: 'left' | 'right'): number {
    return this.at(node, side === 'left' ? LEFT : RIGHT);
  }
  isRed(node: number): boolean {
    return this.colour(node) === RED;
  }
  private at(node: number, side: Side): number {
    return this.memory.getLong(node + side * this.memory.wordSize);
  }
  private setChild(node: number, side: Side, child: number): void {
    this.memory.setLong(node + side * this.memory.wordSize, child);
  }
  /** Puts `to` where `from` hangs: on its parent, or at the root. */
  private replaceChild(root: number, parent: number, from: number, to: number): void {
    if (parent === 0) this.memory.setLong(root, to);
    else this.setChild(parent, this.at(parent, LEFT) === from ? LEFT : RIGHT, to);
  }

  // ---------------------------------------------------------------- in order
  /** rb_first, rb_last: the outermost node; 0 in an empty tree. */
  end(root: number, side: 'left' | 'right'): number {
    let at = this.memory.getLong(root);
    let depth = 0;
    for (let next = at; next !== 0; next = this.child(at, side)) {
      at = next;
      checkDepth(depth++);
    }
    return at;
  }
  /** rb_next: 0 behind the last. */
  next(node: number): number {
    let at = this.at(node, RIGHT);
    if (at !== 0) {
      let depth = 0;
      for (let left = this.at(at, LEFT); left !== 0; left = this.at(at, LEFT)) {
        at = left;
        checkDepth(depth++);
      }
      return at;
    }
    at = node;
    let up = this.parent(at);
    for (let depth = 0; up !== 0 && this.at(up, RIGHT) === at; depth++) {
      at = up;
      up = this.parent(at);
      checkDepth(depth);
    }
    return up;
  }

  /** rb_prev: 0 before the first. */
  prev(node: number): number {
    let at = this.at(node, LEFT);
    if (at !== 0) {
      let depth = 0;
      for (let right = this.at(at, RIGHT); right !== 0; right = this.at(at, RIGHT)) {
        at = right;
        checkDepth(depth++);
      }
      return at;
    }
    at = node;
    let up = this.parent(at);
    for (let depth = 0; up !== 0 && this.at(up, LEFT) === at; depth++) {
      at = up;
      up = this.parent(at);
      checkDepth(depth);
    }
    return up;
  }

  // ---------------------------------------------------------------- children before their parents
  /** rb_first_postorder: 0 in an empty tree. */
  firstPostorder(root: number): number {
    return this.deepest(this.memory.getLong(root));
  }
  /** rb_next_postorder: 0 behind the root. */
  nextPostorder(node: number): number {
    const parent = this.parent(node);
    if (parent === 0 || this.at(parent, LEFT) !== node) return parent;
    const right = this.at(parent, RIGHT);
    return right === 0 ? parent : this.deepest(right);
  }
  /** rb_left_deepest_node */
  private deepest(top: number): number {
    let at = top;
    let depth = 0;
    for (let next = at; next !== 0; next = this.at(at, LEFT) || this.at(at, RIGHT)) {
      at = next;
      checkDepth(depth++);
    }
    return at;
  }

  // ---------------------------------------------------------------- rb_add_cached, rb_erase_cached
  /**
   * rb_add: behind the nodes that `node` does not come before. Returns whether it is the first of all, where a cached tree's `rb_leftmost`
   * has to point.
   */
  add(root: number, node: number, before: (a: number, b: number) => boolean): boolean {
    let parent = 0;
    let side: Side = LEFT;
    let first = true;
    let depth = 0;
    for (let at = this.memory.getLong(root); at !== 0; at = this.at(parent, side)) {
      checkDepth(depth++);
      parent = at;
      side = before(node, at) ? LEFT : RIGHT;
      if (side === RIGHT) first = false;
    }
    this.insertAt(root, node, parent, side === LEFT ? 'left' : 'right');
    return first;
  }
  /** rb_link_node and rb_insert_color (rb_insert_augmented): on a free side of `parent`, or at the root if that is 0. */
  insertAt(root: number, node: number, parent: number, side: 'left' | 'right'): void {
    this.memory.setLong(node, parent + RED);
    this.setChild(node, LEFT, 0);
    this.setChild(node, RIGHT, 0);
    if (parent === 0) this.memory.setLong(root, node);
    else this.setChild(parent, side === 'left' ? LEFT : RIGHT, node);
    this.colourInserted(root, node);
  }
  /** rb_insert_color: of a node that has been linked */
  colourInserted(root: number, inserted: number): void {
    let node = inserted;
    for (let depth = 0; ; depth++) {
      checkDepth(depth);
      let parent = this.parent(node);
      if (parent === 0) {
        this.setColour(node, BLACK);
        return;
      }
      if (this.colour(parent) === BLACK) return;
      const grandparent = this.parent(parent);
      const side = this.at(grandparent, LEFT) === parent ? LEFT : RIGHT;
      const uncle = this.at(grandparent, other(side));
      if (this.colour(uncle) === RED) {
        this.setColour(uncle, BLACK);
        this.setColour(parent, BLACK);
        this.setColour(grandparent, RED);
        node = grandparent;
        continue;
      }
      if (this.at(parent, side) !== node) {
        this.rotate(root, parent, side);
        parent = node;
      }
      this.setColour(parent, BLACK);
      this.setColour(grandparent, RED);
      this.rotate(root, grandparent, other(side));
      return;
    }
  }
  /** `node` goes down to `side`, its child on the other side takes its place. */
  private rotate(root: number, node: number, side: Side): void {
    const up = this.at(node, other(side));
    const inner = this.at(up, side);
    this.setChild(node, other(side), inner);
    if (inner !== 0) this.setParent(inner, node);
    const parent = this.parent(node);
    this.setParent(up, parent);
    this.replaceChild(root, parent, node, up);
    this.setChild(up, side, node);
    this.setParent(node, up);
    this.augment?.rotate(node, up);
  }
  /** rb_erase (rb_erase_augmented) */
  erase(root: number, node: number): void {
    const left = this.at(node, LEFT);
    const right = this.at(node, RIGHT);
    const parent = this.parent(node);
    if (left === 0 || right === 0) {
      const child = left || right;
      const colour = this.colour(node);
      this.replaceChild(root, parent, node, child);
      if (child !== 0) this.memory.setLong(child, parent + colour);
      this.augment?.propagate(parent, 0);
      if (child === 0 && colour === BLACK) this.rebalance(root, parent, 0);
      return;
    }
    let successor = right;
    let depth = 0;
    for (let at = this.at(right, LEFT); at !== 0; at = this.at(at, LEFT)) {
      successor = at;
      checkDepth(depth++);
    }
    const child = this.at(successor, RIGHT);
    const colour = this.colour(successor);
    let above = successor;
    if (successor !== right) {
      above = this.parent(successor);
      this.setChild(above, LEFT, child);
      this.setChild(successor, RIGHT, right);
      this.setParent(right, successor);
    }
    this.augment?.copy(node, successor);
    if (above !== successor) this.augment?.propagate(above, successor);
    this.setChild(successor, LEFT, left);
    this.setParent(left, successor);
    this.replaceChild(root, parent, node, successor);
    this.memory.setLong(successor, parent + this.colour(node));
    if (child !== 0) this.memory.setLong(child, above + BLACK);
    this.augment?.propagate(successor, 0);
    if (child === 0 && colour === BLACK) this.rebalance(root, above, 0);
  }
  /** ____rb_erase_color: the paths through `node`, a child of `parent`, have a black node too few. */
  private rebalance(root: number, below: number, lacking: number): void {
    let parent = below;
    let node = lacking;
    for (let depth = 0; parent !== 0; depth++) {
      checkDepth(depth);
      const side = this.at(parent, LEFT) === node ? LEFT : RIGHT;
      let sibling = this.at(parent, other(side));
      if (this.colour(sibling) === RED) {
        this.setColour(sibling, BLACK);
        this.setColour(parent, RED);
        this.rotate(root, parent, side);
        sibling = this.at(parent, other(side));
      }
      if (this.colour(this.at(sibling, other(side))) === BLACK) {
        if (this.colour(this.at(sibling, side)) === BLACK) {
          this.setColour(sibling, RED);
          if (this.colour(parent) === RED) {
            this.setColour(parent, BLACK);
            return;
          }
          node = parent;
          parent = this.parent(node);
          continue;
        }
        this.setColour(this.at(sibling, side), BLACK);
        this.setColour(sibling, RED);
        this.rotate(root, sibling, other(side));
        sibling = this.at(parent, other(side));
      }
      this.setColour(sibling, this.colour(parent));
      this.setColour(parent, BLACK);
      this.setColour(this.at(sibling, other(side)), BLACK);
      this.rotate(root, parent, side);
      return;
    }
  }
}
