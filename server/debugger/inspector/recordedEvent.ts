/** An allocation or a free, as the tracer has recorded it, for an answer. */
import type { TraceRecord } from '../../kernel/printk/trace';
import type { Session } from '../session';
import { allocationOf } from './allocationRecords';
import { occurrenceAt, placeOf } from './moments';
import type { Occurrence } from './shapes/common';

export interface RecordedEvent extends Occurrence {
  /** the function of the API that was called, or the event */
  readonly function: string;
  readonly bytesRequested?: number;
}

export function recordedEvent(session: Session, record: TraceRecord): RecordedEvent {
  const { site, position, name } = record;
  const place = placeOf(site && session.index.positionOfSpan(site.span));
  const allocation = allocationOf(record);
  return {
    position,
    label: occurrenceAt(session, position).label,
    ...(place ? { place } : {}),
    function: site?.api ?? name,
    ...(allocation ? { bytesRequested: allocation.requested } : {}),
  };
}
