/**
 * Expressions of the debug console that change the machine: assignments of every form, and calls of kernel functions. They run as a
 * statement of the frame they are typed in, in emulated memory and in the journal like any other.
 */
import { BLOCK, PREEMPT, SCRATCH, Spin } from '../../kernel/sched/block';
import { CallRequest } from '../../kernel/sched/step';
import type { Program } from '../../language/check/context/program';
import { contains } from '../../language/syntax/visitor';
import { WriteInThePast } from '../../memory/journal';
import { compileExpression, watchContext } from '../../vm/compile/compileExpression';
import type { Builtin, Machine } from '../../vm/machine/machine';
import { CompileError } from '../../vm/program/code';
import type { CompiledProgram } from '../../vm/program/compiledProgram';
import { lookAtFrame, runInFrame } from '../../vm/run/lookAtFrame';
import { type ConsoleStatement, type Evaluated, EvaluationError, type Frame } from '../target/target';
import type { ReadyExpression } from './compiledExpressions';
import { changes } from './evaluate';
import { evaluationError } from './faultText';
import { scopeOf } from './frameScope';

/** Where the running program is, for a statement typed in the console. */
interface Stopped {
  readonly program: Program;
  readonly compiled: CompiledProgram;
  readonly machine: Machine;
  readonly frame: Frame | undefined;
  /** lowest address of the task's innermost frame: what lies below it is free */
  readonly stackEnd: number | undefined;
  evaluated(ready: ReadyExpression, seen: ReturnType<ReadyExpression['look']>): Evaluated;
}

/** Undefined for an expression that only looks. @throws EvaluationError for one that is not right, or not allowed */
export function consoleStatement(stopped: Stopped, text: string, calls: boolean): ConsoleStatement | undefined {
  const { program, compiled, machine, frame } = stopped;
  const checked = program.checkExpression(text, scopeOf(frame, compiled.statements));
  const { expr } = checked;
  if (!expr) return undefined;
  const called: string[] = [];
  const runs = (name: string, builtin: Builtin): Builtin => {
    called.push(name);
    return calls ? notWaiting(stopped, name, builtin) : notAllowed(name);
  };
  // an expansion may call functions that change the machine: only compiling it tells
  if (!changes(expr) && !contains(expr, (n) => n.kind === 'call')) return undefined;
  const problem = checked.problems.find((p) => p.severity === 'error');
  if (problem) throw new EvaluationError(problem.message);
  const fn = frame?.owner && compiled.functions.find((f) => f.sym === frame.owner);
  const cx = watchContext(machine, compiled, checked, fn, { builtin: runs });
  let ready: ReadyExpression;
  try {
    ready = { ...compileExpression(cx, expr), expr, cx };
  } catch (error) {
    if (error instanceof CompileError) throw new EvaluationError(error.message);
    throw error;
  }
  if (!changes(expr) && called.length === 0) return undefined;
  return {
    check() {
      // a function that changes the machine may have done half its work when it is told that it must not
      if (called.length > 0) return;
      try {
        lookAtFrame(machine, frame, () => ready.look());
      } catch (error) {
        if (error instanceof WriteInThePast) return;
        throw lookAtFrame(machine, frame, () => evaluationError(cx, expr, error));
      }
    },
    run() {
      try {
        return runInFrame(machine, frame, () => stopped.evaluated(ready, ready.look()));
      } catch (error) {
        if (error instanceof EvaluationError) throw error;
        throw lookAtFrame(machine, frame, () => evaluationError(cx, expr, error));
      }
    },
  };
}
function notAllowed(name: string): never {
  throw new CompileError(
    'not-executable',
    `${name}() may change the machine: the setting "kmem.debug.console.allowCalls", or "allowConsoleCalls" in the launch configuration, lets the console call it`,
    undefined,
  );
}
/** A function that may wait is only let run to where it would. */
function notWaiting({ stackEnd }: Stopped, name: string, builtin: Builtin): Builtin {
  if (builtin.form === 'wait' && stackEnd === undefined) throw new EvaluationError(`${name}() needs a task to run in`);
  const scratch = builtin.form === 'wait' ? (stackEnd ?? 0) - SCRATCH : 0;
  return {
    form: builtin.form,
    call(machine, args) {
      const outcome = builtin.call(machine, args, scratch);
      if (outcome === BLOCK || outcome === PREEMPT || outcome instanceof Spin)
        throw new EvaluationError(`${name}() would wait here: in the console only what does not wait can be called`);
      if (outcome instanceof CallRequest)
        throw new EvaluationError(
          `${name}() would call a function of the scenario here, such as a constructor: the console cannot run it`,
        );
      return outcome;
    },
  };
}
