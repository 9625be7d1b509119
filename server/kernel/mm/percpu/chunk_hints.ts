/**
 * How allocations and frees change the hints of a chunk and of its blocks, and the walks over blocks that find free runs which go on over
 * their borders (mm/percpu.c: pcpu_next_md_free_region, pcpu_next_fit_region, pcpu_block_refresh_hint, pcpu_chunk_refresh_hint,
 * pcpu_block_update_hint_alloc, pcpu_block_update_hint_free, pcpu_block_update_scan, 6.1).
 */
import type { WordReader } from './bitmap';
import type { Chunks } from './chunk';
import { alignUp, PCPU_BITMAP_BLOCK_BITS } from './pcpu_units';

const BLOCK = PCPU_BITMAP_BLOCK_BITS;

/** A free run: where it begins in the chunk's bitmap, and its steps. */
export interface Run {
  readonly at: number;
  readonly size: number;
}

export class ChunkHints {
  constructor(
    private readonly chunks: Chunks,
    /** pcpu_update_empty_pages */
    private readonly countEmpty: (chunk: number, pages: number) => void,
  ) {}

  /** The next free run from `from` on that may be the largest: the largest of each block, and those over borders. */
  private nextFree(chunk: number, from: number, words: WordReader): Run {
    const { chunks } = this;
    const { hints } = chunks;
    const count = chunks.pages(chunk);
    let within = from % BLOCK;
    let at = from;
    let size = 0;
    for (let i = Math.floor(from / BLOCK), md = chunks.block(chunk, i); i < count; i++, md += hints.size) {
      if (size !== 0) {
        const left = hints.getLeft(md, words);
        size += left;
        if (left === BLOCK) continue;
        return { at, size };
      }
      // the largest run of the block, unless it goes on in the next one
      size = hints.getContig(md, words);
      const start = hints.getContigStart(md, words);
      if (size !== 0 && start >= within && start + size < BLOCK) return { at: i * BLOCK + start, size };
      within = 0;
      size = hints.getRight(md, words);
      at = (i + 1) * BLOCK - size;
    }
    return { at, size };
  }
  /** The next place from `from` on where a request can be looked for; at the end of the chunk if there is none. */
  nextFit(chunk: number, bits: number, align: number, from: number): Run {
    const { chunks } = this;
    const { hints } = chunks;
    const words = chunks.bitmaps.reader();
    const count = chunks.pages(chunk);
    let within = from % BLOCK;
    let at = from;
    let size = 0;
    for (let i = Math.floor(from / BLOCK), md = chunks.block(chunk, i); i < count; i++, md += hints.size) {
      if (size !== 0) {
        const left = hints.getLeft(md, words);
        size += left;
        if (size >= bits) return { at, size };
        if (left === BLOCK) continue;
      }
      const contig = hints.getContig(md, words);
      const start = hints.getContigStart(md, words);
      const skipped = alignUp(start, align) - start;
      if (contig !== 0 && start >= within && contig >= skipped + bits) {
        const first = hints.nextHint(md, bits, words);
        return { at: i * BLOCK + first, size: skipped + bits + start - first };
      }
      within = 0;
      const right = alignUp(BLOCK - hints.getRight(md, words), align);
      size = BLOCK - right;
      at = i * BLOCK + right;
      if (size >= bits) return { at, size };
    }
    return { at: chunks.bits(chunk), size: 0 };
  }
  /** pcpu_block_refresh_hint: the largest run of a block has been broken. */
  private refreshBlock(chunk: number, index: number): void {
    const { bitmaps, hints } = this.chunks;
    const md = this.chunks.block(chunk, index);
    const map = this.chunks.blockMap(chunk, index);
    let from = hints.promoteScan(md);
    if (from < 0) {
      from = hints.getFirst(md);
      hints.setContig(md, 0);
    }
    hints.setRight(md, 0);
    while (from < BLOCK) {
      const start = bitmaps.nextZero(map, BLOCK, from);
      if (start >= BLOCK) break;
      from = bitmaps.next(map, BLOCK, start + 1);
      hints.update(md, start, from);
    }
  }
  /** pcpu_chunk_refresh_hint. `full`: the scan hint does not help */
  private refreshChunk(chunk: number, full: boolean): void {
    const { hints } = this.chunks;
    const md = this.chunks.md(chunk);
    const bits = this.chunks.bits(chunk);
    let from = full ? -1 : hints.promoteScan(md);
    if (from < 0) {
      from = hints.getFirst(md);
      hints.setContig(md, 0);
    }
    const words = this.chunks.bitmaps.reader();
    for (;;) {
      const { at, size } = this.nextFree(chunk, from, words);
      // hints that have been overwritten lead back, and the kernel round in circles
      if (at >= bits || at + size < from) break;
      hints.update(md, at, at + size);
      from = at + size + 1;
    }
  }
  /** pcpu_block_update_scan: a search has passed by a run that the block does not know. */
  sawRun(chunk: number, at: number, size: number): void {
    const { bitmaps, hints } = this.chunks;
    const from = at % BLOCK;
    if (from + size > BLOCK) return;
    const index = Math.floor(at / BLOCK);
    // alignment may have passed over free steps in front of it
    const last = bitmaps.last(this.chunks.blockMap(chunk, index), from);
    hints.update(this.chunks.block(chunk, index), last === from ? 0 : last + 1, from + size);
  }

