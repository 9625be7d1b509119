/**
 * The kernel's own code on the stacks of tasks: the loops of its threads, and interrupt entry and return.
 * One instruction each, so that a call trace and a saved program counter can name it.
 */
import { DoSoftirq } from './irq/do_softirq';
import { IrqHandling } from './irq/handle';
import type { Irqs } from './irq/irq';
import { IrqEntry } from './irq/irq_entry';
import { IrqStackSwitch } from './irq/irq_stack_switch';
import type { IrqStacks } from './irq/irq_stacks';
import type { IrqWorks } from './irq/irq_work';
import type { Softirqs } from './irq/softirq';
import { SystemVectors } from './irq/sysvec';
import { type CpuWork, Tick } from './irq/tick';
import type { Workqueues } from './irq/workqueue';
import type { KernelRcu } from './lib/kernel_rcu';
import type { Kswapd } from './mm/page_alloc/kswapd';
import type { VmstatWork } from './mm/page_alloc/vmstat_work';
import { Oops } from './oops/die';
import { Exit } from './oops/exit';
import { HungTasks } from './oops/hung_task';
import { type LeakCheck, Standstill } from './oops/standstill';
import { SoftLockup } from './oops/watchdog';
import type { Rcu } from './rcu/rcu';
import { RcuStalls } from './rcu/tree_stall';
import type { Running } from './running';
import { BLOCK } from './sched/block';
import { ContextSwitch } from './sched/context_switch';
import { idleStep } from './sched/idle';
import type { KmapLocal } from './sched/kmap_local';
import type { ThreadName } from './sched/loop_names';
import type { Sched } from './sched/sched';
import type { Step } from './sched/step';
import type { SwitchMm } from './sched/switch_mm';
import type { HrTimers } from './time/hrtimer';
import type { Timeouts } from './time/timeout';
import type { Timers } from './time/timer';

interface LoopParts extends Pick<Running, 'core' | 'tasks' | 'reports' | 'lockdep' | 'preempt' | 'sleeping'> {
  readonly sched: Sched;
  readonly irqs: Irqs;
  readonly softirqs: Softirqs;
  readonly timers: Timers;
  readonly hrtimers: HrTimers;
  readonly timeouts: Timeouts;
  readonly irqWorks: IrqWorks;
  readonly kmaps: KmapLocal;
  readonly mm: SwitchMm;
  readonly works: Workqueues;
  readonly rcu: Rcu;
  readonly kernelRcu: KernelRcu;
  readonly vmstat: VmstatWork;
  /** deferrable works of the allocators */
  readonly cpuWorks: readonly CpuWork[];
  readonly kswapd: Kswapd;
  /** the tracer: calls that were under way have been left by a fault */
  readonly trace: { unwind(): void };
  readonly leaks: LeakCheck | undefined;
  readonly irqStacks: IrqStacks;
}

export class KernelLoops {
  readonly entry: IrqEntry;
  readonly irq: IrqHandling;
  readonly vectors: SystemVectors;
  readonly softirq: DoSoftirq;
  readonly exit: Exit;
  readonly oops: Oops;
  readonly switching: ContextSwitch;
  readonly tick: Tick;
  readonly standstill: Standstill;

  constructor(private readonly parts: LoopParts) {
    const {
      core,
      tasks,
      sched,
      reports,
      lockdep,
      preempt,
      sleeping,
      irqs,
      softirqs,
      timers,
      hrtimers,
      timeouts,
      irqWorks,
      kmaps,
      works,
      rcu,
      vmstat,
      trace,
    } = parts;
    this.entry = new IrqEntry(core, tasks, preempt, lockdep.text, new IrqStackSwitch(core, parts.irqStacks));
    this.irq = new IrqHandling(core, this.entry, irqs, softirqs, reports);
    this.vectors = new SystemVectors(core, this.entry, irqs, softirqs, hrtimers, timeouts, irqWorks);
    this.softirq = new DoSoftirq(
      core,
      this.entry,
      sched,
      softirqs,
      timers,
      hrtimers,
      timeouts,
      works,
      rcu,
      parts.kernelRcu,
      reports,
      lockdep,
    );
    this.exit = new Exit(core, tasks, sched, reports, sleeping, lockdep, parts.mm);
    this.oops = new Oops(core, tasks, reports, this.exit, trace);
    this.switching = new ContextSwitch(core, tasks, sched, preempt, sleeping, rcu, works, kmaps, parts.mm);
    const stalls = new RcuStalls(core, tasks, rcu, reports);
    const hungTasks = new HungTasks(core, tasks, reports, lockdep);
    this.tick = new Tick(core, timers, hrtimers, rcu, vmstat, parts.cpuWorks, [stalls, hungTasks]);
    const softLockup = new SoftLockup(core, tasks, reports, lockdep);
    this.standstill = new Standstill(core, this.tick, stalls, hungTasks, softLockup, parts.leaks);
  }

  /** kswapd */
  private kswapdStep(): Step {
    const { core, sched, reports, kswapd } = this.parts;
    kswapd.balance(core.current);
    sched.sleepHere();
    reports.stacks.save();
    return BLOCK;
  }
  /** The next step of a thread's loop. */
  threadStep(name: ThreadName): Step {
    const { core, sched, sleeping, rcu, reports, works } = this.parts;
    switch (name) {
      case 'kthread':
        return this.exit.kthreadStep();
      case 'entry_SYSCALL':
        return this.exit.processStep();
      case 'run_ksoftirqd':
        return this.softirq.daemonStep();
      case 'worker_thread':
        return works.workerStep();
      case 'kswapd':
        return this.kswapdStep();
      case 'cpu_startup_entry':
        return idleStep(core, sched, sleeping, rcu, reports.stacks);
    }
  }
}
