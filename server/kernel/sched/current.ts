/** The caller of the page allocator: the running task and its context, read from emulated memory. */
import { PAGE_SIZE } from '../../types/pageSize';
import type { DebugLocks } from '../lib/debug_locks';
import type { Caller } from '../mm/page_alloc/caller';
import type { KernelPlace, Reports } from '../printk/reports';
import { TAINT_BAD_PAGE } from '../printk/taint';
import type { Core } from './core';
import type { SleepChecks } from './might_sleep';
import { SOFTIRQ_OFFSET } from './preempt_mask';
import type { Sched } from './sched';
import { TASK_INTERRUPTIBLE, type Tasks } from './task';

/** The locks that lie in memory: locking/lockdep/lockdep.ts. */
interface LockChecks {
  /** whether anybody looks */
  readonly follows: boolean;
  readonly debugLocks: DebugLocks;
  memoryFreed(start: number, bytes: number): void;
}
/** Requests that may reclaim, in relation to locks: locking/lockdep/fs_reclaim.ts. */
interface ReclaimChecks {
  mightAlloc(gfp: number, allocator: boolean): void;
}

export class CurrentTask implements Caller {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly reports: Reports,
    private readonly sched: Sched,
    private readonly sleeping: SleepChecks,
    private readonly locks: LockChecks,
    private readonly reclaim: ReclaimChecks,
  ) {}
  cpu(): number {
    return this.core.cpu;
  }
  taskFlags(): number {
    return this.tasks.flags(this.core.current);
  }
  inInterrupt(): boolean {
    return this.core.inInterrupt;
  }
  inServingSoftirq(): boolean {
    return (this.core.preemptCount & SOFTIRQ_OFFSET) !== 0;
  }
  rtTask(): boolean {
    return false;
  }
  comm(): string {
    return this.tasks.comm(this.core.current);
  }
  pid(): number {
    return this.tasks.pid(this.core.current);
  }
  jiffies(): number {
    return this.core.jiffies32;
  }
  /** `allocator`: it is the page allocator that asks, not the scenario itself */
  mightAlloc(gfp: number, allocator = true): void {
    this.reclaim.mightAlloc(gfp, allocator);
    this.sleeping.mightAlloc(gfp, allocator ? ['prepare_alloc_pages', '__alloc_pages'] : []);
  }
  wakeUp(task: number): void {
    if (this.tasks.has(task)) this.sched.wake(task, TASK_INTERRUPTIBLE);
  }
  pagesFreed(pfn: number, order: number): void {
    const { direct } = this.core.kernel;
    if (this.locks.follows && direct.has(pfn)) this.locks.memoryFreed(direct.va(pfn * PAGE_SIZE), PAGE_SIZE << order);
  }
  dumpStack(functions: readonly string[]): readonly string[] {
    return this.reports.dumpStack(functions);
  }
  taintBadPage(): void {
    this.reports.taintUnreliable(TAINT_BAD_PAGE);
  }
  modulesLine(): string {
    return this.reports.modulesLine();
  }
  warn(place: KernelPlace, message: string, notes: readonly string[]): void {
    this.reports.warn(place, message, notes);
  }
}
