/** The call stack of a task, read from its kernel stack: for call traces and for the debugger, at any moment of the journal. */

import type { StackArea, StackName } from '../../kernel/arch/stack_area';
import { mutexFunction } from '../../kernel/locking/mutex';
import { T } from '../../kernel/sched/task';
import { lookupApi } from '../../language/catalogue/catalogue';
import type { ApiEntry } from '../../language/catalogue/form/entry';
import type { ContextSym, FunctionSym, VarSym } from '../../language/check/context/program';
import type { Span } from '../../language/syntax/tree';
import { type CType, sizeOf } from '../../types/ctype';
import type { Machine } from '../machine/machine';
import { type FrameKind, type FunctionCode, OP_API, type StatementInfo, statementOf } from '../program/code';
import type { CodeTable } from './codeTable';
import { stackOf } from './stackOf';

/** One call under way. */
export interface Frame {
  readonly name: string;
  readonly kind: FrameKind;
  readonly owner: FunctionSym | ContextSym | undefined;
  /** statement it is at (for a caller: the statement that called); −1 in the kernel's own code */
  readonly statement: number;
  /** task_struct it runs on; an interrupt runs on the task it interrupted */
  readonly task: number;
  /** the stack that it lies on */
  readonly stack: StackName;
  /** frame pointer: identifies the frame while it lives */
  readonly fp: number;
  /** instruction it is at */
  readonly pc: number;
  /** undefined for a frame that is not on a stack: it only marks where the run has ended */
  readonly fn: FunctionCode | undefined;
}
/** A parameter or local of a frame. */
export interface LocalVariable {
  readonly sym: VarSym;
  readonly name: string;
  readonly type: CType;
  readonly address: number;
}
/** The registers of a task that runs. */
interface Registers {
  readonly pc: number;
  readonly fp: number;
}
const MAX_FRAMES = 10_000;
/** A function of the kernel's, and not a macro, an inline function of a header, or kmem's own. */
const isOutOfLine = ({ name, entry }: { name: string; entry: ApiEntry }): boolean =>
  (entry.source.endsWith('.c') || entry.symbol !== undefined) && !name.startsWith('__kmem_');

export class Frames {
  /** statement by instruction */
  private readonly statementOf: Int32Array;

  constructor(
    private readonly machine: Machine,
    private readonly table: CodeTable,
    private readonly statements: readonly StatementInfo[],
  ) {
    this.statementOf = new Int32Array(table.code.length).fill(-1);
    let last = -1;
    let fn: FunctionCode | undefined;
    for (let pc = 0; pc < table.code.length; pc++) {
      const here = table.functionAt(pc);
      if (here !== fn) last = -1;
      fn = here;
      const statement = statementOf(table.code[pc]);
      if (statement >= 0) last = statement;
      this.statementOf[pc] = last;
    }
  }
  /** The statement an instruction belongs to; −1 for none. */
  statementAt(pc: number): number {
    return this.statementOf[pc] ?? -1;
  }
  /** The source position of an instruction. */
  spanAt(pc: number): Span | undefined {
    return this.table.code[pc]?.span ?? this.statements[this.statementAt(pc)]?.span;
  }

