/** How a CPU leaves its task: the task waits, or the CPU spins. The kernel's part of the switch is in kernel/sched/context_switch.ts. */
import type { Spin } from '../../kernel/sched/block';
import { pop } from './callStack';
import type { Cpu, Stop } from './cpu';

/** The task cannot continue, or (`preempt`) gives way: it leaves its CPU, or goes to the end of the queue if it is runnable. */
export function block(cpu: Cpu, preempt: boolean): Stop {
  cpu.stage = 1;
  cpu.save();
  leaveCpu(cpu, preempt);
  return 'blocked';
}
/** Switches to the next task of the queue, or the idle task. The registers have been saved. */
export function leaveCpu(cpu: Cpu, preempt = false): void {
  switchTo(cpu, cpu.machine.loops.switching.leave(preempt));
}
/** Switches to a task that is off the queue. The registers have been saved. */
export function switchTo(cpu: Cpu, next: number): void {
  const { regs, loops } = cpu.machine;
  if (next === regs.task) return;
  loops.switching.switchTo(next);
  cpu.load(regs.cpu);
  if (!loops.switching.stoppedBeforeStart(next)) return;
  loops.exit.neverStarted();
  const fn = cpu.table.functionAt(regs.pc);
  if (fn && !fn.ofKernel) pop(cpu, fn);
}

/** The CPU stays where it is until the word it looks at changes. */
export function spin(cpu: Cpu, on: Spin): Stop {
  const { core, regs } = cpu.machine;
  if (cpu.stage === 0) {
    cpu.stage = 1;
    core.setPerCpu('kmem_spin_since', regs.cpu, core.now);
  }
  cpu.save();
  core.setLong(core.perCpuAddress('kmem_spin_lock', regs.cpu), on.address);
  core.setLong(core.perCpuAddress('kmem_spin_ip', regs.cpu), on.within);
  core.setPerCpu('kmem_spin_value', regs.cpu, on.value);
  core.setPerCpu('kmem_spin_dead', regs.cpu, on.forever ? 1 : 0);
  return 'spinning';
}
/** Whether the word that a CPU spins on still has its value. */
export function stillSpinning({ machine }: Cpu, cpu: number): boolean {
  const { core } = machine;
  if (core.getPerCpu('kmem_spin_dead', cpu) !== 0) return true;
  const address = core.getLong(core.perCpuAddress('kmem_spin_lock', cpu));
  if (address === 0) return false;
  if (core.space.translate(address) >= 0 && core.get32(address) === (core.getPerCpu('kmem_spin_value', cpu) | 0))
    return true;
  core.setLong(core.perCpuAddress('kmem_spin_lock', cpu), 0);
  return false;
}
