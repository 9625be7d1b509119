/** The parser's position in the tokens of a text, and the problems it has reported. One mistake gives one message. */

import { lex, type Tokens } from '../lexer';
import { Lines } from '../lines';
import type { MacroNames } from '../macroNames';
import { NodeIds } from '../nodeIds';
import type { ItemPart, SyntaxFix, SyntaxProblem } from '../sourceTree';
import type { SyntaxCode } from '../syntaxCodes';
import * as t from '../tokens';
import type { Block, Expr, InitList, Name, Span, TypeSyntax } from '../tree';
import { TypeNames } from '../typeNames';
import { NameRoles } from './nameRoles';

/** Nesting of parentheses, blocks and declarators the parser follows. */
const MAX_DEPTH = 250;

/**
 * Where the grammar of C recurs against the order of the parser's files: types hold expressions (the length of an array) and
 * declarations (fields), expressions hold initialisers and, in macro bodies, blocks. parse.ts fills this in.
 */
export interface Grammar {
  /** an expression without the comma operator */
  assignmentExpr(p: Cursor): Expr;
  /** `(a, b)`, of a call or a macro */
  argumentList(p: Cursor): Expr[];
  /** at the `{` of an initialiser */
  initList(p: Cursor): InitList;
  /** at `struct`, `union`, `enum` or `typeof` */
  typeSpecifier(p: Cursor): TypeSyntax;
  /** a type without a name */
  typeName(p: Cursor): TypeSyntax;
  /** `{ … }`; `what` describes its context in messages */
  block(p: Cursor, what: string): Block;
}

/** The program around a file. */
export interface Outside {
  /** of the program: its files share them */
  readonly ids: NodeIds;
  /** the strings that have names before the file begins */
  readonly strings: ReadonlyMap<string, string>;
  /** Reads the file that `#include "path"` at an offset names, in which `strings` have names; answers with those that have names behind it. */
  included(path: string, at: number, strings: ReadonlyMap<string, string>): ReadonlyMap<string, string> | undefined;
}
export class Cursor {
  readonly text: string;
  readonly file: number;
  readonly grammar: Grammar;
  readonly tokens: Tokens;
  readonly roles: NameRoles;
  types = new TypeNames();
  /** of the items that have been read */
  readonly parts: ItemPart[] = [];
  /** the ranges of the nodes that have been read since the last item; there is room for as many as the largest one had */
  private readonly spans: Span[] = [];
  private made = 0;
  readonly errors: SyntaxProblem[];
  /** index of the current token */
  at = 0;
  /** kind of the current token */
  kind: number;
  /** end of the token before the current one */
  prevEnd = 0;
  /** an error has been reported and the parser has not recovered yet: further errors are silent */
  panic = false;
  /** the rest of the program; undefined where the text stands alone */
  outside: Outside | undefined;
  /** operators so far in the expression being read */
  operators = 0;
  /** in the braces of an initialiser */
  inList = false;
  /** what the text is, for messages */
  whole: 'file' | 'expression' = 'file';
  /** levels of types inside of types, of those read since a part of a declaration began */
  typeLevels = 0;
  private readonly levelsOf = new Map<TypeSyntax, number>();
  /** elements of the lists that are being read, inner ones last */
  private readonly elements: unknown[] = [];
  private listed = 0;
  private readonly kinds: Uint8Array;
  private depth = 0;
  private lastErrorAt = -1;
  private unclosedAt = -1;
  /** a block whose `}` is rather that of an outer one */
  private misclosed: { readonly open: number; readonly close: number; readonly before: number } | undefined;

  constructor(
    text: string,
    file: number,
    grammar: Grammar,
    macros: MacroNames,
    readonly ids = new NodeIds(),
    from = 0,
  ) {
    this.text = text;
    this.file = file;
    this.grammar = grammar;
    this.tokens = lex(text, file, from);
    this.roles = new NameRoles(this.tokens.names, macros);
    this.kinds = this.tokens.kind;
    this.errors = this.tokens.errors;
    this.kind = this.peek(0);
  }

