/** Declaration specifiers, declarators, structures, enumerations and contracts. */

import * as t from '../tokens';
import type { Contract, EnumConstant, Expr, FieldDecl, InitList, Name, Param, Span, TypeSyntax } from '../tree';
import { MAX_DEPTH, ParserBase } from './cursor';

/** What stands before the declarators: `static const unsigned long`. */
export interface Specifiers {
  readonly start: number;
  readonly words: Name[];
  readonly contracts: Contract[];
  base: TypeSyntax | undefined;
  typedef: boolean;
}
/** One step from a declared name outwards: pointer, array or function. */
type DeclaratorOp =
  | { readonly op: 'pointer'; readonly quals: readonly string[]; readonly start: number }
  | { readonly op: 'array'; readonly length: Expr | undefined; readonly end: number }
  | { readonly op: 'function'; readonly params: readonly Param[]; readonly variadic: boolean; readonly end: number };
export interface ParsedDeclarator {
  readonly name: Name | undefined;
  readonly type: TypeSyntax;
}
const NO_QUALS: readonly string[] = [];

export abstract class TypeParser extends ParserBase {
  protected abstract assignmentExpr(): Expr;
  protected abstract initialiser(): Expr | InitList;

  // ---------------------------------------------------------------- what begins a type
  /** Does the token n after the current one surely begin a type (or a declaration's marks)? */
  protected beginsType(n = 0): boolean {
    const k = this.peek(n);
    if (k === t.T_IDENT) return this.isTypeName(this.word(n));
    return (k >= t.K_STRUCT && k <= t.K_CONTRACT) || k === t.K_FLOAT;
  }

  // ---------------------------------------------------------------- specifiers
  /**
   * `static const struct page`: storage, qualifiers, marks, contracts and one type. An unknown identifier is taken for the
   * type's name when no type has been seen; the checker says that it doesn't know it.
   */
  protected specifiers(): Specifiers {
    const spec: Specifiers = { start: this.start, words: [], contracts: [], base: undefined, typedef: false };
    let words: string[] | undefined;
    let typeStart = -1;
    let typeEnd = 0;
    let quals: string[] | undefined;
    let qualStart = -1;
    for (;;) {
      const k = this.kind;
      if (k === t.K_TYPEWORD) {
        if (spec.base) {
          this.fail(
            'unexpected-token',
            `'${this.word()}' after the type '${this.textOf(spec.base.span)}': a declaration has one type`,
          );
          break;
        }
        if (typeStart < 0) typeStart = this.start;
        if (words) words.push(this.word());
        else words = [this.word()];
        this.next();
        typeEnd = this.prevEnd;
      } else if (k === t.K_STORAGE || k === t.K_TYPEDEF || k === t.K_MARK) {
        if (k === t.K_TYPEDEF) spec.typedef = true;
        spec.words.push(this.nameHere());
      } else if (k === t.K_QUAL) {
        if (qualStart < 0) qualStart = this.start;
        const name = this.nameHere();
        spec.words.push(name);
        if (quals) quals.push(name.text);
        else quals = [name.text];
      } else if (k === t.K_MARKCALL) {
        this.markCall(spec.words);
      } else if (k === t.K_CONTRACT) {
        spec.contracts.push(this.contract());
      } else if (words || spec.base) {
        break;
      } else if (k === t.K_STRUCT || k === t.K_UNION) {
        spec.base = this.recordType();
      } else if (k === t.K_ENUM) {
        spec.base = this.enumType();
      } else if (k === t.K_TYPEOF) {
        spec.base = this.typeofType();
      } else if (k === t.K_FLOAT) {
        const start = this.start;
        this.complain(
          'floating-point',
          `'${this.word()}': the kernel has no floating point, and neither has this language; use integers, scaled where needed`,
          this.span(start, this.tokens.end[this.at]),
        );
        this.next();
        if (this.kind === t.K_TYPEWORD && this.word() === 'long') this.next();
        spec.base = { kind: 'basicType', words: ['int'], span: this.span(start) };
      } else if (k === t.T_IDENT && !(spec.words.length > 0 && this.onlyNameFollows())) {
        const start = this.start;
        const word = this.word();
        this.next();
        spec.base = { kind: 'basicType', words: [word], span: this.span(start) };
      } else break;
    }
    if (words) spec.base = { kind: 'basicType', words, span: this.span(typeStart, typeEnd) };
    if (quals && spec.base) {
      const start = Math.min(qualStart, spec.base.span.start);
      spec.base = {
        kind: 'qualifiedType',
        of: spec.base,
        quals,
        span: this.span(start, Math.max(this.prevEnd, spec.base.span.end)),
      };
    }
    return spec;
  }
  /** `static x = 1;`: an identifier that can only be the declared name, so that the type is missing. */
  private onlyNameFollows(): boolean {
    if (this.isTypeName(this.word())) return false;
    const k = this.peek();
    return k === t.T_ASSIGN || k === t.T_SEMI || k === t.T_COMMA || k === t.T_LBRACKET || k === t.T_LPAREN;
  }
  private textOf(span: Span): string {
    return this.text.slice(span.start, span.end);
  }
  /** `__aligned(8)`, `__attribute__((packed))`: kept as a word, with its argument's text in it */
  private markCall(words: Name[]): void {
    const start = this.start;
    this.next();
    if (this.kind === t.T_LPAREN) this.skipBalanced();
    words.push({ kind: 'name', text: this.text.slice(start, this.prevEnd), span: this.span(start) });
  }
  protected contract(): Contract {
    const start = this.start;
    const name = this.nameHere();
    const args: Expr[] = [];
    if (this.kind === t.T_LPAREN) {
      this.next();
      if (this.kind !== t.T_RPAREN) {
        do args.push(this.assignmentExpr());
        while (this.accept(t.T_COMMA));
      }
      this.expect(t.T_RPAREN, ')', `after the argument of ${name.text}`);
    } else if (name.text !== '__may_sleep' && name.text !== '__atomic') {
      this.complain(
        'expected-token',
        `${name.text} needs an argument: ${name.text}(${name.text === '__context' ? 'task' : 'lock'})`,
        name.span,
      );
    }
    return { kind: 'contract', name, args, span: this.span(start) };
  }
  private typeofType(): TypeSyntax {
    const start = this.start;
    this.next();
    this.expect(t.T_LPAREN, '(', 'after typeof');
    const of = this.beginsType() ? this.typeName() : this.assignmentExpr();
    this.expect(t.T_RPAREN, ')', 'after the operand of typeof');
    return { kind: 'typeofType', of, span: this.span(start) };
  }

