/** struct pcpu_chunk in emulated memory, by its virtual address: its fields, its blocks and its bitmaps (mm/percpu-internal.h, 6.1). */
import type { Memory } from '../../../memory/memory';
import type { Layouts } from '../../../types/layout';
import { PAGE_SIZE } from '../../../types/pageSize';
import type { StructMemory } from '../../lib/struct_memory';
import { Bitmaps } from './bitmap';
import { BlockHints } from './block_md';
import { PCPU_BITMAP_BLOCK_BITS } from './pcpu_units';

const TAG = 'pcpu_chunk';

export class Chunks {
  readonly bitmaps: Bitmaps;
  readonly hints: BlockHints;
  /** bytes of a chunk in front of its bitmap of backed pages */
  readonly fixedSize: number;
  readonly listOffset: number;
  private readonly freeBytesAt: number;
  private readonly mdAt: number;
  private readonly baseAt: number;
  private readonly allocMapAt: number;
  private readonly boundMapAt: number;
  private readonly blocksAt: number;
  private readonly dataAt: number;
  private readonly immutableAt: number;
  private readonly isolatedAt: number;
  private readonly startOffsetAt: number;
  private readonly endOffsetAt: number;
  private readonly cgroupsAt: number;
  private readonly pagesAt: number;
  private readonly populatedCountAt: number;
  private readonly emptyAt: number;
  private readonly populatedAt: number;

  constructor(
    readonly m: StructMemory,
    mem: Memory,
    layouts: Layouts,
  ) {
    this.bitmaps = new Bitmaps(mem, m.space);
    this.hints = new BlockHints(m, layouts.size('pcpu_block_md'));
    const at = (field: string): number => layouts.offset(TAG, field);
    this.listOffset = at('list');
    this.freeBytesAt = at('free_bytes');
    this.mdAt = at('chunk_md');
    this.baseAt = at('base_addr');
    this.allocMapAt = at('alloc_map');
    this.boundMapAt = at('bound_map');
    this.blocksAt = at('md_blocks');
    this.dataAt = at('data');
    this.immutableAt = at('immutable');
    this.isolatedAt = at('isolated');
    this.startOffsetAt = at('start_offset');
    this.endOffsetAt = at('end_offset');
    this.cgroupsAt = at('obj_cgroups');
    this.pagesAt = at('nr_pages');
    this.populatedCountAt = at('nr_populated');
    this.emptyAt = at('nr_empty_pop_pages');
    this.populatedAt = at('populated');
    this.fixedSize = this.populatedAt;
  }

  list(chunk: number): number {
    return chunk + this.listOffset;
  }
  /** chunk_md */
  md(chunk: number): number {
    return chunk + this.mdAt;
  }
  /** populated */
  populated(chunk: number): number {
    return chunk + this.populatedAt;
  }
  base(chunk: number): number {
    return this.m.getLong(chunk + this.baseAt);
  }
  setBase(chunk: number, va: number): void {
    this.m.setLong(chunk + this.baseAt, va);
  }
  allocMap(chunk: number): number {
    return this.m.getLong(chunk + this.allocMapAt);
  }
  boundMap(chunk: number): number {
    return this.m.getLong(chunk + this.boundMapAt);
  }
  blocks(chunk: number): number {
    return this.m.getLong(chunk + this.blocksAt);
  }
  cgroups(chunk: number): number {
    return this.m.getLong(chunk + this.cgroupsAt);
  }
  setMaps(chunk: number, allocMap: number, boundMap: number, blocks: number): void {
    this.m.setLong(chunk + this.allocMapAt, allocMap);
    this.m.setLong(chunk + this.boundMapAt, boundMap);
    this.m.setLong(chunk + this.blocksAt, blocks);
  }
  setCgroups(chunk: number, va: number): void {
    this.m.setLong(chunk + this.cgroupsAt, va);
  }
  /** data: the areas of addresses that it is mapped in */
  data(chunk: number): number {
    return this.m.getLong(chunk + this.dataAt);
  }
  setData(chunk: number, va: number): void {
    this.m.setLong(chunk + this.dataAt, va);
  }
  freeBytes(chunk: number): number {
    return this.m.get32(chunk + this.freeBytesAt);
  }
  setFreeBytes(chunk: number, bytes: number): void {
    this.m.set32(chunk + this.freeBytesAt, bytes);
  }
  immutable(chunk: number): boolean {
    return this.m.space.read8(chunk + this.immutableAt) !== 0;
  }
  setImmutable(chunk: number): void {
    this.m.space.write8(chunk + this.immutableAt, 1);
  }
  isolated(chunk: number): boolean {
    return this.m.space.read8(chunk + this.isolatedAt) !== 0;
  }
  setIsolated(chunk: number, isolated: boolean): void {
    this.m.space.write8(chunk + this.isolatedAt, isolated ? 1 : 0);
  }
  startOffset(chunk: number): number {
    return this.m.get32(chunk + this.startOffsetAt);
  }
  endOffset(chunk: number): number {
    return this.m.get32(chunk + this.endOffsetAt);
  }
  setOffsets(chunk: number, start: number, end: number): void {
    this.m.set32(chunk + this.startOffsetAt, start);
    this.m.set32(chunk + this.endOffsetAt, end);
  }
  pages(chunk: number): number {
    return this.m.get32(chunk + this.pagesAt);
  }
  setPages(chunk: number, pages: number): void {
    this.m.set32(chunk + this.pagesAt, pages);
  }
  /** nr_populated */
  backed(chunk: number): number {
    return this.m.get32(chunk + this.populatedCountAt);
  }
  setBacked(chunk: number, pages: number): void {
    this.m.set32(chunk + this.populatedCountAt, pages);
  }
  /** nr_empty_pop_pages */
  empty(chunk: number): number {
    return this.m.get32(chunk + this.emptyAt);
  }
  setEmpty(chunk: number, pages: number): void {
    this.m.set32(chunk + this.emptyAt, pages);
  }

  /** pcpu_chunk_map_bits */
  bits(chunk: number): number {
    return this.pages(chunk) * PCPU_BITMAP_BLOCK_BITS;
  }
  /** The hints of a block. */
  block(chunk: number, index: number): number {
    return this.blocks(chunk) + index * this.hints.size;
  }
  /** pcpu_index_alloc_map: the bitmap of a block */
  blockMap(chunk: number, index: number): number {
    return this.allocMap(chunk) + (index * PCPU_BITMAP_BLOCK_BITS) / 8;
  }
  /** pcpu_addr_in_chunk */
  holds(chunk: number, va: number): boolean {
    const base = this.base(chunk);
    return va >= base + this.startOffset(chunk) && va < base + this.pages(chunk) * PAGE_SIZE - this.endOffset(chunk);
  }
}
