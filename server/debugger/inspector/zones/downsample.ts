/**
 * A step function with at most so many points: exactly if it has few, else the least, the greatest and the last value of each of equal
 * stretches, at the moments at which they were reached, so that no peak is lost.
 */

/** The least, greatest and last of a stretch: position and value of each. */
interface Stretch {
  least: number;
  leastAt: number;
  greatest: number;
  greatestAt: number;
  last: number;
  lastAt: number;
}
interface Points {
  readonly positions: number[];
  readonly values: number[];
  readonly exact: boolean;
}

export class Downsample {
  private readonly positions: number[] = [];
  private readonly values: number[] = [];
  private readonly stretches: (Stretch | undefined)[];
  private readonly width: number;
  private exact = true;
  private last: number | undefined;

  constructor(
    private readonly from: number,
    to: number,
    private readonly most: number,
  ) {
    const count = Math.max(1, Math.floor(most / 3));
    this.stretches = new Array<Stretch | undefined>(count).fill(undefined);
    this.width = Math.max(1, (to - from + 1) / count);
  }
  /** The value from a position on, in order of position. */
  add(position: number, value: number): void {
    if (value === this.last) return;
    this.last = value;
    if (this.positions.length < this.most) {
      this.positions.push(position);
      this.values.push(value);
    } else this.exact = false;
    const index = Math.floor((position - this.from) / this.width);
    const stretch = this.stretches[index];
    if (stretch === undefined) {
      this.stretches[index] = {
        least: value,
        leastAt: position,
        greatest: value,
        greatestAt: position,
        last: value,
        lastAt: position,
      };
      return;
    }
    if (value < stretch.least) {
      stretch.least = value;
      stretch.leastAt = position;
    }
    if (value > stretch.greatest) {
      stretch.greatest = value;
      stretch.greatestAt = position;
    }
    stretch.last = value;
    stretch.lastAt = position;
  }
  get points(): Points {
    const { positions, values, exact } = this;
    if (exact) return { positions, values, exact };
    const found: Points = { positions: [], values: [], exact };
    for (const stretch of this.stretches) {
      if (stretch === undefined) continue;
      const { least, leastAt, greatest, greatestAt, last, lastAt } = stretch;
      const ends =
        leastAt < greatestAt
          ? ([
              [leastAt, least],
              [greatestAt, greatest],
            ] as const)
          : ([
              [greatestAt, greatest],
              [leastAt, least],
            ] as const);
      for (const [at, value] of [...ends, [lastAt, last] as const]) {
        if (at === found.positions.at(-1)) continue;
        found.positions.push(at);
        found.values.push(value);
      }
    }
    return found;
  }
}
