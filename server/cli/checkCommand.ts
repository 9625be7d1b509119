/** `kmem check FILE…`: what the compiler and the linter say of scenarios. */
import type { InputFile } from '../language/check/check';
import { lint } from '../language/ide/lint';
import { type Command, UsageError } from './command';
import { diagnosticText, includeFromDisk, positionsIn, readScenario } from './scenario';

export const check: Command = {
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
    const missing: string[] = [];
    for (const input of readAll(positionals, missing)) {
      const { program, diagnostics } = lint(input, includeFromDisk);
      const positions = positionsIn(program);
      wrong ||= diagnostics.some((d) => d.severity === 'error' || d.severity === 'warning');
      if (!values.json) {
        out.push(...diagnostics.map((d) => diagnosticText(d, positions)));
        continue;
      }
      program.files.forEach((file, i) => {
        const own = diagnostics.filter((d) => d.span.file === i).map((d) => positions.diagnostic(d));
        if (i === 0 || own.length > 0) all.push({ file: file.path, diagnostics: own });
      });
    }
    if (values.json) out.push(`${JSON.stringify(all)}\n`);
    if (out.length > 0) io.out(out.join(''));
    if (missing.length > 0) throw new UsageError(missing.join('\n'));
    return wrong ? 1 : 0;
  },
};

/** The files that can be read; `missing` takes what is wrong with the others. */
function readAll(paths: readonly string[], missing: string[]): InputFile[] {
  return paths.flatMap((path) => {
    try {
      return [{ path, text: readScenario(path) }];
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      missing.push(error.message);
      return [];
    }
  });
}
