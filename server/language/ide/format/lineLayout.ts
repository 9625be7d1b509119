/** Lines and indentation: goes through tokens and comments in order, and decides what is between each and the one before it. */

import type { Comment } from '../../syntax/sourceTree';
import * as t from '../../syntax/tokens';
import { type Change, type CommentBehind, columnsOf, width } from './commentColumns';
import { blankBefore } from './spacing';
import * as m from './tokenMarks';

/** How a level of indentation is written: kernel style has tabs of 8 columns. */
export interface FormatStyle {
  readonly tab: number;
  readonly spaces: boolean;
}
export const KERNEL_STYLE: FormatStyle = { tab: 8, spaces: false };

/** A token, or a comment (`token` is then the index of the next token). */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly token: number;
  readonly comment: Comment | undefined;
}
interface Paren {
  /** column behind it */
  readonly column: number;
  /** columns of indentation of its line */
  readonly line: number;
  /** nothing follows it on its line */
  readonly hangs: boolean;
}
/** What is inside a pair of braces, or the file. */
interface Frame {
  /** levels of the statement that the braces belong to; −1 for the file */
  readonly base: number;
  /** levels of the present statement */
  current: number;
  readonly parens: Paren[];
}

/** The changes that lay a text out; nothing but blanks and line ends changes, and the indentation inside of block comments. */
export function layout(marks: m.TokenMarks, style: FormatStyle): Change[] {
  return new Layout(marks, style).run();
}

const isBlank = (gap: string): boolean => gap === '' || gap === ' ' || !/[^ \t\r\n\f\v]/.test(gap);

class Layout {
  private readonly text: string;
  private readonly eol: string;
  private readonly changes: Change[] = [];
  private readonly frames: Frame[] = [{ base: -1, current: 0, parens: [] }];
  /** column at which the next piece goes, and the indentation of its line */
  private column = 0;
  private lineIndent = 0;
  private line = 0;
  private readonly comments: CommentBehind[] = [];

  constructor(
    private readonly marks: m.TokenMarks,
    private readonly style: FormatStyle,
  ) {
    this.text = marks.tokens.text;
    this.eol = /\r?\n/.exec(this.text)?.[0] ?? '\n';
  }

  run(): Change[] {
    const pieces = this.pieces();
    for (const [n, piece] of pieces.entries()) {
      const before = pieces[n - 1];
      const from = before?.end ?? 0;
      if (!piece.comment) this.beginUnit(piece.token);
      const gap = this.text.slice(from, piece.start);
      const wanted = this.gap(before, piece, gap);
      if (
        piece.comment &&
        before &&
        !wanted.includes('\n') &&
        this.endsLine(piece) &&
        isBlank(gap) &&
        !this.staysAsItIs(before, piece)
      )
        this.behindCode(from, piece, gap);
      else if (wanted !== gap) this.changes.push({ start: from, end: piece.start, text: wanted });
      this.advance(wanted);
      if (piece.comment) this.comment(piece);
      else this.token(piece, pieces[n + 1]);
    }
    for (const change of columnsOf(this.comments, this.style.tab)) this.changes.push(change);
    return this.changes.sort((a, b) => a.start - b.start);
  }
  /** Tokens and comments in order of position. The last is the end of the file. */
  private pieces(): Piece[] {
    const { tokens } = this.marks;
    const pieces: Piece[] = [];
    let c = 0;
    for (let token = 0; token < tokens.count; token++) {
      const start = tokens.start[token] ?? 0;
      for (let comment = tokens.comments[c]; comment && comment.span.start < start; comment = tokens.comments[++c])
        pieces.push({ start: comment.span.start, end: comment.span.end, token, comment });
      if (token === tokens.count - 1)
        for (let comment = tokens.comments[c]; comment; comment = tokens.comments[++c])
          pieces.push({ start: comment.span.start, end: comment.span.end, token, comment });
      pieces.push({ start, end: tokens.end[token] ?? start, token, comment: undefined });
    }
    return pieces;
  }
  private get frame(): Frame {
    return this.frames[this.frames.length - 1] as Frame;
  }

