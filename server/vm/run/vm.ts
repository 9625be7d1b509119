/**
 * The virtual machine: a checked scenario, compiled, on a booted kernel. `step` runs one statement. Everything that changes is in emulated
 * memory, so that after the journal's cursor has moved, `sync` is all it takes to go on from there.
 */

import { RCU_SOFTIRQ, TIMER_SOFTIRQ } from '../../kernel/irq/softirq';
import type { Kernel } from '../../kernel/kernel';
import type { ReportPorts } from '../../kernel/printk/ports';
import { STATEMENTS_PER_JIFFY, STATUS_DEADLOCK, STATUS_ENDED, STATUS_RUNNING } from '../../kernel/sched/core';
import { KIND_KTHREAD, KIND_KWORKER, KIND_TASK, T, TASK_DEAD } from '../../kernel/sched/task';
import type { Program } from '../../language/check/program';
import type { Span } from '../../language/syntax/tree';
import type { MachineConfig } from '../../profiles/machineConfig';
import type { Machine } from '../machine/machine';
import { OP_STATEMENT, type StatementInfo, statementOf } from '../program/code';
import type { CompiledProgram } from '../program/compiledProgram';
import type { Stop } from './cpu';
import { Processor } from './exec';
import { Frames, type VmFrame, type VmLocal } from './frames';
import { OncePerPlace } from './oncePerPlace';
import { handleFault } from './oops';
import { Scheduler } from './schedule';
import { makeBlocks, makeTasks, spawnTask } from './startState';
import { Symbolizer } from './symbolize';

/** journal mark: statement `a` runs next, on CPU `b`, in task `c`, `d` frames deep */
export const MARK_STATEMENT = 1;
/** journal mark: the run has ended; `a` is 0 when all tasks have, 1 for a deadlock, 2 for a panic */
export const MARK_END = 2;

export type VmStatus = 'running' | 'ended' | 'deadlock' | 'panic';
const STATUS: readonly VmStatus[] = ['running', 'ended', 'deadlock', 'panic'];
const SOFT_LOCKUP_SECONDS = 22;

export class Vm {
  readonly kernel: Kernel;
  readonly program: Program;
  readonly processor: Processor;
  private readonly scheduler: Scheduler;
  private readonly framesOf: Frames;
  private readonly statusWord: number;
  private readonly ticksWord: number;
  /** what the kernel's reports see of the program */
  readonly ports: ReportPorts;

  constructor(
    readonly compiled: CompiledProgram,
    readonly machine: Machine,
    schedule: MachineConfig['schedule'],
  ) {
    const { program } = compiled;
    const { kernel } = machine;
    this.kernel = kernel;
    this.program = program;
    this.processor = new Processor(machine, compiled);
    this.scheduler = new Scheduler(machine, this.processor, schedule, program.machine.preempt);
    this.framesOf = new Frames(machine, this.processor, compiled.statements);
    const once = new OncePerPlace(kernel, compiled.statements.length);
    this.statusWord = machine.core.global('kmem_status');
    this.ticksWord = machine.core.global('kmem_ticks');
    const names = new Symbolizer(program, machine, this.processor, this.framesOf);
    this.ports = {
      names,
      stacks: names,
      firstHere: (what) => once.first(this.framesOf.statementAt(machine.regs.pc), what),
    };
  }

  /** Makes the tasks and objects of the program and stands before its first statement. The journal begins here. */
  start(): void {
    const { machine, kernel, compiled, processor } = this;
    makeTasks(machine, compiled, processor);
    makeBlocks(machine, compiled);
    kernel.startJournal();
    this.goTo(0);
    this.findStatement();
    this.mark();
  }

  // ---------------------------------------------------------------- state
  get statements(): readonly StatementInfo[] {
    return this.compiled.statements;
  }
  get status(): VmStatus {
    return STATUS[this.machine.core.getGlobal('kmem_status')] ?? 'running';
  }
  get done(): boolean {
    return this.kernel.mem.words[this.statusWord] !== STATUS_RUNNING;
  }
  /** The journal's cursor has moved, or memory has been changed: takes the registers from memory. */
  sync(): void {
    const { core } = this.machine;
    this.processor.load(core.cpu);
    this.machine.softirqsAllowed = false;
  }

