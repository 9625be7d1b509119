/** The parser's ground: token access, problems, recovery. One mistake gives one message. */

import type { Code } from '../codes';
import { lex, type Tokens } from '../lexer';
import * as t from '../tokens';
import type { Name, Span, SyntaxProblem } from '../tree';

/** Nesting of parentheses, blocks and declarators the parser follows. */
export const MAX_DEPTH = 250;
/** Operators in one expression. */
export const MAX_OPERATORS = 1000;

export interface ParseOptions {
  /** macro bodies: `({ … })` is allowed */
  readonly macroBody?: boolean;
  /** type names known beside the built-in ones */
  readonly typeNames?: Iterable<string>;
}

export abstract class ParserBase {
  protected readonly tokens: Tokens;
  protected readonly kinds: Uint8Array;
  /** the current token */
  protected at = 0;
  protected kind: number;
  /** end of the token before the current one */
  protected prevEnd = 0;
  protected readonly errors: SyntaxProblem[];
  /** an error has been reported and the parser has not found its place again: further errors are silent */
  protected panic = false;
  private lastErrorAt = -1;
  protected depth = 0;
  protected operators = 0;
  /** typedef names in scope; false: hidden by a variable of the same name */
  protected readonly typeNames = new Map<string, boolean>();
  /** undo list of typeNames, for leaving a block: [name, what it was] */
  private readonly scopeLog: [string, boolean | undefined][] = [];

  constructor(
    readonly text: string,
    readonly file: number,
    readonly options: ParseOptions = {},
  ) {
    this.tokens = lex(text, file);
    this.kinds = this.tokens.kind;
    this.errors = this.tokens.errors;
    this.kind = this.kinds[0] as number;
    if (options.typeNames) for (const name of options.typeNames) this.typeNames.set(name, true);
  }

  // ---------------------------------------------------------------- tokens
  protected next(): void {
    if (this.kind === t.T_EOF) return;
    this.prevEnd = this.tokens.end[this.at] as number;
    this.at++;
    this.kind = this.kinds[this.at] as number;
  }
  protected peek(n = 1): number {
    const i = this.at + n;
    return i < this.tokens.count ? (this.kinds[i] as number) : t.T_EOF;
  }
  /** start of the current token */
  protected get start(): number {
    return this.tokens.start[this.at] as number;
  }
  /** the identifier or keyword at the current token (or n after it) */
  protected word(n = 0): string {
    const id = this.tokens.name[Math.min(this.at + n, this.tokens.count - 1)] as number;
    return id < 0 ? '' : (this.tokens.names[id] as string);
  }
  protected raw(n = 0): string {
    const i = Math.min(this.at + n, this.tokens.count - 1);
    return this.text.slice(this.tokens.start[i], this.tokens.end[i]);
  }
  protected isFirstOnLine(n = 0): boolean {
    return this.tokens.first[Math.min(this.at + n, this.tokens.count - 1)] === 1;
  }
  protected accept(kind: number): boolean {
    if (this.kind !== kind) return false;
    this.next();
    return true;
  }
  protected span(start: number, end = this.prevEnd): Span {
    // a node that nothing was read for stands, empty, behind the last token
    return { start: Math.min(start, end), end, file: this.file };
  }
  protected nameHere(): Name {
    const start = this.start;
    const text = this.word();
    this.next();
    return { kind: 'name', text, span: this.span(start) };
  }
  protected missingName(): Name {
    return { kind: 'name', text: '', span: this.span(this.prevEnd, this.prevEnd) };
  }

