/**
 * What serves allocations of the first chunk: its dynamic part, and the part that is reserved for modules (mm/percpu.c:
 * pcpu_setup_first_chunk, pcpu_alloc_first_chunk, 6.1). The journal is off.
 */
import type { CType } from '../../../types/ctype';
import { PAGE_SIZE } from '../../../types/pageSize';
import type { Chunks } from './chunk';
import type { ChunkAreas } from './chunk_area';
import { type ChunkSlots, longs } from './chunk_slots';
import { alignUp, PCPU_BITMAP_BLOCK_BITS, PCPU_MIN_ALLOC_SIZE, type PcpuUnits } from './pcpu_units';

/** name → C type; zero at first */
export const PCPU_VARIABLES = {
  pcpu_unit_pages: 'int',
  pcpu_unit_size: 'int',
  pcpu_nr_units: 'int',
  pcpu_atom_size: 'int',
  pcpu_nr_slots: 'int',
  pcpu_sidelined_slot: 'int',
  pcpu_free_slot: 'int',
  pcpu_to_depopulate_slot: 'int',
  pcpu_chunk_struct_size: 'size_t',
  pcpu_base_addr: 'void *',
  pcpu_unit_offsets: 'unsigned long *',
  pcpu_nr_groups: 'int',
  pcpu_group_offsets: 'unsigned long *',
  pcpu_group_sizes: 'size_t *',
  pcpu_chunk_lists: 'struct list_head *',
  pcpu_first_chunk: 'struct pcpu_chunk *',
  pcpu_reserved_chunk: 'struct pcpu_chunk *',
  pcpu_nr_empty_pop_pages: 'int',
  pcpu_nr_populated: 'unsigned long',
  pcpu_balance_work: 'struct work_struct',
  pcpu_async_enabled: 'bool',
  pcpu_atomic_alloc_failed: 'bool',
  /** static variables of pcpu_get_pages and pcpu_alloc */
  pcpu_pages: 'struct page **',
  pcpu_warn_limit: 'int',
} as const;
export type PcpuVariable = keyof typeof PCPU_VARIABLES;
/** failures that pcpu_alloc tells of */
const WARN_LIMIT = 10;

export interface FirstChunkParts {
  readonly chunks: Chunks;
  readonly areas: ChunkAreas;
  readonly slots: ChunkSlots;
  readonly units: PcpuUnits;
  /** address of a variable of mm/percpu.c */
  readonly variable: (name: PcpuVariable) => number;
  /** memblock_alloc: the virtual address of so many zeroed bytes, aligned to a cache line */
  readonly take: (bytes: number) => number;
}

/** Places the variables of mm/percpu.c. Returns the address of one by its name. */
export function definePcpuVariables(
  define: (name: string, type: CType) => number,
  parseType: (text: string) => CType,
): (name: PcpuVariable) => number {
  const at = new Map<string, number>(
    Object.entries(PCPU_VARIABLES).map(([name, type]) => [name, define(name, parseType(type))]),
  );
  return (name) => {
    const va = at.get(name);
    if (va === undefined) throw new Error(`mm/percpu.c has no variable ${name}`);
    return va;
  };
}