  // ---------------------------------------------------------------- struct, union, enum
  private recordType(): TypeSyntax {
    const start = this.start;
    const union = this.kind === t.K_UNION;
    this.next();
    const marks: Name[] = [];
    this.skipMarks(marks);
    const tag = this.kind === t.T_IDENT ? this.nameHere() : undefined;
    let fields: FieldDecl[] | undefined;
    if (this.kind === t.T_LBRACE) {
      fields = [];
      if (++this.depth > MAX_DEPTH) {
        this.fail('nested-too-deeply', `more than ${MAX_DEPTH} levels of nesting`);
        this.skipBalanced();
      } else {
        this.next();
        while (this.kind !== t.T_RBRACE && this.kind !== t.T_EOF) {
          const from = this.at;
          if (this.isFirstOnLine() && this.column() === 0 && this.beginsItem()) break;
          this.fieldDeclaration(fields);
          if (this.panic) this.synchronise();
          if (this.at === from) this.next();
        }
        this.expect(t.T_RBRACE, '}', `at the end of ${union ? 'union' : 'struct'} ${tag?.text ?? ''}`.trimEnd());
      }
      this.depth--;
      this.skipMarks(marks);
    } else if (!tag) {
      this.fail(
        'expected-name',
        `expected the tag or the fields of the ${union ? 'union' : 'struct'}, found ${this.found()}`,
      );
    }
    return {
      kind: 'recordType',
      union,
      ...(tag ? { tag } : undefined),
      ...(fields ? { fields } : undefined),
      ...(marks.length ? { marks } : undefined),
      span: this.span(start),
    };
  }
  /** columns before the current token on its line */
  protected column(): number {
    return this.start - (this.text.lastIndexOf('\n', this.start - 1) + 1);
  }
  /** At the start of a line: does what follows look like a file-level item rather than part of a block? */
  protected abstract beginsItem(): boolean;

