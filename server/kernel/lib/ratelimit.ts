/** Rate limits of messages. Follows lib/ratelimit.c and include/linux/ratelimit_types.h, 6.1: ___ratelimit. */
import type { Memory } from '../../memory/memory';

/** Words of a rate limit's state in memory: begin (jiffies), printed, missed. Zero at first. */
export const RATELIMIT_WORDS = 3;

/** So many messages (`burst`) in so many jiffies (`interval`). */
interface Ratelimit {
  readonly interval: number;
  readonly burst: number;
  /** function that is named where messages have been left out */
  readonly fn: string;
}

/**
 * ___ratelimit: whether a message may be printed now. `word`: the state's first word; `print` gets the line that tells how many were left
 * out in the interval before.
 */
export function ratelimit(
  mem: Memory,
  word: number,
  limit: Ratelimit,
  now: number,
  print: (text: string) => void,
): boolean {
  const [begin, printed, missed] = [word, word + 1, word + 2];
  const at = (field: number) => mem.words[field] as number;
  if (at(begin) === 0) mem.set(begin, now);
  // time_is_before_jiffies: jiffies wrap
  if (((at(begin) + limit.interval - now) | 0) < 0) {
    if (at(missed) !== 0) {
      print(`${limit.fn}: ${at(missed)} callbacks suppressed`);
      mem.set(missed, 0);
    }
    mem.set(begin, now);
    mem.set(printed, 0);
  }
  const counter = at(printed) < limit.burst ? printed : missed;
  mem.set(counter, at(counter) + 1);
  return counter === printed;
}
