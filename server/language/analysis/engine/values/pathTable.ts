import type { PathId } from './varPaths';

/** Facts about paths: an array by their numbers, without gaps. */
export class PathTable<Value> {
  private readonly list: (Value | undefined)[] = [];

  get(path: PathId): Value | undefined {
    return this.list[path];
  }
  set(path: PathId, value: Value): void {
    const { list } = this;
    while (list.length <= path) list.push(undefined);
    list[path] = value;
  }
}
