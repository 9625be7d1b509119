/** Carries out what the kernel's own code asks for: see kernel/sched/step.ts. */

import { BLOCK } from '../../kernel/sched/block';
import type { KernelCodeName } from '../../kernel/sched/loop_names';
import { AGAIN, RETURN, SOFTIRQS, type Step, SwitchTo } from '../../kernel/sched/step';
import { KIND_IDLE } from '../../kernel/sched/task';
import { callRequested } from './callStack';
import type { Cpu, Stop } from './cpu';
import { enterSoftirqs, leave, letInterruptsIn } from './interrupts';
import { leaveCpu, switchTo } from './switching';

/** One step of the kernel's own code that the current frame belongs to. */
export function kernelStep(cpu: Cpu, name: KernelCodeName): Stop | undefined {
  const { loops, regs } = cpu.machine;
  switch (name) {
    case 'asm_common_interrupt': {
      const softirqs = loops.irq.exit(regs.fp);
      leave(cpu, name);
      letInterruptsIn(cpu, softirqs ? name : undefined);
      return undefined;
    }
    case 'asm_sysvec_apic_timer_interrupt':
    case 'asm_sysvec_irq_work': {
      const step = loops.vectors.step(regs.fp);
      if (step !== RETURN) return carryOut(cpu, step);
      const softirqs = loops.vectors.exit(regs.fp);
      leave(cpu, name);
      letInterruptsIn(cpu, softirqs ? name : undefined);
      return undefined;
    }
    case 'asm_exc_nmi':
      leave(cpu, name);
      return undefined;
    case '__do_softirq':
      return carryOut(cpu, loops.softirq.step(regs.fp));
    default:
      return carryOut(cpu, loops.threadStep(name));
  }
}
function carryOut(cpu: Cpu, step: Step): Stop | undefined {
  switch (step) {
    case AGAIN:
      return undefined;
    case RETURN:
      leave(cpu, '__do_softirq');
      letInterruptsIn(cpu, undefined);
      return undefined;
    case SOFTIRQS:
      enterSoftirqs(cpu, 'ksoftirqd');
      return undefined;
    case BLOCK:
      // the idle task has nothing to switch to
      if (cpu.machine.tasks.kind(cpu.machine.regs.task) !== KIND_IDLE) leaveCpu(cpu);
      return 'blocked';
    default:
      if (step instanceof SwitchTo) switchTo(cpu, step.task);
      else callRequested(cpu, step);
      return undefined;
  }
}
