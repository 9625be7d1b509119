/**
 * The kernel's page tables (init_mm) in emulated memory, as the processor walks them: four levels on x86_64, two on i386, three with PAE
 * (arch/x86/include/asm/pgtable_64.h, pgtable-2level.h, pgtable-3level.h; mm/vmalloc.c: vmap_pages_range_noflush, vunmap_range_noflush, 6.1).
 * A table is a page; an entry is its physical address with flags.
 */
import type { Memory } from '../../memory/memory';
import { NOT_PRESENT, NOT_WRITABLE, type PageWalk } from '../../memory/space';
import {
  _KERNPG_TABLE,
  _PAGE_ACCESSED,
  _PAGE_DIRTY,
  _PAGE_GLOBAL,
  _PAGE_PRESENT,
  _PAGE_PSE,
  _PAGE_RW,
  _PAGE_USER,
} from '../../profiles/commonConstants';
import type { Arch } from '../../types/ctype';
import { PAGE_SHIFT, PAGE_SIZE } from '../../types/pageSize';

const TWO32 = 0x1_0000_0000;
/** _PAGE_TABLE: flags of an entry that points to a table, which user code may use */
const PAGE_TABLE = _KERNPG_TABLE | _PAGE_USER;
const NX = 1n << 63n;
/** flags in the low word that two entries must share to be alike */
const COMPARED = (PAGE_SIZE - 1) & ~(_PAGE_ACCESSED | _PAGE_DIRTY);
/** the physical address in the high word of an entry of 64 bits */
export const HIGH_PFN = 0xfffff;
/** frames below 4 GiB: a frame's number modulo this is in the low word */
const PFNS_LOW = TWO32 / PAGE_SIZE;

type LevelName = 'pgd' | 'p4d' | 'pud' | 'pmd' | 'pte';
interface Level {
  readonly name: LevelName;
  /** bit of an address at which the level's index begins */
  readonly shift: number;
  readonly entries: number;
  /** an entry may map memory itself, with _PAGE_PSE */
  readonly large: boolean;
}
interface Geometry {
  readonly levels: readonly Level[];
  readonly entryBytes: 4 | 8;
  /** bits of a virtual address that are translated */
  readonly bits: number;
  /** the processor knows _PAGE_NX */
  readonly nx: boolean;
}
const level = (name: LevelName, shift: number, entries: number, large = false): Level => ({
  name,
  shift,
  entries,
  large,
});
/** Level 0 is the top. */
const GEOMETRY: Readonly<Record<Arch, Geometry>> = {
  x86_64: {
    levels: [level('pgd', 39, 512), level('pud', 30, 512, true), level('pmd', 21, 512, true), level('pte', 12, 512)],
    entryBytes: 8,
    bits: 48,
    nx: true,
  },
  i386_pae: {
    levels: [level('pgd', 30, 4), level('pmd', 21, 512, true), level('pte', 12, 512)],
    entryBytes: 8,
    bits: 32,
    nx: true,
  },
  i386: { levels: [level('pgd', 22, 1024, true), level('pte', 12, 1024)], entryBytes: 4, bits: 32, nx: false },
};

/** PTRS_PER_PGD */
export const pgdEntries = (arch: Arch): number => (GEOMETRY[arch].levels[0] as Level).entries;

/** One step of a walk: an entry, where it is, and its two words. */
export interface WalkStep {
  readonly level: number;
  /** physical address of the entry */
  readonly entry: number;
  readonly low: number;
  readonly high: number;
}

/** The processors' buffers of translations: arch/tlb.ts */
interface TlbFlushes {
  flushRange(start: number, end: number): void;
  flushAll(): void;
  flushOne(va: number): void;
  flushLocal(): void;
}
/** The top levels of processes, which have copies of init_mm's entries for the kernel: mm/process/process_tables.ts */
interface ProcessTables {
  /** init_mm has a new table for an address */
  tableAdded(va: number): void;
  /** an entry of init_mm's top level has changed */
  topChanged(entry: number): void;
}
/** With two levels only, what the copies can lack is an entry of the top level: below, processes share init_mm's tables. */
const NO_PROCESSES: ProcessTables = { tableAdded() {}, topChanged() {} };
/** Without processors that run there is nothing to flush. */
const NO_TLBS: TlbFlushes = { flushRange() {}, flushAll() {}, flushOne() {}, flushLocal() {} };

