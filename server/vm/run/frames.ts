/** The call stack of a task, read from its kernel stack: for call traces and for the debugger, at any moment of the journal. */

import { T } from '../../kernel/sched/task';
import type { ContextSym, FunctionSym } from '../../language/check/context/program';
import type { Span } from '../../language/syntax/tree';
import { type CType, sizeOf } from '../../types/ctype';
import type { Machine } from '../machine/machine';
import { type FrameKind, type FunctionCode, type StatementInfo, statementOf } from '../program/code';
import type { CodeTable } from './codeTable';

/** One call under way. */
export interface Frame {
  readonly name: string;
  readonly kind: FrameKind;
  readonly owner: FunctionSym | ContextSym | undefined;
  /** statement it is at (for a caller: the statement that called); −1 in the kernel's own code */
  readonly statement: number;
  /** task_struct it runs on; an interrupt runs on the task it interrupted */
  readonly task: number;
  /** frame pointer: identifies the frame while it lives */
  readonly fp: number;
  /** instruction it is at */
  readonly pc: number;
  /** undefined for a frame that is not on a stack: it only marks where the run has ended */
  readonly fn: FunctionCode | undefined;
}
/** A parameter or local of a frame. */
export interface LocalVariable {
  readonly name: string;
  readonly type: CType;
  readonly address: number;
}
const MAX_FRAMES = 10_000;

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
  of(task: number, registers?: { pc: number; fp: number }): Frame[] {
    const { machine, table } = this;
    const { core, tasks } = machine;
    const frames: Frame[] = [];
    if (!tasks.has(task)) return frames;
    let pc = registers?.pc ?? tasks.get(task, T.pc);
    let fp = registers?.fp ?? tasks.getLong(task, T.fp);
    const layout = tasks.layout(task);
    const end = layout.stack + layout.threadSize;
    while (frames.length < MAX_FRAMES) {
      const fn = table.functionAt(pc);
      if (!fn || fp >= end) break;
      // a caller's pc is behind its call
      const at = frames.length === 0 ? pc : Math.max(fn.entry, pc - 1);
      frames.push({
        name: fn.name,
        kind: fn.kind,
        owner: fn.sym,
        statement: this.statementAt(fn.sym ? this.at(frames.length === 0, pc, at) : at),
        task,
        fp,
        pc: at,
        fn,
      });
      const top = fp + fn.frameSize - 2 * core.wordSize;
      if (top + 2 * core.wordSize > end || core.space.translate(top) < 0) break;
      const next = table.pcOf(core.getLong(top + core.wordSize));
      const caller = core.getLong(top);
      if (next < 0 || caller <= fp) break;
      pc = next;
      fp = caller;
    }
    return frames;
  }
  private at(innermost: boolean, pc: number, before: number): number {
    return innermost ? pc : before;
  }
  /** Parameters and locals of a frame that are in scope at its pc. */
  locals(frame: Frame): LocalVariable[] {
    const span = this.spanAt(frame.pc);
    const list: LocalVariable[] = [];
    for (const [sym, offset] of frame.fn?.slots ?? []) {
      if (sym.name === '' || sym.name.includes('$') || sizeOf(sym.type) === undefined) continue;
      if (sym.storage === 'local' && sym.span && span && span.file === sym.span.file && sym.span.start > span.end)
        continue;
      list.push({ name: sym.name, type: sym.type, address: frame.fp + offset });
    }
    return list;
  }
}
