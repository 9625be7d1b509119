/** An outline: lines of text with more lines indented below them. */
export interface Outline {
  readonly text: string;
  readonly below: Outline[];
}

export const outline = (text: string, below: Outline[] = []): Outline => ({ text, below });

/** The lines of text, two spaces further in on each level. */
export function printOutline(outlines: readonly Outline[], indent = ''): string[] {
  return outlines.flatMap(({ text, below }) => [`${indent}${text}`, ...printOutline(below, `${indent}  `)]);
}
