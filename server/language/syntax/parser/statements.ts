/** Statements and declarations. */

import * as t from '../tokens';
import type { Block, Declaration, Declarator, Expr, FunctionDef, MacroDeclaration, Marks, Stmt } from '../tree';
import { MAX_DEPTH } from './cursor';
import type { Specifiers } from './declarations';
import { ExprParser } from './expressions';

/** Is `name` a macro that declares (`DEFINE_SPINLOCK(x);`, `LIST_HEAD(q);`)? */
export const isDeclaringMacro = (name: string): boolean =>
  name.startsWith('DEFINE_') ||
  name.startsWith('DECLARE_') ||
  name === 'LIST_HEAD' ||
  name === 'HLIST_HEAD' ||
  name === 'KSTAT_DECLARE';
/** Is `name` a macro that opens a loop (`list_for_each_entry(…) statement`)? */
export const isLoopMacro = (name: string): boolean => name.includes('for_each') || name.startsWith('FOR_EACH');

export abstract class StmtParser extends ExprParser {
  // ---------------------------------------------------------------- blocks
  /** `{ … }`; a missing `}` is noticed where a new file-level item begins. */
  protected block(what: string): Block {
    const start = this.start;
    const open = this.at;
    if (++this.depth > MAX_DEPTH) {
      this.fail('nested-too-deeply', `more than ${MAX_DEPTH} levels of nesting`);
      this.skipBalanced();
      this.panic = false;
      this.depth--;
      return { kind: 'block', body: [], span: this.span(start) };
    }
    if (!this.expect(t.T_LBRACE, '{', what)) {
      this.depth--;
      return { kind: 'block', body: [], span: this.span(this.prevEnd, this.prevEnd) };
    }
    const mark = this.scopeMark();
    const body: Stmt[] = [];
    while (this.kind !== t.T_RBRACE && this.kind !== t.T_EOF) {
      if (this.isFirstOnLine() && this.column() === 0 && this.at > open + 1 && this.beginsItem()) break;
      const from = this.at;
      body.push(this.statement());
      if (this.panic) this.synchronise();
      if (this.at === from) this.next();
    }
    this.leaveScope(mark);
    this.depth--;
    if (this.kind === t.T_RBRACE) this.next();
    else {
      this.complain(
        'missing-brace',
        this.kind === t.T_EOF
          ? "this '{' is never closed: '}' is missing"
          : `this '{' is not closed before '${this.raw()}' begins a new item: '}' is missing`,
        this.span(start, start + 1),
        { title: "insert '}'", edits: [{ span: this.span(this.prevEnd, this.prevEnd), text: '\n}' }] },
      );
      this.panicForBraces();
    }
    return { kind: 'block', body, span: this.span(start) };
  }
  /** enclosing blocks lack the same brace: one message is enough */
  private bracesReportedAt = -1;
  private panicForBraces(): void {
    if (this.bracesReportedAt === this.at) this.errors.pop();
    this.bracesReportedAt = this.at;
  }

  protected statementExpression(start: number): Expr {
    const body = this.block("after '('");
    const last = body.body.at(-1);
    if (last?.kind === 'expr') {
      return {
        kind: 'stmtExpr',
        body: { kind: 'block', body: body.body.slice(0, -1), span: body.span },
        result: last.expr,
        span: this.span(start),
      };
    }
    return { kind: 'stmtExpr', body, span: this.span(start) };
  }

