/**
 * Interrupts, softirqs and the loops of the kernel's own threads. Each is a frame of one of the kernel's functions on the stack of whatever it
 * interrupts (arch/x86/kernel/irq.c, kernel/softirq.c, kernel/workqueue.c, 6.1); what it has to remember is in that frame (STUB_FRAME).
 */

import { HI_SOFTIRQ, RCU_SOFTIRQ, SOFTIRQ_NAMES, TASKLET_SOFTIRQ, TIMER_SOFTIRQ } from '../../kernel/irq/softirq';
import { HARDIRQ_OFFSET, IN_INTERRUPT, NMI_MASK, NMI_OFFSET, SOFTIRQ_OFFSET } from '../../kernel/sched/core';
import { T, TASK_INTERRUPTIBLE } from '../../kernel/sched/task';
import type { FunctionCode } from '../program/code';
import { STUB_FRAME as F, type KernelCodeName } from '../program/kernelCode';
import type { Stop } from './cpu';
import { Switching } from './switching';

const MAX_RESTARTS = 10;

export class Interrupts extends Switching {
  // ---------------------------------------------------------------- interrupts
  /** Lets pending interrupts in, and softirqs if the caller allows them. Called between instructions with interrupts on. */
  letInterruptsIn(softirqs: boolean): void {
    const { core, irqs, softirqs: soft, regs } = this.machine;
    if (!core.irqsOff) {
      const irq = irqs.firstPending(regs.cpu);
      if (irq >= 0) {
        this.interrupt(irq);
        return;
      }
    }
    if (softirqs && soft.pending() !== 0 && (core.preemptCount & IN_INTERRUPT) === 0 && !core.irqsOff)
      this.enterSoftirqs();
  }
  /** A hard interrupt on top of what runs. */
  protected interrupt(irq: number): void {
    const { core, irqs, regs } = this.machine;
    irqs.take(regs.cpu, irq);
    const action = irqs.action(irq);
    if (action.handler === 0) {
      this.machine.reports.log.print(`irq ${irq}: nobody cared (try booting with the "irqpoll" option)`);
      return;
    }
    this.enterStub('asm_common_interrupt');
    core.set32(regs.fp + F.irq, irq);
    core.irqsOff = true;
    core.preemptCount += HARDIRQ_OFFSET;
    core.setPerCpu('kmem_running_irq', regs.cpu, irq + 1);
    core.set32(regs.fp + F.before, core.preemptCount);
    this.callPointer(action.handler, [irq, action.dev], this.stub('asm_common_interrupt').entry);
  }
  /** Delivers a pending NMI: its line + 1. */
  takeNmi(pending: number): void {
    this.machine.core.setPerCpu('kmem_nmi_pending', this.machine.regs.cpu, 0);
    this.nmi(pending - 1);
  }
  /** A non-maskable interrupt. */
  protected nmi(irq: number): void {
    const { core, irqs, regs } = this.machine;
    const { handler } = irqs.action(irq);
    if (handler === 0 || core.preemptCount & NMI_MASK) return;
    this.enterStub('asm_exc_nmi');
    core.irqsOff = true;
    core.preemptCount += NMI_OFFSET + HARDIRQ_OFFSET;
    core.set32(regs.fp + F.before, core.preemptCount);
    this.callPointer(handler, [irq, 0], this.stub('asm_exc_nmi').entry);
  }
  /** A frame of the kernel's own code on top of what runs, with what it interrupted. */
  protected enterStub(name: KernelCodeName): void {
    const { core, regs } = this.machine;
    const { irqsOff, preemptCount } = core;
    const { stage } = this;
    // a CPU that spins does no longer while it handles an interrupt; afterwards it looks at the lock again
    if (stage !== 0) {
      core.setLong(core.perCpuAddress('kmem_spin_lock', regs.cpu), 0);
      core.setPerCpu('kmem_spin_dead', regs.cpu, 0);
    }
    this.push(this.stub(name), regs.pc);
    core.space.fill(regs.fp, F.size, 0);
    core.set32(regs.fp + F.irqsOff, irqsOff ? 1 : 0);
    core.set32(regs.fp + F.preempt, preemptCount);
    core.set32(regs.fp + F.stage, stage);
    this.stage = 0;
  }
  /** Back to what was interrupted. */
  protected leaveStub(name: KernelCodeName): void {
    const { core, regs } = this.machine;
    const irqsOff = core.get32(regs.fp + F.irqsOff) !== 0;
    const preempt = core.get32(regs.fp + F.preempt);
    const stage = core.get32(regs.fp + F.stage);
    this.pop(this.stub(name));
    core.preemptCount = preempt;
    core.irqsOff = irqsOff;
    this.stage = stage;
  }
  protected returnFromInterrupt(): void {
    const { core, reports, softirqs, irqs, regs } = this.machine;
    const irq = core.get32(regs.fp + F.irq);
    const before = core.get32(regs.fp + F.before);
    const name = reports.names.nameOf(irqs.action(irq).handler);
    if (!core.irqsOff) {
      reports.warn('__handle_irq_event_percpu', `irq ${irq} handler ${name} enabled interrupts`);
      core.irqsOff = true;
    }
    this.checkLeak(before, `irq ${irq} handler ${name}`);
    core.preemptCount = before - HARDIRQ_OFFSET;
    core.setPerCpu('kmem_running_irq', regs.cpu, 0);
    const runs = softirqs.pending() !== 0 && (core.preemptCount & IN_INTERRUPT) === 0;
    this.leaveStub('asm_common_interrupt');
    this.letInterruptsIn(runs);
  }
  /** A handler that leaves preempt_count other than it found it. */
  protected checkLeak(before: number, what: string): void {
    const { core, reports, lockdep } = this.machine;
    const now = core.preemptCount;
    if (now === before) return;
    const hex = (v: number) => (v >>> 0).toString(16).padStart(8, '0');
    reports.report(
      'BUG',
      `BUG: ${what} left preempt_count at ${hex(now)}, it was ${hex(before)}`,
      lockdep.heldLines(core.current),
    );
    core.preemptCount = before;
  }

