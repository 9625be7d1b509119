/** A server as it is shipped (`npm run build`), in a process of its own, its memory, and what it has answered. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Message, MessageSplitter } from '../../server/cli/transport/messageSplitter';

const ROOT = join(__dirname, '../..');
/** Milliseconds that an answer may take on a busy machine. */
const PATIENCE = 60_000;

/** What a run found. */
export interface Findings {
  readonly sent: number;
  /** broken frames among what was sent */
  readonly broken: number;
  readonly requests: number;
  readonly unanswered: number;
  readonly answeredTwice: number;
  /** answers that blame kmem itself */
  readonly failedInside: readonly string[];
  /** largest resident memory of the server in the first and the last quarter of the run, in MB */
  readonly firstMB: number;
  readonly lastMB: number;
  readonly seconds: number;
}

export class Peer {
  readonly child: ChildProcess;
  readonly answers = new Map<number, number>();
  readonly failedInside = new Set<string>();
  private readonly begun = Date.now();
  private readonly memory: number[] = [];
  private readonly asked: number[] = [];
  private sent = 0;
  private broken = 0;
  private exit: number | null | undefined;
  private wake = () => {};
  stderr = '';

  /**
   * @param answerTo the number of the request that a message answers, if it does
   * @param read what else to do with a message
   */
  constructor(
    command: readonly string[],
    answerTo: (message: Message) => number | undefined,
    read: (message: Message) => void,
  ) {
    this.child = spawn(process.execPath, [join(ROOT, 'dist/kmem.js'), ...command], {
      cwd: ROOT,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const splitter = new MessageSplitter({
      message: (message) => {
        const seq = answerTo(message);
        if (seq !== undefined) this.answers.set(seq, (this.answers.get(seq) ?? 0) + 1);
        const text = JSON.stringify(message.message ?? (message.error as Message | undefined)?.message ?? '');
        if (/failed inside kmem|Cannot read prop|is not a function|is not iterable/.test(text))
          this.failedInside.add(text);
        read(message);
        this.wake();
      },
      skipped: (why) => this.failedInside.add(`the server wrote ${why}`),
    });
    this.child.stdout?.on('data', (chunk: Buffer) => splitter.push(chunk));
    this.child.stderr?.on('data', (chunk: Buffer) => {
      if (this.stderr.length < 4000) this.stderr += chunk;
    });
    this.child.stdin?.on('error', () => {});
    this.child.on('exit', (code) => {
      this.exit = code;
      this.wake();
    });
  }
  write(bytes: string | Buffer): void {
    this.child.stdin?.write(bytes);
  }
  /** Counts a message; `seq` is the number of a request that has to be answered. */
  count(seq: number | undefined): void {
    this.sent++;
    if (seq === undefined) this.broken++;
    else this.asked.push(seq);
  }
  countNotification(): void {
    this.sent++;
  }
  /** Waits until the test holds. @throws if the server ends or takes too long */
  async until(test: () => boolean, what: () => string): Promise<void> {
    const end = Date.now() + PATIENCE;
    while (!test()) {
      if (this.exit !== undefined) throw new Error(`the server has ended with ${this.exit}: ${this.stderr}`);
      if (Date.now() > end) throw new Error(`waited in vain for ${what()}; ${this.stderr}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 50);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
  /** Waits for the answers to all requests from the `from`th on, and reads the server's memory. */
  async settle(from: number): Promise<number> {
    const missing = () => this.asked.slice(from).filter((seq) => !this.answers.has(seq));
    await this.until(
      () => missing().length === 0,
      () => `the answers to ${missing().slice(0, 5).join(', ')}`,
    );
    this.memory.push(residentMB(this.child.pid ?? 0));
    return this.asked.length;
  }
  findings(): Findings {
    const quarter = Math.max(1, this.memory.length >> 2);
    return {
      sent: this.sent,
      broken: this.broken,
      requests: this.asked.length,
      unanswered: this.asked.filter((seq) => !this.answers.has(seq)).length,
      answeredTwice: [...this.answers.values()].filter((n) => n > 1).length,
      failedInside: [...this.failedInside],
      firstMB: Math.max(...this.memory.slice(0, quarter)),
      lastMB: Math.max(...this.memory.slice(-quarter)),
      seconds: (Date.now() - this.begun) / 1000,
    };
  }
  async end(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    if (this.exit === undefined) {
      this.child.stdin?.end();
      const timer = setTimeout(() => this.child.kill('SIGKILL'), 3000);
      await gone;
      clearTimeout(timer);
    }
  }
}

/** Resident memory of a process; 0 where the system has no /proc. */
function residentMB(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
