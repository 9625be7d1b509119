/** The geometry of per-CPU memory, fixed at boot, and the allocator's constants (mm/percpu.c, include/linux/percpu.h, 6.1). */
import { PAGE_SIZE } from '../../../types/pageSize';

/** bytes of a step of the bitmaps: every size and alignment is a multiple */
export const PCPU_MIN_ALLOC_SIZE = 4;
/** steps of a block, for which hints are kept: a page */
export const PCPU_BITMAP_BLOCK_BITS = PAGE_SIZE / PCPU_MIN_ALLOC_SIZE;
/** largest request, bytes */
export const PCPU_MIN_UNIT_SIZE = 32 << 10;
/** below so many empty backed pages the worker is woken; it fills up to the other */
export const PCPU_EMPTY_POP_PAGES_LOW = 2;
export const PCPU_EMPTY_POP_PAGES_HIGH = 4;

export interface PcpuUnits {
  readonly cpus: number;
  /** bytes of a CPU's unit of a chunk, and of what a group's part is aligned to */
  readonly unitSize: number;
  readonly atomSize: number;
  /** by CPU: where its unit is in a chunk, bytes from the chunk's base */
  readonly unitOffsets: readonly number[];
  /** CPUs of one node are a group: where its units begin, and how long they are together */
  readonly groupOffsets: readonly number[];
  readonly groupSizes: readonly number[];
  /** virtual address of the first chunk */
  readonly base: number;
  /** __per_cpu_start: what per-CPU addresses count from */
  readonly start: number;
  /** bytes of the parts of the first chunk: the kernel's variables, modules', and what is allocated from */
  readonly staticSize: number;
  readonly reservedSize: number;
  readonly dynSize: number;
}

/** The lowest multiple of `align` that is not below `n`. */
export const alignUp = (n: number, align: number): number => Math.ceil(n / align) * align;
/** __ffs: the number of the lowest bit that is set. */
export const ffs = (n: number): number => 31 - Math.clz32(n & -n);
