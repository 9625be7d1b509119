/** The debugger's target on the vm: a running scenario, read at the journal's cursor. */

import type { Kernel } from '../kernel/kernel';
import type { LogEntry } from '../kernel/printk/printk';
import { lookupApi } from '../language/catalogue/catalogue';
import { checkExpression } from '../language/check/checkExpression';
import type {
  ApiSym,
  ContextSym,
  Diagnostic,
  FunctionSym,
  KernelVarSym,
  Program,
  VarSym,
} from '../language/check/program';
import { WriteInThePast } from '../memory/journal';
import { PageFaultError } from '../memory/space';
import { toBits } from '../types/address';
import { wrap } from '../types/conversions';
import { pointerTo } from '../types/ctype';
import { BUILTINS, builtinNamed } from '../vm/builtins/builtins';
import { loadVm, type VmOptions } from '../vm/loadVm';
import { MARK_END, MARK_STATEMENT, Vm } from '../vm/run/vm';
import { toBits as bitsOf, convert, shapeOf, small, type Value } from '../vm/values/value';
import { type Environment, evaluateChecked } from './evaluation/evaluator';
import { executionContext, taskInfos } from './inspect/taskList';
import { View } from './inspect/view';
import {
  type Evaluated,
  EvaluationError,
  type ExecutionContext,
  type Frame,
  type LocalVariable,
  type StatementInfo,
  type Target,
  type TaskInfo,
} from './target';

export class VmTarget implements Target {
  readonly markStatement = MARK_STATEMENT;
  readonly markEnd = MARK_END;
  readonly kernel: Kernel;
  readonly statements: readonly StatementInfo[];
  private readonly view: View;
  private builtins: { name: string; detail: string }[] | undefined;

  private constructor(
    readonly program: Program,
    readonly vm: Vm,
  ) {
    this.kernel = vm.kernel;
    this.statements = vm.statements;
    this.view = new View(vm.kernel, program);
  }
  /** Compiles and boots; what can't be run comes back as diagnostics. */
  static load(program: Program, options: VmOptions): VmTarget | readonly Diagnostic[] {
    const vm = loadVm(program, options);
    return vm instanceof Vm ? new VmTarget(program, vm) : vm;
  }

  get ended(): boolean {
    return this.vm.done;
  }
  step(): void {
    this.vm.step();
  }
  sync(): void {
    this.vm.sync();
  }
  get log(): readonly LogEntry[] {
    return this.kernel.log.entries;
  }
  cutLog(length: number): void {
    this.kernel.log.truncate(length);
    this.kernel.trace.cut();
  }
  expects(): { passed: number; failed: number } {
    const { core } = this.vm.machine;
    return { passed: core.getGlobal('kmem_expect_passed'), failed: core.getGlobal('kmem_expect_failed') };
  }

  // ---------------------------------------------------------------- tasks and frames
  tasks(): readonly TaskInfo[] {
    return taskInfos(this.vm.machine, this.view);
  }
  currentOf(cpu: number): number {
    return this.vm.machine.core.currentOf(cpu);
  }
  contextOf(task: number): ExecutionContext {
    return executionContext(this.vm.machine, task, (pc) => this.vm.spanOf(pc));
  }
  frames(task: number): readonly Frame[] {
    return this.vm.frames(task).map((frame) => ({ ...frame, handle: frame }));
  }
  locals(frame: Frame): readonly LocalVariable[] {
    if (!frame.handle) return [];
    return this.vm
      .locals(frame.handle as never)
      .map((local) => ({ name: local.name, type: local.type, address: local.va }));
  }

