/**
 * Work items: one list per CPU, served by that CPU's kworkers (kernel/workqueue.c, 6.1; all workqueues share the per-CPU pools).
 * A second worker takes over while the first sleeps in a work function.
 */

import type { KernelWorks } from '../lib/kernel_works';
import type { Lists } from '../lib/list';
import type { Lockdep } from '../locking/lockdep/lockdep';
import type { Reports } from '../printk/reports';
import { BLOCK, type Wait } from '../sched/block';
import type { Core } from '../sched/core';
import type { SleepChecks } from '../sched/might_sleep';
import { countText } from '../sched/preempt_mask';
import { type Sched, WAIT_WORK } from '../sched/sched';
import { AGAIN, CallRequest, type Step } from '../sched/step';
import { KIND_KWORKER, T, TASK_RUNNING, TASK_UNINTERRUPTIBLE, type Tasks } from '../sched/task';
import type { Timers } from '../time/timer';

/** the kernel's function around a work's, for call traces */
const PROCESS_ONE_WORK = ['process_one_work'];

const PENDING = 1;
/** WORK_STRUCT_NO_POOL as INIT_WORK leaves data: the low bits below are flags */
const DATA_INIT = 0xfffffffe0 | 0;
/** Byte offsets of what follows the work_struct in a barrier. */
const BARRIER = { worker: 40, runs: 48, bound: 52 } as const;

