/** Marks of the first tokens of statements and of the braces around them. */
import * as t from '../../syntax/tokens';
import type { Declaration, MacroDeclaration, Stmt } from '../../syntax/tree';
import { ExpressionMarks } from './markExpressions';
import * as m from './tokenMarks';

/** Statements of a block; `open`: each on a line of its own. */
export function markStatements(marks: m.TokenMarks, body: readonly Stmt[], open: boolean): void {
  const walk = new StatementMarks(marks);
  walk.body(body, 0, open);
}

export class StatementMarks {
  readonly expressions: ExpressionMarks;

  constructor(private readonly marks: m.TokenMarks) {
    this.expressions = new ExpressionMarks(marks, markStatements);
  }

  body(body: readonly Stmt[], level: number, open = true): void {
    let behindCase = false;
    for (const stmt of body) {
      // `case 1: {` on one line
      const first = this.marks.at(stmt.span.start);
      const joined = behindCase && this.isBlock(stmt) && !this.marks.isFirst(first);
      this.statement(stmt, joined ? level - 1 : level, joined ? m.JOIN : open ? m.BREAK : m.FREE);
      behindCase = stmt.kind === 'case';
    }
  }
  private isBlock(stmt: Stmt): boolean {
    return stmt.kind === 'block' && this.marks.kind(this.marks.at(stmt.span.start)) === t.T_LBRACE;
  }

  private statement(stmt: Stmt, level: number, breaks: number): void {
    const { marks, expressions } = this;
    if (stmt.span.end === stmt.span.start) return; // a missing one
    switch (stmt.kind) {
      case 'block':
        // labels with the statement that they are on have no braces
        if (!this.isBlock(stmt)) {
          this.body(stmt.body, level, breaks !== m.FREE);
          return;
        }
        marks.unit(stmt.span.start, level, breaks);
        marks.braces(stmt.span.start, stmt.span.end, true);
        this.body(stmt.body, 0);
        return;
      case 'case':
        marks.unit(stmt.span.start, level - 1, breaks);
        if (stmt.value) expressions.expr(stmt.value);
        if (stmt.last) expressions.expr(stmt.last);
        marks.role(marks.at(stmt.span.end - 1), m.LABEL_COLON);
        return;
      case 'label':
        marks.unit(stmt.span.start, m.AT_MARGIN, breaks);
        marks.role(marks.find(t.T_COLON, stmt.name.span.end), m.LABEL_COLON);
        return;
      default:
        marks.unit(stmt.span.start, level, breaks);
        this.inside(stmt, level);
    }
  }
  private inside(stmt: Stmt, level: number): void {
    const { expressions } = this;
    switch (stmt.kind) {
      case 'expr':
        expressions.expr(stmt.expr);
        return;
      case 'if':
        expressions.expr(stmt.test);
        this.governed(stmt.then, level);
        if (stmt.else) this.otherwise(stmt.then, stmt.else, level);
        return;
      case 'while':
        expressions.expr(stmt.test);
        this.governed(stmt.body, level);
        return;
      case 'do':
        this.governed(stmt.body, level);
        this.follows(t.K_WHILE, stmt.body, level);
        expressions.expr(stmt.test);
        return;
      case 'for':
        if (stmt.init?.kind === 'decl') this.declaration(stmt.init.decl);
        else if (stmt.init) expressions.expr(stmt.init);
        if (stmt.test) expressions.expr(stmt.test);
        if (stmt.update) expressions.expr(stmt.update);
        this.governed(stmt.body, level);
        return;
      case 'macroLoop':
        expressions.expr(stmt.call);
        this.governed(stmt.body, level);
        return;
      case 'switch':
        expressions.expr(stmt.value);
        this.governed(stmt.body, level);
        return;
      case 'return':
        if (stmt.value) expressions.expr(stmt.value);
        return;
      case 'decl':
        this.declaration(stmt.decl);
        return;
      case 'macroDecl':
        this.macroDeclaration(stmt.decl);
        return;
      case 'errorStmt':
        this.marks.setWild(stmt.span.start, stmt.span.end);
        return;
      default:
        return;
    }
  }
  /** What a condition governs: a block on its line, or one statement on the next. */
  private governed(body: Stmt, level: number): void {
    if (this.isBlock(body)) this.statement(body, level, m.JOIN);
    else this.statement(body, level + 1, m.BREAK);
  }
  private otherwise(then: Stmt, otherwise: Stmt, level: number): void {
    this.follows(t.K_ELSE, then, level);
    if (otherwise.kind === 'if') this.statement(otherwise, level, m.JOIN);
    else this.governed(otherwise, level);
  }
  /** `else`, and the `while` of `do`: behind the `}` of a block, else on a line of their own. */
  private follows(word: number, body: Stmt, level: number): void {
    const { marks } = this;
    const i = marks.find(word, body.span.end);
    if (i < 0) return;
    marks.units[i] = level;
    marks.breaks[i] = this.isBlock(body) ? m.JOIN : m.BREAK;
  }

  declaration({ base, declarators, modifiers }: Declaration): void {
    const { expressions } = this;
    expressions.annotations(modifiers.names);
    expressions.type(base);
    for (const { type, init, annotations } of declarators) {
      if (type !== base) expressions.type(type);
      if (init) expressions.initialiser(init);
      expressions.annotations(annotations);
    }
  }
  macroDeclaration({ macro, args, init }: MacroDeclaration): void {
    const { marks, expressions } = this;
    marks.role(marks.find(t.T_LPAREN, macro.span.end), m.CALL);
    for (const arg of args) expressions.expr(arg);
    if (init) expressions.initialiser(init);
  }
}