  // ---------------------------------------------------------------- problems
  /** Reports a problem that doesn't disturb parsing. */
  protected complain(code: Code, message: string, span: Span, fix?: SyntaxProblem['fix']): void {
    if (this.panic) return;
    this.errors.push(fix ? { code, message, span, fix } : { code, message, span });
  }
  /** Reports that the current token is wrong; silent until the parser has found its place again. */
  protected fail(code: Code, message: string): void {
    if (!this.panic && this.lastErrorAt !== this.at) {
      const eof = this.kind === t.T_EOF;
      const start = eof ? Math.max(0, this.prevEnd - 1) : this.start;
      const end = eof ? Math.max(start, this.prevEnd) : (this.tokens.end[this.at] as number);
      this.errors.push({ code, message, span: this.span(start, end) });
    }
    this.lastErrorAt = this.at;
    this.panic = true;
  }
  /** What the current token is, for messages. */
  protected found(): string {
    return this.kind === t.T_EOF ? 'the end of the file' : `'${this.raw().slice(0, 40)}'`;
  }
  /**
   * The token `kind` must come. If it is missing where a line ends or a bracket closes, it is taken as if it were there,
   * and parsing goes on; elsewhere the rest of the statement is skipped.
   */
  protected expect(kind: number, spelling: string, after: string): boolean {
    if (this.kind === kind) {
      this.next();
      this.panic = false; // the place is found again
      return true;
    }
    const k = this.kind;
    const soft =
      this.isFirstOnLine() ||
      k === t.T_EOF ||
      k === t.T_LBRACE ||
      k === t.T_RBRACE ||
      k === t.T_SEMI ||
      k === t.T_RPAREN;
    if (!this.panic && this.lastErrorAt !== this.at) {
      const message = `expected '${spelling}' ${after}, found ${this.found()}`;
      if (soft) {
        const at = this.prevEnd;
        this.errors.push({
          code: 'expected-token',
          message,
          span: this.span(Math.max(0, at - 1), at),
          fix: { title: `insert '${spelling}'`, edits: [{ span: this.span(at, at), text: spelling }] },
        });
      } else {
        this.errors.push({ code: 'expected-token', message, span: this.span(this.start, this.tokens.end[this.at]) });
      }
    }
    this.lastErrorAt = this.at;
    if (!soft) this.panic = true;
    return false;
  }

  /** Skips a balanced group that starts at the current opening bracket; iterative, so that no nesting is too deep. */
  protected skipBalanced(): void {
    let level = 0;
    do {
      const k = this.kind;
      if (k === t.T_LPAREN || k === t.T_LBRACE || k === t.T_LBRACKET) level++;
      else if (k === t.T_RPAREN || k === t.T_RBRACE || k === t.T_RBRACKET) level--;
      this.next();
    } while (level > 0 && this.kind !== t.T_EOF);
  }
  /**
   * Leaves panic: skips to the end of the statement (over its `;`), to a `}` or to a line that starts with a word that
   * begins a statement.
   */
  protected synchronise(): void {
    const from = this.at;
    for (;;) {
      const k = this.kind;
      if (k === t.T_EOF || k === t.T_RBRACE) break;
      if (k === t.T_SEMI) {
        this.next();
        break;
      }
      if (this.at > from && this.isFirstOnLine() && this.beginsStatement()) break;
      if (k === t.T_LBRACE) {
        if (this.isFirstOnLine() && this.at > from) break;
        this.skipBalanced();
        if (this.isFirstOnLine()) break;
      } else if (k === t.T_LPAREN || k === t.T_LBRACKET) this.skipParens();
      else this.next();
    }
    this.panic = false;
  }
  /** As skipBalanced for ( and [, but stops where the statement obviously ended. */
  private skipParens(): void {
    let level = 0;
    do {
      const k = this.kind;
      if (k === t.T_LPAREN || k === t.T_LBRACKET) level++;
      else if (k === t.T_RPAREN || k === t.T_RBRACKET) level--;
      else if (k === t.T_SEMI || k === t.T_LBRACE || k === t.T_RBRACE) return;
      this.next();
    } while (level > 0 && this.kind !== t.T_EOF);
  }
  private beginsStatement(): boolean {
    const k = this.kind;
    return (
      (k >= t.K_IF && k <= t.K_RETURN && k !== t.K_ELSE) ||
      (k >= t.K_STRUCT && k <= t.K_CONTRACT) ||
      k === t.T_IDENT ||
      k === t.T_HASH
    );
  }

  // ---------------------------------------------------------------- type names
  protected scopeMark(): number {
    return this.scopeLog.length;
  }
  protected leaveScope(mark: number): void {
    while (this.scopeLog.length > mark) {
      const entry = this.scopeLog.pop();
      if (!entry) return;
      if (entry[1] === undefined) this.typeNames.delete(entry[0]);
      else this.typeNames.set(entry[0], entry[1]);
    }
  }
  /** Notes that `name` now names a type, or a variable that hides one. */
  protected declareName(name: string, isType: boolean): void {
    if (!isType && !this.isTypeName(name)) return;
    this.scopeLog.push([name, this.typeNames.get(name)]);
    this.typeNames.set(name, isType);
  }
  protected isTypeName(name: string): boolean {
    return this.typeNames.get(name) ?? t.BUILTIN_TYPE_NAMES.has(name);
  }
}