export class Workqueues {
  private readonly barrierFn: number;

  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly sched: Sched,
    private readonly reports: Reports,
    private readonly sleeping: SleepChecks,
    private readonly lockdep: Lockdep,
    private readonly lists: Lists,
    private readonly timers: Timers,
    /** address of delayed_work_timer_fn */
    readonly timerFn: number,
    /** works whose functions are the kernel's own */
    private readonly ownWorks: KernelWorks,
  ) {
    lockdep.text.define(['process_one_work', 'worker_thread', '__flush_work']);
    this.barrierFn = core.kernel.symbols.text('wq_barrier_func');
    ownWorks.attach((work) => this.queue(work));
  }

  /** INIT_WORK */
  init(work: number, fn: number): void {
    const { core } = this;
    core.setField(work, 'work_struct', 'data', DATA_INIT);
    this.lists.init(this.entry(work));
    core.setField(work, 'work_struct', 'func', fn);
  }
  /** INIT_DELAYED_WORK */
  initDelayed(dwork: number, fn: number): void {
    this.init(dwork, fn);
    this.timers.setup(this.timer(dwork), this.timerFn, 0);
  }
  private entry(work: number): number {
    return work + this.core.offset('work_struct', 'entry');
  }
  timer(dwork: number): number {
    return dwork + this.core.offset('delayed_work', 'timer');
  }
  /** The delayed_work around a timer. */
  ofTimer(timer: number): number {
    return timer - this.core.offset('delayed_work', 'timer');
  }
  pending(work: number): boolean {
    return (this.core.get32(work) & PENDING) !== 0;
  }
  private setPending(work: number, pending: boolean): void {
    const data = this.core.get32(work);
    this.core.set32(work, pending ? data | PENDING : data & ~PENDING);
  }

  // ---------------------------------------------------------------- queueing
  /** queue_work_on: false if it was pending already. */
  queue(work: number, cpu = this.core.cpu): boolean {
    if (this.pending(work)) return false;
    this.setPending(work, true);
    this.insert(work, cpu);
    return true;
  }
  private insert(work: number, cpu: number): void {
    const { core } = this;
    if (core.field(work, 'work_struct', 'func') === 0)
      this.reports.warn({ fn: '__queue_work', at: 'kernel/workqueue.c' }, '', [
        'the work has no function: it has not been initialised',
      ]);
    this.lists.addTail(this.entry(work), core.perCpuAddress('cpu_worker_pool', cpu));
    this.wakeWorker(cpu);
  }
  /** queue_delayed_work_on */
  queueDelayed(dwork: number, jiffies: number, cpu = this.core.cpu): boolean {
    if (this.pending(dwork)) return false;
    if (jiffies <= 0) return this.queue(dwork, cpu);
    this.setPending(dwork, true);
    this.core.setField32(dwork, 'delayed_work', 'cpu', cpu);
    // DECLARE_DELAYED_WORK, in the scenario language, has no name for it
    const timer = this.timer(dwork);
    if (this.core.field(timer, 'timer_list', 'function') === 0)
      this.core.setField(timer, 'timer_list', 'function', this.timerFn);
    this.timers.modify(this.timer(dwork), this.core.jiffiesIn(jiffies), cpu);
    return true;
  }
  /** mod_delayed_work: whether it was pending. */
  modifyDelayed(dwork: number, jiffies: number): boolean {
    const was = this.cancel(dwork, true);
    this.queueDelayed(dwork, jiffies);
    return was;
  }
  /** delayed_work_timer_fn */
  timerExpired(timer: number): void {
    const dwork = this.ofTimer(timer);
    this.insert(dwork, this.core.field32(dwork, 'delayed_work', 'cpu'));
  }
  /** The first step of flush_delayed_work: a work whose timer is pending is queued at once. */
  expedite(dwork: number): void {
    if (this.timers.del(this.timer(dwork))) this.insert(dwork, this.core.cpu);
  }
  /** Takes a work off its list or its timer. Returns whether it was pending. */
  cancel(work: number, delayed: boolean): boolean {
    if (!this.pending(work)) return false;
    if (!(delayed && this.timers.del(this.timer(work))) && !this.lists.empty(this.entry(work)))
      this.lists.delInit(this.entry(work));
    this.setPending(work, false);
    return true;
  }

  // ---------------------------------------------------------------- workers
  private workers(cpu: number): number[] {
    return this.tasks.all.filter((t) => this.tasks.kind(t) === KIND_KWORKER && this.tasks.cpuOf(t) === cpu);
  }
  /** Wakes a worker unless one is at work and does not sleep. */
  wakeWorker(cpu: number): void {
    const workers = this.workers(cpu);
    if (workers.some((w) => this.tasks.state(w) === TASK_RUNNING)) return;
    for (const worker of workers) {
      if (this.tasks.getLong(worker, T.work) !== 0) continue;
      this.sched.wake(worker);
      return;
    }
  }
  /** A worker goes to sleep inside a work function: another one continues with the list. */
  workerSleeps(cpu: number): void {
    if (!this.lists.empty(this.core.perCpuAddress('cpu_worker_pool', cpu))) this.wakeWorker(cpu);
  }
  /** The next work of a CPU's list, no longer pending; 0 if there is none. */
  take(cpu: number): number {
    const head = this.core.perCpuAddress('cpu_worker_pool', cpu);
    if (this.lists.empty(head)) return 0;
    const work = this.next(head);
    this.lists.delInit(this.entry(work));
    if (this.isBarrier(work)) {
      // the work before it has been cancelled
      this.bind(work, 0);
      this.sched.wakeWaiting(WAIT_WORK, undefined);
      return this.take(cpu);
    }
    this.setPending(work, false);
    while (!this.lists.empty(head) && this.isBarrier(this.next(head))) {
      const barrier = this.next(head);
      this.lists.delInit(this.entry(barrier));
      this.bind(barrier, this.core.current);
    }
    return work;
  }
  private next(head: number): number {
    return this.lists.next(head) - this.core.offset('work_struct', 'entry');
  }
  running(work: number): boolean {
    return this.workerOf(work) !== 0;
  }

  // ---------------------------------------------------------------- waiting
  /**
   * Queues the barrier that flush_work waits for, in its caller's frame, as insert_wq_barrier does: a work right behind the one that is
   * flushed, which the worker that takes that one takes along. So the flush ends with this run, even if the work queues itself again.
   */
  private isBarrier(work: number): boolean {
    return this.core.field(work, 'work_struct', 'func') === this.barrierFn;
  }
  /** The barrier is over when `worker` has finished the run that is under way. */
  private bind(barrier: number, worker: number): void {
    const runs = worker === 0 ? 0 : this.tasks.get(worker, T.runs);
    this.core.setLong(barrier + BARRIER.worker, worker);
    this.core.set32(barrier + BARRIER.runs, runs);
    this.core.set32(barrier + BARRIER.bound, 1);
  }
  private begin(work: number, barrier: number): boolean {
    const { core, lists } = this;
    this.init(barrier, this.barrierFn);
    core.set32(barrier + BARRIER.bound, 0);
    if (this.pending(work) && !lists.empty(this.entry(work))) {
      lists.add(this.entry(barrier), this.entry(work));
      return true;
    }
    const worker = this.workerOf(work);
    if (worker !== 0) this.bind(barrier, worker);
    return worker !== 0;
  }
  private over(barrier: number): boolean {
    const { core } = this;
    if (core.get32(barrier + BARRIER.bound) === 0) return false;
    const worker = core.getLong(barrier + BARRIER.worker);
    return worker === 0 || this.tasks.get(worker, T.runs) !== core.get32(barrier + BARRIER.runs);
  }
  private workerOf(work: number): number {
    return (
      this.tasks.all.find((t) => this.tasks.getLong(t, T.work) === work && this.tasks.kind(t) === KIND_KWORKER) ?? 0
    );
  }
  /** flush_work: true if there was something to wait for. `scratch`: room for the barrier in the caller's frame. */
  flush(work: number, scratch: number): Wait | boolean {
    if (this.tasks.get(this.core.current, T.stage) === 0) {
      this.sleeping.mightSleep('kernel/workqueue.c', ['__flush_work']);
      this.lockdep.passRegion(work, 'work function', ['__flush_work']);
      if (!this.begin(work, scratch)) return false;
    } else if (this.over(scratch)) return true;
    return this.wait(work);
  }
  /** cancel_work_sync: the work is not pending and does not run when this returns. */
  cancelSync(work: number, delayed: boolean): Wait | boolean {
    const { tasks, core } = this;
    const stage = tasks.get(core.current, T.stage);
    if (stage === 0) {
      this.sleeping.mightSleep('kernel/workqueue.c', ['__flush_work', '__cancel_work_timer']);
      this.lockdep.passRegion(work, 'work function', ['__flush_work']);
    }
    // the first call's answer, kept for the call that returns
    const was = stage === 0 ? this.cancel(work, delayed) : tasks.getLong(core.current, T.exitCode) === 1;
    if (this.running(work)) {
      // nothing can queue it meanwhile, not even the work itself
      this.setPending(work, true);
      tasks.setLong(core.current, T.exitCode, was ? 1 : 0);
      return this.wait(work);
    }
    if (stage !== 0) {
      this.setPending(work, false);
      tasks.setLong(core.current, T.exitCode, 0);
    }
    return was;
  }
  private wait(work: number): Wait {
    this.sched.prepare(this.core.current, TASK_UNINTERRUPTIBLE, WAIT_WORK, work);
    return BLOCK;
  }

  // ---------------------------------------------------------------- worker_thread
  /** worker_thread: one work after the other, with process_one_work's check after each. */
  workerStep(): Step {
    const { core, tasks, sched, reports } = this;
    const worker = core.current;
    if (tasks.getLong(worker, T.work) !== 0) {
      this.finished(worker);
      if (sched.condResched()) {
        reports.stacks.save();
        return BLOCK;
      }
    }
    const work = this.take(core.cpu);
    if (work === 0) {
      sched.sleepHere();
      reports.stacks.save();
      return BLOCK;
    }
    tasks.setLong(worker, T.work, work);
    const func = core.field(work, 'work_struct', 'func');
    tasks.setLong(worker, T.fn, func);
    this.enterWork(worker, work);
    const own = this.ownWorks.functionAt(func);
    if (!own) return new CallRequest(func, [work]);
    own(work);
    return AGAIN;
  }
  /** process_one_work: lockdep follows the queue, and the work by a copy of its map, as its function may free it. */
  private enterWork(worker: number, work: number): void {
    const { lockdep } = this;
    const how = { ip: lockdep.text.inside('process_one_work'), functions: ['process_one_work', 'worker_thread'] };
    lockdep.enterRegion(lockdep.kernelMap('system_wq_lockdep_map'), 'region', how);
    lockdep.enterRegion(this.tasks.address(worker, T.work), 'work function', { ...how, map: work });
  }
  private leaveWork(worker: number): void {
    const { lockdep } = this;
    lockdep.leaveRegion(this.tasks.address(worker, T.work), 'work function', ['process_one_work']);
    lockdep.leaveRegion(lockdep.kernelMap('system_wq_lockdep_map'), 'region', ['process_one_work']);
  }
  /** A work function has returned. */
  private finished(worker: number): void {
    const { core, tasks, reports, lockdep } = this;
    this.leaveWork(worker);
    if (core.preemptCount !== 0 || lockdep.depth(worker) > 0) {
      reports.report(
        'BUG',
        `BUG: workqueue leaked lock or atomic: ${tasks.comm(worker)}/0x${countText(core.preemptCount)}/${tasks.pid(worker)}`,
        [`     last function: ${reports.functionName(tasks.getLong(worker, T.fn))}`, ...lockdep.heldLines(worker)],
        { functions: PROCESS_ONE_WORK },
      );
    }
    // process_one_work lets others run now
    this.sleeping.mightResched('kernel/workqueue.c:2318', ['__might_resched', ...PROCESS_ONE_WORK]);
    tasks.setLong(worker, T.work, 0);
    tasks.set(worker, T.runs, tasks.get(worker, T.runs) + 1);
    this.sched.wakeWaiting(WAIT_WORK, undefined);
  }
}