export class PageTables implements PageWalk {
  /** set once, at boot */
  tlbs: TlbFlushes = NO_TLBS;
  /** set once, before the run */
  processes: ProcessTables = NO_PROCESSES;
  readonly geometry: Geometry;
  /** PAGE_KERNEL, PAGE_KERNEL_EXEC: flags of memory that the kernel may write */
  readonly pageKernel: bigint;
  readonly pageKernelExec: bigint;
  private readonly shifts: readonly number[];
  private readonly counts: readonly number[];
  /** the bits of an index */
  private readonly masks: readonly number[];
  private readonly large: readonly boolean[];
  private readonly last: number;
  private readonly wide: boolean;
  /** addresses of one sign: what is added to negative ones */
  private readonly span: number;

  /**
   * @param pgd physical address of swapper_pg_dir, zero at first
   * @param takeTable a zeroed page for a table: its pfn, −1 if there is none
   */
  constructor(
    private readonly mem: Memory,
    arch: Arch,
    readonly pgd: number,
    private readonly takeTable: () => number,
  ) {
    const g = GEOMETRY[arch];
    this.geometry = g;
    this.shifts = g.levels.map((l) => l.shift);
    this.counts = g.levels.map((l) => l.entries);
    this.masks = this.counts.map((count) => count - 1);
    this.large = g.levels.map((l) => l.large);
    this.last = g.levels.length - 1;
    this.wide = g.entryBytes === 8;
    this.span = 2 ** g.bits;
    this.pageKernelExec = BigInt(_KERNPG_TABLE | _PAGE_GLOBAL);
    this.pageKernel = this.pageKernelExec | (g.nx ? NX : 0n);
  }

