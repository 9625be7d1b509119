/** Has programs analysed by another thread (lintWorker.ts), one after the other. */
import { Worker } from 'node:worker_threads';
import type { CheckOptions, InputFile } from '../language/check/check';
import type { Diagnostic, Program } from '../language/check/context/program';
import type { ContextHere } from '../language/ide/contextHere';
import type { ProgramContexts } from '../language/ide/hints/programContexts';
import type { LintAnswer, LintRequest, Questions } from './lintWorker';

/** Milliseconds that a hover or a completion waits for the context: the thread may be busy with a large program. */
const PATIENCE = 150;

/** Milliseconds in which no context is asked for in a file where that took too long. */
const REST = 10_000;

/** Milliseconds after which the user is told that an analysis is running, and after which one that nobody needs any more is ended. */
const SLOW = 500;

/**
 * Megabytes, at most, that V8 may take for new objects: what one analysis of a large program makes has room in them, so that none of it is
 * copied before it is dead. For a small program they are not taken.
 */
const YOUNG = 384;

/** For whom: an open document, or the files of the workspace one after the other. One does not make the other's questions pointless. */
type Asker = 'document' | 'workspace';

/** A program, as the thread makes it anew. */
interface Asked {
  readonly files: readonly InputFile[];
  readonly choice: CheckOptions['machine'];
}
interface Question {
  readonly request: LintRequest;
  readonly asker: Asker;
  /** undefined where the thread fails, or the question has become pointless */
  readonly answer: (answer: LintAnswer['answer'] | undefined) => void;
}

export class Analyst {
  private worker: Worker | undefined;
  /** in order; the thread works on one at a time, the first of them if it is running */
  private readonly waiting: Question[] = [];
  private running: Question | undefined;
  private startedAt = 0;
  /** by path */
  private readonly restUntil = new Map<string, number>();
  private next = 1;

  /**
   * @param script path of the bundled lintWorker.ts
   * @param failed told when the thread ends with an error
   * @param slow told when an answer takes long; `cancel` gives it up
   */
  constructor(
    private readonly script: string,
    private readonly failed: (error: Error) => void,
    private readonly slow: (path: string, answered: Promise<unknown>, cancel: () => void) => void,
  ) {}

  /**
   * What the rules find in the program of these files; undefined if the thread fails or the question is given up, as an earlier one of
   * the same asker on the same main file is.
   */
  analyse(
    files: readonly InputFile[],
    machine: CheckOptions['machine'],
    asker: Asker,
  ): Promise<readonly Diagnostic[] | undefined> {
    const path = files[0]?.path;
    this.giveUp(
      ({ request, asker: by }) => by === asker && request.question === 'findings' && request.files[0].path === path,
    );
    return this.ask('findings', { files, choice: machine }, {}, asker);
  }
  /** Where a program's bodies and calls run; undefined if the thread fails. An earlier question on the same file is given up. */
  contexts(program: Program): Promise<ProgramContexts | undefined> {
    const path = program.files[0]?.path;
    this.giveUp(({ request }) => request.question === 'contexts' && request.files[0].path === path);
    return this.ask('contexts', program, {});
  }
  /** The contexts of a call that is between two offsets of the main file, or would be; undefined if none is known soon. */
  async contextAt(program: Program, start: number, end: number): Promise<ContextHere | undefined> {
    const path = program.files[0]?.path ?? '';
    if (performance.now() < (this.restUntil.get(path) ?? 0)) return undefined;
    const asked = this.ask('context', program, { start, end });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => {
        const takesLong = this.running?.request.question === 'context';
        if (takesLong) this.restUntil.set(path, performance.now() + REST);
        this.giveUp((question) => question !== this.running && question.request.question === 'context');
        resolve(undefined);
      }, PATIENCE);
    });
    const context = await Promise.race([asked, late]);
    clearTimeout(timer);
    return context;
  }
  /** Ends the thread; what waits is answered with nothing. */
  dispose(): void {
    this.stop();
    for (const { answer } of this.waiting.splice(0)) answer(undefined);
  }

  private ask<Q extends keyof Questions>(
    question: Q,
    { files: [main, ...included], choice }: Asked,
    asked: Questions[Q]['asked'],
    asker: Asker = 'document',
  ): Promise<Questions[Q]['answer'] | undefined> {
    if (!main) return Promise.resolve(undefined);
    const plain = ({ path, text }: InputFile): InputFile => ({ path, text });
    const request: LintRequest<Q> = {
      id: this.next++,
      question,
      asked,
      files: [plain(main), ...included.map(plain)],
      machine: choice,
    };
    const answered = new Promise<Questions[Q]['answer'] | undefined>((answer) => {
      const waiting: Question = { request, asker, answer };
      // a hover waits for its answer: it comes before what is shown later
      if (question === 'context') this.waiting.unshift(waiting);
      else this.waiting.push(waiting);
    });
    const timer = setTimeout(() => {
      this.slow(main.path, answered, () => this.giveUp(({ request: { id } }) => id === request.id));
    }, SLOW);
    void answered.then(() => clearTimeout(timer));
    this.proceed();
    return answered;
  }
  /** Answers questions with nothing. The thread is ended if it has been working on one of them for long. */
  private giveUp(pointless: (question: Question) => boolean): void {
    for (const question of this.waiting.filter(pointless)) {
      this.waiting.splice(this.waiting.indexOf(question), 1);
      question.answer(undefined);
    }
    if (!this.running || !pointless(this.running)) return;
    this.running.answer(undefined);
    if (performance.now() - this.startedAt < SLOW) return;
    this.stop();
    this.proceed();
  }
  /** Passes the next question to the thread, if it is not working. */
  private proceed(): void {
    if (this.running) return;
    this.running = this.waiting.shift();
    if (!this.running) return;
    this.startedAt = performance.now();
    this.thread().postMessage(this.running.request);
  }
  private thread(): Worker {
    if (this.worker) return this.worker;
    const worker = new Worker(this.script, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG } });
    worker.on('message', ({ id, answer }: LintAnswer) => {
      if (this.running?.request.id !== id) return;
      this.running.answer(answer);
      this.running = undefined;
      this.proceed();
    });
    worker.on('error', (error) => {
      if (this.worker !== worker) return;
      this.failed(error);
      this.worker = undefined;
      this.running?.answer(undefined);
      this.running = undefined;
      this.proceed();
    });
    worker.unref(); // after its listeners, which keep the process alive otherwise
    this.worker = worker;
    return worker;
  }
  private stop(): void {
    void this.worker?.terminate();
    this.worker = undefined;
    this.running?.answer(undefined);
    this.running = undefined;
  }
}