  // ---------------------------------------------------------------- statements
  protected statement(): Stmt {
    const start = this.start;
    switch (this.kind) {
      case t.T_LBRACE:
        return this.block('');
      case t.T_SEMI:
        this.next();
        return { kind: 'empty', span: this.span(start) };
      case t.K_IF:
        return this.ifStatement();
      case t.K_WHILE: {
        this.next();
        const test = this.condition('while');
        return { kind: 'while', test, body: this.body(), span: this.span(start) };
      }
      case t.K_DO: {
        this.next();
        const body = this.body();
        if (this.panic) this.synchronise();
        this.expectWord(t.K_WHILE, 'while', "after the body of 'do'");
        const test = this.condition('while');
        this.expect(t.T_SEMI, ';', "after 'do … while (…)'");
        return { kind: 'do', body, test, span: this.span(start) };
      }
      case t.K_FOR:
        return this.forStatement();
      case t.K_SWITCH: {
        this.next();
        const value = this.condition('switch');
        return { kind: 'switch', value, body: this.body(), span: this.span(start) };
      }
      case t.K_CASE: {
        this.next();
        const value = this.conditional();
        const last = this.accept(t.T_ELLIPSIS) ? this.conditional() : undefined;
        this.expect(t.T_COLON, ':', "after the value of 'case'");
        return { kind: 'case', value, ...(last ? { last } : undefined), span: this.span(start) };
      }
      case t.K_DEFAULT:
        this.next();
        this.expect(t.T_COLON, ':', "after 'default'");
        return { kind: 'case', span: this.span(start) };
      case t.K_GOTO: {
        this.next();
        if (this.kind !== t.T_IDENT) {
          this.fail(
            'expected-name',
            this.kind === t.T_STAR
              ? "computed 'goto' is not in this language"
              : `expected a label after 'goto', found ${this.found()}`,
          );
          return { kind: 'goto', name: this.missingName(), span: this.span(start) };
        }
        const name = this.nameHere();
        this.expect(t.T_SEMI, ';', "after 'goto'");
        return { kind: 'goto', name, span: this.span(start) };
      }
      case t.K_BREAK:
        this.next();
        this.expect(t.T_SEMI, ';', "after 'break'");
        return { kind: 'break', span: this.span(start) };
      case t.K_CONTINUE:
        this.next();
        this.expect(t.T_SEMI, ';', "after 'continue'");
        return { kind: 'continue', span: this.span(start) };
      case t.K_RETURN: {
        this.next();
        const bare = this.kind === t.T_SEMI || this.kind === t.T_RBRACE;
        const value = bare ? undefined : this.expression();
        this.expect(t.T_SEMI, ';', "after 'return'");
        return { kind: 'return', ...(value ? { value } : undefined), span: this.span(start) };
      }
      case t.K_ELSE:
        this.fail('unexpected-token', "'else' without an 'if' before it");
        this.next();
        this.panic = false;
        return this.nested();
      case t.T_HASH:
        this.fail('unsupported-directive', this.directiveMessage());
        this.skipLine();
        this.panic = false;
        return { kind: 'errorStmt', span: this.span(start) };
      case t.K_ASM:
        this.fail('inline-assembly', 'inline assembly is not in this language');
        this.synchronise();
        return { kind: 'errorStmt', span: this.span(start) };
      case t.K_STATIC_ASSERT:
        return this.expressionStatement();
      case t.K_MARK:
        if (this.word() === 'fallthrough' || this.word() === '__fallthrough') {
          this.next();
          this.expect(t.T_SEMI, ';', "after 'fallthrough'");
          return { kind: 'empty', span: this.span(start) };
        }
        return this.declarationStatement();
      case t.T_IDENT: {
        const after = this.peek();
        if (after === t.T_COLON) {
          const name = this.nameHere();
          this.next();
          while (this.kind === t.K_MARK && this.word().includes('unused')) this.next();
          return { kind: 'label', name, span: this.span(start) };
        }
        if (after === t.T_LPAREN) {
          if (isDeclaringMacro(this.word())) return this.macroDeclarationStatement({ words: [], contracts: [] }, start);
          return this.expressionStatement();
        }
        if (after === t.T_IDENT || after === t.T_STAR || after === t.K_QUAL) {
          if (this.looksLikeDeclaration()) return this.declarationStatement();
        }
        return this.expressionStatement();
      }
      default:
        if (this.beginsType()) return this.declarationStatement();
        return this.expressionStatement();
    }
  }
  /** At an identifier that another identifier or `*` follows. */
  private looksLikeDeclaration(): boolean {
    const known = this.isTypeName(this.word());
    if (this.typeNames.get(this.word()) === false) return false;
    let n = 1;
    while (this.peek(n) === t.T_STAR || this.peek(n) === t.K_QUAL) n++;
    if (this.peek(n) === t.T_LPAREN) return known;
    if (this.peek(n) !== t.T_IDENT) return false;
    if (known) return true;
    const after = this.peek(n + 1);
    // foo bar; foo *bar = …: an unknown type's name. Two names on different lines are rather a missing ';'.
    if (n === 1)
      return (
        !this.isFirstOnLine(1) &&
        (after === t.T_SEMI || after === t.T_ASSIGN || after === t.T_COMMA || after === t.T_LBRACKET)
      );
    return after === t.T_SEMI || after === t.T_ASSIGN || after === t.T_COMMA || after === t.T_LBRACKET;
  }
  private expectWord(kind: number, spelling: string, after: string): void {
    this.expect(kind, spelling, after);
  }
  /** the statement that a loop or an if governs; depth-checked, as it nests without brackets */
  private body(): Stmt {
    if (this.panic) this.synchroniseToBody();
    return this.nested();
  }
  /** after an error in a condition: go on at its body if that is near */
  private synchroniseToBody(): void {
    for (;;) {
      const k = this.kind;
      if (k === t.T_LBRACE || k === t.T_EOF || k === t.T_SEMI || k === t.T_RBRACE || this.isFirstOnLine()) break;
      this.next();
    }
    this.panic = false;
  }
  private nested(): Stmt {
    if (++this.depth > MAX_DEPTH) {
      const start = this.start;
      this.fail('nested-too-deeply', `more than ${MAX_DEPTH} levels of nesting`);
      if (this.kind === t.T_LBRACE) {
        this.skipBalanced();
        this.panic = false;
      }
      this.depth--;
      return { kind: 'errorStmt', span: this.span(start) };
    }
    let stmt: Stmt;
    if (this.kind === t.T_RBRACE || this.kind === t.T_EOF) {
      this.fail('expected-statement', `expected a statement, found ${this.found()}`);
      this.panic = false;
      stmt = { kind: 'errorStmt', span: this.span(this.prevEnd, this.prevEnd) };
    } else stmt = this.statement();
    this.depth--;
    return stmt;
  }
  private condition(word: string): Expr {
    this.expect(t.T_LPAREN, '(', `after '${word}'`);
    const test = this.expression();
    this.expect(t.T_RPAREN, ')', `after the condition of '${word}'`);
    return test;
  }
  private ifStatement(): Stmt {
    const start = this.start;
    this.next();
    const test = this.condition('if');
    const then = this.body();
    if (this.panic) this.synchronise();
    if (this.kind === t.K_ELSE) {
      this.next();
      const otherwise = this.nested();
      return { kind: 'if', test, then, else: otherwise, span: this.span(start) };
    }
    return { kind: 'if', test, then, span: this.span(start) };
  }
  private forStatement(): Stmt {
    const start = this.start;
    this.next();
    this.expect(t.T_LPAREN, '(', "after 'for'");
    const mark = this.scopeMark();
    let init: Stmt | Expr | undefined;
    if (!this.accept(t.T_SEMI)) {
      if (
        this.beginsType() ||
        (this.kind === t.T_IDENT &&
          (this.peek() === t.T_IDENT || this.peek() === t.T_STAR) &&
          this.looksLikeDeclaration())
      ) {
        init = this.declarationStatement();
      } else {
        init = this.expression(true);
        this.expect(t.T_SEMI, ';', "after the first part of 'for'");
      }
    }
    const test = this.kind === t.T_SEMI || this.panic ? undefined : this.expression(true);
    if (!this.panic) this.expect(t.T_SEMI, ';', "after the condition of 'for'");
    const update = this.kind === t.T_RPAREN || this.panic ? undefined : this.expression(true);
    if (!this.panic) this.expect(t.T_RPAREN, ')', "after the parts of 'for'");
    const body = this.body();
    this.leaveScope(mark);
    const declared =
      init && (init.kind === 'decl' || !isStmtKind(init)) ? (init as Expr | (Stmt & { kind: 'decl' })) : undefined;
    return {
      kind: 'for',
      ...(declared ? { init: declared } : undefined),
      ...(test ? { test } : undefined),
      ...(update ? { update } : undefined),
      body,
      span: this.span(start),
    };
  }
  private expressionStatement(): Stmt {
    const start = this.start;
    let expr: Expr;
    if (this.kind === t.K_STATIC_ASSERT) {
      const name = this.word();
      this.next();
      const callee: Expr = { kind: 'ident', name, span: this.span(start) };
      if (this.kind !== t.T_LPAREN) {
        this.expect(t.T_LPAREN, '(', `after ${name}`);
        return { kind: 'errorStmt', span: this.span(start) };
      }
      expr = { kind: 'call', callee, args: this.args(), span: this.span(start) };
    } else expr = this.expression();
    if (expr.kind === 'call' && expr.callee.kind === 'ident' && this.kind !== t.T_SEMI && !this.panic) {
      const name = expr.callee.name;
      if (isLoopMacro(name) || this.kind === t.T_LBRACE) {
        return { kind: 'macroLoop', call: expr, body: this.nested(), span: this.span(start) };
      }
    } else if (
      expr.kind === 'call' &&
      expr.callee.kind === 'ident' &&
      isLoopMacro(expr.callee.name) &&
      this.kind === t.T_SEMI
    ) {
      return { kind: 'macroLoop', call: expr, body: this.nested(), span: this.span(start) };
    }
    if (expr.kind === 'errorExpr' && this.panic) {
      this.synchronise();
      return { kind: 'errorStmt', span: this.span(start) };
    }
    this.expect(t.T_SEMI, ';', this.afterWhat(expr));
    return { kind: 'expr', expr, span: this.span(start) };
  }
  private afterWhat(expr: Expr): string {
    switch (expr.kind) {
      case 'call':
        return 'after the call';
      case 'assign':
        return 'after the assignment';
      default:
        return 'after the expression';
    }
  }

