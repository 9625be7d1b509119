/** The last writes to an object, from the journal: a row for each statement that wrote to it. */
import type { ArenaRange, Touch } from '../../../memory/journal';
import type { CType } from '../../../types/ctype';
import { pathAt } from '../../../types/memberPath';
import { PAGE_SIZE } from '../../../types/pageSize';
import type { Session } from '../../session';
import { occurrenceAt, statementAt } from '../moments';
import type { Occurrence } from '../shapes/common';

/** Bytes of an object whose writes are looked for: of a larger one, only the beginning. */
const MOST_BYTES = 4 << 20;
/** Entries of the journal that are looked at for the rows: a memset of single words makes many. */
const MOST_TOUCHES = 4096;
/** Fields that a row names; the others are counted. */
const MOST_NAMES = 4;

/** A part of memory that belongs to the object: where it is, and how its bytes are called. */
export interface Watched {
  readonly address: number;
  readonly bytes: number;
  /** the type of what is there, if it is known */
  readonly type: CType | undefined;
  /** put before the name of what was written: `struct page` */
  readonly prefix: string;
}
export interface WriteRow extends Occurrence {
  readonly field: string;
  readonly bytes: number;
}
interface Piece {
  readonly phys: number;
  readonly length: number;
  readonly offset: number;
  readonly watched: Watched;
}

/** The newest first, at most `count`; `complete`: there are no others since the oldest recorded moment. */
export function lastWrites(
  session: Session,
  watched: readonly Watched[],
  count: number,
): { rows: WriteRow[]; complete: boolean } {
  const { mem } = session.target.kernel;
  const pieces = watched.flatMap((w) => piecesOf(session, w));
  const ranges: ArenaRange[] = pieces.flatMap((piece) => mem.ranges(piece.phys, piece.length));
  const rows: WriteRow[] = [];
  let before = session.timeline.position;
  let mark: number | undefined;
  let group: Touch[] = [];
  const close = () => {
    if (group.length > 0) rows.push(rowOf(session, pieces, group));
    group = [];
  };
  for (let n = 0; n < MOST_TOUCHES; n++) {
    const touch = journalTouch(session, ranges, before);
    if (!touch) {
      close();
      return { rows, complete: session.timeline.horizon === 0 };
    }
    const { mark: own } = statementAt(session, touch.position);
    if (own !== mark) {
      close();
      if (rows.length >= count) return { rows, complete: false };
    }
    mark = own;
    group.push(touch);
    before = touch.position;
  }
  close();
  return { rows: rows.slice(0, count), complete: false };
}
const journalTouch = (session: Session, ranges: readonly ArenaRange[], before: number): Touch | undefined =>
  session.target.kernel.mem.journal.lastTouch(ranges, 0, before);

function piecesOf({ view }: Session, watched: Watched): Piece[] {
  const found: Piece[] = [];
  const length = Math.min(watched.bytes, MOST_BYTES);
  for (let done = 0; done < length; ) {
    const at = watched.address + done;
    const inPage = ((at % PAGE_SIZE) + PAGE_SIZE) % PAGE_SIZE;
    const part = Math.min(length - done, PAGE_SIZE - inPage);
    const phys = view.space.translate(at);
    if (phys >= 0) found.push({ phys, length: part, offset: done, watched });
    done += part;
  }
  return found;
}
/** A row of all that one statement wrote. */
function rowOf(session: Session, pieces: readonly Piece[], touches: readonly Touch[]): WriteRow {
  const { mem } = session.target.kernel;
  const names = new Set<string>();
  let bytes = 0;
  for (const { word, count, mask } of touches) {
    const phys = mem.physOf(word);
    const first = count === 1 ? phys + Math.max(0, 31 - Math.clz32(mask & -mask)) : phys;
    const length = count === 1 ? bitCount(mask) : count * 4;
    for (const piece of pieces) {
      const from = Math.max(first, piece.phys);
      const end = Math.min(first + length, piece.phys + piece.length);
      if (from >= end) continue;
      bytes += end - from;
      names.add(nameOf(piece, piece.offset + from - piece.phys));
    }
  }
  const shown = [...names].slice(0, MOST_NAMES).join(', ');
  const more = names.size > MOST_NAMES ? `, and ${names.size - MOST_NAMES} more` : '';
  return { ...occurrenceAt(session, touches[0]?.position ?? 0), field: `${shown}${more}`, bytes };
}
const bitCount = (mask: number): number => [1, 2, 4, 8].filter((bit) => mask & bit).length;
function nameOf({ watched }: Piece, offset: number): string {
  // half of a pointer that was written by words is the pointer
  const member =
    watched.type &&
    pathAt(watched.type, offset, true)
      .replace(/^\./, '')
      .replace(/(?<=.)\+0x\w+$/, '');
  const path = member ?? `+0x${offset.toString(16)}`;
  return `${watched.prefix}${path || '+0x0'}`;
}
