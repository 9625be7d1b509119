/** A debug client for tests: sends requests, collects what comes back, waits for events. */
import { PassThrough } from 'node:stream';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { MessageSplitter, readMessages } from '../../server/cli/transport/messageSplitter';
import { KmemSession } from '../../server/dap/kmemSession';
import type { Launch, Loaded } from '../../server/dap/launchArgs';
import { protocolProblem } from './protocolSchema';

export type Message = DebugProtocol.ProtocolMessage & Record<string, unknown>;
type Response = Record<string, unknown> & { success: boolean; message?: string; body: Record<string, unknown> };
/** Messages of one kind that are checked against the schema, for each client. */
const OF_A_KIND = 2000;

export class Client {
  readonly input = new PassThrough();
  readonly output = new PassThrough();
  readonly messages: Message[] = [];
  readonly log: string[] = [];
  private readonly kinds = new Map<string, number>();
  /** the first message that is not what the protocol's schema says */
  private invalid: string | undefined;
  closed = false;
  private seq = 0;
  private readonly waiting: (() => void)[] = [];

  /** @param everyMessage all messages are checked against the schema, however many come */
  constructor(load: (launch: Launch) => Loaded, everyMessage = false) {
    const splitter = new MessageSplitter({
      message: (m) => {
        this.messages.push(m as Message);
        const kind = `${m.type} ${m.event ?? m.command}`;
        const seen = (this.kinds.get(kind) ?? 0) + 1;
        this.kinds.set(kind, seen);
        // tens of thousands of lines of output are of one form
        if (everyMessage || seen <= OF_A_KIND) this.invalid ??= protocolProblem(m as Message);
        for (const wake of this.waiting.splice(0)) wake();
      },
      skipped: (why) => this.log.push(`client: ${why}`),
    });
    this.output.on('data', (chunk: Buffer) => splitter.push(chunk));
    const log = (text: string) => void this.log.push(text);
    const server = new KmemSession(load, readMessages, log);
    server.on('closed', () => {
      this.closed = true;
      for (const wake of this.waiting.splice(0)) wake();
    });
    server.start(this.input, this.output);
  }
  raw(bytes: string | Buffer): void {
    this.input.write(bytes);
  }
  post(command: string, args?: unknown): number {
    const seq = ++this.seq;
    const json = JSON.stringify({ seq, type: 'request', command, ...(args === undefined ? {} : { arguments: args }) });
    this.raw(`Content-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`);
    return seq;
  }
  /** Waits until a message satisfies `test`; searched from `from` on. */
  async until(test: (m: Message) => boolean, from = 0, ms = 5000): Promise<Message> {
    const deadline = Date.now() + ms;
    for (let at = from; ; ) {
      if (this.invalid !== undefined) throw new Error(this.invalid);
      for (; at < this.messages.length; at++) {
        const message = this.messages[at] as Message;
        if (test(message)) return message;
      }
      if (Date.now() > deadline)
        throw new Error(
          `nothing came; last: ${JSON.stringify(this.messages.at(-1))?.slice(0, 400)} ${this.log.join('; ')}`,
        );
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 50);
        this.waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }
  /** Sends a request and waits for its response. */
  async request(command: string, args?: unknown): Promise<Response> {
    const from = this.messages.length;
    const seq = this.post(command, args);
    const response = await this.until((m) => m.type === 'response' && m.request_seq === seq, from);
    return response as never;
  }
  /** Sends many requests at once, and waits for their responses, in the order of the requests. They are not kept in `messages`. */
  async requests(list: readonly (readonly [command: string, args: unknown])[]): Promise<Response[]> {
    if (list.length === 0) return [];
    const from = this.messages.length;
    const seqs = new Map(list.map(([command, args], i) => [this.post(command, args), i]));
    const answers: Response[] = [];
    let left = list.length;
    await this.until(
      (m) => {
        const index = m.type === 'response' ? seqs.get(m.request_seq as number) : undefined;
        if (index === undefined) return false;
        answers[index] = m as never;
        return --left === 0;
      },
      from,
      60_000,
    );
    this.messages.splice(from);
    return answers;
  }
  /** The body of a request's response; throws if it failed. */
  async ask<T = Record<string, unknown>>(command: string, args?: unknown): Promise<T> {
    const response = await this.request(command, args);
    if (!response.success) throw new Error(`${command}: ${response.message}`);
    return response.body as T;
  }
  async event(name: string, from = 0): Promise<Record<string, unknown>> {
    const message = await this.until((m) => m.type === 'event' && m.event === name, from);
    return (message.body ?? {}) as Record<string, unknown>;
  }
  /** Sends a motion and waits for the stop after it. */
  async move(command: string, args: Record<string, unknown> = { threadId: 1 }): Promise<Record<string, unknown>> {
    const from = this.messages.length;
    await this.ask(command, args);
    return this.event('stopped', from);
  }
  close(): void {
    this.input.end();
  }
}
