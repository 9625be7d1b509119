/** An array of structures in the kernel's data that lockdep takes its elements from, one after the other (kernel/locking/lockdep.c, 6.1). */
import { arrayOf } from '../../../types/ctype';
import type { Core } from '../../sched/core';

export class RecordTable<Field extends string> {
  private readonly base: number;
  private readonly size: number;
  private readonly offsets: Readonly<Record<Field, number>>;
  private readonly count: number;

  /** Before the run: defines the array and its counter, `nr_NAME`. */
  constructor(
    private readonly core: Core,
    name: string,
    tag: string,
    fields: readonly Field[],
    readonly capacity: number,
  ) {
    const { symbols, layouts } = core.kernel;
    this.base = symbols.define(name, arrayOf(layouts.parseType(`struct ${tag}`), capacity));
    this.size = layouts.size(tag);
    this.offsets = Object.fromEntries(fields.map((field) => [field, layouts.offset(tag, field)])) as Record<
      Field,
      number
    >;
    this.count = symbols.define(`nr_${name}`, layouts.parseType('unsigned int'));
  }
  /** Elements that have been taken: numbers 1 … used. */
  get used(): number {
    return this.core.get32(this.count);
  }
  /** The number of the next element, from 1; 0 if there is none left. */
  take(): number {
    const { used } = this;
    if (used >= this.capacity) return 0;
    this.core.set32(this.count, used + 1);
    return used + 1;
  }
  get(number: number, field: Field): number {
    return this.core.get32(this.base + (number - 1) * this.size + this.offsets[field]);
  }
  set(number: number, field: Field, value: number): void {
    this.core.set32(this.base + (number - 1) * this.size + this.offsets[field], value);
  }
  getLong(number: number, field: Field): number {
    return this.core.getLong(this.base + (number - 1) * this.size + this.offsets[field]);
  }
  setLong(number: number, field: Field, value: number): void {
    this.core.setLong(this.base + (number - 1) * this.size + this.offsets[field], value);
  }
}

/** Heads of hash chains: numbers of elements, 0 for an empty chain. */
export class HashHeads {
  private readonly base: number;

  /** Before the run. `length`: a power of two. */
  constructor(
    private readonly core: Core,
    name: string,
    private readonly length: number,
  ) {
    const { symbols, layouts } = core.kernel;
    this.base = symbols.define(name, arrayOf(layouts.parseType('unsigned int'), length));
  }
  get(hash: number): number {
    return this.core.get32(this.base + 4 * (hash & (this.length - 1)));
  }
  set(hash: number, number: number): void {
    this.core.set32(this.base + 4 * (hash & (this.length - 1)), number);
  }
}
