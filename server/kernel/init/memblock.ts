/**
 * The allocator of early boot: memory and its reserved parts, by node; allocates from the top down (mm/memblock.c, 6.1).
 * It exists in JavaScript only while the machine boots. What it reserved is recorded in the page descriptors.
 */
import { PAGE_SHIFT, PAGE_SIZE } from '../../types/pageSize';
import { MachineError } from '../arch/machine_config';
import type { NodeRange } from '../arch/memory_map';
import { subtract } from '../arch/memory_map';

/** A reserved range of frames and what it is for. */
interface Reservation {
  readonly name: string;
  /** pfns, end exclusive */
  readonly start: number;
  readonly end: number;
}
export interface Request {
  readonly name: string;
  /** bytes; rounded up to pages */
  readonly size: number;
  /** bytes, a multiple of the page size */
  readonly align?: number;
  /** node to take it from; another one if that is full */
  readonly node?: number;
  /** first pfn it must not reach */
  readonly below?: number;
}

export class Memblock {
  /** what boot has not given away yet; nobody asks for memory here in the run */
  private free: NodeRange[];
  readonly reserved: Reservation[] = [];

  constructor(present: readonly NodeRange[]) {
    this.free = [...present];
  }

  /** Takes frames start … end − 1 out, whatever they are. */
  reserve(name: string, start: number, end: number): void {
    this.free = this.free.flatMap((f) => subtract(f, { start, end }));
    this.reserved.push({ name, start, end });
  }
  /** Gives frames of a reservation back (the unused tail of a per-CPU unit). */
  release(start: number, end: number, node: number): void {
    this.free.push({ node, start, end });
    this.free.sort((a, b) => a.start - b.start);
    const at = this.reserved.findIndex((r) => r.start <= start && r.end >= end);
    const from = this.reserved[at];
    if (from) this.reserved.splice(at, 1, ...subtract(from, { start, end }));
  }
  /** The highest free frames that fit. Returns the first pfn. @throws MachineError if nothing fits */
  alloc(request: Request): number {
    const pages = Math.ceil(request.size / PAGE_SIZE);
    const align = Math.max(1, (request.align ?? PAGE_SIZE) >>> PAGE_SHIFT);
    const below = request.below ?? Number.POSITIVE_INFINITY;
    const highest = (node: number | undefined): number => {
      for (let i = this.free.length - 1; i >= 0; i--) {
        const f = this.free[i] as NodeRange;
        if (node !== undefined && f.node !== node) continue;
        const start = Math.floor((Math.min(f.end, below) - pages) / align) * align;
        if (start >= f.start) return start;
      }
      return -1;
    };
    let start = highest(request.node);
    if (start < 0) start = highest(undefined);
    if (start < 0) {
      throw new MachineError(
        `too little memory to boot: no ${pages} free pages for ${request.name}; give the machine more memory`,
      );
    }
    this.reserve(request.name, start, start + pages);
    return start;
  }
  /** The free ranges, ascending, which the buddy allocator gets. */
  freeRanges(): readonly NodeRange[] {
    const out: NodeRange[] = [];
    for (const f of [...this.free].sort((a, b) => a.start - b.start)) {
      const last = out[out.length - 1];
      if (last && last.end === f.start && last.node === f.node) out[out.length - 1] = { ...last, end: f.end };
      else out.push(f);
    }
    return out;
  }
}
