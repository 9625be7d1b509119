/**
 * The running machine as the functions of the kernel's API see it: the parts of the emulated kernel, and what only the vm can do for them
 * (interrupt the running code, make tasks). The contract of those functions, too.
 */

import { Irqs } from '../../kernel/irq/irq';
import { Softirqs } from '../../kernel/irq/softirq';
import { Timers } from '../../kernel/irq/timer';
import { Workqueues } from '../../kernel/irq/workqueue';
import type { Kernel } from '../../kernel/kernel';
import { Lists } from '../../kernel/lib/list';
import { Vsprintf } from '../../kernel/lib/vsprintf';
import { SleepingLocks } from '../../kernel/locking/mutex';
import { SpinLocks } from '../../kernel/locking/spinlock';
import type { Wait } from '../../kernel/sched/block';
import { Core } from '../../kernel/sched/core';
import { Context } from '../../kernel/sched/preempt';
import { Sched } from '../../kernel/sched/sched';
import { Tasks } from '../../kernel/sched/task';
import { Waiting } from '../../kernel/sched/wait';
import type { ContextSym } from '../../language/check/program';
import type { Call } from '../../language/syntax/tree';
import { Access, type Regs } from '../values/access';
import type { Value } from '../values/value';

/** Where a call of the API stands. */
export interface Site {
  /** address of 64 bytes in the caller's frame, for functions that may wait; 0 for the others */
  readonly scratch: number;
  readonly expr: Call | undefined;
}
/** The result; `undefined` for void; a `Wait`: the caller can't go on yet and the call is made again. */
export type Outcome = Value | undefined | Wait;

/** An implementation of a function of the catalogue. Arguments are converted to the prototype's types. */
export interface Builtin {
  /**
   * inline: depends on its arguments and on memory only, changes neither and calls nothing: compiled into expressions, allowed in watches.
   * wait: may wait; its arguments are evaluated once, and it has scratch.
   */
  readonly form: 'inline' | 'plain' | 'wait';
  // biome-ignore lint/suspicious/noConfusingVoidType: functions without a result return nothing
  call(machine: Machine, args: readonly Value[], site: Site): Outcome | void;
}

/** What the vm does for functions of the API. */
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
  readonly context: Context;
  readonly lists: Lists;
  readonly spin: SpinLocks;
  readonly locks: SleepingLocks;
  readonly waiting: Waiting;
  readonly timers: Timers;
  readonly softirqs: Softirqs;
  readonly irqs: Irqs;
  readonly works: Workqueues;
  readonly printf: Vsprintf;
  readonly access: Access;
  readonly regs: Regs = { fp: 0, fpWord: 0, pc: 0, cpu: 0, task: 0 };
  readonly wakeFunction: number;
  readonly delayedWorkTimerFn: number;
  /** task_structs of the scenario's `task` blocks, filled before the run */
  readonly blockTasks = new Map<ContextSym, number>();
  /** within one call: pending softirqs may run when it returns */
  softirqsAllowed = false;
  hooks: VmHooks | undefined;

  constructor(readonly kernel: Kernel) {
    this.core = new Core(kernel);
    const { core } = this;
    const text = (name: string) => kernel.symbols.text(name);
    this.wakeFunction = text('autoremove_wake_function');
    this.delayedWorkTimerFn = text('delayed_work_timer_fn');
    this.tasks = new Tasks(core);
    this.sched = new Sched(core, this.tasks);
    this.context = new Context(core, this.tasks, kernel.log);
    this.lists = new Lists(core);
    this.spin = new SpinLocks(core, this.tasks, this.context);
    this.locks = new SleepingLocks(core, this.tasks, this.sched, this.context, this.lists);
    this.waiting = new Waiting(core, this.tasks, this.sched, this.context, this.lists, this.wakeFunction);
    this.timers = new Timers(core, this.lists);
    this.softirqs = new Softirqs(core, this.sched, this.context);
    this.irqs = new Irqs(core, this.sched, this.context);
    this.works = new Workqueues(
      core,
      this.tasks,
      this.sched,
      this.context,
      this.lists,
      this.timers,
      this.delayedWorkTimerFn,
    );
    this.printf = new Vsprintf(core);
    this.access = new Access(kernel.mem, kernel.space, this.regs, kernel.abi.wordSize);
  }

  /** A pointer argument as an address. @throws GeneralProtectionError */
  pointer(value: Value | undefined): number {
    return this.access.pointer(value ?? 0);
  }
  /** A `struct page *` argument as a pfn. @throws PageFaultError if it points to no struct page */
  page(value: Value | undefined): number {
    return this.kernel.pageApi.pageArg(this.pointer(value));
  }
  /** The `struct page *` of a pfn, 0 for −1. */
  pageAddress(pfn: number): number {
    return pfn < 0 ? 0 : this.kernel.pages.pageAddr(pfn);
  }
}
export const num = (value: Value | undefined): number => Number(value ?? 0);
