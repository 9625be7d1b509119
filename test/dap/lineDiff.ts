import { structuredPatch } from 'diff';

const LONGEST = 100;

/** The changed lines with `-` (expected) and `+` (actual), and three equal lines around; empty for equal texts. Stops after 100 lines. */
export function lineDiff(expected: string, actual: string): string {
  const { hunks } = structuredPatch('', '', expected, actual, '', '', { context: 3 });
  const lines = hunks.flatMap((hunk) => [
    `@@ line ${hunk.oldStart} @@`,
    ...hunk.lines.map((line) => line.replace(/^./, '$& ')),
  ]);
  return [...lines.slice(0, LONGEST), ...(lines.length > LONGEST ? ['… and more'] : [])].join('\n');
}
