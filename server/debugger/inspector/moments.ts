/** Moments and places of the run as the inspector's answers name them. */
import { lex } from '../../language/syntax/lexer';
import type { Session } from '../session';
import type { SourcePosition } from '../target/source';
import type { Moment as TimelineMoment } from '../timeline';
import type { Moment, Occurrence, Place } from './shapes/common';

/** A line up to its last token: without the comments at its end. */
function codeOf(line: string): string {
  const { count, end } = lex(line);
  // the last one is the end of the text
  return line.slice(0, end[count - 2] ?? 0);
}

/** A place in the scenario's text, with its line. */
export function placeOf(position: SourcePosition | undefined): Place | undefined {
  if (!position) return undefined;
  const { file, line, column } = position;
  const text = codeOf(file.text.split('\n', line)[line - 1] ?? '').trim();
  return { path: file.path, line, column, text };
}
const fileName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** The moment that the session is at. */
export function momentOf(session: Session): Moment {
  const { moment, timeline } = session;
  const place = placeOf(session.index.positionOf(moment.statement));
  const where = place ? `before ${fileName(place.path)}:${place.line}` : (session.topFrame()?.name ?? 'the end');
  return {
    position: timeline.position,
    label: `${taskLabel(session, session.task)} on CPU ${moment.cpu}, ${where}`,
    ...(place ? { place } : {}),
  };
}
/** A moment of the run by its position, which may be in the middle of a statement. */
export function momentAt(session: Session, position: number): Moment {
  const moment = statementAt(session, position);
  const place = placeOf(session.index.positionOf(moment.statement));
  const when = moment.position === position ? 'before' : 'in';
  const where = place ? `${when} ${fileName(place.path)}:${place.line}` : 'where no statement is';
  const who = `${taskLabel(session, moment.task)} on CPU ${moment.cpu}`;
  const label =
    moment.mark < 0 ? 'before the first statement' : moment.ending ? 'the end of the run' : `${who}, ${where}`;
  return { position, label, ...(place ? { place } : {}) };
}
/** The moment whose statement made the journal entry at a position. */
export function occurrenceAt(session: Session, position: number): Occurrence {
  const moment = statementAt(session, position);
  const place = placeOf(session.index.positionOf(moment.statement));
  return {
    position,
    label: `${taskLabel(session, moment.task)} on CPU ${moment.cpu}`,
    ...(place ? { place } : {}),
  };
}
/** The moment whose statement was running at a position. */
export function statementAt({ timeline, target }: Session, position: number): TimelineMoment {
  const { marks } = target.kernel.mem.journal;
  return timeline.momentAt(timeline.lastMoment(marks.lastAtOrBefore(position)));
}
/** `main (1)` */
function taskLabel({ target }: Session, task: number): string {
  const found = target.task(task);
  return found ? `${found.comm} (${found.pid})` : 'the kernel';
}
