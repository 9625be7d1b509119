/**
 * The protocol session under the debugger's own: every request is answered exactly once, whatever arrives and whatever a handler does.
 * Built on @vscode/debugadapter, whose own dispatch ends the process on a rejected handler and on a message that is null.
 */
import { PassThrough } from 'node:stream';
import { DebugSession, type Event, Response } from '@vscode/debugadapter';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { messageOf } from '../debugger/target/target';

/** An answer that says no: wrong arguments, nothing to show. */
export class RequestError extends Error {
  constructor(
    message: string,
    /** puts it before the user's eyes */
    readonly showUser = false,
    /** more fields of the answer's body */
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}
/** The protocol's word for a request that was cancelled. */
export const CANCELLED = 'cancelled';

/** Lets a long request give way to others, and notice that it was cancelled. */
class Cancellation {
  cancelled = false;
  private turn = 0;
  /** Throws once the request is cancelled; every now and then lets other messages in. */
  async breathe(every = 256): Promise<void> {
    if (++this.turn % every === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    if (this.cancelled) throw new RequestError(CANCELLED);
  }
}
/** What a handler is called with, beside its arguments. */
export interface RequestContext {
  readonly cancellation: Cancellation;
  /** runs after the response has gone out */
  after(then: () => void): void;
}
/** Reads protocol messages off a stream (the command line supplies it: cli/transport/). Returns what ends that. */
export type Framing = (
  input: NodeJS.ReadableStream,
  events: {
    message(message: Record<string, unknown>): void;
    /** nested too deeply: its outermost scalars, so that a request can be answered */
    refused(outermost: Record<string, unknown>, why: string): void;
    skipped(why: string): void;
  },
) => () => void;
export type Handler = (args: Record<string, unknown>, context: RequestContext) => unknown;

export abstract class HardenedSession extends DebugSession {
  private readonly pending = new Map<number, Cancellation>();
  private closed = false;
  private sink: NodeJS.WritableStream | undefined;

  protected constructor(private readonly framing: Framing) {
    super(true, true);
    this.removeAllListeners('error');
    this.on('error', () => {});
  }

  /** The requests this session knows. */
  protected abstract readonly handlers: Readonly<Record<string, Handler>>;
  /** Told what the transport skipped, and exceptions that are our own fault. */
  protected abstract trouble(what: string): void;

  override start(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): void {
    this.framing(input, {
      message: (message) => this.handleMessage(message as never),
      refused: (message, why) => this.tooDeep(message, why),
      skipped: (why) => this.trouble(`skipped ${why}`),
    });
    input.on('error', () => this.close());
    input.on('close', () => this.close());
    input.on('end', () => this.close());
    output.on('error', () => this.close());
    this.sink = output;
    super.start(new PassThrough(), output); // the base class only writes: its reading is what the splitter replaces
  }
  override shutdown(): void {
    this.close();
  }
  private close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const c of this.pending.values()) c.cancelled = true;
    this.ended();
    this.emit('closed');
  }
  /** The client has gone. */
  protected ended(): void {}

  override handleMessage(message: DebugProtocol.ProtocolMessage): void {
    if (message.type !== 'request') {
      if (message.type !== 'response') this.trouble(`skipped a message of type ${JSON.stringify(message.type)}`);
      return; // kmem sends no requests, so no response is expected
    }
    this.dispatchRequest(message as DebugProtocol.Request);
  }

  private tooDeep(message: Record<string, unknown>, why: string): void {
    if (message.type !== 'request') this.trouble(`skipped ${why}`);
    else void this.answer(responseTo(message), String(message.command), () => Promise.reject(new RequestError(why)));
  }
  protected override dispatchRequest(request: DebugProtocol.Request): void {
    const response = responseTo(request);
    const { command } = response;
    void this.answer(response, command, async (context) => {
      const handler = Object.hasOwn(this.handlers, command) ? this.handlers[command] : undefined;
      if (!handler) throw new RequestError(`kmem does not know the request ${JSON.stringify(command)}`);
      const args: unknown = request.arguments ?? {};
      if (typeof args !== 'object' || args === null || Array.isArray(args))
        throw new RequestError(`the arguments of ${command} are not an object`);
      return handler(args as Record<string, unknown>, context);
    });
  }

  private async answer(
    response: Response,
    command: string,
    work: (context: RequestContext) => Promise<unknown>,
  ): Promise<void> {
    const cancellation = new Cancellation();
    const seq = response.request_seq;
    const afterwards: (() => void)[] = [];
    this.pending.set(seq, cancellation);
    try {
      const body = await work({ cancellation, after: (then) => afterwards.push(then) });
      if (cancellation.cancelled) throw new RequestError(CANCELLED);
      if (body !== undefined) (response as DebugProtocol.Response).body = body;
    } catch (error) {
      this.refuse(response, command, error);
    }
    if (this.pending.get(seq) === cancellation) this.pending.delete(seq);
    this.send(() => this.sendResponse(response));
    for (const then of afterwards) {
      try {
        then();
      } catch (error) {
        this.trouble(`after ${command}: ${describe(error)}`);
      }
    }
  }
  private refuse(response: DebugProtocol.Response, command: string, error: unknown): void {
    response.success = false;
    if (error instanceof RequestError) {
      response.message = error.message;
      // what is in braces is replaced in `format`, so the text, which may have some of its own, is a variable
      const shown = { id: 1, format: '{text}', variables: { text: error.message }, showUser: error.showUser };
      response.body = error.message === CANCELLED ? {} : { error: shown, ...error.details };
      return;
    }
    response.message = `${command} failed inside kmem: ${messageOf(error)}`;
    response.body = {};
    this.trouble(`${command}: ${describe(error)}`);
  }

  /** Cancels the request with this sequence number; false if it isn't under way. */
  protected cancel(seq: number): boolean {
    const cancellation = this.pending.get(seq);
    if (cancellation) cancellation.cancelled = true;
    return cancellation !== undefined;
  }

  /** Calls `then` in a later turn, once the client has taken what was sent: what it has not read must not pile up here. */
  protected whenTaken(then: () => void): void {
    const { sink } = this;
    if (sink && 'writableNeedDrain' in sink && sink.writableNeedDrain) sink.once('drain', then);
    else setImmediate(then);
  }

  override sendEvent(event: Event): void {
    this.send(() => super.sendEvent(event));
  }
  private send(write: () => void): void {
    if (this.closed) return;
    try {
      write();
    } catch (error) {
      this.trouble(`could not send: ${describe(error)}`);
    }
  }
}

/** The response to a request, whatever its fields are. */
function responseTo(request: { readonly seq?: unknown; readonly command?: unknown }): Response {
  const seq = typeof request.seq === 'number' ? request.seq : 0;
  const command = typeof request.command === 'string' ? request.command : '';
  return new Response({ seq, type: 'request', command });
}
/** What is told of an error that is our own fault: with its stack. */
export function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
