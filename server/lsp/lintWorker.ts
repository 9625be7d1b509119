/**
 * The thread that runs the analyses, so that the language server answers other requests meanwhile. It gets the files of a program as they
 * were checked, the main file first, and answers with what the rules find, or with the context at a position. Bundled as
 * dist/lintWorker.js.
 */
import { dirname, resolve } from 'node:path';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort } from 'node:worker_threads';
import { analyse } from '../language/analysis/analyse';
import { type CheckOptions, check, type InputFile } from '../language/check/check';
import type { Diagnostic, Program } from '../language/check/context/program';
import { type ContextHere, contextAtCursor, contextOfCall } from '../language/ide/contextHere';
import { type ProgramContexts, programContexts } from '../language/ide/hints/programContexts';

/** What is asked of a program, and what the answer is. Spans name files by their index in the request. */
export interface Questions {
  findings: { readonly asked: Record<never, never>; readonly answer: readonly Diagnostic[] };
  /** where a call runs that is written between two offsets of the main file, or would be */
  context: {
    readonly asked: { readonly start: number; readonly end: number };
    readonly answer: ContextHere | undefined;
  };
  /** where its bodies and calls run */
  contexts: { readonly asked: Record<never, never>; readonly answer: ProgramContexts };
}
export interface LintRequest<Q extends keyof Questions = keyof Questions> {
  readonly id: number;
  readonly question: Q;
  readonly asked: Questions[Q]['asked'];
  readonly files: readonly [InputFile, ...InputFile[]];
  readonly machine: CheckOptions['machine'];
}
export interface LintAnswer {
  readonly id: number;
  readonly answer: Questions[keyof Questions]['answer'];
}

const ANSWERS: {
  readonly [Q in keyof Questions]: (
    program: Program,
    asked: Questions[Q]['asked'],
    options: CheckOptions,
  ) => Questions[Q]['answer'];
} = {
  findings: analyse,
  context: (program, { start, end }, options) =>
    contextOfCall(program, 0, start) ?? contextAtCursor(program, start, end, options),
  contexts: programContexts,
};
/** The program that the last question was about: several questions are asked of one text. */
let last: (Pick<LintRequest, 'files' | 'machine'> & { readonly program: Program }) | undefined;
const isSame = (a: readonly InputFile[], b: readonly InputFile[]): boolean =>
  a.length === b.length && a.every((file, i) => file.path === b[i]?.path && file.text === b[i]?.text);
const KEYS = ['arch', 'kernel', 'preempt', 'cpus'] as const;
const isSameMachine = (a: CheckOptions['machine'] = {}, b: CheckOptions['machine'] = {}): boolean =>
  KEYS.every((key) => a[key] === b[key]);

function answer<Q extends keyof Questions>({
  question,
  asked,
  files,
  machine,
}: LintRequest<Q>): Questions[Q]['answer'] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const include = (wanted: string, from: string): InputFile | undefined => byPath.get(resolve(dirname(from), wanted));
  const options: CheckOptions = { machine, resolveInclude: include };
  if (!last || !isSameMachine(last.machine, machine)) last = { files, machine, program: check(files[0], options) };
  else if (!isSame(last.files, files)) {
    const isSameFile = files[0].path === last.files[0].path;
    const edited = isSameFile ? last.program.edited(files[0].text, include) : undefined;
    last = { files, machine, program: edited ?? check(files[0], options) };
  }
  return ANSWERS[question](last.program, asked, options);
}

/**
 * Flags of V8. They are the process's: the server's own thread gets them too.
 * - V8 compiles a read of a property in place for up to four shapes of objects; trees have more kinds of nodes. Beyond that it looks the
 *   shape up in a table.
 * - A program lives until it has been analysed. V8 concludes that what is made at the same places lives long, and allocates it among the old
 *   objects: what it leads to is then kept until those are collected.
 */
for (const flag of ['--max-valid-polymorphic-map-count=8', '--no-allocation-site-pretenuring'])
  setFlagsFromString(flag);

/** Bytes of new objects from which on those that are dead are collected after an answer. */
const MANY = 32 * 1024 * 1024;
const collect = exposed();
/** The garbage collector of the thread's heap. */
function exposed(): (options: { readonly type: 'minor' }) => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
}
/**
 * After an answer nearly all that was made for it is dead, so that collecting it copies little. In the midst of an analysis of a large
 * program it would copy all that the analysis knows so far.
 */
function collectGarbage(): void {
  const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  if (space && space.space_used_size > MANY) collect({ type: 'minor' });
}

parentPort?.on('message', (request: LintRequest) => {
  const message: LintAnswer = { id: request.id, answer: answer(request) };
  parentPort?.postMessage(message);
  collectGarbage();
});
