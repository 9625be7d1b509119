/**
 * The virtual machine: a checked scenario, compiled, on a booted kernel. `step` runs one statement. Everything that changes is in emulated
 * memory, so that after the journal's cursor has moved, `sync` is enough to continue from there.
 */

import type { Kernel } from '../../kernel/kernel';
import { startJournal } from '../../kernel/kernel';
import { isException } from '../../kernel/oops/exceptions';
import type { ReportPorts } from '../../kernel/printk/ports';
import { STATUS_ENDED, STATUS_MISTAKE, STATUS_RUNNING } from '../../kernel/sched/core';
import type { Program } from '../../language/check/context/program';
import type { Span } from '../../language/syntax/tree';
import { WriteInThePast } from '../../memory/journal';
import type { MachineConfig } from '../../profiles/machineConfig';
import type { Machine } from '../machine/machine';
import { OP_STATEMENT, type StatementInfo, statementOf } from '../program/code';
import type { CompiledProgram } from '../program/compiledProgram';
import { CodeTable } from './codeTable';
import { Cpu, MAX_KERNEL_STEPS, type Stop } from './cpu';
import { type Frame, Frames, type LocalVariable } from './frames';
import { run } from './instructionLoop';
import { letInterruptsIn, takeNmi } from './interrupts';
import { mistakeReport } from './mistake';
import { ENDINGS, type Ending, MARK_END, MARK_STATEMENT } from './runMarks';
import { Scheduler } from './schedule';
import { loadModule, makeBlocks, makeTasks, spawnTask } from './startState';
import { leaveCpu } from './switching';
import { Symbolizer } from './symbolize';

