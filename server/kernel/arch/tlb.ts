/**
 * The processors' translation lookaside buffers (arch/x86/mm/tlb.c: flush_tlb_kernel_range, flush_tlb_all, flush_tlb_one_kernel, 6.1). What
 * running code has translated by the page tables stays translated like that until the entry is flushed or makes room, whatever the tables
 * say by then. Linear ranges are translated without tables, and are not in here.
 *
 * A buffer is memory of the emulator's, not of the kernel's: a variable for each CPU.
 */
import type { Memory } from '../../memory/memory';
import { NOT_PRESENT, NOT_WRITABLE, type PageWalk } from '../../memory/space';
import { PAGE_SIZE } from '../../types/pageSize';

/** entries of a buffer: each page has one place in it */
const TLB_ENTRIES = 64;
/** words of an entry: the page's number, its upper bits with these flags, the frame, nothing */
const ENTRY_WORDS = 4;
/** words of a buffer */
export const TLB_WORDS = TLB_ENTRIES * ENTRY_WORDS;
const VALID = 0x100;
const WRITABLE = 0x200;
const TWO32 = 0x1_0000_0000;
/** tlb_single_page_flush_ceiling: of more pages, everything is flushed */
const SINGLE_PAGE_FLUSH_CEILING = 33;

interface Parts {
  readonly mem: Memory;
  readonly walk: PageWalk;
  /** bits of a virtual address that are translated */
  readonly bits: number;
  /** index in mem.words of each CPU's buffer */
  readonly buffers: readonly number[];
  /** the CPU that runs: an index, or a larger number if there is none */
  readonly cpu: () => number;
  /** an access goes on through an entry that the tables do not have any more */
  readonly onStale: (address: number, write: boolean) => void;
}

export class Tlbs implements PageWalk {
  /** The machine runs: accesses of someone who looks at it are translated by the tables. Set and reset within a step. */
  active = false;
  private readonly span: number;

  constructor(private readonly k: Parts) {
    this.span = 2 ** k.bits;
  }
  private pageOf(va: number): number {
    return Math.floor((va < 0 ? va + this.span : va) / PAGE_SIZE);
  }
  private entryOf(buffer: number, page: number): number {
    return buffer + (page % TLB_ENTRIES) * ENTRY_WORDS;
  }
  private holds(entry: number, page: number): boolean {
    const { words } = this.k.mem;
    const flags = Math.floor(page / TWO32) | VALID;
    return words[entry] === (page | 0) && ((words[entry + 1] as number) & ~WRITABLE) === flags;
  }

  /** The translation of an access by the CPU that runs. */
  phys(va: number, write: boolean): number {
    const { mem, walk, buffers, cpu } = this.k;
    const walked = walk.phys(va, write);
    const buffer = buffers[cpu()];
    if (buffer === undefined || mem.journal.readOnly) return walked;
    const page = this.pageOf(va);
    const entry = this.entryOf(buffer, page);
    if (this.holds(entry, page)) {
      const cached = (mem.words[entry + 2] as number) * PAGE_SIZE + (va - Math.floor(va / PAGE_SIZE) * PAGE_SIZE);
      if (!write || (mem.words[entry + 1] as number) & WRITABLE) {
        if (cached !== walked) this.k.onStale(va, write);
        return cached;
      }
      // a fault that the tables do not confirm is followed by a new walk (spurious_kernel_fault)
    }
    if (walked === NOT_PRESENT || walked === NOT_WRITABLE) return walked;
    const writable = write || walk.phys(va, true) >= 0;
    mem.set(entry, page | 0);
    mem.set(entry + 1, Math.floor(page / TWO32) | VALID | (writable ? WRITABLE : 0));
    mem.set(entry + 2, Math.floor(walked / PAGE_SIZE));
    return walked;
  }

  // ---------------------------------------------------------------- flushes
  private drop(entry: number): void {
    this.k.mem.setChanged(entry + 1, 0);
  }
  /** flush_tlb_all: on all CPUs. */
  flushAll(): void {
    for (const buffer of this.k.buffers) this.flushBuffer(buffer);
  }
  /** __flush_tlb_all: on the CPU that runs. */
  flushLocal(): void {
    const buffer = this.k.buffers[this.k.cpu()];
    if (buffer !== undefined) this.flushBuffer(buffer);
  }
  private flushBuffer(buffer: number): void {
    for (let i = 0; i < TLB_ENTRIES; i++) this.drop(buffer + i * ENTRY_WORDS);
  }
  /** flush_tlb_kernel_range: on all CPUs, page by page unless there are many. */
  flushRange(start: number, end: number): void {
    if (end - start > SINGLE_PAGE_FLUSH_CEILING * PAGE_SIZE) {
      this.flushAll();
      return;
    }
    for (let va = start; va < end; va += PAGE_SIZE) for (const buffer of this.k.buffers) this.flushPage(buffer, va);
  }
  /** flush_tlb_one_kernel: a page, on the CPU that runs. */
  flushOne(va: number): void {
    const buffer = this.k.buffers[this.k.cpu()];
    if (buffer !== undefined) this.flushPage(buffer, va);
  }
  private flushPage(buffer: number, va: number): void {
    const page = this.pageOf(va);
    const entry = this.entryOf(buffer, page);
    if (this.holds(entry, page)) this.drop(entry);
  }
}
