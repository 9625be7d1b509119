/**
 * The thread that runs the analyses, so that the language server answers other requests meanwhile. It gets the files of a program as they
 * were checked, the main file first, and answers with what the rules find. Bundled as dist/lintWorker.js.
 */
import { dirname, resolve } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { analyse } from '../language/analysis/analyse';
import { check, type InputFile } from '../language/check/check';
import type { Diagnostic } from '../language/check/context/program';

export interface LintRequest {
  readonly id: number;
  readonly files: readonly [InputFile, ...InputFile[]];
}
export interface LintAnswer {
  readonly id: number;
  /** spans name files by their index in the request */
  readonly findings: readonly Diagnostic[];
}

parentPort?.on('message', ({ id, files }: LintRequest) => {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const [main] = files;
  const program = check(main, { resolveInclude: (wanted, from) => byPath.get(resolve(dirname(from), wanted)) });
  const answer: LintAnswer = { id, findings: analyse(program) };
  parentPort?.postMessage(answer);
});
