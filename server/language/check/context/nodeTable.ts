/** Facts about nodes: one array per file for expressions, which the parser numbers, and a map for all other nodes. */
interface Numbered {
  readonly id?: number;
  readonly span?: { readonly file: number };
}

export class NodeTable<Value> {
  private readonly dense: (Value | undefined)[][] = [];
  private readonly others = new Map<object, Value>();

  /** @param files whose expressions entries are reserved for; those of others are in the map */
  constructor(files: readonly { readonly tree: { readonly expressions?: number } }[] = []) {
    files.forEach(({ tree }, file) => {
      if (tree.expressions !== undefined) this.reserve(file, tree.expressions);
    });
  }
  /** Reserves entries for `count` expressions of file `file`, so that the array stays dense in whatever order it is filled. */
  reserve(file: number, count: number): void {
    this.dense[file] = new Array(count);
  }
  get(node: object): Value | undefined {
    const { id, span } = node as Numbered;
    if (id !== undefined && span !== undefined) {
      const list = this.dense[span.file];
      if (list !== undefined) return list[id];
    }
    return this.others.get(node);
  }
  set(node: object, value: Value): void {
    const { id, span } = node as Numbered;
    if (id !== undefined && span !== undefined) {
      const list = this.dense[span.file];
      if (list !== undefined) {
        list[id] = value;
        return;
      }
    }
    this.others.set(node, value);
  }
}
