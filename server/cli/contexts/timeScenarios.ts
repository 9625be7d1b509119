/** What the recorder measured in jiffies (HZ 250): when timers of 23 delays fire, how long msleep and schedule_timeout take. */

/** Numbers of a recorded line by their names: `timer asked=1 fired_after=2 base=56502`. */
export type Measured = Readonly<Record<string, number>>;

const TIMES: Readonly<Record<string, string>> = {
  hz: 'task main { printk("hz hz=%d", HZ); }',
  // each is started where a jiffy begins, at the recorded time: the wheel rounds times, not delays
  timer: `static DECLARE_COMPLETION(fired); static unsigned long when; timer t { when = jiffies; complete(&fired); }
    task main {
      int i;
      while ((int)jiffies < recorded_base[0] - 5000) msleep(16000);
      while ((int)jiffies < recorded_base[0] - 1) mdelay(4);
      for (i = 0; i < ARRAY_SIZE(recorded_asked); i++) {
        while ((int)jiffies < recorded_base[i]) cpu_relax();
        unsigned long start = jiffies;
        mod_timer(&t, start + recorded_asked[i]);
        wait_for_completion(&fired);
        printk("timer asked=%d fired_after=%lu base=%d", recorded_asked[i], when - start, (int)start);
      }
    }`,
  // half a second is in a bucket of eight jiffies: the recorded one began right behind the start of a bucket
  msleep: `task main {
      int i;
      for (i = 0; i < ARRAY_SIZE(recorded_ms); i++) {
        while (jiffies % 8 != 1) mdelay(4);
        unsigned long start = jiffies;
        msleep(recorded_ms[i]);
        printk("msleep ms=%d jiffies=%lu", recorded_ms[i], jiffies - start);
      }
    }`,
  schedule_timeout: `task main {
      int i;
      for (i = 0; i < ARRAY_SIZE(recorded_asked); i++) {
        unsigned long start = jiffies;
        long rest = schedule_timeout_uninterruptible(recorded_asked[i]);
        printk("schedule_timeout asked=%d jiffies=%lu left=%ld", recorded_asked[i], jiffies - start, rest);
      }
    }`,
};

export const timeKinds: readonly string[] = Object.keys(TIMES);

/** The scenario that prints the lines of a kind again, from what the recorded ones asked for. */
export function timeScenario(kind: string, lines: readonly Measured[]): string | undefined {
  const text = TIMES[kind];
  if (text === undefined) return undefined;
  const arrays = Object.keys(lines[0] ?? {}).map(
    (name) => `static int recorded_${name}[] = { ${lines.map((line) => line[name] ?? 0).join(', ')} };`,
  );
  return `${arrays.join(' ')} ${text}`;
}
