/**
 * Runs instructions of the current task of one CPU until a statement, and lets interrupts in between instructions.
 */
import { BadCallError } from '../../kernel/arch/faults';
import { BH_ENABLED, BLOCK, PREEMPT, SCRATCH_RESULT, SCRATCH_STAGE, Spin } from '../../kernel/sched/block';
import { CallRequest } from '../../kernel/sched/step';
import { KIND_IDLE } from '../../kernel/sched/task';
import type { Builtin } from '../machine/machine';
import {
  type ApiInstr,
  type Argument,
  type CallPointerInstr,
  type FunctionCode,
  type Instr,
  OP_API,
  OP_BRANCH,
  OP_CALL,
  OP_CALL_POINTER,
  OP_EVAL,
  OP_JUMP,
  OP_KERNEL,
  OP_RETURN,
  OP_STATEMENT,
  OP_SWITCH,
  type ParamSlot,
  type ResultSink,
  type ReturnInstr,
  type SwitchInstr,
} from '../program/code';
import type { Value } from '../values/value';
import { callRequested, pop, push } from './callStack';
import type { Cpu, Stop } from './cpu';
import { letInterruptsIn, takeNmi } from './interrupts';
import { kernelStep } from './kernelSteps';
import { block, spin } from './switching';

function targetOf({ value, cases, ranges, target }: SwitchInstr): number {
  const v = value();
  return cases.get(v) ?? ranges.find(({ from, to }) => v >= from && v <= to)?.target ?? target;
}

/**
 * Runs the current task of the CPU that is loaded until it is at a statement. `first`: the instruction it is at runs even
 * if it is the mark of a statement.
 */
export function run(cpu: Cpu, first: boolean): Stop {
  const { machine } = cpu;
  const { code } = cpu.table;
  const { regs } = machine;
  let enter = first;
  for (;;) {
    const i = code[regs.pc] as Instr;
    switch (i.op) {
      case OP_STATEMENT:
        if (!enter) {
          cpu.save();
          return 'statement';
        }
        enter = false;
        regs.pc++;
        break;
      case OP_EVAL:
        i.run();
        regs.pc++;
        break;
      case OP_JUMP:
        regs.pc = i.target;
        break;
      case OP_BRANCH:
        regs.pc = i.test() ? regs.pc + 1 : i.target;
        break;
      case OP_SWITCH:
        regs.pc = targetOf(i);
        break;
      case OP_CALL:
        call(cpu, i.args, i.callee);
        break;
      case OP_CALL_POINTER:
        callThrough(cpu, i);
        break;
      case OP_API: {
        cpu.inArguments = true;
        const values = valuesOf(i.args);
        cpu.inArguments = false;
        const stop = afterApi(cpu, i, i.api.call(machine, values, scratchAt(cpu, i.scratch)));
        if (stop) return stop;
        break;
      }
      case OP_RETURN:
        returnFrom(cpu, i);
        break;
      case OP_KERNEL: {
        if (!cpu.kernelMayStep()) {
          cpu.save();
          return 'exhausted';
        }
        const stop = kernelStep(cpu, i.name);
        if (stop) return stop;
        break;
      }
    }
    enter = false;
  }
}

