/** The caller of the page allocator: the running task and its context, read from emulated memory. */
import type { Caller } from '../mm/page_alloc/caller';
import type { Reports } from '../printk/reports';
import type { Core } from './core';
import type { SleepChecks } from './might_sleep';
import { SOFTIRQ_OFFSET } from './preempt_mask';
import type { Tasks } from './task';

export class CurrentTask implements Caller {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly reports: Reports,
    private readonly sleeping: SleepChecks,
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
  mightAlloc(gfp: number): void {
    this.sleeping.mightAlloc(gfp);
  }
  dumpStack(frames: readonly string[]): readonly string[] {
    return this.reports.dumpStack(frames);
  }
}
