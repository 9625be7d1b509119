/** Reading scenarios from disk for the command line, and printing what is wrong with them. */
import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import type { CheckOptions } from '../language/check/check';
import type { Diagnostic, SourceFile } from '../language/check/context/program';
import { Lines } from '../language/syntax/lines';
import type { Span } from '../language/syntax/tree';

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

/** `FILE:LINE:COL: severity[code]: message`, its path below it indented. */
export class DiagnosticPrinter {
  private readonly lines = new Map<SourceFile, Lines>();

  constructor(private readonly files: readonly SourceFile[]) {}

  linesOf(file: SourceFile): Lines {
    let lines = this.lines.get(file);
    if (!lines) this.lines.set(file, (lines = new Lines(file.text)));
    return lines;
  }
  place(span: Span): string {
    const file = this.files[span.file];
    if (!file) return '';
    const { line, character } = this.linesOf(file).at(span.start);
    return `${file.path}:${line + 1}:${character + 1}`;
  }
  text(d: Diagnostic): string {
    const related = (d.related ?? []).map((r) => `    ${this.place(r.span)}: ${r.message}\n`).join('');
    return `${this.place(d.span)}: ${d.severity}[${d.code}]: ${d.message}\n${related}`;
  }
}
