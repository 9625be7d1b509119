/** `kmem run --perfetto OUT`: the run's trace, written while it goes on. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { RunTrace } from '../debugger/inspector/trace/runTrace';
import { TraceText } from '../debugger/inspector/trace/traceEvents';
import type { Session } from '../debugger/session';
import { UsageError } from './command';
import { keepApart, writeError } from './outputFile';

/** Journal entries, and records of allocations, after which the trace follows: well before the journal and the output drop them. */
const ENTRIES = 100_000;
const RECORDS = 4096;
/** Characters that are written at a time. */
const PIECE = 1 << 16;

export class TraceFile {
  private readonly file: number;
  private readonly text: TraceText;
  private readonly trace: RunTrace;
  private pieces: string[] = [];
  private length = 0;
  private followed = 0;
  private recorded = 0;

  /** @throws UsageError if the file cannot be written */
  constructor(
    private readonly path: string,
    private readonly session: Session,
  ) {
    if (path === '-') throw new UsageError('--perfetto names a file: standard output has what the kernel prints');
    const { files } = session.target.program;
    keepApart(
      'perfetto',
      path,
      files.map((file) => file.path),
    );
    this.file = this.tried(() => openSync(path, 'w'));
    this.text = new TraceText((piece) => this.write(piece));
    this.trace = new RunTrace(session, (event) => this.text.add(event));
  }
  /** Takes in what has happened, if it is much. */
  follow(): void {
    const { kernel } = this.session.target;
    const { end } = kernel.journal;
    const records = kernel.trace.output.end + this.session.target.log.output.end;
    if (end - this.followed < ENTRIES && records - this.recorded < RECORDS) return;
    this.followed = end;
    this.recorded = records;
    this.trace.advance();
  }
  close(): void {
    this.text.end(this.trace.finish());
    this.flush();
    this.tried(() => closeSync(this.file));
  }
  private write(piece: string): void {
    this.pieces.push(piece);
    this.length += piece.length;
    if (this.length >= PIECE) this.flush();
  }
  private flush(): void {
    const bytes = Buffer.from(this.pieces.join(''));
    // a pipe or a disk that is nearly full may take a part
    for (let at = 0; at < bytes.length; ) at += this.tried(() => writeSync(this.file, bytes, at));
    this.pieces = [];
    this.length = 0;
  }
  private tried<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      throw writeError('perfetto', this.path, error);
    }
  }
}
