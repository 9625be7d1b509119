/**
 * An oops: the exception is reported and the task dies; in an interrupt the kernel panics (arch/x86/kernel/dumpstack.c: die, oops_end;
 * kernel/exit.c: make_task_dead, 6.1).
 */

import { PageFaultError } from '../../memory/space';
import { formatBits } from '../../types/address';
import { BadCallError, PanicError } from '../arch/faults';
import { KernelBug } from '../lib/bug';
import { raisedIn } from '../lib/kernel_fault';
import { NotEmulated } from '../lib/not_emulated';
import { kernelSymbol } from '../printk/kernel_symbol';
import { LOGLEVEL_INFO } from '../printk/printk';
import type { Reports } from '../printk/reports';
import { TAINT_DIE } from '../printk/taint';
import { type Core, STATUS_LIMIT } from '../sched/core';
import { HARDIRQ_MASK, NMI_MASK, SOFTIRQ_OFFSET } from '../sched/preempt_mask';
import { KIND_IDLE, TASK_DEAD, type Tasks } from '../sched/task';
import { isException } from './exceptions';
import type { Exit } from './exit';
import { faultText } from './fault_text';
import { panic, panicWithoutTrace } from './panic';

const SIGKILL = 9;

/** The kernel's functions that an exception was raised in, innermost first: the function of the API that runs is the last. */
function functionsOf(error: unknown, { stacks }: Reports): readonly string[] {
  const { functions } = raisedIn(error);
  if (error instanceof KernelBug) {
    const { place } = error;
    if (!place) return [];
    if (place.functions) return [place.fn, ...place.functions];
  }
  return [...functions, ...stacks.functions().filter((fn) => !functions.includes(fn))];
}

const FATAL_IN_INTERRUPT = 'Fatal exception in interrupt';

/** The instruction that raised an exception: of a bad call, the address that was called. */
function symbolOf(error: unknown, inner: string | undefined, { names, abi }: Reports): string {
  if (error instanceof BadCallError) return `0x${formatBits(abi, error.bits).replace(/^0x0*(?=.)/, '')}`;
  return inner === undefined ? names.symbolize(names.pc()) : kernelSymbol(inner);
}

export class Oops {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly reports: Reports,
    private readonly exit: Exit,
    /** the tracer: calls that were under way have been left */
    private readonly trace: { unwind(): void },
  ) {}

  /**
   * Reports what an instruction raised, and ends what it ran in. True: the task has been killed and leaves its CPU next.
   * @throws `error` if it is not an exception: a mistake in kmem
   */
  handle(error: unknown): boolean {
    const { core, reports } = this;
    this.trace.unwind();
    if (!isException(error)) throw error;
    if (error instanceof PanicError) {
      reports.stacks.save();
      panic(core, reports, error.message);
      return false;
    }
    if (error instanceof NotEmulated) {
      reports.stacks.save();
      core.setGlobal('kmem_status', STATUS_LIMIT);
      reports.log.report({ kind: 'limit', title: error.message, lines: [] });
      return false;
    }
    this.keepLocks(error);
    this.report(error);
    const fatal = this.fatal();
    if (fatal !== undefined) {
      panic(core, reports, fatal);
      return false;
    }
    this.noteState();
    this.exit.kill(SIGKILL);
    return true;
  }
  /**
   * An exception where no task can be ended for it: in the scheduler, in the tick, or while another one is reported. The kernel panics.
   * @throws `error` if it is not an exception
   */
  handleFatal(error: unknown): void {
    const { core, reports } = this;
    this.trace.unwind();
    if (!isException(error)) throw error;
    try {
      if (!(error instanceof PanicError)) this.report(error);
      panic(core, reports, error instanceof PanicError ? error.message : FATAL_IN_INTERRUPT);
    } catch (again) {
      // what a report reads is overwritten as well
      if (!isException(again)) throw again;
      panicWithoutTrace(core, reports, FATAL_IN_INTERRUPT);
    }
  }
  /** The spinlocks that the kernel's code held are never released: the count of preemption stays, interrupts stay off. */
  private keepLocks(error: unknown): void {
    const { core } = this;
    const { locks, irqsOff } = raisedIn(error);
    if (locks !== 0) core.preemptCount += locks;
    if (irqsOff) core.irqsOff = true;
  }
  /** die(): the report of the exception. */
  private report(error: unknown): void {
    const { core, reports } = this;
    reports.stacks.save();
    reports.debugLocksOff();
    const n = core.getGlobal('kmem_oopses') + 1;
    core.setGlobal('kmem_oopses', n);
    const { head, title, lines, notes, cr2 } = faultText(error, core, reports.names, n);
    const [inner, ...functions] = functionsOf(error, reports);
    const symbol = symbolOf(error, inner, reports);
    const kind = error instanceof KernelBug ? 'BUG' : 'oops';
    reports.log.report({ kind, head, title, lines: [...lines, ...reports.exception(symbol, cr2, functions)], notes });
    reports.taintUnreliable(TAINT_DIE);
    // the fault of an instruction fetch is handled with interrupts off: do_user_addr_fault comes to nothing that turns them on
    if (error instanceof BadCallError || (error instanceof PageFaultError && this.isKernelAddress(error.address)))
      core.irqsOff = true;
  }
  /** fault_in_kernel_space: do_kern_addr_fault does not turn interrupts on either. */
  private isKernelAddress(address: number): boolean {
    const { profile, config } = this.core.kernel;
    return address < 0 || (this.core.wordSize === 4 && address >= profile.arches[config.arch].pageOffset);
  }
  /** oops_end: why the machine cannot continue without what has died; undefined if it can. */
  private fatal(): string | undefined {
    const { core, tasks } = this;
    if ((core.preemptCount & (HARDIRQ_MASK | NMI_MASK | SOFTIRQ_OFFSET)) !== 0) return FATAL_IN_INTERRUPT;
    if (core.getGlobal('panic_on_oops') !== 0) return 'Fatal exception';
    // a run queue that has become a ring gives a dead task again
    if (tasks.state(core.current) & TASK_DEAD) return 'Fatal exception';
    return tasks.kind(core.current) === KIND_IDLE ? 'Attempted to kill the idle task!' : undefined;
  }
  /** make_task_dead: reports the state that the task leaves, and mends it. */
  private noteState(): void {
    const { core, tasks, reports } = this;
    const who = `${tasks.comm(core.current)}[${tasks.pid(core.current)}]`;
    if (core.irqsOff) reports.log.print(`note: ${who} exited with irqs disabled`, LOGLEVEL_INFO);
    core.irqsOff = false;
    if (core.preemptCount !== 0)
      reports.log.print(`note: ${who} exited with preempt_count ${core.preemptCount}`, LOGLEVEL_INFO);
    core.preemptCount = 0;
  }
}