  private skipMarks(into: Name[]): void {
    for (;;) {
      if (this.kind === t.K_MARK) into.push(this.nameHere());
      else if (this.kind === t.K_MARKCALL) this.markCall(into);
      else return;
    }
  }
  private fieldDeclaration(fields: FieldDecl[]): void {
    if (this.accept(t.T_SEMI)) return;
    const start = this.start;
    if (this.kind === t.T_IDENT && this.peek() === t.T_LPAREN && this.word() === 'DECLARE_BITMAP') {
      fields.push(this.bitmapField());
      return;
    }
    const spec = this.specifiers();
    if (!spec.base) {
      this.fail('expected-declaration', `expected a field's type, found ${this.found()}`);
      return;
    }
    for (const word of spec.words) {
      if (word.text === 'static' || word.text === 'extern' || word.text === 'typedef' || word.text === 'inline')
        this.complain('unexpected-token', `'${word.text}' has no meaning on a field`, word.span);
    }
    if (this.kind === t.T_SEMI) {
      this.next();
      fields.push({ kind: 'field', type: spec.base, span: this.span(start) });
      return;
    }
    do {
      const from = fields.length === 0 || this.prevEnd > start ? this.start : start;
      if (this.kind === t.T_COLON) {
        this.next();
        fields.push({ kind: 'field', type: spec.base, bits: this.assignmentExpr(), span: this.span(start) });
        continue;
      }
      const d = this.declarator(spec.base);
      const bits = this.accept(t.T_COLON) ? this.assignmentExpr() : undefined;
      const late: Name[] = [];
      this.skipMarks(late);
      if (!d.name) {
        this.fail('expected-name', `expected the field's name, found ${this.found()}`);
        return;
      }
      fields.push({
        kind: 'field',
        type: d.type,
        name: d.name,
        ...(bits ? { bits } : undefined),
        span: this.span(Math.min(from, start)),
      });
    } while (this.accept(t.T_COMMA));
    this.expect(t.T_SEMI, ';', 'after the field');
  }
  /** `DECLARE_BITMAP(map, 64);` as a field: an array of BITS_TO_LONGS(64) longs */
  private bitmapField(): FieldDecl {
    const start = this.start;
    this.next();
    this.next();
    const name = this.kind === t.T_IDENT ? this.nameHere() : this.missingName();
    this.expect(t.T_COMMA, ',', "after the bitmap's name");
    const bits = this.assignmentExpr();
    this.expect(t.T_RPAREN, ')', 'after the number of bits');
    const span = this.span(start);
    this.expect(t.T_SEMI, ';', 'after the field');
    const length: Expr = {
      kind: 'call',
      callee: { kind: 'ident', name: 'BITS_TO_LONGS', span: bits.span },
      args: [bits],
      span: bits.span,
    };
    const of: TypeSyntax = { kind: 'basicType', words: ['unsigned', 'long'], span };
    return { kind: 'field', type: { kind: 'arrayType', of, length, span }, name, span };
  }
  private enumType(): TypeSyntax {
    const start = this.start;
    this.next();
    const tag = this.kind === t.T_IDENT ? this.nameHere() : undefined;
    let constants: EnumConstant[] | undefined;
    if (this.kind === t.T_LBRACE) {
      this.next();
      constants = [];
      while (this.kind !== t.T_RBRACE && this.kind !== t.T_EOF) {
        const from = this.at;
        if (this.kind !== t.T_IDENT) {
          this.fail('expected-name', `expected an enumeration constant, found ${this.found()}`);
          break;
        }
        const name = this.nameHere();
        const value = this.accept(t.T_ASSIGN) ? this.assignmentExpr() : undefined;
        constants.push({
          kind: 'enumConstant',
          name,
          ...(value ? { value } : undefined),
          span: this.span(name.span.start),
        });
        this.declareName(name.text, false);
        if (!this.accept(t.T_COMMA)) break;
        if (this.at === from) this.next();
      }
      if (this.panic) {
        while (this.kind !== t.T_RBRACE && this.kind !== t.T_EOF && this.kind !== t.T_SEMI) this.next();
        this.panic = false;
      }
      this.expect(t.T_RBRACE, '}', `at the end of enum ${tag?.text ?? ''}`.trimEnd());
    } else if (!tag) {
      this.fail('expected-name', `expected the tag or the constants of the enum, found ${this.found()}`);
    }
    return {
      kind: 'enumType',
      ...(tag ? { tag } : undefined),
      ...(constants ? { constants } : undefined),
      span: this.span(start),
    };
  }

