/**
 * The registers of the CPU that runs. What is kept in JS (`Machine.regs`) is a copy of what the task's thread area holds at every stop.
 */
import { BadCallError } from '../../kernel/arch/faults';
import type { StackArea } from '../../kernel/arch/stack_area';
import type { TaskLayout } from '../../kernel/sched/task';
import { PageFaultError } from '../../memory/space';
import type { Machine } from '../machine/machine';
import type { CodeTable } from './codeTable';
import { stackOf } from './stackOf';

/** Why running stopped; `exhausted`: the step has done as much as a step may do without a statement. */
export type Stop = 'statement' | 'blocked' | 'spinning' | 'exhausted';

/** How many steps the kernel's own code may take, and CPUs be chosen, in one step of the vm. Each takes the time of a statement. */
export const MAX_KERNEL_STEPS = 400;

/** Before the first `load`: no task. */
const NOWHERE: TaskLayout = {
  task: 0,
  phys: -1,
  name: 'TASK',
  stack: 0,
  floor: 0,
  stackWord: -1,
  threadSize: 0,
  pcWord: -1,
  fpWord: -1,
  fpHigh: -1,
  stageWord: -1,
  depthWord: -1,
};

export class Cpu {
  /** layout of the task that runs */
  layout: TaskLayout = NOWHERE;
  /** the stack that its innermost frame is on: the task's, or an interrupt's. It follows from the frame pointer, so that it is not state. */
  area: StackArea = NOWHERE;
  /**
   * The instruction calls a function of the API and is still at its arguments: what goes wrong there does so in the caller. False between
   * instructions, so that it is not state of the machine.
   */
  inArguments = false;
  /** what is left of MAX_KERNEL_STEPS in this step of the vm */
  private stepsLeft = MAX_KERNEL_STEPS;

  constructor(
    readonly machine: Machine,
    readonly table: CodeTable,
  ) {}

  /** A step of the vm begins. */
  beginStep(): void {
    this.stepsLeft = MAX_KERNEL_STEPS;
  }
  /** The kernel's own code takes a step. False: this step of the vm has to end. */
  kernelMayStep(): boolean {
    return --this.stepsLeft >= 0;
  }
  /** Takes the registers of a CPU's current task from memory. @throws PageFaultError, BadCallError if they have been overwritten */
  load(cpu: number): void {
    const { regs, core, tasks } = this.machine;
    const { words } = core.mem;
    const task = core.currentOf(cpu);
    const layout = tasks.layout(task);
    this.layout = layout;
    regs.cpu = cpu;
    regs.task = task;
    const pc = words[layout.pcWord] as number;
    regs.pc = pc;
    this.setFrame((words[layout.fpHigh] as number) * 0x1_0000_0000 + ((words[layout.fpWord] as number) >>> 0));
    if (!(pc >>> 0 < this.table.code.length)) throw new BadCallError(BigInt(pc >>> 0));
    this.checkFrame();
  }
  /** The frame of the instruction that comes next must be on the stack. @throws PageFaultError for a frame pointer that was overwritten */
  checkFrame(): void {
    const { regs } = this.machine;
    const { stack, floor, threadSize } = this.area;
    const end = stack + threadSize - (this.table.frameSizes[regs.pc] as number);
    if (!(regs.fp >= floor && regs.fp <= end)) throw new PageFaultError(regs.fp, false);
  }
  /** Whether the registers are those of the CPU and task that memory says run. */
  get loaded(): boolean {
    const { regs, core } = this.machine;
    return regs.cpu === core.cpu && regs.task === core.currentOf(regs.cpu);
  }
  /** Forgets the registers. */
  unload(): void {
    this.layout = NOWHERE;
    this.area = NOWHERE;
    this.machine.regs.task = 0;
  }
  /** Writes the registers back to the task's thread area. */
  save(): void {
    const { layout } = this;
    if (layout === NOWHERE) return;
    const { regs, core } = this.machine;
    const { mem } = core;
    mem.set(layout.pcWord, regs.pc);
    const low = regs.fp | 0;
    if (mem.words[layout.fpWord] !== low) mem.set(layout.fpWord, low);
    const high = Math.floor(regs.fp / 0x1_0000_0000) | 0;
    if (mem.words[layout.fpHigh] !== high) mem.set(layout.fpHigh, high);
  }
  setFrame(fp: number): void {
    const { regs } = this.machine;
    const { stack, threadSize } = this.area;
    if (!(fp >= stack && fp <= stack + threadSize)) this.area = stackOf(this.machine, this.layout, regs.cpu, fp);
    const { area } = this;
    regs.fp = fp;
    regs.fpWord = area.stackWord + ((fp - area.stack) >> 2);
  }
  /** Frames of the scenario on the stack of the task that runs. */
  get depth(): number {
    return this.machine.core.mem.words[this.layout.depthWord] as number;
  }
  set depth(depth: number) {
    this.machine.core.mem.set(this.layout.depthWord, depth);
  }
  /** Stage that a call which waits has reached; 0 outside of one. */
  get stage(): number {
    return this.machine.core.mem.words[this.layout.stageWord] as number;
  }
  set stage(stage: number) {
    const { mem } = this.machine.core;
    const { stageWord } = this.layout;
    if (mem.words[stageWord] !== stage) mem.set(stageWord, stage);
  }
}
