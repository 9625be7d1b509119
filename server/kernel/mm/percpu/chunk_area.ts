/**
 * Allocating from one chunk and giving back to it: the bitmaps of what is taken and where each allocation begins and ends (mm/percpu.c:
 * pcpu_find_block_fit, pcpu_find_zero_area, pcpu_alloc_area, pcpu_free_area, 6.1).
 */
import { PAGE_SIZE } from '../../../types/pageSize';
import type { Chunks } from './chunk';
import { ChunkHints } from './chunk_hints';
import type { ChunkSlots } from './chunk_slots';
import { alignUp, ffs, PCPU_BITMAP_BLOCK_BITS, PCPU_MIN_ALLOC_SIZE } from './pcpu_units';

export class ChunkAreas {
  readonly hints: ChunkHints;

  constructor(
    private readonly chunks: Chunks,
    private readonly slots: ChunkSlots,
  ) {
    this.hints = new ChunkHints(chunks, (chunk, pages) => slots.countEmpty(chunk, pages));
  }

  /**
   * pcpu_find_block_fit: where in the bitmap to search for `bits` free steps; −1 if the hints promise none. `populated`: only pages that
   * have memory behind them will do.
   */
  findBlockFit(chunk: number, bits: number, align: number, populated: boolean): number {
    const { chunks, hints } = this;
    const md = chunks.md(chunk);
    if (!chunks.hints.fits(md, bits, align)) return -1;
    const end = chunks.bits(chunk);
    for (let from = chunks.hints.nextHint(md, bits); ; ) {
      const { at, size } = hints.nextFit(chunk, bits, align, from);
      if (at >= end) return -1;
      if (!populated) return at;
      const next = this.behindUnbacked(chunk, at, size);
      if (next < 0) return at;
      if (next <= from) return -1;
      from = next;
    }
  }
  /** pcpu_is_populated: −1, or where to go on behind the first pages without memory. */
  private behindUnbacked(chunk: number, at: number, bits: number): number {
    const { bitmaps } = this.chunks;
    const map = this.chunks.populated(chunk);
    const start = Math.floor((at * PCPU_MIN_ALLOC_SIZE) / PAGE_SIZE);
    const end = Math.ceil(((at + bits) * PCPU_MIN_ALLOC_SIZE) / PAGE_SIZE);
    const hole = bitmaps.nextZero(map, end, start);
    if (hole >= end) return -1;
    return (bitmaps.next(map, end, hole + 1) * PAGE_SIZE) / PCPU_MIN_ALLOC_SIZE;
  }
  /** pcpu_alloc_area: takes the first `bits` free steps from `start` on; the byte in the chunk, −1 if there are none. */
  alloc(chunk: number, bits: number, align: number, start: number): number {
    const { chunks, slots, hints } = this;
    const { bitmaps } = chunks;
    const old = slots.of(chunk);
    const map = chunks.allocMap(chunk);
    const mapBits = chunks.bits(chunk);
    const end = Math.min(start + bits + PCPU_BITMAP_BLOCK_BITS, mapBits);
    const at = this.findZeroArea(chunk, map, end, start, bits, align);
    if (at < 0) return -1;
    bitmaps.set(map, at, bits);
    const bounds = chunks.boundMap(chunk);
    bitmaps.set(bounds, at, 1);
    bitmaps.clear(bounds, at + 1, bits - 1);
    bitmaps.set(bounds, at + bits, 1);
    chunks.setFreeBytes(chunk, chunks.freeBytes(chunk) - bits * PCPU_MIN_ALLOC_SIZE);
    const md = chunks.md(chunk);
    if (at === chunks.hints.getFirst(md)) chunks.hints.setFirst(md, bitmaps.nextZero(map, mapBits, at + bits));
    hints.allocated(chunk, at, bits);
    slots.relocate(chunk, old);
    return at * PCPU_MIN_ALLOC_SIZE;
  }
  /** pcpu_find_zero_area. The largest run that it passes by is told to its block. */
  private findZeroArea(chunk: number, map: number, end: number, from: number, bits: number, align: number): number {
    const { bitmaps } = this.chunks;
    let passedAt = 0;
    let passed = 0;
    for (let start = from; ; ) {
      const at = alignUp(bitmaps.nextZero(map, end, start), align);
      if (at + bits > end) return -1;
      const used = bitmaps.next(map, at + bits, at);
      if (used >= at + bits) {
        if (passed !== 0) this.hints.sawRun(chunk, passedAt, passed);
        return at;
      }
      const size = used - at;
      if (size > passed || (size === passed && passedAt !== 0 && (at === 0 || ffs(at) > ffs(passedAt)))) {
        passedAt = at;
        passed = size;
      }
      start = used + 1;
    }
  }
  /** Whether an allocation begins at a byte of the chunk: the kernel does not look. */
  begins(chunk: number, offset: number): boolean {
    const { bitmaps } = this.chunks;
    const bit = Math.floor(offset / PCPU_MIN_ALLOC_SIZE);
    return (
      offset % PCPU_MIN_ALLOC_SIZE === 0 &&
      bitmaps.test(this.chunks.allocMap(chunk), bit) &&
      bitmaps.test(this.chunks.boundMap(chunk), bit)
    );
  }
  /** pcpu_free_area: gives back the allocation at a byte of the chunk; its size. */
  free(chunk: number, offset: number): number {
    const { chunks, slots } = this;
    const { bitmaps } = chunks;
    const old = slots.of(chunk);
    const at = Math.floor(offset / PCPU_MIN_ALLOC_SIZE);
    const end = bitmaps.next(chunks.boundMap(chunk), chunks.bits(chunk), at + 1);
    const bits = end - at;
    bitmaps.clear(chunks.allocMap(chunk), at, bits);
    const bytes = bits * PCPU_MIN_ALLOC_SIZE;
    chunks.setFreeBytes(chunk, chunks.freeBytes(chunk) + bytes);
    const md = chunks.md(chunk);
    chunks.hints.setFirst(md, Math.min(chunks.hints.getFirst(md), at));
    this.hints.freed(chunk, at, bits);
    slots.relocate(chunk, old);
    return bytes;
  }
}
