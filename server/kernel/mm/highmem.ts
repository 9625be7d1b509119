/**
 * Permanent mappings of highmem (mm/highmem.c: kmap_high, map_new_virtual, flush_all_zero_pkmaps, kunmap_high, page_address,
 * set_page_address; arch/x86/mm/init_32.c: permanent_kmaps_init, 6.1). A highmem page has no address until it gets one of the slots of the
 * PKMAP window; which page has which is in a hash table. Only i386 has this; pages are pfns, addresses are virtual.
 */
import type { AddressSpace } from '../../memory/space';
import type { Abi, CType } from '../../types/ctype';
import type { Layouts } from '../../types/layout';
import { PAGE_SIZE } from '../../types/pageSize';
import type { AddressMap } from '../arch/address_map';
import type { DirectMap } from '../arch/direct_map';
import type { PageTables } from '../arch/page_tables';
import { KernelBug } from '../lib/bug';
import { hashPtr } from '../lib/hash';
import type { KernelVariables } from '../lib/kernel_variables';
import { Lists } from '../lib/list';
import type { PoisonPointers } from '../lib/poison';
import { StructMemory } from '../lib/struct_memory';
import type { PageTable } from './page';
import type { Zone } from './zone';

/** lists of struct page_address_map, by hash of the page */
const PA_HASH_ORDER = 7;

interface HighMemParts {
  readonly space: AddressSpace;
  readonly abi: Abi;
  readonly layouts: Layouts;
  readonly poison: PoisonPointers;
  readonly symbols: { define(name: string, type: CType): number };
  readonly vars: KernelVariables;
  readonly pages: PageTable;
  readonly zones: readonly Zone[];
  readonly direct: DirectMap;
  readonly pageTables: PageTables;
  readonly addresses: AddressMap;
  /** flags of a slot's entry: kmap_prot */
  readonly prot: bigint;
}

export class HighMem {
  /** kmap_lock: what is done with it held is done at once, so it is taken only where a BUG() leaves it so */
  readonly lock: number;
  /** pkmap_map_wait: those who wait for a slot */
  readonly wait: number;
  private readonly memory: StructMemory;
  private readonly lists: Lists;
  private readonly base: number;
  /** LAST_PKMAP: how many slots there are */
  private readonly slots: number;
  /** by slot: 0 free, 1 not in use but still mapped, else one more than its users */
  private readonly pkmapCount: number;
  private readonly lastNr: number;
  private readonly htable: number;
  private readonly maps: number;
  private readonly slotSize: number;
  private readonly mapSize: number;
  private readonly virtual: number;
  private readonly list: number;

  /** Before the run: places the variables, and the window of addresses. page_address_init. */
  constructor(private readonly k: HighMemParts) {
    const { layouts, symbols, space } = k;
    this.memory = new StructMemory(space, k.abi, layouts);
    this.lists = new Lists(this.memory, k.poison);
    this.base = k.addresses.pkmapBase;
    this.slots = k.addresses.pkmapEntries;
    const define = (name: string, type: string) => symbols.define(name, layouts.parseType(type));
    this.lock = define('kmap_lock', 'spinlock_t');
    this.wait = define('pkmap_map_wait', 'wait_queue_head_t');
    this.pkmapCount = define('pkmap_count', `int[${this.slots}]`);
    this.lastNr = define('last_pkmap_nr', 'unsigned int');
    this.htable = define('page_address_htable', `struct page_address_slot[${1 << PA_HASH_ORDER}]`);
    this.maps = define('page_address_maps', `struct page_address_map[${this.slots}]`);
    define('pkmap_page_table', 'pte_t *');
    define('_totalhigh_pages', 'atomic_long_t');
    this.slotSize = layouts.size('page_address_slot');
    this.mapSize = layouts.size('page_address_map');
    this.virtual = layouts.offset('page_address_map', 'virtual');
    this.list = layouts.offset('page_address_map', 'list');
    this.lists.init(this.wait + layouts.offset('wait_queue_head', 'head'));
    for (let i = 0; i < 1 << PA_HASH_ORDER; i++) this.lists.init(this.htable + i * this.slotSize);
  }
  /** permanent_kmaps_init: the page table of the window. And the count of mem_init. */
  init(): void {
    const { direct, pageTables, vars, zones } = this.k;
    vars.write('pkmap_page_table', direct.va(pageTables.allocEntry(this.base)));
    vars.write(
      '_totalhigh_pages',
      zones.reduce((sum, z) => sum + (z.name === 'HighMem' ? z.managedPages : 0), 0),
    );
  }

