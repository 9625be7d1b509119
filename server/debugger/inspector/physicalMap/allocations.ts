/**
 * Who allocated each block and when, at the journal's cursor. A block has been allocated when the reference count of its first frame was
 * raised from 0: the journal's entries say when that was, and its marks which statement ran. What is older than the journal reaches, or was
 * before the run, is not known.
 */
import type { Kernel } from '../../../kernel/kernel';
import type { Slots } from './slots';

type AllocationKernel = Pick<Kernel, 'journal' | 'pages'>;

export interface Allocation {
  readonly position: number;
  /** index of the mark of the moment that it happened in */
  readonly mark: number;
  /** that ran; −1 for the kernel's own code */
  readonly statement: number;
}
/** No event: allocated before what is known. */
export const UNKNOWN_EVENT = -1;

/** Grows as it is filled. */
class Column {
  private values = new Float64Array(1024);
  get(i: number): number {
    return this.values[i] as number;
  }
  set(i: number, value: number): void {
    if (i >= this.values.length) {
      const larger = new Float64Array(2 * this.values.length);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[i] = value;
  }
}

export class Allocations {
  // an event for each allocation in the entries read so far, oldest first
  private readonly positions = new Column();
  private readonly pfns = new Column();
  private readonly marks = new Column();
  private readonly statements = new Column();
  /** the event before it of the same frame, −1 for none */
  private readonly earlier = new Column();
  private events = 0;
  /** events before this one are before the cursor */
  private applied = 0;
  private readonly latest = new Map<number, number>();
  /** entries below this position have been read */
  private read: number;
  private cuts: number;

  constructor(
    private readonly k: AllocationKernel,
    private readonly slots: Slots,
    /** statement of the moment that a mark is in */
    private readonly statementAt: (mark: number) => number,
  ) {
    this.read = k.journal.horizon;
    this.cuts = k.journal.cuts;
  }

  /** The allocation of the block that begins at a frame; undefined if it was before what is known. */
  of(pfn: number): Allocation | undefined {
    const event = this.eventOf(pfn);
    if (event === UNKNOWN_EVENT) return undefined;
    return { position: this.positions.get(event), mark: this.markOf(event), statement: this.statementOf(event) };
  }
  /** The same as a number, which stays what it is as long as nobody changes the past. */
  eventOf(pfn: number): number {
    return this.latest.get(pfn) ?? UNKNOWN_EVENT;
  }
  markOf(event: number): number {
    return this.marks.get(event);
  }
  statementOf(event: number): number {
    return this.statements.get(event);
  }

  /** Follows the cursor. */
  update(): void {
    const { journal } = this.k;
    if (journal.cuts !== this.cuts) this.forget();
    const { position } = journal;
    while (this.applied > 0 && this.positions.get(this.applied - 1) >= position) this.takeBack();
    while (this.applied < this.events && this.positions.get(this.applied) < position) this.apply();
    // what was dropped unread is not known
    this.read = Math.max(this.read, journal.horizon);
    if (this.read < position) this.readUpTo(position);
  }
  private forget(): void {
    this.events = 0;
    this.applied = 0;
    this.latest.clear();
    this.read = this.k.journal.horizon;
    this.cuts = this.k.journal.cuts;
  }
  private takeBack(): void {
    const event = --this.applied;
    const before = this.earlier.get(event);
    if (before < 0) this.latest.delete(this.pfns.get(event));
    else this.latest.set(this.pfns.get(event), before);
  }
  private apply(): void {
    this.latest.set(this.pfns.get(this.applied), this.applied);
    this.applied++;
  }
  private readUpTo(position: number): void {
    const { slots } = this;
    const { journal, pages } = this.k;
    const { marks } = journal;
    let mark = marks.lastAtOrBefore(this.read);
    let asked = -1;
    let statement = -1;
    journal.written(this.read, position, (word, _count, at, content) => {
      // before the cursor an entry holds what was there before it
      if (content !== 0) return;
      const pfn = slots.describes(word);
      if (pfn < 0 || word !== pages.word(pfn) + pages.refcount) return;
      while (mark + 1 < marks.end && marks.positionOf(mark + 1) <= at) mark++;
      if (mark !== asked) statement = this.statementAt(mark);
      asked = mark;
      const event = this.events++;
      this.positions.set(event, at);
      this.pfns.set(event, pfn);
      this.marks.set(event, mark);
      this.statements.set(event, statement);
      this.earlier.set(event, this.latest.get(pfn) ?? -1);
      this.apply();
    });
    this.read = position;
  }
}