  // ---------------------------------------------------------------- tokens
  next(): void {
    if (this.kind === t.T_EOF) return;
    this.prevEnd = this.end;
    this.at++;
    this.kind = this.kinds[this.at] ?? t.T_EOF;
  }
  /** Goes to the token of this index. */
  skipTo(at: number): void {
    this.at = Math.min(at, this.tokens.count - 1);
    this.prevEnd = this.tokens.end[this.at - 1] ?? 0;
    this.kind = this.kinds[this.at] ?? t.T_EOF;
  }
  /** The kind of the token `n` after the current one. */
  peek(n = 1): number {
    const i = this.at + n;
    return i < this.tokens.count ? (this.kinds[i] ?? t.T_EOF) : t.T_EOF;
  }
  /** start of the current token */
  get start(): number {
    return this.tokens.start[this.at] ?? this.text.length;
  }
  /** end of the current token */
  get end(): number {
    return this.tokens.end[this.at] ?? this.text.length;
  }
  /** The identifier or keyword at the current token (or n after it); '' for other tokens. */
  word(n = 0): string {
    const id = this.tokens.name[this.index(n)] ?? -1;
    return this.tokens.names[id] ?? '';
  }
  /** Whether the current token (or n after it) is a name with one of these roles (nameRoles.ts). */
  hasRole(roles: number, n = 0): boolean {
    return this.roles.has(this.tokens.name[this.index(n)] ?? -1, roles);
  }
  /** The token's text. */
  raw(n = 0): string {
    const i = this.index(n);
    return this.text.slice(this.tokens.start[i], this.tokens.end[i]);
  }
  isFirstOnLine(n = 0): boolean {
    return this.tokens.first[this.index(n)] === 1;
  }
  /** Whether the current token is at column 0. */
  isAtMargin(): boolean {
    return this.isFirstOnLine() && (this.start === 0 || this.text.charCodeAt(this.start - 1) === 10);
  }
  private index(n: number): number {
    return Math.min(this.at + n, this.tokens.count - 1);
  }
  accept(kind: number): boolean {
    if (this.kind !== kind) return false;
    this.next();
    return true;
  }
  /** Parses with the tokens from index `end` on hidden, so that a directive stays on its line. */
  upTo<R>(end: number, parse: (p: Cursor) => R): R {
    const hidden = this.kinds[end] ?? t.T_EOF;
    this.kinds[end] = t.T_EOF;
    const result = parse(this);
    this.kinds[end] = hidden;
    this.kind = this.peek(0);
    return result;
  }

  // ---------------------------------------------------------------- lists
  /** Begins a list: the answer is for `endList`. Lists are made whole, as one that grows has room that stays empty. */
  beginList(): number {
    return this.listed;
  }
  /** Adds an element to the list begun last. */
  add(element: unknown): void {
    this.elements[this.listed++] = element;
  }
  /** The elements added since `from`. */
  endList<T>(from: number): T[] {
    const list = this.elements.slice(from, this.listed) as T[];
    this.listed = from;
    return list;
  }

  // ---------------------------------------------------------------- items
  /** An item has been read, before which there were `types` declarations in open blocks. */
  endItem(types: number): void {
    this.parts.push({ spans: this.spansSoFar(), types });
    this.made = 0;
  }

  /** The ranges of the nodes that have been read since the last item. */
  spansSoFar(): Span[] {
    return this.spans.slice(0, this.made);
  }

  // ---------------------------------------------------------------- ranges and names
  span(start: number, end = this.prevEnd): Span {
    // a node without tokens has an empty range behind the last token
    const span = { start: Math.min(start, end), end, file: this.file };
    this.spans[this.made++] = span;
    return span;
  }
  spanOfToken(): Span {
    return this.span(this.start, this.end);
  }
  nameHere(): Name {
    const start = this.start;
    const text = this.word();
    this.next();
    return { kind: 'name', text, span: this.span(start) };
  }
  missingName(): Name {
    return { kind: 'name', text: '', span: this.span(this.prevEnd, this.prevEnd) };
  }

