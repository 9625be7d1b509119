/** Comments behind code: those of neighbouring lines that stand in one column stay in one. */

export interface Change {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}
export interface CommentBehind {
  /** where the code ends, in the text as it was */
  readonly start: number;
  readonly gap: string;
  /** line in the formatted text, and column behind the code there */
  readonly line: number;
  readonly behind: number;
  /** column of the comment as it was */
  readonly column: number;
}

/** The blanks in front of the comments, where they change. A column moves to the right if the code has become too long for it. */
export function columnsOf(comments: readonly CommentBehind[], tab: number): Change[] {
  const changes: Change[] = [];
  for (let from = 0; from < comments.length; ) {
    let to = from + 1;
    while (belongs(comments[to - 1], comments[to])) to++;
    const group = comments.slice(from, to);
    const column = Math.max(...group.map((c) => Math.max(c.column, c.behind + 1)));
    for (const { start, gap, behind } of group) {
      const text =
        group.length === 1 && gap.length < 2 && gap !== '\t' ? ' ' : fill(behind, column, tab, gap.includes('\t'));
      if (text !== gap) changes.push({ start, end: start + gap.length, text });
    }
    from = to;
  }
  return changes;
}
const belongs = (a: CommentBehind | undefined, b: CommentBehind | undefined): boolean =>
  a !== undefined && b !== undefined && b.line === a.line + 1 && b.column === a.column;

function fill(from: number, to: number, tab: number, tabs: boolean): string {
  let text = '';
  for (; tabs && next(from, tab) <= to; from = next(from, tab)) text += '\t';
  return text + ' '.repeat(to - from);
}

/** The column behind a text of one line that begins at a column. */
export function width(text: string, column: number, tab: number): number {
  for (let i = 0; i < text.length; i++) column = text.charCodeAt(i) === 9 ? next(column, tab) : column + 1;
  return column;
}
/** The tab stop behind a column. */
export const next = (column: number, tab: number): number => column - (column % tab) + tab;
