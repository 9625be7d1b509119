/**
 * C expressions of watches, hovers, conditions and log messages, compiled once for each text and scope. Nothing is ever invalidated: the
 * program does not change, and all state is in emulated memory.
 */

import type { ExpressionScope, Program, Sym } from '../../language/check/context/program';
import type { Expr, Span } from '../../language/syntax/tree';
import { orMake } from '../../types/orMake';
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
/** A text that does not compile as an expression. */
class Rejected extends EvaluationError {
  readonly code: string | undefined;
  /** of what is wrong, in the text, from 1; undefined where that is not in the text */
  readonly column: number | undefined;

  constructor(problem: { message: string; code?: string; span?: Span | undefined }, text: string) {
    super(problem.message);
    this.code = problem.code;
    this.column = problem.span && problem.span.start <= text.length ? problem.span.start + 1 : undefined;
  }
}
/** The statement of a function that a frame is at, or only the function; undefined for file scope. */
type Scope = number | Frame['owner'];

export class CompiledExpressions {
  /** the compiled expression, or the reason why there is none */
  private readonly known = new Map<Scope, Map<string, ReadyExpression | EvaluationError>>();
  private allPlaces: readonly Place[] | undefined;
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
  /** Why the text can't be evaluated at a place, and the column of that in it; without a place: why it can't be evaluated anywhere. */
  problemIn(text: string, place: Place | undefined): string | undefined {
    const problem = this.prepare(text, place);
    if (!(problem instanceof Rejected)) return undefined;
    const worst = place ? problem : this.problemEverywhere(text, problem);
    return worst && `${worst.message}${worst.column === undefined ? '' : ` (column ${worst.column})`}`;
  }
  /** Why the text can't be evaluated in any frame: what is wrong where all its names are known, if there is such a place. */
  private problemEverywhere(text: string, atFileScope: Rejected): Rejected | undefined {
    let worst = atFileScope;
    for (const place of this.places) {
      const problem = this.prepare(text, place);
      if (!(problem instanceof Rejected)) return undefined;
      if (worst.code === 'undeclared') worst = problem;
    }
    return worst;
  }
  /** A place for each set of local variables that are visible together. */
  private get places(): readonly Place[] {
    if (this.allPlaces) return this.allPlaces;
    const numbers = new Map<Sym, number>();
    const places = new Map<string, Place>();
    for (const [statement, { owner }] of this.compiled.statements.entries()) {
      const locals = this.program.localsAt(this.scopeAt({ owner, statement }));
      const key = locals.map((sym) => orMake(numbers, sym, () => numbers.size)).join();
      if (key !== '') orMake(places, key, () => ({ owner, statement }));
    }
    this.allPlaces = [...places.values()];
    return this.allPlaces;
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
  private prepare(text: string, frame: Place | undefined): ReadyExpression | Rejected {
    if (text.trim() === '') return new Rejected({ message: 'an expression is missing' }, text);
    const checked = this.program.checkExpression(text, this.scopeAt(frame));
    const problem = checked.problems.find((p) => p.severity === 'error');
    if (problem) return new Rejected(problem, text);
    const { expr } = checked;
    if (!expr) return new Rejected({ message: 'this is not an expression' }, text);
    const cx = watchContext(this.machine, this.compiled, checked, this.functionOf(frame));
    try {
      return { ...compileExpression(cx, expr), expr, cx };
    } catch (error) {
      if (error instanceof CompileError) return new Rejected(error, text);
      throw error;
    }
  }
  private scopeAt(place: Place | undefined): ExpressionScope {
    return scopeOf(place, this.compiled.statements, this.functionOf(place)?.slots);
  }
  private functionOf(frame: Place | undefined): FunctionCode | undefined {
    return frame?.owner && this.compiled.functions.find((fn) => fn.sym === frame.owner);
  }
}
