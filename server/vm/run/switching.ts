/**
 * How tasks leave their CPU: waiting, spinning, ending; and the switch to the next one (kernel/sched/core.c: __schedule, context_switch;
 * kernel/exit.c, 6.1).
 */
import { PanicError } from '../../kernel/arch/faults';
import { Once } from '../../kernel/printk/ports';
import { type Spin, STUCK } from '../../kernel/sched/block';
import { WAIT_NONE, WAIT_TASK_EXIT } from '../../kernel/sched/sched';
import { T, TASK_DEAD, TASK_RUNNING } from '../../kernel/sched/task';
import { Cpu, type Stop } from './cpu';

export class Switching extends Cpu {
  // ---------------------------------------------------------------- waiting
  /** The task can't go on: it leaves its CPU, or goes to the end of the queue if it is runnable. */
  protected block(): Stop {
    const { machine } = this;
    const { core, reports, sleeping } = machine;
    if (core.preemptCount !== 0 && this.stage === 0 && reports.firstHere(Once.ScheduleWhileAtomic))
      sleeping.scheduleBug();
    this.checkStackEnd();
    this.stage = 1;
    this.save();
    this.leaveCpu();
    return 'blocked';
  }
  /** A handler on top of the idle task waits: there is nothing else to switch to, so the wait is given up. */
  protected idleSleeps(): void {
    const { core, regs, reports, sleeping, sched } = this.machine;
    if (reports.firstHere(Once.ScheduleWhileAtomic)) {
      if (core.preemptCount !== 0) sleeping.scheduleBug();
      else reports.report('BUG', 'bad: scheduling from the idle thread!', []);
    }
    sched.clearTimeout(regs.task);
    sched.prepare(regs.task, TASK_RUNNING, WAIT_NONE, 0);
  }
  /** STACK_END_MAGIC, as schedule() looks at it. @throws PanicError through the vm */
  protected checkStackEnd(): void {
    const { machine } = this;
    if (machine.tasks.stackIntact(machine.regs.task)) return;
    throw new PanicError('corrupted stack end detected inside scheduler');
  }
  /** Switches to the next task of the queue, or the idle task. */
  protected leaveCpu(): void {
    const { core, tasks, regs, sched, works } = this.machine;
    const prev = regs.task;
    const idle = core.getLong(core.perCpuAddress('idle_task', regs.cpu));
    if (prev !== idle) {
      if (tasks.state(prev) === TASK_RUNNING) sched.enqueue(prev);
      else {
        core.setField32(prev, 'task_struct', 'on_rq', 0);
        if (tasks.getLong(prev, T.work) !== 0) works.workerSleeps(regs.cpu);
      }
    }
    this.switchTo(sched.dequeue(regs.cpu) || idle);
  }
  /** The context switch: preempt_count and interrupts are the task's. */
  switchTo(next: number): void {
    const { core, tasks, regs } = this.machine;
    const prev = regs.task;
    if (next === prev) return;
    tasks.set(prev, T.preempt, core.preemptCount);
    tasks.set(prev, T.irqsOff, core.irqsOff ? 1 : 0);
    core.setField32(prev, 'task_struct', 'on_cpu', 0);
    core.setField32(next, 'task_struct', 'on_cpu', 1);
    core.setCurrent(regs.cpu, next);
    core.preemptCount = tasks.get(next, T.preempt);
    core.irqsOff = tasks.get(next, T.irqsOff) !== 0;
    this.load(regs.cpu);
    if (tasks.get(next, T.begun) === 0) this.begin(next);
  }
  /** A task runs for the first time. kthread() looks whether the thread has been stopped already: then its function is not called. */
  protected begin(task: number): void {
    const { tasks, regs } = this.machine;
    tasks.set(task, T.begun, 1);
    const fn = this.functionAt(regs.pc);
    if (tasks.get(task, T.shouldStop) === 0 || !fn?.sym) return;
    tasks.setLong(task, T.exitCode, -this.machine.kernel.profile.errno.EINTR);
    this.pop(fn);
  }
  /** The CPU stays where it is until the word it looks at changes. */
  protected spin(on: Spin | typeof STUCK): Stop {
    const { core, regs } = this.machine;
    const { cpu } = regs;
    if (this.stage === 0) {
      this.stage = 1;
      core.setPerCpu('kmem_spin_since', cpu, core.now);
    }
    this.save();
    if (on === STUCK) core.setPerCpu('kmem_spin_dead', cpu, 1);
    else {
      core.setLong(core.perCpuAddress('kmem_spin_lock', cpu), on.address);
      core.setPerCpu('kmem_spin_value', cpu, on.value);
    }
    return 'spinning';
  }
  /** Whether a CPU that spins would still find what it found. */
  stillSpinning(cpu: number): boolean {
    const { core } = this.machine;
    if (core.getPerCpu('kmem_spin_dead', cpu) !== 0) return true;
    const address = core.getLong(core.perCpuAddress('kmem_spin_lock', cpu));
    if (address === 0) return false;
    if (core.space.translate(address) >= 0 && core.get32(address) === (core.getPerCpu('kmem_spin_value', cpu) | 0))
      return true;
    core.setLong(core.perCpuAddress('kmem_spin_lock', cpu), 0);
    return false;
  }

  // ---------------------------------------------------------------- tasks end
  /** do_exit */
  taskEnds(code: number): Stop {
    const { core, tasks, regs, reports, lockdep, sleeping, sched } = this.machine;
    const task = regs.task;
    if (core.preemptCount !== 0) sleeping.scheduleBug();
    if (lockdep.held(task).length > 0)
      reports.report('BUG', `WARNING: ${tasks.label(task)} still has locks held!`, lockdep.heldLines(task));
    this.kill(code);
    sched.wakeWaiting(WAIT_TASK_EXIT, task);
    return 'blocked';
  }
  /** The task is gone: after its end, or after an oops. */
  kill(code: number): void {
    const { core, tasks, regs, sched } = this.machine;
    const task = regs.task;
    tasks.setLong(task, T.exitCode, code);
    tasks.setState(task, TASK_DEAD);
    tasks.set(task, T.timed, 0);
    core.preemptCount = 0;
    core.irqsOff = false;
    tasks.setRcuDepth(task, 0);
    this.stage = 0;
    this.save();
    sched.wakeWaiting(WAIT_TASK_EXIT, task);
    this.leaveCpu();
  }
}
