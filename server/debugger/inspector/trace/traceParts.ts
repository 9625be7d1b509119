/** The trace of what is recorded of a session's run, part by part: it is made while it is asked for, so that its length does not matter. */
import type { Session } from '../../session';
import { type Asking, InspectorError } from '../asking';
import { momentOf } from '../moments';
import type { TraceAnswer, TraceQuestion } from '../shapes/tracePart';
import { RunTrace } from './runTrace';
import { TraceText } from './traceEvents';

/** Characters of a part: escaped in an answer they must not exceed 100 kB. */
const PART = 60_000;
/** Journal entries that are followed at a time. */
const ENTRIES = 20_000;

/** A trace that is being made. */
class Making {
  /** how much was recorded when it was begun: the end of the journal, and of the marks */
  private readonly end: number;
  private readonly marks: number;
  private readonly trace: RunTrace;
  private readonly text: TraceText;
  private pieces: string[] = [];
  private length = 0;
  private at: number;
  private isWhole = false;
  /** the part that was given last, and its number */
  private given: TraceAnswer | undefined;
  private number = -1;

  constructor(private readonly session: Session) {
    const { journal } = session.target.kernel;
    this.end = journal.end;
    this.marks = journal.marks.end;
    this.at = journal.horizon;
    this.text = new TraceText((piece) => {
      this.pieces.push(piece);
      this.length += piece.length;
    });
    this.trace = new RunTrace(session, (event) => this.text.add(event));
  }
  get isCurrent(): boolean {
    const { journal } = this.session.target.kernel;
    return journal.end === this.end && journal.marks.end === this.marks;
  }
  /** @throws InspectorError for another part than the one given last, or the next */
  part(part: number): TraceAnswer {
    if (part === this.number && this.given) return { ...this.given, moment: momentOf(this.session) };
    const next = this.number + 1;
    if (this.given && !this.given.more) throw new InspectorError(`there is no part ${part}: the trace has ${next}`);
    if (part !== next) throw new InspectorError(`a trace is asked for part by part: ${next} comes next, not ${part}`);
    while (this.length < PART && !this.isWhole) this.follow();
    const whole = this.pieces.join('');
    const text = whole.slice(0, PART);
    this.pieces = [whole.slice(PART)];
    this.length = whole.length - text.length;
    const more = !this.isWhole || this.length > 0;
    this.number = part;
    this.given = { moment: momentOf(this.session), absent: [], text, more, at: this.at, end: this.end };
    return this.given;
  }
  /** Up to the end of a statement, or of what is recorded. */
  private follow(): void {
    const { marks } = this.session.target.kernel.journal;
    const mark = marks.lastAtOrBefore(this.at + ENTRIES);
    let to = mark >= marks.start ? marks.positionOf(mark) : this.end;
    // a statement that is longer
    if (to <= this.at) to = mark + 1 < marks.end ? marks.positionOf(mark + 1) : this.end;
    this.at = Math.min(to, this.end);
    if (this.at < this.end) {
      this.trace.advance(this.at);
      return;
    }
    this.text.end(this.trace.finish());
    this.isWhole = true;
  }
}

const makings = new WeakMap<Session, Making>();

export function traceParts({ session }: Asking, { part }: TraceQuestion): TraceAnswer {
  if (part === 0) makings.set(session, new Making(session));
  const making = makings.get(session);
  if (!making?.isCurrent)
    throw new InspectorError('the run has gone on since the trace was begun, or none was: ask for part 0');
  return making.part(part);
}