export class Vm {
  readonly kernel: Kernel;
  readonly program: Program;
  private readonly cpu: Cpu;
  private readonly scheduler: Scheduler;
  private readonly framesOf: Frames;
  private readonly statusWord: number;
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
    const table = new CodeTable(compiled, kernel.symbols);
    this.cpu = new Cpu(machine, table);
    this.scheduler = new Scheduler(machine, this.cpu, schedule, program.machine.preempt);
    this.framesOf = new Frames(machine, table, compiled.statements);
    this.statusWord = machine.core.global('kmem_status');
    const names = new Symbolizer(program, this.cpu, this.framesOf);
    this.ports = { names, stacks: names };
  }

  /** Makes the tasks and objects of the program, and stops at its first statement. The journal begins here. */
  start(): void {
    const { machine, kernel, compiled, cpu } = this;
    loadModule(machine);
    makeTasks(machine, compiled, cpu);
    makeBlocks(machine, compiled);
    startJournal(kernel);
    this.goTo(0);
    this.findStatement();
    this.mark();
  }

  // ---------------------------------------------------------------- state
  get statements(): readonly StatementInfo[] {
    return this.compiled.statements;
  }
  get status(): 'running' | Ending {
    return ENDINGS[this.machine.core.getGlobal('kmem_status') - STATUS_ENDED] ?? 'running';
  }
  get done(): boolean {
    return this.kernel.mem.words[this.statusWord] !== STATUS_RUNNING;
  }
  /** The journal's cursor has moved, or memory has been changed: takes the registers from memory. */
  sync(): void {
    const { core } = this.machine;
    try {
      this.cpu.load(core.cpu);
    } catch (error) {
      if (!isException(error)) throw error;
      // the next step meets it again
      this.cpu.unload();
    }
  }

  // ---------------------------------------------------------------- running
  /**
   * Runs one statement, and everything before the next one: interrupts, other tasks up to a statement, and time when no task can run.
   * Where the kernel's own code goes on and on without one, the step ends at a moment without a statement.
   * @returns how many statements the step took the time of
   */
  step(): number {
    if (this.done) return 0;
    let statements = 1;
    const { tlbs } = this.kernel;
    if (tlbs) tlbs.active = true;
    try {
      statements = this.advance();
    } catch (error) {
      if (error instanceof WriteInThePast) throw error;
      this.machine.core.setGlobal('kmem_status', STATUS_MISTAKE);
      this.kernel.log.report(mistakeReport(error));
    } finally {
      if (tlbs) tlbs.active = false;
    }
    this.mark();
    return statements;
  }
  /** @throws an error that is not an exception of the emulated machine: a mistake in kmem */
  private advance(): number {
    const { machine, cpu } = this;
    const { oops, standstill } = machine.loops;
    cpu.beginStep();
    try {
      if (!cpu.loaded) cpu.load(machine.core.cpu);
      if (this.atStatement() && this.runStatement()) return 1;
      if (this.findStatement() || this.done) return 1;
      cpu.save();
      standstill.busy(MAX_KERNEL_STEPS);
    } catch (error) {
      oops.handleFatal(error);
    }
    return MAX_KERNEL_STEPS;
  }
  private atStatement(): boolean {
    return this.cpu.table.code[this.machine.regs.pc]?.op === OP_STATEMENT;
  }
  /** Runs the statement that the CPU is at. Returns whether the same task is at its next one and simply continues, which is usual. */
  private runStatement(): boolean {
    const { machine, cpu } = this;
    machine.loops.tick.statementsPassed(1);
    let stop: Stop;
    try {
      stop = run(cpu, true);
    } catch (error) {
      this.fault(error);
      stop = 'blocked';
    }
    return stop === 'statement' && this.scheduler.goesOn(machine.regs.cpu);
  }
  /** Lets the scheduler choose, and runs until the CPU it chose is at a statement. False: nothing can run, or the step has to end. */
  private findStatement(): boolean {
    while (!this.done && this.cpu.kernelMayStep()) {
      const next = this.chooseCpu();
      if (next < 0) continue;
      if (this.enterCpu(next)) return true;
      try {
        if (run(this.cpu, false) === 'statement') return true;
      } catch (error) {
        this.fault(error);
      }
    }
    return false;
  }
  /** Loads a CPU; lets interrupts in. Returns whether it is then at a statement. */
  private enterCpu(nr: number): boolean {
    const { machine, cpu } = this;
    const { core, regs } = machine;
    if (core.cpu !== nr) core.setGlobal('kmem_cpu', nr);
    if (regs.cpu !== nr || regs.task !== core.currentOf(nr)) cpu.load(nr);
    try {
      if (core.getPerCpu('kmem_nmi_pending', nr) !== 0) takeNmi(cpu);
      else {
        const tick = core.getPerCpu('kmem_tick_pending', nr) !== 0 && !core.irqsOff;
        if (tick) core.setPerCpu('kmem_tick_pending', nr, 0);
        letInterruptsIn(cpu, tick ? 'asm_sysvec_apic_timer_interrupt' : undefined);
      }
    } catch (error) {
      this.fault(error);
      return false;
    }
    if (!this.atStatement()) return false;
    cpu.save();
    return true;
  }
  /** An instruction has raised an exception. @throws `error` if it is not one */
  private fault(error: unknown): void {
    const { machine, cpu } = this;
    const { oops } = machine.loops;
    try {
      if (oops.handle(error)) leaveCpu(cpu);
    } catch (again) {
      oops.handleFatal(again);
    } finally {
      cpu.inArguments = false;
    }
  }
  /** The next CPU to run; −1 if none can: time has passed then, or the run has ended. */
  private chooseCpu(): number {
    const { machine, scheduler } = this;
    const next = scheduler.pick();
    if (next < 0) {
      const cpus = Array.from({ length: machine.core.cpus }, (_, cpu) => cpu);
      machine.loops.standstill.idle(
        cpus.filter((cpu) => scheduler.spins(cpu)),
        (nr) => this.goTo(nr),
      );
    }
    return next;
  }
  private goTo(nr: number): void {
    this.machine.core.setGlobal('kmem_cpu', nr);
    this.cpu.load(nr);
  }
  /** The mark of this moment: what the next step runs. */
  private mark(): void {
    const { machine, cpu } = this;
    const { core, regs } = machine;
    const { journal } = this.kernel;
    if (this.done) {
      core.setGlobal('kmem_ended', core.getGlobal('kmem_ended') + 1);
      journal.marks.add(journal.position, MARK_END, core.getGlobal('kmem_status') - STATUS_ENDED);
      return;
    }
    const statement = statementOf(cpu.table.code[regs.pc]);
    journal.marks.add(journal.position, MARK_STATEMENT, statement, regs.cpu, regs.task, cpu.depth);
  }

  // ---------------------------------------------------------------- services for functions of the API: VmHooks
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
    return spawnTask(this.machine, this.cpu, fn, data, name, cpu);
  }

  // ---------------------------------------------------------------- queries
  /** Call stack of a task at the journal's cursor, innermost first. */
  frames(task: number): Frame[] {
    return this.framesOf.of(task);
  }
  locals(frame: Frame): LocalVariable[] {
    return this.framesOf.locals(frame);
  }
  /** The source of an instruction. */
  spanOf(pc: number): Span | undefined {
    return this.framesOf.spanAt(pc);
  }
  /** The source position of the code at a virtual address. */
  spanOfCode(address: number): Span | undefined {
    return this.spanOf(this.cpu.table.pcOf(address));
  }
}