  // ---------------------------------------------------------------- gaps
  private gap(before: Piece | undefined, piece: Piece, gap: string): string {
    if (!isBlank(gap)) return gap; // characters outside of the language, a line that is continued
    const lines = gap.includes('\n') ? gap.split('\n').length - 1 : 0;
    const isEnd = piece.token === this.marks.tokens.count - 1 && !piece.comment;
    if (isEnd) return before ? this.eol : '';
    if (!before) return this.indentation(piece);
    if (this.staysAsItIs(before, piece)) return gap;
    if (!this.breaks(before, piece, lines)) return this.blanks(before, piece, gap);
    const opens = !before.comment && this.marks.kind(before.token) === t.T_LBRACE;
    const closes = !piece.comment && this.marks.kind(piece.token) === t.T_RBRACE;
    const empty = lines > 1 && !opens && !closes ? this.eol : '';
    return this.eol + empty + this.indentation(piece);
  }
  private staysAsItIs(before: Piece, piece: Piece): boolean {
    const { wild, units, roles } = this.marks;
    if (!piece.comment && roles[piece.token] === m.RAW) return true;
    if (wild[piece.token] !== 1) return false;
    const inside = before.comment ? wild[before.token] === 1 && wild[before.token - 1] === 1 : wild[before.token] === 1;
    // the first token of what was not understood has its place, the others have theirs beside it
    return inside || piece.comment !== undefined || (units[piece.token] ?? 0) === m.NO_UNIT;
  }
  private breaks(before: Piece, piece: Piece, lines: number): boolean {
    if (before.comment && !before.comment.block) return true;
    if (piece.comment) return lines > 0;
    const rule = this.marks.breaks[piece.token];
    if (before.comment) return lines > 0 || (rule === m.BREAK && !this.beginsLine(before));
    return rule === m.BREAK || (rule === m.FREE && lines > 0);
  }
  private beginsLine(piece: Piece): boolean {
    return this.text.slice(this.text.lastIndexOf('\n', piece.start - 1) + 1, piece.start).trim() === '';
  }
  private blanks(before: Piece, piece: Piece, gap: string): string {
    if (piece.comment) {
      return gap === '' && !this.endsLine(piece) ? '' : ' ';
    }
    if (before.comment) return gap === '' ? '' : ' ';
    if (this.marks.roles[piece.token] === m.ALIGNED && (gap.length > 1 || gap === '\t')) return gap;
    return blankBefore(this.marks, piece.token) ? ' ' : '';
  }
  private endsLine(piece: Piece): boolean {
    return /^[ \t\r]*(\n|$)/.test(this.text.slice(piece.end, piece.end + 200));
  }
  private behindCode(start: number, piece: Piece, gap: string): void {
    const line = this.text.slice(this.text.lastIndexOf('\n', start - 1) + 1, start);
    const column = width(line + gap, 0, this.style.tab);
    this.comments.push({ start, gap, line: this.line, behind: this.column, column });
    // a comment of several lines stays beside its code
    if (piece.comment?.text.includes('\n')) this.comments.pop();
  }

