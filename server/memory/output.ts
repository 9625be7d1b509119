/**
 * What a machine puts out while it runs (log, trace): a list in order of time. Not state, but tied to it: an entry has the journal
 * position at which it was written, is cut with the future, and counts in the journal's budget.
 *
 * An entry at position p was written before a mark at p: a statement writes (the tick's count) before it can print.
 */
import type { Journal } from './journal';

interface Placed {
  /** journal position at which it was written */
  readonly position: number;
}

export class Output<T extends Placed> {
  private list: T[] = [];
  /** how many of `list` have been dropped already */
  private head = 0;
  /** index of list[0] among all entries */
  private base = 0;

  /**
   * @param bytesOf what an entry takes in the host's memory, about
   * @param dropped told of each entry that goes to make room
   */
  constructor(
    private readonly journal: Journal,
    private readonly bytesOf: (entry: T) => number,
    private readonly dropped: (entry: T) => void = () => {},
  ) {
    journal.keep(this);
  }

  /** Index of the oldest entry still held: indexes stay the same when old entries are dropped. */
  get start(): number {
    return this.base + this.head;
  }
  /** One past the index of the newest entry. */
  get end(): number {
    return this.base + this.list.length;
  }
  /** The entries still held, oldest first, those beyond the time cursor too. */
  get held(): readonly T[] {
    this.compact();
    return this.list;
  }
  at(index: number): T | undefined {
    return index < this.start ? undefined : this.list[index - this.base];
  }
  /** Index behind the newest entry at or before a position. */
  endAt(position: number): number {
    if (this.positionOf(this.list.length - 1) <= position) return this.end;
    let low = this.head;
    let high = this.list.length;
    while (low < high) {
      const mid = (low + high) >>> 1;
      if (this.positionOf(mid) <= position) low = mid + 1;
      else high = mid;
    }
    return this.base + low;
  }
  /** The entries from one position to another, both included, oldest first. */
  *within(from: number, to: number): Generator<T> {
    const end = this.endAt(to);
    for (let i = Math.max(this.start, this.endAt(from - 1)); i < end; i++) yield this.list[i - this.base] as T;
  }
  push(entry: T): void {
    this.list.push(entry);
    this.journal.outputGrows(this.bytesOf(entry));
  }

  // ---------------------------------------------------------------- for the journal
  /** Position of the oldest entry; Infinity if there is none. */
  get oldest(): number {
    return this.head < this.list.length ? this.positionOf(this.head) : Number.POSITIVE_INFINITY;
  }
  dropOldest(): void {
    const entry = this.list[this.head];
    if (entry === undefined) return;
    this.head++;
    this.journal.outputShrinks(this.bytesOf(entry));
    this.dropped(entry);
    if (this.head >= 1024 && this.head * 2 >= this.list.length) this.compact();
  }
  setAside(): () => void {
    const { list, head, base } = this;
    Object.assign(this, { list: [], head: 0, base: this.end });
    return () => Object.assign(this, { list, head, base });
  }
  /** Forgets what was written after a position. */
  cut(position: number): void {
    const length = this.endAt(position) - this.base;
    for (let i = length; i < this.list.length; i++) this.journal.outputShrinks(this.bytesOf(this.list[i] as T));
    this.list.length = length;
  }

  private compact(): void {
    if (this.head === 0) return;
    this.list.splice(0, this.head);
    this.base += this.head;
    this.head = 0;
  }
  private positionOf(i: number): number {
    return this.list[i]?.position ?? -1;
  }
}
