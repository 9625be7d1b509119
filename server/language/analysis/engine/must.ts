/**
 * Facts that hold in every state that reaches a point. A rule that has to be certain (a lock is held at this return whatever happened
 * before) lets each state that arrives meet the ones before it, and reports what is left after the walk.
 */
interface Met<Item, Evidence> {
  items: readonly Item[];
  readonly evidence: Evidence;
}

export class Must<Point, Item, Evidence> {
  private readonly points = new Map<Point, Met<Item, Evidence>>();

  constructor(private readonly same: (a: Item, b: Item) => boolean) {}

  /** A state reaches `point`, in which `items` hold. The evidence of the first one is kept. */
  meet(point: Point, items: readonly Item[], evidence: Evidence): void {
    const known = this.points.get(point);
    if (!known) this.points.set(point, { items, evidence });
    else known.items = known.items.filter((a) => items.some((b) => this.same(a, b)));
  }
  /** What held every time, by point, in the order in which the points were first reached. */
  results(): Iterable<{ readonly items: readonly Item[]; readonly evidence: Evidence }> {
    return this.points.values();
  }
}