  // ---------------------------------------------------------------- running
  /** Runs one statement, and what comes before the next one: interrupts, other tasks' way to a statement, time when nobody can run. */
  step(): void {
    if (this.done) return;
    this.tick();
    const { machine, processor } = this;
    let stop: Stop;
    try {
      stop = processor.run(true);
    } catch (error) {
      handleFault(error, machine, processor);
      stop = 'blocked';
    }
    // most often the same task simply goes on
    if (!(stop === 'statement' && this.scheduler.goesOn(machine.regs.cpu)) && !this.done) this.findStatement();
    this.mark();
  }
  /** One statement has passed: a jiffy ends after STATEMENTS_PER_JIFFY of them. */
  private tick(): void {
    const { mem } = this.kernel;
    const ticks = (mem.words[this.ticksWord] as number) + 1;
    if (ticks < STATEMENTS_PER_JIFFY) mem.set(this.ticksWord, ticks);
    else this.passTime(1);
  }
  private passTime(jiffies: number): void {
    const { core, sched } = this.machine;
    core.advance(jiffies);
    this.timersExpire();
    sched.expireSleeps();
  }
  /** The tick of each CPU: its expired timers become its TIMER_SOFTIRQ, RCU callbacks run when nobody reads. */
  private timersExpire(): void {
    const { core, timers, rcu } = this.machine;
    for (let cpu = 0; cpu < core.cpus; cpu++) if (timers.expired(cpu)) this.raiseFromTick(TIMER_SOFTIRQ, cpu);
    if (rcu.pending() && !rcu.hasReaders()) this.raiseFromTick(RCU_SOFTIRQ, 0);
  }
  /** The tick interrupt raises a softirq, which runs when it ends: before the CPU's next instruction, if interrupts and bottom halves are on. */
  private raiseFromTick(nr: number, cpu: number): void {
    const { core } = this.machine;
    const word = core.softirqWord[cpu] as number;
    core.mem.set(word, (core.mem.words[word] as number) | (1 << nr));
    core.setPerCpu('kmem_tick_pending', cpu, 1);
  }
  /** Lets the scheduler choose, and runs until the CPU it chose stands before a statement, or nothing can run any more. */
  private findStatement(): void {
    const { machine, processor } = this;
    for (;;) {
      const cpu = this.chooseCpu();
      if (cpu < 0 || this.enterCpu(cpu)) return;
      try {
        if (processor.run(false) === 'statement') return;
      } catch (error) {
        handleFault(error, machine, processor);
      }
      if (this.done) return;
    }
  }
  /** Loads a CPU; lets interrupts in. True if it stands at a statement then. */
  private enterCpu(cpu: number): boolean {
    const { machine, processor } = this;
    const { core } = machine;
    if (core.cpu !== cpu) core.setGlobal('kmem_cpu', cpu);
    if (machine.regs.cpu !== cpu || machine.regs.task !== core.currentOf(cpu)) processor.load(cpu);
    try {
      const nmi = core.getPerCpu('kmem_nmi_pending', cpu);
      if (nmi !== 0) processor.takeNmi(nmi);
      else {
        const tick = core.getPerCpu('kmem_tick_pending', cpu) !== 0 && !core.irqsOff;
        if (tick) core.setPerCpu('kmem_tick_pending', cpu, 0);
        processor.letInterruptsIn(tick);
      }
    } catch (error) {
      handleFault(error, machine, processor);
      return false;
    }
    const at = processor.code[machine.regs.pc];
    if (at?.op !== OP_STATEMENT) return false;
    processor.save();
    return true;
  }
  /** The next CPU to run; time passes while none can. −1: the run has ended. */
  private chooseCpu(): number {
    const { machine, scheduler } = this;
    const { core, timers, sched } = machine;
    for (;;) {
      const cpu = scheduler.pick();
      if (cpu >= 0) return cpu;
      const spinning = Array.from({ length: core.cpus }, (_, c) => c).filter((c) => scheduler.spins(c));
      const timer = timers.next();
      const sleep = sched.nextDeadline();
      const rcu = machine.rcu.pending() ? 1 : undefined;
      const waits = [timer, sleep === undefined ? undefined : sleep - core.now, rcu].filter(
        (t): t is number => t !== undefined,
      );
      const jump = waits.length > 0 ? Math.max(1, Math.min(...waits)) : undefined;
      if (spinning.length > 0) {
        const since = Math.min(...spinning.map((c) => core.getPerCpu('kmem_spin_since', c) | 0));
        if (jump === undefined || core.now + jump - since > SOFT_LOCKUP_SECONDS * core.hz) {
          this.lockup(spinning);
          return -1;
        }
      }
      if (jump === undefined) {
        this.finish();
        return -1;
      }
      this.passTime(jump);
    }
  }
  private goTo(cpu: number): void {
    this.machine.core.setGlobal('kmem_cpu', cpu);
    this.processor.load(cpu);
  }
  /** The mark of this moment: what the next step runs. */
  private mark(): void {
    const { machine, processor } = this;
    const { core, regs } = machine;
    const { journal } = this.kernel;
    if (this.done) {
      core.setGlobal('kmem_ended', core.getGlobal('kmem_ended') + 1);
      journal.marks.add(journal.position, MARK_END, core.getGlobal('kmem_status') - STATUS_ENDED);
      return;
    }
    const statement = statementOf(processor.code[regs.pc]);
    journal.marks.add(journal.position, MARK_STATEMENT, statement, regs.cpu, regs.task, processor.frameCount);
  }

