/** The program's instructions as they are emitted, and the statements they belong to. */

import type { ContextSym, FunctionSym } from '../../language/check/context/program';
import type { Span } from '../../language/syntax/tree';
import { type FunctionCode, type Instr, OP_JUMP, OP_STATEMENT, type StatementInfo } from '../program/code';

export class Emitter {
  readonly code: Instr[] = [];
  readonly statements: StatementInfo[] = [];

  /** Index of the next instruction. */
  get here(): number {
    return this.code.length;
  }
  emit<I extends Instr>(instr: I): I {
    this.code.push(instr);
    return instr;
  }
  /** Behind a call of the API that may ask for calls of its own: where these return to. The call is made again then. */
  callAgain(span: Span | undefined): void {
    this.emit({ op: OP_JUMP, span, target: this.here - 1 });
  }
  /** Marks a statement to stop at. */
  statement(span: Span, owner: FunctionSym | ContextSym, fn: FunctionCode): void {
    const pc = this.here;
    this.emit({ op: OP_STATEMENT, span, statement: this.statements.length });
    this.statements.push({ span, owner, entry: pc === fn.entry, pc });
  }
}