  // ---------------------------------------------------------------- declarations
  private declarationStatement(): Stmt {
    const start = this.start;
    const spec = this.specifiers();
    if (!spec.base) {
      if (this.kind === t.T_IDENT && this.peek() === t.T_LPAREN) return this.macroDeclarationStatement(spec, start);
      this.failNoType(spec);
      this.synchronise();
      return { kind: 'errorStmt', span: this.span(start) };
    }
    const decl = this.declaration(spec, undefined);
    if (decl.kind === 'function') {
      // a nested function: its closing brace was forgotten before it, or it doesn't belong here
      this.panic = false;
      this.complain(
        'nested-function',
        `'${decl.name.text}' is defined inside another function; '}' may be missing before it`,
        decl.name.span,
      );
      return { kind: 'errorStmt', span: this.span(start) };
    }
    return { kind: 'decl', decl, span: this.span(start) };
  }
  protected failNoType(spec: Specifiers): void {
    const last = spec.words.at(-1);
    if (last && this.kind === t.T_IDENT)
      this.fail('expected-type', `the type is missing between '${last.text}' and '${this.word()}'`);
    else this.fail('expected-declaration', `expected a declaration, found ${this.found()}`);
  }
  protected macroDeclarationStatement(spec: Pick<Specifiers, 'words' | 'contracts'>, start: number): Stmt {
    const decl = this.macroDeclaration(spec, start);
    return { kind: 'macroDecl', decl, span: decl.span };
  }
  protected macroDeclaration(spec: Pick<Specifiers, 'words' | 'contracts'>, start: number): MacroDeclaration {
    const macro = this.nameHere();
    const args = this.args();
    const init = this.accept(t.T_ASSIGN) ? this.initialiser() : undefined;
    this.expect(t.T_SEMI, ';', `after ${macro.text}(…)`);
    return {
      kind: 'macroDeclaration',
      marks: marksOf(spec),
      macro,
      args,
      ...(init ? { init } : undefined),
      span: this.span(start),
    };
  }

