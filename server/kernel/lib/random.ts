/**
 * The kernel's source of random numbers (drivers/char/random.c): here numbers that follow from the scenario's seed, so that runs repeat.
 * The state is in memory: xorshift32.
 */
import type { Memory } from '../../memory/memory';

/** Any number: the state must not be 0. */
const START = 0x2545f491;

export class RandomSource {
  /** @param word of the state in memory */
  constructor(
    private readonly mem: Memory,
    private readonly word: number,
  ) {}

  /** Before the run. */
  seed(seed: number): void {
    this.mem.set(this.word, (seed ^ START) | 0 || START);
  }
  /** get_random_u32: signed */
  u32(): number {
    let x = this.mem.words[this.word] as number;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.mem.set(this.word, x);
    return x;
  }
}
