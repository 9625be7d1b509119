/** Which function an instruction belongs to, and which address it has in the emulated text section. */

import type { Kernel } from '../../kernel/kernel';
import type { KernelCodeName } from '../../kernel/sched/loop_names';
import { type FunctionCode, INSTR_BYTES, type Instr } from '../program/code';
import type { CompiledProgram } from '../program/compiledProgram';

export class CodeTable {
  readonly code: readonly Instr[];
  private readonly functions: readonly FunctionCode[];
  /** first instruction of each function, ascending */
  private readonly entries: Int32Array;
  private readonly byText: ReadonlyMap<number, FunctionCode>;
  /** size of the frame that each instruction runs in */
  readonly frameSizes: Int32Array;

  constructor(
    private readonly compiled: CompiledProgram,
    private readonly symbols: Kernel['symbols'],
  ) {
    this.code = compiled.code;
    this.functions = compiled.functions;
    this.entries = Int32Array.from(this.functions, (fn) => fn.entry);
    this.frameSizes = new Int32Array(this.code.length);
    for (const { entry, end, frameSize } of this.functions) this.frameSizes.fill(frameSize, entry, end);
    this.byText = new Map(this.functions.map((fn) => [fn.text, fn]));
  }

  /** The function an instruction belongs to; undefined for a number that is not an instruction's. */
  functionAt(pc: number): FunctionCode | undefined {
    const { entries } = this;
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const mid = (low + high) >>> 1;
      if ((entries[mid] as number) <= pc) low = mid + 1;
      else high = mid;
    }
    const fn = this.functions[low - 1];
    return fn && pc < fn.end ? fn : undefined;
  }
  /** Virtual address of an instruction; 0 for none. */
  textOf(pc: number): number {
    const fn = this.functionAt(pc);
    return fn ? fn.text + (pc - fn.entry) * INSTR_BYTES : 0;
  }
  /** The instruction at a virtual address; −1 if there is none. */
  pcOf(text: number): number {
    const found = this.symbols.at(text);
    if (!found) return -1;
    const fn = this.byText.get(text - found.offset);
    if (!fn || found.offset % INSTR_BYTES) return -1;
    const pc = fn.entry + found.offset / INSTR_BYTES;
    return pc < fn.end ? pc : -1;
  }
  /** The function that begins at a virtual address: the scenario's, or one of the kernel's API. */
  functionOfText(text: number): FunctionCode | undefined {
    const pc = this.pcOf(text);
    const fn = pc < 0 ? undefined : this.functionAt(pc);
    return fn && !fn.ofKernel && pc === fn.entry ? fn : undefined;
  }
  /** The kernel's own code. */
  kernelCode(name: KernelCodeName): FunctionCode {
    return this.compiled.kernelCode[name];
  }
}