  // ---------------------------------------------------------------- how it ends
  /** Nothing can run and nothing will wake anybody: all is over, or tasks wait for ever. */
  private finish(): void {
    const { core, tasks, lockdep, reports } = this.machine;
    const stuck = tasks.all.filter((t) => tasks.kind(t) === KIND_TASK && !(tasks.state(t) & TASK_DEAD));
    for (const t of tasks.all) if (tasks.kind(t) === KIND_KTHREAD && (tasks.state(t) & 3) === 2) stuck.push(t);
    for (const t of tasks.all) if (tasks.kind(t) === KIND_KWORKER && tasks.getLong(t, T.work) !== 0) stuck.push(t);
    core.setGlobal('kmem_status', stuck.length > 0 ? STATUS_DEADLOCK : STATUS_ENDED);
    for (const task of stuck) {
      const state = tasks.state(task);
      const trace = reports.stacks.traceOf(task);
      this.kernel.log.report({
        kind: 'lockup',
        title: `INFO: task ${tasks.comm(task)}:${tasks.pid(task)} blocked for more than 120 seconds.`,
        lines: [
          `task:${tasks.comm(task).padEnd(15)} state:${state & 2 ? 'D' : 'S'} stack:0 pid:${tasks.pid(task)} ppid:2 flags:0x00004000`,
          'nothing is left that could wake it',
          'Call Trace:',
          ' <TASK>',
          ...trace.lines,
          ' </TASK>',
          ...lockdep.heldLines(task),
        ],
        span: trace.span,
      });
    }
  }
  /** CPUs that spin for ever. */
  private lockup(cpus: readonly number[]): void {
    const { core, tasks, lockdep, reports } = this.machine;
    core.setGlobal('kmem_status', STATUS_DEADLOCK);
    for (const cpu of cpus) {
      const task = core.currentOf(cpu);
      const trace = reports.stacks.traceOf(task);
      const address = core.getLong(core.perCpuAddress('kmem_spin_lock', cpu));
      const holder = address === 0 ? 0 : lockdep.holder(address);
      this.kernel.log.report({
        kind: 'lockup',
        title: `watchdog: BUG: soft lockup - CPU#${cpu} stuck for ${SOFT_LOCKUP_SECONDS}s! [${tasks.comm(task)}:${tasks.pid(task)}]`,
        lines: [
          ...(address === 0
            ? []
            : [`it spins on ${reports.names.nameOf(address)}${holder ? `, which ${tasks.label(holder)} holds` : ''}`]),
          ...lockdep.heldLines(task),
          'Call Trace:',
          ' <TASK>',
          ...trace.lines,
          ' </TASK>',
        ],
        span: trace.span,
      });
    }
  }

  // ---------------------------------------------------------------- what functions of the API ask for: VmHooks
  raise(irq: number, cpu: number): void {
    const { core, irqs } = this.machine;
    if (cpu < 0 || cpu >= core.cpus) {
      this.kernel.log.print(`sim_raise: there is no CPU ${cpu}`);
      return;
    }
    const nmi = [...this.compiled.blocks].some(([sym, { line }]) => sym.word === 'nmi' && line === irq);
    if (nmi) core.setPerCpu('kmem_nmi_pending', cpu, irq + 1);
    else irqs.raise(irq, cpu);
  }
  /** kthread_create */
  spawn(fn: number, data: number, name: string, cpu: number): number {
    return spawnTask(this.machine, this.processor, fn, data, name, cpu);
  }

  // ---------------------------------------------------------------- looking
  /** Call stack of a task at the journal's cursor, innermost first. */
  frames(task: number): VmFrame[] {
    return this.framesOf.of(task);
  }
  locals(frame: VmFrame): VmLocal[] {
    return this.framesOf.locals(frame);
  }
  /** The source of an instruction. */
  spanOf(pc: number): Span | undefined {
    return this.framesOf.spanAt(pc);
  }
}
