/**
 * The page lock: PG_locked, and those who wait for it. Follows mm/filemap.c, 6.1: folio_lock, folio_unlock, folio_wait_bit_common,
 * wake_page_function, folio_wake_bit, folio_waitqueue. Waiters of all pages share 256 wait queues; each has a struct wait_page_queue in its
 * own stack frame. A page is the pfn of its folio's head. It has no owner, and lockdep does not know it.
 */
import { WQ_FLAG_CUSTOM, WQ_FLAG_DONE, WQ_FLAG_EXCLUSIVE, WQ_FLAG_WOKEN } from '../../profiles/commonConstants';
import { hashPtr } from '../lib/hash';
import type { Lists } from '../lib/list';
import type { PageTable } from '../mm/page';
import { BLOCK, type Wait } from '../sched/block';
import type { Core } from '../sched/core';
import type { SleepChecks } from '../sched/might_sleep';
import { type Sched, WAIT_PAGE_LOCK } from '../sched/sched';
import { T, TASK_UNINTERRUPTIBLE, type Tasks } from '../sched/task';

/** PAGE_WAIT_TABLE_BITS */
const TABLE_BITS = 8;
export const PAGE_WAIT_TABLE_SIZE = 1 << TABLE_BITS;
/** sysctl_page_lock_unfairness: so often a waiter that was woken may find the lock taken by another; then it is handed over */
const UNFAIRNESS = 5;

