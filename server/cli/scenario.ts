/** Reading scenarios from disk for the command line, and printing what is wrong with them. */
import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import type { CheckOptions } from '../language/check/check';
import type { Diagnostic } from '../language/check/context/program';
import type { Positions } from '../language/ide/positions';

/** `#include` paths are taken from the folder of the file that includes. */
export const includeFromDisk: CheckOptions = {
  resolveInclude(path, from) {
    const file = isAbsolute(path) ? path : join(dirname(from), path);
    try {
      return { path: file, text: readFileSync(file, 'utf8') };
    } catch {
      return undefined;
    }
  },
};

/** The text of a file, or one line that says why it can't be had. */
export function readScenario(path: string): { readonly text: string } | { readonly problem: string } {
  try {
    return { text: readFileSync(path, 'utf8') };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why =
      code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : `it can't be read (${code})`;
    return { problem: `${path}: ${why}; give the path of a .kmem file` };
  }
}

/** `FILE:LINE:COL: severity[code]: message`, and below it, indented, the path that leads there. */
export function diagnosticText(d: Diagnostic, positions: Positions): string {
  const related = (d.related ?? []).map((r) => `    ${positions.text(r.span)}: ${r.message}\n`).join('');
  return `${positions.text(d.span)}: ${d.severity}[${d.code}]: ${d.message}\n${related}`;
}