  // ---------------------------------------------------------------- problems
  /** Reports a problem that does not disturb parsing. */
  complain(code: SyntaxCode, message: string, span: Span, fix?: SyntaxFix): void {
    if (this.panic) return;
    this.errors.push(fix ? { code, message, span, fixes: [fix] } : { code, message, span });
  }
  /** Reports that the current token is wrong; silent until the parser has recovered. */
  fail(code: SyntaxCode, message: string): void {
    if (this.reportsHere()) this.errors.push({ code, message, span: this.spanOfMistake() });
    this.panic = true;
  }
  /** Like `fail`, for a caller that can continue. */
  reject(code: SyntaxCode, message: string): void {
    this.fail(code, message);
    this.panic = false;
  }
  /** Reports the `{` at `open` whose `}` is missing before the current token; enclosing blocks that lack it there too stay silent. */
  unclosed(open: number, message: string): void {
    if (this.unclosedAt === this.at) return;
    this.unclosedAt = this.at;
    const other = this.misclosed;
    if (other && other.open > open) {
      const { line } = new Lines(this.text).at(other.close);
      const hint = `this '{' lacks its '}': the '}' in line ${line + 1} is indented as if it closed an outer block`;
      const edits = [{ span: this.span(other.before, other.before), text: '\n}' }];
      this.complain('missing-brace', hint, this.span(other.open, other.open + 1), { title: "insert '}'", edits });
      return;
    }
    const behind = this.span(this.prevEnd, this.prevEnd);
    this.complain('missing-brace', message, this.span(open, open + 1), {
      title: "insert '}'",
      edits: [{ span: behind, text: '\n}' }],
    });
  }
  /** At the `}` of the `{` at `open`: the first that is indented less than the line of its `{` is remembered. */
  closing(open: number): void {
    if (this.misclosed || !this.isFirstOnLine()) return;
    if (this.indentation(this.start) < this.indentation(open))
      this.misclosed = { open, close: this.start, before: this.prevEnd };
  }
  /** Columns of blanks at the beginning of the line of an offset. */
  private indentation(offset: number): number {
    let at = this.text.lastIndexOf('\n', offset - 1) + 1;
    let column = 0;
    for (; ; at++) {
      const c = this.text.charCodeAt(at);
      if (c === 32) column++;
      else if (c === 9) column = (column | 7) + 1;
      else return column;
    }
  }
  /** A description of the current token, for messages. */
  found(): string {
    return this.kind === t.T_EOF ? `the end of the ${this.whole}` : `'${this.raw().slice(0, 40)}'`;
  }
  /**
   * The token `kind` must come. If it is missing where a line ends or a bracket closes, it is taken as present,
   * and parsing continues; elsewhere the rest of the statement is skipped.
   */
  expect(kind: number, spelling: string, after: string): boolean {
    if (this.kind === kind) {
      this.next();
      this.panic = false; // the parser has recovered
      return true;
    }
    if (this.isFirstOnLine() || endsSomething(this.kind)) {
      this.missing(spelling, after);
      return false;
    }
    if (this.reportsHere()) {
      const message = `expected '${spelling}' ${after}, found ${this.found()}`;
      this.errors.push({ code: 'expected-token', message, span: this.spanOfToken() });
    }
    this.panic = true;
    return false;
  }
  /** Reports a token that is missing behind the one before; it is taken as present. */
  missing(spelling: string, after: string): void {
    if (!this.reportsHere()) return;
    const at = this.prevEnd;
    const fix = { title: `insert '${spelling}'`, edits: [{ span: this.span(at, at), text: spelling }] };
    const message = `expected '${spelling}' ${after}, found ${this.found()}`;
    this.errors.push({ code: 'expected-token', message, span: this.span(Math.max(0, at - 1), at), fixes: [fix] });
  }
  /** Whether a problem with the current token may be reported: only once, and not before the parser has recovered. */
  private reportsHere(): boolean {
    const first = !this.panic && this.lastErrorAt !== this.at;
    this.lastErrorAt = this.at;
    return first;
  }
  private spanOfMistake(): Span {
    if (this.kind !== t.T_EOF) return this.spanOfToken();
    const start = Math.max(0, this.prevEnd - 1);
    return this.span(start, Math.max(start, this.prevEnd));
  }

  // ---------------------------------------------------------------- nesting
  /** Begins a part of a declaration; the answer is for `endLevels`. */
  beginLevels(): number {
    const outer = this.typeLevels;
    this.typeLevels = 0;
    return outer;
  }
  /** The levels of the types in the part. */
  endLevels(outer: number): number {
    const levels = this.typeLevels;
    this.typeLevels = Math.max(outer, levels);
    return levels;
  }
  /** Notes the levels of a type, so that what is made of it counts on from there. */
  noteLevels(type: TypeSyntax, levels: number): void {
    if (levels === 0) return;
    this.levelsOf.set(type, levels);
    this.typeLevels = Math.max(this.typeLevels, levels);
  }
  levels(type: TypeSyntax): number {
    return this.levelsOf.get(type) ?? 0;
  }
  /** Calls `parse` one level deeper; undefined, with a problem reported, where that is too deep to follow. */
  nest<R>(parse: (p: Cursor) => R): R | undefined {
    if (this.tooDeep(this.depth)) return undefined;
    this.depth++;
    const result = parse(this);
    this.depth--;
    return result;
  }
  /** Whether so many levels are too many to follow; then it has been reported. */
  tooDeep(levels: number): boolean {
    if (levels < MAX_DEPTH) return false;
    this.fail('nested-too-deeply', `more than ${MAX_DEPTH} levels of nesting`);
    return true;
  }
}

const endsSomething = (k: number): boolean =>
  k === t.T_EOF || k === t.T_LBRACE || k === t.T_RBRACE || k === t.T_SEMI || k === t.T_RPAREN;
