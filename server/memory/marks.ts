/**
 * Marks in time: the statement or event at a journal position. Kept in flat columns: a run makes millions of them.
 * The vm, which makes the marks, defines the meaning of their numbers.
 */
const CHUNK = 1 << 14;
/** numbers per mark: position, kind, a, b, c, d */
const COLUMNS = 6;

interface Mark {
  /** index among all marks ever made; stays the same when old ones are dropped */
  readonly index: number;
  readonly position: number;
  readonly kind: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
}

export class Marks {
  private chunks: Float64Array[] = [];
  /** a chunk that has been dropped, to be used again */
  private spare: Float64Array | undefined;
  /** index of the first mark still held, and of the next one */
  private first = 0;
  private next = 0;
  /** index of chunk 0's first mark */
  private base = 0;

  /** Index of the oldest mark still held. */
  get start(): number {
    return this.first;
  }
  /** One past the index of the newest mark. */
  get end(): number {
    return this.next;
  }
  get bytes(): number {
    return this.chunks.length * CHUNK * COLUMNS * 8;
  }
  add(position: number, kind: number, a = 0, b = 0, c = 0, d = 0): void {
    const slot = this.next - this.base;
    let chunk = this.chunks[slot >>> 14];
    if (!chunk) {
      chunk = this.spare ?? new Float64Array(CHUNK * COLUMNS);
      this.spare = undefined;
      this.chunks.push(chunk);
    }
    const at = (slot & (CHUNK - 1)) * COLUMNS;
    chunk[at] = position;
    chunk[at + 1] = kind;
    chunk[at + 2] = a;
    chunk[at + 3] = b;
    chunk[at + 4] = c;
    chunk[at + 5] = d;
    this.next++;
  }
  /** The mark with this index; undefined outside `start` … `end - 1`. */
  at(index: number): Mark | undefined {
    if (!(index >= this.first && index < this.next)) return undefined;
    const slot = index - this.base;
    const chunk = this.chunks[slot >>> 14] as Float64Array;
    const at = (slot & (CHUNK - 1)) * COLUMNS;
    return {
      index,
      position: chunk[at] as number,
      kind: chunk[at + 1] as number,
      a: chunk[at + 2] as number,
      b: chunk[at + 3] as number,
      c: chunk[at + 4] as number,
      d: chunk[at + 5] as number,
    };
  }
  /** Journal position of a mark, without making an object. */
  positionOf(index: number): number {
    const slot = index - this.base;
    return (this.chunks[slot >>> 14] as Float64Array)[(slot & (CHUNK - 1)) * COLUMNS] as number;
  }
  /** Index of the newest mark at or before `position`; `start - 1` if there is none. */
  lastAtOrBefore(position: number): number {
    let low = this.first;
    let high = this.next;
    while (low < high) {
      const mid = (low + high) >>> 1;
      if (this.positionOf(mid) <= position) low = mid + 1;
      else high = mid;
    }
    return low - 1;
  }
  /** Index of the first mark from index `from` on that is at or after `position`; `end` if there is none. Quick where it is near. */
  firstAtOrAfter(position: number, from = this.first): number {
    let low = Math.max(from, this.first);
    let step = 1;
    while (low + step < this.next && this.positionOf(low + step) < position) {
      low += step;
      step *= 2;
    }
    let high = Math.min(low + step, this.next);
    while (low < high) {
      const mid = (low + high) >>> 1;
      if (this.positionOf(mid) < position) low = mid + 1;
      else high = mid;
    }
    return low;
  }
  /** Forgets the marks after `position`. */
  cut(position: number): void {
    this.next = this.lastAtOrBefore(position) + 1;
    this.chunks.length = Math.ceil((this.next - this.base) / CHUNK);
  }
  /** Forgets the marks before `position` (the journal's horizon). */
  dropBefore(position: number): void {
    while (this.first < this.next && this.positionOf(this.first) < position) this.first++;
    while (this.first - this.base >= CHUNK) {
      this.spare = this.chunks.shift();
      this.base += CHUNK;
    }
  }
}
