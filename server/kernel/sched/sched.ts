/**
 * The scheduler: run queues, sleeping and waking (kernel/sched/core.c, 6.1). One queue per CPU, first come first served: a kernel thread
 * runs until it sleeps, ends or yields. The vm chooses which CPU runs next (vm/run/schedule.ts), since real CPUs run at the same time.
 */
import { TASK_NORMAL } from '../../profiles/commonConstants';
import type { Core } from './core';
import { T, TASK_DEAD, TASK_INTERRUPTIBLE, TASK_RUNNING, type Tasks } from './task';

/** What a sleeping task waits for, apart from the scenario's wait queues. */
const WAIT_NONE = 0;
export const WAIT_MUTEX = 1;
export const WAIT_SEMAPHORE = 2;
export const WAIT_RWSEM = 3;
export const WAIT_COMPLETION = 4;
export const WAIT_WORK = 5;
export const WAIT_TASK_EXIT = 6;
export const WAIT_RCU = 7;
export const WAIT_TIMER = 8;
export const WAIT_TASKLET = 11;
export const WAIT_PAGE_LOCK = 12;
/** a queue of the kernel's own */
export const WAIT_QUEUE = 13;

/** A timeout of this many jiffies never ends (LONG_MAX in the kernel). */
export const MAX_SCHEDULE_TIMEOUT = 0x7fffffff;

/** The timed sleeps of tasks: time/timeout.ts. */
export interface SleepTimers {
  /** The running task's sleep ends after `jiffies` at the latest. `timer`: room for a struct process_timer in its frame. */
  start(timer: number, jiffies: number): void;
  /** Ends the running task's timed sleep; what is left of it, in jiffies, 0 if it has run out or there is none. */
  end(): number;
}

export class Sched {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
  ) {}

  // ---------------------------------------------------------------- run queues
  private head(cpu: number): number {
    return this.core.perCpuAddress('runqueues', cpu);
  }
  /** First task in a CPU's queue, 0 if it is empty. */
  first(cpu: number): number {
    return this.core.getLong(this.head(cpu));
  }
  enqueue(task: number): void {
    const { core, tasks } = this;
    const head = this.head(tasks.cpuOf(task));
    const last = core.getLong(head + core.wordSize);
    tasks.setLong(task, T.next, 0);
    if (last === 0) core.setLong(head, task);
    else tasks.setLong(last, T.next, task);
    core.setLong(head + core.wordSize, task);
    core.setField32(task, 'task_struct', 'on_rq', 1);
  }
  /** Takes the first task off a CPU's queue; 0 if there is none. */
  dequeue(cpu: number): number {
    const { core, tasks } = this;
    const head = this.head(cpu);
    const task = core.getLong(head);
    if (task === 0) return 0;
    const next = tasks.getLong(task, T.next);
    core.setLong(head, next);
    if (next === 0) core.setLong(head + core.wordSize, 0);
    return task;
  }
  /** cond_resched of a kernel thread: whether the tick has asked for another task, and there is one. */
  condResched(): boolean {
    const { core } = this;
    const { cpu } = core;
    if (core.getPerCpu('kmem_need_resched', cpu) === 0) return false;
    core.setPerCpu('kmem_need_resched', cpu, 0);
    return this.first(cpu) !== 0;
  }
  /** Tasks in a CPU's queue, first to run first. */
  queue(cpu: number): number[] {
    const list: number[] = [];
    for (let t = this.first(cpu); t !== 0 && list.length < 4096; t = this.tasks.getLong(t, T.next)) list.push(t);
    return list;
  }

  // ---------------------------------------------------------------- sleeping and waking
  /** try_to_wake_up: a task that sleeps, in one of the states of `mask`, becomes runnable. True if it was asleep. */
  wake(task: number, mask = TASK_NORMAL): boolean {
    const { core, tasks } = this;
    const state = tasks.state(task);
    if (state === TASK_RUNNING || (state & mask) === 0 || state & TASK_DEAD) return false;
    tasks.setState(task, TASK_RUNNING);
    tasks.set(task, T.waitKind, WAIT_NONE);
    if (core.field32(task, 'task_struct', 'on_rq') === 0) this.enqueue(task);
    return true;
  }
  /** Wakes the tasks that wait for `address`, or for any: all, or the first `count` in order of creation. Returns how many. */
  wakeWaiting(kind: number, address: number | undefined, count = Number.POSITIVE_INFINITY): number {
    let woken = 0;
    for (const task of this.tasks.all) {
      if (woken >= count) break;
      if (this.tasks.get(task, T.waitKind) !== kind) continue;
      if (address !== undefined && this.tasks.getLong(task, T.waitFor) !== address) continue;
      if (this.wake(task)) woken++;
    }
    return woken;
  }
  /** Records what the task is about to wait for, and the state it sleeps in. */
  prepare(task: number, state: number, kind: number, address: number): void {
    const { tasks } = this;
    tasks.setState(task, state);
    tasks.set(task, T.waitKind, kind);
    tasks.setLong(task, T.waitFor, address);
  }
  /** A kernel thread that finds nothing to do sleeps until it is woken. */
  sleepHere(): void {
    this.tasks.setState(this.core.current, TASK_INTERRUPTIBLE);
  }
  /** Ends the running task's wait without a wake-up. */
  giveUpWait(): void {
    this.prepare(this.core.current, TASK_RUNNING, WAIT_NONE, 0);
  }
}
