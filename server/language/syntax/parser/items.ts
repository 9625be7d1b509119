/**
 * The parser: text to a SourceTree. It never fails and never loops: any text gives a tree with exact ranges and a list of
 * errors. This file holds file-level items: functions, declarations, directives and the scenario layer.
 */

import * as t from '../tokens';
import type {
  Block,
  ContextDef,
  ContextWord,
  Expr,
  FunctionDef,
  Item,
  Name,
  SourceTree,
  Stmt,
  SyntaxProblem,
} from '../tree';
import type { ParseOptions } from './cursor';
import { MachineParser } from './machineSyntax';
import { isDeclaringMacro, marksOf } from './statements';

class Parser extends MachineParser {
  private readonly functionBody = (name: FunctionDef['name'], type: FunctionDef['type']): Block => {
    const mark = this.scopeMark();
    if (type.kind === 'functionType') for (const p of type.params) if (p.name) this.declareName(p.name.text, false);
    const body = this.block(`to begin the body of ${name.text}`);
    this.leaveScope(mark);
    return body;
  };

  parseFile(): SourceTree {
    const items: Item[] = [];
    while (this.kind !== t.T_EOF) {
      const from = this.at;
      const item = this.item();
      if (item) items.push(item);
      if (this.panic) this.synchroniseItems();
      if (this.at === from) this.next();
    }
    this.errors.sort((a, b) => a.span.start - b.span.start);
    return { items, comments: this.tokens.comments, errors: this.errors, expressions: this.nextId };
  }
  /** As synchronise, at file level: a stray `}` is part of what is skipped. */
  private synchroniseItems(): void {
    this.synchronise();
    while (this.kind === t.T_RBRACE) this.next();
    if (this.kind === t.T_SEMI) this.next();
  }

  private item(): Item | undefined {
    const start = this.start;
    switch (this.kind) {
      case t.T_SEMI:
        this.next();
        return undefined;
      case t.T_HASH:
        return this.directive();
      case t.T_RBRACE:
        this.fail('unexpected-token', "this '}' closes nothing");
        this.next();
        this.panic = false;
        return { kind: 'errorItem', span: this.span(start) };
      case t.K_STATIC_ASSERT:
        this.next();
        if (this.kind === t.T_LPAREN) {
          const name: Name = { kind: 'name', text: 'static_assert', span: this.span(start) };
          const args = this.args();
          this.expect(t.T_SEMI, ';', 'after static_assert(…)');
          return {
            kind: 'macroDeclaration',
            marks: { words: [], contracts: [] },
            macro: name,
            args,
            span: this.span(start),
          };
        }
        break;
      case t.T_IDENT: {
        const after = this.peek();
        const word = this.word();
        if (word === 'machine' && (after === t.T_LBRACE || (after === t.T_IDENT && this.peek(2) === t.T_LBRACE)))
          return this.machine();
        if (t.CONTEXT_WORDS.has(word) && this.beginsContext()) return this.context(word as ContextWord);
        if (after === t.T_LPAREN && !this.isTypeName(word)) {
          // DEFINE_SPINLOCK(x); module_init(f); or a function whose type is missing
          if (this.functionFollows(1)) {
            this.complain(
              'expected-type',
              `the return type of '${word}' is missing; write 'void' or 'int' before it`,
              this.spanOfToken(),
            );
            return this.declaration(
              {
                start,
                words: [],
                contracts: [],
                base: { kind: 'basicType', words: ['int'], span: this.span(start, start) },
                typedef: false,
              },
              this.functionBody,
            );
          }
          return this.macroDeclaration({ words: [], contracts: [] }, start);
        }
        break;
      }
      default:
        break;
    }
    if (this.kind >= t.K_IF && this.kind <= t.K_RETURN) {
      this.fail(
        'unexpected-token',
        `the statement '${this.word()}' stands outside a function; put it into a function or a block like 'task main { … }'`,
      );
      return { kind: 'errorItem', span: this.span(start) };
    }
    const spec = this.specifiers();
    if (!spec.base) {
      if (this.kind === t.T_IDENT && this.peek() === t.T_LPAREN) {
        if (isDeclaringMacro(this.word()) || !this.functionFollows(1)) return this.macroDeclaration(spec, start);
        this.complain(
          'expected-type',
          `the return type of '${this.word()}' is missing; write 'void' or 'int' before it`,
          this.spanOfToken(),
        );
        spec.base = { kind: 'basicType', words: ['int'], span: this.span(this.start, this.start) };
        return this.declaration(spec, this.functionBody);
      }
      if (this.kind === t.T_LBRACE && spec.words.length === 0) {
        this.fail('expected-declaration', "a block without a name: 'task main { … }' or a function is meant");
        this.block('');
        this.panic = false;
        return { kind: 'errorItem', span: this.span(start) };
      }
      this.failNoType(spec);
      if (this.start === start) this.next();
      return { kind: 'errorItem', span: this.span(start) };
    }
    return this.declaration(spec, this.functionBody);
  }

