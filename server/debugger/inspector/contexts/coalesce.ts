/** Stretches of time, at most so many: short ones that begin near each other become one, which says what the longest of them says. */

interface Stretch {
  readonly from: number;
  readonly to: number;
}
/** How many were put together, if more than one. */
type Coalesced<T> = T & { readonly merged?: number };

export class Coalesce<T extends Stretch> {
  private all: T[] | undefined = [];
  private readonly long: T[] = [];
  /** by cell */
  private readonly groups = new Map<number, { longest: T; from: number; to: number; count: number }>();
  private readonly cell: number;

  constructor(
    private readonly from: number,
    to: number,
    private readonly most: number,
  ) {
    this.cell = Math.max(1, (3 * (to - from + 1)) / most);
  }
  add(stretch: T): void {
    if (this.all && this.all.push(stretch) > this.most) this.all = undefined;
    const { from, to } = stretch;
    if (to - from >= this.cell) {
      this.long.push(stretch);
      return;
    }
    const cell = Math.floor((from - this.from) / this.cell);
    const group = this.groups.get(cell);
    if (!group) {
      this.groups.set(cell, { longest: stretch, from, to, count: 1 });
      return;
    }
    group.count++;
    group.from = Math.min(group.from, from);
    group.to = Math.max(group.to, to);
    if (to - from > group.longest.to - group.longest.from) group.longest = stretch;
  }
  /** In order of their beginnings. */
  get stretches(): Coalesced<T>[] {
    const few = this.all ?? [
      ...this.long,
      ...[...this.groups.values()].map(({ longest, from, to, count }) => ({
        ...longest,
        from,
        to,
        ...(count > 1 ? { merged: count } : {}),
      })),
    ];
    return few.sort((a, b) => a.from - b.from || b.to - a.to);
  }
}
