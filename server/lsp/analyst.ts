/** Has programs analysed by another thread (lintWorker.ts), one after the other. */
import { Worker } from 'node:worker_threads';
import type { InputFile } from '../language/check/check';
import type { Diagnostic, Program } from '../language/check/context/program';
import type { ContextHere } from '../language/ide/contextHere';
import type { LintAnswer, LintRequest, Questions } from './lintWorker';

/** Milliseconds that a hover or a completion waits for the context: the thread may be busy with a large program. */
const PATIENCE = 150;

export class Analyst {
  private worker: Worker | undefined;
  /** by the id of the request: undefined where the thread fails */
  private readonly waiting = new Map<number, (answer: LintAnswer['answer']) => void>();
  private next = 1;

  /** @param script path of the bundled lintWorker.ts @param failed told when the thread ends with an error */
  constructor(
    private readonly script: string,
    private readonly failed: (error: Error) => void,
  ) {}

  /** What the rules find in a checked program; nothing if the thread fails. */
  async analyse(program: Program): Promise<readonly Diagnostic[]> {
    return (await this.ask('findings', program, {})) ?? [];
  }
  /** The contexts of a call that is between two offsets of the main file, or would be; undefined if none is known soon. */
  contextAt(program: Program, start: number, end: number): Promise<ContextHere | undefined> {
    const late = new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE, undefined).unref());
    return Promise.race([this.ask('context', program, { start, end }), late]);
  }
  /** Ends the thread; what waits is answered with nothing. */
  dispose(): void {
    void this.worker?.terminate();
    this.ended();
  }

  private ask<Q extends keyof Questions>(
    question: Q,
    { files: [main, ...included] }: Program,
    asked: Questions[Q]['asked'],
  ): Promise<Questions[Q]['answer'] | undefined> {
    if (!main) return Promise.resolve(undefined);
    const plain = ({ path, text }: InputFile): InputFile => ({ path, text });
    const request: LintRequest<Q> = { id: this.next++, question, asked, files: [plain(main), ...included.map(plain)] };
    return new Promise((resolve) => {
      this.waiting.set(request.id, resolve);
      this.started().postMessage(request);
    });
  }
  private started(): Worker {
    if (this.worker) return this.worker;
    const worker = new Worker(this.script);
    worker.on('message', ({ id, answer }: LintAnswer) => {
      this.waiting.get(id)?.(answer);
      this.waiting.delete(id);
    });
    worker.on('error', (error) => {
      if (this.worker !== worker) return;
      this.failed(error);
      this.ended();
    });
    worker.unref(); // after its listeners, which keep the process alive otherwise
    this.worker = worker;
    return worker;
  }
  private ended(): void {
    this.worker = undefined;
    for (const answer of this.waiting.values()) answer(undefined);
    this.waiting.clear();
  }
}
