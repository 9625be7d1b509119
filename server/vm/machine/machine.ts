/**
 * The running machine as the functions of the kernel's API see it: the parts of the emulated kernel, and what only the vm can do for them
 * (interrupt the running code, make tasks). It also defines the contract of those functions.
 */

import { Irqs } from '../../kernel/irq/irq';
import type { IrqStacks } from '../../kernel/irq/irq_stacks';
import { IrqWorks } from '../../kernel/irq/irq_work';
import { SmpCalls } from '../../kernel/irq/smp';
import { Softirqs } from '../../kernel/irq/softirq';
import { Workqueues } from '../../kernel/irq/workqueue';
import type { RunningKernel } from '../../kernel/kernel';
import { Lists } from '../../kernel/lib/list';
import { RbTree } from '../../kernel/lib/rbtree';
import { Vsprintf } from '../../kernel/lib/vsprintf';
import { LockWaiters } from '../../kernel/locking/lock_waiters';
import type { Lockdep } from '../../kernel/locking/lockdep/lockdep';
import { Mutexes } from '../../kernel/locking/mutex';
import { PageLocks } from '../../kernel/locking/page_lock';
import { RwSemaphores } from '../../kernel/locking/rwsem';
import { Semaphores } from '../../kernel/locking/semaphore';
import { SpinLocks } from '../../kernel/locking/spinlock';
import { SpinlockDebug } from '../../kernel/locking/spinlock_debug';
import { KernelLoops } from '../../kernel/loops';
import type { Mempools } from '../../kernel/mempool/mempool';
import type { Kasan } from '../../kernel/mm/kasan/kasan';
import type { Reports } from '../../kernel/printk/reports';
import { Rcu } from '../../kernel/rcu/rcu';
import type { BH_ENABLED, Wait } from '../../kernel/sched/block';
import type { Core } from '../../kernel/sched/core';
import type { CurrentTask } from '../../kernel/sched/current';
import { Fork } from '../../kernel/sched/fork';
import { Kmap } from '../../kernel/sched/kmap';
import { KmapLocal } from '../../kernel/sched/kmap_local';
import type { SleepChecks } from '../../kernel/sched/might_sleep';
import type { Preempt } from '../../kernel/sched/preempt';
import { Sched } from '../../kernel/sched/sched';
import type { PreemptionChecks } from '../../kernel/sched/smp_processor_id';
import type { CallRequest } from '../../kernel/sched/step';
import { SwitchMm } from '../../kernel/sched/switch_mm';
import type { Tasks } from '../../kernel/sched/task';
import { WaitQueues } from '../../kernel/sched/wait';
import { Completions } from '../../kernel/sched/wait_for_completion';
import { HrTimers } from '../../kernel/time/hrtimer';
import { Timeouts } from '../../kernel/time/timeout';
import { Timers } from '../../kernel/time/timer';
import { ALLOCATING_SYMBOLS } from '../../language/catalogue/catalogue';
import type { ContextSym } from '../../language/check/context/program';
import type { AddressSpace } from '../../memory/space';
import { Access, type Regs } from '../values/access';
import type { Value } from '../values/value';
import { makeMempools } from './pools';

/**
 * The result; `undefined` or BH_ENABLED for void; a `Wait`: the caller has to wait, and the call is made again; a CallRequest: a function has
 * to be called first, a constructor say, and then the call is made again. What it returned is in the scratch (SCRATCH_RESULT), and the
 * task's stage is what it was.
 */
export type Outcome = Value | undefined | Wait | CallRequest | typeof BH_ENABLED;