  // ---------------------------------------------------------------- indentation
  private indentation(piece: Piece): string {
    const { tab, spaces } = this.style;
    const columns = this.columns(piece);
    return spaces ? ' '.repeat(columns) : '\t'.repeat(Math.floor(columns / tab)) + ' '.repeat(columns % tab);
  }
  /** The column at which a piece begins that is the first of its line. */
  private columns(piece: Piece): number {
    const { tab } = this.style;
    const { marks, frame } = this;
    const kind = marks.kind(piece.token);
    const unit = marks.units[piece.token] ?? m.NO_UNIT;
    const inner = frame.base + 1;
    if (piece.comment) {
      if (kind === t.T_RBRACE || kind === t.T_EOF || unit === m.AT_MARGIN) return inner * tab;
      if (unit === m.NO_UNIT) return this.continued(piece);
      // above `case` it belongs to it, or to the statements before it
      const isCase = kind === t.K_CASE || kind === t.K_DEFAULT;
      return Math.max(0, inner + unit + (isCase && this.isDeeper(piece) ? 1 : 0)) * tab;
    }
    if (kind === t.T_RBRACE) return Math.max(0, frame.base) * tab;
    if (unit === m.AT_MARGIN) return 0;
    if (unit !== m.NO_UNIT) return Math.max(0, inner + unit) * tab;
    return this.continued(piece);
  }
  private continued(piece: Piece): number {
    const { tab } = this.style;
    const { frame } = this;
    const paren = frame.parens[frame.parens.length - 1];
    const before = this.marks.kind(piece.token - 1);
    const begins = before === t.T_LBRACE || before === t.T_RBRACE || before === t.T_SEMI;
    if (!paren && begins) return (frame.base + 1) * tab; // a lone `;`
    if (!paren) return Math.max(0, frame.current + 1) * tab;
    const kind = this.marks.kind(piece.token);
    const closes = !piece.comment && (kind === t.T_RPAREN || kind === t.T_RBRACKET);
    if (!paren.hangs) return closes ? paren.column - 1 : paren.column;
    return closes ? paren.line : paren.line + tab;
  }
  /** Whether a comment is further to the right than the token behind it. */
  private isDeeper(piece: Piece): boolean {
    const columnOf = (offset: number): number =>
      this.width(this.text.slice(this.text.lastIndexOf('\n', offset - 1) + 1, offset), 0);
    return columnOf(piece.start) > columnOf(this.marks.tokens.start[piece.token] ?? 0);
  }

  // ---------------------------------------------------------------- what a piece changes
  private beginUnit(token: number): void {
    const unit = this.marks.units[token] ?? m.NO_UNIT;
    if (unit !== m.NO_UNIT && unit !== m.AT_MARGIN) {
      this.frame.current = this.frame.base + 1 + unit;
      this.frame.parens.length = 0;
    }
  }
  private token(piece: Piece, after: Piece | undefined): void {
    const { frame } = this;
    switch (this.marks.kind(piece.token)) {
      case t.T_LPAREN:
      case t.T_LBRACKET: {
        const hangs = after !== undefined && /[\n]/.test(this.text.slice(piece.end, after.start));
        frame.parens.push({ column: this.column + 1, line: this.lineIndent, hangs });
        break;
      }
      case t.T_RPAREN:
      case t.T_RBRACKET:
        frame.parens.pop();
        break;
      case t.T_LBRACE:
        this.frames.push({ base: frame.current, current: frame.current + 1, parens: [] });
        break;
      case t.T_RBRACE:
        if (this.frames.length > 1) this.frames.pop();
        break;
      default:
        break;
    }
    // only strings hold tabs and line ends
    if (this.marks.kind(piece.token) === t.T_STRING) this.advance(this.text.slice(piece.start, piece.end));
    else this.column += piece.end - piece.start;
  }
  /** A comment of several lines moves as a whole if its lines begin with stars. */
  private comment(piece: Piece): void {
    const old = this.text.slice(piece.start, piece.end);
    const lines = old.split('\n');
    const starred = lines.length > 1 && lines.slice(1).every((line) => /^\s*\*/.test(line));
    if (!starred) {
      this.advance(old);
      return;
    }
    const { tab, spaces } = this.style;
    const indent = spaces
      ? ' '.repeat(this.column)
      : '\t'.repeat(Math.floor(this.column / tab)) + ' '.repeat(this.column % tab);
    const moved = lines.map((line, n) => (n === 0 ? line : `${indent} ${line.trimStart()}`)).join('\n');
    if (moved !== old) this.changes.push({ start: piece.start, end: piece.end, text: moved });
    this.advance(moved);
  }
  private advance(text: string): void {
    const line = text.lastIndexOf('\n');
    if (line < 0) {
      this.column = this.width(text, this.column);
      return;
    }
    this.line += text.split('\n').length - 1;
    this.column = this.width(text.slice(line + 1), 0);
    this.lineIndent = this.width(/^[ \t]*/.exec(text.slice(line + 1))?.[0] ?? '', 0);
  }
  private width(text: string, column: number): number {
    return width(text, column, this.style.tab);
  }
}
