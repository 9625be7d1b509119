/** What the formatter wants to know of each token of a file: arrays by the token's index, filled from the tree (mark….ts). */
import type { Tokens } from '../../syntax/lexer';
import * as t from '../../syntax/tokens';

/** Where a line may begin. */
export const FREE = 0;
/** a new line before the token */
export const BREAK = 1;
/** none */
export const JOIN = 2;

/** What a token means where its kind does not tell. */
export const PLAIN = 0;
export const BINARY = 1;
export const PREFIX = 2;
export const POSTFIX = 3;
/** the `)` of a cast */
export const CAST = 4;
/** the `(` of a call, or of what reads like one */
export const CALL = 5;
/** the `:` of a label or case */
export const LABEL_COLON = 6;
/** `?` and `:` */
export const TERNARY = 7;
export const BIT_COLON = 8;
/** the blanks in front of it stay, so that columns stay aligned */
export const ALIGNED = 9;
/** what is between this token and the one before stays as it is */
export const RAW = 10;
/** the `.` or `[` that begins an initialiser's item */
export const DESIGNATOR = 11;

/** no unit begins here */
export const NO_UNIT = -128;
/** a label of goto: at the margin */
export const AT_MARGIN = -127;

export class TokenMarks {
  readonly breaks: Uint8Array;
  readonly roles: Uint8Array;
  /**
   * At the first token of a statement, member, item …: levels of indentation beyond those of the braces around it; NO_UNIT elsewhere.
   */
  readonly units: Int8Array;
  /** 1: a `{` whose contents are on lines of their own */
  readonly opens: Uint8Array;
  /** 1: in text that the parser did not understand: it stays as it is */
  readonly wild: Uint8Array;

  constructor(readonly tokens: Tokens) {
    const { count } = tokens;
    this.breaks = new Uint8Array(count);
    this.roles = new Uint8Array(count);
    this.units = new Int8Array(count).fill(NO_UNIT);
    this.opens = new Uint8Array(count);
    this.wild = new Uint8Array(count);
  }
  /** The index of the first token at or after an offset. */
  at(offset: number): number {
    const { start, count } = this.tokens;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((start[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  /** The first token of a kind at or after an offset; −1 if another comes first that is not a closing parenthesis. */
  find(kind: number, offset: number): number {
    let i = this.at(offset);
    while (this.kind(i) === t.T_RPAREN && kind !== t.T_RPAREN) i++;
    return this.kind(i) === kind ? i : -1;
  }
  kind(i: number): number {
    return this.tokens.kind[i] ?? t.T_EOF;
  }
  isFirst(i: number): boolean {
    return this.tokens.first[i] === 1;
  }
  role(i: number, role: number): void {
    if (i >= 0) this.roles[i] = role;
  }
  /** The parser did not understand the tokens between these offsets. */
  setWild(start: number, end: number): void {
    for (let i = this.at(start); i < this.tokens.count && (this.tokens.start[i] ?? 0) < end; i++) this.wild[i] = 1;
  }
  /** Begins a unit at an offset. */
  unit(offset: number, level: number, breaks = BREAK): number {
    const i = this.at(offset);
    this.units[i] = level;
    this.breaks[i] = breaks;
    return i;
  }
  /** The contents of `{` at an offset are on lines of their own: always, or if they are already. Returns whether they will be. */
  braces(offset: number, end: number, always: boolean): boolean {
    const i = this.at(offset);
    if (this.kind(i) !== t.T_LBRACE) return always;
    const close = this.at(end - 1);
    const empty = this.kind(i + 1) === t.T_RBRACE;
    const open = (always && !empty) || this.isFirst(i + 1);
    if (!open) return false;
    this.opens[i] = 1;
    if (this.kind(close) === t.T_RBRACE) this.breaks[close] = BREAK;
    return true;
  }
}
