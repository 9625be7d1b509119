/**
 * The kernel's page tables (init_mm) in emulated memory, as the processor walks them: four levels on x86_64, two on i386, three with PAE
 * (arch/x86/include/asm/pgtable_64.h, pgtable-2level.h, pgtable-3level.h; mm/vmalloc.c: vmap_pages_range_noflush, vunmap_range_noflush, 6.1).
 * A table is a page; an entry is its physical address with flags.
 */
import type { Memory } from '../../memory/memory';
import { constantTable } from '../../profiles/constantTable';
import type { Profile } from '../../profiles/profile';
import type { Arch } from '../../types/ctype';
import { PAGE_SHIFT, PAGE_SIZE } from '../../types/pageSize';

/** entries that point to a table */
const TABLE_FLAGS = ['_PAGE_PRESENT', '_PAGE_RW', '_PAGE_USER', '_PAGE_ACCESSED', '_PAGE_DIRTY'];
const TWO32 = 0x1_0000_0000;

/** Level 0 is the top. */
interface Geometry {
  /** bit of an address at which each level's index begins */
  readonly shifts: readonly number[];
  /** entries of a table, by level */
  readonly entries: readonly number[];
  readonly entryBytes: 4 | 8;
}
const GEOMETRY: Readonly<Record<Arch, Geometry>> = {
  x86_64: { shifts: [39, 30, 21, 12], entries: [512, 512, 512, 512], entryBytes: 8 },
  i386_pae: { shifts: [30, 21, 12], entries: [4, 512, 512], entryBytes: 8 },
  i386: { shifts: [22, 12], entries: [1024, 1024], entryBytes: 4 },
};

/** One step of a walk: an entry, where it is, and its two words. */
export interface WalkStep {
  readonly level: number;
  /** physical address of the entry */
  readonly entry: number;
  readonly low: number;
  readonly high: number;
}

export class PageTables {
  private readonly geometry: Geometry;
  /** flags in the low word of an entry */
  private readonly present: number;
  private readonly large: number;
  private readonly table: bigint;

  /**
   * @param pgd physical address of swapper_pg_dir, zero at first
   * @param takeTable a zeroed page for a table: its pfn, −1 if there is none
   */
  constructor(
    private readonly mem: Memory,
    profile: Profile,
    arch: Arch,
    readonly pgd: number,
    private readonly takeTable: () => number,
  ) {
    this.geometry = GEOMETRY[arch];
    const constants = constantTable(profile, arch);
    const flag = (name: string) => constants.get(name)?.value ?? 0n;
    this.present = Number(flag('_PAGE_PRESENT'));
    this.large = Number(flag('_PAGE_PSE'));
    this.table = TABLE_FLAGS.reduce((all, name) => all | flag(name), 0n);
  }

  /** Physical address of the entry for a virtual address in the table at physical `table`. */
  private entryAt(table: number, level: number, va: number): number {
    const { shifts, entries, entryBytes } = this.geometry;
    const count = entries[level] as number;
    const index = Math.floor(va / 2 ** (shifts[level] as number)) % count;
    return table + (index < 0 ? index + count : index) * entryBytes;
  }
  private step(table: number, level: number, va: number): WalkStep {
    const entry = this.entryAt(table, level, va);
    const low = this.mem.read32(entry);
    return { level, entry, low, high: this.geometry.entryBytes === 8 ? this.mem.read32(entry + 4) : 0 };
  }
  private get lastLevel(): number {
    return this.geometry.shifts.length - 1;
  }
  /** The entries that the processor reads for an address, from the top; it stops at one that is not present or maps memory. */
  walk(va: number): WalkStep[] {
    const steps: WalkStep[] = [];
    let table = this.pgd;
    for (let level = 0; level <= this.lastLevel; level++) {
      const step = this.step(table, level, va);
      steps.push(step);
      if (!(step.low & this.present) || (level > 0 && step.low & this.large)) break;
      table = frameOf(step) * PAGE_SIZE;
    }
    return steps;
  }
  /** The frame that an address is mapped to; −1 if it is not mapped. */
  pfnAt(va: number): number {
    let table = this.pgd;
    for (let level = 0; ; level++) {
      const step = this.step(table, level, va);
      if (!(step.low & this.present)) return -1;
      const shift = this.geometry.shifts[level] as number;
      if (level === this.lastLevel) return frameOf(step);
      if (step.low & this.large && shift < 39) {
        const pages = 2 ** (shift - PAGE_SHIFT);
        const inside = Math.floor(va / PAGE_SIZE) % pages;
        return Math.floor(frameOf(step) / pages) * pages + (inside < 0 ? inside + pages : inside);
      }
      table = frameOf(step) * PAGE_SIZE;
    }
  }
  /** virt_to_kpte: physical address of the last-level entry for an address; −1 where there is no table for it. */
  entry(va: number): number {
    const last = this.walk(va).at(-1) as WalkStep;
    return last.level === this.lastLevel ? last.entry : -1;
  }
  /** pte_alloc_kernel: the same, with tables on the way as far as they are missing; −1 if there is no memory for one. */
  allocEntry(va: number): number {
    let table = this.pgd;
    for (let level = 0; level < this.lastLevel; level++) {
      const step = this.step(table, level, va);
      let next = frameOf(step);
      if (!(step.low & this.present)) {
        next = this.takeTable();
        if (next < 0) return -1;
        // a PAE page directory pointer has no flags but present
        const flags = level === 0 && this.geometry.entries[0] === 4 ? BigInt(this.present) : this.table;
        this.setEntry(step.entry, next, flags);
      }
      table = next * PAGE_SIZE;
    }
    return this.entryAt(table, this.lastLevel, va);
  }
  /** Maps a page: set_pte. `prot`: the entry's flags. False if there is no memory for a table. */
  map(va: number, pfn: number, prot: bigint): boolean {
    const entry = this.allocEntry(va);
    if (entry < 0) return false;
    this.setEntry(entry, pfn, prot);
    return true;
  }
  /** pte_clear: the page at an address is not mapped any more. The tables stay. */
  unmap(va: number): void {
    const last = this.walk(va).at(-1);
    if (last?.level !== this.lastLevel || last.low === 0) return;
    this.write(last.entry, 0, 0);
  }

  private setEntry(entry: number, pfn: number, flags: bigint): void {
    const value = (BigInt(pfn) << BigInt(PAGE_SHIFT)) | flags;
    this.write(entry, Number(value & 0xffffffffn), Number(value >> 32n));
  }
  private write(entry: number, low: number, high: number): void {
    this.mem.write32(entry, low);
    if (this.geometry.entryBytes === 8) this.mem.write32(entry + 4, high);
  }
}

/** The frame that an entry names. */
const frameOf = ({ low, high }: WalkStep): number =>
  Math.floor((low >>> 0) / PAGE_SIZE) + ((high >>> 0) & 0xfffff) * (TWO32 / PAGE_SIZE);
