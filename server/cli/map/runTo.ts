/** The moment of a run that `--at` names. */
import type { Session } from '../../debugger/session';
import { UsageError } from '../command';

/** What `--at` takes, for --help and for mistakes. */
export const MOMENTS =
  'start, end, the number of statements that have run, or :LINE[:N], the N-th time that LINE runs next';

type Where = { readonly statements: number } | { readonly line: number; readonly time: number };
/** @throws UsageError for a text that names no moment */
export function momentNamed(text: string): Where {
  if (text === 'start') return { statements: 0 };
  if (text === 'end') return { statements: Number.POSITIVE_INFINITY };
  if (/^\d{1,15}$/.test(text)) return { statements: Number(text) };
  const [, line, time = '1'] = /^:(\d{1,9})(?::(\d{1,9}))?$/.exec(text) ?? [];
  if (line === undefined || Number(time) === 0) throw new UsageError(`--at takes ${MOMENTS}; not ${text}`);
  return { line: Number(line), time: Number(time) };
}

/** Runs a session from its start to a moment. @throws UsageError for a moment that the run does not come to */
export function runTo(session: Session, where: Where): void {
  const { timeline } = session;
  if ('statements' in where) {
    let statements = 0;
    while (statements < where.statements && timeline.forward()) statements++;
    if (statements < where.statements && where.statements !== Number.POSITIVE_INFINITY)
      throw new UsageError(`--at ${where.statements}: the run ends after ${statements} statements`);
    return;
  }
  const { line, time } = where;
  const wanted = new Set(session.index.at(0, line));
  const isThere = [...wanted].some((id) => session.index.positionOf(id)?.line === line);
  if (!isThere) throw new UsageError(`--at :${line}: no statement begins on that line`);
  let seen = 0;
  do {
    if (wanted.has(session.moment.statement) && ++seen === time) return;
  } while (timeline.forward());
  const often = seen === 0 ? 'never runs' : `runs ${seen} time${seen === 1 ? '' : 's'}`;
  throw new UsageError(`--at :${line}${time === 1 ? '' : `:${time}`}: the line ${often}`);
}