  /** Innermost first. Frames whose memory has been overwritten end the list. */
  of(task: number, registers?: Registers): Frame[] {
    const frames: Frame[] = [];
    this.walk(task, registers, (fn, pc, fp, { name: stack }) => {
      const statement = this.statementAt(pc);
      frames.push({ name: fn.name, kind: fn.kind, owner: fn.sym, statement, task, stack, fp, pc, fn });
      return true;
    });
    return frames;
  }
  /** The instruction of the innermost frame of the scenario's functions; −1 if there is none. */
  scenarioPc(task: number, registers: Registers): number {
    let found = -1;
    this.walk(task, registers, (fn, pc) => {
      if (fn.sym) found = pc;
      return found < 0;
    });
    return found;
  }
  /** The instructions that they are at, down to the entry of the interrupt or softirq that runs. */
  inContext(task: number, registers: Registers): number[] {
    const found: number[] = [];
    this.walk(task, registers, (fn, pc) => {
      found.push(pc);
      return fn.kind !== 'entry';
    });
    return found;
  }
  /** What a task uses of its own stack and of the stacks of interrupts on top of it: from the innermost frame on each up to its end. */
  inUse(task: number): { readonly name: StackName; readonly start: number; readonly end: number }[] {
    const used: { name: StackName; start: number; end: number }[] = [];
    this.walk(task, undefined, (_fn, _pc, fp, { name, stack, threadSize }) => {
      if (used.at(-1)?.name !== name) used.push({ name, start: fp, end: stack + threadSize });
      return true;
    });
    return used;
  }
  /** Shows each frame of a task, innermost first, as long as `visit` wants more. A caller is at its call. */
  private walk(
    task: number,
    registers: Registers | undefined,
    visit: (fn: FunctionCode, pc: number, fp: number, area: StackArea) => boolean,
  ): void {
    const { machine, table } = this;
    const { core, tasks } = machine;
    if (!tasks.has(task)) return;
    // the kernel's own unwinder is not instrumented
    const { space } = machine.kernel;
    const long = (at: number) => (core.wordSize === 8 ? space.readS64Number(at) : space.read32(at));
    let pc = registers?.pc ?? tasks.get(task, T.pc);
    let fp = registers?.fp ?? tasks.getLong(task, T.fp);
    const layout = tasks.layout(task);
    const cpu = tasks.cpuOf(task);
    let area = stackOf(machine, layout, cpu, fp);
    const seen: StackArea[] = [];
    for (let n = 0; n < MAX_FRAMES; n++) {
      const fn = table.functionAt(pc);
      const end = area.stack + area.threadSize;
      if (!fn || fp >= end) return;
      // a caller's pc is behind its call
      if (!visit(fn, n === 0 ? pc : Math.max(fn.entry, pc - 1), fp, area)) return;
      const top = fp + fn.frameSize - 2 * core.wordSize;
      if (top + 2 * core.wordSize > end || space.translate(top) < 0) return;
      const next = table.pcOf(long(top + core.wordSize));
      const caller = long(top);
      if (next < 0) return;
      if (caller <= fp || caller >= end) {
        // the first frame on a stack has been called from another one, which is entered once
        seen.push(area);
        area = stackOf(machine, layout, cpu, caller);
        if (seen.includes(area)) return;
      }
      pc = next;
      fp = caller;
    }
  }
  /** The name of the function of the API that the instruction at `pc` is in. */
  apiName(pc: number): string | undefined {
    return this.apiAt(pc)?.name;
  }
  /** The function of the API that the instruction at `pc` is in; none if it is in none, or in one that the compiler inlines. */
  api(pc: number): readonly string[] {
    const entry = this.apiAt(pc);
    if (!entry || !isOutOfLine(entry)) return [];
    return [entry.symbol ?? entry.entry.symbol ?? mutexFunction(this.machine.core, entry.name)];
  }
  /** The same with what it calls down to schedule(), innermost first. */
  apiToSchedule(pc: number): readonly string[] {
    return [...(this.apiAt(pc)?.entry.through ?? []), ...this.api(pc)];
  }
  private apiAt(pc: number): { name: string; symbol: string | undefined; entry: ApiEntry } | undefined {
    const instr = this.table.code[pc];
    const entry = instr?.op === OP_API ? lookupApi(instr.name) : undefined;
    return instr?.op === OP_API && entry ? { name: instr.name, symbol: instr.symbol, entry } : undefined;
  }
  /** Parameters and locals of a frame's function, whatever block they are in. */
  locals(frame: Frame): LocalVariable[] {
    const list: LocalVariable[] = [];
    for (const [sym, offset] of frame.fn?.slots ?? []) {
      if (sym.name === '' || sym.name.includes('$') || sizeOf(sym.type) === undefined) continue;
      list.push({ sym, name: sym.name, type: sym.type, address: frame.fp + offset });
    }
    return list;
  }
}
