/** Lines and columns of source files, from 1, and which statements lie on a line. */

import type { SourceFile } from '../../language/check/context/program';
import { Lines } from '../../language/syntax/lines';
import type { Span } from '../../language/syntax/tree';
import { orMake } from '../../types/orMake';
import type { StatementInfo } from './target';

interface LineColumn {
  readonly line: number;
  readonly column: number;
}
const known = new WeakMap<SourceFile, Lines>();
function lineColumn(file: SourceFile, offset: number): LineColumn {
  const { line, character } = orMake(known, file, () => new Lines(file.text)).at(offset);
  return { line: line + 1, column: character + 1 };
}

/** Begin and end of a span. The end is the last character's line and one past its column. */
export interface SourcePosition extends LineColumn {
  readonly file: SourceFile;
  readonly endLine: number;
  readonly endColumn: number;
}
export function positionOf(files: readonly SourceFile[], span: Span): SourcePosition | undefined {
  const file = files[span.file];
  if (!file) return undefined;
  const start = lineColumn(file, span.start);
  const end = lineColumn(file, span.end);
  return { file, ...start, endLine: end.line, endColumn: end.column };
}

/** Where statements are, for breakpoints. */
export class StatementIndex {
  /** file → statements in order of position */
  private readonly byFile = new Map<
    number,
    { id: number; line: number; column: number; endLine: number; endColumn: number; length: number }[]
  >();

  constructor(
    readonly files: readonly SourceFile[],
    readonly statements: readonly StatementInfo[],
  ) {
    statements.forEach((statement, id) => {
      const position = positionOf(files, statement.span);
      if (!position) return;
      const list = this.byFile.get(statement.span.file) ?? [];
      list.push({ id, ...position, length: statement.span.end - statement.span.start });
      this.byFile.set(statement.span.file, list);
    });
    for (const list of this.byFile.values())
      list.sort((a, b) => a.line - b.line || a.column - b.column || b.length - a.length);
  }
  /**
   * The statement of a breakpoint on a line: the first that begins on it, else the one that spans it, else the next one below. With a
   * column: the innermost that begins on the line and has the column in it, else the first at or after it. If several statements begin at
   * the same position (a macro's parts), all of them.
   */
  at(file: number, line: number, column?: number): number[] {
    const list = this.byFile.get(file) ?? [];
    const onLine = list.filter((s) => s.line === line);
    let first = column === undefined ? onLine[0] : atColumn(onLine, line, column);
    if (!first) {
      const around = list.filter((s) => s.line < line && s.endLine >= line).sort((a, b) => a.length - b.length)[0];
      first = around ?? list.find((s) => s.line > line);
    }
    if (!first) return [];
    const { line: at, column: col } = first;
    return list.filter((s) => s.line === at && s.column === col).map((s) => s.id);
  }
  /** The statements of a file, in order of position. */
  inFile(file: number): number[] {
    return (this.byFile.get(file) ?? []).map((s) => s.id);
  }
  positionOfSpan(span: Span): SourcePosition | undefined {
    return positionOf(this.files, span);
  }
  positionOf(statement: number): SourcePosition | undefined {
    const span = this.statements[statement]?.span;
    return span && positionOf(this.files, span);
  }
}

/** The place of an inline breakpoint among the statements that begin on its line, which are in order of their columns. */
function atColumn<S extends { column: number; endLine: number; endColumn: number }>(
  onLine: readonly S[],
  line: number,
  column: number,
): S | undefined {
  const holds = (s: S) => s.column <= column && (s.endLine > line || s.endColumn > column);
  return onLine.findLast(holds) ?? onLine.find((s) => s.column >= column) ?? onLine.at(-1);
}
