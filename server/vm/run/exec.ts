/**
 * The processor: runs instructions of the current task of one CPU until a place to stop at, and lets interrupts in between instructions.
 */

import { BadCallError } from '../../kernel/arch/faults';
import { BLOCK, Spin, STUCK, type Wait } from '../../kernel/sched/block';
import { KIND_IDLE, T } from '../../kernel/sched/task';
import type { Site } from '../machine/machine';
import {
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
  type ResultSink,
  type ReturnInstr,
} from '../program/code';
import { STUB_FRAME as F } from '../program/kernelCode';
import { convert, type Value } from '../values/value';
import type { Stop } from './cpu';
import { Interrupts } from './interrupts';

export class Processor extends Interrupts {
  // ---------------------------------------------------------------- running
  /**
   * Runs the current task of the CPU that is loaded until it stands before a statement. `first`: the instruction it stands at is run even
   * if it is the mark of a statement.
   */
  run(first: boolean): Stop {
    const { machine, code } = this;
    const { regs } = machine;
    let enter = first;
    for (;;) {
      const i = code[regs.pc] as Instr;
      switch (i.op) {
        case OP_STATEMENT:
          if (!enter) {
            this.save();
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
          regs.pc = i.cases.get(i.value()) ?? i.target;
          break;
        case OP_CALL:
          this.call(i.args, i.callee);
          break;
        case OP_CALL_POINTER: {
          const stop = this.callThrough(i);
          if (stop) return stop;
          break;
        }
        case OP_API: {
          const stop = this.api(i.result, i.api.call(machine, this.values(i.args), this.siteOf(i.scratch)));
          if (stop) return stop;
          break;
        }
        case OP_RETURN:
          this.returnFrom(i);
          break;
        case OP_KERNEL: {
          const stop = this.kernelCode();
          if (stop) return stop;
          break;
        }
      }
      enter = false;
    }
  }
  private values(args: readonly Argument[]): Value[] {
    const values: Value[] = [];
    for (const arg of args) values.push(arg.value());
    return values;
  }
  private siteOf(scratch: number): Site {
    this.site.scratch = scratch < 0 ? 0 : this.machine.regs.fp + scratch;
    return this.site;
  }
  private call(args: readonly Argument[], fn: FunctionCode): void {
    const { machine } = this;
    const values = this.values(args);
    const records = fn.params.map((p, k) =>
      p.shape ? undefined : machine.core.space.readBytes(machine.pointer(values[k] ?? 0), p.size),
    );
    this.push(fn, machine.regs.pc + 1);
    fn.params.forEach((p, k) => {
      if (p.shape) machine.access.store({ kind: 'frame', offset: p.offset }, p.shape)(convert(values[k] ?? 0, p.shape));
      else machine.core.space.writeBytes(machine.regs.fp + p.offset, records[k] as Uint8Array);
    });
  }
  private callThrough(i: CallPointerInstr): Stop | undefined {
    const { machine } = this;
    const value = i.pointer();
    const text = typeof value === 'number' ? value : Number.NaN;
    const pc = this.pcOf(text);
    const fn = pc < 0 ? undefined : this.functionAt(pc);
    if (fn && pc === fn.entry && fn.sym) {
      this.call(i.args, fn);
      return undefined;
    }
    const api = this.compiled.apiByText.get(text);
    if (!api) throw new BadCallError(BigInt.asUintN(this.word * 8, BigInt(value)));
    return this.api(i.result, api.builtin.call(machine, this.values(i.args), this.siteOf(i.scratch)));
  }
  /** After a function of the API: its result, or the wait it asks for; then interrupts. */
  // biome-ignore lint/suspicious/noConfusingVoidType: functions without a result return nothing
  private api(result: ResultSink | undefined, outcome: Value | undefined | void | Wait): Stop | undefined {
    const { machine } = this;
    const { regs, core } = machine;
    if (outcome === BLOCK) {
      if (machine.tasks.kind(regs.task) !== KIND_IDLE) return this.block();
      this.idleSleeps();
    }
    if (outcome === STUCK || outcome instanceof Spin) return this.spin(outcome);
    if (this.stage !== 0) this.stage = 0;
    if (result?.kind === 'scalar')
      result.store(typeof outcome === 'number' || typeof outcome === 'bigint' ? outcome : 0);
    regs.pc++;
    const { words } = core.mem;
    const nmi = words[this.nmiWord[regs.cpu] as number] as number;
    if (nmi !== 0) this.takeNmi(nmi);
    else if (words[core.irqsOffWord[regs.cpu] as number] === 0) this.letInterruptsIn(machine.softirqsAllowed);
    machine.softirqsAllowed = false;
    return undefined;
  }
  private returnFrom({ returned }: ReturnInstr): void {
    const { machine, code } = this;
    const { regs } = machine;
    const fn = this.functionAt(regs.pc) as FunctionCode;
    if (returned?.kind === 'effect') returned.run();
    const value = returned?.kind === 'scalar' ? returned.value() : undefined;
    const bytes =
      returned?.kind === 'record'
        ? machine.core.space.readBytes(machine.pointer(returned.address()), returned.size)
        : undefined;
    this.pop(fn);
    const back = code[regs.pc - 1];
    const resume = code[regs.pc] as Instr;
    // the kernel's own code looks at memory itself; an exit code is the one thing it is given
    if (resume.op === OP_KERNEL) {
      const stub = this.functionAt(regs.pc);
      if (stub?.name === 'kthread') machine.tasks.setLong(regs.task, T.exitCode, Number(value ?? 0));
      if (stub?.name === 'asm_common_interrupt') machine.core.set32(regs.fp + F.pending, Number(value ?? 1) | 0);
      return;
    }
    const sink = back && 'result' in back ? back.result : undefined;
    if (sink?.kind === 'record' && bytes) machine.core.space.writeBytes(machine.pointer(sink.address()), bytes);
    else if (sink?.kind === 'scalar' && value !== undefined) sink.store(value);
  }
}
