/**
 * The worker that keeps a few empty pages ready for requests that cannot wait, and gives back what is too much (mm/percpu.c:
 * pcpu_balance_workfn and what it calls, 6.1).
 */
import type { GfpMasks } from '../gfp';
import type { PcpuPool } from './pcpu_pool';
import { PCPU_BITMAP_BLOCK_BITS, PCPU_EMPTY_POP_PAGES_HIGH } from './pcpu_units';
import type { PcpuVm } from './percpu_vm';

export class PcpuBalance {
  /** atomic_alloc_failed: its address */
  private readonly failed: number;
  /** what it asks the page allocator with */
  private readonly gfp: number;

  constructor(
    private readonly pool: PcpuPool,
    private readonly vm: PcpuVm,
    gfp: GfpMasks,
  ) {
    this.failed = pool.variable('pcpu_atomic_alloc_failed');
    this.gfp = gfp.kernel | gfp.noretry | gfp.nowarn;
  }

  /** pcpu_balance_workfn */
  run(): void {
    this.freeChunks(false);
    this.reclaim();
    this.populate();
    this.freeChunks(true);
  }
  /** An atomic request has found no place: the worker is to make as much as it may. */
  atomicFailed(): void {
    this.pool.m.space.write8(this.failed, 1);
  }

  /** pcpu_balance_free: of the chunks that are wholly free, one stays. `emptyOnly`: and those with pages behind them */
  private freeChunks(emptyOnly: boolean): void {
    const { chunks, slots } = this.pool;
    const [, ...others] = slots.on(slots.free);
    const unwanted = others.filter((chunk) => !emptyOnly || chunks.empty(chunk) === 0);
    for (const chunk of unwanted) slots.lists.unlink(chunks.list(chunk));
    for (const chunk of unwanted.reverse()) {
      this.eachBacked(chunk, (start, end) => this.depopulate(chunk, start, end));
      this.vm.destroy(chunk);
    }
  }
  /** The runs of backed pages of a chunk. */
  private eachBacked(chunk: number, act: (start: number, end: number) => void): void {
    const { chunks } = this.pool;
    const map = chunks.populated(chunk);
    const pages = chunks.pages(chunk);
    for (let end = 0; ; ) {
      const start = chunks.bitmaps.next(map, pages, end);
      if (start >= pages) return;
      end = chunks.bitmaps.nextZero(map, pages, start);
      act(start, end);
    }
  }
  private depopulate(chunk: number, start: number, end: number): void {
    this.vm.depopulate(chunk, start, end);
    this.pool.slots.setPopulated(chunk, start, end, false);
  }
  /** pcpu_reclaim_populated: takes empty pages from the chunks that are set aside for it, from their ends on. */
  private reclaim(): void {
    const { chunks, slots, units } = this.pool;
    const head = slots.head(slots.toDepopulate);
    while (!slots.lists.empty(head)) {
      const chunk = slots.ofEntry(slots.lists.next(head));
      const needed = this.reclaimPages(chunk);
      if (needed || chunks.freeBytes(chunk) === units.unitSize) slots.reintegrate(chunk);
      else slots.move(chunk, slots.sidelined, false);
    }
  }
  /** Takes the empty pages of a chunk, from the last on. True if the others have become too few, so that its own are needed. */
  private reclaimPages(chunk: number): boolean {
    const { chunks, slots } = this.pool;
    const { bitmaps, hints } = chunks;
    let end = -1;
    for (let i = chunks.pages(chunk) - 1; i >= 0; i--) {
      if (chunks.empty(chunk) === 0) return false;
      if (slots.emptyPages < PCPU_EMPTY_POP_PAGES_HIGH) return true;
      let start = i + 1;
      const isFree = hints.getContig(chunks.block(chunk, i)) === PCPU_BITMAP_BLOCK_BITS;
      if (isFree && bitmaps.test(chunks.populated(chunk), i)) {
        if (end < 0) end = i + 1;
        if (i > 0) continue;
        start = 0;
      }
      if (end < 0) continue;
      this.depopulate(chunk, start, end);
      end = -1;
    }
    return false;
  }
  /** pcpu_balance_populated: backs pages, of the fullest chunks first, until enough are empty. */
  private populate(): void {
    const { slots } = this.pool;
    for (;;) {
      let wanted = this.wantedPages();
      for (let slot = slots.ofSize(PCPU_BITMAP_BLOCK_BITS * 4); slot <= slots.free && wanted > 0; slot++)
        wanted = this.populateOn(slot, wanted);
      if (wanted === 0) return;
      const chunk = this.vm.create(this.gfp);
      if (chunk === 0) return;
      slots.relocate(chunk, -1);
    }
  }
  private wantedPages(): number {
    const { m, slots } = this.pool;
    if (m.space.read8(this.failed) !== 0) {
      m.space.write8(this.failed, 0);
      return PCPU_EMPTY_POP_PAGES_HIGH;
    }
    return Math.min(Math.max(PCPU_EMPTY_POP_PAGES_HIGH - slots.emptyPages, 0), PCPU_EMPTY_POP_PAGES_HIGH);
  }
  /** Backs up to `wanted` pages of the first chunk of a slot that has some without memory. Returns how many are still wanted. */
  private populateOn(slot: number, wanted: number): number {
    const { chunks, slots } = this.pool;
    const chunk = slots.on(slot).find((c) => chunks.pages(c) > chunks.backed(c));
    if (chunk === undefined) return wanted;
    const map = chunks.populated(chunk);
    const pages = chunks.pages(chunk);
    for (let left = wanted, end = 0; ; ) {
      const start = chunks.bitmaps.nextZero(map, pages, end);
      if (start >= pages) return left;
      end = chunks.bitmaps.next(map, pages, start);
      const count = Math.min(end - start, left);
      if (!this.vm.populate(chunk, start, start + count, this.gfp)) return 0;
      slots.setPopulated(chunk, start, start + count, true);
      left -= count;
      if (left === 0) return 0;
    }
  }
}