  /** Index of the last level. */
  get lastLevel(): number {
    return this.last;
  }
  /** Bytes that an entry of a level covers. */
  sizeOf(level: number): number {
    return 2 ** (this.shifts[level] as number);
  }
  /** Whether an entry of a level may map memory itself. */
  isLargeLevel(level: number): boolean {
    return this.large[level] as boolean;
  }
  /** Physical address of the entry for a virtual address in the table at physical `table`. */
  entryAt(table: number, level: number, va: number): number {
    const unsigned = va < 0 ? va + this.span : va;
    const shift = this.shifts[level] as number;
    const above = (unsigned / TWO32) | 0;
    const bits = shift < 32 ? ((unsigned | 0) >>> shift) | (above << (32 - shift)) : above >>> (shift - 32);
    return table + (bits & (this.masks[level] as number)) * (this.wide ? 8 : 4);
  }
  /** An entry as it is in memory. */
  read(level: number, entry: number): WalkStep {
    return { level, entry, low: this.mem.read32(entry), high: this.wide ? this.mem.read32(entry + 4) : 0 };
  }
  /** Whether an entry maps memory, and does not point to a table. */
  isLeaf({ level, low }: WalkStep): boolean {
    return level === this.last || ((this.large[level] as boolean) && (low & _PAGE_PSE) !== 0);
  }
  /**
   * The entries that the processor reads for an address, from the top; it stops at one that is not present or maps memory. `pgd`: physical
   * address of the top level, init_mm's unless given.
   */
  walk(va: number, pgd = this.pgd): WalkStep[] {
    const steps: WalkStep[] = [];
    let table = pgd;
    for (let level = 0; level <= this.last; level++) {
      const step = this.read(level, this.entryAt(table, level, va));
      steps.push(step);
      if (!(step.low & _PAGE_PRESENT) || this.isLeaf(step)) break;
      table = frameOf(step) * PAGE_SIZE;
    }
    return steps;
  }
  /** Whether an entry that points to a table names memory: one that was overwritten may not. */
  hasTable(step: WalkStep): boolean {
    return this.mem.isRam(frameOf(step) * PAGE_SIZE);
  }
  /**
   * What a table of a level maps, if all its entries are alike: adjacent memory with the same flags, but for the accessed and dirty bits, or
   * nothing (0n). Undefined for any other table.
   */
  alike(level: number, table: number): { readonly flags: bigint; readonly phys: number } | undefined {
    const { mem, wide } = this;
    const count = this.counts[level] as number;
    const size = this.sizeOf(level);
    const first = this.read(level, table);
    const isMapped = (first.low & _PAGE_PRESENT) !== 0;
    if (isMapped && !this.isLeaf(first)) return undefined;
    const word = mem.word(table);
    const { words } = mem;
    const phys = frameOf(first) * PAGE_SIZE;
    const [low, high] = [first.low & COMPARED, first.high & ~HIGH_PFN];
    for (let i = 1; i < count; i++) {
      const own = words[word + (wide ? 2 * i : i)] as number;
      if (!isMapped) {
        if (own & _PAGE_PRESENT) return undefined;
        continue;
      }
      const upper = wide ? (words[word + 2 * i + 1] as number) : 0;
      if ((own & COMPARED) !== low || (upper & ~HIGH_PFN) !== high) return undefined;
      if (((own & -PAGE_SIZE) >>> 0) + (upper & HIGH_PFN) * TWO32 !== phys + i * size) return undefined;
    }
    return isMapped ? { flags: flagsOf(first), phys } : { flags: 0n, phys: 0 };
  }
  /**
   * lookup_address: physical address of the entry that maps an address, or would; −1 if an entry on the way is empty. And its level as enum
   * pg_level counts: 1 for the last; with an empty entry that of the entry above it, 0 at the top of four levels.
   */
  lookup(va: number): { readonly entry: number; readonly level: number } {
    const last = this.walk(va).at(-1) as WalkStep;
    const level = this.last - last.level + 1;
    const isEmpty = (last.low & ~(_PAGE_ACCESSED | _PAGE_DIRTY)) === 0 && last.high === 0;
    if (last.level === this.last || !isEmpty) return { entry: last.entry, level };
    return { entry: -1, level: last.level === 0 && this.last === 3 ? 0 : level + 1 };
  }
  /** What the processor makes of an address: a physical address, NOT_PRESENT, or NOT_WRITABLE for a write that an entry forbids. */
  phys(va: number, write: boolean): number {
    return this.physFrom(this.pgd, va, write);
  }
  /** The same by the tables below another top level, at physical address `pgd`. */
  physFrom(pgd: number, va: number, write: boolean): number {
    const { mem, last, wide } = this;
    const half = this.span / 2;
    if (wide && last === 3 ? va >= half || va < -half : va < 0 || va >= this.span) return NOT_PRESENT;
    const unsigned = va < 0 ? va + this.span : va;
    // in 32-bit integers: this is a hot path
    const above = (unsigned / TWO32) | 0;
    const below = unsigned | 0;
    let table = pgd;
    let writable = true;
    for (let level = 0; ; level++) {
      const shift = this.shifts[level] as number;
      const bits = shift < 32 ? (below >>> shift) | (above << (32 - shift)) : above >>> (shift - 32);
      const entry = table + (bits & (this.masks[level] as number)) * (wide ? 8 : 4);
      const low = mem.read32(entry);
      if (!(low & _PAGE_PRESENT)) return NOT_PRESENT;
      // the four entries of a PAE directory have no such bit
      if (!(low & _PAGE_RW) && (this.counts[level] as number) > 4) writable = false;
      const high = wide ? (mem.read32(entry + 4) & HIGH_PFN) * TWO32 : 0;
      table = ((low & -PAGE_SIZE) >>> 0) + high;
      if (level === last) return write && !writable ? NOT_WRITABLE : table + (below & (PAGE_SIZE - 1));
      if (low & _PAGE_PSE && (this.large[level] as boolean)) {
        if (write && !writable) return NOT_WRITABLE;
        const size = 2 ** shift;
        return Math.floor(table / size) * size + (unsigned % size);
      }
    }
  }
  /** The frame that an address is mapped to; −1 if it is not mapped. */
  pfnAt(va: number): number {
    const phys = this.phys(va, false);
    return phys < 0 ? -1 : Math.floor(phys / PAGE_SIZE);
  }

