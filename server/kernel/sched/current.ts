/** The caller of the page allocator: the running task and its context, read from emulated memory. */
import { PAGE_SIZE } from '../../types/pageSize';
import { KernelBug } from '../lib/bug';
import type { DebugLocks } from '../lib/debug_locks';
import { raisedBelow } from '../lib/kernel_fault';
import type { Caller } from '../mm/page_alloc/caller';
import type { KernelPlace, Reports } from '../printk/reports';
import { TAINT_BAD_PAGE } from '../printk/taint';
import type { Core } from './core';
import type { SleepChecks } from './might_sleep';
import { NMI_MASK, SOFTIRQ_OFFSET } from './preempt_mask';
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
  mightAlloc(gfp: number, functions: readonly string[], api: () => readonly string[]): void;
}

export class CurrentTask implements Caller {
  /** see `within`: it lives no longer than the call of the API that runs */
  private outer: readonly string[] = [];
  private readonly apiFunction = () => this.reports.stacks.functions();

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
  inNmi(): boolean {
    return (this.core.preemptCount & NMI_MASK) !== 0;
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
  mightAlloc(gfp: number, functions: readonly string[]): void {
    const all = this.outer.length > 0 ? [...functions, ...this.outer] : functions;
    this.reclaim.mightAlloc(gfp, all, this.apiFunction);
    this.sleeping.mightAlloc(gfp, all);
  }
  within<T>(functions: readonly string[], body: () => T): T {
    const before = this.outer;
    this.outer = before.length > 0 ? [...functions, ...before] : functions;
    try {
      return body();
    } catch (error) {
      throw error instanceof KernelBug ? raisedBelow(error, functions, 0, false) : error;
    } finally {
      this.outer = before;
    }
  }
  functions(): readonly string[] {
    const { stacks } = this.reports;
    return this.outer.length === 0 ? stacks.functions() : [...this.outer, ...stacks.functions()];
  }
  symbol(): string {
    const { names } = this.reports;
    return names.symbolize(names.pc());
  }
  ip(): number {
    const { names } = this.reports;
    return names.addressOf(names.pc());
  }
  /** What the page allocator's reports name: its own functions, those that called it, and the function of the API if others lie between. */
  private named(functions: readonly string[] | undefined): readonly string[] | undefined {
    if (this.outer.length === 0) return functions;
    return [...(functions ?? []), ...this.outer, ...this.reports.stacks.functions()];
  }
  mightSleep(at: string, functions: readonly string[]): void {
    this.sleeping.mightSleep(at, this.outer.length > 0 ? [...functions, ...this.outer] : functions);
  }
  wakeUp(task: number): void {
    if (this.tasks.has(task)) this.sched.wake(task, TASK_INTERRUPTIBLE);
  }
  pagesFreed(pfn: number, order: number): void {
    const { direct } = this.core.kernel;
    if (this.locks.follows && direct.has(pfn)) this.locks.memoryFreed(direct.va(pfn * PAGE_SIZE), PAGE_SIZE << order);
  }
  dumpStack(functions?: readonly string[]): readonly string[] {
    return this.reports.dumpStack(this.named(functions));
  }
  taintBadPage(): void {
    this.reports.taintUnreliable(TAINT_BAD_PAGE);
  }
  modulesLine(): string {
    return this.reports.modulesLine();
  }
  warn(place: KernelPlace, message: string, notes: readonly string[]): void {
    const functions = this.named(place.functions);
    this.reports.warn(functions === undefined ? place : { ...place, functions }, message, notes);
  }
}
