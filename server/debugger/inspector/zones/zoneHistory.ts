/**
 * A zone's counters at the moments at which they have changed, and what happened to it besides, over all that is recorded. It is kept and
 * goes on from where it ended: after a step only the new entries are read.
 */
import type { Session } from '../../session';
import { failureOf } from '../allocationRecords';
import { type Term, walkSums } from './sumWalk';

const FIRST_ROOM = 1 << 12;

/** An allocation that failed. */
export interface Failure {
  readonly position: number;
  readonly label: string;
}

export class ZoneHistory {
  /** moments at which kswapd was woken */
  readonly woken: { readonly position: number }[] = [];
  /** allocations that failed, of what is recorded of allocations */
  readonly failures: Failure[] = [];
  private count = 0;
  private positions = new Float64Array(FIRST_ROOM);
  /** all sums at the first moment, at the second one … */
  private values: Float64Array;
  private readonly cuts: number;
  /** position up to which entries were read, and the next of the tracer's records */
  private at: number;
  private record: number;

  constructor(
    private readonly session: Session,
    private readonly sums: readonly (readonly Term[])[],
    /** the word that says whether kswapd waits, and what it is when it does not */
    private readonly wait: { readonly word: number; readonly empty: number },
  ) {
    const { journal } = session.target.kernel;
    this.values = new Float64Array(FIRST_ROOM * sums.length);
    this.cuts = journal.cuts;
    this.at = journal.horizon;
    this.record = session.target.kernel.trace.output.start;
  }
  /** Whether it can go on: what was read has not been dropped since, nor what comes next. */
  get isGood(): boolean {
    const { journal } = this.session.target.kernel;
    return journal.cuts === this.cuts && this.at >= journal.horizon;
  }
  /** Reads what has been recorded since. */
  follow(): void {
    const { mem, journal, trace } = this.session.target.kernel;
    const { end } = journal;
    if (this.at < end || this.count === 0)
      walkSums(
        mem,
        this.sums,
        [this.wait.word],
        { from: this.at, to: end },
        {
          moment: (position, values) => this.add(position, values),
          write: (position, _, value) => {
            if (value === this.wait.empty) this.woken.push({ position });
          },
        },
      );
    this.at = end;
    const { output } = trace;
    for (this.record = Math.max(this.record, output.start); this.record < output.end; this.record++) {
      const record = output.at(this.record);
      const label = record && failureOf(record);
      if (record && label !== undefined) this.failures.push({ position: record.position, label });
    }
  }
  private add(position: number, now: readonly number[]): void {
    const { length } = this.sums;
    const n = this.count;
    const last = (n - 1) * length;
    let isNew = n === 0;
    for (let i = 0; i < length && !isNew; i++) isNew = this.values[last + i] !== now[i];
    if (!isNew) return;
    if (n === this.positions.length) this.grow();
    this.positions[n] = position;
    for (let i = 0; i < length; i++) this.values[n * length + i] = now[i] as number;
    this.count++;
  }
  private grow(): void {
    const positions = new Float64Array(2 * this.positions.length);
    const values = new Float64Array(2 * this.values.length);
    positions.set(this.positions);
    values.set(this.values);
    this.positions = positions;
    this.values = values;
  }
  /** The moments from one position to another: what the sums are at the first, and each at which one has changed. */
  each(from: number, to: number, moment: (position: number, sumAt: (sum: number) => number) => void): void {
    const { marks } = this.session.target.kernel.journal;
    const { positions, values, count, sums } = this;
    const mark = marks.firstAtOrAfter(from);
    const start = mark < marks.end ? marks.positionOf(mark) : Number.POSITIVE_INFINITY;
    let n = firstAfter(positions, count, start) - 1;
    const sumAt = (sum: number): number => values[n * sums.length + sum] as number;
    if (n >= 0 && start <= to) moment(start, sumAt);
    for (n++; n < count; n++) {
      const position = positions[n] as number;
      if (position > to) return;
      moment(position, sumAt);
    }
  }
}
/** Index of the first of `count` ascending numbers that is greater. */
function firstAfter(ascending: Float64Array, count: number, value: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface Kept {
  readonly key: string;
  readonly history: ZoneHistory;
}
const kept = new WeakMap<Session, Kept>();
/** What is known by now of the sums that `key` names. That of the last question is kept. */
export function zoneHistory(session: Session, key: string, make: () => ZoneHistory): ZoneHistory {
  const known = kept.get(session);
  const history = known?.key === key && known.history.isGood ? known.history : make();
  kept.set(session, { key, history });
  history.follow();
  return history;
}
