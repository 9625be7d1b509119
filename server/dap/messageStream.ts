/**
 * Bytes in, whole messages out: the part of the protocol's transport where @vscode/debugadapter is weak. Takes any bytes at all; gives only JSON
 * objects, and reports what it skipped. Header names are case-insensitive; an absurd length, a body that isn't JSON, or bytes between
 * messages are skipped up to the next header.
 */
import { Transform, type TransformCallback } from 'node:stream';

/** A message larger than this is not believed. */
const MAX_MESSAGE_BYTES = 16 << 20;
/** Header blocks are a few dozen bytes; more than this without an end isn't one. */
const MAX_HEADER_BYTES = 4096;
const HEADER = /content-length[ \t]*:/i;
/** A complete header inside what should be JSON: the length before it was wrong (JSON strings hold no raw line ends). */
const HEADER_INSIDE = /content-length[ \t]*:[ \t]*\d+[ \t]*\r?\n(?:[A-Za-z-]+:[^\r\n]*\r?\n)*\r?\n/i;

interface StreamEvents {
  message(message: Record<string, unknown>): void;
  /** something was skipped, and why */
  skipped(why: string): void;
}

/** Splits a byte stream into protocol messages. Never throws for what comes in. */
export class MessageSplitter {
  private buffer: Buffer = Buffer.alloc(0);
  /** length of the body being read; −1 while reading a header */
  private length = -1;

  constructor(private readonly events: StreamEvents) {}

  push(chunk: Buffer): void {
    this.buffer = this.buffer.length === 0 ? chunk : Buffer.concat([this.buffer, chunk]);
    while (this.length < 0 ? this.readHeader() : this.readBody()) {
      // each turn consumed something
    }
  }

  private readHeader(): boolean {
    const text = this.buffer.toString('latin1', 0, Math.min(this.buffer.length, MAX_HEADER_BYTES));
    const start = text.search(HEADER);
    if (start < 0) {
      // keep a tail that may be the beginning of a header
      const seen = Math.min(this.buffer.length, MAX_HEADER_BYTES);
      if (seen <= 64) return false;
      const more = this.buffer.length > seen;
      this.drop(seen - 32, 'bytes that are not a message');
      return more;
    }
    if (start > 0 && !/^[A-Za-z-]+:[^\r\n]*\r?\n/.test(text)) {
      this.drop(start, 'bytes between messages');
      return true;
    }
    const end = /\r?\n\r?\n/.exec(text.slice(start));
    if (!end) {
      if (text.length - start < MAX_HEADER_BYTES - 64) return false;
      this.drop(start + 14, 'a header without an end');
      return true;
    }
    const header = text.slice(start, start + end.index);
    this.buffer = this.buffer.subarray(start + end.index + end[0].length);
    const value = header.slice(header.indexOf(':') + 1).split(/\r?\n/)[0] ?? '';
    const length = /^\s*\d{1,12}\s*$/.test(value) ? Number(value) : Number.NaN;
    if (!(length <= MAX_MESSAGE_BYTES)) {
      this.events.skipped(`Content-Length is "${value.trim().slice(0, 40)}", not a length up to ${MAX_MESSAGE_BYTES}`);
      return true;
    }
    this.length = length;
    return true;
  }

  private readBody(): boolean {
    const body = this.buffer.subarray(0, this.length);
    const inside = body.length === 0 ? null : HEADER_INSIDE.exec(body.toString('latin1'));
    if (inside) {
      this.length = -1;
      this.drop(inside.index, 'a message cut off by the next header');
      return true;
    }
    if (this.buffer.length < this.length) return false;
    this.buffer = this.buffer.subarray(this.length);
    this.length = -1;
    let message: unknown;
    try {
      message = JSON.parse(body.toString('utf8'));
    } catch {
      this.events.skipped(`a body of ${body.length} bytes that is not JSON`);
      return true;
    }
    if (typeof message !== 'object' || message === null || Array.isArray(message)) {
      this.events.skipped('a message that is not an object');
      return true;
    }
    this.events.message(message as Record<string, unknown>);
    return true;
  }

  private drop(bytes: number, why: string): void {
    this.events.skipped(why);
    this.buffer = this.buffer.subarray(bytes);
  }
}

/** The same as a stream: what comes out is well-formed for the base class's own parser. */
export class SanitisedStream extends Transform {
  private readonly splitter: MessageSplitter;

  constructor(skipped: (why: string) => void) {
    super();
    this.splitter = new MessageSplitter({
      message: (message) => {
        const json = Buffer.from(JSON.stringify(message), 'utf8');
        this.push(Buffer.concat([Buffer.from(`Content-Length: ${json.length}\r\n\r\n`, 'latin1'), json]));
      },
      skipped,
    });
  }
  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      this.splitter.push(chunk);
    } catch (error) {
      this.emit('skipped', error);
    }
    done();
  }
}
