/** Expressions: Pratt parsing over binary precedences, C's prefix and postfix forms, initialisers. */

import { numberValue, readEscapes } from '../literals';
import { ASSIGN, BINARY, KERN_LEVELS, PRECEDENCE } from '../operators';
import * as t from '../tokens';
import type { BinaryOp, Expr, InitItem, InitList, Span, TypeSyntax } from '../tree';
import { MAX_DEPTH, MAX_OPERATORS } from './cursor';
import { TypeParser } from './declarations';

export abstract class ExprParser extends TypeParser {
  /** numbers the expressions */
  protected nextId = 0;

  /** the body of `({ … })`, at its `{` */
  protected abstract statementExpression(start: number): Expr;

  /** A whole expression; the comma operator only where the caller allows it (`for`). */
  protected expression(comma = false): Expr {
    const operators = this.operators;
    this.operators = 0;
    const start = this.start;
    let expr = this.assignmentExpr();
    while (this.kind === t.T_COMMA && !this.panic) {
      if (!comma) {
        this.complain(
          'comma-operator',
          "the comma operator is in this language only in 'for (…; …; …)'; write two statements",
          this.span(this.start, this.tokens.end[this.at]),
        );
      }
      if (++this.operators > MAX_OPERATORS) {
        this.tooLong();
        break;
      }
      this.next();
      const right = this.assignmentExpr();
      expr = { kind: 'comma', id: this.nextId++, left: expr, right, span: this.span(start) };
    }
    this.operators = operators;
    return expr;
  }
  private tooLong(): void {
    this.fail('nested-too-deeply', `more than ${MAX_OPERATORS} operators in one expression; split it`);
  }

  protected assignmentExpr(): Expr {
    if (++this.depth > MAX_DEPTH) {
      this.depth--;
      this.fail('nested-too-deeply', `more than ${MAX_DEPTH} levels of nesting`);
      return this.errorExpr(this.start);
    }
    const start = this.start;
    let left = this.conditional();
    const op = ASSIGN[this.kind];
    if (op !== undefined && !this.panic) {
      this.next();
      const right = this.assignmentExpr();
      left = { kind: 'assign', id: this.nextId++, op, left, right, span: this.span(start) };
    }
    this.depth--;
    return left;
  }
  /** A conditional expression: what constant expressions are made of. */
  protected conditional(): Expr {
    const start = this.start;
    const test = this.binary(1);
    if (this.kind !== t.T_QUESTION || this.panic) return test;
    this.next();
    if (this.kind === t.T_COLON) {
      this.next();
      const otherwise = this.nestedConditional();
      return { kind: 'conditional', id: this.nextId++, test, else: otherwise, span: this.span(start) };
    }
    const then = this.assignmentExpr();
    this.expect(t.T_COLON, ':', "of the '?:' expression");
    const otherwise = this.nestedConditional();
    return { kind: 'conditional', id: this.nextId++, test, then, else: otherwise, span: this.span(start) };
  }
  private nestedConditional(): Expr {
    if (++this.depth > MAX_DEPTH) {
      this.depth--;
      this.fail('nested-too-deeply', `more than ${MAX_DEPTH} levels of nesting`);
      return this.errorExpr(this.start);
    }
    const expr = this.conditional();
    this.depth--;
    return expr;
  }

  private binary(min: number): Expr {
    const start = this.start;
    let left = this.unary();
    for (;;) {
      const precedence = PRECEDENCE[this.kind] as number;
      if (precedence < min || precedence === 0 || this.panic) return left;
      const op = BINARY[this.kind] as BinaryOp;
      if (++this.operators > MAX_OPERATORS) {
        this.tooLong();
        return left;
      }
      const opSpan = this.span(this.start, this.tokens.end[this.at]);
      this.next();
      const right = this.binary(precedence + 1);
      left = { kind: 'binary', id: this.nextId++, op, left, right, opSpan, span: this.span(start) };
      if (this.panic) return left;
    }
  }

  protected errorExpr(start: number): Expr {
    return { kind: 'errorExpr', span: this.span(start) };
  }

