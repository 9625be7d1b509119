/** Lines and columns of offsets in a text, both from 0. A line ends with \n, \r\n or \r, as in the Language Server Protocol. */
export interface Position {
  readonly line: number;
  /** UTF-16 code units */
  readonly character: number;
}

export class Lines {
  private readonly starts: number[] = [0];

  constructor(text: string) {
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i);
      if (c === 10 || (c === 13 && text.charCodeAt(i + 1) !== 10)) this.starts.push(i + 1);
    }
  }
  /** The line and column of `offset`; offsets past the end belong to the last line. */
  at(offset: number): Position {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low, character: offset - (this.starts[low] ?? 0) };
  }
  /** The offset of a line and column; a line beyond the last belongs to its beginning. */
  offset({ line, character }: Position): number {
    return (this.starts[Math.min(line, this.starts.length - 1)] ?? 0) + character;
  }
}
