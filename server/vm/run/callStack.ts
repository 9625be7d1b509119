/**
 * Frames on the kernel stack that the CPU is on: the task's, or an interrupt's. From low to high addresses: parameters and locals, hidden slots, the caller's frame
 * pointer, the return address. `fp` is a frame's lowest byte.
 */
import { BadCallError, StackOverflowError } from '../../kernel/arch/faults';
import type { OtherStack } from '../../kernel/irq/irq_stack_switch';
import { FRAME_WORDS, KASAN_CURRENT_STACK_FRAME_MAGIC } from '../../kernel/mm/kasan/stack_frames';
import type { KernelCodeName } from '../../kernel/sched/loop_names';
import type { CallRequest } from '../../kernel/sched/step';
import { T } from '../../kernel/sched/task';
import type { FunctionCode, Redzones } from '../program/code';
import type { Value } from '../values/value';
import type { Cpu } from './cpu';

/** An address as the processor reports it: its bits, unsigned. */
const bitsOf = ({ machine }: Cpu, text: Value): bigint => BigInt.asUintN(machine.core.wordSize * 8, BigInt(text));

function frameBelow(top: number, { frameSize, frameAlign }: FunctionCode): number {
  const base = top - frameSize;
  // sizes of frames are multiples of 8
  return frameAlign > 8 ? Math.floor(base / frameAlign) * frameAlign : base;
}

/** Pushes a frame of `fn` that returns to `returnTo`. `on`: the stack that it begins; unless given, the one in use. @throws StackOverflowError */
export function push(cpu: Cpu, fn: FunctionCode, returnTo: number, on?: OtherStack): void {
  const { regs, core } = cpu.machine;
  const { wordSize } = core;
  const base = frameBelow(on?.top ?? regs.fp, fn);
  const area = on?.area ?? cpu.area;
  if (base < area.floor) throw new StackOverflowError(base, area);
  cpu.area = area;
  const top = base + fn.frameSize - 2 * wordSize;
  core.setLong(top, regs.fp);
  core.setLong(top + wordSize, cpu.table.textOf(returnTo));
  cpu.setFrame(base);
  regs.pc = fn.entry;
  if (fn.sym) cpu.depth++;
  if (fn.redzones) enterRedzones(cpu, fn, fn.redzones);
}
/** What compiled code with KASAN does first: it describes its frame and marks the redzones. */
function enterRedzones(cpu: Cpu, fn: FunctionCode, { offset, shadow, description }: Redzones): void {
  const { kasan, regs, core } = cpu.machine;
  const { space } = core.kernel;
  const start = regs.fp + offset;
  space.write64Number(start + FRAME_WORDS.magic, KASAN_CURRENT_STACK_FRAME_MAGIC);
  space.write64Number(start + FRAME_WORDS.description, description);
  space.write64Number(start + FRAME_WORDS.pc, fn.text);
  kasan?.enterFrame(start, shadow);
}
/** Pops the innermost frame, of `fn`; the pc becomes the return address. @throws BadCallError if that has been overwritten */
export function pop(cpu: Cpu, fn: FunctionCode): void {
  const { regs, core } = cpu.machine;
  const { wordSize } = core;
  const top = regs.fp + fn.frameSize - 2 * wordSize;
  const caller = core.getLong(top);
  const text = core.getLong(top + wordSize);
  const pc = cpu.table.pcOf(text);
  if (pc < 0) throw new BadCallError(wordSize === 8 ? core.space.read64(top + wordSize) : bitsOf(cpu, text));
  if (fn.sym) cpu.depth--;
  if (fn.redzones) cpu.machine.kasan?.leaveFrame(regs.fp + fn.redzones.offset, fn.redzones.bytes);
  cpu.setFrame(caller);
  regs.pc = pc;
  cpu.checkFrame();
}
/** Calls a function with scalar arguments. */
function callFunction(cpu: Cpu, fn: FunctionCode, args: readonly Value[], returnTo: number): void {
  push(cpu, fn, returnTo);
  fn.params.forEach((p, i) => {
    p.store?.(args[i] ?? 0);
  });
}
/** Makes the call that the kernel's own code or a function of the API asks for, on top of that code. @throws BadCallError */
export function callRequested(cpu: Cpu, { fn: text, args }: CallRequest, returnTo = cpu.machine.regs.pc): void {
  const fn = cpu.table.functionOfText(text);
  if (!fn) throw new BadCallError(bitsOf(cpu, text));
  callFunction(cpu, fn, args, returnTo);
}

/**
 * The first frames of a task that will run a loop of the kernel's, and on top of it a call of `fn`. If the stack is too small for that, the
 * loop makes the call when the task runs, and the task's stack overflows then.
 */
export function prepareTask(
  cpu: Cpu,
  task: number,
  loop: KernelCodeName,
  fn?: FunctionCode,
  args: readonly Value[] = [],
): void {
  const { regs, tasks } = cpu.machine;
  const layout = tasks.layout(task);
  const saved = { ...regs };
  const { layout: before, area } = cpu;
  cpu.layout = layout;
  cpu.area = layout;
  regs.task = task;
  cpu.setFrame(layout.stack + layout.threadSize);
  // a stack that is used again may still have the redzones of a task that was killed
  cpu.machine.kasan?.unpoisonStack(layout.stack, layout.threadSize);
  const code = cpu.table.kernelCode(loop);
  push(cpu, code, code.entry);
  if (fn && frameBelow(regs.fp, fn) >= layout.floor) callFunction(cpu, fn, args, code.entry);
  else if (fn) tasks.setLong(task, T.fn, fn.text);
  cpu.save();
  Object.assign(regs, saved);
  cpu.layout = before;
  cpu.area = area;
}
