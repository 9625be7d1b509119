/** The built debug adapter, dist/kmem.js, as a process of its own, and a client that talks to it over stdio. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const kmem = resolve(__dirname, '../dist/kmem.js');

export interface Message {
  readonly type: string;
  readonly event?: string;
  readonly command?: string;
  readonly request_seq?: number;
  readonly success?: boolean;
  readonly message?: string;
  readonly body?: Readonly<Record<string, unknown>>;
}

export class BuiltAdapter {
  readonly child: ChildProcessWithoutNullStreams;
  /** what arrived, in pieces, and how much of it */
  private parts: Buffer[] = [];
  private have = 0;
  /** bytes that have to arrive before it is worth looking again */
  private need = 1;
  private seq = 1;
  private waiting: { test: (m: Message) => boolean; done: (m: Message) => void }[] = [];

  /** @param seen told of every message */
  constructor(private readonly seen: (m: Message) => void = () => {}) {
    this.child = spawn(process.execPath, [kmem, 'dap']);
    this.child.stdout.on('data', (data: Buffer) => this.feed(data));
  }
  /** Sends a request; its response. */
  send(command: string, args: object = {}): Promise<Message> {
    const seq = this.seq++;
    const text = JSON.stringify({ seq, type: 'request', command, arguments: args });
    this.child.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    return this.wait((m) => m.type === 'response' && m.request_seq === seq);
  }
  /** The next message that satisfies `test`. @throws Error if none comes within 20 s */
  wait(test: (m: Message) => boolean): Promise<Message> {
    return new Promise((done, reject) => {
      const timer = setTimeout(() => reject(new Error('kmem dap did not answer within 20 s')), 20_000);
      this.waiting.push({
        test,
        done: (m) => {
          clearTimeout(timer);
          done(m);
        },
      });
    });
  }
  /** MB of memory that the process holds. Linux only. */
  residentMB(): number {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'latin1');
    return Number(/VmRSS:\s*(\d+)/.exec(status)?.[1]) / 1024;
  }
  private feed(data: Buffer): void {
    this.parts.push(data);
    this.have += data.length;
    if (this.have < this.need) return;
    let buffer = this.parts.length === 1 ? data : Buffer.concat(this.parts);
    this.need = 1;
    for (let head = buffer.indexOf('\r\n\r\n'); head >= 0; head = buffer.indexOf('\r\n\r\n')) {
      const length = Number(/Content-Length: (\d+)/i.exec(buffer.toString('latin1', 0, head))?.[1]);
      this.need = head + 4 + length;
      if (buffer.length < this.need) break;
      const message: Message = JSON.parse(buffer.toString('utf8', head + 4, this.need));
      buffer = buffer.subarray(this.need);
      this.need = 1;
      this.seen(message);
      const index = this.waiting.findIndex((w) => w.test(message));
      if (index >= 0) this.waiting.splice(index, 1)[0]?.done(message);
    }
    this.parts = buffer.length > 0 ? [buffer] : [];
    this.have = buffer.length;
  }
}