  // ---------------------------------------------------------------- declarators
  /** A declarator with or without a name (an abstract one: `int (*)(void)`). */
  protected declarator(base: TypeSyntax): ParsedDeclarator {
    const k = this.kind;
    if (k === t.T_IDENT) {
      // the usual case: a plain name
      const after = this.peek();
      if (after !== t.T_LBRACKET && after !== t.T_LPAREN) return { name: this.nameHere(), type: base };
    }
    const ops: DeclaratorOp[] = [];
    const name = this.declaratorOps(ops);
    let type = base;
    for (let i = ops.length - 1; i >= 0; i--) {
      const op = ops[i] as DeclaratorOp;
      const start = base.span.start;
      if (op.op === 'pointer') type = { kind: 'pointerType', to: type, quals: op.quals, span: this.span(start) };
      else if (op.op === 'array')
        type = {
          kind: 'arrayType',
          of: type,
          ...(op.length ? { length: op.length } : undefined),
          span: this.span(start, op.end),
        };
      else
        type = {
          kind: 'functionType',
          returns: type,
          params: op.params,
          variadic: op.variadic,
          span: this.span(start, op.end),
        };
    }
    return { name, type };
  }
  private declaratorOps(ops: DeclaratorOp[]): Name | undefined {
    let pointers: DeclaratorOp[] | undefined;
    while (this.kind === t.T_STAR || this.kind === t.K_MARK || this.kind === t.K_MARKCALL) {
      if (this.kind !== t.T_STAR) {
        this.skipMarks([]);
        continue;
      }
      const start = this.start;
      this.next();
      let quals: string[] | undefined;
      while (this.kind === t.K_QUAL) {
        if (quals) quals.push(this.word());
        else quals = [this.word()];
        this.next();
      }
      const op: DeclaratorOp = { op: 'pointer', quals: quals ?? NO_QUALS, start };
      if (pointers) pointers.push(op);
      else pointers = [op];
    }
    let name: Name | undefined;
    if (this.kind === t.T_IDENT) name = this.nameHere();
    else if (this.kind === t.T_LPAREN && this.isNestedDeclarator()) {
      this.next();
      if (++this.depth > MAX_DEPTH) this.fail('nested-too-deeply', `more than ${MAX_DEPTH} levels of nesting`);
      else name = this.declaratorOps(ops);
      this.depth--;
      this.expect(t.T_RPAREN, ')', 'after the declarator');
    }
    for (;;) {
      if (this.kind === t.T_LBRACKET) {
        this.next();
        while (this.kind === t.K_QUAL || this.kind === t.K_STORAGE) this.next();
        const length = this.kind === t.T_RBRACKET ? undefined : this.assignmentExpr();
        this.expect(t.T_RBRACKET, ']', "after the array's length");
        ops.push({ op: 'array', length, end: this.prevEnd });
      } else if (this.kind === t.T_LPAREN) ops.push(this.parameters());
      else break;
      if (this.panic) break;
    }
    if (pointers) for (let i = pointers.length - 1; i >= 0; i--) ops.push(pointers[i] as DeclaratorOp);
    return name;
  }
  /** At `(` where a declarator may stand: is it `(*name)` and not a parameter list? */
  private isNestedDeclarator(): boolean {
    const k = this.peek();
    if (k === t.T_STAR || k === t.T_LPAREN || k === t.T_LBRACKET) return true;
    if (k === t.K_QUAL || k === t.K_MARK) return this.peek(2) === t.T_STAR;
    if (k !== t.T_IDENT) return false;
    return (
      !this.isTypeName(this.word(1)) &&
      (this.peek(2) === t.T_RPAREN || this.peek(2) === t.T_LPAREN || this.peek(2) === t.T_LBRACKET)
    );
  }
  private parameters(): DeclaratorOp {
    this.next(); // (
    const params: Param[] = [];
    let variadic = false;
    const mark = this.scopeMark();
    if (++this.depth > MAX_DEPTH) this.fail('nested-too-deeply', `more than ${MAX_DEPTH} levels of nesting`);
    else if (this.kind === t.K_TYPEWORD && this.word() === 'void' && this.peek() === t.T_RPAREN) this.next();
    else if (this.kind !== t.T_RPAREN) {
      do {
        if (this.kind === t.T_ELLIPSIS) {
          this.next();
          variadic = true;
          break;
        }
        const start = this.start;
        const spec = this.specifiers();
        if (!spec.base) {
          this.fail('expected-declaration', `expected a parameter's type, found ${this.found()}`);
          break;
        }
        const d = this.declarator(spec.base);
        this.skipMarks(spec.words);
        params.push({
          kind: 'param',
          type: d.type,
          ...(d.name ? { name: d.name } : undefined),
          span: this.span(start),
        });
      } while (!this.panic && this.accept(t.T_COMMA));
    }
    this.depth--;
    this.leaveScope(mark);
    this.expect(t.T_RPAREN, ')', 'after the parameters');
    return { op: 'function', params, variadic, end: this.prevEnd };
  }
  /** A type in a cast, sizeof or macro argument: `struct page *`. */
  protected typeName(): TypeSyntax {
    const spec = this.specifiers();
    if (!spec.base) {
      this.fail('expected-type', `expected a type, found ${this.found()}`);
      return { kind: 'basicType', words: ['int'], span: this.span(spec.start, spec.start) };
    }
    const d = this.declarator(spec.base);
    if (d.name)
      this.complain(
        'unexpected-token',
        `a type stands here; the name '${d.name.text}' doesn't belong in it`,
        d.name.span,
      );
    return d.type;
  }
}
