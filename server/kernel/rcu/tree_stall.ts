/**
 * Grace periods that do not end: which CPUs and tasks hold them up (kernel/rcu/tree_stall.h: check_cpu_stall, print_cpu_stall,
 * print_other_cpu_stall, rcu_print_task_stall, 6.1).
 */
import type { Reports } from '../printk/reports';
import type { Core } from '../sched/core';
import { showTask } from '../sched/show_task';
import type { Tasks } from '../sched/task';
import { type Rcu, STALL_TIMEOUT_SECONDS } from './rcu';

export class RcuStalls {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly rcu: Rcu,
    private readonly reports: Reports,
  ) {}

  /** Jiffies until the grace period that is under way counts as stalled; undefined if there is none. */
  untilNext(): number | undefined {
    const { core, rcu } = this;
    return rcu.inProgress() ? Math.max(1, rcu.time('jiffies_stall') - core.now) : undefined;
  }
  /** Whether the stall of the grace period that is under way has been told. */
  told(): boolean {
    const { core, rcu } = this;
    return rcu.time('jiffies_stall') - rcu.time('gp_start') > STALL_TIMEOUT_SECONDS * core.hz;
  }
  /** A tick: a grace period that has taken too long is told, and again after three times as long. */
  tick(): void {
    const { core, rcu } = this;
    if (!rcu.inProgress() || core.now < rcu.time('jiffies_stall')) return;
    rcu.stallIn(3 * STALL_TIMEOUT_SECONDS * core.hz + 3);
    this.report();
  }
  private report(): void {
    const { core, tasks, rcu, reports } = this;
    const since = core.now - rcu.time('gp_start');
    const readers = rcu.readers();
    const all = Array.from({ length: core.cpus }, (_, cpu) => cpu);
    const cpus = all.filter((cpu) => rcu.cpuReads(cpu) || readers.includes(core.currentOf(cpu)));
    const running = cpus.map((cpu) => core.currentOf(cpu));
    const asleep = readers.filter((task) => !running.includes(task));
    const own = cpus.includes(core.cpu);
    const figures = `g=${rcu.gpSeq}, q=${rcu.queued()} ncpus=${core.cpus}`;
    const blocked = asleep.map((task) => ` P${tasks.pid(task)}/${tasks.rcuDepth(task)}:b..l`).join('');
    const of = asleep[0] ?? running[0];
    reports.log.report({
      kind: 'lockup',
      title: own
        ? 'rcu: INFO: rcu_preempt self-detected stall on CPU'
        : 'rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:',
      lines: [
        ...(own ? [core.cpu] : cpus).map((cpu) => this.cpuLine(cpu, since)),
        ...(blocked && !own ? [`rcu: \tTasks blocked on level-0 rcu_node (CPUs 0-${core.cpus - 1}):${blocked}`] : []),
        own
          ? `\t(t=${since} jiffies ${figures.replace(',', '')})`
          : `\t(detected by ${core.cpu}, t=${since} jiffies, ${figures})`,
        ...cpus.flatMap((cpu) => this.dumpCpuTask(cpu)),
        ...(own ? [] : asleep.flatMap((task) => showTask(tasks, reports, task))),
      ],
      span: own || of === undefined ? undefined : reports.stacks.traceOf(of).span,
    });
  }
  /** dump_cpu_task, in the timer interrupt */
  private dumpCpuTask(cpu: number): string[] {
    const { core, reports } = this;
    if (cpu === core.cpu) return reports.showInterrupted(reports.stacks.functions());
    return reports.nmiBacktrace(cpu, reports.stacks.traceOf(core.currentOf(cpu)));
  }
  /** print_cpu_stall_info. The idle count of a CPU that is in a task, and scans for idle CPUs every second jiffy. */
  private cpuLine(cpu: number, since: number): string {
    return `rcu: \t${cpu}-....: (${since - 1} ticks this GP) idle=0001/1/0x4000000000000000 softirq=0/0 fqs=${since >> 1}`;
  }
}
