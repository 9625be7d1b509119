/**
 * The parts of the kernel that exist once tasks run: the running task, the log, reports, and the checks of contexts and locks.
 * The page allocator uses them, so they are made first.
 */
import { PageFaultError } from '../memory/space';
import { type StackDepot, stackDepot } from './lib/stackdepot';
import { FsReclaim } from './locking/lockdep/fs_reclaim';
import { Lockdep } from './locking/lockdep/lockdep';
import type { Kasan } from './mm/kasan/kasan';
import { type KasanParts, makeKasan } from './mm/kasan/make_kasan';
import { touchSoftlockupWatchdog } from './oops/watchdog';
import type { ReportPorts } from './printk/ports';
import { KernelLog } from './printk/printk';
import { Reports } from './printk/reports';
import { Taint } from './printk/taint';
import type { BootedKernel } from './sched/booted_kernel';
import { Core } from './sched/core';
import { CurrentTask } from './sched/current';
import { SleepChecks } from './sched/might_sleep';
import { Preempt } from './sched/preempt';
import { Sched } from './sched/sched';
import { PreemptionChecks } from './sched/smp_processor_id';
import { KIND_KWORKER, T, Tasks } from './sched/task';

export interface Running {
  readonly core: Core;
  readonly tasks: Tasks;
  readonly log: KernelLog;
  readonly reports: Reports;
  readonly lockdep: Lockdep;
  readonly preempt: Preempt;
  readonly preemption: PreemptionChecks;
  readonly sleeping: SleepChecks;
  readonly current: CurrentTask;
  /** the call traces of allocations */
  readonly depot: StackDepot;
  /** KASAN's parts, and its checks of accesses; undefined on a machine without KASAN */
  readonly sanitizer: KasanParts | undefined;
  readonly kasan: Kasan | undefined;
}

export function makeRunning(booted: BootedKernel, ports: ReportPorts): Running {
  const word = (name: string) =>
    booted.mem.word(booted.direct.pa(booted.symbols.define(name, booted.layouts.parseType('unsigned long'))));
  const depot = stackDepot(booted.mem, booted.abi.wordSize, booted.beyond);
  const sanitizer =
    booted.kasan &&
    makeKasan(booted, booted.kasan, {
      depot,
      flags: word('kasan_flags'),
      noted: word('kmem_kasan_noted'),
      current: () => ({ comm: origin.comm(), pid: origin.pid(), ...stackOn(runningCpu()) }),
      reports: () => reports,
    });
  const core = new Core({ ...booted, space: booted.space.forCode(sanitizer?.kasan) });
  const tasks = new Tasks(core);
  // a report has to be possible whatever has been overwritten
  const runningCpu = () => (core.cpuIsValid ? core.cpu : 0);
  const taskOn = (cpu: number) => {
    const task = core.cpuIsValid ? core.currentOf(cpu) : 0;
    return tasks.has(task) && isMapped(task) ? task : undefined;
  };
  // the direct map may be gone, too
  const isMapped = (task: number): boolean => {
    try {
      tasks.pid(task);
      return true;
    } catch (error) {
      if (error instanceof PageFaultError) return false;
      throw error;
    }
  };
  const pidOn = (cpu: number) => {
    const task = taskOn(cpu);
    return task === undefined ? 0 : tasks.pid(task);
  };
  const commOn = (cpu: number) => {
    const task = taskOn(cpu);
    return task === undefined ? '(efault)' : tasks.comm(task);
  };
  const stackOn = (cpu: number) => {
    const task = taskOn(cpu);
    const { stack, threadSize } = task === undefined ? { stack: 0, threadSize: 0 } : tasks.layout(task);
    return { stack, stackEnd: stack + threadSize };
  };
  const origin = {
    seconds: () => core.seconds(),
    cpu: runningCpu,
    pid: () => pidOn(runningCpu()),
    inInterrupt: () => core.cpuIsValid && core.inInterrupt,
    comm: () => commOn(runningCpu()),
    span: () => ports.names.span(),
    site: () => ports.stacks.site(),
    sources: () => ports.stacks.sources(),
    beforeReport: () => ports.stacks.save(),
    printed: () => {
      if (core.cpuIsValid) touchSoftlockupWatchdog(core);
    },
  };
  const log = new KernelLog(booted.mem.journal, origin);
  const machine = {
    abi: booted.abi,
    arch: booted.profile.arches[booted.config.arch],
    irqLines: () => (taskOn(runningCpu()) === undefined ? [] : lockdep.irqLines(core.current)),
    irqsOff: (cpu: number) => core.getPerCpu('kmem_irqs_off', cpu) !== 0,
    perCpuBase: (cpu: number) => booted.percpu.offset(cpu),
    cr3: (cpu: number) => core.getLong(core.perCpuAddress('kmem_cr3', cpu)),
    pid: pidOn,
    comm: commOn,
    worker: (cpu: number) => {
      const task = core.currentOf(cpu);
      if (tasks.kind(task) !== KIND_KWORKER) return undefined;
      return { queue: 'events', fn: tasks.getLong(task, T.work) === 0 ? 0 : tasks.getLong(task, T.fn) };
    },
    debugLocksOff: () => lockdep.debugLocks.off(),
  };
  const taint = new Taint(core);
  const reports = new Reports(log, origin, ports, machine, taint);
  const lockdep = new Lockdep(core, tasks, reports);
  const preempt = new Preempt(core, tasks, reports, lockdep.debugLocks, lockdep.irqTrace);
  const sleeping = new SleepChecks(core, tasks, reports, lockdep);
  const preemption = new PreemptionChecks(core, tasks, reports);
  const sched = new Sched(core, tasks);
  const current = new CurrentTask(core, tasks, reports, sched, sleeping, lockdep, new FsReclaim(core, tasks, lockdep));
  return {
    core,
    tasks,
    log,
    reports,
    lockdep,
    preempt,
    preemption,
    sleeping,
    current,
    depot,
    sanitizer,
    kasan: sanitizer?.kasan,
  };
}
