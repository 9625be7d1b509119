/**
 * Reads the client's messages for vscode-languageserver, whose own reader stops for good at a broken header, and whose dispatch hands any
 * parameters to the handlers. What cannot be a request of this protocol is answered here; the rest goes on.
 */
import { AbstractMessageReader, type DataCallback, type Disposable, ErrorCodes } from 'vscode-languageserver/node';
import { wrongParams } from './params';

type Message = Record<string, unknown>;
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
export interface Answers {
  /** sends an error response; `id` is null if the request has no usable one */
  refuse(id: number | string | null, code: number, why: string): void;
  /** told what was skipped */
  skipped(why: string): void;
}

export class HardenedReader extends AbstractMessageReader {
  constructor(
    private readonly input: NodeJS.ReadableStream,
    private readonly framing: Framing,
    private readonly answers: Answers,
  ) {
    super();
    input.on('error', (error) => this.fireError(error));
    input.on('close', () => this.fireClose());
  }
  override listen(callback: DataCallback): Disposable {
    const dispose = this.framing(this.input, {
      message: (message) => this.pass(message, callback),
      refused: (message, why) => this.refuse(message, ErrorCodes.InvalidRequest, why),
      skipped: (why) => this.answers.skipped(why),
    });
    return { dispose };
  }

  private pass(message: Message, callback: DataCallback): void {
    const { id, method } = message;
    if (typeof method !== 'string') {
      if ('result' in message || 'error' in message) {
        // what answers no request of ours is not known to the library either
        if (isId(id)) callback(message as never);
        return;
      }
      this.refuse(message, ErrorCodes.InvalidRequest, 'a message without a method');
      return;
    }
    if ('id' in message && !isId(id)) {
      this.refuse(message, ErrorCodes.InvalidRequest, `the id of ${method} is neither a number nor a string`);
      return;
    }
    const problem = wrongParams(method, message.params);
    if (problem) this.refuse(message, ErrorCodes.InvalidParams, `${method}: ${problem}`);
    else callback(message as never);
  }
  /** A request is answered; a notification has no answer, so it is skipped. */
  private refuse(message: Message, code: number, why: string): void {
    if ('id' in message) this.answers.refuse(isId(message.id) ? message.id : null, code, why);
    else this.answers.skipped(why);
  }
}
const isId = (id: unknown): id is number | string => typeof id === 'number' || typeof id === 'string';
