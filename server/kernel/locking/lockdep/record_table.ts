/** An array of structures in the kernel's data that lockdep takes its elements from, one after the other (kernel/locking/lockdep.c, 6.1). */
import type { Memory } from '../../../memory/memory';
import { arrayOf } from '../../../types/ctype';
import type { Core } from '../../sched/core';

export class RecordTable<Field extends string> {
  /** physical addresses, which are read faster than virtual ones */
  private readonly base: number;
  private readonly count: number;
  private readonly size: number;
  private readonly offsets: Readonly<Record<Field, number>>;
  private readonly mem: Memory;
  private readonly wide: boolean;

  /** Before the run: defines the array and its counter, `nr_NAME`. */
  constructor(
    { kernel: { symbols, layouts, direct, mem }, wordSize }: Core,
    name: string,
    tag: string,
    fields: readonly Field[],
    readonly capacity: number,
  ) {
    this.mem = mem;
    this.wide = wordSize === 8;
    this.base = direct.pa(symbols.define(name, arrayOf(layouts.parseType(`struct ${tag}`), capacity)));
    this.size = layouts.size(tag);
    this.offsets = Object.fromEntries(fields.map((field) => [field, layouts.offset(tag, field)])) as Record<
      Field,
      number
    >;
    this.count = direct.pa(symbols.define(`nr_${name}`, layouts.parseType('unsigned int')));
  }
  /** Elements that have been taken: numbers 1 … used. */
  get used(): number {
    return this.word(this.count);
  }
  /** The number of the next element, from 1; 0 if there is none left. */
  take(): number {
    const { used } = this;
    if (used >= this.capacity) return 0;
    this.setWord(this.count, used + 1);
    return used + 1;
  }
  get(number: number, field: Field): number {
    return this.word(this.at(number, field));
  }
  set(number: number, field: Field, value: number): void {
    this.setWord(this.at(number, field), value);
  }
  getLong(number: number, field: Field): number {
    const at = this.at(number, field);
    const low = this.word(at) >>> 0;
    return this.wide ? this.word(at + 4) * 0x1_0000_0000 + low : low;
  }
  setLong(number: number, field: Field, value: number): void {
    const at = this.at(number, field);
    this.setWord(at, value | 0);
    if (this.wide) this.setWord(at + 4, Math.floor(value / 0x1_0000_0000) | 0);
  }
  private at(number: number, field: Field): number {
    return this.base + (number - 1) * this.size + this.offsets[field];
  }
  private word(phys: number): number {
    const word = this.mem.word(phys);
    return this.mem.words[word] as number;
  }
  private setWord(phys: number, value: number): void {
    this.mem.set(this.mem.word(phys), value);
  }
}

/** Heads of hash chains: numbers of elements, 0 for an empty chain. */
export class HashHeads {
  private readonly base: number;
  private readonly mem: Memory;

  /** Before the run. `length`: a power of two. */
  constructor(
    { kernel: { symbols, layouts, direct, mem } }: Core,
    name: string,
    private readonly length: number,
  ) {
    this.mem = mem;
    this.base = direct.pa(symbols.define(name, arrayOf(layouts.parseType('unsigned int'), length)));
  }
  get(hash: number): number {
    const word = this.word(hash);
    return this.mem.words[word] as number;
  }
  set(hash: number, number: number): void {
    this.mem.set(this.word(hash), number);
  }
  private word(hash: number): number {
    return this.mem.word(this.base + 4 * (hash & (this.length - 1)));
  }
}
