/** Reads the machine from a frame: the environment in which the debugger's expressions run. */

import type { Machine } from '../machine/machine';
import { stackOf } from './stackOf';

/**
 * Runs `look` with the registers of a frame's CPU as they are in that frame, and the journal frozen: a write in it throws before it changes
 * a byte. Without a frame of a task, the registers of the CPU that runs next.
 * @throws what `look` throws
 */
export function lookAtFrame<T>(
  machine: Machine,
  frame: { readonly task: number; readonly fp: number } | undefined,
  look: () => T,
): T {
  const { journal } = machine.kernel;
  return runInFrame(machine, frame, () => journal.frozen(look));
}
/** The same with a journal that takes writes: a statement of the user's. */
export function runInFrame<T>(
  machine: Machine,
  frame: { readonly task: number; readonly fp: number } | undefined,
  run: () => T,
): T {
  const { regs, tasks } = machine;
  if (!frame || !tasks.has(frame.task)) return run();
  const { fp, fpWord, cpu, task } = regs;
  const { stack, stackWord } = stackOf(machine, tasks.layout(frame.task), tasks.cpuOf(frame.task), frame.fp);
  regs.fp = frame.fp;
  regs.fpWord = stackWord + ((frame.fp - stack) >> 2);
  regs.cpu = tasks.cpuOf(frame.task);
  regs.task = frame.task;
  try {
    return run();
  } finally {
    regs.fp = fp;
    regs.fpWord = fpWord;
    regs.cpu = cpu;
    regs.task = task;
  }
}
