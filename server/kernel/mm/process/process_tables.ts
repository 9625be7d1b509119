/**
 * The top levels of processes' page tables (arch/x86/mm/pgtable.c: pgd_alloc, pgd_ctor, pgd_prepopulate_pmd, pgd_free), and how they follow
 * init_mm's (arch/x86/mm/fault.c: arch_sync_kernel_mappings, vmalloc_sync_one, vmalloc_fault; mm/pat/set_memory.c: __set_pmd_pte; 6.1).
 * A top level has copies of init_mm's entries for the kernel's addresses. What lies below is shared on x86_64 and with PAE, where the copies
 * never change; with two levels each new table is a new entry, which has to be copied. `pgd_lock` is not taken: nothing intervenes.
 */
import type { Memory } from '../../../memory/memory';
import { NOT_PRESENT } from '../../../memory/space';
import { _PAGE_PRESENT, _PAGE_PSE } from '../../../profiles/commonConstants';
import type { Arch } from '../../../types/ctype';
import type { Layouts } from '../../../types/layout';
import { PAGE_SIZE } from '../../../types/pageSize';
import type { AddressMap } from '../../arch/address_map';
import type { DirectMap } from '../../arch/direct_map';
import { frameOf, type PageTables, pgdEntries } from '../../arch/page_tables';
import { KernelBug } from '../../lib/bug';
import type { Lists } from '../../lib/list';
import { NotEmulated } from '../../lib/not_emulated';
import type { StructMemory } from '../../lib/struct_memory';
import type { Heap } from '../heap';
import type { PageTable } from '../page';
import type { PgdCache } from './pgd_cache';

/** PGD_ALLOCATION_ORDER: with CONFIG_PAGE_TABLE_ISOLATION there is room for a second one, for user mode */
const PGD_ORDER = { x86_64: 1, i386: 0 } as const;
/** more than there are processes */
const MAX_PGDS = 0x8000;
/** page_type of a page that is a table */
const PG_TABLE = ~0x200;

export interface ProcessKernel {
  readonly mem: Memory;
  readonly memory: StructMemory;
  readonly layouts: Layouts;
  readonly lists: Lists;
  readonly symbols: { define(name: string, type: ReturnType<Layouts['parseType']>): number };
  readonly arch: Arch;
  readonly pageOffset: number;
  readonly pageTables: PageTables;
  readonly addresses: Pick<AddressMap, 'vmallocStart' | 'vmallocEnd'>;
  readonly direct: DirectMap;
  readonly pages: PageTable;
  readonly heap: Heap;
  /** with PAE */
  readonly pgdCache: PgdCache | undefined;
  readonly gfp: { readonly kernel: number; readonly zero: number };
  /** pfn of the page at an address. @throws PageFaultError if there is none */
  pageOf(page: number): number;
  /** zeroed pages: pfn, −1 without memory */
  takePages(order: number): number;
  freePages(pfn: number, order: number): void;
  /** physical memory whose writes may change what linear ranges map */
  noteTable(start: number, end: number): void;
  readonly tracing: { readonly calls: boolean; event(name: string, ...values: (number | string)[]): void };
}

export class ProcessTables {
  /** address of pgd_list */
  private readonly list: number;
  private readonly entryBytes: number;
  /** KERNEL_PGD_BOUNDARY: the first entry of the kernel's addresses */
  private readonly boundary: number;

  /** Once, before the run. */
  constructor(private readonly k: ProcessKernel) {
    const { symbols, layouts, lists, pageTables: t, pageOffset } = k;
    this.entryBytes = t.geometry.entryBytes;
    this.boundary = (t.entryAt(t.pgd, 0, pageOffset) - t.pgd) / this.entryBytes;
    this.list = symbols.define('pgd_list', layouts.parseType('struct list_head'));
    lists.init(this.list);
  }