  /** At `task`, `irq` …: is it the scenario's word, or a type's or variable's name? */
  private beginsContext(): boolean {
    const after = this.peek();
    if (after === t.T_LBRACE) return true;
    if (after !== t.T_IDENT) return false;
    const then = this.peek(2);
    if (then === t.T_LBRACE) return true;
    if (this.word(2) === 'on' && then === t.T_IDENT) return true;
    return (
      then === t.T_EOF ||
      (then !== t.T_SEMI &&
        then !== t.T_ASSIGN &&
        then !== t.T_COMMA &&
        then !== t.T_LBRACKET &&
        then !== t.T_LPAREN &&
        !this.isTypeName(this.word()))
    );
  }
  /** From the `(` n tokens on: does its `)` have a `{` after it (contracts and marks between)? */
  private functionFollows(n: number): boolean {
    let level = 0;
    for (let limit = n + 400; n < limit; n++) {
      const k = this.peek(n);
      if (k === t.T_LPAREN) level++;
      else if (k === t.T_RPAREN) {
        if (--level === 0) break;
      } else if (k === t.T_EOF || k === t.T_SEMI || k === t.T_LBRACE || k === t.T_RBRACE) return false;
    }
    n++;
    for (let k = this.peek(n); k === t.K_MARK || k === t.K_CONTRACT || k === t.K_QUAL; k = this.peek(n)) {
      n++;
      if (this.peek(n) !== t.T_LPAREN) continue;
      while (this.peek(n) !== t.T_RPAREN && this.peek(n) !== t.T_EOF && this.peek(n) !== t.T_LBRACE) n++;
      n++;
    }
    return this.peek(n) === t.T_LBRACE;
  }
  /** At column 0 inside a block: something that can only be a file-level item, so that a `}` must be missing. */
  protected beginsItem(): boolean {
    const k = this.kind;
    if (k === t.T_IDENT) {
      const word = this.word();
      if (word === 'machine' && this.peek() === t.T_LBRACE) return true;
      if (
        t.CONTEXT_WORDS.has(word) &&
        this.peek() === t.T_IDENT &&
        (this.peek(2) === t.T_LBRACE || this.word(2) === 'on')
      )
        return true;
      if (this.peek() === t.T_COLON || this.peek() === t.T_LPAREN) return false;
      return this.functionHeaderFollows();
    }
    if (k === t.T_HASH) return this.word(1) === 'include' || this.word(1) === 'define';
    if (
      k === t.K_STORAGE ||
      k === t.K_STRUCT ||
      k === t.K_UNION ||
      k === t.K_ENUM ||
      k === t.K_TYPEWORD ||
      k === t.K_QUAL ||
      k === t.K_MARK ||
      k === t.K_CONTRACT
    )
      return this.functionHeaderFollows();
    return false;
  }
  /** words and stars up to `name(…) {` */
  private functionHeaderFollows(): boolean {
    for (let n = 0; n < 12; n++) {
      const k = this.peek(n);
      if (k === t.T_LPAREN) return n > 1 && this.peek(n - 1) === t.T_IDENT && this.functionFollows(n);
      if (k !== t.T_IDENT && k !== t.T_STAR && !(k >= t.K_STRUCT && k <= t.K_MARK)) return false;
    }
    return false;
  }

