/**
 * Which CPU runs the next statement. Real CPUs run at the same time; here they take turns by a policy that repeats exactly:
 * `sequential` (a CPU runs as long as it can), `round_robin` (one statement each), `random` (a generator whose state is in emulated
 * memory).
 */

import { NR_IRQS, type PerCpuWord } from '../../kernel/sched/core';
import { T } from '../../kernel/sched/task';
import type { MachineConfig } from '../../profiles/machineConfig';
import type { Machine } from '../machine/machine';
import type { Cpu } from './cpu';
import { stillSpinning, switchTo } from './switching';

export class Scheduler {
  private readonly policy: MachineConfig['schedule']['policy'];
  private readonly preempts: boolean;
  private readonly nmi: PerCpuWord;
  private readonly tick: PerCpuWord;
  private readonly pending: PerCpuWord;
  private readonly dead: PerCpuWord;
  private readonly lock: PerCpuWord;
  /** index of the instruction that the idle tasks' loop is */
  private readonly idleLoop: number;

  constructor(
    private readonly machine: Machine,
    private readonly processor: Cpu,
    schedule: MachineConfig['schedule'],
    preempt: MachineConfig['preempt'],
  ) {
    this.policy = schedule.policy;
    this.idleLoop = processor.table.kernelCode('cpu_startup_entry').entry;
    this.preempts = preempt === 'full' || preempt === 'rt';
    this.nmi = machine.core.perCpu('kmem_nmi_pending');
    this.tick = machine.core.perCpu('kmem_tick_pending');
    this.pending = machine.core.perCpu('kmem_irq_pending');
    this.dead = machine.core.perCpu('kmem_spin_dead');
    this.lock = machine.core.perCpu('kmem_spin_lock');
    machine.core.setGlobal('kmem_random', schedule.seed | 0 || 0x9e3779b9 | 0);
  }

  /** Whether a CPU at a statement simply continues: nothing interrupts it, and the policy keeps it. */
  goesOn(cpu: number): boolean {
    if (this.policy !== 'sequential') return false;
    const { core } = this.machine;
    const { words } = core.mem;
    if (words[this.nmi[cpu] as number] !== 0) return false;
    if (words[core.irqsOffWord[cpu] as number] !== 0) return true;
    const pending = this.pending[cpu] as number;
    for (let i = 0; i < NR_IRQS / 32; i++) if (words[pending + i] !== 0) return false;
    return words[this.tick[cpu] as number] === 0;
  }
  /** A CPU that has something to do: a task, an interrupt that can come in, softirqs for its daemon. */
  canRun(cpu: number): boolean {
    const { core, sched, tasks } = this.machine;
    const { words } = core.mem;
    if (words[this.nmi[cpu] as number] !== 0) return true;
    if (words[core.irqsOffWord[cpu] as number] === 0) {
      if (words[this.tick[cpu] as number] !== 0) return true;
      const pending = this.pending[cpu] as number;
      for (let i = 0; i < NR_IRQS / 32; i++) if (words[pending + i] !== 0) return true;
    }
    if (this.spins(cpu)) return false;
    const task = core.currentOf(cpu);
    if (task !== core.idleOf(cpu)) return true;
    // the idle task works only where a handler's frame is on top of its loop
    return sched.first(cpu) !== 0 || tasks.get(task, T.pc) !== this.idleLoop;
  }
  spins(cpu: number): boolean {
    const { words } = this.machine.core.mem;
    if (words[this.dead[cpu] as number] !== 0) return true;
    const lock = this.lock[cpu] as number;
    if (words[lock] === 0 && words[lock + 1] === 0) return false;
    return stillSpinning(this.processor, cpu);
  }
  /** The CPU that runs next; −1 if none can. */
  pick(): number {
    const { core } = this.machine;
    const now = core.cpu;
    const { cpus } = core;
    if (this.policy === 'random') {
      const ready: number[] = [];
      for (let cpu = 0; cpu < cpus; cpu++) if (this.canRun(cpu)) ready.push(cpu);
      if (ready.length === 0) return -1;
      const cpu = ready.length === 1 ? (ready[0] as number) : (ready[this.random(ready.length)] as number);
      if (this.preempts && this.preemptible(cpu) && this.random(2) === 1) this.rotate(cpu);
      return cpu;
    }
    const first = this.policy === 'sequential' ? 0 : 1;
    for (let k = first; k < cpus + first; k++) {
      const cpu = (now + k) % cpus;
      if (!this.canRun(cpu)) continue;
      if (this.policy === 'round_robin' && this.preempts && this.preemptible(cpu)) this.rotate(cpu);
      return cpu;
    }
    return -1;
  }
  /** With a preemptible kernel another task of the CPU may run. */
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
    const idle = core.idleOf(cpu);
    if (task === idle || tasks.state(task) !== 0) return;
    core.setGlobal('kmem_cpu', cpu);
    this.processor.load(cpu);
    sched.enqueue(task);
    switchTo(this.processor, sched.dequeue(cpu));
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
