/** The debugger's target on the vm: a running scenario, read at the journal's cursor. */

import type { Kernel } from '../kernel/kernel';
import type { KernelLog } from '../kernel/printk/printk';
import type { Diagnostic, Program } from '../language/check/context/program';
import type { Span } from '../language/syntax/tree';
import type { CType } from '../types/ctype';
import type { Seen } from '../vm/compile/compileExpression';
import { loadVm, type VmOptions } from '../vm/loadVm';
import { lookAtFrame } from '../vm/run/lookAtFrame';
import { Vm } from '../vm/run/vm';
import type { Value } from '../vm/values/value';
import { CompiledExpressions, type ReadyExpression } from './evaluation/compiledExpressions';
import { consoleStatement } from './evaluation/consoleStatement';
import { evaluationError } from './evaluation/faultText';
import { scopeOf } from './evaluation/frameScope';
import { originOf } from './evaluation/originOf';
import { executionContext, taskInfo, taskInfos } from './inspect/taskList';
import { View } from './inspect/view';
import type {
  ConsoleStatement,
  Evaluated,
  ExecutionContext,
  Frame,
  LocalVariable,
  StatementInfo,
  Target,
  TaskInfo,
} from './target/target';

export class VmTarget implements Target {
  readonly kernel: Kernel;
  readonly statements: readonly StatementInfo[];
  private readonly view: View;
  private readonly expressions: CompiledExpressions;

  private constructor(
    readonly program: Program,
    readonly vm: Vm,
  ) {
    this.kernel = vm.kernel;
    this.statements = vm.statements;
    this.view = new View(vm.kernel, program);
    this.expressions = new CompiledExpressions(program, vm.compiled, vm.machine);
  }
  /** Compiles and boots; what cannot be run is returned as diagnostics. */
  static load(program: Program, options: VmOptions): VmTarget | readonly Diagnostic[] {
    const vm = loadVm(program, options);
    return vm instanceof Vm ? new VmTarget(program, vm) : vm;
  }

  get ended(): boolean {
    return this.vm.done;
  }
  step(): number {
    return this.vm.step();
  }
  sync(): void {
    this.vm.sync();
  }
  get log(): KernelLog {
    return this.kernel.log;
  }
  expects(): { passed: number; failed: number } {
    const { core } = this.vm.machine;
    return { passed: core.getGlobal('kmem_expect_passed'), failed: core.getGlobal('kmem_expect_failed') };
  }

  // ---------------------------------------------------------------- tasks and frames
  tasks(): readonly TaskInfo[] {
    return taskInfos(this.vm.machine, this.view);
  }
  task(address: number): TaskInfo | undefined {
    return taskInfo(this.vm.machine, this.view, address);
  }
  get taskStructs(): Target['taskStructs'] {
    const { tasks } = this.vm.machine;
    return tasks.all.map((task) => ({ task, area: tasks.address(task, 0) }));
  }
  currentOf(cpu: number): number {
    return this.vm.machine.core.currentOf(cpu);
  }
  contextOf(task: number): ExecutionContext {
    return executionContext(this.vm.machine, task, (address) => this.spanOfCode(address));
  }
  spanOfCode(address: number): Span | undefined {
    return this.vm.spanOfCode(address);
  }
  frames(task: number): readonly Frame[] {
    return this.vm.frames(task);
  }
  locals(frame: Frame): readonly LocalVariable[] {
    const inScope = this.program.localsAt(scopeOf(frame, this.statements));
    const meant = new Map(inScope.map((sym) => [sym.name, sym]));
    return this.vm
      .locals(frame)
      .filter(({ sym }) => inScope.includes(sym))
      .map(({ sym, ...local }) => (meant.get(sym.name) === sym ? local : { ...local, hidden: true }));
  }

  // ---------------------------------------------------------------- expressions
  evaluate(text: string, frame: Frame | undefined): Evaluated {
    const ready = this.expressions.of(text, frame);
    return lookAtFrame(this.vm.machine, frame, () => {
      try {
        return this.evaluated(ready, ready.look());
      } catch (error) {
        throw evaluationError(ready.cx, ready.expr, error);
      }
    });
  }
  problemIn(text: string, statement: number | undefined): string | undefined {
    const owner = statement === undefined ? undefined : this.statements[statement]?.owner;
    return this.expressions.problemIn(text, statement === undefined ? undefined : { owner, statement });
  }
  statement(text: string, frame: Frame | undefined, calls: boolean): ConsoleStatement | undefined {
    const { program, vm } = this;
    const stackEnd = frame && this.frames(frame.task)[0]?.fp;
    const evaluated = (ready: ReadyExpression, seen: Seen) => this.evaluated(ready, seen);
    return consoleStatement(
      { program, compiled: vm.compiled, machine: vm.machine, frame, stackEnd, evaluated },
      text,
      calls,
    );
  }
  private evaluated({ type, bits, cx, expr }: ReadyExpression, { value, address }: Seen): Evaluated {
    return {
      origin: originOf(cx, expr),
      type,
      value: value === undefined ? undefined : bitPattern(type, value),
      address,
      ...(bits ? { bitOffset: bits.offset, bitWidth: bits.width } : {}),
    };
  }
}

/** A value of the vm in its type's form: pointers are unsigned. */
const bitPattern = (type: CType, value: Value): bigint =>
  type.kind === 'pointer' ? BigInt.asUintN(type.size * 8, BigInt(value)) : BigInt(value);
