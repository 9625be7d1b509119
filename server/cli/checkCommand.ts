/** `kmem check FILE…`: what the compiler and the linter say of scenarios. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Diagnostic, Severity, SourceFile } from '../language/check/context/program';
import { lint } from '../language/ide/lint';
import type { Span } from '../language/syntax/tree';
import type { Command } from './command';
import { DiagnosticPrinter, includeFromDisk, readScenario } from './scenario';

const SEVERITY: Readonly<Record<Severity, 1 | 2 | 3 | 4>> = { error: 1, warning: 2, info: 3, hint: 4 };

export const check: Command = {
  name: 'check',
  summary: 'Check scenarios: errors, and what the linter finds (sleeping in atomic context and other misuse).',
  usage: 'FILE… [--json]',
  details:
    'Prints FILE:LINE:COL: severity[code]: message, and below it the path that leads there. Exit status: 0 nothing wrong (hints and\ninformation do not count), 1 an error or a warning, 2 a file that cannot be read.',
  options: {
    json: { type: 'boolean', help: 'print [{file, diagnostics}], diagnostics as in the Language Server Protocol' },
  },
  positionals: { min: 1, max: Number.POSITIVE_INFINITY, names: 'FILE' },
  run(values, positionals, io) {
    const all: { file: string; diagnostics: object[] }[] = [];
    const out: string[] = [];
    let wrong = false;
    for (const path of positionals) {
      const read = readScenario(path);
      if ('problem' in read) {
        io.err(`kmem check: ${read.problem}\n`);
        return 2;
      }
      const { program, diagnostics } = lint({ path, text: read.text }, includeFromDisk);
      const printer = new DiagnosticPrinter(program.files);
      wrong ||= diagnostics.some((d) => d.severity === 'error' || d.severity === 'warning');
      if (!values.json) {
        out.push(...diagnostics.map((d) => printer.text(d)));
        continue;
      }
      program.files.forEach((file, i) => {
        const own = diagnostics.filter((d) => d.span.file === i).map((d) => asLsp(d, program.files, printer));
        if (i === 0 || own.length > 0) all.push({ file: file.path, diagnostics: own });
      });
    }
    if (values.json) out.push(`${JSON.stringify(all)}\n`);
    if (out.length > 0) io.out(out.join(''));
    return wrong ? 1 : 0;
  },
};

/** A diagnostic in the form of the Language Server Protocol (lines and characters from 0). */
function asLsp(d: Diagnostic, files: readonly SourceFile[], printer: DiagnosticPrinter): object {
  const range = (span: Span): object | undefined => {
    const file = files[span.file];
    const lines = file && printer.linesOf(file);
    return lines && { start: lines.at(span.start), end: lines.at(span.end) };
  };
  return {
    range: range(d.span),
    severity: SEVERITY[d.severity],
    code: d.code,
    source: 'kmem',
    message: d.message,
    ...(d.related && d.related.length > 0
      ? {
          relatedInformation: d.related.map((r) => ({
            location: {
              uri: pathToFileURL(resolve(files[r.span.file]?.path ?? '')).href,
              range: range(r.span),
            },
            message: r.message,
          })),
        }
      : {}),
  };
}