  // ---------------------------------------------------------------- expressions
  evaluate(text: string, frame: Frame | undefined): Evaluated {
    const span = frame && this.statements[frame.statement]?.span;
    const checked = checkExpression(this.program, text, {
      ...(frame?.owner ? { function: frame.owner } : {}),
      ...(span ? { offset: span.start, file: span.file } : {}),
    });
    return this.kernel.journal.frozen(() => {
      try {
        return evaluateChecked(checked, this.environment(frame));
      } catch (error) {
        throw inWords(error, this.view);
      }
    });
  }
  private environment(frame: Frame | undefined): Environment {
    const { compiled, machine } = this.vm;
    const cpu = frame ? machine.tasks.cpuOf(frame.task) : machine.core.cpu;
    const { abi } = this.kernel;
    return {
      view: this.view,
      variable: (sym: VarSym) => {
        if (sym.storage === 'global') return compiled.addressOfGlobal(sym, cpu);
        return frame?.handle === undefined ? undefined : this.vm.addressOfLocal(frame.handle as never, sym);
      },
      kernelVariable: (sym: KernelVarSym) => {
        if (sym.name === 'current')
          return { type: sym.type, value: toBits(abi, frame?.task ?? machine.core.current), address: undefined };
        const symbol = this.kernel.symbols.lookup(sym.name);
        if (!symbol) return undefined;
        const address = this.kernel.symbols.address(sym.name, cpu);
        return { type: sym.type, value: this.view.read({ type: sym.type, address }), address };
      },
      object: (sym: FunctionSym | ContextSym) => this.object(sym),
      call: (sym: ApiSym, args: readonly Evaluated[]) => this.call(sym, args),
    };
  }
  private object(sym: FunctionSym | ContextSym): Evaluated | undefined {
    if (sym.kind === 'function') {
      const address = this.kernel.symbols.lookup(sym.name)?.va ?? this.kernel.symbols.lookup(`${sym.name}.kmem`)?.va;
      return address === undefined ? undefined : { type: sym.type, value: undefined, address };
    }
    const found = this.vm.compiled.contextValue(sym);
    if (typeof found === 'function')
      return { type: sym.type, value: bitsOf(found(), this.kernel.abi.wordSize), address: undefined };
    return found.kind === 'fixed' ? { type: sym.type, value: undefined, address: found.address } : undefined;
  }
  /** A function that looks at memory and changes nothing. */
  private call(sym: ApiSym, args: readonly Evaluated[]): Evaluated {
    const builtin = builtinNamed(sym.name);
    if (!builtin)
      throw new EvaluationError(`${sym.name}() is known to the linter only: the emulator doesn't run it yet`);
    if (builtin.form !== 'inline')
      throw new EvaluationError(`${sym.name}() may change the machine, and a watch only looks`);
    const { wordSize } = this.kernel.abi;
    const values = args.map((a): Value => {
      const value = small(a.value ?? 0n);
      return a.type.kind === 'struct' || a.type.kind === 'union' || a.type.kind === 'void'
        ? value
        : convert(value, shapeOf(a.type, wordSize));
    });
    const result = builtin.call(this.vm.machine, values, { scratch: 0, expr: undefined });
    const type = sym.type.kind === 'function' ? sym.type.returns : pointerTo({ kind: 'void' }, this.kernel.abi);
    if (typeof result !== 'number' && typeof result !== 'bigint') return { type, value: undefined, address: undefined };
    return { type, value: wrap(BigInt(result), type), address: undefined };
  }
  builtinNames(): readonly { name: string; detail: string }[] {
    this.builtins ??= [...BUILTINS]
      .filter(([name, builtin]) => builtin.form === 'inline' && !name.startsWith('__kmem_'))
      .map(([name]) => ({ name, detail: lookupApi(name)?.proto ?? name }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    return this.builtins;
  }
}

/** What an evaluation ran into, as the user may read it. */
function inWords(error: unknown, view: View): Error {
  if (error instanceof EvaluationError) return error;
  if (error instanceof PageFaultError)
    return new EvaluationError(`nothing is mapped at ${view.hexBits(toBits(view.abi, error.address))}`);
  if (error instanceof WriteInThePast)
    return new EvaluationError('this would change the machine, and a watch only looks');
  return new EvaluationError(error instanceof Error ? error.message : String(error));
}