/** An implementation of a function of the catalogue. Arguments are converted to the prototype's types. */
export interface Builtin {
  /**
   * inline: depends on its arguments and on memory only, changes neither and calls nothing: compiled into expressions, allowed in watches.
   * wait: may wait; its arguments are evaluated once, and it has scratch.
   */
  readonly form: 'inline' | 'plain' | 'wait';
  /** `scratch`: address of SCRATCH bytes in the caller's frame, for functions that may wait; 0 for the others. */
  // biome-ignore lint/suspicious/noConfusingVoidType: functions without a result return nothing
  call(machine: Machine, args: readonly Value[], scratch: number): Outcome | void;
}

/** Services of the vm for functions of the API. */
export interface VmHooks {
  /** sim_raise on this or another CPU: an `irq` or `nmi` block, by line number */
  raise(irq: number, cpu: number): void;
  /** kthread_create: a task that will call `fn(data)`; its task_struct, or a negative errno */
  spawn(fn: number, data: number, name: string, cpu: number): number;
}

export class Machine {
  readonly core: Core;
  readonly tasks: Tasks;
  readonly sched: Sched;
  readonly fork: Fork;
  readonly current: CurrentTask;
  readonly preempt: Preempt;
  readonly preemption: PreemptionChecks;
  readonly sleeping: SleepChecks;
  readonly lockdep: Lockdep;
  readonly reports: Reports;
  readonly rcu: Rcu;
  readonly lists: Lists;
  readonly trees: RbTree;
  readonly spin: SpinLocks;
  readonly mutexes: Mutexes;
  readonly semaphores: Semaphores;
  readonly rwsems: RwSemaphores;
  readonly pageLocks: PageLocks;
  readonly waitQueues: WaitQueues;
  readonly completions: Completions;
  readonly timeouts: Timeouts;
  readonly timers: Timers;
  readonly mempools: Mempools;
  readonly hrtimers: HrTimers;
  readonly irqWorks: IrqWorks;
  readonly smp: SmpCalls;
  readonly kmap: Kmap;
  readonly kmaps: KmapLocal;
  readonly mm: SwitchMm;
  readonly softirqs: Softirqs;
  readonly irqs: Irqs;
  readonly works: Workqueues;
  readonly loops: KernelLoops;
  readonly irqStacks: IrqStacks;
  readonly printf: Vsprintf;
  readonly access: Access;
  readonly kasan: Kasan | undefined;
  /** memory as the running CPU translates it, without KASAN's checks: for functions that have made them for all bytes */
  readonly unchecked: AddressSpace;
  /** task_structs of the scenario's `task` and `process` blocks, filled before the run */
  readonly blockTasks = new Map<ContextSym, number>();

