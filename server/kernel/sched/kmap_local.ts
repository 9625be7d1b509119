/**
 * Local mappings of pages (mm/highmem.c: __kmap_local_pfn_prot, kunmap_local_indexed, __kmap_local_sched_out; include/linux/
 * highmem-internal.h: kmap_local_page, 6.1). A lowmem page has its address already; a highmem page gets one of the slots of the CPU, the
 * deepest mapping of a task in the highest slot, and only while that task runs. The slots are entries of a page table, so what they map is
 * what memory says.
 */
import { KM_MAX_IDX } from '../../profiles/commonConstants';
import { sizeOf } from '../../types/ctype';
import { PAGE_SIZE } from '../../types/pageSize';
import { KernelBug } from '../lib/bug';
import type { Core } from './core';

/** fix_to_virt(FIX_KMAP_BEGIN): the address of slot 0, below it the others */
const FIRST_SLOT = 0xfffbb000;
/** PAGE_KERNEL: present, writable, accessed, dirty, global */
const PAGE_KERNEL = 0x163;

export class KmapLocal {
  private readonly slots: number;
  private readonly table: number;
  private readonly entryBytes: number;

  /** Before the run: the page table of the slots, and the window of addresses that it maps. */
  constructor(private readonly core: Core) {
    const { kernel, space } = core;
    const { layouts, symbols } = kernel;
    this.entryBytes = sizeOf(layouts.parseType('pte_t')) ?? 0;
    this.slots = core.wordSize === 8 ? 0 : KM_MAX_IDX * core.cpus;
    this.table = this.slots === 0 ? 0 : symbols.define('kmap_pte', layouts.parseType(`pte_t[${this.slots}]`));
    if (this.slots === 0) return;
    space.addTable('kmap_local', FIRST_SLOT - (this.slots - 1) * PAGE_SIZE, this.slots * PAGE_SIZE, (page) =>
      this.pfnAt(this.slots - 1 - page),
    );
  }
  private entry(slot: number): number {
    return this.table + slot * this.entryBytes;
  }
  /** The frame that a slot maps; −1 if it maps none. */
  private pfnAt(slot: number): number {
    const { space } = this.core;
    const low = space.read32(this.entry(slot));
    if (low === 0) return -1;
    const high = this.entryBytes === 8 ? space.read32(this.entry(slot) + 4) : 0;
    return Math.floor(low / PAGE_SIZE) + high * (0x1_0000_0000 / PAGE_SIZE);
  }
  private setEntry(at: number, pfn: number): void {
    const { space } = this.core;
    const value = pfn < 0 ? 0 : pfn * PAGE_SIZE + PAGE_KERNEL;
    space.write32(at, (value % 0x1_0000_0000) | 0);
    if (this.entryBytes === 8) space.write32(at + 4, Math.floor(value / 0x1_0000_0000));
  }

  // ---------------------------------------------------------------- struct kmap_ctrl of a task: how many, and what they map
  private control(task: number): number {
    return task + this.core.offset('task_struct', 'kmap_ctrl');
  }
  private saved(task: number, index: number): number {
    return this.control(task) + 4 + index * this.entryBytes;
  }
  private slotOf(index: number): number {
    return index + KM_MAX_IDX * this.core.cpu;
  }

  // ---------------------------------------------------------------- the API
  /** Maps a highmem frame for the running task. @throws KernelBug when its slots are used up */
  map(pfn: number): number {
    const { core } = this;
    const task = core.current;
    const index = core.get32(this.control(task));
    if (index >= KM_MAX_IDX) throw new KernelBug({ at: 'mm/highmem.c', fn: 'kmap_local_idx_push' });
    core.set32(this.control(task), index + 1);
    this.setEntry(this.entry(this.slotOf(index)), pfn);
    this.setEntry(this.saved(task, index), pfn);
    return FIRST_SLOT - this.slotOf(index) * PAGE_SIZE;
  }
  /**
   * Ends the running task's last mapping, which `address` must be of; an address outside the slots is a lowmem page's, which needs nothing.
   * Returns whether it was the last. @throws KernelBug if there is none
   */
  unmap(address: number): boolean {
    const { core } = this;
    if (this.slots === 0 || address > FIRST_SLOT + PAGE_SIZE - 1 || address < FIRST_SLOT - (this.slots - 1) * PAGE_SIZE)
      return true;
    const task = core.current;
    const index = core.get32(this.control(task)) - 1;
    if (index < 0) throw new KernelBug({ at: 'mm/highmem.c', fn: 'kmap_local_idx_pop' });
    this.setEntry(this.entry(this.slotOf(index)), -1);
    this.setEntry(this.saved(task, index), -1);
    core.set32(this.control(task), index);
    return address - (address % PAGE_SIZE) === FIRST_SLOT - this.slotOf(index) * PAGE_SIZE;
  }
  /** kmap_local_sched_out, kmap_local_sched_in: the mappings of `prev` go, those of `next` come. */
  switchTasks(prev: number, next: number): void {
    if (this.slots === 0) return;
    const { core } = this;
    for (let i = core.get32(this.control(prev)) - 1; i >= 0; i--) this.setEntry(this.entry(this.slotOf(i)), -1);
    for (let i = core.get32(this.control(next)) - 1; i >= 0; i--)
      this.core.space.writeBytes(
        this.entry(this.slotOf(i)),
        this.core.space.readBytes(this.saved(next, i), this.entryBytes),
      );
  }
}
