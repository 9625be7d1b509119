/** Facts about nodes: an array by their numbers. The few nodes that the checker makes without a number are in a map. */
interface Numbered {
  readonly id?: number;
}

/** nodes in one part of a table */
const PART = 10;

export class NodeTable<Value> {
  private readonly parts: ((Value | undefined)[] | undefined)[];
  private readonly others = new Map<object, Value>();

  /** @param count of numbers */
  constructor(count = 0) {
    this.parts = new Array((count >> PART) + 1).fill(undefined);
  }
  get(node: object): Value | undefined {
    const { id } = node as Numbered;
    return id === undefined ? this.others.get(node) : this.parts[id >> PART]?.[id & ((1 << PART) - 1)];
  }
  set(node: object, value: Value): void {
    const { id } = node as Numbered;
    if (id === undefined) {
      this.others.set(node, value);
      return;
    }
    const at = id >> PART;
    while (at >= this.parts.length) this.parts.push(undefined);
    let part = this.parts[at];
    if (!part) this.parts[at] = part = new Array(1 << PART);
    part[id & ((1 << PART) - 1)] = value;
  }
}
