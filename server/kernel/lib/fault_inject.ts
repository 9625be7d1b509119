/**
 * Failures that are made to happen. As lib/fault-inject.c, 6.1, has them in struct fault_attr: so many times, after so many calls that
 * succeed.
 */
import type { Memory } from '../../memory/memory';

/** Words of its state in memory: failures to come, calls that succeed before the first. Zero at first. */
export const FAULT_WORDS = 2;

export class FaultInjection {
  constructor(
    private readonly mem: Memory,
    /** the first word of the state */
    private readonly word: number,
  ) {}

  /** The next `times` calls fail, after `skip` that do not. */
  arm(times: number, skip: number): void {
    this.mem.set(this.word, Math.max(0, times) | 0);
    this.mem.set(this.word + 1, Math.max(0, skip) | 0);
  }
  /** should_fail: of a call that could fail; counts it. */
  shouldFail(): boolean {
    const { mem, word } = this;
    const times = mem.words[word] as number;
    if (times === 0) return false;
    const skip = mem.words[word + 1] as number;
    if (skip > 0) mem.set(word + 1, skip - 1);
    else mem.set(word, times - 1);
    return skip <= 0;
  }
}
