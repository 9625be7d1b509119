/**
 * The lists of chunks by the size of their largest free run, and the counts of backed pages that are empty (mm/percpu.c: pcpu_chunk_lists,
 * pcpu_chunk_slot, pcpu_chunk_relocate, pcpu_isolate_chunk, pcpu_reintegrate_chunk, 6.1).
 */
import { PAGE_SIZE } from '../../../types/pageSize';
import type { Lists } from '../../lib/list';
import type { Chunks } from './chunk';
import { PCPU_MIN_ALLOC_SIZE } from './pcpu_units';

/** chunks whose largest run has fewer than 2^5 bytes share slots */
const PCPU_SLOT_BASE_SHIFT = 5;

/** Addresses of the allocator's variables that change. */
export interface PcpuVariables {
  /** pcpu_chunk_lists: address of the array of list heads */
  readonly lists: number;
  readonly nrEmptyPopPages: number;
  readonly nrPopulated: number;
}

/** __pcpu_size_to_slot */
const slotOfBytes = (size: number): number => Math.max(32 - Math.clz32(size) - PCPU_SLOT_BASE_SHIFT + 2, 1);

export class ChunkSlots {
  /** chunks that the worker has taken pages from, or is to take pages from, and those that are free */
  readonly sidelined: number;
  readonly free: number;
  readonly toDepopulate: number;
  readonly count: number;
  private readonly headBytes: number;

  constructor(
    private readonly chunks: Chunks,
    readonly lists: Lists,
    private readonly unitSize: number,
    private readonly vars: PcpuVariables,
    /** pcpu_reserved_chunk: it is on no list; 0 if there is none */
    private readonly reserved: () => number,
  ) {
    this.sidelined = ChunkSlots.sidelinedSlot(unitSize);
    this.free = this.sidelined + 1;
    this.toDepopulate = this.free + 1;
    this.count = this.toDepopulate + 1;
    this.headBytes = 2 * chunks.m.wordSize;
  }
  /** pcpu_nr_slots of a unit size */
  static slots(unitSize: number): number {
    return ChunkSlots.sidelinedSlot(unitSize) + 3;
  }
  private static sidelinedSlot(unitSize: number): number {
    return slotOfBytes(unitSize) + 1;
  }

  head(slot: number): number {
    return this.chunks.m.getLong(this.vars.lists) + slot * this.headBytes;
  }
  init(): void {
    for (let slot = 0; slot < this.count; slot++) this.lists.init(this.head(slot));
  }
  /** The chunk that a list entry belongs to. */
  ofEntry(entry: number): number {
    return entry - this.chunks.listOffset;
  }
  /** The chunks of a slot, first to last. */
  on(slot: number): number[] {
    return this.lists.entries(this.head(slot)).map((entry) => this.ofEntry(entry));
  }
  /** All chunks that are on a list, by slot. */
  all(): { readonly slot: number; readonly chunk: number }[] {
    return Array.from({ length: this.count }, (_, slot) => this.on(slot).map((chunk) => ({ slot, chunk }))).flat();
  }
  /** pcpu_size_to_slot */
  ofSize(size: number): number {
    return size === this.unitSize ? this.free : slotOfBytes(size);
  }
  /** pcpu_chunk_slot */
  of(chunk: number): number {
    const { chunks } = this;
    const contig = chunks.hints.getContig(chunks.md(chunk));
    if (chunks.freeBytes(chunk) < PCPU_MIN_ALLOC_SIZE || contig === 0) return 0;
    return this.ofSize(contig * PCPU_MIN_ALLOC_SIZE);
  }
  /** __pcpu_chunk_move */
  move(chunk: number, slot: number, front = true): void {
    if (chunk === this.reserved()) return;
    const entry = this.chunks.list(chunk);
    this.lists.unlink(entry);
    if (front) this.lists.add(entry, this.head(slot));
    else this.lists.addTail(entry, this.head(slot));
  }
  /** pcpu_chunk_relocate: what was in `old` goes where it belongs now: to the front of a higher slot, to the end of a lower one. */
  relocate(chunk: number, old: number): void {
    const slot = this.of(chunk);
    if (this.chunks.isolated(chunk)) return;
    if (old !== slot) this.move(chunk, slot, old < slot);
  }

  // ---------------------------------------------------------------- empty pages
  get emptyPages(): number {
    return this.chunks.m.get32(this.vars.nrEmptyPopPages);
  }
  private addEmptyPages(pages: number): void {
    this.chunks.m.set32(this.vars.nrEmptyPopPages, this.emptyPages + pages);
  }
  get populatedPages(): number {
    return this.chunks.m.getLong(this.vars.nrPopulated);
  }
  addPopulatedPages(pages: number): void {
    this.chunks.m.setLong(this.vars.nrPopulated, this.populatedPages + pages);
  }
  /** pcpu_update_empty_pages */
  countEmpty(chunk: number, pages: number): void {
    const { chunks } = this;
    chunks.setEmpty(chunk, chunks.empty(chunk) + pages);
    if (chunk !== this.reserved() && !chunks.isolated(chunk)) this.addEmptyPages(pages);
  }
  /** pcpu_isolate_chunk: the worker is to take its empty pages back. */
  isolate(chunk: number): void {
    const { chunks } = this;
    if (!chunks.isolated(chunk)) {
      chunks.setIsolated(chunk, true);
      this.addEmptyPages(-chunks.empty(chunk));
    }
    this.move(chunk, this.toDepopulate);
  }
  /** pcpu_reintegrate_chunk: it serves requests again. */
  reintegrate(chunk: number): void {
    const { chunks } = this;
    if (!chunks.isolated(chunk)) return;
    chunks.setIsolated(chunk, false);
    this.addEmptyPages(chunks.empty(chunk));
    this.relocate(chunk, -1);
  }
  /** pcpu_chunk_populated, pcpu_chunk_depopulated: pages start … end − 1 of a chunk have memory behind them, or no longer. */
  setPopulated(chunk: number, start: number, end: number, populated: boolean): void {
    const { chunks } = this;
    const { bitmaps } = chunks;
    const pages = end - start;
    if (populated) bitmaps.set(chunks.populated(chunk), start, pages);
    else bitmaps.clear(chunks.populated(chunk), start, pages);
    const change = populated ? pages : -pages;
    chunks.setBacked(chunk, chunks.backed(chunk) + change);
    this.addPopulatedPages(change);
    this.countEmpty(chunk, change);
  }
  /** Bytes that a chunk of `pages` pages takes, with its bitmap of backed pages. */
  chunkBytes(pages: number): number {
    return this.chunks.fixedSize + longs(pages, this.chunks.m.wordSize);
  }
  get unitPages(): number {
    return this.unitSize / PAGE_SIZE;
  }
}

/** Bytes of a bitmap: whole unsigned longs. */
export const longs = (bits: number, wordSize: number): number => Math.ceil(bits / (8 * wordSize)) * wordSize;