  // ---------------------------------------------------------------- directives
  private directive(): Item {
    const start = this.start;
    const line = this.at;
    const word = this.isFirstOnLine(1) ? '' : this.word(1);
    if (word === 'include') {
      this.next();
      this.next();
      if (this.kind === t.T_STRING && !this.isFirstOnLine()) {
        const text = this.raw();
        const at = this.start;
        this.next();
        const path: Expr & { kind: 'string' } = {
          kind: 'string',
          value: text.slice(1, text.endsWith('"') && text.length > 1 ? -1 : undefined),
          span: this.span(at),
        };
        this.endOfDirective('#include "…"');
        return { kind: 'include', path, span: this.span(start, path.span.end) };
      }
      const system = this.kind === t.T_LT && !this.isFirstOnLine();
      while (this.kind !== t.T_EOF && !this.isFirstOnLine()) this.next();
      const span = this.span(start);
      if (system) {
        this.complain(
          'unsupported-directive',
          "the kernel's API is built in: no header is included; '#include' takes other scenarios: #include \"other.kmem\"",
          span,
          {
            title: 'remove the line',
            edits: [{ span, text: '' }],
          },
        );
      } else this.complain('unsupported-directive', '\'#include\' takes a file in quotes: #include "other.kmem"', span);
      return { kind: 'errorItem', span };
    }
    if (word === 'define') {
      this.next();
      this.next();
      if (this.kind !== t.T_IDENT || this.isFirstOnLine()) {
        if (this.isFirstOnLine()) this.complain('expected-name', "expected a name after '#define'", this.span(start));
        else
          this.complain('expected-name', `expected a name after '#define', found ${this.found()}`, this.spanOfToken());
        while (this.kind !== t.T_EOF && !this.isFirstOnLine()) this.next();
        return { kind: 'errorItem', span: this.span(start) };
      }
      const name = this.nameHere();
      if (this.kind === t.T_LPAREN && this.start === name.span.end && !this.isFirstOnLine()) {
        this.complain(
          'unsupported-directive',
          `'#define ${name.text}(…)': macros with parameters are not in this language; make it a 'static inline' function`,
          name.span,
        );
        while (this.kind !== t.T_EOF && !this.isFirstOnLine()) this.next();
        return { kind: 'errorItem', span: this.span(start) };
      }
      if (this.kind === t.T_EOF || this.isFirstOnLine()) return { kind: 'define', name, span: this.span(start) };
      const lineEnd = this.lineEnd();
      const value = this.limited(lineEnd, () => this.expression());
      if (this.panic) {
        this.panic = false;
        while (this.at < lineEnd) this.next();
      }
      this.endOfDirective(`#define ${name.text} …`);
      return { kind: 'define', name, value, span: this.span(start) };
    }
    const message = this.directiveMessage();
    this.next();
    while (this.kind !== t.T_EOF && !this.isFirstOnLine() && this.at > line) this.next();
    const span = this.span(start);
    this.complain('unsupported-directive', message, span);
    return { kind: 'errorItem', span };
  }
  /** index of the first token of the next line */
  private lineEnd(): number {
    let i = this.at + 1;
    while (i < this.tokens.count - 1 && this.tokens.first[i] === 0) i++;
    return Math.min(i, this.tokens.count - 1);
  }
  /** Parses with the tokens from `end` on hidden, so that a directive stays on its line. */
  private limited<R>(end: number, parse: () => R): R {
    const hidden = this.kinds[end] as number;
    this.kinds[end] = t.T_EOF;
    const result = parse();
    this.kinds[end] = hidden;
    this.kind = this.kinds[this.at] as number;
    return result;
  }
  private endOfDirective(what: string): void {
    if (this.kind === t.T_EOF || this.isFirstOnLine()) return;
    const from = this.start;
    while (this.kind !== t.T_EOF && !this.isFirstOnLine()) this.next();
    const span = this.span(from);
    this.complain('unexpected-token', `nothing may follow ${what} on its line`, span, {
      title: 'remove it',
      edits: [{ span, text: '' }],
    });
  }

