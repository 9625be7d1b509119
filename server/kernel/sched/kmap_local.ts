/**
 * Local mappings of pages (mm/highmem.c: __kmap_local_page_prot, __kmap_local_pfn_prot, kunmap_local_indexed, __kmap_local_sched_out;
 * include/linux/highmem-internal.h, 6.1). A lowmem page has its address already; a highmem page gets one of the slots of the CPU, the
 * deepest mapping of a task in the highest slot, and only while that task runs. The slots are entries of the fixmap's page table.
 */
import { KM_MAX_IDX } from '../../profiles/commonConstants';
import { PAGE_SIZE } from '../../types/pageSize';
import type { AddressMap } from '../arch/address_map';
import type { PageTables } from '../arch/page_tables';
import { type BugPlace, KernelBug } from '../lib/bug';
import type { PageApi } from '../mm/page_alloc/page_api';
import { type Core, WarnOnce } from './core';

export class KmapLocal {
  private readonly slots: number;
  private readonly entryBytes: number;
  private readonly firstSlot: number;

  /** `prot`: flags of an entry, kmap_prot */
  constructor(
    private readonly core: Core,
    { kmapBegin }: AddressMap,
    private readonly pageTables: PageTables,
    private readonly pageApi: PageApi,
    private readonly prot: bigint,
  ) {
    this.entryBytes = pageTables.geometry.entryBytes;
    this.firstSlot = kmapBegin;
    this.slots = kmapBegin === 0 ? 0 : KM_MAX_IDX * core.cpus;
  }
  private addressOf(slot: number): number {
    return this.firstSlot - slot * PAGE_SIZE;
  }
  /** Whether an address is in a slot. */
  has(va: number): boolean {
    return this.slots !== 0 && va >= this.addressOf(this.slots - 1) && va < this.firstSlot + PAGE_SIZE;
  }

  // ---------------------------------------------------------------- struct kmap_ctrl of a task: how many, and what they map
  private control(task: number): number {
    return task + this.core.offset('task_struct', 'kmap_ctrl');
  }
  /** How many mappings a task has; what lies behind the end of pteval[] is not followed. */
  private countOf(task: number): number {
    return Math.min(this.core.get32(this.control(task)), KM_MAX_IDX);
  }
  private saved(task: number, index: number): number {
    return this.control(task) + 4 + index * this.entryBytes;
  }
  private slotOf(index: number): number {
    return index + KM_MAX_IDX * this.core.cpu;
  }
  /** kmap_ctrl.pteval[index] = the entry of a slot. */
  private save(task: number, index: number, va: number): void {
    const { mem, space } = this.core;
    const entry = this.pageTables.entry(va);
    for (let at = 0; at < this.entryBytes; at += 4) space.write32(this.saved(task, index) + at, mem.read32(entry + at));
  }
  private restore(task: number, index: number, va: number): void {
    const { mem, space } = this.core;
    const entry = this.pageTables.entry(va);
    for (let at = 0; at < this.entryBytes; at += 4) mem.write32(entry + at, space.read32(this.saved(task, index) + at));
  }
  /** The frame that a task has mapped at an address itself; −1 if it has none there. */
  ownPfnAt(task: number, va: number): number {
    for (let i = this.countOf(task) - 1; i >= 0; i--)
      if (this.addressOf(this.slotOf(i)) === va - (va % PAGE_SIZE)) return this.pageTables.pfnAt(va);
    return -1;
  }

  // ---------------------------------------------------------------- the API
  /** __kmap_local_page_prot. A page that kmap() has mapped gets a slot too. @throws KernelBug when the task's slots are used up */
  map(pfn: number, prot = this.prot): number {
    const { core, pageTables } = this;
    if (core.kernel.direct.has(pfn)) return this.pageApi.pageAddress(pfn);
    const task = core.current;
    const count = core.get32(this.control(task)) + 1;
    core.set32(this.control(task), count);
    if (count >= KM_MAX_IDX) throw new KernelBug({ at: 'mm/highmem.c:458', fn: '__kmap_local_pfn_prot' });
    const va = this.addressOf(this.slotOf(count - 1));
    if (pageTables.pfnAt(va) >= 0) throw new KernelBug({ at: 'mm/highmem.c:552', fn: '__kmap_local_pfn_prot' });
    pageTables.map(va, pfn, prot);
    this.save(task, count - 1, va);
    return va;
  }
  /**
   * kunmap_local: ends the running task's last mapping, which `address` must be of; a lowmem page's address needs nothing.
   * `warn`: WARN_ON. @throws KernelBug if there is none
   */
  unmap(address: number, warn: (place: BugPlace) => void): void {
    if (this.slots === 0) return;
    const { core } = this;
    const warnOnce = (what: WarnOnce, line: number): void => {
      if (core.warnsNow(what)) warn({ at: `mm/highmem.c:${line}`, fn: 'kunmap_local_indexed' });
    };
    if (!this.has(address)) {
      if (address < core.kernel.direct.va(0)) warnOnce(WarnOnce.KunmapAddress, 604);
      return;
    }
    const task = core.current;
    const index = core.get32(this.control(task)) - 1;
    const va = this.addressOf(this.slotOf(index));
    if (address - (address % PAGE_SIZE) !== va) warnOnce(WarnOnce.KunmapOrder, 610);
    this.clear(va);
    if (index >= 0) for (let at = 0; at < this.entryBytes; at += 4) core.set32(this.saved(task, index) + at, 0);
    core.set32(this.control(task), index);
    if (index < 0) throw new KernelBug({ at: 'mm/highmem.c:470', fn: 'kunmap_local_indexed' });
  }
  /** pte_clear, arch_kmap_local_post_unmap */
  private clear(va: number): void {
    this.pageTables.unmap(va);
    this.pageTables.tlbs.flushOne(va);
  }
  /** kmap_local_sched_out, kmap_local_sched_in: the mappings of `prev` go, those of `next` come. */
  switchTasks(prev: number, next: number): void {
    if (this.slots === 0) return;
    for (let i = this.countOf(prev) - 1; i >= 0; i--) this.clear(this.addressOf(this.slotOf(i)));
    for (let i = this.countOf(next) - 1; i >= 0; i--) this.restore(next, i, this.addressOf(this.slotOf(i)));
  }
}
