/**
 * Which CPU runs the next statement. Real CPUs run at the same time; here they take turns by a policy that repeats exactly:
 * `sequential` (a CPU goes on as long as it can), `round_robin` (a statement each), `random` (a generator whose state is in emulated memory).
 */
import type { MachineSpec } from '../language/program';
import type { Processor } from './exec';
import type { Machine } from './machine';

export class Scheduler {
  private readonly pulse: MachineSpec['schedule']['policy'];
  private readonly preempts: boolean;

  constructor(
    private readonly machine: Machine,
    private readonly processor: Processor,
    schedule: MachineSpec['schedule'],
    preempt: MachineSpec['preempt'],
  ) {
    this.pulse = schedule.policy;
    this.preempts = preempt === 'full' || preempt === 'rt';
    machine.core.setGlobal('kmem_random', schedule.seed | 0 || 0x9e3779b9 | 0);
  }

  /** A CPU that has something to do: a task, an interrupt that can come in, softirqs for its daemon. */
  canRun(cpu: number): boolean {
    const { core, sched, irqs } = this.machine;
    if (
      !core.getPerCpu('kmem_irqs_off', cpu) &&
      (irqs.firstPending(cpu) >= 0 || core.getPerCpu('kmem_tick_pending', cpu) !== 0)
    )
      return true;
    if (core.getPerCpu('kmem_nmi_pending', cpu) !== 0) return true;
    if (this.spins(cpu)) return false;
    const idle = core.getLong(core.perCpuAddress('idle_task', cpu));
    return core.currentOf(cpu) !== idle || sched.first(cpu) !== 0 || this.busyIdle(cpu);
  }
  /** The idle task has a handler's frame on top of it. */
  private busyIdle(cpu: number): boolean {
    const { core, tasks } = this.machine;
    return tasks.get(core.currentOf(cpu), 24) > 0;
  }
  spins(cpu: number): boolean {
    const { core } = this.machine;
    const dead = core.getPerCpu('kmem_spin_dead', cpu) !== 0;
    return dead || this.processor.stillSpinning(cpu);
  }
  /** The CPU that goes next; −1 if none can. */
  pick(): number {
    const { core } = this.machine;
    const now = core.cpu;
    const { cpus } = core;
    if (this.pulse === 'random') {
      const ready: number[] = [];
      for (let cpu = 0; cpu < cpus; cpu++) if (this.canRun(cpu)) ready.push(cpu);
      if (ready.length === 0) return -1;
      const cpu = ready.length === 1 ? (ready[0] as number) : (ready[this.random(ready.length)] as number);
      if (this.preempts && this.preemptible(cpu) && this.random(2) === 1) this.rotate(cpu);
      return cpu;
    }
    const first = this.pulse === 'sequential' ? 0 : 1;
    for (let k = first; k < cpus + first; k++) {
      const cpu = (now + k) % cpus;
      if (!this.canRun(cpu)) continue;
      if (this.pulse === 'round_robin' && this.preempts && this.preemptible(cpu)) this.rotate(cpu);
      return cpu;
    }
    return -1;
  }
  /** With a preemptible kernel another task of the CPU may go on. */
  private preemptible(cpu: number): boolean {
    const { core, sched } = this.machine;
    return (
      core.getPerCpu('__preempt_count', cpu) === 0 &&
      core.getPerCpu('kmem_irqs_off', cpu) === 0 &&
      sched.first(cpu) !== 0
    );
  }
  private rotate(cpu: number): void {
    const { core, sched, tasks } = this.machine;
    const task = core.currentOf(cpu);
    const idle = core.getLong(core.perCpuAddress('idle_task', cpu));
    if (task === idle || tasks.state(task) !== 0) return;
    core.setGlobal('kmem_cpu', cpu);
    this.processor.load(cpu);
    sched.enqueue(task);
    this.processor.switchTo(sched.dequeue(cpu));
  }
  /** xorshift */
  private random(n: number): number {
    const { core } = this.machine;
    let x = core.getGlobal('kmem_random') | 0;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    core.setGlobal('kmem_random', x);
    return (x >>> 0) % n;
  }
}
