/**
 * Events of Google's trace event format, which Perfetto and chrome://tracing open: the few kinds that a run needs. Times are in microseconds.
 */

/** X: a slice · b, e: beginning and end of what overlaps others · i: an instant · C: a counter · M: names. */
export interface TraceEvent {
  readonly ph: 'X' | 'b' | 'e' | 'i' | 'C' | 'M';
  readonly pid: number;
  readonly name: string;
  readonly tid?: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly cat?: string;
  readonly id?: number;
  /** of an instant: t its thread's, g everybody's */
  readonly s?: 't' | 'g';
  readonly args?: Readonly<Record<string, number | string>>;
}
/** Nanoseconds as the format has times. */
export const microseconds = (nanoseconds: number): number => Math.round(nanoseconds) / 1000;

const HEAD = '{"displayTimeUnit":"ns","traceEvents":[\n';
/** The text of a trace, event by event. */
export class TraceText {
  private first = true;
  /** @param write takes the text, piece by piece */
  constructor(private readonly write: (text: string) => void) {
    write(HEAD);
  }
  add(event: TraceEvent): void {
    this.write(`${this.first ? '' : ',\n'}${JSON.stringify(event)}`);
    this.first = false;
  }
  /** @param about what the run was, for the reader */
  end(about: Readonly<Record<string, number | string>>): void {
    this.write(`\n],"otherData":${JSON.stringify(about)}}\n`);
  }
}
