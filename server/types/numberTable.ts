/** Entries by small numbers, in an array without gaps. */
export class NumberTable<Value> {
  private readonly list: (Value | undefined)[] = [];

  get(at: number): Value | undefined {
    return this.list[at];
  }
  set(at: number, value: Value): void {
    const { list } = this;
    while (list.length <= at) list.push(undefined);
    list[at] = value;
  }
}