  /**
   * What follows the specifiers: declarators up to `;`, or a function with its body. `functionBody` makes the body; where it
   * is undefined (inside a block) the body of a nested function is skipped.
   */
  protected declaration(
    spec: Specifiers,
    functionBody: ((name: FunctionDef['name'], type: FunctionDef['type']) => Block) | undefined,
  ): Declaration | FunctionDef {
    const base = spec.base ?? { kind: 'basicType' as const, words: ['int'], span: this.span(spec.start, spec.start) };
    const declarators: Declarator[] = [];
    if (this.kind !== t.T_SEMI) {
      do {
        const start = this.start;
        const d = this.declarator(base);
        if (!d.name) {
          this.fail(
            'expected-name',
            `expected a name after '${this.text.slice(base.span.start, base.span.end).slice(0, 40)}', found ${this.found()}`,
          );
          break;
        }
        this.lateMarks(spec);
        this.declareName(d.name.text, spec.typedef);
        if (d.type.kind === 'functionType' && declarators.length === 0 && !spec.typedef) {
          if (this.kind === t.T_LBRACE) return this.functionDef(spec, d.name, d.type, functionBody);
          if (this.kind === t.T_SEMI && functionBody) {
            this.expect(t.T_SEMI, ';', 'after the prototype');
            return { kind: 'function', marks: marksOf(spec), name: d.name, type: d.type, span: this.span(spec.start) };
          }
        }
        const init = this.accept(t.T_ASSIGN) ? this.initialiser() : undefined;
        if (this.kind === t.T_COLON && !this.panic) {
          this.fail('unexpected-token', 'a bit-field stands in a struct or union only');
        }
        declarators.push({
          kind: 'declarator',
          name: d.name,
          type: d.type,
          ...(init ? { init } : undefined),
          span: this.span(start),
        });
      } while (!this.panic && this.accept(t.T_COMMA));
    }
    if (!this.panic || this.kind === t.T_SEMI)
      this.expect(t.T_SEMI, ';', declarators.length === 0 ? 'after the type' : 'after the declaration');
    return { kind: 'declaration', marks: marksOf(spec), base, declarators, span: this.span(spec.start) };
  }
  /** marks and contracts after a declarator: `int f(struct ring *r) __must_hold(r->lock)` */
  private lateMarks(spec: Specifiers): void {
    for (;;) {
      if (this.kind === t.K_CONTRACT) spec.contracts.push(this.contract());
      else if (this.kind === t.K_MARK || this.kind === t.K_QUAL) spec.words.push(this.nameHere());
      else if (this.kind === t.K_MARKCALL) {
        const start = this.start;
        this.next();
        if (this.kind === t.T_LPAREN) this.skipBalanced();
        spec.words.push({ kind: 'name', text: this.text.slice(start, this.prevEnd), span: this.span(start) });
      } else return;
    }
  }
  private functionDef(
    spec: Specifiers,
    name: FunctionDef['name'],
    type: FunctionDef['type'],
    functionBody: ((name: FunctionDef['name'], type: FunctionDef['type']) => Block) | undefined,
  ): FunctionDef {
    let body: Block;
    if (functionBody) body = functionBody(name, type);
    else {
      const start = this.start;
      this.skipBalanced();
      body = { kind: 'block', body: [], span: this.span(start) };
    }
    return { kind: 'function', marks: marksOf(spec), name, type, body, span: this.span(spec.start) };
  }

  // ---------------------------------------------------------------- directives
  protected directiveMessage(): string {
    const word = this.isFirstOnLine(1) ? '' : this.word(1) || this.raw(1);
    if (word === 'include' || word === 'define') return `'#${word}' stands at file level only, not inside a function`;
    return `'#${word}' is not in this language: only '#include "other.kmem"' and '#define NAME constant' are`;
  }
  protected skipLine(): void {
    do this.next();
    while (this.kind !== t.T_EOF && !this.isFirstOnLine());
  }
}

export const marksOf = (spec: Pick<Specifiers, 'words' | 'contracts'>): Marks => ({
  words: spec.words,
  contracts: spec.contracts,
});
const STMT_KINDS = new Set(['block', 'errorStmt', 'macroDecl', 'decl']);
const isStmtKind = (node: { kind: string }) => STMT_KINDS.has(node.kind);