  constructor(
    readonly kernel: RunningKernel,
    readonly regs: Regs,
    readonly hooks: VmHooks,
  ) {
    const { core, tasks, reports, lockdep, preempt, preemption, sleeping, current, kasan } = kernel.running;
    this.core = core;
    this.tasks = tasks;
    this.current = current;
    this.preempt = preempt;
    this.preemption = preemption;
    this.sleeping = sleeping;
    this.lockdep = lockdep;
    this.kasan = kasan;
    this.unchecked = kernel.space.forCode();
    this.reports = reports;
    this.irqStacks = kernel.allocators.irqStacks;
    const text = (name: string) => kernel.symbols.text(name);
    lockdep.text.define(ALLOCATING_SYMBOLS);
    const wakeFunction = text('autoremove_wake_function');
    const timerFn = text('delayed_work_timer_fn');
    this.fork = new Fork(core, tasks, kernel.bootPages, kernel.allocators.vmalloc, lockdep.irqTrace, lockdep.text);
    this.sched = new Sched(core, tasks);
    this.lists = new Lists(core, kernel.poison);
    this.trees = new RbTree(core);
    const spinDebug = new SpinlockDebug(core, tasks, reports, lockdep, lockdep.debugLocks);
    this.spin = new SpinLocks(core, tasks, preempt, lockdep, spinDebug);
    const waiters = new LockWaiters(core, tasks, this.sched, this.lists);
    this.timers = new Timers(core, this.lists, preempt, lockdep);
    this.irqs = new Irqs(core, reports);
    this.irqWorks = new IrqWorks(core, this.irqs);
    this.smp = new SmpCalls(core, this.irqs, kernel.tlbs, reports, lockdep.irqTrace && lockdep.debugLocks);
    this.kmaps = new KmapLocal(core, kernel.addresses, kernel.pageTables, kernel.pageApi, kernel.pageTables.pageKernel);
    this.mm = new SwitchMm(core, kernel.mms, kernel.tlbs);
    this.hrtimers = new HrTimers(core, reports, this.irqs);
    this.timeouts = new Timeouts(
      core,
      tasks,
      this.sched,
      this.timers,
      this.hrtimers,
      reports,
      text('process_timeout'),
      text('hrtimer_wakeup'),
    );
    this.mutexes = new Mutexes(core, tasks, reports, sleeping, lockdep, this.lists, waiters);
    this.semaphores = new Semaphores(core, tasks, this.timeouts, sleeping, this.lists, waiters);
    this.rwsems = new RwSemaphores(core, tasks, sleeping, lockdep, this.lists, waiters);
    this.waitQueues = new WaitQueues(core, tasks, this.sched, this.lists, wakeFunction);
    this.kmap = new Kmap(core, tasks, this.sched, sleeping, reports, this.waitQueues, this.kmaps, kernel);
    this.completions = new Completions(core, tasks, this.sched, this.timeouts, sleeping, this.lists);
    const wakePage = text('wake_page_function');
    this.pageLocks = new PageLocks(core, tasks, this.sched, sleeping, this.lists, kernel.pages, wakePage);
    this.mempools = makeMempools(this);
    this.softirqs = new Softirqs(core, this.sched, reports);
    this.works = new Workqueues(
      core,
      tasks,
      this.sched,
      reports,
      sleeping,
      lockdep,
      this.lists,
      this.timers,
      timerFn,
      kernel.allocators.works,
    );
    this.rcu = new Rcu(core, tasks, this.sched, reports, sleeping, lockdep);
    kernel.allocators.rcu.attach((head, func) => this.rcu.call(head, func));
    const { sched, irqs, softirqs, timers, hrtimers, timeouts, irqWorks, kmaps, mm, works, rcu } = this;
    this.loops = new KernelLoops({
      ...kernel.running,
      sched,
      irqs,
      softirqs,
      timers,
      hrtimers,
      timeouts,
      irqWorks,
      kmaps,
      mm,
      works,
      rcu,
      kernelRcu: kernel.allocators.rcu,
      vmstat: kernel.vmstat,
      cpuWorks: kernel.allocators.cpuWorks,
      kswapd: kernel.pageAlloc.kswapd,
      trace: kernel.trace,
      leaks: kernel.allocators.kmemleak,
      irqStacks: this.irqStacks,
    });
    this.printf = new Vsprintf(core, {
      errnos: kernel.errnos,
      maxErrno: kernel.profile.maxErrno,
      symbolAt: (va) => {
        const found = kernel.symbols.at(va);
        return found && { name: found.name, offset: found.offset, size: found.symbol.size };
      },
      gfpFlags: (mask) => kernel.gfp.names(mask),
      pageFlags: (low, high) => kernel.pageFlags.format(kernel.abi, low, high),
    });
    this.access = new Access(kernel.mem, core.space, this.regs, kernel.abi.wordSize);
  }

  /** A pointer as an address. @throws GeneralProtectionError */
  pointer(value: Value): number {
    return this.access.pointer(value);
  }
  /** The pfn of the `struct page` at an address. @throws PageFaultError if there is none */
  page(address: number): number {
    return this.kernel.pageApi.pageArg(address);
  }
  /** The `struct page *` of a pfn, 0 for −1. */
  pageAddress(pfn: number): number {
    return pfn < 0 ? 0 : this.kernel.pages.pageAddr(pfn);
  }
}
