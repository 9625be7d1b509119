/**
 * One processor's registers and kernel stack. What it keeps in JS (`regs`) is a copy of what the task's thread area holds at every stop.
 *
 * A frame, from low to high addresses: parameters and locals, hidden slots, the caller's frame pointer, the return address. `fp` is its lowest byte.
 */
import { BadCallError, StackOverflowError } from '../../kernel/arch/faults';
import type { TaskPlace } from '../../kernel/sched/task';
import type { Machine, Site } from '../machine/machine';
import { type FunctionCode, INSTR_BYTES, type Instr } from '../program/code';
import type { CompiledProgram } from '../program/compiledProgram';
import type { KernelCodeName } from '../program/kernelCode';
import { convert, type Value } from '../values/value';

/** Why running stopped. */
export type Stop = 'statement' | 'blocked' | 'spinning';

export class Cpu {
  readonly code: readonly Instr[];
  private readonly functions: readonly FunctionCode[];
  private readonly bounds: Int32Array;
  protected place: TaskPlace | undefined;
  protected readonly word: 4 | 8;
  protected readonly site: { scratch: number; expr: undefined };
  protected readonly nmiWord: readonly number[];

  constructor(
    readonly machine: Machine,
    protected readonly compiled: CompiledProgram,
  ) {
    this.code = compiled.code;
    this.functions = compiled.functions;
    this.bounds = Int32Array.from(this.functions, (f) => f.entry);
    this.word = compiled.program.abi.wordSize;
    this.site = { scratch: 0, expr: undefined };
    this.nmiWord = machine.core.perCpu('kmem_nmi_pending');
    this.place = undefined;
  }

  // ---------------------------------------------------------------- addresses of code
  /** The function an instruction belongs to. */
  functionAt(pc: number): FunctionCode | undefined {
    let low = 0;
    let high = this.bounds.length;
    while (low < high) {
      const mid = (low + high) >>> 1;
      if ((this.bounds[mid] as number) <= pc) low = mid + 1;
      else high = mid;
    }
    const fn = this.functions[low - 1];
    return fn && pc < fn.end ? fn : undefined;
  }
  textOf(pc: number): number {
    const fn = this.functionAt(pc);
    return fn ? fn.text + (pc - fn.entry) * INSTR_BYTES : 0;
  }
  /** The instruction at a text address; −1 if there is none. */
  pcOf(text: number): number {
    const found = this.machine.kernel.symbols.at(text);
    if (!found) return -1;
    const fn = this.byText.get(text - found.offset);
    if (!fn || found.offset % INSTR_BYTES) return -1;
    const pc = fn.entry + found.offset / INSTR_BYTES;
    return pc < fn.end ? pc : -1;
  }
  private readonly byTextMap = new Map<number, FunctionCode>();
  private get byText(): Map<number, FunctionCode> {
    if (this.byTextMap.size === 0) for (const fn of this.functions) this.byTextMap.set(fn.text, fn);
    return this.byTextMap;
  }
  stub(name: KernelCodeName): FunctionCode {
    return this.compiled.kernelCode.get(name) as FunctionCode;
  }