  /** pcpu_block_update_hint_alloc: `bits` steps from `at` have been taken. */
  allocated(chunk: number, at: number, bits: number): void {
    const { chunks } = this;
    const { hints } = chunks;
    const end = at + bits;
    const firstIndex = Math.floor(at / BLOCK);
    const lastIndex = Math.floor((end - 1) / BLOCK);
    const start = at % BLOCK;
    const lastEnd = ((end - 1) % BLOCK) + 1;
    let empty = this.allocatedFirst(chunk, firstIndex, start, start + bits, firstIndex === lastIndex ? lastEnd : BLOCK);
    if (firstIndex !== lastIndex) {
      empty += lastIndex - firstIndex - 1 + this.allocatedLast(chunk, lastIndex, lastEnd);
      const full = lastEnd === BLOCK ? lastIndex : lastIndex - 1;
      for (let i = firstIndex + 1; i <= full; i++) hints.setFull(chunks.block(chunk, i));
    }
    if (empty !== 0) this.countEmpty(chunk, -empty);
    const md = chunks.md(chunk);
    if (hints.scanTouches(md, at, end)) hints.dropScan(md);
    // as long as the largest run is whole, the hints of the chunk hold
    if (hints.contigTouches(md, at, end)) this.refreshChunk(chunk, false);
  }
  /** The block in which an allocation begins. `end` may lie behind the block, `inBlock` does not. Returns 1 if the block was free. */
  private allocatedFirst(chunk: number, index: number, start: number, end: number, inBlock: number): number {
    const { bitmaps, hints } = this.chunks;
    const md = this.chunks.block(chunk, index);
    const empty = hints.getContig(md) === BLOCK ? 1 : 0;
    if (start === hints.getFirst(md))
      hints.setFirst(md, bitmaps.nextZero(this.chunks.blockMap(chunk, index), BLOCK, end));
    if (hints.scanTouches(md, start, end)) hints.dropScan(md);
    if (hints.contigTouches(md, start, end)) {
      if (start === 0) hints.setLeft(md, 0);
      this.refreshBlock(chunk, index);
    } else {
      hints.setLeft(md, Math.min(hints.getLeft(md), start));
      hints.setRight(md, Math.min(hints.getRight(md), BLOCK - inBlock));
    }
    return empty;
  }
  /** The block in which an allocation ends that began in another one. */
  private allocatedLast(chunk: number, index: number, end: number): number {
    const { bitmaps, hints } = this.chunks;
    const md = this.chunks.block(chunk, index);
    const empty = hints.getContig(md) === BLOCK ? 1 : 0;
    hints.setFirst(md, bitmaps.nextZero(this.chunks.blockMap(chunk, index), BLOCK, end));
    if (end === BLOCK) return empty;
    if (end > hints.getScanStart(md)) hints.dropScan(md);
    hints.setLeft(md, 0);
    if (end > hints.getContigStart(md)) this.refreshBlock(chunk, index);
    else hints.setRight(md, Math.min(hints.getRight(md), BLOCK - end));
    return empty;
  }

  /** pcpu_block_update_hint_free: `bits` steps from `at` have been given back. */
  freed(chunk: number, at: number, bits: number): void {
    const { chunks } = this;
    const { bitmaps, hints } = chunks;
    const last = at + bits - 1;
    const firstIndex = Math.floor(at / BLOCK);
    const lastIndex = Math.floor(last / BLOCK);
    const first = chunks.block(chunk, firstIndex);
    // the whole free run, as far as it is in the first and in the last block
    let start = at % BLOCK;
    if (start === hints.getContig(first) + hints.getContigStart(first)) start = hints.getContigStart(first);
    else {
      const used = bitmaps.last(chunks.blockMap(chunk, firstIndex), start);
      start = used === start ? 0 : used + 1;
    }
    const lastMd = chunks.block(chunk, lastIndex);
    let end = (last % BLOCK) + 1;
    if (end === hints.getContigStart(lastMd)) end += hints.getContig(lastMd);
    else end = bitmaps.next(chunks.blockMap(chunk, lastIndex), BLOCK, end);

    const several = firstIndex !== lastIndex;
    const firstEnd = several ? BLOCK : end;
    let empty = start === 0 && firstEnd === BLOCK ? 1 : 0;
    hints.update(first, start, firstEnd);
    if (several) {
      if (end === BLOCK) empty++;
      hints.update(lastMd, 0, end);
      empty += lastIndex - firstIndex - 1;
      for (let i = firstIndex + 1; i < lastIndex; i++) hints.setFree(chunks.block(chunk, i), BLOCK);
    }
    if (empty !== 0) this.countEmpty(chunk, empty);
    // the kernel gives the end within the block here: the chunk's run may be noted as too small
    if (end - start >= BLOCK || several) this.refreshChunk(chunk, true);
    else hints.update(chunks.md(chunk), firstIndex * BLOCK + start, end);
  }
}
