/** Has programs analysed by another thread (lintWorker.ts), one after the other. */
import { Worker } from 'node:worker_threads';
import type { InputFile } from '../language/check/check';
import type { Diagnostic, Program } from '../language/check/context/program';
import type { LintAnswer, LintRequest } from './lintWorker';

export class Analyst {
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, (findings: readonly Diagnostic[]) => void>();
  private next = 1;

  /** @param script path of the bundled lintWorker.ts @param failed told when the thread ends with an error */
  constructor(
    private readonly script: string,
    private readonly failed: (error: Error) => void,
  ) {}

  /** What the rules find in a checked program; nothing if the thread fails. */
  analyse({ files: [main, ...included] }: Program): Promise<readonly Diagnostic[]> {
    if (!main) return Promise.resolve([]);
    const plain = ({ path, text }: InputFile): InputFile => ({ path, text });
    const request: LintRequest = { id: this.next++, files: [plain(main), ...included.map(plain)] };
    return new Promise((resolve) => {
      this.waiting.set(request.id, resolve);
      this.started().postMessage(request);
    });
  }
  /** Ends the thread; what waits is answered with nothing. */
  dispose(): void {
    void this.worker?.terminate();
    this.ended();
  }

  private started(): Worker {
    if (this.worker) return this.worker;
    const worker = new Worker(this.script);
    worker.on('message', ({ id, findings }: LintAnswer) => {
      this.waiting.get(id)?.(findings);
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
    for (const answer of this.waiting.values()) answer([]);
    this.waiting.clear();
  }
}