/** pcpu_setup_first_chunk */
export function setupFirstChunk(parts: FirstChunkParts): void {
  const { chunks, slots, units, variable, take } = parts;
  const { unitSize, groupOffsets, groupSizes, base, staticSize, reservedSize, dynSize } = units;
  const { wordSize } = chunks.m;
  const array = (values: readonly number[]): number => {
    const at = take(values.length * wordSize);
    for (const [i, value] of values.entries()) chunks.m.setLong(at + i * wordSize, value);
    return at;
  };
  const unitPages = unitSize / PAGE_SIZE;
  const values: Readonly<Partial<Record<PcpuVariable, number>>> = {
    pcpu_nr_groups: groupSizes.length,
    pcpu_group_offsets: array(groupOffsets),
    pcpu_group_sizes: array(groupSizes),
    pcpu_unit_offsets: array(units.unitOffsets),
    pcpu_unit_pages: unitPages,
    pcpu_unit_size: unitSize,
    pcpu_nr_units: groupSizes.reduce((sum, bytes) => sum + bytes / unitSize, 0),
    pcpu_atom_size: units.atomSize,
    pcpu_chunk_struct_size: slots.chunkBytes(unitPages),
    pcpu_nr_slots: slots.count,
    pcpu_sidelined_slot: slots.sidelined,
    pcpu_free_slot: slots.free,
    pcpu_to_depopulate_slot: slots.toDepopulate,
    pcpu_chunk_lists: take(slots.count * 2 * wordSize),
    pcpu_base_addr: base,
    pcpu_warn_limit: WARN_LIMIT,
  };
  const write = (name: PcpuVariable, value: number): void => {
    if (PCPU_VARIABLES[name] === 'int') chunks.m.set32(variable(name), value);
    else chunks.m.setLong(variable(name), value);
  };
  for (const [name, value] of Object.entries(values)) write(name as PcpuVariable, value);
  slots.init();
  const dynamic = staticSize + reservedSize;
  // the reserved chunk is known before the other one takes part in the counts
  if (reservedSize > 0) write('pcpu_reserved_chunk', allocFirstChunk(parts, base + staticSize, reservedSize));
  const first = allocFirstChunk(parts, base + dynamic, dynSize);
  write('pcpu_first_chunk', first);
  write('pcpu_nr_empty_pop_pages', chunks.empty(first));
  slots.relocate(first, -1);
  slots.addPopulatedPages((staticSize + reservedSize + dynSize) / PAGE_SIZE);
}

/** pcpu_alloc_first_chunk: a chunk over `size` bytes from `start` on. The rest of its first and last page counts as taken. */
function allocFirstChunk({ chunks, areas, slots, take }: FirstChunkParts, start: number, size: number): number {
  const { m, bitmaps } = chunks;
  const startOffset = start - Math.floor(start / PAGE_SIZE) * PAGE_SIZE;
  const bytes = alignUp(startOffset + size, PAGE_SIZE);
  const pages = bytes / PAGE_SIZE;
  const bits = pages * PCPU_BITMAP_BLOCK_BITS;
  const endOffset = bytes - startOffset - size;
  const chunk = take(slots.chunkBytes(pages));
  slots.lists.init(chunks.list(chunk));
  chunks.setBase(chunk, start - startOffset);
  chunks.setOffsets(chunk, startOffset, endOffset);
  chunks.setPages(chunk, pages);
  chunks.setMaps(
    chunk,
    take(longs(bits, m.wordSize)),
    take(longs(bits + 1, m.wordSize)),
    take(pages * chunks.hints.size),
  );
  initBlocks(chunks, chunk);
  chunks.setImmutable(chunk);
  bitmaps.set(chunks.populated(chunk), 0, pages);
  chunks.setBacked(chunk, pages);
  chunks.setEmpty(chunk, pages);
  chunks.setFreeBytes(chunk, size);
  const hide = (at: number, count: number): void => {
    bitmaps.set(chunks.allocMap(chunk), at, count);
    bitmaps.set(chunks.boundMap(chunk), at, 1);
    bitmaps.set(chunks.boundMap(chunk), at + count, 1);
    if (at === 0) chunks.hints.setFirst(chunks.md(chunk), count);
    areas.hints.allocated(chunk, at, count);
  };
  if (startOffset !== 0) hide(0, startOffset / PCPU_MIN_ALLOC_SIZE);
  if (endOffset !== 0) hide(bits - endOffset / PCPU_MIN_ALLOC_SIZE, endOffset / PCPU_MIN_ALLOC_SIZE);
  return chunk;
}

/** pcpu_init_md_blocks: all of a chunk is free. */
export function initBlocks(chunks: Chunks, chunk: number): void {
  chunks.hints.init(chunks.md(chunk), chunks.bits(chunk));
  for (let i = 0; i < chunks.pages(chunk); i++) chunks.hints.init(chunks.block(chunk, i), PCPU_BITMAP_BLOCK_BITS);
}
