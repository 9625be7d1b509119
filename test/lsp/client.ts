/** A language client on two pipes, for tests: requests, notifications and what the server publishes. */
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { readMessages } from '../../server/cli/transport/messageSplitter';
import { startLanguageServer } from '../../server/lsp/server';

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}
export interface Published {
  readonly uri: string;
  readonly diagnostics: readonly {
    readonly code: string;
    readonly severity: number;
    readonly message: string;
    readonly range: { readonly start: { readonly line: number; readonly character: number } };
    readonly relatedInformation: readonly { readonly message: string; readonly location: { readonly uri: string } }[];
  }[];
}

const WORKER = join(__dirname, '../../dist/lintWorker.js');

export class LspClient {
  readonly input = new PassThrough();
  private readonly output = new PassThrough();
  private readonly connection = startLanguageServer(this.input, this.output, WORKER, readMessages);
  private buffer = Buffer.alloc(0);
  private nextId = 1;
  private readonly answers = new Map<number, (m: Message) => void>();
  private published: Published[] = [];
  private waiting: ((p: Published) => void)[] = [];
  private readonly asking = new Map<string, () => void>();

  constructor() {
    this.output.on('data', (data: Buffer) => this.feed(data));
  }
  /** Sends raw bytes of one message. */
  send(message: object): void {
    const text = JSON.stringify({ jsonrpc: '2.0', ...message });
    this.input.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }
  notify(method: string, params: object): void {
    this.send({ method, params });
  }
  request(method: string, params: object): Promise<Message> {
    return this.cancellable(method, params).answer;
  }
  cancellable(method: string, params: object): { readonly answer: Promise<Message>; cancel(): void } {
    const id = this.nextId++;
    const answer = new Promise<Message>((resolve) => {
      this.answers.set(id, resolve);
      this.send({ id, method, params });
    });
    return { answer, cancel: () => this.notify('$/cancelRequest', { id }) };
  }
  async open(uri: string, text: string): Promise<Published> {
    this.notify('textDocument/didOpen', { textDocument: { uri, languageId: 'kmem', version: 1, text } });
    return this.diagnostics();
  }
  /** The next diagnostics the server publishes. */
  diagnostics(): Promise<Published> {
    const ready = this.published.shift();
    return ready ? Promise.resolve(ready) : new Promise((resolve) => this.waiting.push(resolve));
  }
  /** The next request of the server with this method, which is answered with null. */
  asked(method: string): Promise<void> {
    return new Promise((resolve) => this.asking.set(method, resolve));
  }
  /** What has been published and not been read. */
  takePublished(): Published[] {
    return this.published.splice(0);
  }
  /** `params`: more parameters of `initialize` */
  async start(params: object = {}): Promise<unknown> {
    const { result } = await this.request('initialize', {
      processId: null,
      rootUri: null,
      capabilities: {},
      ...params,
    });
    this.notify('initialized', {});
    return result;
  }
  dispose(): void {
    this.connection.dispose();
  }

  private feed(data: Buffer): void {
    this.buffer = Buffer.concat([this.buffer, data]);
    for (;;) {
      const head = this.buffer.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = Number(/Content-Length: (\d+)/i.exec(this.buffer.toString('latin1', 0, head))?.[1]);
      if (this.buffer.length < head + 4 + length) return;
      const message = JSON.parse(this.buffer.toString('utf8', head + 4, head + 4 + length)) as Message;
      this.buffer = this.buffer.subarray(head + 4 + length);
      if (message.id !== undefined && message.method === undefined) this.answers.get(message.id)?.(message);
      else if (message.method === 'textDocument/publishDiagnostics') {
        const waiting = this.waiting.shift();
        if (waiting) waiting(message.params as Published);
        else this.published.push(message.params as Published);
      } else if (message.id !== undefined && message.method !== undefined) {
        this.send({ id: message.id, result: null });
        this.asking.get(message.method)?.();
      }
    }
  }
}
