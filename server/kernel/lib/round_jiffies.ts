/** Times at whole seconds, so that what is to happen about then happens together (kernel/time/timer.c: round_jiffies_common, 6.1). */

/** __round_jiffies_relative: the jiffy in about `jiffies`, at a whole second; each CPU three jiffies behind the one before. Jiffies wrap at 32 bits. */
export function roundedJiffies(now: number, jiffies: number, cpu: number, hz: number): number {
  const skewed = now + jiffies + 3 * cpu;
  const over = skewed % hz;
  const rounded = skewed - over + (over < hz / 4 ? 0 : hz) - 3 * cpu;
  return rounded > now ? rounded : now + jiffies;
}