  // ---------------------------------------------------------------- softirqs
  protected enterSoftirqs(): void {
    const { core, regs } = this.machine;
    this.enterStub('__do_softirq');
    core.preemptCount += SOFTIRQ_OFFSET;
    core.set32(regs.fp + F.irq, -1);
    core.set32(regs.fp + F.before, core.preemptCount);
    core.set32(regs.fp + F.restarts, MAX_RESTARTS);
    regs.pc = this.stub('__do_softirq').entry;
  }
  /** One handler of __do_softirq after the other; called again when one has returned. */
  protected softirqStep(): void {
    const { machine } = this;
    const { core, regs, softirqs, reports, lockdep, timers, rcu } = machine;
    const { fp } = regs;
    const entry = this.stub('__do_softirq').entry;
    const nr = core.get32(fp + F.irq);
    const running = core.getLong(fp + F.running);
    if (running !== 0) {
      const before = core.get32(fp + F.before);
      if (core.preemptCount !== before) {
        const hex = (v: number) => (v >>> 0).toString(16).padStart(8, '0');
        const name = reports.names.nameOf(
          nr === TIMER_SOFTIRQ ? core.getLong(running + core.offset('timer_list', 'function')) : running,
        );
        reports.report(
          'BUG',
          nr === TIMER_SOFTIRQ
            ? `timer: ${name} preempt leak: ${hex(before)} -> ${hex(core.preemptCount)}`
            : `huh, entered softirq ${nr} ${SOFTIRQ_NAMES[nr] ?? ''} ${name} with preempt_count ${hex(before)}, exited with ${hex(core.preemptCount)}?`,
          lockdep.heldLines(core.current),
        );
        core.preemptCount = before;
      }
      if (nr === TASKLET_SOFTIRQ || nr === HI_SOFTIRQ) {
        softirqs.endTasklet(running);
        this.setRunning('kmem_running_tasklet', 0);
      } else if (nr === TIMER_SOFTIRQ) this.setRunning('kmem_running_timer', 0);
      core.setLong(fp + F.running, 0);
    }
    core.irqsOff = false;
    // more of the same kind: the rest of the tasklets, the next expired timer
    if (nr === TASKLET_SOFTIRQ || nr === HI_SOFTIRQ) {
      for (let tasklet = core.getLong(fp + F.next); tasklet !== 0; ) {
        const next = core.field(tasklet, 'tasklet_struct', 'next');
        core.setLong(fp + F.next, next);
        if (softirqs.beginTasklet(tasklet, nr === HI_SOFTIRQ)) {
          core.setLong(fp + F.running, tasklet);
          this.setRunning('kmem_running_tasklet', tasklet);
          const callback = core.space.read8(tasklet + core.offset('tasklet_struct', 'use_callback')) !== 0;
          const fn = core.field(tasklet, 'tasklet_struct', 'func');
          if (this.callPointer(fn, [callback ? tasklet : core.field(tasklet, 'tasklet_struct', 'data')], entry)) return;
          softirqs.endTasklet(tasklet);
          core.setLong(fp + F.running, 0);
        }
        tasklet = next;
      }
    } else if (nr === TIMER_SOFTIRQ) {
      for (let timer = timers.takeExpired(regs.cpu); timer !== 0; timer = timers.takeExpired(regs.cpu)) {
        const fn = core.field(timer, 'timer_list', 'function');
        if (fn === machine.delayedWorkTimerFn) {
          machine.works.timerExpired(timer);
          continue;
        }
        core.setLong(fp + F.running, timer);
        this.setRunning('kmem_running_timer', timer);
        if (this.callPointer(fn, [timer], entry)) return;
        core.setLong(fp + F.running, 0);
        this.setRunning('kmem_running_timer', 0);
      }
    } else if (nr === RCU_SOFTIRQ) {
      const head = core.getLong(fp + F.next);
      if (head !== 0) {
        core.setLong(fp + F.next, core.field(head, 'callback_head', 'next'));
        core.setLong(fp + F.running, core.field(head, 'callback_head', 'func'));
        if (this.callPointer(core.field(head, 'callback_head', 'func'), [head], entry)) return;
        core.setLong(fp + F.running, 0);
        return;
      }
    }
    // the next softirq of this round, then another round
    let pending = core.get32(fp + F.pending);
    if (pending === 0) {
      const restarts = core.get32(fp + F.restarts);
      pending = softirqs.pending();
      if (pending !== 0 && restarts === 0) {
        softirqs.wakeDaemon(regs.cpu);
        pending = 0;
      } else if (pending !== 0) {
        softirqs.setPending(0);
        core.set32(fp + F.restarts, restarts - 1);
      }
      if (pending === 0) {
        this.leaveStub('__do_softirq');
        this.letInterruptsIn(false);
        return;
      }
    }
    const next = 31 - Math.clz32(pending & -pending);
    core.set32(fp + F.pending, pending & ~(1 << next));
    core.set32(fp + F.irq, next);
    core.setLong(fp + F.next, 0);
    if (next === TASKLET_SOFTIRQ || next === HI_SOFTIRQ)
      core.setLong(fp + F.next, softirqs.takeTasklets(next === HI_SOFTIRQ));
    else if (next === RCU_SOFTIRQ) {
      core.setLong(fp + F.next, rcu.takeCallbacks());
    } else if (next !== TIMER_SOFTIRQ) {
      const action = softirqs.action(next);
      if (action !== 0) {
        core.setLong(fp + F.running, action);
        if (!this.callPointer(action, [0], entry)) core.setLong(fp + F.running, 0);
      }
    }
  }
  protected setRunning(name: string, what: number): void {
    const { core, regs } = this.machine;
    core.setLong(core.perCpuAddress(name, regs.cpu), what);
  }