  /** The entry of a level for an address, with tables on the way as far as they are missing; −1 if there is no memory for a table. */
  populate(va: number, level: number): number {
    let table = this.pgd;
    for (let l = 0; l < level; l++) {
      const step = this.read(l, this.entryAt(table, l, va));
      let next = frameOf(step);
      if (!(step.low & _PAGE_PRESENT)) {
        next = this.takeTable();
        if (next < 0) return -1;
        this.link(step.entry, l, next);
        if (l === 0 && this.last === 1) this.processes.tableAdded(va);
      }
      table = next * PAGE_SIZE;
    }
    return this.entryAt(table, level, va);
  }
  /** Makes an entry point to a table. A PAE page directory pointer has no flags but present. */
  link(entry: number, level: number, table: number, flags = PAGE_TABLE): void {
    this.setEntry(entry, table, BigInt(level === 0 && this.counts[0] === 4 ? _PAGE_PRESENT : flags));
  }
  /** virt_to_kpte: physical address of the last-level entry for an address; −1 where there is no table for it. */
  entry(va: number): number {
    const last = this.walk(va).at(-1) as WalkStep;
    return last.level === this.last ? last.entry : -1;
  }
  /** pte_alloc_kernel: the same, with tables on the way as far as they are missing; −1 if there is no memory for one. */
  allocEntry(va: number): number {
    return this.populate(va, this.last);
  }
  /**
   * Maps a page: set_pte, with tables on the way as far as they are missing. `prot`: the entry's flags. False if there is no memory for a
   * table.
   */
  map(va: number, pfn: number, prot: bigint): boolean {
    return this.mapRun(this.last, va, pfn, 1, prot);
  }
  /** The same for `count` entries of a level, for adjacent memory; above the last level with _PAGE_PSE (set_pmd, set_pud). */
  mapRun(level: number, va: number, pfn: number, count: number, prot: bigint): boolean {
    const size = this.sizeOf(level);
    const flags = level === this.last ? prot : prot | BigInt(_PAGE_PSE);
    for (let done = 0; done < count; ) {
      const at = va + done * size;
      const entry = this.populate(at, level);
      if (entry < 0) return false;
      const part = Math.min(count - done, this.restOfTable(level, entry));
      this.fill(entry, pfn + (done * size) / PAGE_SIZE, size / PAGE_SIZE, part, flags);
      done += part;
    }
    return true;
  }
  /** How many entries a table of a level has from one on. */
  restOfTable(level: number, entry: number): number {
    const count = this.counts[level] as number;
    return count - ((entry / this.geometry.entryBytes) % count);
  }
  /** pte_clear, pmd_clear: what is mapped at an address is not mapped any more. The tables stay. */
  unmap(va: number): void {
    const last = this.walk(va).at(-1);
    if (last === undefined || last.low === 0 || !this.isLeaf(last)) return;
    this.write(last.entry, 0, 0);
  }
  /**
   * Replaces an entry that maps memory by a table whose entries map the same with the same flags (split_large_page). False if there is no
   * memory for the table.
   */
  split(step: WalkStep): boolean {
    const table = this.takeTable();
    if (table < 0) return false;
    const next = step.level + 1;
    const flags = flagsOf(step) & ~(next === this.last ? BigInt(_PAGE_PSE) : 0n);
    this.fill(table * PAGE_SIZE, frameOf(step), this.sizeOf(next) / PAGE_SIZE, this.counts[next] as number, flags);
    this.link(step.entry, step.level, table, _KERNPG_TABLE);
    if (step.level === 0) this.processes.topChanged(step.entry);
    return true;
  }
  /** __set_pmd_pte: changes the flags of an entry that maps memory, in the copies of processes too. */
  setFlags(step: WalkStep, flags: bigint): void {
    this.setEntry(step.entry, frameOf(step), flags);
    if (step.level === 0) this.processes.topChanged(step.entry);
  }

  setEntry(entry: number, pfn: number, flags: bigint): void {
    this.fill(entry, pfn, 1, 1, flags);
  }
  /** Writes `count` adjacent entries of a table: frames that are `step` apart, with the same flags. */
  private fill(entry: number, pfn: number, step: number, count: number, flags: bigint): void {
    const { mem, wide } = this;
    const lowFlags = Number(flags & 0xffffffffn);
    const highFlags = Number(flags >> 32n);
    let word = mem.word(entry);
    for (let i = 0, frame = pfn; i < count; i++, frame += step) {
      const low = ((frame & (PFNS_LOW - 1)) << PAGE_SHIFT) | lowFlags;
      if (wide) mem.setPair(word, low, Math.floor(frame / PFNS_LOW) | highFlags);
      else mem.set(word, low);
      word += wide ? 2 : 1;
    }
  }
  /** Writes the words of an entry. */
  write(entry: number, low: number, high: number): void {
    this.mem.write32(entry, low);
    if (this.wide) this.mem.write32(entry + 4, high);
  }
}

/** The frame that an entry names. */
export const frameOf = ({ low, high }: WalkStep): number =>
  Math.floor((low >>> 0) / PAGE_SIZE) + ((high >>> 0) & HIGH_PFN) * (TWO32 / PAGE_SIZE);
/** The flags of an entry. */
export const flagsOf = ({ low, high }: WalkStep): bigint =>
  (BigInt((high & ~HIGH_PFN) >>> 0) << 32n) | BigInt(low & (PAGE_SIZE - 1));
