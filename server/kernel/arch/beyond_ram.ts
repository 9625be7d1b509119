/**
 * Emulated memory behind the machine's RAM, for what a real kernel would take from its RAM in order to check itself: shadow memory, call
 * traces, tables of allocations. So a machine has the same free pages with and without its checks.
 */
import type { Memory } from '../../memory/memory';
import { PAGE_SIZE } from '../../types/pageSize';

/** how far behind the RAM a large range of addresses begins: the small ones have room before it */
const FAR = 64 * 2 ** 30;

export class BeyondRam {
  /** next free byte; used before the run only */
  private next: number;
  private readonly far: number;

  constructor(
    private readonly mem: Memory,
    endPfn: number,
  ) {
    this.next = endPfn * PAGE_SIZE;
    this.far = this.next + FAR;
  }
  /** Zeroed, contiguous physical bytes, from a page boundary on; they cost nothing until they are written. */
  take(bytes: number): number {
    const phys = this.next;
    this.next = phys + Math.ceil(bytes / PAGE_SIZE) * PAGE_SIZE;
    this.mem.addRam(phys, this.next);
    return phys;
  }
  /** The one range that is larger than all memory may be: the shadow of the vmalloc area, of which little is used. */
  takeFar(bytes: number): number {
    this.mem.addRam(this.far, this.far + bytes);
    return this.far;
  }
}
