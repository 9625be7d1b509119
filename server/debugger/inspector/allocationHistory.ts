/**
 * The allocations of a session's run, by block: an index of the tracer's records, which are kept with their positions and are cut with the
 * future. It follows the records as they come; what is asked is what had happened by the time cursor.
 */
import type { TraceRecord } from '../../kernel/printk/trace';
import { orMake } from '../../types/orMake';
import type { Session } from '../session';
import { allocationOf, freeOf } from './allocationRecords';

/** The last allocation of a block, and what freed it since. */
export interface BlockHistory {
  readonly allocated: TraceRecord | undefined;
  readonly freed: TraceRecord | undefined;
}

export class AllocationHistory {
  /** indexes of the records that name a block, oldest first */
  private byBlock = new Map<string, number[]>();
  /** index of the next record to be read, and the last that was */
  private next = 0;
  private last: TraceRecord | undefined;

  constructor(private readonly session: Session) {}

  private get output() {
    return this.session.target.kernel.trace.output;
  }
  /** The history of a block up to the time cursor. */
  of(block: string): BlockHistory {
    this.follow();
    const end = this.output.endAt(this.session.timeline.position);
    let freed: TraceRecord | undefined;
    const indexes = this.byBlock.get(block) ?? [];
    for (let i = indexes.length - 1; i >= 0; i--) {
      const index = indexes[i] as number;
      const record = index < end ? this.output.at(index) : undefined;
      if (!record) continue;
      if (freeOf(record) === undefined) return { allocated: record, freed };
      freed ??= record;
    }
    return { allocated: undefined, freed };
  }
  /** Reads what has been recorded since. */
  private follow(): void {
    const { output } = this;
    if (this.next > 0 && this.next > output.start && output.at(this.next - 1) !== this.last) {
      // the future that was read has been dropped
      this.byBlock = new Map();
      this.next = 0;
    }
    for (this.next = Math.max(this.next, output.start); this.next < output.end; this.next++) {
      const record = output.at(this.next);
      if (!record) continue;
      this.last = record;
      const allocation = allocationOf(record);
      const block = allocation?.failed ? undefined : (allocation?.block ?? freeOf(record));
      if (block !== undefined) orMake(this.byBlock, block, () => []).push(this.next);
    }
  }
}

const histories = new WeakMap<Session, AllocationHistory>();
/** The history of a session's allocations. */
export const allocationHistory = (session: Session): AllocationHistory =>
  orMake(histories, session, () => new AllocationHistory(session));