  // ---------------------------------------------------------------- registers
  /** Takes the registers of a CPU's current task from memory. */
  load(cpu: number): void {
    const { machine } = this;
    const { regs, core, tasks } = machine;
    const task = core.currentOf(cpu);
    const place = tasks.place(task);
    this.place = place;
    regs.cpu = cpu;
    regs.task = task;
    const { words } = core.mem;
    regs.pc = words[place.pcWord] as number;
    this.setFrame((words[place.fpHigh] as number) * 0x1_0000_0000 + ((words[place.fpWord] as number) >>> 0));
  }
  /** Writes the registers back: from here on memory alone says where the task stands. */
  save(): void {
    const { machine, place } = this;
    if (!place) return;
    const { regs, core } = machine;
    const { mem } = core;
    mem.set(place.pcWord, regs.pc);
    const low = regs.fp | 0;
    if (mem.words[place.fpWord] !== low) mem.set(place.fpWord, low);
    const high = Math.floor(regs.fp / 0x1_0000_0000) | 0;
    if (mem.words[place.fpHigh] !== high) mem.set(place.fpHigh, high);
  }
  protected setFrame(fp: number): void {
    const { regs } = this.machine;
    regs.fp = fp;
    const place = this.place as TaskPlace;
    regs.fpWord = place.stackWord + ((fp - place.stack) >> 2);
  }
  /** Counts the scenario's frames on the task. */
  protected deepen(by: 1 | -1): void {
    const { mem } = this.machine.core;
    const { depthWord } = this.place as TaskPlace;
    mem.set(depthWord, (mem.words[depthWord] as number) + by);
  }
  /** The scenario's frames on the stack of the task that runs. */
  get frameCount(): number {
    return this.machine.core.mem.words[(this.place as TaskPlace).depthWord] as number;
  }
  protected get stage(): number {
    return this.machine.core.mem.words[(this.place as TaskPlace).stageWord] as number;
  }
  protected set stage(stage: number) {
    const { stageWord } = this.place as TaskPlace;
    if (this.machine.core.mem.words[stageWord] !== stage) this.machine.core.mem.set(stageWord, stage);
  }

  // ---------------------------------------------------------------- frames
  /** Pushes a frame of `fn` that returns to `pc`. @throws StackOverflowError */
  protected push(fn: FunctionCode, returnTo: number): void {
    const { regs, core } = this.machine;
    const place = this.place as TaskPlace;
    const base = regs.fp - fn.frameSize;
    if (base < place.floor) throw new StackOverflowError(base);
    const caller = regs.fp;
    const top = base + fn.frameSize - 2 * this.word;
    core.setLong(top, caller);
    core.setLong(top + this.word, this.textOf(returnTo));
    this.setFrame(base);
    regs.pc = fn.entry;
    if (fn.sym) this.deepen(1);
  }
  /** Pops the innermost frame, of `fn`; the pc becomes the return address. @throws BadCallError if that has been overwritten */
  protected pop(fn: FunctionCode): void {
    const { regs, core } = this.machine;
    const top = regs.fp + fn.frameSize - 2 * this.word;
    const caller = core.getLong(top);
    const text = core.getLong(top + this.word);
    const pc = this.pcOf(text);
    if (pc < 0)
      throw new BadCallError(
        BigInt.asUintN(this.word * 8, core.wordSize === 8 ? core.space.read64(top + this.word) : BigInt(text)),
      );
    if (fn.sym) this.deepen(-1);
    this.setFrame(caller);
    regs.pc = pc;
  }
  /** Calls a function with scalar arguments: callbacks from the kernel's own code. */
  protected callFunction(fn: FunctionCode, args: readonly Value[], returnTo: number): void {
    this.push(fn, returnTo);
    fn.params.forEach((p, i) => {
      if (p.shape)
        this.machine.access.store({ kind: 'frame', offset: p.offset }, p.shape)(convert(args[i] ?? 0, p.shape));
    });
  }
  /** Calls what a function pointer names. Functions of the API run at once. */
  protected callPointer(text: number, args: readonly Value[], returnTo: number): boolean {
    const pc = this.pcOf(text);
    const fn = pc < 0 ? undefined : this.functionAt(pc);
    if (fn && pc === fn.entry && fn.sym) {
      this.callFunction(fn, args, returnTo);
      return true;
    }
    const api = this.compiled.apiByText.get(text);
    if (!api) throw new BadCallError(BigInt.asUintN(this.word * 8, BigInt(text)));
    api.builtin.call(this.machine, args, this.site as unknown as Site);
    return false;
  }

  /** Before the run: the first frames of a task that will run `stub`, and on top of it a call of `fn`. */
  prepareTask(task: number, stub: KernelCodeName, fn?: FunctionCode, args: readonly Value[] = []): void {
    const { regs, tasks } = this.machine;
    const place = tasks.place(task);
    const saved = { ...regs };
    const before = this.place;
    this.place = place;
    regs.task = task;
    this.setFrame(place.stack + place.threadSize);
    const code = this.stub(stub);
    this.push(code, code.entry);
    if (fn) this.callFunction(fn, args, code.entry);
    this.save();
    Object.assign(regs, saved);
    this.place = before;
  }
}
