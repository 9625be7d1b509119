/**
 * A target without a vm: a script of statements on a booted kernel, its position and variables in emulated memory. For tests of the
 * timeline and of the protocol.
 */

import {
  type Evaluated,
  EvaluationError,
  type ExecutionContext,
  type Frame,
  type LocalVariable,
  type StatementInfo,
  type Target,
  type TaskInfo,
} from '../../server/debugger/target/target';
import { defaultConfig } from '../../server/kernel/arch/machine_config';
import type { Kernel } from '../../server/kernel/kernel';
import { bootKernel, startJournal } from '../../server/kernel/kernel';
import { KernelLog } from '../../server/kernel/printk/printk';
import type { Program } from '../../server/language/check/context/program';
import type { Arch } from '../../server/types/ctype';
import { MARK_END, MARK_STATEMENT } from '../../server/vm/run/runMarks';

/** One statement of the script: line (0-based) of the text, task, depth, and what it does to `counter`. */
export interface FakeStep {
  readonly line: number;
  readonly task?: number;
  readonly depth?: number;
  readonly add?: number;
  readonly prints?: string;
  readonly report?: 'expect' | 'BUG';
}
const FUNCTION = { kind: 'function', name: 'work' };
const TASK = { kind: 'context', name: 'main', word: 'task' };

export class FakeTarget implements Target {
  readonly log: KernelLog;
  readonly kernel: Kernel;
  readonly statements: StatementInfo[];
  readonly program: Program;
  private readonly pc: number;
  private readonly steps: number;
  readonly counter: number;
  syncs = 0;
  private readonly ids: readonly number[];

  constructor(
    readonly text: string,
    readonly script: readonly FakeStep[],
    path = '/scenario.kmem',
    arch: Arch = 'x86_64',
  ) {
    this.kernel = bootKernel({ ...defaultConfig(), arch, memory: 128 << 20, cpus: 1 }, { journal: false });
    const int = this.kernel.layouts.parseType('int');
    this.pc = this.kernel.symbols.define('fake_pc', int);
    this.steps = this.kernel.symbols.define('fake_steps', int);
    this.counter = this.kernel.symbols.define('counter', int);
    this.log = new KernelLog(this.kernel.journal);
    startJournal(this.kernel);
    const lines = text.split('\n');
    let offset = 0;
    this.statements = lines.map((line) => {
      const start = offset + (line.length - line.trimStart().length);
      offset += line.length + 1;
      const owner = /\/\/ work/.test(line) ? FUNCTION : TASK;
      return { span: { file: 0, start, end: offset - 1 }, owner } as unknown as StatementInfo;
    });
    this.program = {
      files: [{ path, text }],
      profile: { version: '6.1' },
      globals: [{ kind: 'var', name: 'counter', type: int }],
      functions: [],
      contexts: [],
    } as unknown as Program;
    this.ids = [...new Set(script.map((s) => s.task ?? 1))];
    this.mark();
  }
  private get at(): number {
    return this.kernel.space.read32(this.pc);
  }
  get ended(): boolean {
    return this.at >= this.script.length;
  }
  private mark(): void {
    const { journal } = this.kernel.mem;
    const next = this.script[this.at];
    this.kernel.space.write32(this.pc, this.at);
    if (next) journal.marks.add(journal.position, MARK_STATEMENT, next.line, 0, next.task ?? 1, next.depth ?? 1);
    else journal.marks.add(journal.position, MARK_END, 0, 0, 1, 0);
  }
  step(): number {
    const step = this.script[this.at];
    if (!step) return 0;
    const { space } = this.kernel;
    // as a statement of the vm does, before anything else
    space.write32(this.steps, space.read32(this.steps) + 1);
    if (step.add) space.write32(this.counter, (space.readS32(this.counter) + step.add) | 0);
    if (step.prints) this.log.print(step.prints);
    if (step.report) this.log.report({ kind: step.report, title: 'it failed', lines: [' here'] });
    space.write32(this.pc, this.at + 1);
    this.mark();
    return 1;
  }
  sync(): void {
    this.syncs++;
  }
  /** it has no task_structs */
  readonly taskStructs = [];
  spanOfCode(): undefined {
    return undefined;
  }
  task(address: number): TaskInfo | undefined {
    return this.tasks().find(({ task }) => task === address);
  }
  tasks(): TaskInfo[] {
    return this.ids.map((task) => ({
      task,
      comm: `t${task}`,
      pid: task,
      cpu: 0,
      state: this.ended ? 'dead' : 'running',
      idle: false,
    }));
  }
  currentOf(): number {
    return this.script[this.at]?.task ?? 1;
  }
  contextOf(): ExecutionContext {
    return { cpu: 0, preemptCount: 1, irqsDisabled: false, rcuNesting: 0, locks: [] };
  }
  frames(task: number): Frame[] {
    const mark = this.script.findIndex((s, i) => i >= this.at && (s.task ?? 1) === task);
    const step = this.script[mark];
    if (!step) return [];
    return Array.from({ length: step.depth ?? 1 }, (_, i) => ({
      name: i === (step.depth ?? 1) - 1 ? 'main' : 'work',
      kind: i === (step.depth ?? 1) - 1 ? 'task' : 'function',
      owner: undefined,
      statement: i === 0 ? step.line : 0,
      task,
      stack: 'TASK',
      fp: i,
      pc: -1,
      fn: undefined,
    }));
  }
  locals(): LocalVariable[] {
    return [{ name: 'local', type: this.kernel.layouts.parseType('int'), address: this.counter }];
  }
  problemIn(): undefined {
    return undefined;
  }
  evaluate(text: string): Evaluated {
    const type = this.kernel.layouts.parseType('int');
    if (text === 'counter')
      return { type, value: BigInt(this.kernel.space.readS32(this.counter)), address: this.counter };
    const match = /^counter (==|>) (\d+)$/.exec(text);
    const now = this.kernel.space.readS32(this.counter);
    if (match)
      return {
        type,
        value: (match[1] === '==' ? now === Number(match[2]) : now > Number(match[2])) ? 1n : 0n,
        address: undefined,
      };
    if (/^-?\d+$/.test(text)) return { type, value: BigInt(text), address: undefined };
    throw new EvaluationError(`${text} is not declared`);
  }
  statement(): undefined {
    return undefined;
  }
  expects() {
    return { passed: 0, failed: 0 };
  }
}
