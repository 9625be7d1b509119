/**
 * Changes of the rights of mapped pages (arch/x86/mm/pat/set_memory.c: change_page_attr_set_clr and what it is made of, 6.1). A large page
 * of which only a part changes is split into a table for good. Pages of the kernel's image and of the vmalloc area are changed in the direct
 * map too, and the other way round.
 */
import type { Memory } from '../../memory/memory';
import type { ArchInfo } from '../../profiles/archInfo';
import { _PAGE_RW } from '../../profiles/commonConstants';
import { formatAddress } from '../../types/address';
import type { Abi } from '../../types/ctype';
import { PAGE_SIZE } from '../../types/pageSize';
import type { Range } from './memory_map';
import { flagsOf, frameOf, HIGH_PFN, type PageTables, type WalkStep } from './page_tables';

const RW = BigInt(_PAGE_RW);
const NX = 1n << 63n;
const LOW = 0xffffffffn;
const HIGH_NX = 1 << 31;

export interface Mask {
  readonly set: bigint;
  readonly clear: bigint;
}
/** What set_memory_ro() and its family change. */
export const SET_MEMORY = {
  ro: { set: 0n, clear: RW },
  rw: { set: RW, clear: 0n },
  x: { set: 0n, clear: NX },
  nx: { set: NX, clear: 0n },
} as const satisfies Record<string, Mask>;
export type SetMemory = keyof typeof SET_MEMORY;

/** Results: 0, or one of these errno values of the profile's. */
interface Errors {
  readonly ENOMEM: number;
  readonly EFAULT: number;
}
interface Parts {
  readonly mem: Memory;
  readonly tables: PageTables;
  readonly arch: ArchInfo;
  readonly errors: Errors;
  /** pages that the direct map maps, physical addresses */
  readonly direct: readonly Range[];
  /** text and read-only data, physical addresses, end exclusive */
  readonly text: Range;
  readonly rodata: Range;
  /** index in mem.words of kernel_set_to_readonly */
  readonly setToReadonly: number;
  /** index of the word that says that the run has changed what boot has mapped */
  readonly changed: number;
  /** index of direct_pages_count[PG_LEVEL_NONE], and words of an element */
  readonly pagesCount: number;
  readonly longWords: number;
}

export class PageAttributes {
  constructor(private readonly k: Parts) {}

  /** the errno of an address that is not mapped, and what the kernel says of it */
  get faults(): number {
    return this.k.errors.EFAULT;
  }
  faultText(abi: Abi, va: number): string {
    const hex = formatAddress(abi, va).slice(2);
    return `CPA: called for zero pte. vaddr = ${hex} cpa->vaddr = ${hex}`;
  }

  /** set_memory_ro() and its family: 0, or a negative errno. The caller flushes. */
  setMemory(what: SetMemory, va: number, pages: number): number {
    const mask = SET_MEMORY[what];
    const nx = this.k.tables.geometry.nx;
    if (!nx && (mask.set | mask.clear) & NX) return 0;
    const start = va - mod(va, PAGE_SIZE);
    return this.change(start, pages, mask, (mask.set | mask.clear) !== NX);
  }
  /** The rights of the page at an address changed in the mapping's other places too: `aliases`. */
  private change(start: number, pages: number, mask: Mask, aliases: boolean): number {
    for (let va = start; va < start + pages * PAGE_SIZE; ) {
      const left = start + pages * PAGE_SIZE - va;
      const done = this.changePage(va, left, mask);
      if (done < 0) return done;
      if (aliases) {
        const failed = this.changeAliases(va, done, mask);
        if (failed < 0) return failed;
      }
      va += done;
    }
    return 0;
  }

