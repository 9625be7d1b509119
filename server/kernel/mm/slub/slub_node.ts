/** struct kmem_cache_node: a node's partial slabs, and how many slabs it has (mm/slub.c, 6.1). A node is the address of its struct. */
import { raisedBelow } from '../../lib/kernel_fault';
import { highWord } from '../list_head';
import type { PageTable } from '../page';
import type { PageLists } from '../page_list';
import type { SlubMemory } from './slub_memory';
import type { NodeOffsets } from './slub_offsets';

export class SlabNodes {
  constructor(
    private readonly m: SlubMemory,
    private readonly pages: PageTable,
    /** slab_list lies where struct page has lru */
    private readonly lists: PageLists,
    private readonly at: NodeOffsets,
  ) {}

  /** init_kmem_cache_node, of a struct that holds anything */
  init(n: number): void {
    const { m, at } = this;
    m.setIntAt(n, 0);
    m.setPointerAt(n + at.nrPartial, 0);
    for (const head of [n + at.partial, n + at.full]) {
      m.setPointerAt(head, head);
      m.setPointerAt(head + m.wordSize, head);
    }
    m.setPointerAt(n + at.nrSlabs, 0);
    m.setPointerAt(n + at.totalObjects, 0);
  }
  nrPartial(n: number): number {
    return this.m.longAt(n + this.at.nrPartial);
  }
  nrSlabs(n: number): number {
    return this.m.longAt(n + this.at.nrSlabs);
  }
  totalObjects(n: number): number {
    return this.m.longAt(n + this.at.totalObjects);
  }
  /** inc_slabs_node and dec_slabs_node; `n` 0 is a node that does not exist yet */
  countSlabs(n: number, slabs: number, objects: number): void {
    if (n === 0) return;
    this.m.addLongAt(n + this.at.nrSlabs, slabs);
    this.m.addLongAt(n + this.at.totalObjects, objects);
  }

  // ---------------------------------------------------------------- the list of partial slabs
  /** add_partial */
  addPartial(n: number, slab: number, tail: boolean): void {
    this.m.addLongAt(n + this.at.nrPartial, 1);
    this.add(n + this.at.partial, slab, tail);
  }
  /** remove_partial */
  removePartial(n: number, slab: number): void {
    this.del(n + this.at.partial, slab);
    this.m.addLongAt(n + this.at.nrPartial, -1);
  }
  /** The first partial slab; −1 for none */
  firstPartial(n: number): number {
    const head = n + this.at.partial;
    return this.lists.first(this.m.word(head), head | 0, highWord(head));
  }
  /** The partial slab after another; −1 at the end */
  nextPartial(n: number, slab: number): number {
    const head = n + this.at.partial;
    return this.lists.next(slab, head | 0, highWord(head));
  }
  /** All partial slabs, the first first. A list that has lost its end is cut where it has more slabs than the machine has pages. */
  partials(n: number): number[] {
    const found: number[] = [];
    const limit = this.pages.endPfn;
    for (let slab = this.firstPartial(n); slab >= 0 && found.length < limit; slab = this.nextPartial(n, slab))
      found.push(slab);
    return found;
  }

  // ---------------------------------------------------------------- full slabs, which only caches with SLAB_STORE_USER have on a list
  addFull(n: number, slab: number): void {
    this.add(n + this.at.full, slab, false);
  }
  removeFull(n: number, slab: number): void {
    this.del(n + this.at.full, slab);
  }
  fulls(n: number): number[] {
    const head = n + this.at.full;
    const found: number[] = [];
    const limit = this.pages.endPfn;
    let slab = this.lists.first(this.m.word(head), head | 0, highWord(head));
    for (; slab >= 0 && found.length < limit; slab = this.lists.next(slab, head | 0, highWord(head))) found.push(slab);
    return found;
  }

  private add(head: number, slab: number, tail: boolean): void {
    const { m, pages, lists } = this;
    try {
      const word = m.word(head);
      const page = pages.word(slab);
      if (tail) lists.addTail(slab, page, word, head | 0, highWord(head));
      else lists.addHead(slab, page, word, head | 0, highWord(head));
    } catch (error) {
      throw underListLock(error);
    }
  }
  private del(head: number, slab: number): void {
    const { m, pages, lists } = this;
    try {
      lists.del(slab, pages.word(slab), m.word(head), head | 0, highWord(head));
    } catch (error) {
      throw underListLock(error);
    }
  }
}
/** n->list_lock is held, with interrupts off. */
const underListLock = (error: unknown): unknown => raisedBelow(error, [], 1, true);