  // ---------------------------------------------------------------- task, irq, softirq …
  private context(word: ContextWord): ContextDef {
    const start = this.start;
    this.next();
    const wordSpan = this.span(start);
    let name: Name;
    if (this.kind === t.T_IDENT) name = this.nameHere();
    else {
      this.complain(
        'expected-name',
        `'${word}' needs a name: ${word} ${word === 'task' ? 'main' : `my_${word}`} { … }`,
        wordSpan,
      );
      name = this.missingName();
    }
    let cpu: Expr | undefined;
    if (this.kind === t.T_IDENT && this.word() === 'on') {
      this.next();
      if (this.kind === t.T_IDENT && this.word() === 'cpu') this.next();
      else this.complain('expected-token', `expected 'cpu' after 'on', found ${this.found()}`, this.spanOfToken());
      cpu = this.expression();
      if (word !== 'task' && word !== 'process')
        this.complain(
          'unexpected-token',
          `'on cpu' belongs to a task or process; a ${word} runs where it is raised`,
          cpu.span,
        );
    } else if (this.kind === t.T_LPAREN) {
      this.complain(
        'unexpected-token',
        `'${word} ${name.text}' takes no parameters: ${word} ${name.text} { … }`,
        this.spanOfToken(),
      );
      this.skipBalanced();
    }
    if (this.kind !== t.T_LBRACE && !this.panic) {
      this.fail('expected-token', `expected '{' to begin the body of ${word} ${name.text}, found ${this.found()}`);
      while (
        this.kind !== t.T_EOF &&
        this.kind !== t.T_LBRACE &&
        this.kind !== t.T_SEMI &&
        !(this.isFirstOnLine() && this.column() === 0)
      )
        this.next();
      this.panic = false;
      if (this.kind !== t.T_LBRACE) {
        this.accept(t.T_SEMI);
        const span = this.span(this.prevEnd, this.prevEnd);
        return {
          kind: 'context',
          word,
          name,
          ...(cpu ? { cpu } : undefined),
          body: { kind: 'block', body: [], span },
          wordSpan,
          span: this.span(start),
        };
      }
    }
    const body = this.block(`to begin the body of ${word} ${name.text}`);
    return { kind: 'context', word, name, ...(cpu ? { cpu } : undefined), body, wordSpan, span: this.span(start) };
  }

  // ---------------------------------------------------------------- parts of a file, for watches and macro bodies
  parseOneExpression(): { expr: Expr; errors: readonly SyntaxProblem[] } {
    const expr = this.expression();
    if (this.kind !== t.T_EOF) this.fail('unexpected-token', `${this.found()} after the expression`);
    return { expr, errors: this.errors };
  }
  parseStatements(): { body: Stmt[]; errors: readonly SyntaxProblem[] } {
    const body: Stmt[] = [];
    while (this.kind !== t.T_EOF) {
      const from = this.at;
      body.push(this.statement());
      if (this.panic) this.synchronise();
      if (this.at === from) this.next();
    }
    return { body, errors: this.errors };
  }
  parseType(): { type: import('../tree').TypeSyntax; errors: readonly SyntaxProblem[] } {
    const type = this.typeName();
    if (this.kind !== t.T_EOF) this.fail('unexpected-token', `${this.found()} after the type`);
    return { type, errors: this.errors };
  }
  /** `struct page *alloc_pages(gfp_t gfp, unsigned int order)`, no semicolon needed */
  parsePrototype(): {
    name: Name | undefined;
    type: import('../tree').TypeSyntax;
    marks: import('../tree').Marks;
    errors: readonly SyntaxProblem[];
  } {
    const spec = this.specifiers();
    const base = spec.base ?? { kind: 'basicType' as const, words: ['void'], span: this.span(0, 0) };
    if (!spec.base) this.fail('expected-type', `expected a type, found ${this.found()}`);
    const d = this.declarator(base);
    while (this.kind !== t.T_EOF) this.next();
    return { name: d.name, type: d.type, marks: marksOf(spec), errors: this.errors };
  }
}

/** Parses a file. `file` is its number in the program (0: the main file). */
export const parse = (text: string, file = 0, options?: ParseOptions): SourceTree =>
  new Parser(text, file, options).parseFile();
/** Parses one expression: a watch, a condition. A suffix such as `,x` must have been taken off. */
export const parseExpression = (text: string, file = 0, options?: ParseOptions) =>
  new Parser(text, file, options).parseOneExpression();
/** Parses statements (macro bodies). */
export const parseStatements = (text: string, file = 0, options?: ParseOptions) =>
  new Parser(text, file, options).parseStatements();
/** Parses a type's name: `struct page *`. */
export const parseTypeName = (text: string, file = 0, options?: ParseOptions) =>
  new Parser(text, file, options).parseType();
/** Parses a prototype of the catalogue. */
export const parsePrototype = (text: string, file = 0, options?: ParseOptions) =>
  new Parser(text, file, options).parsePrototype();
