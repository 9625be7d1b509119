/**
 * kmap and kunmap (mm/highmem.c: kmap_high, map_new_virtual, kunmap_high; include/linux/highmem-internal.h, 6.1): permanent mappings of
 * pages, for all tasks and CPUs. While all slots are in use, a task waits until one is released.
 */
import { TASK_NORMAL } from '../../profiles/commonConstants';
import type { HighMem } from '../mm/highmem';
import type { PageApi } from '../mm/page_alloc/page_api';
import type { Reports } from '../printk/reports';
import { BLOCK, Spin, type Wait } from './block';
import { type Core, WarnOnce } from './core';
import type { KmapLocal } from './kmap_local';
import type { SleepChecks } from './might_sleep';
import { type Sched, WAIT_QUEUE } from './sched';
import { T, TASK_UNINTERRUPTIBLE, type Tasks } from './task';
import type { WaitQueues } from './wait';

const MIGHT_SLEEP_AT = 'include/linux/highmem-internal.h';

export class Kmap {
  private readonly pageApi: PageApi;
  /** undefined on a machine without CONFIG_HIGHMEM, where every page has an address */
  private readonly highmem: HighMem | undefined;
  /** addresses of functions */
  private readonly spinLock: number;
  private readonly defaultWake: number;

  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly sched: Sched,
    private readonly sleeping: SleepChecks,
    private readonly reports: Reports,
    private readonly waitQueues: WaitQueues,
    private readonly local: KmapLocal,
    { pageApi, highmem }: { readonly pageApi: PageApi; readonly highmem: HighMem | undefined },
  ) {
    this.pageApi = pageApi;
    this.highmem = highmem;
    this.spinLock = core.kernel.symbols.text('_raw_spin_lock');
    this.defaultWake = core.kernel.symbols.text('default_wake_function');
  }

  /** kmap: the page's address. `scratch`: room for a struct wait_queue_entry. @throws KernelBug */
  kmap(pfn: number, scratch: number): Wait | number {
    const { core, highmem } = this;
    const first = this.tasks.get(core.current, T.stage) === 0;
    if (first) this.sleeping.mightSleep(MIGHT_SLEEP_AT);
    if (!highmem || core.kernel.direct.has(pfn)) return this.pageApi.pageAddress(pfn);
    if (first) this.setQueued(scratch, 0);
    else if (this.queued(scratch)) {
      this.waitQueues.remove(scratch);
      this.setQueued(scratch, 0);
    }
    const spin = this.lockedForGood(highmem);
    if (spin) return spin;
    const va = this.locked(() => highmem.kmapHigh(pfn));
    if (va !== 0) {
      this.sched.giveUpWait();
      return va;
    }
    this.waitQueues.initEntry(scratch);
    core.setField(scratch, 'wait_queue_entry', 'func', this.defaultWake);
    this.waitQueues.add(highmem.wait, scratch);
    this.sched.prepare(core.current, TASK_UNINTERRUPTIBLE, WAIT_QUEUE, highmem.wait);
    return BLOCK;
  }
  /** kunmap. @throws KernelBug if the page is not mapped */
  kunmap(pfn: number): Wait | undefined {
    const { core, highmem } = this;
    if (!highmem) return undefined;
    if (this.tasks.get(core.current, T.stage) === 0) this.sleeping.mightSleep(MIGHT_SLEEP_AT);
    if (core.kernel.direct.has(pfn)) return undefined;
    const spin = this.lockedForGood(highmem);
    if (spin) return spin;
    if (this.locked(() => highmem.kunmapHigh(pfn)) && this.waitQueues.active(highmem.wait))
      this.waitQueues.wakeUp(highmem.wait, TASK_NORMAL, 1);
    return undefined;
  }
  /** kmap_to_page, which warns of addresses that are not of the direct map. @throws PageFaultError as virt_to_page */
  kmapToPage(va: number): number {
    const { core, highmem, local, pageApi } = this;
    if (highmem?.has(va)) {
      this.warnOnce(WarnOnce.KmapToPage, 163);
      // pte_page of an empty entry is the first page
      return Math.max(0, highmem.pfnAt(va));
    }
    if (local.has(va)) {
      this.warnOnce(WarnOnce.KmapLocalToPage, 168);
      const pfn = local.ownPfnAt(core.current, va);
      if (pfn >= 0) return pfn;
    }
    return pageApi.virtToPfn(va);
  }
  private warnOnce(what: WarnOnce, line: number): void {
    if (this.core.warnsNow(what)) this.reports.warn({ at: `mm/highmem.c:${line}`, fn: '__kmap_to_page' });
  }
  /** kmap_flush_unused */
  flushUnused(): Wait | undefined {
    const { highmem } = this;
    const spin = highmem && this.lockedForGood(highmem);
    if (highmem && !spin) this.locked(() => highmem.flushUnused());
    return spin;
  }

  /** kmap_lock is taken where a task has died with it: whoever comes spins. */
  private lockedForGood({ lock }: HighMem): Spin | undefined {
    const value = this.core.get32(lock);
    return value === 0 ? undefined : new Spin(lock, value, this.spinLock);
  }
  /** What is done with kmap_lock held. */
  private locked<R>(work: () => R): R {
    const { core } = this;
    core.preemptCount += 1;
    const result = work();
    core.preemptCount -= 1;
    return result;
  }
  /** The task an entry is of, 0 while it is on no queue. */
  private queued(entry: number): boolean {
    return this.core.field(entry, 'wait_queue_entry', 'private') !== 0;
  }
  private setQueued(entry: number, task: number): void {
    this.core.setField(entry, 'wait_queue_entry', 'private', task);
  }
}
