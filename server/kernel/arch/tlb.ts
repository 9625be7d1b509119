/**
 * The processors' translation lookaside buffers (arch/x86/mm/tlb.c: flush_tlb_kernel_range, flush_tlb_all, flush_tlb_one_kernel, 6.1). What
 * running code has translated by the page tables stays translated like that until the entry is flushed or makes room, whatever the tables
 * say by then. Linear ranges are translated without tables, and are not in here.
 *
 * A buffer is memory of the emulator's, not of the kernel's: a variable for each CPU.
 */
import type { Memory } from '../../memory/memory';
import { NOT_PRESENT, NOT_WRITABLE, type PageWalk } from '../../memory/space';
import { _PAGE_GLOBAL } from '../../profiles/commonConstants';
import { PAGE_SIZE } from '../../types/pageSize';

/** entries of a buffer: each page has one place in it */
const TLB_ENTRIES = 64;
/** words of an entry: the page's number, its upper bits with these flags, the frame, nothing */
const ENTRY_WORDS = 4;
/** words of a buffer */
export const TLB_WORDS = TLB_ENTRIES * ENTRY_WORDS;
const VALID = 0x100;
const WRITABLE = 0x200;
const GLOBAL = 0x400;
const TWO32 = 0x1_0000_0000;
/** tlb_single_page_flush_ceiling: of more pages, everything is flushed */
const SINGLE_PAGE_FLUSH_CEILING = 33;

interface Parts {
  readonly mem: Memory;
  readonly walk: WalkFrom;
  /** bits of a virtual address that are translated */
  readonly bits: number;
  /** index in mem.words of each CPU's buffer */
  readonly buffers: readonly number[];
  /** index in mem.words of each CPU's register CR3, 64 bits: the physical address of the top level that it translates with */
  readonly cr3: readonly number[];
  /** the CPU that runs: an index, or a larger number if there is none */
  readonly cpu: () => number;
  /** an access goes on through an entry that the tables do not have any more */
  readonly onStale: (address: number, write: boolean) => void;
}

/** Page tables below any top level: arch/page_tables.ts */
interface WalkFrom {
  physFrom(pgd: number, va: number, write: boolean): number;
  walk(va: number, pgd: number): readonly { readonly low: number }[];
}
/** The part of the page fault handler that mends tables, so that the access is made again: mm/process/process_tables.ts */
export interface FaultHandler {
  /** An address is not mapped below `pgd`: whether it is now. */
  vmallocFault(va: number, pgd: number, write: boolean): boolean;
  /** The physical address that it would have then, for someone who only looks; NOT_PRESENT without one. */
  wouldMend(va: number, pgd: number): number;
}
const NO_HANDLER: FaultHandler = { vmallocFault: () => false, wouldMend: () => NOT_PRESENT };

export class Tlbs implements PageWalk {
  /** The machine runs: accesses of someone who looks at it are translated by the tables. Set and reset within a step. */
  active = false;
  /** set once, before the run */
  faults: FaultHandler = NO_HANDLER;
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
    return words[entry] === (page | 0) && ((words[entry + 1] as number) & ~(WRITABLE | GLOBAL)) === flags;
  }

  /** What the buffer of a CPU has for an address; undefined if it has nothing. */
  cached(cpu: number, va: number): { readonly pfn: number; readonly writable: boolean } | undefined {
    const buffer = this.k.buffers[cpu];
    const page = this.pageOf(va);
    if (buffer === undefined || !this.holds(this.entryOf(buffer, page), page)) return undefined;
    const { words } = this.k.mem;
    const entry = this.entryOf(buffer, page);
    return { pfn: words[entry + 2] as number, writable: ((words[entry + 1] as number) & WRITABLE) !== 0 };
  }

  // ---------------------------------------------------------------- CR3
  /** read_cr3_pa, of a CPU */
  cr3(cpu: number): number {
    const word = this.k.cr3[cpu] as number;
    const { words } = this.k.mem;
    return ((words[word] as number) >>> 0) + (words[word + 1] as number) * TWO32;
  }
  /** load_cr3: the CPU that runs translates with another top level. Its TLB keeps entries that are global, as the kernel's are. */
  loadCr3(pgd: number): void {
    const { mem, cr3, buffers, cpu } = this.k;
    const word = cr3[cpu()] as number;
    mem.set(word, pgd | 0);
    mem.setChanged(word + 1, Math.floor(pgd / TWO32));
    const buffer = buffers[cpu()] as number;
    for (let i = 0; i < TLB_ENTRIES; i++) {
      const entry = buffer + i * ENTRY_WORDS;
      if (!((mem.words[entry + 1] as number) & GLOBAL)) this.drop(entry);
    }
  }

  /** The translation of an access by the CPU that runs. */
  phys(va: number, write: boolean): number {
    const { mem, walk, buffers, cpu } = this.k;
    const buffer = buffers[cpu()];
    const pgd = buffer === undefined ? this.cr3(0) : this.cr3(cpu());
    let walked = walk.physFrom(pgd, va, write);
    if (buffer === undefined || mem.journal.readOnly)
      return walked === NOT_PRESENT ? this.faults.wouldMend(va, pgd) : walked;
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
    if (walked === NOT_PRESENT && this.faults.vmallocFault(va, pgd, write)) walked = walk.physFrom(pgd, va, write);
    if (walked === NOT_PRESENT || walked === NOT_WRITABLE) return walked;
    const writable = write || walk.physFrom(pgd, va, true) >= 0;
    const isGlobal = (walk.walk(va, pgd).at(-1)?.low ?? 0) & _PAGE_GLOBAL;
    mem.set(entry, page | 0);
    const flags = VALID | (writable ? WRITABLE : 0) | (isGlobal ? GLOBAL : 0);
    mem.set(entry + 1, Math.floor(page / TWO32) | flags);
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
  /** Everything in the buffer of one CPU. */
  flushCpu(cpu: number): void {
    this.flushBuffer(this.k.buffers[cpu] as number);
  }
  /** Whether a range is so large that everything is flushed. */
  isWhole(start: number, end: number): boolean {
    return end - start > SINGLE_PAGE_FLUSH_CEILING * PAGE_SIZE;
  }
  /** A range in the buffer of one CPU, page by page. */
  flushCpuRange(cpu: number, start: number, end: number): void {
    const buffer = this.k.buffers[cpu] as number;
    for (let va = start; va < end; va += PAGE_SIZE) this.flushPage(buffer, va);
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
    if (this.isWhole(start, end)) this.flushAll();
    else for (const cpu of this.k.buffers.keys()) this.flushCpuRange(cpu, start, end);
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
