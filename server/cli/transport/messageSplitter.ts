/**
 * Bytes in, whole messages out: the framing that the debug protocol and the language server protocol share. Takes any bytes at all and never
 * throws. Gives only JSON objects that are not nested too deeply to be worked with; reports what it skipped or refused. Header names are
 * case-insensitive; an absurd length, a body that isn't JSON, or bytes between messages are skipped up to the next header.
 */
import { nestedDeeper } from './nesting';

/** A message larger than this is not believed. */
const MAX_MESSAGE_BYTES = 16 << 20;
/** Header blocks are a few dozen bytes; more than this without an end isn't one. */
const MAX_HEADER_BYTES = 4096;
/** Real messages have fewer than ten levels; recursive code, such as JSON.stringify, runs out of stack at a few thousand. */
const MAX_LEVELS = 200;
const HEADER_NAME = 'content-length';
const HEADER = /content-length[ \t]*:/i;
/** A complete header inside what should be JSON: the length before it was wrong (JSON strings hold no raw line ends). */
const HEADER_INSIDE = /content-length[ \t]*:[ \t]*\d+[ \t]*\r?\n(?:[A-Za-z-]+:[^\r\n]*\r?\n)*\r?\n/i;

export type Message = Record<string, unknown>;
interface StreamEvents {
  message(message: Message): void;
  /** A message that is too deeply nested: its outermost scalars, so that a request can be answered. Not called: it is skipped. */
  refused?(outermost: Message, why: string): void;
  /** something was skipped, and why */
  skipped(why: string): void;
}

/** Splits a byte stream into protocol messages. Never throws for what comes in, nor for what the events throw. */
export class MessageSplitter {
  private buffer: Buffer = Buffer.alloc(0);
  /** length of the body being read; −1 while reading a header */
  private length = -1;
  /** bytes of the body that hold no header, as far as they have been searched */
  private searched = 0;

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
      this.drop(start + HEADER_NAME.length, 'a header without an end');
      return true;
    }
    const header = text.slice(start, start + end.index);
    this.buffer = this.buffer.subarray(start + end.index + end[0].length);
    // the last length counts: one before it may be what is left of a broken message
    const name = header.toLowerCase().lastIndexOf(HEADER_NAME);
    const value = header.slice(header.indexOf(':', name) + 1).split(/\r?\n/)[0] ?? '';
    const length = /^\s*\d{1,12}\s*$/.test(value) ? Number(value) : Number.NaN;
    if (!(length <= MAX_MESSAGE_BYTES)) {
      this.tell(`Content-Length is "${value.trim().slice(0, 40)}", not a length up to ${MAX_MESSAGE_BYTES}`);
      return true;
    }
    this.length = length;
    this.searched = 0;
    return true;
  }

  private readBody(): boolean {
    const there = Math.min(this.length, this.buffer.length);
    const inside = HEADER_INSIDE.exec(this.buffer.toString('latin1', this.searched, there));
    if (inside) {
      this.length = -1;
      this.drop(this.searched + inside.index, 'a message cut off by the next header');
      return true;
    }
    if (this.buffer.length < this.length) {
      this.searched = Math.max(this.searched, there - MAX_HEADER_BYTES);
      return false;
    }
    const body = this.buffer.subarray(0, this.length);
    this.length = -1;
    let message: unknown;
    try {
      message = JSON.parse(body.toString('utf8'));
    } catch {
      // a length that is a few bytes too long takes the beginning of the next header with it
      this.drop(body.length - headerBegun(body), `a body of ${body.length} bytes that is not JSON`);
      return true;
    }
    this.buffer = this.buffer.subarray(body.length);
    if (typeof message !== 'object' || message === null || Array.isArray(message)) {
      this.tell('a message that is not an object');
      return true;
    }
    this.give(message as Message, nestedDeeper(body, MAX_LEVELS));
    return true;
  }
  private give(message: Message, tooDeep: boolean): void {
    try {
      if (!tooDeep) this.events.message(message);
      else {
        const why = `a message nested more than ${MAX_LEVELS} levels deep`;
        const scalars = Object.entries(message).filter(([, value]) => typeof value !== 'object');
        if (this.events.refused) this.events.refused(Object.fromEntries(scalars), why);
        else this.tell(why);
      }
    } catch (error) {
      this.tell(`a message that failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private drop(bytes: number, why: string): void {
    this.buffer = this.buffer.subarray(bytes);
    this.tell(why);
  }
  private tell(why: string): void {
    try {
      this.events.skipped(why);
    } catch {
      // who can't be told is not a reason to stop reading
    }
  }
}

/** How many bytes at the end of a body may be the beginning of a header. */
function headerBegun(body: Buffer): number {
  const tail = body.toString('latin1', Math.max(0, body.length - MAX_HEADER_BYTES)).toLowerCase();
  const whole = tail.lastIndexOf(HEADER_NAME);
  if (whole >= 0) return tail.length - whole;
  for (let n = Math.min(HEADER_NAME.length - 1, tail.length); n > 0; n--)
    if (tail.endsWith(HEADER_NAME.slice(0, n))) return n;
  return 0;
}

/** Reads the messages of a stream, as long as it lives; ends with what is returned. */
export function readMessages(input: NodeJS.ReadableStream, events: StreamEvents): () => void {
  const splitter = new MessageSplitter(events);
  const push = (chunk: Buffer): void => splitter.push(chunk);
  input.on('data', push);
  return () => void input.off('data', push);
}
