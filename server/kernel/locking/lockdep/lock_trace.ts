/** Call traces that lockdep keeps, each once, as addresses of code (kernel/locking/lockdep.c: save_trace, 6.1). */
import { arrayOf } from '../../../types/ctype';
import type { Core } from '../../sched/core';
import { HashHeads } from './record_table';

/** longs for all traces, and frames that are kept of one */
const MAX_STACK_TRACE_ENTRIES = { wide: 16384, narrow: 4096 };
const MAX_FRAMES = 24;
/** longs before a trace's frames: the next trace of its hash chain, and the number of frames */
const HEADER = 2;

export class LockTraces {
  private readonly base: number;
  private readonly length: number;
  private readonly used: number;
  private readonly heads: HashHeads;

  /** Before the run. */
  constructor(private readonly core: Core) {
    const { symbols, layouts } = core.kernel;
    this.length = core.wordSize === 8 ? MAX_STACK_TRACE_ENTRIES.wide : MAX_STACK_TRACE_ENTRIES.narrow;
    this.base = symbols.define('stack_trace', arrayOf(layouts.parseType('unsigned long'), this.length));
    this.used = symbols.define('nr_stack_trace_entries', layouts.parseType('unsigned int'));
    this.heads = new HashHeads(core, 'stack_trace_hash', 64);
  }
  private long(index: number): number {
    return this.core.getLong(this.base + index * this.core.wordSize);
  }
  private setLong(index: number, value: number): void {
    this.core.setLong(this.base + index * this.core.wordSize, value);
  }
  /** Keeps a trace, innermost frame first. Its number; 0 if there is no room left. */
  save(addresses: readonly number[]): number {
    const frames = addresses.slice(0, MAX_FRAMES);
    let hash = frames.length;
    for (const address of frames) hash = (Math.imul(hash, 31) + (address | 0)) | 0;
    hash ^= hash >>> 16;
    for (let at = this.heads.get(hash); at !== 0; at = this.long(at - 1)) if (this.equals(at, frames)) return at;
    const start = this.core.get32(this.used);
    if (start + HEADER + frames.length > this.length) return 0;
    this.setLong(start, this.heads.get(hash));
    this.setLong(start + 1, frames.length);
    frames.forEach((address, i) => {
      this.setLong(start + HEADER + i, address);
    });
    this.core.set32(this.used, start + HEADER + frames.length);
    this.heads.set(hash, start + 1);
    return start + 1;
  }
  private equals(trace: number, frames: readonly number[]): boolean {
    return (
      this.long(trace) === frames.length && frames.every((address, i) => this.long(trace - 1 + HEADER + i) === address)
    );
  }
  /** The frames of a trace, innermost first. */
  frames(trace: number): number[] {
    if (trace === 0) return [];
    return Array.from({ length: this.long(trace) }, (_, i) => this.long(trace - 1 + HEADER + i));
  }
}