  // ---------------------------------------------------------------- the hash table
  private slotOf(page: number): number {
    return this.htable + hashPtr(this.memory.wordSize, page, PA_HASH_ORDER) * this.slotSize;
  }
  /** The struct page_address_map of a page; 0 if it has none. */
  private mapOf(page: number): number {
    for (const link of this.lists.entries(this.slotOf(page)))
      if (this.memory.getLong(link - this.list) === page) return link - this.list;
    return 0;
  }
  /** page_address of a highmem page: 0 while it is not mapped. */
  pageAddress(pfn: number): number {
    const map = this.mapOf(this.k.pages.pageAddr(pfn));
    return map === 0 ? 0 : this.memory.getLong(map + this.virtual);
  }
  private setPageAddress(pfn: number, nr: number): void {
    const page = this.k.pages.pageAddr(pfn);
    const map = this.maps + nr * this.mapSize;
    this.memory.setLong(map, page);
    this.memory.setLong(map + this.virtual, this.addressOf(nr));
    this.lists.addTail(map + this.list, this.slotOf(page));
  }
  private clearPageAddress(pfn: number): void {
    const map = this.mapOf(this.k.pages.pageAddr(pfn));
    if (map !== 0) this.lists.del(map + this.list);
  }

  // ---------------------------------------------------------------- slots
  /** PKMAP_ADDR */
  private addressOf(nr: number): number {
    return this.base + nr * PAGE_SIZE;
  }
  /** Where a slot's count is, by an address in it. */
  private countAt(va: number): number {
    return this.pkmapCount + Math.floor((va - this.base) / PAGE_SIZE) * 4;
  }
  /** Whether an address is in the window. */
  has(va: number): boolean {
    return va >= this.base && va < this.base + this.slots * PAGE_SIZE;
  }
  /** The frame that the slot at an address maps; −1 if it maps none. */
  pfnAt(va: number): number {
    return this.k.pageTables.pfnAt(va);
  }
  /** flush_all_zero_pkmaps: slots that nobody uses any more can be given out again. */
  private flushAllZero(): void {
    const { memory, k } = this;
    let needFlush = false;
    for (let nr = 0; nr < this.slots; nr++) {
      const count = this.pkmapCount + nr * 4;
      if (memory.get32(count) !== 1) continue;
      memory.set32(count, 0);
      const va = this.addressOf(nr);
      const pfn = k.pageTables.pfnAt(va);
      if (pfn < 0) throw this.bug(207, 'flush_all_zero_pkmaps');
      k.pageTables.unmap(va);
      this.clearPageAddress(pfn);
      needFlush = true;
    }
    if (needFlush) k.pageTables.tlbs.flushRange(this.addressOf(0), this.addressOf(this.slots));
  }
  /** map_new_virtual: the next free slot, whose page the frame becomes; 0 if all are in use. */
  private mapNewVirtual(pfn: number): number {
    const { memory } = this;
    for (let count = this.slots; ; ) {
      const nr = (memory.get32(this.lastNr) + 1) & (this.slots - 1);
      memory.set32(this.lastNr, nr);
      if (nr === 0) {
        this.flushAllZero();
        count = this.slots;
      }
      if (memory.get32(this.pkmapCount + nr * 4) === 0) {
        this.k.pageTables.map(this.addressOf(nr), pfn, this.k.prot);
        memory.set32(this.pkmapCount + nr * 4, 1);
        this.setPageAddress(pfn, nr);
        return this.addressOf(nr);
      }
      if (--count === 0) return 0;
    }
  }

  // ---------------------------------------------------------------- the API
  /** kmap_high: the page's address, with one more user; 0 if all slots are in use. @throws KernelBug */
  kmapHigh(pfn: number): number {
    const { memory } = this;
    const va = this.pageAddress(pfn) || this.mapNewVirtual(pfn);
    if (va !== 0) {
      const count = this.countAt(va);
      memory.set32(count, memory.get32(count) + 1);
      if (memory.get32(count) < 2) throw this.bug(308, 'kmap_high');
    }
    return va;
  }
  /** kunmap_high: true if the slot has no user any more. @throws KernelBug if it had none */
  kunmapHigh(pfn: number): boolean {
    const { memory } = this;
    const va = this.pageAddress(pfn);
    if (va === 0) throw this.bug(358, 'kunmap_high');
    const at = this.countAt(va);
    const count = memory.get32(at) - 1;
    memory.set32(at, count);
    if (count === 0) throw this.bug(368, 'kunmap_high');
    return count === 1;
  }
  /** __kmap_flush_unused */
  flushUnused(): void {
    this.flushAllZero();
  }
  /** BUG() with kmap_lock held: it stays so. */
  private bug(line: number, fn: string): KernelBug {
    this.memory.set32(this.lock, 1);
    // kmap, kunmap and kmap_flush_unused are inlined
    return new KernelBug({ at: `mm/highmem.c:${line}`, fn, functions: [] });
  }
}
