/**
 * The moments that are hits of one breakpoint, as marks: counted from the recorded past, not from where the session has stopped, so that
 * the count at a moment is the same whatever way one came there.
 */
export class Hits {
  /** marks before this one have been looked at */
  private looked = 0;
  private marks: number[] = [];
  /** hits that the horizon has passed */
  private passed = 0;

  /** The first mark that has not been looked at. */
  get next(): number {
    return this.looked;
  }
  /** Looks at a moment, if that has not been done: `occurs` says whether it is a hit. Moments are looked at in order of time. */
  look(mark: number, occurs: () => boolean): void {
    if (mark < this.looked) return;
    if (occurs()) this.marks.push(mark);
    this.looked = mark + 1;
  }
  /** The number of hits up to the moment, if it is one; 0 if not. */
  countAt(mark: number): number {
    let low = 0;
    let high = this.marks.length;
    while (low < high) {
      const mid = (low + high) >>> 1;
      if ((this.marks[mid] as number) < mark) low = mid + 1;
      else high = mid;
    }
    return this.marks[low] === mark ? this.passed + low + 1 : 0;
  }
  /** Forgets the future, which has been cut off behind `mark`. */
  cut(mark: number): void {
    while (this.marks.length > 0 && (this.marks.at(-1) as number) > mark) this.marks.pop();
    this.looked = Math.min(this.looked, mark + 1);
  }
  /** The horizon has moved up to `mark`: hits before it are only counted. */
  dropBefore(mark: number): void {
    this.looked = Math.max(this.looked, mark);
    let gone = 0;
    while (gone < this.marks.length && (this.marks[gone] as number) < mark) gone++;
    // moving the list for each of them would be slow
    if (gone < 1024 && gone < this.marks.length) return;
    this.marks.splice(0, gone);
    this.passed += gone;
  }
}