  private unary(): Expr {
    const k = this.kind;
    if (k === t.T_IDENT || k === t.T_NUMBER) return this.postfix(this.primary());
    const start = this.start;
    switch (k) {
      case t.T_AMP:
        return this.prefix('&', start);
      case t.T_STAR:
        return this.prefix('*', start);
      case t.T_PLUS:
        return this.prefix('+', start);
      case t.T_MINUS:
        return this.prefix('-', start);
      case t.T_TILDE:
        return this.prefix('~', start);
      case t.T_NOT:
        return this.prefix('!', start);
      case t.T_INC:
        return this.prefix('++', start);
      case t.T_DEC:
        return this.prefix('--', start);
      case t.K_SIZEOF:
      case t.K_ALIGNOF:
        return this.sizeofExpr(start, k === t.K_ALIGNOF);
      case t.T_LPAREN:
        if (this.isCast()) return this.cast(start);
        return this.postfix(this.primary(), start);
      case t.T_ANDAND:
        this.fail('expected-expression', "addresses of labels ('&&label') are not in this language");
        return this.errorExpr(start);
      default:
        return this.postfix(this.primary());
    }
  }
  private prefix(op: '&' | '*' | '+' | '-' | '~' | '!' | '++' | '--', start: number): Expr {
    this.next();
    const operand = this.deeper();
    return { kind: 'unary', id: this.nextId++, op, operand, span: this.span(start) };
  }
  /** the operand of a prefix operator or cast */
  private deeper(): Expr {
    if (++this.depth > MAX_DEPTH) {
      this.depth--;
      this.fail('nested-too-deeply', `more than ${MAX_DEPTH} levels of nesting`);
      return this.errorExpr(this.start);
    }
    const expr = this.unary();
    this.depth--;
    return expr;
  }
  private sizeofExpr(start: number, alignof: boolean): Expr {
    this.next();
    let of: Expr | TypeSyntax;
    if (this.kind === t.T_LPAREN && this.beginsTypeInParens()) {
      this.next();
      of = this.typeName();
      this.expect(t.T_RPAREN, ')', 'after the type');
    } else of = this.deeper();
    return { kind: 'sizeof', id: this.nextId++, of, alignof, span: this.span(start) };
  }
  private beginsTypeInParens(): boolean {
    return (
      this.beginsType(1) ||
      (this.peek(1) === t.T_IDENT &&
        this.peek(2) === t.T_STAR &&
        (this.peek(3) === t.T_RPAREN || this.peek(3) === t.T_STAR))
    );
  }

  // ---------------------------------------------------------------- casts
  /** At `(`: is it a cast (or a compound literal)? Unknown names are judged by what follows. */
  private isCast(): boolean {
    const k = this.peek(1);
    if (k !== t.T_IDENT) return (k >= t.K_STRUCT && k <= t.K_TYPEWORD) || k === t.K_QUAL || k === t.K_FLOAT;
    const word = this.word(1);
    const after = this.peek(2);
    if (this.isTypeName(word))
      return (
        after === t.T_RPAREN ||
        after === t.T_STAR ||
        after === t.K_QUAL ||
        after === t.T_LPAREN ||
        after === t.T_LBRACKET
      );
    if (this.typeNames.get(word) === false) return false;
    if (after === t.T_STAR) {
      // (foo *)x, (foo **)x
      let n = 3;
      while (this.peek(n) === t.T_STAR || this.peek(n) === t.K_QUAL) n++;
      return this.peek(n) === t.T_RPAREN;
    }
    if (after !== t.T_RPAREN) return false;
    const then = this.peek(3);
    if (
      then === t.T_IDENT ||
      then === t.T_NUMBER ||
      then === t.T_STRING ||
      then === t.T_CHAR ||
      then === t.T_TILDE ||
      then === t.T_NOT ||
      then === t.K_SIZEOF
    )
      return !this.isFirstOnLine(3);
    return word.endsWith('_t') && (then === t.T_LPAREN || then === t.T_MINUS || then === t.T_STAR || then === t.T_AMP);
  }
  private cast(start: number): Expr {
    this.next();
    const type = this.typeName();
    this.expect(t.T_RPAREN, ')', 'after the type of the cast');
    if (this.kind === t.T_LBRACE) {
      const init = this.initList();
      return this.postfix({ kind: 'compound', id: this.nextId++, type, init, span: this.span(start) });
    }
    const operand = this.deeper();
    return { kind: 'cast', id: this.nextId++, type, operand, span: this.span(start) };
  }