  /** __change_page_attr: as many of the bytes from an address on as one table or one large page maps; or a negative errno. */
  private changePage(va: number, bytes: number, mask: Mask): number {
    const { tables, errors } = this.k;
    for (;;) {
      const step = tables.walk(va).at(-1) as WalkStep;
      if (!tables.isLeaf(step) || (step.low === 0 && step.high === 0)) return this.notMapped(va);
      if (step.level === tables.lastLevel) return this.changeRun(va, step.entry, bytes, mask);
      const size = tables.sizeOf(step.level);
      const part = Math.min(size - mod(va, size), bytes);
      const old = flagsOf(step);
      const now = this.allowed(va, frameOf(step) * PAGE_SIZE + mod(va, size), part, (old & ~mask.clear) | mask.set);
      if (now === old) return part;
      if (part === size) {
        this.note(va);
        tables.setFlags(step, now);
        return part;
      }
      if (!tables.split(step)) return -errors.ENOMEM;
      this.note(va);
      if (!this.isLinear(va)) continue;
      this.countPages(step.level, -1);
      this.countPages(step.level + 1, size / tables.sizeOf(step.level + 1));
    }
  }
  /** Single pages that are mapped by one table from an entry on. */
  private changeRun(va: number, entry: number, bytes: number, mask: Mask): number {
    const { tables } = this.k;
    const count = Math.min(bytes / PAGE_SIZE, tables.restOfTable(tables.lastLevel, entry));
    const { set, clear } = mask;
    const [setLow, clearLow] = [Number(set & LOW), Number(clear & LOW)];
    const [setHigh, clearHigh] = [Number(set >> 32n), Number(clear >> 32n)];
    for (let i = 0; i < count; i++) {
      const { low, high, entry: pte } = tables.read(tables.lastLevel, entry + i * tables.geometry.entryBytes);
      if (low === 0 && high === 0) return i === 0 ? this.notMapped(va) : i * PAGE_SIZE;
      const at = va + i * PAGE_SIZE;
      const phys = ((low & -PAGE_SIZE) >>> 0) + (high & HIGH_PFN) * 2 ** 32;
      const newLow = ((low & ~clearLow) | setLow) & (this.keepsReadOnly(phys, PAGE_SIZE) ? ~_PAGE_RW : -1);
      const newHigh = ((high & ~clearHigh) | setHigh) & (this.keepsExecutable(at, phys, PAGE_SIZE) ? ~HIGH_NX : -1);
      if (newLow === (low | 0) && newHigh === (high | 0)) continue;
      this.note(at);
      tables.write(pte, newLow, newHigh);
    }
    return count * PAGE_SIZE;
  }
  /** __cpa_process_fault: holes of the direct map are passed over; other addresses that are not mapped are an error. */
  private notMapped(va: number): number {
    const phys = va - this.k.arch.pageOffset;
    return phys >= 0 && phys < this.k.arch.maxLowPfn * PAGE_SIZE && va < this.directEnd
      ? PAGE_SIZE
      : -this.k.errors.EFAULT;
  }
  private get directEnd(): number {
    return this.k.arch.pageOffset + (this.k.direct.at(-1)?.end ?? 0);
  }
  /** cpa_process_alias */
  private changeAliases(va: number, bytes: number, mask: Mask): number {
    const { tables, arch } = this.k;
    const phys = tables.phys(va, false);
    if (phys < 0) return 0;
    if (!this.isLinear(va) && bytes > PAGE_SIZE) return this.changePageAliases(va, bytes, mask);
    const direct = arch.pageOffset + phys;
    if (direct !== va && this.isDirect(phys)) {
      const failed = this.change(direct, bytes / PAGE_SIZE, mask, false);
      if (failed < 0) return failed;
    }
    const image = arch.imageOffset + phys;
    const inImage = phys >= arch.image.start && phys < arch.image.end;
    if (arch.imageOffset !== arch.pageOffset && image !== va && inImage)
      return this.change(image, bytes / PAGE_SIZE, mask, false);
    return 0;
  }
  /** Pages of the vmalloc area lie anywhere. */
  private changePageAliases(va: number, bytes: number, mask: Mask): number {
    for (let at = va; at < va + bytes; at += PAGE_SIZE) {
      const failed = this.changeAliases(at, PAGE_SIZE, mask);
      if (failed < 0) return failed;
    }
    return 0;
  }
  private isDirect(phys: number): boolean {
    return this.k.direct.some((r) => phys >= r.start && phys < r.end);
  }
  /** static_protections: read-only data stays so once it is, and text stays executable. */
  private allowed(va: number, phys: number, bytes: number, flags: bigint): bigint {
    const readOnly = this.keepsReadOnly(phys, bytes) ? flags & ~RW : flags;
    return this.keepsExecutable(va, phys, bytes) ? readOnly & ~NX : readOnly;
  }
  private keepsReadOnly(phys: number, bytes: number): boolean {
    const { mem, rodata, setToReadonly } = this.k;
    return phys < rodata.end && phys + bytes > rodata.start && mem.words[setToReadonly] !== 0;
  }
  private keepsExecutable(va: number, phys: number, bytes: number): boolean {
    const { text, arch } = this.k;
    return phys < text.end && phys + bytes > text.start && va - phys === arch.imageOffset;
  }
  /** update_page_count, split_page_count: direct_pages_count[] by the level of an entry. Splits of the image count as well. */
  countPages(level: number, by: number): void {
    const { mem, tables, pagesCount, longWords } = this.k;
    const word = pagesCount + (tables.lastLevel - level + 1) * longWords;
    mem.set(word, (mem.words[word] as number) + by);
  }
  /** Direct map and image: virt_addr_valid() */
  private isLinear(va: number): boolean {
    const { arch } = this.k;
    const { start, end } = arch.image;
    return (
      (va >= arch.pageOffset && va < this.directEnd) || (va >= arch.imageOffset + start && va < arch.imageOffset + end)
    );
  }
  /** In the run: linear ranges are not mapped as boot has mapped them any more. */
  private note(va: number): void {
    const { mem, changed } = this.k;
    if (mem.journal.enabled && this.isLinear(va)) mem.setChanged(changed, 1);
  }
}

const mod = (a: number, b: number): number => ((a % b) + b) % b;
