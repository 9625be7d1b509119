/**
 * C expressions of watches, hovers, conditions and log messages, compiled once for each text and scope. Nothing is ever invalidated: the
 * program does not change, and all state is in emulated memory.
 */

import type { Program } from '../../language/check/context/program';
import type { Expr } from '../../language/syntax/tree';
import { type CompiledExpression, compileExpression, watchContext } from '../../vm/compile/compileExpression';
import type { ExprContext } from '../../vm/compile/exprContext';
import type { Machine } from '../../vm/machine/machine';
import { CompileError, type FunctionCode } from '../../vm/program/code';
import type { CompiledProgram } from '../../vm/program/compiledProgram';
import { EvaluationError, type Frame } from '../target/target';
import { type Place, scopeOf } from './frameScope';

/** Number of expressions that are kept; the least recently used are dropped first. */
const MOST = 1000;

/** A compiled expression, with what is needed to explain a failed evaluation. */
export interface ReadyExpression extends CompiledExpression {
  readonly expr: Expr;
  readonly cx: ExprContext;
}
/** The statement of a function that a frame is at, or only the function; undefined for file scope. */
type Scope = number | Frame['owner'];

export class CompiledExpressions {
  /** the compiled expression, or the reason why there is none */
  private readonly known = new Map<Scope, Map<string, ReadyExpression | EvaluationError>>();
  private size = 0;

  constructor(
    private readonly program: Program,
    private readonly compiled: CompiledProgram,
    private readonly machine: Machine,
  ) {}

  /** The expression in the scope of `frame`. @throws EvaluationError if it does not compile there */
  of(text: string, frame: Place | undefined): ReadyExpression {
    const scope = frame?.owner && frame.statement >= 0 ? frame.statement : frame?.owner;
    let texts = this.known.get(scope);
    let found = texts?.get(text);
    if (found === undefined) {
      found = this.prepare(text, frame);
      if (!texts || this.size >= MOST) texts = this.textsOf(scope);
      texts.set(text, found);
      this.size++;
    }
    if (found instanceof EvaluationError) throw found;
    return found;
  }
  /** Why the text can't be evaluated at a place; without one: why it is not an expression, whatever its names mean. */
  problemIn(text: string, place: Place | undefined): string | undefined {
    if (!place) {
      const { problems } = this.program.checkExpression(text, {});
      return problems.find((p) => p.severity === 'error' && p.code !== 'undeclared')?.message;
    }
    try {
      this.of(text, place);
      return undefined;
    } catch (error) {
      if (error instanceof EvaluationError) return error.message;
      throw error;
    }
  }
  /** The texts of a scope, with space for one more: if there are too many, the oldest scopes are dropped. */
  private textsOf(scope: Scope): Map<string, ReadyExpression | EvaluationError> {
    while (this.size >= MOST) {
      const [oldest] = this.known;
      if (!oldest) break;
      this.known.delete(oldest[0]);
      this.size -= oldest[1].size;
    }
    const texts = this.known.get(scope) ?? new Map<string, ReadyExpression | EvaluationError>();
    this.known.set(scope, texts);
    return texts;
  }
  private prepare(text: string, frame: Place | undefined): ReadyExpression | EvaluationError {
    const checked = this.program.checkExpression(
      text,
      scopeOf(frame, this.compiled.statements, this.functionOf(frame)?.slots),
    );
    const problem = checked.problems.find((p) => p.severity === 'error');
    if (problem) return new EvaluationError(problem.message);
    const { expr } = checked;
    if (!expr) return new EvaluationError('this is not an expression');
    const cx = watchContext(this.machine, this.compiled, checked, this.functionOf(frame));
    try {
      return { ...compileExpression(cx, expr), expr, cx };
    } catch (error) {
      if (error instanceof CompileError) return new EvaluationError(error.message);
      throw error;
    }
  }
  private functionOf(frame: Place | undefined): FunctionCode | undefined {
    return frame?.owner && this.compiled.functions.find((fn) => fn.sym === frame.owner);
  }
}