  // ---------------------------------------------------------------- postfix and primary
  private postfix(expr: Expr, start = expr.span.start): Expr {
    for (;;) {
      if (this.panic) return expr;
      const k = this.kind;
      if (k === t.T_ARROW || k === t.T_DOT) {
        this.next();
        if (this.kind !== t.T_IDENT) {
          this.fail(
            'expected-name',
            `expected a member's name after '${k === t.T_DOT ? '.' : '->'}', found ${this.found()}`,
          );
          const name = this.missingName();
          return {
            kind: 'member',
            id: this.nextId++,
            base: expr,
            arrow: k === t.T_ARROW,
            name,
            span: this.span(start),
          };
        }
        const name = this.nameHere();
        expr = { kind: 'member', id: this.nextId++, base: expr, arrow: k === t.T_ARROW, name, span: this.span(start) };
      } else if (k === t.T_LPAREN) {
        const args = this.args();
        expr = { kind: 'call', id: this.nextId++, callee: expr, args, span: this.span(start) };
      } else if (k === t.T_LBRACKET) {
        this.next();
        const index = this.expression();
        this.expect(t.T_RBRACKET, ']', 'after the index');
        expr = { kind: 'index', id: this.nextId++, base: expr, index, span: this.span(start) };
      } else if (k === t.T_INC || k === t.T_DEC) {
        this.next();
        expr = {
          kind: 'postfix',
          id: this.nextId++,
          op: k === t.T_INC ? '++' : '--',
          operand: expr,
          span: this.span(start),
        };
      } else return expr;
      if (++this.operators > MAX_OPERATORS) {
        this.tooLong();
        return expr;
      }
      if (this.panic) return expr;
    }
  }
  /** `(a, b)` of a call or macro, types allowed: macros take them. */
  protected args(): Expr[] {
    this.next(); // (
    const args: Expr[] = [];
    if (this.kind !== t.T_RPAREN) {
      do {
        args.push(this.argument());
        if (this.panic) break;
      } while (this.accept(t.T_COMMA));
    }
    // what could not be read counts as an argument, so that the checker doesn't count what is there
    if (!this.expect(t.T_RPAREN, ')', 'after the arguments')) {
      args.push({ kind: 'errorExpr', span: this.span(this.start) });
    }
    return args;
  }
  private argument(): Expr {
    if (this.argumentIsType()) {
      const start = this.start;
      const type = this.typeName();
      return { kind: 'typeArg', type, span: this.span(start) };
    }
    const operators = this.operators;
    this.operators = 0;
    const expr = this.assignmentExpr();
    this.operators = operators;
    return expr;
  }
  private argumentIsType(): boolean {
    const k = this.kind;
    if (k !== t.T_IDENT) return (k >= t.K_STRUCT && k <= t.K_TYPEWORD) || k === t.K_QUAL || k === t.K_FLOAT;
    const after = this.peek();
    if (this.isTypeName(this.word()))
      return after === t.T_STAR || after === t.T_COMMA || after === t.T_RPAREN || after === t.T_LBRACKET;
    // foo_t * as an argument: nothing follows that it could be multiplied with
    return after === t.T_STAR && (this.peek(2) === t.T_COMMA || this.peek(2) === t.T_RPAREN);
  }

