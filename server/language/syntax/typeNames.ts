/** Which names are types at the parser's position: C cannot be parsed without this. */

import { BUILTIN_TYPE_NAMES } from './tokens';

/** Typedef names in scope, besides the kernel's. A variable hides a type of the same name. */
export class TypeNames {
  /** false: hidden by a variable */
  private readonly names = new Map<string, boolean>();
  /** changes to undo when a block is left: [name, its old meaning] */
  private readonly undo: [string, boolean | undefined][] = [];

  isType(name: string): boolean {
    return this.names.get(name) ?? BUILTIN_TYPE_NAMES.has(name);
  }
  /** Whether `name` is declared as a variable and hides a type of that name. */
  isHidden(name: string): boolean {
    return this.names.get(name) === false;
  }
  /** Records that `name` names a type from here on, or a variable that hides one. */
  declare(name: string, isType: boolean): void {
    if (!isType && !this.isType(name)) return;
    this.undo.push([name, this.names.get(name)]);
    this.names.set(name, isType);
  }
  /** The number of declarations in open blocks, for `leave`. */
  depth(): number {
    return this.undo.length;
  }
  /** What was known when there were `depth` declarations in open blocks. */
  copyAt(depth: number): TypeNames {
    const copy = new TypeNames();
    for (const [name, isType] of this.names) copy.names.set(name, isType);
    copy.undo.push(...this.undo);
    copy.leave(depth);
    return copy;
  }
  /** Forgets what was declared since `depth`. */
  leave(depth: number): void {
    while (this.undo.length > depth) {
      const last = this.undo.pop();
      if (!last) return;
      const [name, before] = last;
      if (before === undefined) this.names.delete(name);
      else this.names.set(name, before);
    }
  }
}
