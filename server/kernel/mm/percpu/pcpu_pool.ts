/**
 * The chunks of per-CPU memory and how one is chosen for a request (mm/percpu.c, 6.1). Boot allocates from it before there is a slab
 * allocator; what makes more chunks is percpu.ts.
 */
import type { Memory } from '../../../memory/memory';
import type { Layouts } from '../../../types/layout';
import { PAGE_SIZE } from '../../../types/pageSize';
import { Lists } from '../../lib/list';
import type { PoisonPointers } from '../../lib/poison';
import type { StructMemory } from '../../lib/struct_memory';
import { Chunks } from './chunk';
import { ChunkAreas } from './chunk_area';
import { ChunkSlots } from './chunk_slots';
import { type PcpuVariable, setupFirstChunk } from './first_chunk';
import { alignUp, PCPU_MIN_ALLOC_SIZE, PCPU_MIN_UNIT_SIZE, type PcpuUnits } from './pcpu_units';

/** a chunk of a slot below this one that has no place for a request goes to the slot of full ones */
const PCPU_SLOT_FAIL_THRESHOLD = 3;

/** chunks of a list that are looked at: one that has become a circle has no end */
const MAX_CHUNKS = 65536;

/** A place in a chunk: the chunk, and the byte in each unit. */
export interface PcpuArea {
  readonly chunk: number;
  readonly offset: number;
}
export interface PoolParts {
  readonly m: StructMemory;
  readonly mem: Memory;
  readonly layouts: Layouts;
  readonly poison: PoisonPointers;
  readonly units: PcpuUnits;
  /** address of a variable of mm/percpu.c */
  readonly variable: (name: PcpuVariable) => number;
  /** memblock_alloc */
  readonly take: (bytes: number) => number;
}

export class PcpuPool {
  readonly m: StructMemory;
  readonly units: PcpuUnits;
  readonly chunks: Chunks;
  readonly slots: ChunkSlots;
  readonly areas: ChunkAreas;
  readonly variable: (name: PcpuVariable) => number;

  /** pcpu_setup_first_chunk */
  constructor({ m, mem, layouts, poison, units, variable, take }: PoolParts) {
    this.m = m;
    this.units = units;
    this.variable = variable;
    this.chunks = new Chunks(m, mem, layouts);
    this.slots = new ChunkSlots(
      this.chunks,
      new Lists(m, poison),
      units.unitSize,
      {
        lists: variable('pcpu_chunk_lists'),
        nrEmptyPopPages: variable('pcpu_nr_empty_pop_pages'),
        nrPopulated: variable('pcpu_nr_populated'),
      },
      () => this.reserved,
    );
    this.areas = new ChunkAreas(this.chunks, this.slots);
    setupFirstChunk({ chunks: this.chunks, areas: this.areas, slots: this.slots, units, variable, take });
  }
  /** pcpu_first_chunk and pcpu_reserved_chunk: addresses of chunks, 0 for none */
  get first(): number {
    return this.m.getLong(this.variable('pcpu_first_chunk'));
  }
  get reserved(): number {
    return this.m.getLong(this.variable('pcpu_reserved_chunk'));
  }

  /** Whether the allocator takes a request: `size` and `align` as `rounded` gives them. */
  takes(size: number, align: number): boolean {
    return size > 0 && size <= PCPU_MIN_UNIT_SIZE && align <= PAGE_SIZE && Number.isInteger(Math.log2(align));
  }
  /** Size and alignment are at least a step of the bitmaps. */
  rounded(size: number, align: number): { size: number; align: number } {
    const bytes = alignUp(size, PCPU_MIN_ALLOC_SIZE) % 2 ** (8 * this.m.wordSize);
    return { size: bytes, align: Math.max(align, PCPU_MIN_ALLOC_SIZE) };
  }
  /** Takes a place from a chunk; undefined if no chunk has one. `populated`: only where there is memory already. */
  find(size: number, align: number, populated: boolean): PcpuArea | undefined {
    const { slots, areas } = this;
    const bits = size / PCPU_MIN_ALLOC_SIZE;
    const bitAlign = align / PCPU_MIN_ALLOC_SIZE;
    for (let slot = slots.ofSize(size); slot <= slots.free; slot++) {
      const head = slots.head(slot);
      let left = MAX_CHUNKS;
      for (let entry = slots.lists.next(head), next = 0; entry !== head && left > 0; entry = next, left--) {
        next = slots.lists.next(entry);
        const chunk = slots.ofEntry(entry);
        const start = areas.findBlockFit(chunk, bits, bitAlign, populated);
        if (start < 0) {
          if (slot < PCPU_SLOT_FAIL_THRESHOLD) slots.move(chunk, 0);
          continue;
        }
        const offset = areas.alloc(chunk, bits, bitAlign, start);
        if (offset < 0) continue;
        slots.reintegrate(chunk);
        return { chunk, offset };
      }
    }
    return undefined;
  }
  /** The same in the part that is reserved for modules. */
  findReserved(size: number, align: number, populated: boolean): PcpuArea | undefined {
    const { areas, reserved: chunk } = this;
    const bits = size / PCPU_MIN_ALLOC_SIZE;
    const bitAlign = align / PCPU_MIN_ALLOC_SIZE;
    const start = areas.findBlockFit(chunk, bits, bitAlign, populated);
    const offset = start < 0 ? -1 : areas.alloc(chunk, bits, bitAlign, start);
    return offset < 0 ? undefined : { chunk, offset };
  }
  /** pcpu_chunk_addr: where a page of a CPU's unit of a chunk is. */
  address(chunk: number, cpu: number, page = 0): number {
    return this.chunks.base(chunk) + (this.units.unitOffsets[cpu] as number) + page * PAGE_SIZE;
  }
  /** Zeroes every CPU's copy. */
  clear({ chunk, offset }: PcpuArea, size: number): void {
    for (let cpu = 0; cpu < this.units.cpus; cpu++) this.m.space.fill(this.address(chunk, cpu) + offset, size, 0);
  }
  /** __addr_to_pcpu_ptr: the per-CPU pointer of a place. */
  pointer({ chunk, offset }: PcpuArea): number {
    return this.wrap(this.chunks.base(chunk) + offset - this.units.base + this.units.start);
  }
  /** __pcpu_ptr_to_addr */
  addressOfPointer(ptr: number): number {
    return this.wrap(ptr - this.units.start + this.units.base);
  }
  /** Arithmetic on addresses of 32 bits wraps. */
  private wrap(address: number): number {
    return this.m.wordSize === 4 ? address >>> 0 : address;
  }
  /** alloc_percpu as boot calls it, from the first chunk: a per-CPU pointer. */
  bootAlloc(bytes: number, alignment: number): number {
    const { size, align } = this.rounded(bytes, alignment);
    const area = this.find(size, align, true);
    if (!area) throw new Error('the dynamic part of the per-CPU first chunk is full');
    this.clear(area, size);
    return this.pointer(area);
  }
}