  private primary(): Expr {
    const start = this.start;
    switch (this.kind) {
      case t.T_IDENT: {
        const name = this.word();
        if (this.peek() === t.T_STRING && KERN_LEVELS.has(name)) {
          // printk(KERN_INFO "text"): the level is a string of two characters before the text
          this.next();
          const text = this.stringLiteral();
          return { ...text, value: `${KERN_LEVELS.get(name)}${text.value}`, span: this.span(start) };
        }
        this.next();
        return { kind: 'ident', id: this.nextId++, name, span: this.span(start) };
      }
      case t.T_NUMBER: {
        const text = this.raw();
        this.next();
        const span = this.span(start);
        const read = numberValue(text);
        if (read.problem) this.complain(read.code, read.problem, span);
        return { kind: 'int', id: this.nextId++, value: read.value, suffix: read.suffix, char: false, text, span };
      }
      case t.T_CHAR:
        return this.charLiteral(start);
      case t.T_STRING:
        return this.stringLiteral();
      case t.T_LPAREN: {
        if (this.peek() === t.T_LBRACE) {
          this.next();
          if (!this.options.macroBody) {
            this.complain(
              'statement-expression',
              "'({ … })' is not in this language; make it a function, or write the statements before",
              this.span(start, start + 1),
            );
          }
          const inner = this.statementExpression(start);
          this.expect(t.T_RPAREN, ')', "after '({ … }'");
          return { ...inner, span: this.span(start) };
        }
        this.next();
        if (++this.depth > MAX_DEPTH) {
          this.depth--;
          this.fail('nested-too-deeply', `more than ${MAX_DEPTH} levels of nesting`);
          return this.errorExpr(start);
        }
        const operators = this.operators;
        const inner = this.expression();
        this.operators = operators + 1;
        this.depth--;
        this.expect(t.T_RPAREN, ')', 'after the expression');
        return inner;
      }
    }
    if (this.kind === t.K_ASM) this.fail('inline-assembly', 'inline assembly is not in this language');
    else if (this.kind >= t.K_IF && this.kind <= t.K_RETURN)
      this.fail('expected-expression', `expected an expression, found the keyword ${this.found()}`);
    else if (this.beginsType())
      this.fail('expected-expression', `expected an expression, found the type ${this.found()}`);
    else this.fail('expected-expression', `expected an expression, found ${this.found()}`);
    return this.errorExpr(start);
  }
  private charLiteral(start: number): Expr {
    const text = this.raw();
    this.next();
    const span = this.span(start);
    const read = readEscapes(text.slice(1, text.length > 1 && text.endsWith("'") ? -1 : undefined));
    if (read.problem) this.complain('bad-escape', read.problem, span);
    else if (read.value.length !== 1 && text.length > 1 && text.endsWith("'"))
      this.complain('bad-number', `a character constant holds one character, ${text} holds ${read.value.length}`, span);
    // plain char is signed
    const code = read.value.length > 0 ? read.value.charCodeAt(0) : 0;
    return {
      kind: 'int',
      id: this.nextId++,
      value: BigInt(code > 127 ? code - 256 : code),
      suffix: '',
      char: true,
      text,
      span,
    };
  }
  protected stringLiteral(): Expr & { kind: 'string' } {
    const start = this.start;
    let value = '';
    while (this.kind === t.T_STRING) {
      const text = this.raw();
      const closed = text.length > 1 && text.endsWith('"');
      const read = readEscapes(text.slice(1, closed ? -1 : undefined));
      if (read.problem) this.complain('bad-escape', read.problem, this.span(this.start, this.tokens.end[this.at]));
      value += read.value;
      this.next();
    }
    return { kind: 'string', id: this.nextId++, value, span: this.span(start) };
  }

  // ---------------------------------------------------------------- initialisers
  protected initialiser(): Expr | InitList {
    if (this.kind === t.T_LBRACE) return this.initList();
    const operators = this.operators;
    this.operators = 0;
    const expr = this.assignmentExpr();
    this.operators = operators;
    return expr;
  }
  private initList(): InitList {
    const start = this.start;
    const items: InitItem[] = [];
    if (++this.depth > MAX_DEPTH) {
      this.fail('nested-too-deeply', `more than ${MAX_DEPTH} levels of nesting`);
      this.skipBalanced();
    } else {
      this.next();
      while (this.kind !== t.T_RBRACE && this.kind !== t.T_EOF && !this.panic) {
        const from = this.at;
        items.push(this.initItem());
        if (!this.accept(t.T_COMMA)) break;
        if (this.at === from) break;
      }
      if (this.panic) this.skipToListEnd();
      this.expect(t.T_RBRACE, '}', 'at the end of the initialiser');
    }
    this.depth--;
    return { kind: 'initList', items, span: this.span(start) };
  }
  /** after an error in an initialiser: to its `}`, or where the declaration obviously ended */
  private skipToListEnd(): void {
    for (;;) {
      const k = this.kind;
      if (k === t.T_RBRACE) {
        this.panic = false;
        return;
      }
      if (k === t.T_EOF || k === t.T_SEMI || (this.isFirstOnLine() && this.column() === 0)) return;
      if (k === t.T_LBRACE) this.skipBalanced();
      else this.next();
    }
  }
  private initItem(): InitItem {
    const start = this.start;
    const designators: InitItem['designators'][number][] = [];
    for (;;) {
      if (this.kind === t.T_DOT) {
        this.next();
        if (this.kind !== t.T_IDENT) {
          this.fail('expected-name', `expected a field's name after '.', found ${this.found()}`);
          break;
        }
        designators.push({ kind: 'fieldDesignator', name: this.nameHere() });
      } else if (this.kind === t.T_LBRACKET) {
        this.next();
        const index = this.conditional();
        const last = this.accept(t.T_ELLIPSIS) ? this.conditional() : undefined;
        this.expect(t.T_RBRACKET, ']', 'after the index');
        designators.push({ kind: 'indexDesignator', index, ...(last ? { last } : undefined) });
      } else break;
    }
    if (designators.length > 0) this.expect(t.T_ASSIGN, '=', 'after the designator');
    const value = this.initialiser();
    return { kind: 'initItem', designators, value, span: this.span(start) };
  }
  protected spanOfToken(): Span {
    return this.span(this.start, this.tokens.end[this.at]);
  }
}
