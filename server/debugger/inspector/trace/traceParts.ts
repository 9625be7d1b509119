/** The trace of what is recorded of a session's run, in parts that fit an answer. */
import type { Session } from '../../session';
import { type Asking, InspectorError } from '../asking';
import { momentOf } from '../moments';
import type { TraceAnswer, TraceQuestion } from '../shapes/tracePart';
import { RunTrace } from './runTrace';
import { TraceText } from './traceEvents';

/** Characters of a part: escaped in an answer they must not exceed 100 kB. */
const PART = 60_000;
/** Characters of a trace that is made in one go. */
const MOST = 45_000_000;

interface Made {
  /** how much was recorded when it was made, and the newest mark */
  readonly end: number;
  readonly marks: number;
  readonly text: string;
}
/** The trace that was made last of a session: its parts are asked for one after the other. */
const made = new WeakMap<Session, Made>();

export function traceParts({ session }: Asking, { part }: TraceQuestion): TraceAnswer {
  const text = textOf(session, part === 0);
  const parts = Math.ceil(text.length / PART);
  if (part >= parts) throw new InspectorError(`there is no part ${part}: the trace has ${parts}`);
  return { moment: momentOf(session), absent: [], parts, text: text.slice(part * PART, (part + 1) * PART) };
}
/** @param anew makes it anew, whatever was made before */
function textOf(session: Session, anew: boolean): string {
  const { journal } = session.target.kernel;
  const { end, marks } = journal;
  const known = made.get(session);
  if (!anew && known?.end === end && known.marks === marks.end) return known.text;
  if (!anew) throw new InspectorError('the run has gone on since the trace was begun: ask for part 0 again');
  const pieces: string[] = [];
  let length = 0;
  const out = new TraceText((piece) => {
    length += piece.length;
    if (length > MOST)
      throw new InspectorError(
        'the trace of this run is larger than an answer may be: `kmem run FILE --perfetto OUT` writes it to a file',
      );
    pieces.push(piece);
  });
  const trace = new RunTrace(session, (event) => out.add(event));
  out.end(trace.finish());
  const text = pieces.join('');
  made.set(session, { end, marks: marks.end, text });
  return text;
}
