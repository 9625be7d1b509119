/**
 * The emulated time of positions, from what `jiffies` and the count of statements since the last one were. Within a statement each entry of the
 * journal takes a nanosecond, so that what happens in it keeps its order; or less, where a statement has more entries than nanoseconds.
 */
import type { Kernel } from '../../../kernel/kernel';
import { STATEMENTS_PER_JIFFY } from '../../../kernel/sched/core';
import { wordHistory } from '../../../memory/wordHistory';

const JIFFIES = 0;
const TICKS = 1;

export class EmulatedClock {
  private readonly words: readonly number[];
  /** what they hold */
  private readonly held = [0, 0];
  private readonly statementNs: number;
  /** positions from which on a time holds, and the times in nanoseconds since boot, of the stretch that is followed */
  private positions: number[] = [];
  private times: number[] = [];
  /** where each of these stretches but the last ends */
  private ends: number[] = [];

  constructor(
    private readonly kernel: Kernel,
    private at: number,
  ) {
    const word = (name: string) => kernel.mem.word(kernel.direct.pa(kernel.symbols.address(name)));
    this.words = [word('jiffies'), word('kmem_ticks')];
    this.statementNs = 1e9 / (kernel.profile.hz * STATEMENTS_PER_JIFFY);
  }
  /** Follows the journal up to a position. Times of what was before are forgotten. */
  advance(to: number): void {
    const history = wordHistory(this.kernel.mem, this.words, this.at, to);
    this.held[JIFFIES] = history.initial[JIFFIES] as number;
    this.held[TICKS] = history.initial[TICKS] as number;
    this.positions = [this.positions.at(-1) ?? this.at];
    this.times = [this.times.at(-1) ?? this.now()];
    this.ends = [];
    let ended: number | undefined;
    for (let n = 0; n < history.count; n++) {
      this.held[history.wordOf(n)] = history.valueOf(n);
      ended ??= history.positionOf(n) - 1;
      // a jiffy that ends is written first, and the statements since then behind it
      if (history.wordOf(n) !== TICKS) continue;
      this.positions.push(history.positionOf(n));
      this.times.push(this.now());
      this.ends.push(ended);
      ended = undefined;
    }
    this.at = to;
  }
  /** Nanoseconds since boot. */
  timeAt(position: number): number {
    const i = this.stretchOf(position);
    const from = this.positions[i] as number;
    const entries = (this.ends[i] ?? this.at) - from;
    const since = Math.max(0, position - from);
    const most = this.statementNs - 1;
    const passed = entries > most ? Math.floor((since * most) / entries) : since;
    return (this.times[i] as number) + Math.min(passed, most);
  }
  /** When the statement that a position lies in began, as a position: the same for all of a statement. */
  statementAt(position: number): number {
    return this.positions[this.stretchOf(position)] as number;
  }
  private stretchOf(position: number): number {
    let low = 0;
    let high = this.positions.length;
    while (low < high) {
      const mid = (low + high) >>> 1;
      if ((this.positions[mid] as number) <= position) low = mid + 1;
      else high = mid;
    }
    return Math.max(0, low - 1);
  }
  private now(): number {
    const jiffies = ((this.held[JIFFIES] as number) - this.kernel.profile.initialJiffies) | 0;
    return Math.round((jiffies * STATEMENTS_PER_JIFFY + (this.held[TICKS] as number)) * this.statementNs);
  }
}