// ---------------------------------------------------------------- calls
function valuesOf(args: readonly Argument[]): Value[] {
  const values: Value[] = [];
  for (const arg of args) values.push(arg.value());
  return values;
}
/** The address of a scratch area, by its offset in the frame; 0: there is none. */
const scratchAt = ({ machine }: Cpu, offset: number): number => (offset < 0 ? 0 : machine.regs.fp + offset);
function call(cpu: Cpu, args: readonly Argument[], fn: FunctionCode): void {
  const { machine } = cpu;
  const { core, regs } = machine;
  const { params } = fn;
  const values = valuesOf(args);
  // the caller's structures are read before the frame is pushed
  const records = fn.takesRecords
    ? params.map((p, k) => (p.store ? undefined : core.space.readBytes(machine.pointer(values[k] ?? 0), p.size)))
    : undefined;
  push(cpu, fn, regs.pc + 1);
  for (let k = 0; k < params.length; k++) {
    const param = params[k] as ParamSlot;
    const record = records?.[k];
    if (param.store) param.store(values[k] ?? 0);
    else if (record) core.space.writeBytes(regs.fp + param.offset, record);
  }
}
/** @throws BadCallError */
function callThrough(cpu: Cpu, i: CallPointerInstr): void {
  const { machine, table } = cpu;
  const value = i.pointer();
  const text = typeof value === 'number' ? value : Number.NaN;
  const fn = table.functionOfText(text);
  if (!fn) throw new BadCallError(BigInt.asUintN(machine.core.wordSize * 8, BigInt(value)));
  call(cpu, i.args, fn);
}
/** After a function of the API: stores its result or starts its wait, then delivers interrupts. */
function afterApi(cpu: Cpu, instr: ApiInstr, outcome: ReturnType<Builtin['call']>): Stop | undefined {
  const { machine } = cpu;
  const { regs, core } = machine;
  const { result, scratch } = instr;
  if (outcome === BLOCK || outcome === PREEMPT) {
    const preempt = outcome === PREEMPT;
    if (machine.tasks.kind(regs.task) !== KIND_IDLE) return block(cpu, preempt);
    // a handler on top of the idle task waits: there is nothing else to switch to, so the wait is given up
    machine.loops.switching.idleSchedules(preempt);
    machine.timeouts.giveUpWait();
  }
  if (outcome instanceof Spin) return spin(cpu, outcome);
  if (outcome instanceof CallRequest) {
    core.set32(regs.fp + scratch + SCRATCH_STAGE, cpu.stage);
    cpu.stage = 0;
    callRequested(cpu, outcome, regs.pc + 1);
    return undefined;
  }
  if (cpu.stage !== 0) cpu.stage = 0;
  if (result?.kind === 'scalar') result.store(typeof outcome === 'number' || typeof outcome === 'bigint' ? outcome : 0);
  regs.pc += scratch < 0 ? 1 : 2;
  const { words } = core.mem;
  if (words[core.nmiWord[regs.cpu] as number] !== 0) takeNmi(cpu);
  else if (outcome === BH_ENABLED || words[core.irqsOffWord[regs.cpu] as number] === 0)
    letInterruptsIn(cpu, outcome === BH_ENABLED ? 'bh_enable' : undefined);
  return undefined;
}

// ---------------------------------------------------------------- returns
function returnFrom(cpu: Cpu, { returned }: ReturnInstr): void {
  const { machine } = cpu;
  const { code } = cpu.table;
  const { regs, core, loops } = machine;
  const fn = cpu.table.functionAt(regs.pc) as FunctionCode;
  if (returned?.kind === 'effect') returned.run();
  const value = returned?.kind === 'scalar' ? returned.value() : undefined;
  const bytes =
    returned?.kind === 'record' ? core.space.readBytes(machine.pointer(returned.address()), returned.size) : undefined;
  pop(cpu, fn);
  const resume = code[regs.pc] as Instr;
  // the kernel's own code looks at memory itself; it is passed only the return value of a thread's function or an interrupt handler
  if (resume.op === OP_KERNEL) {
    if (resume.name === 'kthread') loops.exit.returned(Number(value ?? 0));
    if (resume.name === 'asm_sysvec_apic_timer_interrupt' || resume.name === '__do_softirq')
      loops.vectors.returned(regs.fp, Number(value ?? 0) | 0);
    if (resume.name === 'asm_common_interrupt') loops.irq.returned(regs.fp, Number(value ?? 1) | 0);
    return;
  }
  const back = code[regs.pc - 1];
  if (back?.op === OP_API) {
    returnToApi(cpu, regs.fp + back.scratch, value);
    return;
  }
  const sink = back && resultSink(back);
  if (sink?.kind === 'record' && bytes) core.space.writeBytes(machine.pointer(sink.address()), bytes);
  else if (sink?.kind === 'scalar' && value !== undefined) sink.store(value);
}
/** A function that a call of the API asked for returns: the call is made again, with the result in its scratch. */
function returnToApi(cpu: Cpu, scratch: number, value: Value | undefined): void {
  const { core } = cpu.machine;
  core.space.write64(scratch + SCRATCH_RESULT, BigInt.asUintN(64, BigInt(value ?? 0)));
  cpu.stage = core.get32(scratch + SCRATCH_STAGE);
}
/** The target of the result, if the instruction is a call; undefined for any other instruction. */
function resultSink(instr: Instr): ResultSink | undefined {
  switch (instr.op) {
    case OP_CALL:
    case OP_CALL_POINTER:
      return instr.result;
    default:
      return undefined;
  }
}
