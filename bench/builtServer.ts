/** The built language server, dist/kmem.js, as a process of its own, and a client that talks to it over stdio. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { readMessages } from '../server/cli/transport/messageSplitter';

const kmem = resolve(__dirname, '../dist/kmem.js');
const PATIENCE = 60_000;

type Message = Readonly<Record<string, unknown>>;

export class BuiltServer {
  private readonly child: ChildProcessWithoutNullStreams = spawn(process.execPath, [kmem, 'lsp']);
  private id = 1;
  private waiting: { readonly test: (m: Message) => boolean; readonly done: (m: Message) => void }[] = [];

  constructor() {
    readMessages(this.child.stdout, {
      message: (m) => {
        const index = this.waiting.findIndex((w) => w.test(m));
        if (index >= 0) this.waiting.splice(index, 1)[0]?.done(m);
      },
      refused: () => {},
      skipped: () => {},
    });
  }
  notify(method: string, params: object): void {
    this.write({ method, params });
  }
  /** The result of a request. */
  async request(method: string, params: object): Promise<unknown> {
    const id = this.id++;
    const answer = this.wait((m) => m.id === id && m.method === undefined, method);
    this.write({ id, method, params });
    return (await answer).result;
  }
  /** The next diagnostics that the server publishes. */
  async published(): Promise<readonly unknown[]> {
    const { params } = await this.wait((m) => m.method === 'textDocument/publishDiagnostics', 'diagnostics');
    return (params as { diagnostics: unknown[] }).diagnostics;
  }
  end(): void {
    this.child.kill();
  }
  private write(message: object): void {
    const text = JSON.stringify({ jsonrpc: '2.0', ...message });
    this.child.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }
  private wait(test: (m: Message) => boolean, what: string): Promise<Message> {
    return new Promise((done, reject) => {
      const timer = setTimeout(() => reject(new Error(`${what}: kmem lsp did not answer within 60 s`)), PATIENCE);
      const answered = (m: Message): void => {
        clearTimeout(timer);
        done(m);
      };
      this.waiting.push({ test, done: answered });
    });
  }
}