  // ---------------------------------------------------------------- pgd_alloc, pgd_free
  /** pgd_alloc: address of a top level, 0 without memory. */
  alloc(mm: number): number {
    const { k } = this;
    const pgd = this.take();
    if (pgd === 0) return 0;
    const phys = k.direct.pa(pgd);
    const from = k.pageTables.pgd;
    for (let i = this.boundary; i < pgdEntries(k.arch); i++) this.copy(from, phys, i);
    if (!k.pgdCache) {
      k.memory.setField(this.pageOf(phys), 'page', 'pt_mm', mm);
      k.lists.add(this.lru(phys), this.list);
    } else if (!this.prepopulate(mm, phys)) {
      k.pgdCache?.free(pgd);
      return 0;
    }
    k.noteTable(phys, phys + pgdEntries(k.arch) * this.entryBytes);
    return pgd;
  }
  /** _pgd_alloc */
  private take(): number {
    const { k } = this;
    if (k.pgdCache) return k.pgdCache.alloc(k.gfp.kernel | k.gfp.zero);
    const pfn = k.takePages(this.order);
    return pfn < 0 ? 0 : k.direct.va(pfn * PAGE_SIZE);
  }
  private get order(): number {
    return this.k.arch === 'x86_64' ? PGD_ORDER.x86_64 : PGD_ORDER.i386;
  }
  /** preallocate_pmds, pgd_prepopulate_pmd: a processor reads the four entries of PAE when CR3 is loaded, so the user's have tables from the start. */
  private prepopulate(mm: number, phys: number): boolean {
    const { k } = this;
    const pmds: number[] = [];
    for (let i = 0; i < this.boundary; i++) {
      const pfn = k.takePages(0);
      if (pfn >= 0) pmds.push(pfn);
    }
    if (pmds.length < this.boundary) {
      for (const pfn of pmds) k.freePages(pfn, 0);
      return false;
    }
    pmds.forEach((pfn, i) => {
      k.memory.setField32(k.pages.pageAddr(pfn), 'page', 'page_type', PG_TABLE);
      this.countPmds(mm, 1);
      k.pageTables.link(phys + i * this.entryBytes, 0, pfn);
    });
    return true;
  }
  /** mm_inc_nr_pmds, mm_dec_nr_pmds */
  private countPmds(mm: number, by: number): void {
    const { memory } = this.k;
    const bytes = memory.field(mm, 'mm_struct', 'pgtables_bytes');
    memory.setField(mm, 'mm_struct', 'pgtables_bytes', bytes + by * PAGE_SIZE);
  }
  /** pgd_free. @throws KernelBug for a list that has been damaged */
  free(mm: number, pgd: number): void {
    const { k } = this;
    const phys = k.direct.pa(pgd);
    if (!k.pgdCache) {
      k.lists.del(this.lru(phys));
      k.freePages(Math.floor(phys / PAGE_SIZE), this.order);
      return;
    }
    for (let i = 0; i < this.boundary; i++) {
      const step = k.pageTables.read(0, phys + i * this.entryBytes);
      if (step.low === 0 && step.high === 0) continue;
      k.pageTables.write(step.entry, 0, 0);
      const page = k.pages.pageAddr(frameOf(step));
      k.memory.setField32(page, 'page', 'page_type', -1);
      k.freePages(frameOf(step), 0);
      this.countPmds(mm, -1);
    }
    k.pgdCache?.free(pgd);
  }
  private pageOf(phys: number): number {
    return this.k.pages.pageAddr(Math.floor(phys / PAGE_SIZE));
  }
  private lru(phys: number): number {
    return this.pageOf(phys) + this.k.pages.lruOffset;
  }

  // ---------------------------------------------------------------- following init_mm
  /** Physical addresses of the top levels in pgd_list, the newest first. @throws PageFaultError for an entry that is not in a page */
  private all(): number[] {
    const { k } = this;
    const entries = k.lists.entries(this.list, MAX_PGDS);
    if (entries.length === MAX_PGDS) throw new NotEmulated('the kernel follows pgd_list, which has no end');
    return entries.map((lru) => k.pageOf(lru - k.pages.lruOffset) * PAGE_SIZE);
  }
  private copy(from: number, to: number, index: number): void {
    const { pageTables } = this.k;
    const { low, high } = pageTables.read(0, from + index * this.entryBytes);
    pageTables.write(to + index * this.entryBytes, low, high);
  }
  /** __set_pmd_pte: an entry of init_mm's top level that maps lowmem, with two levels */
  topChanged(entry: number): void {
    const { pageTables } = this.k;
    const index = (entry - pageTables.pgd) / this.entryBytes;
    for (const pgd of this.all()) this.copy(pageTables.pgd, pgd, index);
  }
  /** arch_sync_kernel_mappings: init_mm has a new table of the vmalloc area. The kernel looks at all entries from there on. */
  tableAdded(va: number): void {
    const { pageTables, addresses } = this.k;
    const size = pageTables.sizeOf(0);
    const pgds = this.all();
    for (let at = va - (va % size); at < addresses.vmallocEnd; at += size)
      for (const pgd of pgds) this.syncOne(pgd, at);
  }
  /**
   * vmalloc_sync_one: an entry that is present in only one of the two is copied from init_mm's. Whether it is present then.
   * @throws KernelBug for two different tables
   */
  private syncOne(pgd: number, va: number): boolean {
    const { pageTables: t } = this.k;
    const own = t.read(0, t.entryAt(pgd, 0, va));
    const kernel = t.read(0, t.entryAt(t.pgd, 0, va));
    const isThere = (kernel.low & _PAGE_PRESENT) !== 0;
    if (((own.low & _PAGE_PRESENT) !== 0) !== isThere) t.write(own.entry, kernel.low, kernel.high);
    else if (isThere && frameOf(own) !== frameOf(kernel))
      throw new KernelBug({ at: 'arch/x86/mm/fault.c', fn: 'vmalloc_sync_one' });
    return isThere;
  }

  // ---------------------------------------------------------------- the vmalloc fault
  /**
   * vmalloc_fault, on i386: an address of the vmalloc area is not mapped below `pgd`, a process's. Its entry is copied from init_mm's; true
   * if the address is mapped there. With PAE the entry is below a table that all share: nothing is missing that can be copied.
   */
  vmallocFault(va: number, pgd: number, write: boolean): boolean {
    const { k } = this;
    if (!this.couldMend(va, pgd)) return false;
    if (k.tracing.calls) k.tracing.event('page_fault_kernel', va, write ? 2 : 0);
    if (!this.syncOne(pgd, va)) return false;
    const [top] = k.pageTables.walk(va, pgd);
    return ((top?.low ?? 0) & _PAGE_PSE) !== 0 || k.pageTables.physFrom(pgd, va, false) !== NOT_PRESENT;
  }
  private couldMend(va: number, pgd: number): boolean {
    const { arch, addresses, pageTables } = this.k;
    return arch === 'i386' && pgd !== pageTables.pgd && va >= addresses.vmallocStart && va < addresses.vmallocEnd;
  }
  /** Where an address is that the handler would map. */
  wouldMend(va: number, pgd: number): number {
    return this.couldMend(va, pgd) ? this.k.pageTables.phys(va, false) : NOT_PRESENT;
  }
}