  // ---------------------------------------------------------------- the kernel's own tasks
  /** One step of the code that the current frame, one of the kernel's own, stands for. */
  protected kernelCode(): Stop | undefined {
    const { machine } = this;
    const { core, regs, tasks, softirqs, works } = machine;
    const fn = this.functionAt(regs.pc) as FunctionCode;
    switch (fn.name as KernelCodeName) {
      case 'asm_common_interrupt':
        this.returnFromInterrupt();
        return undefined;
      case 'asm_exc_nmi':
        this.checkLeak(core.get32(regs.fp + F.before), 'nmi handler');
        this.leaveStub('asm_exc_nmi');
        return undefined;
      case '__do_softirq':
        this.softirqStep();
        return undefined;
      case 'kthread':
        return this.taskEnds(tasks.getLong(regs.task, T.exitCode));
      case 'run_ksoftirqd':
        if (softirqs.pending(regs.cpu) !== 0) {
          this.enterSoftirqs();
          return undefined;
        }
        return this.sleepHere();
      case 'worker_thread': {
        const done = tasks.getLong(regs.task, T.work);
        if (done !== 0) {
          tasks.setLong(regs.task, T.work, 0);
          if (core.preemptCount !== 0 || machine.lockdep.held(regs.task).length > 0) {
            machine.reports.report(
              'BUG',
              `BUG: workqueue leaked lock or atomic: ${tasks.comm(regs.task)}/0x${(core.preemptCount >>> 0).toString(16).padStart(8, '0')}/${tasks.pid(regs.task)}`,
              [
                `     last function: ${machine.reports.names.nameOf(tasks.getLong(regs.task, T.fn))}`,
                ...machine.lockdep.heldLines(regs.task),
              ],
            );
            core.preemptCount = 0;
          }
          works.finished();
        }
        const work = works.take(regs.cpu);
        if (work === 0) return this.sleepHere();
        tasks.setLong(regs.task, T.work, work);
        const func = core.field(work, 'work_struct', 'func');
        tasks.setLong(regs.task, T.fn, func);
        this.callPointer(func, [work], regs.pc);
        return undefined;
      }
      case 'cpu_startup_entry': {
        const next = machine.sched.dequeue(regs.cpu);
        if (next === 0) {
          this.save();
          return 'blocked';
        }
        this.save();
        this.switchTo(next);
        return undefined;
      }
    }
  }
  /** A kernel thread with nothing to do. */
  protected sleepHere(): Stop {
    const { tasks, regs } = this.machine;
    tasks.setState(regs.task, TASK_INTERRUPTIBLE);
    this.save();
    this.leaveCpu();
    return 'blocked';
  }
}
