/** Facts about nodes: an array by their numbers. The few nodes that the checker makes without a number are in a map. */
interface Numbered {
  readonly id?: number;
}

export class NodeTable<Value> {
  private readonly numbered: (Value | undefined)[];
  private readonly others = new Map<object, Value>();

  /** @param count of numbers: the array has entries for them from the start, in whatever order it is filled */
  constructor(count = 0) {
    this.numbered = new Array(count);
  }
  get(node: object): Value | undefined {
    const { id } = node as Numbered;
    return id === undefined ? this.others.get(node) : this.numbered[id];
  }
  set(node: object, value: Value): void {
    const { id } = node as Numbered;
    if (id === undefined) this.others.set(node, value);
    else {
      if (id >= this.numbered.length) this.growTo(id + 1);
      this.numbered[id] = value;
    }
  }
  /** An array with a gap behind its end would become a dictionary. */
  private growTo(count: number): void {
    this.numbered.length = Math.max(count, this.numbered.length + (this.numbered.length >> 2) + 64);
  }
}
