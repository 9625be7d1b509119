/**
 * Softirqs and tasklets: what is pending, and the lists (kernel/softirq.c, 6.1). do_softirq.ts runs them.
 */

import { HI_SOFTIRQ, TASKLET_SOFTIRQ } from '../../profiles/commonConstants';
import type { Reports } from '../printk/reports';
import { type Core, WarnOnce } from '../sched/core';
import { IN_INTERRUPT } from '../sched/preempt_mask';
import { type Sched, WAIT_TASKLET } from '../sched/sched';

export {
  HI_SOFTIRQ,
  HRTIMER_SOFTIRQ,
  NR_SOFTIRQS,
  RCU_SOFTIRQ,
  TASKLET_SOFTIRQ,
  TIMER_SOFTIRQ,
} from '../../profiles/commonConstants';

/** softirq blocks of a scenario come after the kernel's own */
export const MAX_SOFTIRQS = 32;
export const SOFTIRQ_NAMES = [
  'HI',
  'TIMER',
  'NET_TX',
  'NET_RX',
  'BLOCK',
  'IRQ_POLL',
  'TASKLET',
  'SCHED',
  'HRTIMER',
  'RCU',
] as const;

const TASKLET_STATE_SCHED = 1;
const TASKLET_STATE_RUN = 2;

export class Softirqs {
  constructor(
    private readonly core: Core,
    private readonly sched: Sched,
    private readonly reports: Reports,
  ) {}

  pending(cpu = this.core.cpu): number {
    return this.core.mem.words[this.core.softirqWord[cpu] as number] as number;
  }
  setPending(pending: number): void {
    this.core.mem.set(this.core.softirqWord[this.core.cpu] as number, pending);
  }
  /** raise_softirq: in task context ksoftirqd is woken; in an interrupt it runs at its end. */
  raise(nr: number, cpu = this.core.cpu): void {
    const { core } = this;
    const word = core.softirqWord[cpu] as number;
    core.mem.set(word, (core.mem.words[word] as number) | (1 << nr));
    if (cpu !== core.cpu || (core.preemptCount & IN_INTERRUPT) === 0) this.wakeDaemon(cpu);
  }
  wakeDaemon(cpu: number): void {
    const task = this.core.getLong(this.core.perCpuAddress('ksoftirqd', cpu));
    if (task !== 0) this.sched.wake(task);
  }
  /** open_softirq */
  open(nr: number, action: number): void {
    if (nr >= 0 && nr < MAX_SOFTIRQS)
      this.core.setLong(this.core.kernel.symbols.address('softirq_vec') + nr * this.core.wordSize, action);
  }
  action(nr: number): number {
    return this.core.getLong(this.core.kernel.symbols.address('softirq_vec') + nr * this.core.wordSize);
  }

  // ---------------------------------------------------------------- tasklets
  setupTasklet(tasklet: number, fn: number, callback: boolean, data: number): void {
    const { core } = this;
    core.setField(tasklet, 'tasklet_struct', 'next', 0);
    core.setField(tasklet, 'tasklet_struct', 'state', 0);
    core.setField32(tasklet, 'tasklet_struct', 'count', 0);
    core.space.write8(tasklet + core.offset('tasklet_struct', 'use_callback'), callback ? 1 : 0);
    core.setField(tasklet, 'tasklet_struct', 'func', fn);
    core.setField(tasklet, 'tasklet_struct', 'data', data);
  }
  /** tasklet_schedule */
  schedule(tasklet: number, high = false): void {
    const { core } = this;
    const state = core.field32(tasklet, 'tasklet_struct', 'state');
    if (state & TASKLET_STATE_SCHED) return;
    core.setField32(tasklet, 'tasklet_struct', 'state', state | TASKLET_STATE_SCHED);
    this.append(tasklet, high);
    this.raise(high ? HI_SOFTIRQ : TASKLET_SOFTIRQ);
  }
  private append(tasklet: number, high: boolean): void {
    const { core } = this;
    const head = core.perCpuAddress(high ? 'tasklet_hi_vec' : 'tasklet_vec', core.cpu);
    const tail = core.getLong(head + core.wordSize);
    core.setField(tasklet, 'tasklet_struct', 'next', 0);
    if (tail === 0) core.setLong(head, tasklet);
    else core.setField(tail, 'tasklet_struct', 'next', tasklet);
    core.setLong(head + core.wordSize, tasklet);
  }
  /** Takes the whole list: its first tasklet, 0 if it is empty. */
  takeTasklets(high: boolean): number {
    const { core } = this;
    const head = core.perCpuAddress(high ? 'tasklet_hi_vec' : 'tasklet_vec', core.cpu);
    const first = core.getLong(head);
    if (first !== 0) {
      core.setLong(head, 0);
      core.setLong(head + core.wordSize, 0);
    }
    return first;
  }
  /**
   * Whether a tasklet may run now; if it is disabled, or runs elsewhere, it goes back to the list. The kernel tries it again and
   * again in ksoftirqd; here it is tried once the reason that keeps it from running is gone (`kick`).
   */
  beginTasklet(tasklet: number, high: boolean): boolean {
    const { core } = this;
    const state = core.field32(tasklet, 'tasklet_struct', 'state');
    if (state & TASKLET_STATE_RUN || core.field32(tasklet, 'tasklet_struct', 'count') !== 0) {
      this.append(tasklet, high);
      return false;
    }
    if (!(state & TASKLET_STATE_SCHED) && core.warnsNow(WarnOnce.TaskletNotScheduled))
      this.reports.warn({ fn: 'tasklet_action_common', at: 'kernel/softirq.c' }, 'tasklet SCHED state not set');
    core.setField32(tasklet, 'tasklet_struct', 'state', (state & ~TASKLET_STATE_SCHED) | TASKLET_STATE_RUN);
    return true;
  }
  endTasklet(tasklet: number): void {
    const state = this.core.field32(tasklet, 'tasklet_struct', 'state');
    this.core.setField32(tasklet, 'tasklet_struct', 'state', state & ~TASKLET_STATE_RUN);
    // tasklet_kill
    this.sched.wakeWaiting(WAIT_TASKLET, tasklet);
    if (state & TASKLET_STATE_SCHED) this.kick();
  }
  disableTasklet(tasklet: number, by: number): void {
    const count = this.core.field32(tasklet, 'tasklet_struct', 'count');
    this.core.setField32(tasklet, 'tasklet_struct', 'count', count + by);
    if (count + by === 0 && this.core.field32(tasklet, 'tasklet_struct', 'state') & TASKLET_STATE_SCHED) this.kick();
  }
  /** Raises the softirq of every list that has tasklets. */
  private kick(): void {
    const { core } = this;
    for (let cpu = 0; cpu < core.cpus; cpu++) {
      if (core.getLong(core.perCpuAddress('tasklet_vec', cpu)) !== 0) this.raise(TASKLET_SOFTIRQ, cpu);
      if (core.getLong(core.perCpuAddress('tasklet_hi_vec', cpu)) !== 0) this.raise(HI_SOFTIRQ, cpu);
    }
  }
  /** Where each CPU says which tasklet it runs: the addresses. */
  runningFields(): readonly number[] {
    const { core } = this;
    return Array.from({ length: core.cpus }, (_, cpu) => core.perCpuAddress('kmem_running_tasklet', cpu));
  }
  /** Scheduled or running. */
  taskletBusy(tasklet: number): boolean {
    return (this.core.field32(tasklet, 'tasklet_struct', 'state') & (TASKLET_STATE_SCHED | TASKLET_STATE_RUN)) !== 0;
  }
}
