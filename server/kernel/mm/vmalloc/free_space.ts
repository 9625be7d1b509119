/**
 * Free addresses: the lowest place that a range fits in, and what becomes of the free area that it is taken from (mm/vmalloc.c:
 * is_within_this_va, find_vmap_lowest_match, classify_va_fit_type, adjust_va_to_fit_type, __alloc_vmap_area, 6.1).
 */
import { PAGE_SIZE } from '../../../types/pageSize';
import { checkDepth } from '../../lib/rbtree';
import { type AreaTree, order, type VmapAreas } from './vmap_area';

/** ALIGN: the next multiple of a power of two. */
export const alignUp = (n: number, align: number): number => Math.ceil(n / align) * align;
/** The multiple of a power of two at or below. */
export const alignDown = (n: number, align: number): number => Math.floor(n / align) * align;

/** A search for an aligned range may come back up, and go down another path: more often than this in no tree that there is room for */
const SEARCHES = 4000;

/** The vmap_area objects for splitting: ne_fit_preload_node, and the cache. */
interface SpareAreas {
  /** one object, 0 if there is none */
  take(): number;
}

/** Addresses in which a range has to lie. */
export interface AddressRange {
  readonly start: number;
  /** exclusive */
  readonly end: number;
}

export class FreeSpace {
  constructor(
    private readonly areas: VmapAreas,
    readonly tree: AreaTree,
    private readonly spare: SpareAreas,
  ) {}

  /** Where a range would begin in a free area, or above `from` in it. */
  private place(area: number, align: number, from: number): number {
    const start = this.areas.start(area);
    return alignUp(order(start) > order(from) ? start : from, align);
  }
  /** is_within_this_va */
  private fits(area: number, size: number, align: number, from: number): boolean {
    const start = order(this.place(area, align, from));
    // an aligned address beyond the last one wraps
    return start >= order(from) && start + size <= order(this.areas.end(area));
  }
  /**
   * find_vmap_lowest_match: goes down the tree to the lowest area that is surely large enough, whatever its alignment, but takes any that
   * it passes and that fits; 0 if there is none. `exact`: the size alone is searched for.
   */
  private lowestMatch(size: number, align: number, lowest: number, exact: boolean): number {
    const { areas } = this;
    const tree = areas.augmented;
    const length = exact ? size : size + align - 1;
    let from = lowest;
    let node = areas.memory.getLong(this.tree.root);
    for (let steps = 0; node !== 0; steps++) {
      checkDepth(steps / SEARCHES);
      const area = areas.ofNode(node);
      const left = tree.child(node, 'left');
      if (areas.largest(left) >= length && order(from) < order(areas.start(area))) {
        node = left;
        continue;
      }
      if (this.fits(area, size, align, from)) return area;
      const right = tree.child(node, 'right');
      if (areas.largest(right) >= length) {
        node = right;
        continue;
      }
      // back up to the first subtree on the right that may have one
      for (node = tree.parent(node); node !== 0; node = tree.parent(node)) {
        checkDepth(steps++ / SEARCHES);
        const above = areas.ofNode(node);
        if (this.fits(above, size, align, from)) return above;
        const start = areas.start(above);
        const beside = tree.child(node, 'right');
        if (areas.largest(beside) >= length && order(from) <= order(start)) {
          from = start + 1;
          node = beside;
          break;
        }
      }
    }
    return 0;
  }
  /**
   * adjust_va_to_fit_type: takes [start, start + size) out of a free area. False, with nothing changed, if it is not in it, or if there is no
   * memory for a second area.
   */
  adjust(area: number, start: number, size: number): boolean {
    const { areas, tree } = this;
    const first = areas.start(area);
    const end = areas.end(area);
    if (order(start) < order(first) || order(start) + size > order(end)) return false;
    if (start === first && start + size === end) {
      areas.unlink(area, tree);
      areas.free(area);
      return true;
    }
    if (start === first) areas.setStart(area, start + size);
    else if (start + size === end) areas.setEnd(area, start);
    else {
      const lower = this.spare.take();
      if (lower === 0) return false;
      areas.setStart(lower, first);
      areas.setEnd(lower, start);
      areas.setStart(area, start + size);
      areas.propagateFrom(area);
      areas.insert(lower, tree, areas.nodeOf(area));
      return true;
    }
    areas.propagateFrom(area);
    return true;
  }
  /** __alloc_vmap_area: the first address of `size` free bytes, which are not free any more; undefined if there are none. */
  take(size: number, align: number, within: AddressRange): number | undefined {
    const exact = align <= PAGE_SIZE || within.end - within.start === size;
    const area = this.lowestMatch(size, align, within.start, exact);
    if (area === 0) return undefined;
    const start = this.place(area, align, within.start);
    if (order(start) + size > order(within.end)) return undefined;
    return this.adjust(area, start, size) ? start : undefined;
  }

  // ---------------------------------------------------------------- from above, for per-CPU chunks
  /** pvm_find_va_enclose_addr: the area that an address is in or behind; 0 if there is none. */
  enclosing(address: number): number {
    const { areas } = this;
    const at = order(address);
    let found = 0;
    let node = areas.memory.getLong(this.tree.root);
    while (node !== 0) {
      const area = areas.ofNode(node);
      if (order(areas.start(area)) <= at) {
        found = area;
        if (order(areas.end(area)) >= at) break;
        node = areas.augmented.child(node, 'right');
      } else node = areas.augmented.child(node, 'left');
    }
    return found;
  }
  /** The area before one; 0 before the first. */
  before(area: number): number {
    return this.areas.ofNode(this.areas.augmented.prev(this.areas.nodeOf(area)));
  }
}