export class PageLocks {
  private readonly locked: number;
  private readonly waiters: number;
  private readonly lockedBit: number;
  private readonly link: number;

  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly sched: Sched,
    private readonly sleeping: SleepChecks,
    private readonly lists: Lists,
    private readonly pages: PageTable,
    /** address of wake_page_function, which a waiter's entry holds */
    private readonly wakeFunction: number,
  ) {
    this.locked = pages.pageFlags.mask('locked');
    this.waiters = pages.pageFlags.mask('waiters');
    this.lockedBit = 31 - Math.clz32(this.locked);
    this.link = core.offset('wait_page_queue', 'wait') + core.offset('wait_queue_entry', 'entry');
  }

  /** folio_trylock: true if it was taken. */
  tryLock(pfn: number): boolean {
    const flags = this.pages.flagsLow(pfn);
    if (flags & this.locked) return false;
    this.pages.setFlagsLow(pfn, flags | this.locked);
    return true;
  }
  /** folio_lock. `scratch`: room for a struct wait_page_queue, and how often the lock may still be taken before this waiter gets it. */
  lock(pfn: number, scratch: number): Wait | undefined {
    const { core } = this;
    const patience = scratch + core.kernel.layouts.size('wait_page_queue');
    if (this.tasks.get(core.current, T.stage) === 0) {
      this.sleeping.mightSleep('include/linux/pagemap.h');
      if (this.tryLock(pfn)) return undefined;
      core.set32(patience, UNFAIRNESS);
    } else {
      const flags = this.flagsOf(scratch);
      if (!(flags & WQ_FLAG_WOKEN)) return this.sleep(pfn);
      if (flags & WQ_FLAG_DONE || this.tryLock(pfn)) return this.finish();
    }
    const left = core.get32(patience) - 1;
    core.set32(patience, left);
    this.queue(pfn, scratch, left < 0 ? WQ_FLAG_EXCLUSIVE | WQ_FLAG_CUSTOM : WQ_FLAG_EXCLUSIVE);
    return this.sleep(pfn);
  }
  /** folio_wait_locked: sleeps until the lock has been released, and does not take it. */
  wait(pfn: number, scratch: number): Wait | undefined {
    if (this.tasks.get(this.core.current, T.stage) === 0) {
      if (!(this.pages.flagsLow(pfn) & this.locked)) return undefined;
      this.queue(pfn, scratch, 0);
      return this.sleep(pfn);
    }
    return this.flagsOf(scratch) & WQ_FLAG_WOKEN ? this.finish() : this.sleep(pfn);
  }
  /** folio_unlock */
  unlock(pfn: number): void {
    const flags = this.pages.flagsLow(pfn);
    this.pages.setFlagsLow(pfn, flags & ~this.locked);
    if (flags & this.waiters) this.wake(pfn);
  }

  /** folio_waitqueue: the wait queue of a page, which others may share. */
  private queueOf(pfn: number): number {
    const { core } = this;
    const folio = this.pages.pageAddr(pfn);
    const hash = hashPtr(core.wordSize, folio, TABLE_BITS);
    return core.kernel.symbols.address('folio_wait_table') + hash * core.kernel.layouts.size('wait_queue_head');
  }
  private flagsOf(waiter: number): number {
    const { core } = this;
    return core.field32(waiter + core.offset('wait_page_queue', 'wait'), 'wait_queue_entry', 'flags');
  }
  /** Puts the running task at the end of the page's queue. */
  private queue(pfn: number, waiter: number, flags: number): void {
    const { core, lists, pages } = this;
    core.setField(waiter, 'wait_page_queue', 'folio', pages.pageAddr(pfn));
    core.setField32(waiter, 'wait_page_queue', 'bit_nr', this.lockedBit);
    const entry = waiter + core.offset('wait_page_queue', 'wait');
    core.setField32(entry, 'wait_queue_entry', 'flags', flags);
    core.setField(entry, 'wait_queue_entry', 'private', core.current);
    core.setField(entry, 'wait_queue_entry', 'func', this.wakeFunction);
    pages.setFlagsLow(pfn, pages.flagsLow(pfn) | this.waiters);
    lists.addTail(waiter + this.link, this.queueOf(pfn) + core.offset('wait_queue_head', 'head'));
  }
  private sleep(pfn: number): Wait {
    this.sched.prepare(this.core.current, TASK_UNINTERRUPTIBLE, WAIT_PAGE_LOCK, this.pages.pageAddr(pfn));
    return BLOCK;
  }
  private finish(): undefined {
    this.sched.giveUpWait();
    return undefined;
  }

  /** folio_wake_bit: all who wait until the page is unlocked, up to the first who wants the lock. */
  private wake(pfn: number): void {
    const { core, lists, pages } = this;
    const head = this.queueOf(pfn) + core.offset('wait_queue_head', 'head');
    const folio = pages.pageAddr(pfn);
    let others = false;
    for (const link of lists.entries(head)) {
      const waiter = link - this.link;
      const mine =
        core.field(waiter, 'wait_page_queue', 'folio') === folio &&
        core.field32(waiter, 'wait_page_queue', 'bit_nr') === this.lockedBit;
      if (!mine) continue;
      others = true;
      if (!this.wakeWaiter(pfn, waiter)) break;
    }
    if (lists.empty(head) || !others) pages.setFlagsLow(pfn, pages.flagsLow(pfn) & ~this.waiters);
  }
  /** wake_page_function; false: the lock is as good as taken, no more are woken. */
  private wakeWaiter(pfn: number, waiter: number): boolean {
    const { core } = this;
    const entry = waiter + core.offset('wait_page_queue', 'wait');
    let flags = core.field32(entry, 'wait_queue_entry', 'flags');
    if (flags & WQ_FLAG_EXCLUSIVE) {
      if (this.pages.flagsLow(pfn) & this.locked) return false;
      if (flags & WQ_FLAG_CUSTOM) {
        this.tryLock(pfn);
        flags |= WQ_FLAG_DONE;
      }
    }
    core.setField32(entry, 'wait_queue_entry', 'flags', flags | WQ_FLAG_WOKEN);
    const task = core.field(entry, 'wait_queue_entry', 'private');
    if (this.tasks.has(task)) this.sched.wake(task);
    this.lists.delInit(waiter + this.link);
    return !(flags & WQ_FLAG_EXCLUSIVE);
  }
}
