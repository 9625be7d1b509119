/** What all reports of lockdep are made of (kernel/locking/lockdep.c: print_lock, lockdep_print_held_locks, print_lock_trace, 6.1). */

import type { StackDepot } from '../../lib/stackdepot';
import type { Reports } from '../../printk/reports';
import type { Core } from '../../sched/core';
import { HARDIRQ_MASK, SOFTIRQ_MASK, SOFTIRQ_OFFSET } from '../../sched/preempt_mask';
import { TASK_RUNNING, type Tasks } from '../../sched/task';
import type { HeldLock, HeldLocks } from './held_locks';
import type { LockClasses } from './lock_class';

const HARDIRQ_SHIFT = 16;
const SOFTIRQ_SHIFT = 8;

export class LockReport {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly held: HeldLocks,
    private readonly reports: Reports,
    private readonly classes: LockClasses,
    private readonly traces: StackDepot,
  ) {}

  /** Prints a report, its title between rules. `functions`: of the kernel, innermost first, that lead to it. `width`: of the rules. */
  print(title: string, lines: readonly string[], functions: readonly string[], width = title.length): void {
    const rule = (char: string): string => char.repeat(width);
    const text = [this.reports.kernelIdent(), rule('-'), ...lines];
    this.reports.banner(rule('='), title, text, functions, this.takenNotes());
  }
  /** Where in the scenario the running task has taken the locks that a report names, each once. */
  private takenNotes(): string[] {
    const taken = this.held.followed(this.core.current).filter((lock) => lock.acquired);
    const notes = taken.flatMap((lock) => {
      const place = this.reports.names.placeAt(lock.ip);
      return place === undefined ? [] : [`${this.className(lock.class)} was taken in ${place}`];
    });
    return [...new Set(notes)];
  }
  /** the task whose locks are reported: the one that runs */
  task(): number {
    return this.core.current;
  }
  /** `main/12` */
  who(): string {
    return this.tasks.label(this.core.current);
  }
  /** print_lock */
  lock(lock: HeldLock): string {
    const { reports, classes } = this;
    return `${reports.bare(lock.address)}${classes.describe(lock.class)}, at: ${reports.names.symbolizeAddress(lock.ip)}`;
  }
  /** print_ip_sym */
  at(address: number): string {
    return this.reports.atAddress(address);
  }
  className(number: number): string {
    return this.classes.name(number);
  }
  /** lockdep_print_held_locks: what lockdep follows. The locks of a task that may be running elsewhere are only counted. */
  heldLines(task: number): string[] {
    const locks = this.held.of(task).filter((lock) => lock.class !== 0);
    const who = this.tasks.label(task);
    if (locks.length === 0) return [`no locks held by ${who}.`];
    const title = `${locks.length} lock${locks.length === 1 ? '' : 's'} held by ${who}:`;
    if (task !== this.core.current && this.tasks.state(task) === TASK_RUNNING) return [title];
    return [title, ...locks.map((lock, i) => ` #${i}: ${this.lock(lock)}`)];
  }
  /** print_lock_trace */
  trace(trace: number, spaces: number): string[] {
    return this.traceOf(this.traces.fetch(trace), spaces);
  }
  traceOf(addresses: readonly number[], spaces: number): string[] {
    return this.reports.names.storedTrace(addresses).map((line) => `${' '.repeat(1 + spaces)}${line}`);
  }
  /** How a report about a lock that is held while another is taken begins. */
  acquiring(next: HeldLock, held: HeldLock): string[] {
    return [
      `${this.who()} is trying to acquire lock:`,
      this.lock(next),
      '',
      'but task is already holding lock:',
      this.lock(held),
      '',
    ];
  }
  /** How a report ends whose scenario is a deadlock. `more`: lines between that and the locks that are held. */
  deadlock(more: readonly string[] = []): string[] {
    return ['', ' *** DEADLOCK ***', '', ...more, ...this.heldLines(this.task()), '', 'stack backtrace:'];
  }
  /** `[HC0[0]:SC1[1]:HE1:SE0]`: the context as lockdep sees it, and by preempt_count; hard interrupts and softirqs enabled */
  contextText(): string {
    const { core } = this;
    const count = core.preemptCount;
    const hardirqs = (count & HARDIRQ_MASK) >> HARDIRQ_SHIFT;
    const softirqs = (count & SOFTIRQ_MASK) >> SOFTIRQ_SHIFT;
    const serving = count & SOFTIRQ_OFFSET ? 1 : 0;
    return `[HC${hardirqs ? 1 : 0}[${hardirqs}]:SC${serving}[${softirqs}]:HE${core.irqsOff ? 0 : 1}:SE${softirqs ? 0 : 1}]`;
  }
}
